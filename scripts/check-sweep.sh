#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# check-sweep.sh [TOP] - every function of the NT API that is there is called at its highest IRQL
#
# nt-names.tsv names the functions and their levels, and the tables of kunit/irql_sweep_*.c
# (LEVEL(name, level, ...)) those that a case calls there. A function is there if it is exported, or
# a macro or an inline function of a public header. Each needs a line in both, with the same level; what
# is inline may have a line in unswept.tsv instead, which says why. And Documentation/porting.md says how
# many of the names are there. Prints an "ok" or "not ok" line per check; status 1 if one failed.
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

# What looks like a function of NT's and is compiled into the driver; of that, what nt-names.tsv leaves out.
inline='NT_INLINE\|NT_VARARGS\|FORCEINLINE\|__forceinline\|static'
{
	sed -n "s/^\($inline\) [^(]*[ *]\([A-Z][A-Za-z0-9_]*\)(.*/\2/p" "$work/headers"
	sed -n 's/^#define \([A-Z][a-z][A-Za-z0-9_]*\)(.*/\1/p' "$work/headers"
} | sort -u | comm -23 - <(cut -f 1 "$work/names") >"$work/inline"
tail -n +2 scripts/unswept.tsv | cut -f 1 >"$work/unswept"
# needless: patterns of unswept.tsv that fit none of them.
needless() {
	local pattern
	while read -r pattern; do
		grep -qxE "$pattern" "$work/inline" || echo "$pattern"
	done <"$work/unswept"
}
# tiers: how many of each are there.
tiers() {
	awk -F '\t' -v sep='tier ' 'NR == FNR { there[$1] = 1; next } FNR > 1 { all[$3]++; if ($1 in there) has[$3]++ }
	END { for (t = 1; t in all; t++) { printf "%s%d: %d of %d", sep, t, has[t], all[t]; sep = ", tier " } }' \
		"$work/there" scripts/nt-names.tsv
}

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
verdict "what is inline has a line in nt-names.tsv, or in unswept.tsv" \
	"$(grep -vxE -f "$work/unswept" "$work/inline" || :)"
verdict "each line of unswept.tsv fits something inline" "$(needless)"
tr '\n' ' ' <Documentation/porting.md >"$work/porting"
verdict "Documentation/porting.md says how many names are there" \
	"$(grep -qF "$(tiers)" "$work/porting" || echo "it has to say \"$(tiers)\"")"
verdict "no table names what nt-names.tsv does not have, or at another level" \
	"$(comm -13 "$work/names" "$work/swept" | cut -f 1)"
exit $failed
