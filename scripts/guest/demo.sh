#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The demo's part inside the guest: load, echo, fetch, and both orders of unloading. wsk.refusals
# adds what the kernel must refuse to load, wsk.drivers the small drivers that fail, leak and misuse,
# wsk.stress the driver that wants several processors, wsk.race the one whose threads end a registration
# under each other.
. /guest/tap.sh
. /guest/modules.sh
tap_mirror=/dev/kmsg

load wsk || {
	tap_end
	exit 1
}
[ -z "${wsk_refusals:-}${wsk_drivers:-}" ] || . /guest/refusals.sh
[ -z "${wsk_drivers:-}" ] || . /guest/drivers.sh
. /guest/samples.sh
[ -z "${wsk_stress:-}" ] || {
	load smp_stress
	unload smp_stress
}
[ -z "${wsk_race:-}" ] || . /guest/race.sh
unload wsk
tap_end
