#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# scan-log.sh for a kernel with KCSAN: the kernel's own data races are not ours to mend, so of its reports
# those stay in which one of the accesses is in a module.
#	scan-kcsan.sh LOG [KTAP]
set -eu
. "$(dirname "$0")/lib.sh"

log=${1:?scan-kcsan.sh LOG [KTAP]}
ours=$log.ours

# A report stands between two lines of "=". The frame below the line that says who reads or writes is
# where the access is; "[wsk]" behind it is the module.
awk '
function flush_report(   i) {
	if (mine || !race)
		for (i = 1; i <= lines; i++) print report[i]
	lines = mine = race = 0
}
{ text = $0; sub(/\r$/, "", text); sub(/^\[ *[0-9.]+\](\[ *[TC][0-9]+\])? ?/, "", text) }
text ~ /^=+$/ && length(text) > 40 {
	report[++lines] = $0
	if (inside) flush_report()
	inside = !inside
	next
}
!inside { print; next }
{
	report[++lines] = $0
	if (text ~ /^BUG: KCSAN: /) race = 1
	if (top && text ~ /\[[a-z_0-9]+\]$/) mine = 1
	top = text ~ /^(race at unknown origin, with )?(read|write|read-write|assert no (writes|accesses)|reordered)[^:]* to 0x/
}
END { flush_report() }' "$log" >"$ours"
"$wsk_scripts/scan-log.sh" "$ours" "${2:-/dev/null}"
