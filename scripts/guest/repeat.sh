#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The KUnit suites wsk.rounds times, each time in another order and each suite in a module loaded
# for it alone: what a suite leaves behind shows in the next.
. /guest/tap.sh
. /guest/modules.sh
tap_mirror=/dev/kmsg
failslab_on || tap_not_ok "the kernel has failslab"

filter=/sys/module/kunit/parameters/filter_glob
results=/sys/kernel/debug/kunit

load wsk || {
	tap_end
	exit 1
}
insmod /modules/wsk_kunit.ko
suites=$(ls "$results")
rmmod wsk_kunit
tap_check "every suite of the sources is there: ${wsk_suites:-}" \
	test "$(echo "$suites" | wc -l)" -eq "${wsk_suites:-0}"

round=0
while [ "$round" -lt "${wsk_rounds:-10}" ]; do
	round=$((round + 1))
	for suite in $(for name in $suites; do echo "$name"; done | shuf); do
		echo "# round $round: $suite"
		# A newline would be part of the name.
		printf %s "$suite" >"$filter"
		insmod /modules/wsk_kunit.ko
		cat "$results/$suite/results" || tap_not_ok "$suite runs alone"
		rmmod wsk_kunit
	done
done
unload wsk
tap_end
