# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Result lines of a test written in shell, for the host's tests and those in a guest (busybox).
# tap_mirror=<file> gets every line too: a guest's kernel log, where scan-log.sh looks for cases.

tap_number=0
tap_failed=0

tap_line() {
	printf '%s\n' "$*"
	[ -z "${tap_mirror:-}" ] || printf '%s\n' "$*" >"$tap_mirror"
}
tap_ok() {
	tap_number=$((tap_number + 1))
	tap_line "ok $tap_number - $*"
}
# tap_not_ok NAME [FILE]: the file tells why.
tap_not_ok() {
	tap_number=$((tap_number + 1))
	tap_failed=$((tap_failed + 1))
	[ -z "${2:-}" ] || sed 's/^/# /' "$2"
	tap_line "not ok $tap_number - $1"
}
tap_skip() {
	tap_number=$((tap_number + 1))
	tap_line "ok $tap_number - $1 # SKIP $2"
}
# tap_check NAME COMMAND...: the command's output is shown when it fails.
tap_check() {
	tap_name=$1
	shift
	if "$@" >"${TMPDIR:-/tmp}/tap.$$" 2>&1; then
		tap_ok "$tap_name"
	else
		tap_not_ok "$tap_name" "${TMPDIR:-/tmp}/tap.$$"
	fi
	rm -f "${TMPDIR:-/tmp}/tap.$$"
}
tap_end() {
	tap_line "1..$tap_number"
	[ "$tap_failed" -eq 0 ]
}
