#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Boots a kernel with an initramfs under QEMU and waits until it powers itself off.
#	vm.sh KERNEL INITRAMFS SECONDS LOG RESULT	LOG: the console; RESULT: the guest's second port
#	vm.sh KERNEL INITRAMFS - -			no limit, this terminal is the console (make shell)
#	ACCEL=tcg (default), kvm or icount, SMP=2, MEM=1G, APPEND=<more of the kernel's command line>,
#	STALL=1: its processors stand still now and then (stall.sh)
# Status: 0 the guest ended, 3 KVM or icount is asked for and not to be had, 124 the time was over.
#
# A machine may have a /dev/kvm that opens and then hangs a stock kernel, so KVM is taken only when
# asked for, and only after a probe that has booted to the initramfs.
#
# icount: one processor whose clocks count its instructions, one a nanosecond, and leap when it is
# idle. The same boot again takes the same way: its date and its random numbers are fixed.
set -eu
. "$(dirname "$0")/lib.sh"

kernel=${1:?vm.sh KERNEL INITRAMFS SECONDS LOG RESULT}
initramfs=$2 limit=$3 log=$4 result=${5:-}

have qemu-system-x86_64 ||
	die "qemu-system-x86_64 is missing" "run: make setup (package qemu-system-x86)"
case ${ACCEL:-tcg} in
tcg) accel=(-accel "tcg,thread=multi" -cpu max) ;;
kvm) accel=(-accel kvm -cpu host) ;;
icount)
	SMP=1
	accel=(-accel "tcg,thread=single" -icount "shift=0,sleep=off" -cpu qemu64
		-rtc "base=2026-01-01,clock=vm" -seed 1)
	;;
*) die "ACCEL=$ACCEL is not known" "say ACCEL=tcg, ACCEL=kvm or ACCEL=icount" ;;
esac
# panic=-1 with -no-reboot: a kernel that dies ends QEMU at once, and its console says why.
qemu=(qemu-system-x86_64 -M q35 "${accel[@]}" -smp "${SMP:-2}" -m "${MEM:-1G}" -nic none -no-reboot
	-name guest,debug-threads=on -display none -monitor none -kernel "$kernel" -initrd "$initramfs")
words="console=ttyS0 panic=-1 oops=panic loglevel=7 printk.devkmsg=on log_buf_len=8M rdinit=/init ${APPEND:-}"

no_kvm() {
	say "error: ACCEL=kvm: KVM cannot boot a kernel on this machine ($1); use ACCEL=tcg (the default)"
	exit 3
}

# The guest's init says so on the second port when it finds wsk.probe on its command line.
probe_kvm() {
	[ -w /dev/kvm ] || no_kvm "/dev/kvm is missing or not writable"
	local seen
	seen=$(mktemp)
	# QEMU may abort; the shell's word about that is not for the user.
	(timeout -k 2 15 "${qemu[@]}" -append "$words wsk.probe" -serial null -serial "file:$seen" ||
		:) </dev/null >/dev/null 2>&1
	grep -q '^guest: probe' "$seen" || {
		rm -f "$seen"
		no_kvm "a probe boot did not come up within 15 s"
	}
	rm -f "$seen"
}

# Not every build of QEMU translates code, and what does not cannot count it.
probe_icount() {
	local said
	said=$(echo quit | timeout 20 qemu-system-x86_64 -M q35 "${accel[@]}" -S -nodefaults \
		-display none -monitor stdio 2>&1) || {
		say "error: this QEMU cannot count instructions: $(printf '%s\n' "$said" | tail -n 1)"
		say "next:  install one that takes -accel tcg -icount shift=0 (Debian's qemu-system-x86 does)"
		exit 3
	}
}

if [ -n "${STALL:-}" ] && ! chrt -f 1 true 2>/dev/null; then
	die "STALL=1 needs the right to a real-time priority" "run it as root"
fi
case ${ACCEL:-tcg} in
kvm) probe_kvm ;;
icount) probe_icount ;;
esac

if [ "$limit" = - ]; then
	exec "${qemu[@]}" -append "$words quiet" -serial mon:stdio -serial null
fi

mkdir -p "$(dirname "$log")" "$(dirname "$result")"
: >"$log"
: >"$result"
# exec keeps the process, which becomes QEMU's parent. A guest that nobody stalls is none to pass.
[ -z "${STALL:-}" ] || { "$wsk_scripts/stall.sh" $$ || kill $$ 2>/dev/null; } &
exec timeout -k 5 "$limit" "${qemu[@]}" -append "$words" -serial "file:$log" \
	-serial "file:$result" </dev/null
