#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The demo's part inside the guest: load, echo, fetch, and both orders of unloading. wsk.quick makes
# the rounds short, wsk.refusals adds what the kernel must refuse to load.
. /guest/tap.sh
. /guest/modules.sh
. /guest/fetch.sh
tap_mirror=/dev/kmsg

quick=
[ -z "${wsk_quick:-}" ] || quick=--quick

load wsk || {
	tap_end
	exit 1
}
[ -z "${wsk_refusals:-}" ] || . /guest/refusals.sh
load echo
# shellcheck disable=SC2086 # empty or one word
if /guest/client $quick; then
	tap_ok "clients of echo: every byte came back"
else
	tap_not_ok "clients of echo: every byte came back"
fi
fetch_round $quick
refused wsk
unload echo
unload wsk
tap_end
