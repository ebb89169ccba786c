# SPDX-License-Identifier: GPL-2.0
# One line a group and one for all: how many rules of each class hold, of how many, from what states.awk
# printed. What holds has passed or is not applicable; INFO rules do not count. With only=<group> that
# line alone; with states=1 a last line counts the rules by state.

function sum(group, name,   i, line, n) {
	n = split("MUST MUST-R DUTY", cls, " ")
	for (i = 1; i <= n; i++)
		if (all[group, cls[i]])
			line = line (line == "" ? " " : ", ") cls[i] " " holds[group, cls[i]] + 0 " of " \
			       all[group, cls[i]]
	return name line
}
BEGIN { FS = "\t" }
{
	group = $1
	sub(/-.*/, "", group)
	if (!(group in known)) { known[group] = 1; order[++groups] = group }
	good = $3 == "passed" || $3 ~ /^not applicable/
	all[group, $2]++
	all["all", $2]++
	if (good) { holds[group, $2]++; holds["all", $2]++ }
	word = $3
	sub(/:.*/, "", word)
	sub(/ for part.*/, "", word)
	if ($2 == "INFO") word = "INFO"
	by[word]++
}
END {
	for (i = 1; i <= groups; i++)
		if (only == "" || only == order[i]) print sum(order[i], order[i])
	if (only == "" || only == "all") print sum("all", "all")
	if (states)
		printf "states: %d passed, %d failed, %d open, %d wait for a later part, %d not applicable; %d are INFO\n",
		       by["passed"], by["failed"], by["open"], by["waits"], by["not applicable"], by["INFO"]
}
