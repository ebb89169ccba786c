#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Builds wsk.ko, the sample drivers and the programs that drive them, for one kernel.
#	samples-build.sh KDIR
set -eu
. "$(dirname "$0")/lib.sh"

kdir=${1:?samples-build.sh KDIR}
release=$(kernel_release "$kdir")
log=$wsk_build/logs

quietly "build: wsk.ko for $release" "$log/wsk-$release.log" "$wsk_scripts/build.sh" "$kdir" ||
	die "wsk.ko did not build for $release" "read $log/wsk-$release.log"
for sample in echo fetch minimal; do
	quietly "build: $sample.ko for $release" "$log/$sample-$release.log" \
		make -C "$wsk_root/samples/$sample" "WSK=$wsk_root" "KDIR=$kdir" ||
		die "$sample.ko did not build for $release" "read $log/$sample-$release.log"
done
mkdir -p "$wsk_build/demo"
quietly "build: the client and the server" "$log/demo.log" \
	make -C "$wsk_root/samples/demo" "OUT=$wsk_build/demo" ||
	die "samples/demo did not build" "read $log/demo.log"
