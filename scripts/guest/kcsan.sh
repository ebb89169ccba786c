#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What threads do to each other, while KCSAN looks: the suites in which some meet in loops, and the drivers
# that want several processors. wsk.suites is not for here: the other suites are left out, as every access
# is slow.
. /guest/tap.sh
. /guest/modules.sh
tap_mirror=/dev/kmsg

# Each suite by one glob, or it runs twice. scripts/test-scan-kernels.sh looks that none of race.h's is missing.
races='*_race *cancel* wsk_*registration wsk_registration_[!r]* wsk_deregister wsk_provider_wait wsk_inline_end
	wsk_transport_* wsk_callback wsk_inside wsk_stream_order nmr_inside
	nt_irql nt_lock_list nt_slist nt_wait nt-seh'
set -f

# ran GLOB: what its suites said. One that is called otherwise by now would go unnoticed.
ran() {
	suites=$(ls /sys/kernel/debug/kunit)
	[ -n "$suites" ] || tap_not_ok "a suite is called $1"
	for suite in $suites; do
		cat "/sys/kernel/debug/kunit/$suite/results"
	done
}

tap_check "KCSAN is on" sh -c "echo on >/sys/kernel/debug/kcsan"
load wsk || { tap_end; exit 1; }
for glob in $races; do
	# A newline would be part of the name.
	printf %s "$glob" >/sys/module/kunit/parameters/filter_glob
	load wsk_kunit
	ran "$glob"
	unload wsk_kunit
done
load smp_stress
unload smp_stress
. /guest/race.sh
unload wsk
tap_end
