#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# A kernel with KUnit that watches itself, under QEMU on several processors.
#	debug.sh build KERNEL			the kernel, unless the cache has it, and all modules for it
#	debug.sh run KERNEL LANE [WORD...]	guest/kunit.sh on it; words are for the kernel's command line
# KERNEL: debug-6.12, debug-6.1 or kcsan (scripts/own-kernel.sh). Results in build/results/LANE.ktap and
# LANE.log. SMP=2 processors, LIMIT=600 seconds, GUEST=<script of scripts/guest>, CANARIES=NAME,...
set -eu
. "$(dirname "$0")/lib.sh"

job=${1:-}
kernel=${2:?debug.sh build|run KERNEL}
modules=$wsk_build/$kernel-modules
tree=$("$wsk_scripts/own-kernel.sh" "$kernel" kdir)

build() { "$wsk_scripts/check-build.sh" "$tree" "$modules"; }

run() {
	local lane=$1 rc=0 file
	shift
	local files=() ktap=$wsk_results/$lane.ktap log=$wsk_results/$lane.log
	[ -e "$modules/wsk.ko" ] || die "there is no $modules/wsk.ko" "run: scripts/debug.sh build $kernel"
	for file in "$modules"/*.ko; do
		files+=("modules/${file##*/}=$file")
	done
	files+=("guest/failnth=$wsk_build/demo/failnth")
	local initramfs words
	initramfs=$("$wsk_scripts/guest-initramfs.sh" "$(kernel_release "$tree")" "${files[@]}")
	words=$(guest_words "$@" | paste -sd ' ')
	words="$words $wsk_patience mitigations=off"
	# insmod sleeps for as long as a case runs; KUnit itself ends one after 300 s.
	words="$words sysctl.kernel.hung_task_timeout_secs=290"
	# Of so many accesses one is watched, ten times as often as by default.
	[ "$kernel" != kcsan ] || words="$words kcsan.skip_watch=400"
	MEM=2G APPEND=$words "$wsk_scripts/vm.sh" "$tree/arch/x86/boot/bzImage" "$initramfs" \
		"${LIMIT:-600}" "$log" "$ktap" || rc=$?
	case $kernel in
	kcsan) SCAN=scan-kcsan.sh "$wsk_scripts/verdict.sh" "$ktap" "$log" "$rc" ;;
	*) "$wsk_scripts/verdict.sh" "$ktap" "$log" "$rc" ;;
	esac
}

shift 2
case $job in
build) build ;;
run) run "$@" ;;
*) die "debug.sh build|run KERNEL" ;;
esac
