#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# check-places.sh [TOP] - what the provider calls in a suite notes where it was called
#
# Each function of kunit/*.c that is set by IoSetCompletionRoutine(Ex) or is a table's .WskAcceptEvent
# has to call wt_note_place(), wt_note_event(), or the variant of either that needs no environment. A
# file with nothing of the fixture (wt_*) meets no provider: its IRPs are completed by itself.
# Prints an "ok" or "not ok" line; status 1 if a function does not.
set -eu

top=$(cd "${1:-$(dirname "$0")/..}" && pwd)
cd "$top"

# FILE:LINE:FUNCTION of each that does not.
silent() {
	awk '
	# A file is read whole, since a call may take several lines.
	BEGIN { RS = "\001" }
	!/[^A-Za-z0-9_]wt_/ { next }
	{
		split("", wanted)
		text = "\n" $0
		rest = $0
		while (match(rest, /IoSetCompletionRoutine(Ex)?\([^;]*;/)) {
			call = substr(rest, RSTART, RLENGTH)
			rest = substr(rest, RSTART + RLENGTH)
			at = call ~ /^IoSetCompletionRoutineEx/ ? 3 : 2
			sub(/^[^(]*\(/, "", call)
			split(call, args, ",")
			gsub(/[ \t\n]/, "", args[at])
			wanted[args[at]] = 1
		}
		rest = $0
		while (match(rest, /WskAcceptEvent = [A-Za-z0-9_]+/)) {
			wanted[substr(rest, RSTART + 17, RLENGTH - 17)] = 1
			rest = substr(rest, RSTART + RLENGTH)
		}
		for (name in wanted) {
			if (!match(text, "\n[^\n\t ][^\n]*[ *]" name "\\([^;{}]*\\)\n\\{\n")) {
				print FILENAME ":1:" name
				continue
			}
			line = split(substr(text, 1, RSTART), lines, "\n") - 1
			body = substr(text, RSTART + RLENGTH)
			sub(/\n\}\n.*/, "\n", body)
			if (body !~ /[^A-Za-z0-9_]wt_note_(place|event)(_here)?\(/)
				print FILENAME ":" line ":" name
		}
	}' kunit/*.c | sort
}

found=$(silent)
if [ -z "$found" ]; then
	echo "ok check-places: every routine and callback notes where it was called"
else
	echo "not ok check-places: every routine and callback notes where it was called: $(echo "$found" | paste -sd ' ')"
	exit 1
fi
