# SPDX-License-Identifier: GPL-2.0
# The state of each rule, one a line: ID, class, state, cases. Reads rules (contract.awk), deviations.tsv,
# sources (sources.awk) and claims (claims.awk, sorted), in this order; what contradicts is said in
# sentences on stderr.
#
# A rule has failed if any case that is to prove it failed, and has passed if a case that proves it
# passed. Else deviations.tsv may say why nothing proves it.

function wrong(sentence) {
	print "error: " sentence | "cat >&2"
	bad = 1
}
function append(list, item) { return list == "" ? item : list ", " item }
function deviation(id, kind, text, reason) {
	if (NF != (kind == "differs" ? 4 : 3) || text ~ /^ *$/ || (NF == 4 && reason ~ /^ *$/))
		return wrong("deviations.tsv:" FNR ": " id ": a line is a rule, a kind and a text, with tabs" \
			     " between; what differs has a reason as well, and nothing else has")
	if (text reason ~ /"/)
		return wrong("deviations.tsv:" FNR ": the text of " id " has a double quote in it")
	if (id ~ /^[A-Z]+-[0-9]/ && !(id in class))
		return wrong("deviations.tsv:" FNR ": " id " is no rule of contract.md")
	if (kind == "differs") return
	if (kind !~ /^(waits|not-applicable|undetectable)$/)
		return wrong("deviations.tsv:" FNR ": '" kind "' of " id " is none of waits, not-applicable," \
			     " undetectable, differs")
	if (!(id in class))
		return wrong("deviations.tsv:" FNR ": " id " is no rule, and only what differs can go without")
	if (id in why)
		return wrong("deviations.tsv:" FNR ": " id " is there twice")
	if (kind == "waits" && text !~ /^part [0-9]+: ./)
		return wrong("deviations.tsv:" FNR ": the text of " id \
			     " has to be 'part N: ' and the call that it waits for")
	if (kind == "undetectable" && class[id] != "DUTY")
		return wrong("deviations.tsv:" FNR ": " id " is no DUTY, so it cannot be undetectable")
	why[id] = kind
	state[id] = (kind == "waits" ? "waits for " : "not applicable: ") text
}
input == 1 { class[$1] = $2; order[++rules] = $1; next }
input == 2 {
	if (FNR == 1 && $1 == "rule") next
	deviation($1, $2, $3, $4)
	next
}
input == 3 {
	if (!($1 in class) && !(($1, $4) in told)) {
		wrong($4 ": " $3 " says it proves " $1 ", which is no rule of contract.md")
		told[$1, $4] = 1
	}
	if ($1 in why && !($1 in refuted)) {
		wrong("deviations.tsv says " why[$1] " of " $1 ", but " $4 ": " $3 " says it proves it:" \
		      " take the line out, or the claim")
		refuted[$1] = 1
	}
	claims[$2 "." $3] = claims[$2 "." $3] " " $1
	suites[$2] = 1
	claimed[$2, $1] = 1
	next
}
# Results of another lane may be old: what its suite says no more does not count.
$4 != "uml" && $1 != "-" {
	suite = $3
	sub(/\..*/, "", suite)
	if (suite in suites && !((suite, $1) in claimed)) next
}
$1 != "-" && !($1 in class) {
	wrong("the case " $3 " of the lane " $4 " says it proves " $1 ", which is no rule of contract.md")
	next
}
$2 == "bad" {
	n = split($1 == "-" ? claims[$3] : $1, ids, " ")
	for (i = 1; i <= n; i++)
		if (!((ids[i], $3, "bad") in seen)) {
			seen[ids[i], $3, "bad"] = 1
			failed[ids[i]] = append(failed[ids[i]], $3)
		}
}
$2 == "ok" && !(($1, $3) in seen) {
	seen[$1, $3] = 1
	passed[$1] = append(passed[$1], $3)
}
END {
	for (i = 1; i <= rules; i++) {
		id = order[i]
		if (id in passed && id in why && !(id in refuted))
			wrong("deviations.tsv says " why[id] " of " id ", but " passed[id] " proves it:" \
			      " take the line out, or the claim")
		if (id in failed)
			print id "\t" class[id] "\tfailed: " failed[id] "\t" passed[id]
		else if (id in passed)
			print id "\t" class[id] "\tpassed\t" passed[id]
		else
			print id "\t" class[id] "\t" \
			      (id in state ? state[id] : class[id] == "INFO" ? "information" : "open") "\t"
	}
	exit bad
}
