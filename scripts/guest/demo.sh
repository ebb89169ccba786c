#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The demo's part inside the guest: load, echo, fetch, and both orders of unloading. wsk.refusals
# adds what the kernel must refuse to load.
. /guest/tap.sh
. /guest/modules.sh
tap_mirror=/dev/kmsg

load wsk || {
	tap_end
	exit 1
}
[ -z "${wsk_refusals:-}" ] || . /guest/refusals.sh
. /guest/samples.sh
unload wsk
tap_end
