# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by check.sh: lanes in the order of their worth, as far as "budget" seconds of the script's
# life go. What there was no time for is named, and is no failure. Needs lane and step.

# The results that count, in the order they are planned; a lane that leaves none is a failure.
planned=()

is_planned() { case " ${planned[*]} " in *"/$1.ktap "*) ;; *) return 1 ;; esac; }

# A lane that is to run beside others is planned before them, and by itself once more.
plan() {
	local name
	for name in "$@"; do
		is_planned "$name" || planned+=("$wsk_results/$name.ktap")
		rm -f "$wsk_results/$name.ktap" "$wsk_results/$name".ktap.*
	done
}

left_out() { printf 'left out: %s (%s)\n' "$1" "$2"; }

# within SECONDS LIMIT NAME COMMAND...: a lane, if what is left of the budget allows for the seconds
# that it takes. At LIMIT its guest is stopped, and that is a failure. Where the budget ends before,
# what the guest has shown until then counts (verdict.sh).
within() {
	local cost=$1 limit=$2 name=$3 left=$((budget - SECONDS)) cut=
	shift 2
	# Also one of unknown cost: a limit of 0 is none.
	if [ "$left" -lt "$cost" ] || [ "$left" -le 0 ]; then
		left_out "$name" "takes about $cost s, $left s of the budget are left"
		return
	fi
	plan "$name"
	[ "$limit" -le "$left" ] || { limit=$left cut=1; }
	CUT=$cut LIMIT=$limit lane "$@"
	! is_cut "$name" || left_out "the rest of $name" "the budget has ended"
}

is_cut() { grep -qs '^# cut: ' "$wsk_results/$1.ktap"; }

# own_step KERNEL SECONDS NAME COMMAND...: the command makes a kernel of scripts/own-kernel.sh and what is
# loaded there, for the lane NAME, which takes SECONDS. Status 1: it is left out. A build that the
# budget ends is gone on with by the next run.
own_step() {
	local kernel=$1 cost=$2 name=$3 build left=$((budget - SECONDS)) rc=0
	shift 3
	if is_planned "build-$kernel"; then
		# Also one that failed: the lane says so.
		return 0
	fi
	build=$("$wsk_scripts/own-kernel.sh" "$kernel" cost)
	# The modules take their time as well.
	cost=$((cost + build + 90))
	if [ "$left" -lt "$cost" ]; then
		left_out "$name" "takes about $cost s, $build s of it for its kernel, $left s of the budget are left"
		return 1
	fi
	# A limit of 0 is none.
	if [ "$left" -gt 0 ]; then
		timeout "$left" "$@" || rc=$?
	else
		rc=124
	fi
	if [ "$rc" -eq 124 ]; then
		left_out "$name" "the budget has ended while its kernel was built, which the next run goes on with"
		return 1
	fi
	step "build-$kernel" test "$rc" -eq 0
}

# on_own KERNEL SECONDS LIMIT NAME COMMAND...: within, on such a kernel.
on_own() {
	local kernel=$1
	shift
	! own_step "$kernel" "$1" "$3" "$wsk_scripts/debug.sh" build "$kernel" || within "$@"
}
