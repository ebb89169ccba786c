#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Takes the processors of a guest away, each by itself and at no time that a test could know, as a busy machine
# does: what a case only assumes about the speed of another processor shows. Run by vm.sh where STALL=1.
#	stall.sh PID [SHARE]	PID: what has started QEMU; SHARE: of the time, in percent (50)
# Ends with QEMU.
set -eu
. "$(dirname "$0")/lib.sh"

parent=${1:?stall.sh PID [SHARE]}
share=${2:-50}
longest=300	# ms that a processor stands still

# Its name is that of its thread for as long as QEMU has not begun.
find_qemu() {
	local tries
	for ((tries = 0; tries < 100; tries++)); do
		qemu=$(pgrep -P "$parent" -f qemu-system) && grep -q '^CPU 0' /proc/"$qemu"/task/*/comm && return
		sleep 0.1
	done
	die "no processor of a guest under process $parent" "QEMU must be told -name debug-threads=on"
}

# Each processor of the guest stays on one of ours.
pin() {
	local task cpu=0
	for task in /proc/"$qemu"/task/*; do
		case $(cat "$task/comm") in CPU*)
			taskset -pc $((cpu % $(nproc))) "${task##*/}" >/dev/null
			cpu=$((cpu + 1))
			;;
		esac
	done
}

# The clock that ends the loop comes before the loop itself.
stall() {
	local still
	while [ -d "/proc/$qemu" ]; do
		still=$((RANDOM % longest + 1))
		chrt -f 20 taskset -c "$1" timeout "$(ms "$still")" chrt -f 10 sh -c 'while :; do :; done' || :
		sleep "$(ms $((RANDOM % longest * (100 - share) / share + 1)))"
	done
}

ms() { printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)); }

find_qemu
pin
for ((cpu = 0; cpu < $(nproc); cpu++)); do
	stall "$cpu" &
done
wait
