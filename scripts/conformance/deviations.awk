# SPDX-License-Identifier: GPL-2.0
# Documentation/deviations.rst, from deviations.tsv: all but the rules that wait.

function table(kind, title, text, columns, widths) {
	print "\n" title
	gsub(/./, "-", title)
	print title "\n\n" text "\n"
	if (rows[kind] == "") {
		print "None."
		return
	}
	print ".. csv-table::\n   :header: " columns "\n   :widths: " widths "\n"
	printf "%s", rows[kind]
}
BEGIN { FS = "\t" }
FNR == 1 && $1 == "rule" { next }
{ rows[$2] = rows[$2] "   " $1 ", \"" $3 "\"" ($4 == "" ? "" : ", \"" $4 "\"") "\n" }
END {
	print ".. SPDX-License-Identifier: GPL-2.0"
	print ".. Written by make conformance from scripts/deviations.tsv."
	print ""
	print "Deviations"
	print "=========="
	table("differs", "What differs from Windows", "By rule of `the contract <contract.md>`_, or by function where no" \
	      " rule speaks of it. Rules that wait for a later part are in `conformance <conformance.rst>`_.",
	      "rule, what, why", "14 46 40")
	table("not-applicable", "Rules that do not apply", "The contract leaves a choice; this is the alternative that" \
	      " was chosen.", "rule, what and why", "14 86")
	table("undetectable", "Mistakes that cannot be noticed", "Duties of a client whose violation no build of" \
	      " ``wsk.ko`` can tell from good use, or only after the harm is done.", "rule, what and why", "14 86")
}
