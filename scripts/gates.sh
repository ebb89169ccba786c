#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# gates.sh KDIR - everything that is checked without running a module; modules
# are built for KDIR already. One "ok" or "not ok" line per check.
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/scripts/kernel.sh"
kernel_open "${1:?usage: gates.sh KDIR}"
failed=0

"$top/scripts/check-arrows.sh" "$top" || failed=1
"$top/scripts/check-sweep.sh" "$top" || failed=1
"$top/scripts/check-places.sh" "$top" || failed=1
"$top/scripts/check-readme.sh" "$top" || failed=1
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
for script in check-headers.sh test-gates.sh test-driver-make.sh; do
	KDIR=$kdir "$top/scripts/$script" || {
		echo "not ok gates: $script ended with status $?"
		failed=1
	}
done
exit $failed
