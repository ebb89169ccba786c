# SPDX-License-Identifier: GPL-2.0
# The rules of Documentation/contract.md, one a line: ID, class. Its groups have to number their rules
# from 1 on, once each, and to have as many as the table of section 4 says. Sentences about what is
# wrong go to stderr.

function wrong(sentence) {
	print "error: contract.md: " sentence | "cat >&2"
	bad = 1
}
function trim(text) {
	gsub(/^[ \t]+|[ \t]+$/, "", text)
	return text
}
/^## 4\./ { counting = 1 }
/^### [A-Z]+ .*\([0-9]+ rules\)$/ {
	match($0, /\([0-9]+ rules\)$/)
	told[$2] = substr($0, RSTART + 1) + 0
}
/^\| [A-Z]+-[0-9]+ \|/ {
	split($0, cell, "|")
	id = trim(cell[2])
	class = trim(cell[3])
	group = number = id
	sub(/-.*/, "", group)
	sub(/.*-/, "", number)
	if (id in seen)
		wrong("the rule " id " is there twice")
	else if (number + 0 != last[group] + 1)
		wrong("the rule " group "-" last[group] + 1 " is missing before " id)
	if (class !~ /^(MUST|MUST-R|DUTY|INFO)$/)
		wrong("the rule " id " has the class '" class "', which is none")
	seen[id] = 1
	last[group] = number + 0
	if (!(group in rules)) order[++groups] = group
	rules[group]++
	count[group, class]++
	count["all", class]++
	all++
	print id "\t" class
}
counting && /^\| \**[A-Za-z]+\** \|.*[0-9]\** \|$/ {
	gsub(/\*/, "")
	n = split($0, cell, "|")
	group = trim(cell[2])
	in_table[group] = 1
	has = group == "all" ? all : rules[group]
	for (i = 0; i < 4; i++) {
		class = i == 0 ? "MUST" : i == 1 ? "MUST-R" : i == 2 ? "DUTY" : "INFO"
		if (trim(cell[n - 5 + i]) + 0 != count[group, class] + 0)
			wrong("section 4 counts " trim(cell[n - 5 + i]) " rules " class " of " group \
			      ", there are " count[group, class] + 0)
	}
	if (trim(cell[n - 1]) + 0 != has + 0)
		wrong("section 4 counts " trim(cell[n - 1]) " rules of " group ", there are " has + 0)
}
END {
	if (!all) wrong("there is no rule in it")
	for (i = 1; i <= groups; i++) {
		group = order[i]
		if (!(group in in_table)) wrong("the group " group " is not in the table of section 4")
		if (told[group] != rules[group])
			wrong("the heading of " group " says " told[group] + 0 " rules, there are " rules[group])
	}
	if (all && !("all" in in_table)) wrong("the table of section 4 has no line for all")
	exit bad
}
