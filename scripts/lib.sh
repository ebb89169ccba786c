# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by the scripts beside it: where things are kept, how a step is told, how a script stops.

wsk_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
wsk_scripts=$wsk_root/scripts
wsk_build=$wsk_root/build
wsk_results=$wsk_build/results

# What make above us was told is in the environment; its jobs and overrides are not for the makes below.
unset MAKEFLAGS MFLAGS MAKELEVEL

# kernel_release and what else the build's own scripts know of a kernel; die is said our way below.
. "$wsk_scripts/kernel.sh"

# One line a step, on stderr: stdout belongs to what a script returns to its caller.
say() { printf '%s\n' "$*" >&2; }

# die SENTENCE [NEXT STEP]
die() {
	printf 'error: %s\n' "$1" >&2
	[ $# -lt 2 ] || printf 'next:  %s\n' "$2" >&2
	exit 1
}

# quietly LABEL LOG COMMAND...: output goes to LOG; a line says so, another each 15 s says how far
# it is, and a failure shows the end of the log.
quietly() {
	local label=$1 log=$2 start=$SECONDS pid rc=0
	shift 2
	mkdir -p "$(dirname "$log")"
	say "$label"
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	(
		# A sleep that outlives us holds no pipe that a caller reads to its end.
		while sleep 15 >/dev/null 2>&1 && kill -0 "$pid" 2>/dev/null; do
			say "    $((SECONDS - start)) s: $(tail -n 1 "$log" | tr -d '\r' | cut -c 1-70)"
		done
	) >/dev/null 8>&- &
	local ticker=$!
	wait "$pid" || rc=$?
	kill "$ticker" 2>/dev/null || :
	wait "$ticker" 2>/dev/null || :
	if [ "$rc" -ne 0 ]; then
		say "--- the end of $log"
		tail -n 25 "$log" >&2
		say "---"
	fi
	return "$rc"
}

# locked FILE COMMAND...: one process at a time. The command does not inherit the lock, so that a
# process it leaves running does not hold it.
locked() {
	local file=$1
	shift
	mkdir -p "$(dirname "$file")"
	(
		flock 9
		"$@" 9>&-
	) 9>"$file"
}

# alone: one make check, demo or shell in a checkout, for as long as this script and what it starts run.
# WSK_ALONE: what started this script holds the lock.
alone() {
	[ -z "${WSK_ALONE:-}" ] || return 0
	mkdir -p "$wsk_build"
	exec 8>>"$wsk_build/.lock"
	flock -n 8 || die "another make check, make demo or make shell runs in $wsk_root" \
		"wait until it has ended, or use another checkout"
}

# For kernels under QEMU: the machine may be busy elsewhere, so a processor that stands still for
# seconds is no report.
wsk_patience="watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=200"

have() { command -v "$1" >/dev/null 2>&1; }

# guest_words WORD...: one a line, what the kernel of a guest is told: the script it runs (GUEST, or what
# CANARIES asks for), how many suites there must be unless some are left out, and the words given.
guest_words() {
	if [ -n "${CANARIES:-}" ]; then
		set -- "wsk.run=canary.sh" "wsk.canaries=$CANARIES" "$@"
	else
		set -- "wsk.run=${GUEST:-kunit.sh}" "$@"
		case " $* " in
		*\ kunit.filter*) ;;
		*) set -- "wsk.suites=$(cat "$wsk_root"/kunit/*_kunit.c |
			grep -c '^static struct kunit_suite ')" "$@" ;;
		esac
	fi
	printf '%s\n' "$@"
}
