#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# build.sh KDIR [make arguments] - build the modules for one kernel
#
# Everything made lands in build/<kernelrelease>/. Builds for different kernels
# may run at once; two for the same one wait for each other.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/scripts/kernel.sh"
kernel_open "${1:?usage: build.sh KDIR [make arguments]}"
shift

kernel_lock "$top/build" "$release"
kernel_tree "$top/build/$release"
"$top/scripts/farm.sh" "$top" "$tree" Kbuild compat wsk kunit scripts

# What was said the last time anything was compiled is kept for check-objects.sh.
log=$tree/.wsk-log
{
	kernel_make "$tree" "$@" 2>&1 && rc=0 || rc=$?
	echo "$rc" >"$log.rc"
} | tee "$log.new"
! grep -q '[^[:space:]]' "$log.new" || mv "$log.new" "$log"
exit "$(cat "$log.rc")"
