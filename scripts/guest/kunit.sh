#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The KUnit suites, the driver tests, and what kmemleak finds when all is gone: in User-Mode Linux and
# on the kernels of the debug lanes. wsk.stress and wsk.race=<seconds>s add the drivers that want several
# processors.
. /guest/tap.sh
. /guest/modules.sh
. /guest/kmemleak.sh
tap_mirror=/dev/kmsg
# For the suite of failing allocations.
failslab_on || tap_not_ok "the kernel has failslab"

# Before 6.7 the files in debugfs hold 512 bytes a case, so there the log tells; its words for a
# result, "ok 1 - name", are made KUnit's later "ok 1 name".
results() {
	case $(uname -r) in
	6.[1-6].*)
		echo "KTAP version 1"
		echo "1..$(ls /sys/kernel/debug/kunit | wc -l)"
		dmesg | sed -n 's/^\[[^]]*\] //; /^the suites begin$/,$p' |
			sed -n 's/^\( *\(not \)\{0,1\}ok [0-9]*\) - /\1 /; /^ *\(#\|ok\|not ok\|1\.\.\|KTAP\)/p'
		;;
	*) cat /sys/kernel/debug/kunit/*/results ;;
	esac
}

load wsk || { tap_end; exit 1; }
echo "the suites begin" >/dev/kmsg
insmod /modules/wsk_kunit.ko
loaded=$?
results
tap_check "insmod wsk_kunit.ko" test "$loaded" -eq 0
# wsk.suites is how many the sources have; none is said where a filter leaves some out.
suites=$(ls /sys/kernel/debug/kunit | wc -l)
[ -z "${wsk_suites:-}" ] ||
	tap_check "every suite of the sources ran: $wsk_suites" test "$suites" -eq "$wsk_suites"
unload wsk_kunit
. /guest/refusals.sh
. /guest/drivers.sh
. /guest/samples.sh
[ -z "${wsk_stress:-}" ] || {
	load smp_stress
	unload smp_stress
}
[ -z "${wsk_race:-}" ] || . /guest/race.sh
unload wsk
leaks_check
. /guest/no_unload.sh
tap_end
