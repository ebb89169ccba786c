#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# make bench: what the calls of a driver cost, in instructions, beside what Linux' own ways cost.
#	KERNEL=6.1 (default) or 6.12, or KDIR=; APPEND=<more of the kernel's command line>
# The rows are bench/rows.tsv's; Documentation/bench.md says how to read the table.
set -eu
. "$(dirname "$0")/lib.sh"
alone

[ -z "${KDIR:-}" ] || KDIR=$(realpath "$KDIR")
kernel=${KDIR:-${KERNEL:-6.1}}
"$wsk_scripts/setup.sh" demo "${KERNEL:-6.1}"
kdir=${KDIR:-$("$wsk_scripts/kdir.sh" "$kernel")}
release=$(kernel_release "$kdir")
name=${KDIR:+$release}
name=${name:-${KERNEL:-6.1}}
image=$("$wsk_scripts/kernel-image.sh" "$kernel")
image=${image%%$'\n'*}
"$wsk_scripts/bench-build.sh" "$kdir"

# nokaslr: what is hashed by address falls into the same lists in every boot.
# nowatchdog: no thread that wakes up by the clock.
# tsc=reliable: the kernel's clock is the counter of instructions, and nothing watches over it.
# loglevel=4: rows go to the log, and not letter by letter through a serial port.
# The mitigations stay: a driver runs with those that the kernel chooses.
words="nokaslr nowatchdog tsc=reliable loglevel=4${APPEND:+ $APPEND}"

files=("modules/wsk_bench.ko=$wsk_root/bench/driver/build/$release/wsk_bench.ko"
	"modules/wsk_bench_raw.ko=$wsk_build/bench-raw-$release/raw/wsk_bench_raw.ko"
	"guest/bench-client=$wsk_build/bench/client" "guest/bench-epoll=$wsk_build/bench/epoll")
for file in "${files[@]#*=}" "$wsk_build/$release/wsk.ko" \
	"$wsk_root/samples/echo/build/$release/echo.ko"; do
	[ -e "$file" ] || die "${file##*/} for $release is not there" "run: make clean, then make bench"
done
initramfs=$("$wsk_scripts/guest-initramfs.sh" "$release" "${files[@]}")

result=$wsk_results/bench-$name.ktap
log=$wsk_results/bench-$name.log
say "boot:  Debian's $release under QEMU, which counts its instructions (about a minute)"
rc=0
ACCEL=icount APPEND="wsk.run=bench.sh $words" "$wsk_scripts/vm.sh" "$image" "$initramfs" \
	"${LIMIT:-900}" "$log" "$result" || rc=$?
# There is no icount, and the sentence about it stands above.
[ "$rc" -ne 3 ] || exit 1
"$wsk_scripts/verdict.sh" "$result" "$log" "$rc" || {
	cat "$result.summary" >&2
	die "the guest did not measure everything" "read $result and $log"
}

qemu=$(qemu-system-x86_64 --version | sed -n '1s/^QEMU emulator version //p')
kconfig=$(sha256sum "$(dirname "$image")/config-$release" | cut -c 1-12)
mkdir -p "$wsk_build/bench"
json=$wsk_build/bench/$name.json
printf '\n    %s, QEMU %s, one vCPU of type qemu64, instructions\n' "$release" "$qemu"
"$wsk_scripts/bench-report.sh" "$wsk_root/bench/rows.tsv" "$result" "$json" "$release" "$qemu" \
	"qemu64 -smp 1 -icount shift=0; .config $kconfig; $words"
echo "bench: ok (${json#"$wsk_root"/})"
