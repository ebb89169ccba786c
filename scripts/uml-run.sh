#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Runs a guest script of scripts/guest in User-Mode Linux, with a folder as its root.
#	uml-run.sh TREE MODULES [ARGUMENTS OF THE KERNEL...]
# MODULES is a folder with wsk.ko, wsk_kunit.ko and drivers. LANE (default uml) names the files
# in build/results: LANE.ktap and LANE.log. GUEST (default kunit.sh) is the script, LIMIT its seconds.
# CANARIES=NAME,... runs guest/canary.sh.
# Status 0 if all is good, as verdict.sh says.
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

files=("init=$wsk_scripts/guest/init" "guest/tap.sh=$wsk_scripts/tap.sh")
for file in "$wsk_scripts"/guest/*.sh "$wsk_build"/demo/{client,server,failnth}; do
	files+=("guest/${file##*/}=$file")
done
for file in "$modules"/*.ko; do
	files+=("modules/${file##*/}=$file")
done
"$wsk_scripts/initramfs.sh" "$root/" "${files[@]}"
: >"$root/result"

mapfile -t words < <(guest_words "$@")

# It keeps a folder in its HOME, and dies if it cannot.
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT

rc=0
HOME=$home timeout -k 5 "${LIMIT:-300}" "$tree/linux" mem=768M root=/dev/root rootfstype=hostfs \
	"rootflags=$root" rw init=/init con=null con0=null,fd:1 loglevel=7 panic=-1 oops=panic \
	printk.devkmsg=on log_buf_len=8M time-travel=inf-cpu "${words[@]}" \
	</dev/null >"$log" 2>&1 || rc=$?
cp "$root/result" "$ktap"

"$wsk_scripts/verdict.sh" "$ktap" "$log" "$rc"
