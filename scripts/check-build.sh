#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Builds all that one lane of make check loads.
#	check-build.sh KDIR		wsk.ko, the samples and their other ends
#	check-build.sh KDIR FOLDER	also the drivers of kunit/drivers; all modules go to FOLDER
set -eu
. "$(dirname "$0")/lib.sh"

kdir=${1:?check-build.sh KDIR [FOLDER]}
folder=${2:-}
release=$(kernel_release "$kdir")

"$wsk_scripts/samples-build.sh" "$kdir"
[ -n "$folder" ] || exit 0

rm -rf "$folder"
mkdir -p "$folder"
say "build: the drivers of kunit/drivers for $release"
for makefile in "$wsk_root"/kunit/drivers/*/Makefile; do
	driver=${makefile%/Makefile}
	name=${driver##*/}
	case $name in
	# These must not build: scripts/test-driver-make.sh looks at what the build says.
	no_entry | no_license) continue ;;
	esac
	log=$wsk_build/logs/$name-$release.log
	make -C "$driver" "WSK=$wsk_root" "KDIR=$kdir" >"$log" 2>&1 || {
		tail -n 15 "$log" >&2
		die "$name.ko did not build for $release" "read $log"
	}
	cp "$driver/build/$release/$name.ko" "$folder/"
done
cp "$wsk_build/$release"/*.ko "$wsk_root"/samples/*/build/"$release"/*.ko "$folder/"
