#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# In User-Mode Linux: the KUnit suites, the driver tests, and what kmemleak finds when all is gone.
. /guest/tap.sh
. /guest/modules.sh
tap_mirror=/dev/kmsg
# For the suite of failing allocations.
failslab_on || tap_not_ok "the kernel has failslab"

load wsk || { tap_end; exit 1; }
load wsk_kunit
cat /sys/kernel/debug/kunit/*/results
# wsk.suites is how many the sources have; none is said where a filter leaves some out.
suites=$(ls /sys/kernel/debug/kunit | wc -l)
[ -z "${wsk_suites:-}" ] ||
	tap_check "every suite of the sources ran: $wsk_suites" test "$suites" -eq "$wsk_suites"
unload wsk_kunit
. /guest/refusals.sh
. /guest/drivers.sh
. /guest/samples.sh
unload wsk

. /guest/kmemleak.sh
. /guest/no_unload.sh
tap_end
