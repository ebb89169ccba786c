#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# make check: every lane, and "N passed, N failed" as the last line. A lane that could not run is a
# failure with its reason.
#	check.sh			the lanes of every change
#	check.sh --full [BUDGET]	more of them, the most telling first, as far as BUDGET (30m) goes; what is
#				checked without a guest is checked in any case
# Results are in build/results/<lane>.ktap, the words of each lane in build/results/<lane>.out.
set -eu
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/budget.sh"
alone
# The lanes say which kernel is theirs.
unset KDIR KERNEL

full=
budget=86400
if [ "${1:-}" = --full ]; then
	full=full
	case ${2:-30m} in
	*h) budget=$((${2%h} * 3600)) ;;
	*s) budget=${2%s} ;;
	*m) budget=${2:-30m} budget=$((${budget%m} * 60)) ;;
	*) budget=$((${2} * 60)) ;;
	esac
fi

# lane NAME COMMAND...: its KTAP is what the command leaves in NAME.ktap, or else what it prints.
lane() {
	local name=$1 start=$SECONDS rc=0 ktap=$wsk_results/$1.ktap out=$wsk_results/$1.out
	shift
	"$@" >"$out" 2>&1 </dev/null || rc=$?
	[ -e "$ktap" ] || grep -aE '^ *(not )?ok |^ *#|^ *1\.\.' "$out" >"$ktap" || :
	# A command that failed without saying "not ok" could not run.
	if [ "$rc" -ne 0 ] && ! grep -q '^ *not ok' "$ktap"; then
		{
			tail -n 15 "$out" | sed 's/^/# /'
			echo "not ok - $name could not run: $(grep -a '^error:' "$out" | tail -n 1)"
		} >>"$ktap"
	fi
	"$wsk_scripts/ktap.sh" "$ktap" >"$out.summary" || :
	# Told in one piece, as another lane may run beside this one.
	{
		sed '$d' "$out.summary"
		printf '%-14s %s (%d s)\n' "$name" "$(sed -n '$s/^[^:]*: //p' "$out.summary")" \
			$((SECONDS - start))
	} >"$out.told"
	cat "$out.told"
}

# step NAME COMMAND...: what later lanes need; its progress is shown, its failure counts.
step() {
	local name=$1 ktap=$wsk_results/$1.ktap
	shift
	plan "$name"
	if "$@"; then
		echo "ok - $name" >"$ktap"
	else
		echo "not ok - $name: the reason is above" >"$ktap"
		say "FAILED $name"
	fi
}

# needs STEP COMMAND...: what an earlier run has built is not what is tested.
needs() {
	grep -q '^ok' "$wsk_results/$1.ktap" || {
		echo "error: $1 failed"
		return 1
	}
	shift
	"$@"
}

kdir_of() { KDIR='' "$wsk_scripts/kdir.sh" "$1"; }

build_for() {
	local kdir
	kdir=$(kdir_of "$1") && "$wsk_scripts/check-build.sh" "$kdir"
}
gates() {
	local kdir
	kdir=$(kdir_of "$1") && "$wsk_scripts/gates.sh" "$kdir" "${@:2}"
}
own_tests() {
	local rc=0 test
	for test in test-scan-log test-scan-kernels test-ktap test-conformance test-lanes test-bench test-errno; do
		"$wsk_scripts/$test.sh" || {
			echo "not ok - $test.sh ended with status $?"
			rc=1
		}
	done
	return "$rc"
}
uml() { needs build-uml "$wsk_scripts/uml.sh" run "$wsk_build/uml-modules" "$@"; }
debug() { needs "build-$1" "$wsk_scripts/debug.sh" run "$@"; }

mkdir -p "$wsk_results"
step setup "$wsk_scripts/setup.sh" "${full:-check}"
# What one run has compiled the next one need not, in a fresh clone at the same place as well.
if [ -d /usr/lib/ccache ]; then
	export PATH=/usr/lib/ccache:$PATH CCACHE_DIR="${CCACHE_DIR:-$wsk_cache/ccache}"
fi
step build-6.1 build_for 6.1
step build-6.12 build_for 6.12

# User-Mode Linux has one processor, so what needs no guest runs beside it.
host_lanes() {
	lane gates-6.1 needs build-6.1 gates 6.1
	lane gates-6.12 needs build-6.12 gates 6.12 built
	lane scripts own_tests
}

# What a lane's kernel must report, in an order in which none silences the next (guest/canary.sh).
canaries=warn,bounds,list,reference,object,sleep,abba,use-after-free,leak
# User-Mode Linux has no UBSAN.
uml_canaries=warn,list,reference,object,sleep,abba,use-after-free,leak

# Suites, and what they prove compared with the committed table.
uml_lanes() {
	local start=$SECONDS
	is_planned build-uml || return 0
	LANE=uml within 120 300 uml uml wsk.quick
	uml_seconds=$((SECONDS - start))
	if is_planned uml && ! is_cut uml; then
		within 10 60 conformance needs build-uml "$wsk_scripts/conformance.sh" check
	fi
	LANE=uml-canaries CANARIES=$uml_canaries within 30 300 uml-canaries uml
}

stock() {
	within 90 300 "stock-$1" needs "build-$1" "$wsk_scripts/stock.sh" "$1" "stock-$1" wsk.quick \
		wsk.refusals wsk.drivers=quick wsk.stress wsk.other wsk.race=20s
}

# A guest waits more than it works: two at once.
stock_lanes() {
	local start=$SECONDS first
	if [ $((budget - SECONDS)) -lt 100 ]; then
		left_out "stock-6.1, stock-6.12" "take about 90 s, $((budget - SECONDS)) s of the budget are left"
		return
	fi
	plan stock-6.1 stock-6.12
	stock 6.1 &
	first=$!
	stock 6.12
	wait "$first"
	stock_seconds=$((SECONDS - start))
}

# About what they take where they are left out.
uml_seconds=90
stock_seconds=70

own_step uml 120 uml "$wsk_scripts/uml.sh" build "$wsk_build/uml-modules" || :
say "test:  the lanes"
plan gates-6.1 gates-6.12 scripts
host_lanes &
host=$!
uml_lanes
wait "$host"
stock_lanes

debug_suites() {
	on_own "$1" 600 1800 "$1" debug "$1" "$1" wsk.quick wsk.stress wsk.race=20s
}
debug_canaries() { CANARIES=$canaries on_own "$1" 60 300 "$1-canaries" debug "$1" "$1-canaries"; }
whole() {
	within $((stock_seconds * 5)) 1200 "whole-$1" \
		needs "build-$1" "$wsk_scripts/stock.sh" "$1" "whole-$1" \
		wsk.refusals wsk.drivers wsk.stress wsk.other wsk.race=100000
}

if [ -n "$full" ]; then
	# Not "demo", which is what the guest's own results are called.
	within $((stock_seconds + 30)) 300 make-demo "$wsk_scripts/test-demo.sh"
	debug_suites debug-6.12
	debug_canaries debug-6.12
	whole 6.12
	whole 6.1
	debug_suites debug-6.1
	debug_canaries debug-6.1
	SMP=4 within 800 1500 whole-6.12-smp4 \
		needs build-6.12 "$wsk_scripts/stock.sh" 6.12 whole-6.12-smp4 wsk.stress wsk.race=100000
	CANARIES=race on_own kcsan 60 200 kcsan-canary debug kcsan kcsan-canary
	GUEST=kcsan.sh on_own kcsan 300 900 kcsan debug kcsan kcsan wsk.race=20s
	SMP=4 on_own debug-6.12 600 1800 debug-6.12-4cpus debug debug-6.12 debug-6.12-4cpus \
		wsk.quick wsk.stress wsk.race=20s
	LANE=uml-failslab GUEST=failslab.sh within $((uml_seconds * 2)) 600 uml-failslab uml
	LANE=uml-order GUEST=repeat.sh within $((uml_seconds * 5)) $((uml_seconds * 20 + 120)) \
		uml-order uml wsk.rounds=10
	within $((stock_seconds * 2)) 200 shell "$wsk_scripts/test-shell.sh"
	if chrt -f 1 true 2>/dev/null; then
		STALL=1 on_own debug-6.12 2400 5400 debug-6.12-stalls debug debug-6.12 debug-6.12-stalls \
			wsk.quick wsk.stress wsk.race=20s
	else
		left_out debug-6.12-stalls "it needs the right to a real-time priority, which root has"
	fi
	LANE=uml-whole within $((uml_seconds * 2)) 300 uml-whole uml
	within 120 600 bench "$wsk_scripts/bench-check.sh" 6.1
fi

sums=$("$wsk_scripts/ktap.sh" -c "${planned[@]}") || :
read -r passed failed skipped <<<"$sums"
[ "$skipped" -eq 0 ] || echo "skipped: $skipped (each with its reason in build/results/*.ktap)"
"$wsk_scripts/conformance.sh" line "${planned[@]}" || :
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
