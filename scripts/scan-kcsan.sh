#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# scan-log.sh for a kernel with KCSAN: the kernel's own data races are not ours to mend, so of its reports
# those stay in which one of the accesses is in a module.
#	scan-kcsan.sh LOG [KTAP]
set -eu
. "$(dirname "$0")/lib.sh"

log=${1:?scan-kcsan.sh LOG [KTAP]}
ours=$log.ours

# A report stands between two lines of "=". Its first line names the functions of the two accesses, with
# "[wsk]" behind those of a module. Not so its frames: another processor may print between them, and what
# that says to the tests stays.
awk '
function flush_report(   i) {
	for (i = 1; i <= lines; i++)
		if (mine || !race || is_others[i]) print report[i]
	lines = mine = race = 0
	delete is_others
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
	if (text ~ /^BUG: KCSAN: /) {
		race = 1
		if (text ~ /\[[a-z_0-9]+\]/) mine = 1
	} else if (text ~ /^wsk: |^ *# |^ *(not )?ok [0-9]|BUG|WARNING/)
		is_others[lines] = 1
}
END { flush_report() }' "$log" >"$ours"
"$wsk_scripts/scan-log.sh" "$ours" "${2:-/dev/null}"
