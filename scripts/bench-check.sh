#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Does make bench still measure all that it is there to measure? What it measures is no verdict of a test:
# a limit that is exceeded, and a clock that does not count, are told and fail nothing.
#	bench-check.sh KERNEL			runs it
#	bench-check.sh said OUT RESULT JSON	of a run: what it printed, its results and its JSON
set -eu
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tap.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

if [ "$1" = said ]; then
	out=$2 result=$3 json=$4
else
	out=$dir/out result=$wsk_results/bench-$1.ktap json=$wsk_build/bench/$1.json
	rm -f "$result" "$json"
	# make check, which runs this, is alone already.
	WSK_ALONE=1 KERNEL=$1 "$wsk_scripts/bench.sh" >"$out" 2>&1 || :
fi
rows=${ROWS:-$wsk_root/bench/rows.tsv}

# none NAME FILE: it is empty.
none() {
	if [ -s "$2" ]; then tap_not_ok "make bench: $1" "$2"; else tap_ok "make bench: $1"; fi
}
listed() { grep -v -e '^#' -e '^$' "$rows" | cut -f "$1" | sed 's/\t-$/\t/' | sort -u; }

if grep -qE '^ok - .* the guest came to its end' "$result" 2>/dev/null && "$wsk_scripts/ktap.sh" "$result" >"$dir/failed"; then
	tap_ok "make bench: the guest measured to its end"
else
	tail -n 15 "$out" >>"$dir/failed"
	tap_not_ok "make bench: the guest measured to its end" "$dir/failed"
	tap_end
	exit 1
fi
tr -d '\r' <"$result" | sed -n 's/^row \([^ ]*\) .*/\1/p' | sort -u >"$dir/measured"
comm -3 <(listed 1) "$dir/measured" >"$dir/odd"
none "what is measured is what bench/rows.tsv lists" "$dir/odd"
if grep -q '^error: the run is refused' "$out"; then
	tap_skip "make bench: the JSON has every row" "$(sed -n 's/^error: //p' "$out" | head -n 1)"
else
	sed -n 's/^ {"row": "\([^"]*\)", "ref": \(null\|"\([^"]*\)"\),.*/\1\t\3/p' "$json" 2>&1 | sort -u >"$dir/json"
	comm -3 <(listed 1,2) "$dir/json" >"$dir/odd"
	none "the JSON has every row" "$dir/odd"
fi
grep '^error: ' "$out" | sed 's/^/# /' || :
tap_end
