#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What the scripts say when a machine lacks something: packages, root, the network, KVM, time. The
# lack is played by commands of the same name that come first in PATH.
set -eu
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tap.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/bin"
unset KERNEL KDIR ACCEL

# fake NAME BODY: a command that stands before the real one.
fake() {
	printf '#!/bin/sh\n%s\n' "$2" >"$dir/bin/$1"
	chmod +x "$dir/bin/$1"
}
real() { rm -rf "$dir/bin"; mkdir "$dir/bin"; }

# says NAME STATUS REGEX... -- COMMAND...: the command ends with STATUS and says each regex, and its
# one line of error is a sentence.
says() {
	local name=$1 status=$2 rc=0 regex
	local regexes=()
	shift 2
	while [ "$1" != -- ]; do
		regexes+=("$1")
		shift
	done
	shift
	PATH=$dir/bin:$PATH XDG_CACHE_HOME=$dir/cache "$@" >"$dir/out" 2>&1 </dev/null || rc=$?
	if [ "$rc" -ne "$status" ]; then
		echo "status $rc, wanted $status" >>"$dir/out"
		tap_not_ok "$name" "$dir/out"
		return
	fi
	for regex in "${regexes[@]}"; do
		grep -qE -- "$regex" "$dir/out" || {
			echo "not said: $regex" >>"$dir/out"
			tap_not_ok "$name" "$dir/out"
			return
		}
	done
	tap_ok "$name"
}

no_cpio='case "$*" in *cpio*) exit 1 ;; *) exec /usr/bin/dpkg-query "$@" ;; esac'

real
fake dpkg-query "$no_cpio"
fake id 'echo 1000'
fake sudo 'exit 1'
says "a missing package and no root: named, with the command to run" 1 \
	"^error: .*missing.* root: cpio$" "^next:  run: apt-get install cpio$" -- \
	"$wsk_scripts/setup.sh" demo

real
fake dpkg-query "$no_cpio"
fake id 'echo 0'
fake apt-get 'echo "E: Temporary failure resolving deb.debian.org" >&2; exit 100'
says "a missing package and no network: named, with the reason" 1 \
	"Temporary failure resolving" "^error: apt-get could not install: cpio " "^next:  .*network" -- \
	"$wsk_scripts/setup.sh" demo

real
fake dpkg-query 'exit 1'
fake id 'echo 0'
fake apt-get "echo \"\$@\" >>$dir/asked; exit 0"
says "what is missing is asked of apt-get in one go" 0 \
	"^setup: installing make .*qemu-system-x86" -- "$wsk_scripts/setup.sh" demo
printf 'update\ninstall\n' >"$dir/wanted"
sed 's/ .*//' "$dir/asked" >"$dir/order"
tap_check "after the lists are read anew" cmp "$dir/order" "$dir/wanted"

real
fake dpkg-query 'echo installed'
fake apt-get 'echo "apt-get was run" >&2; exit 100'
says "nothing is missing: nothing is run and nothing said" 0 -- "$wsk_scripts/setup.sh" build 6.1
tap_check "and no output" test ! -s "$dir/out"

real
says "a kernel that is not known" 1 "^error: KERNEL=5.10 is not a kernel" "^next:  .*6\.12" -- \
	"$wsk_scripts/setup.sh" demo 5.10
says "a job that is not known" 1 "^error: setup.sh does not know" -- "$wsk_scripts/setup.sh" dance

fake apt-get 'echo "E: Temporary failure resolving deb.debian.org" >&2; exit 100'
says "no network and no kernel in the cache" 1 "Temporary failure" \
	"^error: the package linux-image-6\.1.* could not be downloaded" "^next:  .*network" -- \
	"$wsk_scripts/kernel-image.sh" 6.1
tap_check "no half of a kernel stays in the cache" \
	sh -c "! ls -d $dir/cache/wsk-linux/kernel-*/.stamp 2>/dev/null"

real
fake dpkg-query 'exit 1'
says "no linux-source for User-Mode Linux" 1 "^error: the package linux-source-6.12 is missing" \
	"^next:  run: make setup" -- env -u UML_KDIR "$wsk_scripts/uml.sh" kdir

real
says "a module folder without wsk.ko" 1 "^error: there is no .*wsk.ko" -- \
	"$wsk_scripts/uml-run.sh" "$dir" "$dir"

# The arguments of vm.sh are files that its qemu never reads.
vm=("$wsk_scripts/vm.sh" "$dir/vmlinuz" "$dir/initramfs" 1 "$dir/log" "$dir/result")
fake qemu-system-x86_64 'exit 1'
says "ACCEL=kvm where it cannot boot: one sentence that names ACCEL=tcg" 3 \
	"^error: ACCEL=kvm: KVM cannot boot .*; use ACCEL=tcg" -- env ACCEL=kvm "${vm[@]}"
tap_check "and only that sentence" sh -c "[ \$(wc -l <$dir/out) -eq 1 ]"
says "an accelerator that is not known" 1 "^error: ACCEL=xen is not known" -- \
	env ACCEL=xen "${vm[@]}"

fake qemu-system-x86_64 'exec sleep 30'
says "a guest that hangs is ended when its time is over" 124 -- "${vm[@]}"
says "and its verdict says so" 1 -- "$wsk_scripts/verdict.sh" "$dir/result" "$dir/log" 124
tap_check "in the KTAP" grep -q "^not ok - result: no end within the time" "$dir/result"

printf 'ok 1 - insmod wsk.ko\n' >"$dir/x.ktap"
printf '[ 1.0] BUG: kernel NULL pointer dereference\n[ 1.1] Kernel panic - not syncing: oops\n' >"$dir/x.log"
says "a guest that dies fails its lane" 1 -- "$wsk_scripts/verdict.sh" "$dir/x.ktap" "$dir/x.log" 0
tap_check "with the kernel's last words" \
	grep -q "^not ok - x: the guest died: .*NULL pointer" "$dir/x.ktap"

# A PATH that has everything but QEMU.
real
for tool in /usr/bin/* /bin/*; do
	case $tool in
	*/qemu-*) ;;
	*) ln -sf "$tool" "$dir/bin/${tool##*/}" ;;
	esac
done
says "no QEMU" 1 "^error: qemu-system-x86_64 is missing" "^next:  run: make setup" -- \
	env "PATH=$dir/bin" "${vm[@]}"
tap_end
