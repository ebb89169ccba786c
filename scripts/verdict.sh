#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The last results of a guest's run, appended to its KTAP: that it came to its end, and that its
# kernel had nothing to report.
#	verdict.sh KTAP LOG STATUS	STATUS is what QEMU or User-Mode Linux ended with
# CUT=1: at the end of its time not the guest is late but the budget is spent, and what it has shown
# until then counts.
# SCAN=scan-kcsan.sh looks at the log in place of scan-log.sh; CANARIES=NAME,...: the log must have
# their reports.
# Status 0 if every result of the KTAP is good.
set -eu
. "$(dirname "$0")/lib.sh"

ktap=${1:?verdict.sh KTAP LOG STATUS}
log=$2 status=$3
lane=$(basename "$ktap" .ktap)
mkdir -p "$(dirname "$ktap")"
touch "$ktap" "$log"

# The console has each result as it came; a case in progress is none. Reports count to the last line.
cut_short() {
	local line='(\[[^]]*\])* ?( *(not )?ok [0-9]| *#)' last
	last=$(grep -anE '^(\[[^]]*\])* *(not )?ok [0-9]' "$log" | tail -n 1 | cut -d: -f1)
	head -n "${last:-0}" "$log" | tr -d '\r' >"$log.cut"
	grep -aE "^$line" "$log.cut" | sed -E 's/^(\[[^]]*\])* ?//; s/^( *(not )?ok [0-9]+) - /\1 /' >"$ktap" || :
	{
		echo "# cut: the budget ended here"
		if "$wsk_scripts/scan-log.sh" "$log.cut" >"$log.scan" 2>&1 &&
			! "$wsk_scripts/scan-log.sh" "$log" | grep -a ': kernel report:' >>"$log.scan"; then
			echo "ok - $lane: the kernel log is clean so far"
		else
			sed 's/^/# /' "$log.scan"
			echo "not ok - $lane: the kernel log is clean so far"
		fi
	} >>"$ktap"
	"$wsk_scripts/ktap.sh" "$ktap" >"$ktap.summary"
}

if [ -n "${CUT:-}" ] && [ "$status" -eq 124 ]; then
	cut_short
	exit
fi

# What a dying kernel says comes before its registers and stack.
last_words() {
	grep -aE 'Kernel panic|BUG:|Oops|general protection|segfault' "$log" | head -n 2 ||
		tail -n 2 "$log"
}

# The guest's script ends with 1..N after its N results, and then with status 0 if all are good.
results=$(grep -cE '^(not )?ok [0-9]+ - ' "$ktap") || :
promised=$(tr -d '\r' <"$ktap" | sed -n 's/^1\.\.\([0-9]*\)$/\1/p' | tail -n 1)
ended=$(tr -d '\r' <"$ktap" | sed -n 's/^guest: ended with status //p' | tail -n 1)

{
	if [ "$status" -eq 3 ]; then
		echo "not ok - $lane: the guest could not be started (ACCEL=${ACCEL:-tcg})"
	elif [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then
		echo "not ok - $lane: no end within the time: $(tail -n 1 "$ktap" | tr -d '\r')"
	elif [ -z "$ended" ]; then
		echo "not ok - $lane: the guest died: $(last_words | tr -d '\r' | tr '\n' ' ')"
	elif [ "$ended" != 0 ]; then
		echo "not ok - $lane: the guest's script ended with status $ended"
	elif [ "$results" -ne "${promised:-0}" ] || [ "$results" -eq 0 ]; then
		echo "not ok - $lane: the guest's script has $results results and a plan of ${promised:-none}"
	elif [ "$status" -ne 0 ]; then
		echo "not ok - $lane: the guest came to its end, but what runs it ended with status $status"
	else
		echo "ok - $lane: the guest came to its end"
	fi
	if [ -n "${CANARIES:-}" ]; then
		"$wsk_scripts/scan-canaries.sh" "$log"
	elif "$wsk_scripts/${SCAN:-scan-log.sh}" "$log" "$ktap" >"$log.scan" 2>&1; then
		echo "ok - $lane: the kernel log is clean"
	else
		sed 's/^/# /' "$log.scan"
		echo "not ok - $lane: the kernel log is clean"
	fi
} >"$ktap.verdict"
cat "$ktap.verdict" >>"$ktap"
rm -f "$ktap.verdict"
"$wsk_scripts/ktap.sh" "$ktap" >"$ktap.summary"
