# SPDX-License-Identifier: GPL-2.0
# Documentation/conformance.rst, from contract.md (input=1: its headings), what sums.awk printed (2) and what
# states.awk printed (3).

function quoted(text) {
	gsub(/"/, "\"\"", text)
	return "\"" text "\""
}
function underline(text, with) {
	gsub(/./, with, text)
	return text
}
input == 1 && /^### [A-Z]+ .*\([0-9]+ rules\)$/ {
	group = $2
	sub(/^### /, "")
	sub(/ *\([0-9]+ rules\)$/, "")
	gsub(/—/, "-")
	title[group] = $0
}
input == 1 { next }
input == 2 {
	sums[++lines] = $0
	next
}
{
	n = split($0, cell, "\t")
	group = cell[1]
	sub(/-.*/, "", group)
	if (!(group in known)) { known[group] = 1; order[++groups] = group }
	rows[group] = rows[group] "   " cell[1] ", " cell[2] ", " quoted(cell[3]) ", " quoted(cell[4]) "\n"
}
END {
	print ".. SPDX-License-Identifier: GPL-2.0"
	print ".. Written by make conformance; make check fails when it lags behind the UML lane."
	print ""
	print "Conformance"
	print "==========="
	print ""
	print "Every rule of `the contract <contract.md>`_, and what the lane ``uml`` of ``make check`` proves of it:"
	print ""
	print "- ``passed``: the cases that are named ran, assert the rule, and passed."
	print "- ``failed``: a case that is to prove it failed."
	print "- ``open``: no case proves it yet."
	print "- ``waits for part N``: the call that it is about belongs to a later part of the work."
	print "- ``not applicable``: `deviations <deviations.rst>`_ says what was chosen instead, or why a client's"
	print "  mistake cannot be noticed."
	print ""
	print "Rules of the class INFO permit or explain. Where no case tries one, its state is ``information``. In the"
	print "sums a rule holds that has passed or is not applicable, and INFO does not count::"
	print ""
	for (i = 1; i <= lines; i++) print "    " sums[i]
	for (i = 1; i <= groups; i++) {
		group = order[i]
		text = title[group]
		print "\n" text "\n" underline(text, "-")
		print "\n.. csv-table::\n   :header: rule, class, state, cases\n   :widths: 8 8 24 60\n"
		printf "%s", rows[group]
	}
}
