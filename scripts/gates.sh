#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# gates.sh KDIR - everything that is checked without running a module; modules
# are built for KDIR already. One "ok" or "not ok" line per check.
# gates.sh KDIR built - only what may differ from one kernel to another
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/scripts/kernel.sh"
kernel_open "${1:?usage: gates.sh KDIR}"
failed=0

scripts=check-headers.sh
if [ "${2:-}" != built ]; then
	for check in arrows sweep places readme; do
		"$top/scripts/check-$check.sh" "$top" || failed=1
	done
	# A driver's Makefile is tried for every kernel by itself.
	scripts="$scripts test-gates.sh test-driver-make.sh"
fi
"$top/scripts/check-objects.sh" "$top/build/$release" || failed=1
"$top/scripts/check-exports.sh" "$top/build/$release" || failed=1
mkdir -p "$top/build/logs"
log=$top/build/logs/bench-$release.log
if "$top/scripts/bench-build.sh" "$kdir" >"$log" 2>&1; then
	echo "ok gates: what make bench measures is built"
else
	tail -n 15 "$log" | sed 's/^/# /'
	echo "not ok gates: what make bench measures is not built: $(grep '^error: ' "$log" | tail -n 1)"
	failed=1
fi
for script in $scripts; do
	KDIR=$kdir "$top/scripts/$script" || {
		echo "not ok gates: $script ended with status $?"
		failed=1
	}
done
exit $failed
