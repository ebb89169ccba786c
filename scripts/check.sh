#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# make check: every lane, and "N passed, N failed" as the last line. A lane that could not run is a
# failure with its reason.
#	check.sh			the lanes of every change
#	check.sh --full [BUDGET]	more of them, the most telling first, as far as BUDGET (30m) goes
# Results are in build/results/<lane>.ktap, the words of each lane in build/results/<lane>.out.
set -eu
. "$(dirname "$0")/lib.sh"
alone
# The lanes say which kernel is theirs.
unset KDIR KERNEL

full=
budget=1800
if [ "${1:-}" = --full ]; then
	full=full
	case ${2:-30m} in
	*h) budget=$((${2%h} * 3600)) ;;
	*s) budget=${2%s} ;;
	*m) budget=${2:-30m} budget=$((${budget%m} * 60)) ;;
	*) budget=$((${2} * 60)) ;;
	esac
fi

# The results that count, in the order they are planned; a lane that leaves none is a failure.
planned=()
plan() {
	local name
	for name in "$@"; do
		planned+=("$wsk_results/$name.ktap")
		rm -f "$wsk_results/$name.ktap" "$wsk_results/$name".ktap.*
	done
}

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
build_uml() {
	local kdir
	kdir=$("$wsk_scripts/uml.sh" kdir) && "$wsk_scripts/check-build.sh" "$kdir" "$wsk_build/uml-modules"
}
gates() {
	local kdir
	kdir=$(kdir_of "$1") && "$wsk_scripts/gates.sh" "$kdir"
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
step build-6.1 build_for 6.1
step build-6.12 build_for 6.12
step build-uml build_uml

# User-Mode Linux has one processor, so what needs no guest runs beside it.
host_lanes() {
	lane gates-6.1 needs build-6.1 gates 6.1
	lane gates-6.12 needs build-6.12 gates 6.12
	lane scripts own_tests
}

# What a lane's kernel must report, in an order in which none silences the next (guest/canary.sh).
canaries=warn,bounds,list,reference,object,sleep,abba,use-after-free,leak
# User-Mode Linux has no UBSAN.
uml_canaries=warn,list,reference,object,sleep,abba,use-after-free,leak

say "test:  the lanes"
plan uml conformance uml-canaries stock-6.1 stock-6.12 gates-6.1 gates-6.12 scripts
host_lanes &
host=$!
uml_start=$SECONDS
LANE=uml lane uml uml wsk.quick
uml_seconds=$((SECONDS - uml_start))
lane conformance needs build-uml "$wsk_scripts/conformance.sh" check
LANE=uml-canaries CANARIES=$uml_canaries lane uml-canaries uml
stock_start=$SECONDS
lane stock-6.1 needs build-6.1 \
	"$wsk_scripts/stock.sh" 6.1 stock-6.1 wsk.quick wsk.refusals wsk.drivers=quick wsk.stress \
	wsk.other wsk.race=20s
stock_seconds=$((SECONDS - stock_start))
lane stock-6.12 needs build-6.12 \
	"$wsk_scripts/stock.sh" 6.12 stock-6.12 wsk.quick wsk.refusals wsk.drivers=quick wsk.stress \
	wsk.other wsk.race=20s
wait "$host"

# within SECONDS LIMIT NAME COMMAND...: a lane of --full, if what is left of the budget allows for the
# seconds that it takes; at LIMIT, or where the budget ends, its guest is stopped.
within() {
	local cost=$1 limit=$2 name=$3 left=$((budget - SECONDS))
	shift 2
	if [ "$left" -ge "$cost" ]; then
		plan "$name"
		LIMIT=$((limit < left ? limit : left)) lane "$@"
	else
		echo "left out: $name (takes about $cost s, $left s of the budget are left)"
	fi
}

# on_own KERNEL SECONDS LIMIT NAME COMMAND...: the same, on a kernel of scripts/own-kernel.sh. Where the
# cache has none, building it counts; one that the budget interrupts is gone on with by the next run.
on_own() {
	local kernel=$1 cost build left
	shift
	build=$("$wsk_scripts/own-kernel.sh" "$kernel" cost)
	cost=$1
	# The modules take their time as well.
	case " ${planned[*]} " in *"/build-$kernel.ktap "*) ;; *) cost=$((cost + build + 90)) ;; esac
	left=$((budget - SECONDS))
	if [ "$left" -lt "$cost" ]; then
		printf 'left out: %s (takes about %d s%s, %d s of the budget are left)\n' "$3" "$cost" \
			"$([ "$build" -eq 0 ] || echo ", $build s of it to build its kernel")" "$left"
		return
	fi
	case " ${planned[*]} " in
	*"/build-$kernel.ktap "*) ;;
	*) step "build-$kernel" timeout "$left" "$wsk_scripts/debug.sh" build "$kernel" ;;
	esac
	within "$@"
}

if [ -n "$full" ]; then
	# Not "demo", which is what the guest's own results are called.
	within $((stock_seconds + 30)) 300 make-demo "$wsk_scripts/test-demo.sh"
	for kernel in debug-6.12 debug-6.1; do
		on_own "$kernel" 600 1800 "$kernel" debug "$kernel" "$kernel" \
			wsk.quick wsk.stress wsk.race=20s
	done
	for kernel in debug-6.12 debug-6.1; do
		CANARIES=$canaries on_own "$kernel" 90 300 "$kernel-canaries" \
			debug "$kernel" "$kernel-canaries"
	done
	LANE=uml-order GUEST=repeat.sh within $((uml_seconds * 5)) $((uml_seconds * 20 + 120)) \
		uml-order uml wsk.rounds=10
	LANE=uml-failslab GUEST=failslab.sh within $((uml_seconds * 2)) 600 uml-failslab uml
	for kernel in 6.1 6.12; do
		within $((stock_seconds * 6)) 1200 "whole-$kernel" \
			needs "build-$kernel" "$wsk_scripts/stock.sh" "$kernel" "whole-$kernel" \
			wsk.refusals wsk.drivers wsk.stress wsk.other wsk.race=100000
	done
	SMP=4 within $((stock_seconds * 6)) 1200 whole-6.12-smp4 \
		needs build-6.12 "$wsk_scripts/stock.sh" 6.12 whole-6.12-smp4 wsk.stress wsk.race=100000
	CANARIES=race on_own kcsan 60 200 kcsan-canary debug kcsan kcsan-canary
	GUEST=kcsan.sh on_own kcsan 420 900 kcsan debug kcsan kcsan wsk.race=20s
	SMP=4 on_own debug-6.12 600 1800 debug-6.12-4cpus debug debug-6.12 debug-6.12-4cpus \
		wsk.quick wsk.stress wsk.race=20s
	within $((stock_seconds * 2)) 200 shell "$wsk_scripts/test-shell.sh"
	LANE=uml-whole within $((uml_seconds * 2)) 300 uml-whole uml
	within 120 600 bench "$wsk_scripts/bench-check.sh" 6.1
fi

sums=$("$wsk_scripts/ktap.sh" -c "${planned[@]}") || :
read -r passed failed skipped <<<"$sums"
[ "$skipped" -eq 0 ] || echo "skipped: $skipped (each with its reason in build/results/*.ktap)"
"$wsk_scripts/conformance.sh" line "${planned[@]}" || :
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
