#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# From the rows that a guest measured to the table and the JSON of make bench.
#	bench-report.sh ROWS RESULT JSON KERNEL QEMU CONFIG
# ROWS: bench/rows.tsv. RESULT: lines "row NAME COUNT MEDIAN MIN MAX" among others. Status 1 if a row is
# missing or beyond its limit, or if the control rows say that the run counts for nothing: then there is no JSON.
set -eu
. "$(dirname "$0")/lib.sh"

rows=${1:?bench-report.sh ROWS RESULT JSON KERNEL QEMU CONFIG}
result=$2 json=$3

rm -f "$json"
exec awk -F '\t' -v json="$json" -v kernel="$4" -v qemu="$5" -v config="$6" '
function quoted(s) {
	gsub(/\\/, "\\\\", s)
	gsub(/"/, "\\\"", s)
	return "\"" s "\""
}
# Told when the table has been printed.
function fail(sentence, step) {
	said[++failed] = sprintf("error: %s\nnext:  %s\n", sentence, step)
}
function end(   i) {
	fflush()
	for (i = 1; i <= failed; i++)
		printf "%s", said[i] >"/dev/stderr"
	exit !!failed
}
function known(name) {
	if (name in insn)
		return 1
	if (!(name in told))
		fail("the row " name " was not measured", "read what the guest says before it: " result)
	told[name] = 1
	return 0
}
# The clocks of module, driver and user space all count instructions, or nothing here does.
function control(name, want) {
	if (!known(name) || (insn[name] > want - 0.25 && insn[name] < want + 0.25))
		return
	fail(sprintf("the run is refused: the control row %s reads %.1f instructions, and is %d", name,
		     insn[name], want), "run it again; if it stays, the clock of this QEMU does not count " \
	     "instructions: use Debian'\''s (7.2)")
	refused = 1
}
# The greatest ratio that the limit of a row allows, or 0.
function limit_ratio(limit, ref) {
	if (limit == "-")
		return 0
	return limit ~ /^\+/ ? (insn[ref] + limit) / insn[ref] : limit + 0
}
function limit_words(limit, ref) {
	return limit ~ /^\+/ ? sprintf(", %d instructions above it", limit) : ""
}
function emit(name, ref, ratio, limit, pass) {
	out = out (out == "" ? "" : ",\n") sprintf(" {\"row\": %s, \"ref\": %s, \"insn\": %.1f, \"ratio\": %s, " \
		"\"limit\": %s, \"pass\": %s, \"kernel\": %s, \"qemu\": %s, \"config\": %s}", quoted(name),
		ref == "-" ? "null" : quoted(ref), insn[name], ratio, limit, pass, quoted(kernel), quoted(qemu),
		quoted(config))
}
function line(name, of, ref, ratio, limit) {
	if (ratio == "")
		printf "    %-20s %9.1f   %s\n", name, insn[name], ref
	else
		printf "    %-20s %9.1f   %-20s %9s %7s %7s\n", name, insn[name], ref, of, ratio, limit
}
function report(name, ref, limit,   ratio, most, pass) {
	if (!known(name) || (ref != "-" && !known(ref)))
		return
	if (ref == "-") {
		emit(name, ref, "null", "null", limit ~ /^=/ ? "true" : "null")
		line(name, "", limit ~ /^=/ ? "(control)" : "(reference)", "", "")
		return
	}
	ratio = insn[name] / insn[ref]
	most = limit_ratio(limit, ref)
	pass = !most || ratio <= most
	emit(name, ref, sprintf("%.3f", ratio), most ? sprintf("%.3f", most) : "null",
	     !most ? "null" : pass ? "true" : "false")
	line(name, sprintf("%.1f", insn[ref]), ref, sprintf("%.2f", ratio),
	     !most ? "none" : sprintf("%.2f%s", most, pass ? "" : " OVER"))
	if (!pass)
		fail(sprintf("%s takes %.1f instructions, %.3f times %s (%.1f); its limit is %.3f times%s",
			     name, insn[name], ratio, ref, insn[ref], most, limit_words(limit, ref)),
		     "read Documentation/bench.md, what to do when a limit is exceeded")
}
FNR == 1 { file++ }
file == 1 {
	sub(/\r$/, "")
	result = FILENAME
	if (split($0, word, " ") == 6 && word[1] == "row")
		insn[word[2]] = word[4] / word[3]
	next
}
/^#/ || NF == 0 { next }
{
	n++
	name[n] = $1
	ref[n] = $2
	limit[n] = $3
	listed[$1] = 1
}
END {
	for (i = 1; i <= n; i++)
		if (limit[i] ~ /^=/)
			control(name[i], substr(limit[i], 2))
	if (refused)
		end()
	for (measured in insn)
		if (!(measured in listed))
			fail("the row " measured " is measured and not listed", "add it to bench/rows.tsv")
	printf "\n    %-20s %9s   %-20s %9s %7s %7s\n", "row", "insn", "reference", "insn", "ratio", "limit"
	for (i = 1; i <= n; i++)
		report(name[i], ref[i], limit[i])
	print ""
	printf "[\n%s\n]\n", out >json
	end()
}' "$result" "$rows"
