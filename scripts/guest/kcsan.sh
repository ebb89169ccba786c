#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What threads do to each other, while KCSAN looks: the suites of races and the drivers that want several
# processors. wsk.suites is not for here: the other suites are left out, as every access is slow.
. /guest/tap.sh
. /guest/modules.sh
tap_mirror=/dev/kmsg

tap_check "KCSAN is on" sh -c "echo on >/sys/kernel/debug/kcsan"
load wsk || { tap_end; exit 1; }
for glob in ${wsk_races:-*race* *cancel* *registration*}; do
	# A newline would be part of the name.
	printf %s "$glob" >/sys/module/kunit/parameters/filter_glob
	load wsk_kunit
	cat /sys/kernel/debug/kunit/*/results
	unload wsk_kunit
done
load smp_stress
unload smp_stress
. /guest/race.sh
unload wsk
tap_end
