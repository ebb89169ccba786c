#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Runs a guest script of scripts/guest in User-Mode Linux, with a folder as its root.
#	uml-run.sh TREE MODULES [ARGUMENTS OF THE KERNEL...]
# MODULES is a folder with wsk.ko, wsk_kunit.ko and drivers/*.ko. LANE (default uml) names the files
# in build/results: LANE.ktap and LANE.log. GUEST (default uml.sh) is the script, LIMIT its seconds.
#
# time-travel=inf-cpu: the guest's clock leaps when it is idle, so a time-out of a minute costs
# nothing and always comes at the same moment.
set -eu
. "$(dirname "$0")/lib.sh"

tree=${1:?uml-run.sh TREE MODULES [ARGUMENTS...]}
modules=${2:?uml-run.sh TREE MODULES [ARGUMENTS...]}
shift 2
lane=${LANE:-uml}
root=$wsk_build/root-$lane
ktap=$wsk_results/$lane.ktap
log=$wsk_results/$lane.log

[ -e "$modules/wsk.ko" ] || die "there is no $modules/wsk.ko" "run: make check, which builds it"
mkdir -p "$wsk_results"

set -- "${GUEST_ARGS:-}" "$@"
files="init=$wsk_scripts/guest/init guest/tap.sh=$wsk_scripts/tap.sh"
for file in "$wsk_scripts"/guest/*.sh; do
	files="$files guest/${file##*/}=$file"
done
for file in "$modules"/*.ko; do
	files="$files modules/${file##*/}=$file"
done
for file in "$modules"/drivers/*; do
	[ ! -e "$file" ] || files="$files modules/drivers/${file##*/}=$file"
done
# shellcheck disable=SC2086 # a list of pairs
"$wsk_scripts/initramfs.sh" "$root/" $files
: >"$root/result"

rc=0
# shellcheck disable=SC2086,SC2048 # arguments of the kernel hold no blanks
timeout -k 5 "${LIMIT:-300}" "$tree/linux" mem=768M root=/dev/root rootfstype=hostfs \
	"rootflags=$root" rw init=/init con=null con0=null,fd:1 loglevel=7 panic=-1 oops=panic \
	printk.devkmsg=on time-travel=inf-cpu wsk.run="${GUEST:-uml.sh}" $* \
	</dev/null >"$log" 2>&1 || rc=$?
cp "$root/result" "$ktap"

status=0
reason=
if [ "$rc" -eq 124 ]; then
	reason="no end within ${LIMIT:-300} s"
elif ! grep -q '^guest: ended with status' "$ktap"; then
	reason="the guest died; the end of $log: $(tail -n 3 "$log" | tr -d '\r' | tr '\n' ' ')"
fi
{
	if [ -z "$reason" ]; then
		echo "ok - $lane: the guest came to its end"
	else
		echo "not ok - $lane: the guest came to its end: $reason"
	fi
	if "$wsk_scripts/scan-log.sh" "$log" "$ktap" >"$log.scan"; then
		echo "ok - $lane: the kernel log is clean"
	else
		sed 's/^/# /' "$log.scan"
		echo "not ok - $lane: the kernel log is clean"
	fi
} >>"$ktap"
"$wsk_scripts/ktap.sh" "$ktap" >&2 || status=1
exit "$status"
