#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# make shell: the prompt comes, what is typed runs, and leaving it ends the guest.
set -eu
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tap.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkfifo "$dir/keys"
touch "$dir/screen"

# make check, which may run this, is alone already.
WSK_ALONE=1 timeout -k 5 180 "$wsk_scripts/shell.sh" <"$dir/keys" >"$dir/screen" 2>&1 &
guest=$!
exec 8>"$dir/keys"

# seen REGEX: it comes to stand on the screen while the guest is there.
seen() {
	until grep -qaE "$1" "$dir/screen"; do
		kill -0 "$guest" 2>/dev/null || return 1
		sleep 0.3
	done
}
# What is typed before the prompt would be lost in part.
typed() { printf '%s\n' "$1" >&8; }

tap_check "make shell: the prompt comes" seen '/modules # '
sleep 1
typed 'insmod wsk.ko && insmod echo.ko && echo all is $((1 + 1))-fold loaded'
tap_check "make shell: the modules are at hand" seen 'all is 2-fold loaded'
typed '/guest/client --quick'
tap_check "make shell: the programs are at hand" seen 'client: .* bytes ok'
typed 'exit'
rc=0
wait "$guest" || rc=$?
exec 8>&-
tap_check "make shell: leaving it ends the guest" test "$rc" -eq 0
[ "$tap_failed" -eq 0 ] || sed 's/^/# /' "$dir/screen"
tap_end
