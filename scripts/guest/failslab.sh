#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# insmod of wsk.ko and of a driver with the Nth allocation of the loading task failing, for N from 1
# until none fails any more: each time it is loaded or refused, and leaves nothing behind.
. /guest/tap.sh
. /guest/modules.sh
tap_mirror=/dev/kmsg

# failing N FILE: 0 if it was loaded; the task's count is 0 again when its Nth allocation came.
failing() {
	sh -c 'echo "$1" >/proc/self/fail-nth || exit 99; exec insmod "$2"' - "$1" "$2" 2>/tmp/insmod.log
}

# sweep NAME: in steps that grow, since an allocation of insmod itself fails first.
sweep() {
	n=1
	refusals=0
	last=0
	while [ "$n" -le 2000 ]; do
		if failing "$n" "/modules/$1.ko"; then
			rmmod "$1" || break
			last=$((last + 1))
			# Loaded ten times in a row: N is past the last allocation, or it does not matter.
			[ "$last" -lt 10 ] || break
		else
			last=0
			refusals=$((refusals + 1))
		fi
		n=$((n + 1))
	done
	if [ ! -d "/sys/module/$1" ] && [ "$refusals" -gt 0 ]; then
		tap_ok "insmod $1.ko with one allocation failing: $n runs, $refusals of them refused"
	else
		tap_not_ok "insmod $1.ko with one allocation failing: $n runs, $refusals refused" \
			/tmp/insmod.log
	fi
}

[ -e /sys/kernel/debug/failslab ] || {
	tap_not_ok "the kernel has failslab"
	tap_end
	exit 1
}
# Sleeping allocations fail too, every slab, and without a dump for each.
echo N >/sys/kernel/debug/failslab/ignore-gfp-wait
echo 0 >/sys/kernel/debug/failslab/verbose
sweep wsk
load wsk
sweep hello
sweep minimal
load hello
unload hello
unload wsk
tap_end
