#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# check-arrows.sh [CHECKOUT] - who may include what
#
#	compat/include        itself
#	wsk/include           itself, compat/include
#	compat C++            compat
#	wsk C++               wsk, compat
#	*/lx, exports.c,      Linux, */lx headers; compat's shim none of wsk's
#	module.c, glue
#	lx headers that C++   nothing of Linux
#	sees
#	kunit suites          public headers, their own folder, Linux
#	drivers               public headers, their own folder
#
# Prints "ok" or "not ok" and the reason for each arrow; status 1 if one is broken.
set -eu

cd "${1:-$(dirname "$0")/..}"

{
	find compat wsk kunit samples scripts -name build -prune -o -type f \
		\( -name '*.[ch]' -o -name '*.[ch]pp' \) -print | sed 's/^/file /'
	find compat wsk kunit samples scripts -name build -prune -o -type f \
		\( -name '*.[ch]' -o -name '*.[ch]pp' \) -exec \
		grep -HnoE '^[[:space:]]*#[[:space:]]*(include|import|include_next)[[:space:]]*[<"][^>"]+[>"]' {} + |
		sed -E 's/^([^:]*):([0-9]+):[^<"]*([<"][^>"]+[>"])/include \1 \2 \3/'
} | awk '
function dir(path) { sub(/\/[^\/]*$/, "", path); return path }
function has(path) { return path in exists }
# The file of ours that an include names, as the compiler of this area searches; "" if none.
function find(from, name, quoted, area,    n, root, i, path) {
	if (quoted && has(path = tidy(dir(from) "/" name)))
		return path
	n = split("compat/include wsk/include compat wsk kunit", root, " ")
	for (i = 1; i <= n; i++)
		if (has(path = tidy(root[i] "/" name)))
			return path
	return ""
}
function tidy(path) {
	while (sub(/\/\.\//, "/", path)) {}
	while (sub(/[^\/]+\/\.\.\//, "", path)) {}
	return path
}
function area_of(path) {
	if (path ~ /^compat\/include\//) return "compat/include"
	if (path ~ /^wsk\/include\//) return "wsk/include"
	if (path ~ /^compat\/lx\//) return "compat/lx"
	if (path ~ /^wsk\/lx\//) return "wsk/lx"
	if (path ~ /^compat\/.*\.[ch]pp$/) return "compat C++"
	if (path ~ /^wsk\/.*\.[ch]pp$/) return "wsk C++"
	if (path ~ /^(compat|wsk)\/[^\/]*\.[ch]$/) return "module C"
	if (path ~ /^kunit\/drivers\//) return "drivers"
	if (path ~ /^kunit\//) return "kunit"
	if (path ~ /^samples\/demo\//) return "programs"
	if (path ~ /^samples\//) return "drivers"
	return "scripts"
}
function bad(arrow, why) {
	if (!(arrow in reason)) reason[arrow] = why
	else if (++more[arrow] < 5) reason[arrow] = reason[arrow] "; " why
}
$1 == "file" { exists[$2] = 1; next }
$1 == "include" {
	count++
	from[count] = $2; line[count] = $3
	quoted[count] = substr($4, 1, 1) == "\""
	name[count] = substr($4, 2, length($4) - 2)
}
END {
	arrows = "C++ does not include Linux|C++ includes nothing but ours|compat does not know wsk|" \
		"public headers include public headers|the shim sees no NT header and no C++|" \
		"exports and module glue see no NT header and no C++|shim headers that C++ sees are free of Linux|" \
		"suites use the public headers|drivers use the public headers"
	exists["compat/lx/sizes.h"] = 1
	for (i = 1; i <= count; i++) {
		f = from[i]; a = area_of(f); h = name[i]
		to = find(f, h, quoted[i], a); ta = to == "" ? "" : area_of(to)
		public = ta == "compat/include" || ta == "wsk/include"
		linux = h ~ /^(linux|asm|asm-generic|net|uapi|generated|crypto|trace|kunit)\//
		where = f ":" line[i] " includes " h

		if (a ~ /C\+\+$/) {
			if (linux) bad("C++ does not include Linux", where)
			else if (to == "") bad("C++ includes nothing but ours", where)
			if (ta ~ /\/lx$/) seen[to] = 1
		}
		if (a ~ /^compat/ && to ~ /^wsk\//) bad("compat does not know wsk", where)
		if (a == "compat/include" && ta != "compat/include" || a == "wsk/include" && !public)
			bad("public headers include public headers", where)
		if (a ~ /\/lx$/) {
			if (public || h ~ /\.hpp$/) bad("the shim sees no NT header and no C++", where)
			edge[f] = edge[f] " " to
			if (to == "") foreign[f] = where
		}
		if (a == "module C" || a == "scripts")
			if (public || h ~ /\.hpp$/)
				bad("exports and module glue see no NT header and no C++", where)
		if (a == "kunit" && !linux && !public && ta != "kunit")
			bad("suites use the public headers", where)
		if (a == "drivers" && !public && h !~ /\.tmh$/ &&
		    !(quoted[i] && to != "" && dir(to) == dir(f)) && !(quoted[i] && ta == "drivers"))
			bad("drivers use the public headers", where)
	}
	# What C++ includes, it includes with all that hangs on it.
	do {
		again = 0
		for (h in seen) {
			n = split(edge[h], next_, " ")
			for (k = 1; k <= n; k++) if (!(next_[k] in seen)) { seen[next_[k]] = 1; again = 1 }
		}
	} while (again)
	for (h in seen)
		if (h in foreign) bad("shim headers that C++ sees are free of Linux", foreign[h])

	n = split(arrows, list, "|")
	for (k = 1; k <= n; k++) {
		if (list[k] in reason) { print "not ok check-arrows: " list[k] ": " reason[list[k]]; failed = 1 }
		else print "ok check-arrows: " list[k]
	}
	if (!count) { print "not ok check-arrows: found no sources"; failed = 1 }
	exit failed
}'
