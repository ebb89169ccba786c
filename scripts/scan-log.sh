#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Fails on any report of the kernel in a console log, and on reports of ours that no test expects.
#	scan-log.sh LOG [KTAP]
#
# A case declares a report with a line "# expect-report: <extended regex>" in the log or in KTAP. A
# line "wsk: misuse:", "wsk: leak:" or "wsk: assertion failed:" that no regex of its case matches
# fails, and so does a regex that no such line matches. A case's lines reach from the result line
# before it to its own. Regexes that stand in KTAP only, and nowhere in the log, hold for all of it.
#
# "# expect-log: <extended regex>" is for lines "wsk: " that are no reports: one that does not come to a
# case fails. "3x <regex>" wants exactly three lines or reports of the case, "0x <regex>" none.
set -eu
. "$(dirname "$0")/lib.sh"

log=${1:?scan-log.sh LOG [KTAP]}
ktap=${2:-/dev/null}
[ -r "$log" ] || die "there is no log $log to scan"

exec awk -v log_name="$log" '
function text(line) {
	sub(/\r$/, "", line)
	sub(/^<[0-9]+>/, "", line)
	sub(/^\[ *[0-9]+\.[0-9]+\](\[ *[TC][0-9]+\])? ?/, "", line)
	return line
}
function bad(why, line) {
	printf "%s:%d: %s: %s\n", log_name, FNR, why, line
	failures++
}
# A frame of a stack dump names functions, and a function may be called lockdep_anything.
function is_frame(line) {
	return line ~ /^ *(\[<[0-9a-f]+>\] )?(\? )?[A-Za-z_][A-Za-z0-9_.]*\+0x[0-9a-f]+\/0x[0-9a-f]+/ ||
	       line ~ /^ *[A-Za-z0-9]+: [0-9a-f:]+ .*[A-Za-z0-9_]+\+0x/
}
# What a healthy kernel prints while it boots.
function is_boot(line) {
	return line ~ /^(RETBleed|Spectre|MDS|TAA|SRBDS|MMIO|GDS|ITS|VMSCAPE|TSA|L1TF|Register File)[^:]*: / ||
	       line ~ /^(Lock dependency validator|Running RCU|kasan: Kernel|kmemleak: Kernel memory leak detector initialized)/ ||
	       line ~ /^rcu:[ \t]*RCU lockdep checking is enabled/ ||
	       line ~ /^(Command line|Kernel command line|Unknown kernel command line)/
}
function is_kernel_report(line) {
	return line ~ /BUG:|kernel BUG at|WARNING:|KASAN|UBSAN|KCSAN|KMSAN|KFENCE: |ODEBUG:/ ||
	       line ~ /INFO: (possible|task|rcu|trying|lockdep)|rcu: INFO|DEADLOCK|lockdep/ ||
	       line ~ /unreferenced object|new suspected memory leaks|refcount_t|suspicious/ ||
	       line ~ /scheduling while atomic|sleeping function called|Oops|general protection/ ||
	       line ~ /unable to handle|Kernel panic|Unable to mount|soft lockup|hard LOCKUP/ ||
	       line ~ /blocked for more than|stack-protector|Stack corruption|list_(add|del) corruption/ ||
	       line ~ /slab-out-of-bounds|Object 0x.* freed|corrupted|Bad page|bad page|nobody cared/ ||
	       line ~ /BUG [^ ]+ \((Not t|T)ainted/ || line ~ /percpu ref .*<= 0/ ||
	       line ~ /Attempt to release (TCP|alive)/ || line ~ /ref_tracker: .*has [0-9]+\/[0-9]+ users/ ||
	       line ~ /DEBUG_LOCKS_WARN_ON|page allocation failure/ ||
	       line ~ /kmemleak: .*(disabled|[Cc]annot (allocate a kmemleak_object|insert)|[Pp]ool empty)/ ||
	       line ~ /Tainted: .*[DWB]([^A-Za-z_]|$)/ || line ~ /unregister_netdevice: waiting/
}
# "3x <regex>" without its count.
function pattern(want) { sub(/^[0-9]+x /, "", want); return want }
# What came of lines[1..count], against what WANT asks of them.
function check(kind, want, lines, count,   i, hits) {
	for (i = 1; i <= count; i++)
		if (lines[i] ~ pattern(want)) hits++
	if (want !~ /^[0-9]+x /) {
		if (!hits)
			bad("expected " kind " that did not come", want)
	} else if (hits + 0 != want + 0)
		bad(sprintf("%s that came %d times, not %d", kind, hits, want + 0), pattern(want))
}
# Every report of the case is expected, every expectation was met.
function close_case(   i, j, hit) {
	for (i = 1; i <= reports; i++) {
		hit = 0
		for (j = 1; j <= wants; j++)
			if (report[i] ~ pattern(want[j])) hit = 1
		for (j in everywhere)
			if (report[i] ~ pattern(j)) { hit = 1; everywhere[j]++ }
		if (!hit)
			bad("report that no test expects", report[i])
	}
	for (j = 1; j <= wants; j++)
		check("report", want[j], report, reports)
	for (i = 1; i <= lines_wanted; i++)
		check("line", line_want[i], our, ours)
	reports = wants = lines_wanted = ours = 0
}
function declared(line, word,   at) {
	at = index(line, word)
	return at && line ~ /^ *#/ ? substr(line, at + length(word)) : ""
}
function expectation(line) { return declared(line, "expect-report: ") }
# The KTAP, then the log for the first time: which regexes have no case in the log.
pass == 1 {
	regex = expectation(text($0))
	if (regex != "")
		everywhere[regex] = 0
	next
}
pass == 2 {
	regex = expectation(text($0))
	if (regex != "")
		delete everywhere[regex]
	next
}
{ line = text($0) }
is_frame(line) { next }
{
	regex = expectation(line)
	if (regex != "") {
		want[++wants] = regex
		next
	}
	regex = declared(line, "expect-log: ")
	if (regex != "") {
		line_want[++lines_wanted] = regex
		next
	}
}
line ~ /^ *(not )?ok [0-9]+/ { close_case(); next }
line ~ /^ *# / { next }
line ~ /^wsk: (misuse|leak|assertion failed):/ { report[++reports] = line; next }
line ~ /^wsk: / { our[++ours] = line; next }
line ~ /^wsk_[a-z_]+: / { next }
is_boot(line) { next }
is_kernel_report(line) { bad("kernel report", line) }
END {
	close_case()
	for (j in everywhere)
		if (j ~ /^[0-9]+x / ? everywhere[j] != j + 0 : !everywhere[j])
			bad("expected report that came " everywhere[j] + 0 " times", j)
	if (failures) {
		printf "scan: %d report(s) in %s\n", failures, log_name
		exit 1
	}
}' pass=1 "$ktap" pass=2 "$log" pass=3 "$log"
