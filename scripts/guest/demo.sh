#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The demo's part inside the guest: load, echo, fetch, and both orders of unloading. With
# wsk.quick the client does a short round of each kind.
. /guest/tap.sh
. /guest/modules.sh
tap_mirror=/dev/kmsg

quick=
[ -z "${wsk_quick:-}" ] || quick=--quick

load wsk || { tap_end; exit 1; }
[ -z "${wsk_refusals:-}" ] || . /guest/refusals.sh
load echo
/guest/client $quick && tap_ok "clients of echo: every byte came back" ||
	tap_not_ok "clients of echo: every byte came back"

if [ -e /modules/fetch.ko ]; then
	/guest/server $quick >/tmp/server.log 2>&1 &
	server=$!
	sleep 1
	load fetch
	fetched
	unload fetch
	kill "$server" 2>/dev/null
fi

refused wsk
unload echo
unload wsk
tap_end
