# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# echo.ko and fetch.ko with their other ends, and wsk.ko unloaded too early. wsk.quick makes the
# rounds short and adds connections that end early. wsk.ko is loaded; needs tap.sh and modules.sh.
. /guest/fetch.sh

quick=
[ -z "${wsk_quick:-}" ] || quick=--quick

load echo
# shellcheck disable=SC2086 # empty or one word
if /guest/client $quick; then
	tap_ok "clients of echo: every byte came back"
else
	tap_not_ok "clients of echo: every byte came back"
fi
. /guest/ports.sh
. /guest/sockets.sh
[ -z "${wsk_quick:-}" ] || . /guest/endings.sh
fetch_round $quick
refused wsk echo
unload echo
sockets_gone echo
