#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Builds what make bench loads into one kernel's guest: wsk.ko, the samples, the driver that measures,
# the reference module and the user-space programs.
#	bench-build.sh KDIR
set -eu
. "$(dirname "$0")/lib.sh"

kernel_open "${1:?bench-build.sh KDIR}"
logs=$wsk_build/logs

"$wsk_scripts/samples-build.sh" "$kdir"
quietly "build: wsk_bench.ko for $release" "$logs/wsk_bench-$release.log" \
	make -C "$wsk_root/bench/driver" "WSK=$wsk_root" "KDIR=$kdir" ||
	die "wsk_bench.ko did not build for $release" "read $logs/wsk_bench-$release.log"

raw() {
	kernel_lock "$wsk_build" "bench-$release"
	kernel_tree "$wsk_build/bench-raw-$release"
	"$wsk_scripts/farm.sh" "$wsk_root/bench" "$tree" raw bench.h
	kernel_make "$tree/raw"
}
quietly "build: wsk_bench_raw.ko for $release" "$logs/wsk_bench_raw-$release.log" raw ||
	die "wsk_bench_raw.ko did not build for $release" "read $logs/wsk_bench_raw-$release.log"

mkdir -p "$wsk_build/bench"
for program in epoll client; do
	cc -std=gnu17 -O2 -Wall -Wextra -Werror -static -o "$wsk_build/bench/$program" \
		"$wsk_root/bench/user/$program.c" ||
		die "bench/user/$program.c did not build" "see above"
done
