# SPDX-License-Identifier: GPL-2.0
# Which rules the cases in the sources of kunit/ are to prove, one a line: rule, suite, case, place. In
# a guest's scripts a rule is said as in KTAP, and its case is not known.

function claim(text,   n, i, word) {
	n = split(text, word, " ")
	for (i = 1; i <= n; i++)
		if (word[i] ~ /^[A-Z]+-[0-9]/)
			found[++claims] = word[i] "\t%s\t" name "\t" file ":" line
}
function finish_file(   i, s) {
	for (i = 1; i <= claims; i++)
		for (s = 1; s <= suites || s == 1; s++) {
			out = found[i]
			sub(/%s/, suites ? suite[s] : "-", out)
			print out
		}
	claims = suites = 0
}
FNR == 1 {
	finish_file()
	file = FILENAME
	sub(/.*\/kunit\//, "kunit/", file)
	sub(/.*\/scripts\//, "scripts/", file)
	script = file ~ /\.sh$/
	name = "-"
	open = 0
}
script {
	if (match($0, /# rules: [A-Z][A-Z0-9 -]*/)) {
		line = FNR
		claim(substr($0, RSTART + 9, RLENGTH - 9))
	}
	next
}
/^[a-z].*\(/ {
	name = $0
	sub(/\(.*/, "", name)
	sub(/.*[ *]/, "", name)
}
/^[ \t]*\.name = "/ {
	split($0, part, "\"")
	suite[++suites] = part[2]
}
/WSK_RULES\(/ { open = 1; line = FNR; text = "" }
open {
	text = text $0
	if ($0 ~ /\);/) {
		n = split(text, part, "\"")
		ids = ""
		for (i = 2; i <= n; i += 2) ids = ids part[i]
		claim(ids)
		open = 0
	}
}
END { finish_file() }
