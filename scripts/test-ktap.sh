#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# ktap.sh against planted KTAP.
set -eu
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tap.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# expect "P F S" NAME: the KTAP is read from stdin.
expect() {
	local got
	cat >"$dir/x.ktap"
	got=$("$wsk_scripts/ktap.sh" -c "$dir/x.ktap") || :
	if [ "$got" = "$1" ]; then
		tap_ok "ktap: $2"
	else
		echo "wanted: $1, got: $got" >"$dir/why"
		tap_not_ok "ktap: $2" "$dir/why"
	fi
}

suite() {
	printf 'KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: irp\n    1..%s\n' "$1"
}

expect "2 0 0" "a suite's own line is not counted" <<<"$(suite 2)
    ok 1 one
    ok 2 two
ok 1 irp"
expect "1 1 0" "a failing case counts once" <<<"$(suite 2)
    ok 1 one
    # two: EXPECTATION FAILED at kunit/irp_kunit.c:5
    not ok 2 two
not ok 1 irp"
expect "2 1 0" "a suite that fails although its cases passed counts" <<<"$(suite 2)
    ok 1 one
    ok 2 two
not ok 1 irp"
expect "1 0 1" "a skipped case is neither" <<<"$(suite 2)
    ok 1 one
    ok 2 two # SKIP no IPv6
ok 1 irp"
expect "3 0 0" "parameters of a case are the cases" <<<"$(suite 2)
    ok 1 one
        KTAP version 1
        # Subtest: two
        ok 1 v4
        ok 2 v6
    ok 2 two
ok 1 irp"
expect "1 1 0" "results that the plan promised and that are missing" <<<"$(suite 3)
    ok 1 one
ok 1 irp"
expect "4 0 0" "lists one after the other" <<<"ok 1 - insmod wsk
$(suite 1)
    ok 1 one
ok 1 irp
$(suite 1)
    ok 1 one
ok 1 mdl
ok 2 - rmmod wsk
1..2"
expect "1 1 0" "flat lines of a script" <<'END'
# the reason
not ok 1 - rmmod wsk
ok 2 - the kernel log is clean
1..2
END
expect "1 1 0" "a script that ended before its last result" <<'END'
ok 1 - insmod wsk.ko
1..2
END
expect "2 1 0" "a suite that is missing between a script's results" <<<"ok 1 - insmod wsk
KTAP version 1
1..1
ok 2 - rmmod wsk
1..2"
expect "1 1 0" "a suite without its last line" <<<"$(suite 1)
    ok 1 one"
expect "1 1 0" "a suite that ends in the middle, without its last line" <<<"KTAP version 1
    # Subtest: irp
    1..2
    ok 1 one"
expect "3 0 0" "what has no number is in no plan" <<'END'
ok - setup
ok 1 - one
1..1
ok - the kernel log is clean
END
expect "2 0 0" "two scripts, one after the other" <<'END'
ok 1 - one
1..1
ok 1 - one
1..1
END
expect "0 1 0" "a file without a result" </dev/null
echo "ok 1 - one" >"$dir/good"
for files in "$dir/gone" "$dir/good $dir/gone" "$dir/gone $dir/good"; do
	# shellcheck disable=SC2086 # one or two names
	tap_check "ktap: a file that is not there is a failure: ${files//"$dir/"/}" \
		sh -c "! $wsk_scripts/ktap.sh $files >$dir/said && grep -q 'no file .*gone' $dir/said"
done
tap_check "ktap: and is counted" sh -c "[ \"\$($wsk_scripts/ktap.sh -c $dir/gone $dir/good)\" = '1 1 0' ]"
tap_end
