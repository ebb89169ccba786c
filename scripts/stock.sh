#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Boots the stock kernel of KERNEL with the samples built for it, runs guest/demo.sh there.
#	stock.sh KERNEL LANE [WORD OF THE GUEST...]	words: wsk.quick wsk.refusals wsk.stress wsk.other
#						wsk.drivers, or =quick; wsk.race=<rounds>, or <seconds>s
# Results in build/results/LANE.ktap and LANE.log. Status 0 if all is good, 3 if KVM cannot boot.
set -eu
. "$(dirname "$0")/lib.sh"

kernel=${1:?stock.sh KERNEL LANE [WORD...]}
lane=$2
shift 2
ktap=$wsk_results/$lane.ktap
log=$wsk_results/$lane.log

image=$("$wsk_scripts/kernel-image.sh" "$kernel")
image=${image%%$'\n'*}
release=${image##*/vmlinuz-}

# Modules that this kernel must refuse: those made for another.
other=()
for module in "$wsk_build"/*/wsk.ko; do
	made_for=$(basename "$(dirname "$module")")
	driver=$wsk_root/samples/echo/build/$made_for/echo.ko
	[ "$made_for" != "$release" ] && [ -e "$driver" ] || continue
	other=("modules/other/wsk.ko=$module" "modules/other/echo.ko=$driver")
done
with() { other+=("modules/$1.ko=$wsk_root/kunit/drivers/$1/build/$release/$1.ko"); }
case " $* " in *" wsk.stress "*) with smp_stress ;; esac
case " $* " in *" wsk.race="*) with reg_race ;; esac
case " $* " in
*" wsk.drivers"*)
	for module in "$wsk_root"/kunit/drivers/*/build/"$release"/*.ko; do
		with "$(basename "$module" .ko)"
	done
	;;
esac
initramfs=$("$wsk_scripts/guest-initramfs.sh" "$release" "${other[@]}")

rc=0
APPEND="wsk.run=demo.sh $* $wsk_patience" "$wsk_scripts/vm.sh" "$image" "$initramfs" \
	"${LIMIT:-240}" "$log" "$ktap" || rc=$?
status=0
"$wsk_scripts/verdict.sh" "$ktap" "$log" "$rc" || status=1
[ "$rc" -ne 3 ] || status=3
exit "$status"
