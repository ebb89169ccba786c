#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What make bench says of planted rows, and of a QEMU that cannot count.
set -eu
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tap.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

cat >"$dir/rows.tsv" <<'END'
# row	ref	limit	what
nops	-	=12	control
ref	-	-	a reference
near	ref	+100	at most 100 above
often	ref	1.05	at most 1.05 times
start	ref	-	no limit
END
good() {
	cat <<'END'
ok 1 - insmod
row nops 1000 12016 12016 12016
row ref 1000 42000 42000 42000
row near 1000 142000 142000 142000
row often 100 4410 4400 4500
row start 10 4200 4200 4200
END
}
# report: the result is read from stdin; what is said and printed goes to out.
report() {
	cat >"$dir/result"
	"$wsk_scripts/bench-report.sh" "$dir/rows.tsv" "$dir/result" "$dir/json" 6.1.0 '7.2 (Debian "x")' \
		"qemu64 nokaslr" >"$dir/out" 2>&1
}
# fails NAME SENTENCE JSON <ROWS: their report ends with status 1 and says SENTENCE; JSON: yes or no.
fails() {
	local json=no status=0
	report || status=$?
	[ ! -e "$dir/json" ] || json=yes
	echo "status $status, JSON written: $json" >>"$dir/out"
	if [ "$status" -eq 1 ] && grep -qF "error: $2" "$dir/out" && [ "$json" = "$3" ]; then
		tap_ok "bench: $1"
	else
		tap_not_ok "bench: $1" "$dir/out"
	fi
}
# has NAME FILE TEXT
has() {
	if grep -qF -- "$3" "$2"; then tap_ok "bench: $1"; else tap_not_ok "bench: $1" "$2"; fi
}

if report < <(good); then
	tap_ok "bench: rows at their limits pass"
else
	tap_not_ok "bench: rows at their limits pass" "$dir/out"
fi
has "a limit above the reference is a ratio in the JSON" "$dir/json" \
	'{"row": "near", "ref": "ref", "insn": 142.0, "ratio": 3.381, "limit": 3.381, "pass": true, "kernel": "6.1.0", "qemu": "7.2 (Debian \"x\")", "config": "qemu64 nokaslr"}'
has "a row without a limit passes nothing" "$dir/json" '"ratio": 10.000, "limit": null, "pass": null'
has "a row without a limit says so" "$dir/out" "10.00    none"

fails "more than so much above the reference" \
	"near takes 142.1 instructions, 3.383 times ref (42.0); its limit is 3.381 times, 100 instructions above it" \
	yes < <(good | sed 's/row near 1000 142000/row near 1000 142100/')
fails "more than so many times the reference" \
	"often takes 44.2 instructions, 1.052 times ref (42.0); its limit is 1.050 times" \
	yes < <(good | sed 's/row often 100 4410/row often 100 4420/')
has "what is exceeded is false in the JSON" "$dir/json" '"limit": 1.050, "pass": false'
fails "a clock that does not count" \
	"the run is refused: the control row nops reads 24.0 instructions, and is 12" \
	no < <(good | sed 's/row nops 1000 12016/row nops 1000 24016/')
fails "a row that was not measured" "the row ref was not measured" yes < <(good | grep -v 'row ref')
fails "a row that nobody listed" "the row more is measured and not listed" \
	yes < <(good && echo "row more 10 20 20 20")

# What the lane of check-full makes of the same: lane NAME REGEX <RESULT, after report has judged them.
lane() {
	local rc=0
	report || :
	cp "$dir/out" "$dir/said"
	ROWS=$dir/rows.tsv "$wsk_scripts/bench-check.sh" said "$dir/said" "$dir/result" "$dir/json" >"$dir/out" 2>&1 ||
		rc=$?
	echo "status $rc" >>"$dir/out"
	if grep -qE "$2" "$dir/out"; then tap_ok "bench: $1"; else tap_not_ok "bench: $1" "$dir/out"; fi
}
ended() { cat && echo "ok - bench: the guest came to its end"; }
lane "a run that measured everything passes" '^status 0$' < <(good | ended)
lane "with its three results" '^ok 3 - make bench: the JSON has every row$' < <(good | ended)
lane "a limit that is exceeded fails no lane" '^status 0$' < <(
	good | sed 's/row near 1000 142000/row near 1000 242000/' | ended)
lane "and is told" '^# error: near takes 242.0 instructions' < <(
	good | sed 's/row near 1000 142000/row near 1000 242000/' | ended)
lane "a clock that does not count is told" '^ok 3 - .* # SKIP the run is refused: the control row nops' < <(
	good | sed 's/row nops 1000 12016/row nops 1000 24016/' | ended)
lane "a row that was not measured fails the lane" '^not ok 2 - ' < <(good | grep -v 'row often' | ended)
lane "so does a row that nobody listed" '^not ok 2 - ' < <(good && echo "row more 10 20 20 20" | ended)
lane "and a run that did not end" '^not ok 1 - ' < <(good)
lane "or in which something failed" '^not ok 1 - ' < <(good | sed 's/^ok 1/not ok 1/' | ended)

mkdir "$dir/bin"
cat >"$dir/bin/qemu-system-x86_64" <<'END'
#!/bin/sh
echo "qemu-system-x86_64: -icount shift=0: icount is not supported" >&2
exit 1
END
chmod +x "$dir/bin/qemu-system-x86_64"
status=0
PATH=$dir/bin:$PATH ACCEL=icount "$wsk_scripts/vm.sh" kernel initramfs 10 "$dir/log" "$dir/ktap" \
	>"$dir/out" 2>&1 || status=$?
echo "status $status" >>"$dir/out"
if [ "$status" -eq 3 ] && grep -q '^error: this QEMU cannot count instructions: .*not supported' "$dir/out" &&
	grep -q '^next:  ' "$dir/out"; then
	tap_ok "bench: a QEMU without icount is named"
else
	tap_not_ok "bench: a QEMU without icount is named" "$dir/out"
fi
tap_end
