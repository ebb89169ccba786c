#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Loads wsk.ko and drivers while the Nth allocation of the loading task fails, for N from 1 until there
# is no Nth: each time the module is loaded or refused, and afterwards it can be loaded.
. /guest/tap.sh
. /guest/modules.sh
tap_mirror=/dev/kmsg

sweep() {
	n=0
	refused=0
	while [ "$n" -lt 5000 ]; do
		n=$((n + 1))
		status=0
		/guest/failnth "$n" "/modules/$1.ko" >/tmp/failnth.log 2>&1 || status=$?
		case $status in
		0 | 2) rmmod "$1" || break ;;
		1) refused=$((refused + 1)) ;;
		*) break ;;
		esac
		[ "$status" -ne 2 ] || break
	done
	if [ "$status" -eq 2 ] && [ ! -d "/sys/module/$1" ]; then
		tap_ok "insmod $1.ko with each of its $((n - 1)) allocations failing: refused $refused times"
	else
		tap_not_ok "insmod $1.ko with allocation $n failing" /tmp/failnth.log
	fi
}

failslab_on || {
	tap_not_ok "the kernel has failslab"
	tap_end
	exit 1
}
sweep wsk
load wsk
sweep hello
sweep minimal
sweep echo
load hello
unload hello
unload wsk
. /guest/kmemleak.sh
leaks_check
tap_end
