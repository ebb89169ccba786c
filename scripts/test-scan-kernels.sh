#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# scan-canaries.sh and scan-kcsan.sh against planted logs: a canary counts as caught only by its own
# report between its own marks, and a data race only where it is in a module. And what KCSAN is shown.
set -eu
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tap.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# canaries NAME CANARIES REGEX...: what is said about the log from stdin.
canaries() {
	local name=$1 list=$2 regex
	shift 2
	cat >"$dir/lane.log"
	CANARIES=$list "$wsk_scripts/scan-canaries.sh" "$dir/lane.log" >"$dir/out" 2>&1 || echo "status $?" >>"$dir/out"
	for regex in "$@"; do
		grep -qE -- "$regex" "$dir/out" || {
			echo "not said: $regex" >>"$dir/out"
			tap_not_ok "canaries: $name" "$dir/out"
			return
		}
	done
	tap_ok "canaries: $name"
}

canaries "a report between the marks is caught" warn "^ok - lane: canary warn was caught" <<END
[    1.000000] canary begins: warn
[    1.100000] WARNING: CPU: 0 PID: 1 at canary.c:24 canary_warn+0x1/0x2 [canary]
[    1.200000] canary ends: warn
END
canaries "nothing is reported: not caught" warn,abba "^not ok - lane: canary warn was not caught" \
	"^not ok - lane: canary abba was not caught" <<END
[    1.000000] canary begins: warn
[    1.200000] canary ends: warn
END
canaries "the report of another canary does not count" sleep "^not ok - lane: canary sleep was not caught" <<END
[    1.000000] canary begins: sleep
[    1.100000] WARNING: CPU: 0 PID: 1 at canary.c:24 canary_warn+0x1/0x2 [canary]
[    1.200000] canary ends: sleep
END
canaries "nor does a report outside the marks" warn "^not ok - lane: canary warn was not caught" <<END
[    0.900000] WARNING: CPU: 0 PID: 1 at canary.c:24 canary_warn+0x1/0x2 [canary]
[    1.000000] canary begins: warn
[    1.200000] canary ends: warn
END
canaries "nor one that scan-log.sh would let pass" leak "^not ok - lane: canary leak was not caught" <<END
canary begins: leak
# unreferenced object
canary ends: leak
END
canaries "the guest died before it: not caught" use-after-free \
	"^not ok - lane: canary use-after-free was not caught" <<END
[    1.000000] canary begins: warn
END

# race FRAME FRAME: a report of KCSAN with these two places.
race() {
	cat <<END
[    5.1] ==================================================================
[    5.1] BUG: KCSAN: data-race in $(sed 's/+[^ ]*//' <<<"$1") / $(sed 's/+[^ ]*//' <<<"$2")
[    5.1]
[    5.1] write to 0xffff888004a3b0c8 of 8 bytes by task 71 on cpu 1:
[    5.1]  $1
[    5.1]  caller+0x30/0x50 [wsk]
[    5.1]
[    5.1] read to 0xffff888004a3b0c8 of 8 bytes by interrupt on cpu 0:
[    5.1]  $2
[    5.1]  other+0x30/0x50
[    5.1]
[    5.1] value changed: 0x0 -> 0x1
[    5.1] ==================================================================
[    5.2] an ordinary line
END
}
# kcsan pass|fail NAME: the log is read from stdin.
kcsan() {
	local got=pass
	cat >"$dir/log"
	"$wsk_scripts/scan-kcsan.sh" "$dir/log" >"$dir/out" 2>&1 || got=fail
	if [ "$got" = "$1" ]; then tap_ok "kcsan: $2"; else tap_not_ok "kcsan: $2" "$dir/out"; fi
}
kcsan pass "a race inside the kernel is the kernel's" \
	< <(race "tcp_poll+0x10/0x90" "tcp_rcv_established+0x10/0x90")
kcsan fail "a race of ours fails" < <(race "lx_sock_recv+0x10/0x90 [wsk]" "tcp_rcv_established+0x1/0x9")
kcsan fail "also if ours is the other access" < <(race "tcp_poll+0x1/0x9" "lx_sock_recv+0x1/0x9 [wsk]")
kcsan fail "also of a test's module" < <(race "tcp_poll+0x1/0x9" "race_worker+0x1/0x9 [wsk_kunit]")
kcsan fail "one of ours between the kernel's" < <(
	race "tcp_poll+0x10/0x90" "tcp_rcv+0x10/0x90"
	race "nt_thing+0x10/0x90 [wsk]" "nt_thing+0x10/0x90 [wsk]"
	race "tcp_poll+0x10/0x90" "tcp_rcv+0x10/0x90"
)
kcsan pass "also if another processor prints a frame of ours into it" < <(
	race "tcp_poll+0x10/0x90" "tcp_rcv+0x10/0x90" | sed '/by task 71/a [    5.1]  lx_log_misuse+0x1/0x2 [wsk]'
)
kcsan fail "what that says to the tests stays" < <(
	race "tcp_poll+0x10/0x90" "tcp_rcv+0x10/0x90" | sed '/by task 71/a [    5.1] wsk: misuse: REG-12: twice'
)
kcsan fail "another kind of report stays" < <(
	race "tcp_poll+0x10/0x90" "tcp_rcv+0x10/0x90"
	echo "[ 6.0] BUG: sleeping function called from invalid context at mm/page_alloc.c:1"
)
kcsan fail "a report that the log ends in stays, if ours" < <(race "nt_x+0x1/0x9 [wsk]" "f+0x1/0x9" | head -n 8)

# Which suites guest/kcsan.sh runs: lines "SUITE GLOB".
eval "$(sed -n "/^races='/,/'\$/p" "$wsk_scripts/guest/kcsan.sh")"
read -r -a globs <<<"${races//[$'\n\t']/ }"
suites() { sed -n 's/^[ \t]*\.name = "\(.*\)".*/\1/p' "$@" | sort; }
for suite in $(suites "$wsk_root"/kunit/*_kunit.c); do
	for glob in "${globs[@]}"; do
		# shellcheck disable=SC2053 # a pattern
		[[ $suite != $glob ]] || echo "$suite $glob"
	done
done >"$dir/raced"
# none NAME [WORD...]: there is no such word.
none() {
	echo "${*:2}" >"$dir/out"
	if [ $# -eq 1 ]; then tap_ok "kcsan: $1"; else tap_not_ok "kcsan: $1" "$dir/out"; fi
}
mapfile -t racing < <(grep -lE '^#include "(socket_)?race\.h"' "$wsk_root"/kunit/*_kunit.c)
# shellcheck disable=SC2046 # words
none "no suite of race.h is left out" $(comm -23 <(suites "${racing[@]}") <(cut -d' ' -f1 "$dir/raced"))
# shellcheck disable=SC2046
none "no suite runs twice" $(cut -d' ' -f1 "$dir/raced" | uniq -d)
# shellcheck disable=SC2046
none "each glob names a suite" $(
	comm -23 <(printf '%s\n' "${globs[@]}" | sort) <(cut -d' ' -f2 "$dir/raced" | sort -u)
)

tap_end
