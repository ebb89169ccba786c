#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# check-sweep.sh [TOP] - every function of the NT API that is there is called at its highest IRQL
#
# nt-names.tsv names the functions and their levels, and the tables of kunit/irql_sweep_*.c
# (LEVEL(name, level, ...)) those that a case calls there. A function is there if it is exported, or
# a macro or an inline function of a public header. Each needs a line in both, with the same level.
# Prints an "ok" or "not ok" line per level; status 1 if one failed.
set -eu

top=$(cd "${1:-$(dirname "$0")/..}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
cd "$top"

# Exports of ours for what the headers and the glue expand to; data; and what tests alone reach.
sed -n 's/^EXPORT[A-Z_]*(\([A-Za-z0-9_]*\).*/\1/p' compat/exports.c wsk/exports.c |
	grep -v -e '^wsk_' -e '^PsThreadType$' -e '^NPI_' | sort -u >"$work/exports"
find compat/include wsk/include -name '*.h' -exec cat {} + >"$work/headers"
{
	cat "$work/exports"
	sed -n 's/^#define \([A-Za-z_][A-Za-z0-9_]*\)[( ].*/\1/p' "$work/headers"
	sed -n 's/^NT_\(INLINE\|VARARGS\) .*[ *]\([A-Za-z_][A-Za-z0-9_]*\)(.*/\2/p' "$work/headers"
} | sort -u >"$work/there"
awk -F '\t' 'NR > 1 { print $1 "\t" $4 }' scripts/nt-names.tsv | sort >"$work/names"
sed -n 's/^\tLEVEL(\([A-Za-z0-9_]*\), \([A-Z]*_LEVEL\).*/\1\t\2/p' kunit/irql_sweep_*.c |
	sort -u >"$work/swept"

# verdict CHECK NAMES: ok if there are none.
verdict() {
	if [ -z "$2" ]; then
		echo "ok check-sweep: $1"
	else
		echo "not ok check-sweep: $1: $(echo "$2"  | paste -sd ' ')"
		failed=1
	fi
}

join -t "$(printf '\t')" "$work/names" "$work/there" >"$work/wanted"
for level in PASSIVE APC DISPATCH HIGH; do
	count=$(grep -c "${level}_LEVEL$" "$work/wanted" || :)
	verdict "$count functions of ${level}_LEVEL are called there" \
		"$(grep "${level}_LEVEL$" "$work/wanted" | comm -23 - "$work/swept" | cut -f 1)"
done
verdict "every export has a line in nt-names.tsv" \
	"$(cut -f 1 "$work/names" | sort -u | comm -23 "$work/exports" -)"
verdict "no table names what nt-names.tsv does not have, or at another level" \
	"$(comm -13 "$work/names" "$work/swept" | cut -f 1)"
exit $failed
