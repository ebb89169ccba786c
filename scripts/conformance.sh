#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Which rules of Documentation/contract.md hold, by the cases that ran, and why the others need not yet.
#	conformance.sh		writes Documentation/conformance.rst and deviations.rst, and prints a line
#				a group and one for all; runs the UML lane if it left no results
#	conformance.sh check	TAP: do both say what the results of the UML lane say?
#	conformance.sh sources	TAP: the contract, deviations.tsv and what cases claim, without any results
#	conformance.sh line [KTAP...]	the line for all, from these results (default: all of build/results)
# The table is made of the UML lane alone, so that it is the same on every machine; the lines count
# what all lanes in build/results prove. WSK_TREE=<folder> is another tree, for the tests.
set -eu
. "$(dirname "$0")/lib.sh"
. "$wsk_scripts/tap.sh"

tree=${WSK_TREE:-$wsk_root}
contract=$tree/Documentation/contract.md
deviations=$tree/scripts/deviations.tsv
results=$tree/build/results
awks=$wsk_scripts/conformance
export LC_ALL=C

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# The rules, and what sources say they prove: what any state is made of.
read_tree() {
	local file files=()
	for file in "$tree"/kunit/*.c "$tree"/scripts/guest/*.sh; do
		[ ! -e "$file" ] || files+=("$file")
	done
	awk -f "$awks/contract.awk" "$contract" >"$dir/rules" || return 1
	awk -f "$awks/sources.awk" "${files[@]}" /dev/null >"$dir/sources"
}

# states NAME [KTAP...]: the state of each rule by these results, into the file NAME.
states() {
	local name=$1
	shift
	: >"$dir/claims"
	[ $# -eq 0 ] || awk -f "$awks/claims.awk" "$@" | sort -u >"$dir/claims"
	awk -F'\t' -f "$awks/states.awk" input=1 "$dir/rules" input=2 "$deviations" \
		input=3 "$dir/sources" input=4 "$dir/claims" >"$dir/$name"
}

write_tables() {
	awk -f "$awks/sums.awk" "$dir/table" >"$dir/sums" &&
		awk -f "$awks/table.awk" input=1 "$contract" input=2 "$dir/sums" input=3 "$dir/table" \
			>"$dir/conformance.rst" &&
		{ head -n 1 "$deviations" && tail -n +2 "$deviations" | sort -t- -k1,1 -k2,2n; } |
		awk -f "$awks/deviations.awk" >"$dir/deviations.rst"
}

# Results count in which some case says what it proves; the others are of lanes without KUnit.
proving() { grep -lE '# rules: ' "$@" 2>/dev/null || :; }

# How old results are, and whether they are of the sources as they are now.
age() {
	local seconds=$(($(date +%s) - $(stat -c %Y "$1"))) words
	if [ "$seconds" -lt 120 ]; then
		words="$seconds s"
	elif [ "$seconds" -lt 7200 ]; then
		words="$((seconds / 60)) min"
	elif [ "$seconds" -lt 172800 ]; then
		words="$((seconds / 3600)) h"
	else
		words="$((seconds / 86400)) days"
	fi
	# The drivers of kunit are built where their sources are.
	if [ -n "$(find "$tree/kunit" "$tree/compat" "$tree/wsk" -name build -prune -o \
		-newer "$1" -name '*.[ch]*' -print -quit 2>/dev/null)" ]; then
		words="$words, older than the sources"
	fi
	echo "$words"
}

lanes() {
	local file line=
	for file in "$@"; do
		line="$line${line:+; }$(basename "$file" .ktap) ($(age "$file"))"
	done
	echo "lanes: $line"
}

# What the lane uml has proved, and a lane with the suites on another kernel has not: a case is left out
# there, or waits for a clock that leaps, or the lane was cut short.
missing_there() {
	local file lane
	[ -n "$(proving "$results/uml.ktap")" ] || return 0
	states here "$results/uml.ktap" || return
	for file in "$@"; do
		lane=$(basename "$file" .ktap)
		case $lane in debug-*) ;; *) continue ;; esac
		states there "$file" || return
		awk -F'\t' -v lane="$lane" '
		FILENAME == ARGV[1] { passed[$1] = $3 == "passed"; next }
		passed[$1] && $3 != "passed" { n++; if (n <= 20) names = names " " $1 }
		END { printf "%s proves all that uml does%s\n", lane, n ? " but " n ":" names (n > 20 ? " ..." : "") : "" }
		' "$dir/here" "$dir/there"
	done
}

run_uml() {
	[ "$tree" = "$wsk_root" ] || die "there are no results in $results"
	say "conformance: there are no results of the UML lane; it runs now"
	local kdir
	"$wsk_scripts/setup.sh" check
	kdir=$("$wsk_scripts/uml.sh" kdir)
	"$wsk_scripts/check-build.sh" "$kdir" "$wsk_build/uml-modules"
	LANE=uml "$wsk_scripts/uml.sh" run "$wsk_build/uml-modules" wsk.quick ||
		say "conformance: the UML lane failed; what did not pass proves nothing"
	[ -n "$(proving "$results/uml.ktap")" ] ||
		die "the UML lane left no case that says what it proves" "read $results/uml.log"
}

write() {
	local files
	[ -n "$(proving "$results/uml.ktap")" ] || (alone && run_uml)
	case $(age "$results/uml.ktap") in
	*older*) say "conformance: the UML lane ran before the sources changed; make check runs it again" ;;
	esac
	read_tree || exit 1
	states table "$results/uml.ktap" || exit 1
	write_tables
	cp "$dir/conformance.rst" "$dir/deviations.rst" "$tree/Documentation/"
	mapfile -t files < <(proving "$results"/*.ktap)
	states all "${files[@]}" || exit 1
	awk -v states=1 -f "$awks/sums.awk" "$dir/all"
	awk -F'\t' '$3 ~ /^failed/ { print $1 " " $3 }' "$dir/all"
	missing_there "${files[@]}"
	lanes "${files[@]}"
}

# lag NAME: the committed table against the one that the results make.
lag() {
	local committed=$tree/Documentation/$1 name
	name="Documentation/$1 says what the UML lane proves"
	if [ ! -e "$committed" ]; then
		echo "there is no $committed: run make conformance, and commit it" >"$dir/why"
	elif diff -U0 "$committed" "$dir/$1" >"$dir/diff"; then
		tap_ok "$name"
		return
	else
		{
			echo "Documentation/$1 lags behind: run make conformance, and commit what it writes"
			grep -E '^[-+] ' "$dir/diff" | cut -c 1-160 | head -n 40
		} >"$dir/why"
	fi
	tap_not_ok "$name" "$dir/why"
}

check() {
	if [ -z "$(proving "$results/uml.ktap")" ]; then
		echo "error: the UML lane left no results in $results/uml.ktap"
		return 1
	fi
	read_tree 2>"$dir/why" && states table "$results/uml.ktap" 2>"$dir/why" || {
		tap_not_ok "claims, rules and deviations agree" "$dir/why"
		tap_end
		return 1
	}
	tap_ok "claims, rules and deviations agree"
	write_tables
	lag conformance.rst
	lag deviations.rst
	tap_end
}

for file in "$contract" "$deviations" "$tree/kunit"; do
	[ -e "$file" ] || die "there is no $file" "it is part of the tree: git checkout $file"
done

case ${1:-} in
'') write ;;
check) check ;;
sources)
	tap_check "the contract has each rule once, and as many as it says" read_tree
	tap_check "sources and deviations name rules of the contract" states table
	tap_end
	;;
line)
	shift
	[ $# -gt 0 ] || set -- "$results"/*.ktap
	mapfile -t files < <(proving "$@")
	[ ${#files[@]} -gt 0 ] || die "no case in the results says what it proves"
	read_tree && states all "${files[@]}" || exit 1
	awk -v only=all -v states=1 -f "$awks/sums.awk" "$dir/all"
	missing_there "${files[@]}"
	lanes "${files[@]}"
	;;
*) die "conformance.sh [check | sources | line [KTAP...]]" ;;
esac
