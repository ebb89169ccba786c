# SPDX-License-Identifier: GPL-2.0
# What the cases of KTAP files say they prove, one claim a line: rule, outcome of the case (ok, bad,
# skip), case, lane. A case that failed is told once more with "-" as its rule, since it may have ended
# before it could say what it was to prove.
#
# A KUnit case says "# name: # rules: REG-1 REG-2"; a test in shell says "# rules: REG-1" before its
# result. Words that do not look like a rule of the contract belong to the NT API.

function claim(text,   n, i, word) {
	n = split(text, word, " ")
	for (i = 1; i <= n; i++)
		if (word[i] ~ /^[A-Z]+-[0-9]/)
			said[++claims] = word[i]
}
FNR == 1 {
	lane = FILENAME
	sub(/.*\//, "", lane)
	sub(/\.ktap$/, "", lane)
	suite = ""
	claims = 0
}
{ sub(/\r$/, "") }
/# Subtest: / { suite = $NF; claims = 0; next }
/# [A-Za-z0-9_]+: # rules: / || /^ *# rules: / {
	whose = $0 ~ /^ *# rules: / ? "" : $2
	sub(/:$/, "", whose)
	sub(/.*# rules: /, "")
	if (whose != last) claims = 0
	last = whose
	claim($0)
	next
}
/^ *(not )?ok( |$)/ {
	depth = match($0, /[^ ]/) - 1
	outcome = $0 ~ /# SKIP/ ? "skip" : $0 ~ /^ *not/ ? "bad" : "ok"
	sub(/^ *(not )?ok *[0-9]* *(- )?/, "")
	sub(/ *# SKIP.*/, "")
	# The parameters of a case have lines of their own, before its.
	if (depth > 4) next
	name = depth == 4 && suite != "" ? suite "." $0 : $0
	if (last != "" && last != $0) claims = 0
	for (i = 1; i <= claims; i++) print said[i] "\t" outcome "\t" name "\t" lane
	if (outcome == "bad") print "-\tbad\t" name "\t" lane
	claims = 0
	last = ""
	if (depth == 0) suite = ""
}
