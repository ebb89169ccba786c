#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Lets each defect of wsk.canaries=NAME,NAME... out of canary.ko, one after another, between two marks
# in the log. After one that lockdep or KASAN reports, lockdep is silent: abba stands before
# use-after-free.
. /guest/tap.sh
. /guest/kmemleak.sh

kcsan=/sys/kernel/debug/kcsan
[ ! -e "$kcsan" ] || echo on >"$kcsan"

for name in $(echo "${wsk_canaries:-}" | tr , ' '); do
	echo "canary begins: $name" >/dev/kmsg
	tap_check "canary $name is let out" insmod /modules/canary.ko which="$name"
	if [ "$name" = leak ]; then
		leaks_scan
		while read -r line; do echo "$line" >/dev/kmsg; done </tmp/leaks
	fi
	rmmod canary
	echo "canary ends: $name" >/dev/kmsg
done
tap_end
