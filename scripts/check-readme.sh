#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# check-readme.sh [TOP] - what README.md and Documentation/ say of the tree, as far as a script can look
#
# The driver that README.md shows is samples/minimal, every `make X` that is named can be typed, and make
# help tells each that the Makefile has. Prints an "ok" or "not ok" line per check; status 1 if one failed.
set -eu

top=$(cd "${1:-$(dirname "$0")/..}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset MAKEFLAGS MFLAGS MAKELEVEL
failed=0
cd "$top"

# verdict CHECK WORDS: ok if there are none.
verdict() {
	if [ -z "$2" ]; then
		echo "ok check-readme: $1"
	else
		echo "not ok check-readme: $1: $(echo "$2" | head -n 8 | paste -sd ' ')"
		failed=1
	fi
}

# block LANGUAGE: the first fenced block of README.md in it.
block() { awk -v fence="\`\`\`$1" '$0 == fence { on = 1; next } on && /^```$/ { exit } on' README.md; }
# shown FILE: what of a sample's file is to be read there. The default of WSK is the checkout's own.
shown() { grep -v -e 'SPDX-License-Identifier' -e '^WSK ?= ' "$1" | sed '/./,$!d'; }
# same FILE LANGUAGE: how the two differ.
same() { diff <(shown "samples/minimal/$1") <(block "$2") || :; }
verdict "README.md shows samples/minimal/driver.c" "$(same driver.c c)"
verdict "README.md shows samples/minimal/Makefile" "$(same Makefile make)"

# phony FILE: its targets.
phony() {
	sed -n '/^\.PHONY:/,/[^\\]$/p' "$1" | sed 's/^\.PHONY://; s/\\$//; s/\$([^)]*)//' | tr -s ' \t' '\n\n' |
		sed '/^$/d'
}
# What is in `...`, and lines of code.
code() {
	sed 's/``/`/g' Documentation/*.rst | cat README.md Documentation/*.md - | sed '/^```/d' | tr '\n' ' ' |
		grep -oE '`[^`]*`'
	cat README.md Documentation/* | grep '^    '
}
{
	phony Makefile
	phony scripts/wsk-driver.mk
	for sample in samples/*/Makefile; do basename "$(dirname "$sample")"; done
} | sort -u >"$work/targets"
code | grep -oE '(^|[ ;(`])make( +[A-Z]+=(<[^>]*>|[^ <]*))* +[a-z][a-z-]*' | sed 's/.* //' | sort -u >"$work/named"
verdict "every make X that is named can be typed" "$(comm -23 "$work/named" "$work/targets")"
make -s --no-print-directory help | sed -n 's/^  make \([a-z-]*\) .*/\1/p' | sort -u >"$work/told"
verdict "make help tells every target" "$(phony Makefile | grep -vx -e help -e modules | sort | comm -23 - "$work/told")"
verdict "make help tells nothing else" "$(grep . "$work/told" | comm -23 - "$work/targets")"
exit $failed
