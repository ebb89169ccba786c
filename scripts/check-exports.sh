#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# check-exports.sh TREE [KERNEL-SYMVERS] - what wsk.ko exports, in build/<kernelrelease>
set -eu

tree=${1:?usage: check-exports.sh TREE [KERNEL-SYMVERS]}
kernel=${2:-$(cat "$tree/.wsk-kdir")/Module.symvers}
failed=0

# verdict CHECK NAMES: ok if there are none.
verdict()
{
	if [ -z "$2" ]; then
		echo "ok check-exports: $1"
	else
		echo "not ok check-exports: $1: $(echo "$2" | head -n 8 | paste -sd ' ')"
		failed=1
	fi
}

[ -s "$tree/Module.symvers" ] && [ -s "$kernel" ] || {
	echo "not ok check-exports: $tree/Module.symvers or $kernel is missing"
	exit 1
}
# Columns: checksum, name, module, kind of export, namespace.
ours=$(awk -F '\t' '$3 ~ /(^|\/)wsk$/ { print $2 }' "$tree/Module.symvers" | sort)

verdict "wsk.ko exports something" "$([ -n "$ours" ] || echo nothing)"
verdict "only wsk.ko exports" "$(awk -F '\t' '$3 !~ /(^|\/)wsk$/ { print $2 }' "$tree/Module.symvers")"
verdict "every export is GPL-only" \
	"$(awk -F '\t' '$4 != "EXPORT_SYMBOL_GPL" { print $2 }' "$tree/Module.symvers")"
verdict "no exported name is mangled" "$(echo "$ours" | grep '^_Z' || :)"
# An export that the kernel has too would shadow it or keep wsk.ko from loading.
verdict "no exported name is the kernel's" "$(awk -F '\t' '
	NR == FNR { if ($3 ~ /(^|\/)wsk$/) ours[$2] = 1; next }
	$2 in ours { print $2 }' "$tree/Module.symvers" "$kernel")"
exit $failed
