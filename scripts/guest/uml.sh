#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# In User-Mode Linux: the KUnit suites, the driver tests, and what kmemleak finds when all is gone.
. /guest/tap.sh
. /guest/modules.sh
tap_mirror=/dev/kmsg
failslab_on

load wsk || { tap_end; exit 1; }
if [ -e /modules/wsk_kunit.ko ]; then
	# For the suite of failing allocations: sleeping ones too, and without a dump for each.
	if [ -e /sys/kernel/debug/failslab ]; then
		echo N >/sys/kernel/debug/failslab/ignore-gfp-wait
		echo 0 >/sys/kernel/debug/failslab/verbose
	fi
	load wsk_kunit
	cat /sys/kernel/debug/kunit/*/results
	unload wsk_kunit
fi
. /guest/refusals.sh
. /guest/drivers.sh
[ ! -e /modules/echo.ko ] || . /guest/samples.sh
unload wsk

. /guest/kmemleak.sh
. /guest/no_unload.sh
tap_end
