#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Results, one a canary of CANARIES=NAME,NAME...: scan-log.sh, on what the log has between the marks of
# guest/canary.sh, finds the report that is due. A run in which nothing is found is blind.
#	scan-canaries.sh LOG
set -eu
. "$(dirname "$0")/lib.sh"

log=${1:?scan-canaries.sh LOG}
lane=$(basename "$log" .log)
part=$log.part
trap 'rm -f "$part" "$part.scan"' EXIT

# due NAME: what is reported.
due() {
	case $1 in
	warn) echo 'WARNING: .*canary_warn' ;;
	sleep) echo 'BUG: sleeping function called from invalid context' ;;
	abba) echo 'WARNING: possible circular locking dependency' ;;
	leak) echo 'unreferenced object' ;;
	reference) echo 'refcount_t: underflow' ;;
	use-after-free) echo 'BUG: KASAN: (slab-)?use-after-free in canary' ;;
	bounds) echo 'UBSAN: array-index-out-of-bounds' ;;
	list) echo 'list_del corruption' ;;
	object) echo 'ODEBUG: init active' ;;
	race) echo 'BUG: KCSAN: data-race in canary' ;;
	*) die "there is no canary $1" "say one of those in kunit/canary/canary.c" ;;
	esac
}

for name in ${CANARIES//,/ }; do
	regex=$(due "$name")
	sed -n "/canary begins: $name\r*\$/,/canary ends: $name\r*\$/p" "$log" >"$part"
	if ! "$wsk_scripts/scan-log.sh" "$part" >"$part.scan" && grep -qE "$regex" "$part.scan"; then
		echo "ok - $lane: canary $name was caught: $(grep -oE "$regex" "$part.scan" | head -n 1)"
	else
		grep -aE 'BUG|WARNING|canary' "$part" | head -n 10 | tr -d '\r' | sed 's/^/# /'
		echo "not ok - $lane: canary $name was not caught"
	fi
done
