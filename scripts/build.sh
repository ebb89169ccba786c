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
kernel_place "$top"
kernel_open "${1:?usage: build.sh KDIR [make arguments]}"
shift

kernel_lock "$top/build" "$release"
kernel_tree "$top/build/$release"
"$top/scripts/farm.sh" "$top" "$tree" Kbuild compat wsk kunit scripts

# What compiler, objtool and modpost said is kept for check-objects.sh. A warning of an earlier build
# stays until what it is about is made again: then it is said again, or it is gone.
log=$tree/.wsk-log
still_true()
{
	[ -e "$log" ] || return 0
	grep -iE 'warning:|naked return|ENDBR' "$log" | while IFS= read -r line; do
		file=${line%%:*}
		case $line in
		*modpost*) ! grep -q '^  MODPOST' "$log.new" || continue ;;
		*)
			! grep '^  C' "$log.new" | grep -qF " ${file%.*}.o" || continue
			[ ! "$file" -nt "$log" ] || continue
			;;
		esac
		printf '%s\n' "$line"
	done
}
{
	kernel_make "$tree" "$@" 2>&1 && rc=0 || rc=$?
	echo "$rc" >"$log.rc"
} | tee "$log.new"
if grep -q '[^[:space:]]' "$log.new"; then
	still_true >"$log.old"
	cat "$log.old" "$log.new" >"$log"
fi
exit "$(cat "$log.rc")"
