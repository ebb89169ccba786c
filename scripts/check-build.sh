#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Builds all that one lane of make check loads.
#	check-build.sh KDIR		wsk.ko, the samples and their other ends, the drivers of kunit/drivers
#	check-build.sh KDIR FOLDER	also canary.ko; all modules go to FOLDER
set -eu
. "$(dirname "$0")/lib.sh"

kdir=${1:?check-build.sh KDIR [FOLDER]}
folder=${2:-}
release=$(kernel_release "$kdir")

"$wsk_scripts/samples-build.sh" "$kdir"
say "build: the drivers of kunit/drivers for $release"

# Each is small, and most of its time is one make after another: two at once.
build_driver() {
	local name=$1 driver=$wsk_root/kunit/drivers/$1 log=$wsk_build/logs/$1-$release.log
	make -C "$driver" "WSK=$wsk_root" "KDIR=$kdir" >"$log" 2>&1 || {
		tail -n 15 "$log" >&2
		say "error: $name.ko did not build for $release (log: $log)"
		return 1
	}
}

names=()
for makefile in "$wsk_root"/kunit/drivers/*/Makefile; do
	name=$(basename "$(dirname "$makefile")")
	case $name in
	# These must not build: scripts/test-driver-make.sh looks at what the build says.
	no_entry | no_license) ;;
	*) names+=("$name") ;;
	esac
done
mkdir -p "$wsk_build/logs"
failed=0
left=("${names[@]}")
while [ ${#left[@]} -gt 0 ]; do
	build_driver "${left[0]}" &
	first=$!
	[ ${#left[@]} -lt 2 ] || build_driver "${left[1]}" || failed=1
	wait "$first" || failed=1
	left=("${left[@]:2}")
done
[ "$failed" -eq 0 ] || die "not every driver of kunit/drivers was built for $release" "see above"
[ -n "$folder" ] || exit 0

rm -rf "$folder"
mkdir -p "$folder"
for name in "${names[@]}"; do
	cp "$wsk_root/kunit/drivers/$name/build/$release/$name.ko" "$folder/"
done

build_canary() (
	kernel_open "$kdir"
	tree=$wsk_root/kunit/canary/build/$release
	kernel_tree "$tree"
	"$wsk_scripts/farm.sh" "$wsk_root/kunit/canary" "$tree"
	kernel_make "$tree" >"$wsk_build/logs/canary-$release.log" 2>&1 && cp "$tree/canary.ko" "$folder/"
)
build_canary || die "canary.ko did not build for $release" "read $wsk_build/logs/canary-$release.log"
cc -O2 -Wall -Wextra -static -o "$wsk_build/demo/failnth" "$wsk_scripts/guest/failnth.c" ||
	die "scripts/guest/failnth.c did not build" "see above"
cp "$wsk_build/$release"/*.ko "$wsk_root"/samples/*/build/"$release"/*.ko "$folder/"
