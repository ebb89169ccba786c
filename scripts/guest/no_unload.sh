# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# A driver without DriverUnload stays until the machine goes down, so this is the last test of a
# guest. Needs modules.sh and drivers.sh.
load wsk
load no_unload
refused no_unload -
refused wsk no_unload
