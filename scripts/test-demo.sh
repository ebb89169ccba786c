#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# make demo: its table and its last line, and what it says where KVM is asked for and not to be had.
set -eu
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tap.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
unset KERNEL KDIR ACCEL

# demo WORD...: what it prints, in out, and says, in err; its status in rc. make check, which may run
# this, is alone already.
demo() {
	rc=0
	env WSK_ALONE=1 "$@" make -C "$wsk_root" --no-print-directory demo >"$dir/out" 2>"$dir/err" </dev/null ||
		rc=$?
}
# good NAME COMMAND...: what make demo printed and said is shown if not.
good() {
	local name=$1
	shift
	if "$@" >/dev/null 2>&1; then
		tap_ok "make demo: $name"
	else
		{ cat "$dir/out" && tail -n 25 "$dir/err"; } >"$dir/why"
		tap_not_ok "make demo: $name (status $rc)" "$dir/why"
	fi
}
# row NAME REGEX: a line of the table.
row() { good "the table says $1" grep -qxE "    $1 +$2" "$dir/out"; }

demo
good "ends well" test "$rc" -eq 0
row kernel '6\.1\.[^ ]*-cloud-amd64'
row connections 64
row 'bytes echoed' '[1-9][0-9]{6,}'
row fetched '[1-9][0-9]* bytes fnv1a=[0-9a-f]{16}'
row 'kernel log' clean
good "says so in its last line" sh -c "tail -n 1 $dir/out | grep -qx 'demo: ok'"
good "prints the table and that line alone" test "$(grep -c . "$dir/out")" -eq 6

# A QEMU that KVM cannot boot; where there is no /dev/kvm, it is not even asked.
mkdir "$dir/bin"
printf '#!/bin/sh\nexit 1\n' >"$dir/bin/qemu-system-x86_64"
chmod +x "$dir/bin/qemu-system-x86_64"
demo "PATH=$dir/bin:$PATH" ACCEL=kvm
good "ACCEL=kvm where it cannot boot fails" test "$rc" -ne 0
good "and says so in one sentence that names ACCEL=tcg" sh -c \
	"[ \$(grep -c '^error: ' $dir/err) -eq 1 ] && grep -q '^error: ACCEL=kvm: KVM cannot boot .*; use ACCEL=tcg' $dir/err"
good "and prints nothing" test ! -s "$dir/out"
tap_end
