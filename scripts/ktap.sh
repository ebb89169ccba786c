#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Counts the results in KTAP files, nested or flat; the line of a suite with cases of its own counts
# only if it failed and none of them did. A plan that was not kept is a failure, and so is a file
# that is not there. At the outermost level a plan stands before its results, as KUnit's, or after
# them, as a script's; results without a number are in no plan.
#	ktap.sh FILE...		failures with what stands before them, then "FILE: P passed, F failed"
#	ktap.sh -c FILE...	only the three sums: passed failed skipped
set -eu
. "$(dirname "$0")/lib.sh"

counts=0
if [ "${1:-}" = -c ]; then
	counts=1
	shift
fi
[ $# -gt 0 ] || die "ktap.sh [-c] FILE..."

exec awk -v counts="$counts" '
function finish_file() {
	if (file == "") return
	close_plans(0, "the end")
	close_ahead("the end")
	if (file_results == 0) no_result()
	if (!counts)
		printf "%s: %d passed, %d failed%s\n", file, file_passed, file_failed,
		       file_skipped ? ", " file_skipped " skipped" : ""
}
function no_result() {
	failed++; file_failed++
	if (!counts) printf "  FAILED %s holds no result\n", file
}
function start_file() {
	file = FILENAME
	read_it[file] = 1
	sub(/.*\//, "", file)
	file_results = file_passed = file_failed = file_skipped = 0
	reset_levels()
	ahead = loose = 0
	context_lines = 0
}
function reset_levels(   d) {
	for (d = 0; d <= 16; d++) { plan[d] = -1; seen[d] = 0; below[d] = 0; below_failed[d] = 0 }
}
function show(line,   i) {
	if (counts) return
	for (i = 1; i <= context_lines; i++) printf "    %s\n", context[i]
	printf "  FAILED %s\n", line
}
function fail(line) { failed++; file_failed++; show(line) }
# Results deeper than depth belong to the line that closes them.
function close_plans(depth, where,   d) {
	for (d = depth + 1; d <= 16; d++) {
		if (plan[d] > seen[d])
			fail(sprintf("%d of %d results are missing before: %s", plan[d] - seen[d], plan[d], where))
		plan[d] = -1; seen[d] = 0; below[d] = 0; below_failed[d] = 0
	}
}
# The outermost level: ahead is how many results a plan still waits for, loose how many numbered ones
# stand in no plan yet.
function close_ahead(where) {
	if (ahead > 0) fail(sprintf("%d results are missing before: %s", ahead, where))
	ahead = 0
}
function outer_plan(n) {
	close_ahead($0)
	if (leading || loose == 0) ahead = n
	else {
		if (loose != n) fail(sprintf("%d results stand before the plan %s", loose, $0))
		loose = 0
	}
}
BEGIN {
	# awk itself would stop at a file that is not there.
	for (i = 1; i < ARGC; i++) {
		name[i] = ARGV[i]
		if ((getline line < ARGV[i]) >= 0) { close(ARGV[i]); continue }
		file = ARGV[i]
		read_it[file] = 1
		failed++
		if (!counts) printf "  FAILED there is no file %s\n", file
		if (!counts) printf "%s: 0 passed, 1 failed\n", file
		ARGV[i] = "/dev/null"
		file = ""
	}
}
FNR == 1 { finish_file(); start_file() }
{ sub(/\r$/, "") }
/^KTAP version/ { leading = 1; next }
/^1\.\.[0-9]+/ {
	split($1, part, /\.\./)
	outer_plan(part[2] + 0)
	leading = 0
	next
}
/^ *1\.\.[0-9]+/ {
	depth = int((match($0, /[^ ]/) - 1) / 4)
	split($1, part, /\.\./)
	# A second plan at this level: another list of results begins, as of a shell after KUnit.
	if (seen[depth] == 0) plan[depth] = part[2] + 0
	next
}
/^ *(not )?ok( |$)/ {
	depth = int((match($0, /[^ ]/) - 1) / 4)
	if (depth > 15) depth = 15
	is_parent = below[depth]
	children_failed = below_failed[depth]
	close_plans(depth, $0)
	line = $0
	sub(/^ */, "", line)
	bad = line ~ /^not ok/
	skipped = line ~ /# SKIP/
	file_results++
	seen[depth]++
	if (depth == 0) {
		seen[0] = 0
		if (line ~ /^(not )?ok [0-9]/) { if (ahead > 0) ahead--; else loose++ }
	}
	if (bad && !skipped && !(is_parent && children_failed)) fail(line)
	else if (!is_parent && skipped) { skips++; file_skipped++ }
	else if (!is_parent && !bad) { passed++; file_passed++ }
	for (d = 0; d < depth; d++) {
		below[d] = 1
		if (bad && !skipped) below_failed[d] = 1
	}
	below[depth] = 0
	below_failed[depth] = 0
	context_lines = 0
	next
}
/[^ ]/ {
	if (context_lines == 12) {
		for (i = 2; i <= 12; i++) context[i - 1] = context[i]
		context_lines = 11
	}
	context[++context_lines] = $0
}
END {
	finish_file()
	# An empty file is one that awk never starts.
	for (i = 1; i < ARGC; i++)
		if (!(name[i] in read_it)) { file = name[i]; no_result() }
	if (counts) printf "%d %d %d\n", passed, failed, skips
	exit failed > 0
}' "$@"
