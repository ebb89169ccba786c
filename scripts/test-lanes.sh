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
unset KERNEL KDIR ACCEL SUDO_USER

# The headers that are installed, as far as these tests go.
export WSK_ROOT=$dir/root
planted=usr/src/linux-headers-6.1.0-99-cloud-amd64
# plant FOLDER RELEASE: what makes a folder a kernel's headers.
plant() {
	mkdir -p "$1/include/generated"
	: >"$1/include/generated/autoconf.h"
	printf '#define UTS_RELEASE "%s"\n' "$2" >"$1/include/generated/utsrelease.h"
}
plant "$WSK_ROOT/$planted" 6.1.0-99-cloud-amd64

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
	"^error: the package linux-image-6\.1.* could not be downloaded" \
	"^next:  .*network.* run: apt-get update, then apt-get install linux-headers-cloud-amd64$" -- \
	"$wsk_scripts/kernel-image.sh" 6.1
tap_check "no half of a kernel stays in the cache" \
	sh -c "! ls -d $dir/cache/wsk-linux/kernel-*/.stamp 2>/dev/null"
says "KERNEL= goes before a KDIR of the environment" 1 "^error: the package linux-image-6\.1\.0-99" -- \
	env "KDIR=$dir" "$wsk_scripts/kernel-image.sh" 6.1

# Headers that are not installed are unpacked in the cache, as the package of 6.12 brings a kernel.
real
release=6.12.99+deb12
for package in linux-headers-$release-cloud-amd64 linux-headers-$release-common linux-kbuild-$release; do
	mkdir -p "$dir/deb/DEBIAN" "$dir/deb/usr/src/$package"
	printf 'Package: %s\nVersion: 1\nArchitecture: all\nMaintainer: t <t@example.org>\nDescription: t\n' \
		"$package" >"$dir/deb/DEBIAN/control"
	case $package in *cloud*)
		plant "$dir/deb/usr/src/$package" "$release-cloud-amd64"
		echo "include /usr/src/linux-headers-$release-common/Makefile" >"$dir/deb/usr/src/$package/Makefile"
	esac
	dpkg-deb -b "$dir/deb" "$dir/$package.deb" >/dev/null
	rm -rf "$dir/deb"
done
fake apt-cache 'case "$*" in
*linux-headers-6.12-cloud-amd64) echo "Depends: linux-headers-'$release'-cloud-amd64 (= 1)" ;;
*) echo "Depends: linux-base (>= 4), linux-headers-'$release'-common (= 1), linux-image-x | linux-image-y, linux-kbuild-'$release'" ;;
esac'
fake apt-get "echo \"\$@\" >>$dir/asked
case \$1 in download) shift; for p; do cp $dir/\$p.deb . || exit 1; done ;; esac"
fake dpkg-query 'echo installed'
: >"$dir/asked"
says "missing headers of 6.12 are downloaded" 0 \
	"^headers: downloading linux-headers-6\.12\.99\+deb12-cloud-amd64$" -- \
	"$wsk_scripts/setup.sh" build 6.12
tap_check "and nothing is installed" sh -c "! grep -q install $dir/asked"
cached=$dir/cache/wsk-linux/headers-$release-cloud-amd64/usr/src
says "kdir.sh finds them" 0 "^$dir/cache/.*/linux-headers-6\.12\.99\+deb12-cloud-amd64$" -- \
	"$wsk_scripts/kdir.sh" 6.12
tap_check "their Makefile includes the one beside it" \
	grep -qx "include $cached/linux-headers-$release-common/Makefile" \
	"$cached/linux-headers-$release-cloud-amd64/Makefile"
says "installed headers go before those in the cache" 0 "^$WSK_ROOT/$planted$" -- \
	sh -c "cp -r $dir/cache/wsk-linux/headers-$release-cloud-amd64 $dir/cache/wsk-linux/headers-6.1.0-100-cloud-amd64
	exec $wsk_scripts/kdir.sh 6.1"
fake apt-get 'exit 100'
says "the archive dropped the image of cached headers: which command helps" 1 \
	"^next:  .* run: apt-get update, then .*headers\.sh 6\.12$" -- "$wsk_scripts/kernel-image.sh" 6.12
fake apt-cache 'exit 100'
says "package lists without the headers" 1 "^error: apt's package lists do not hold linux-headers-6.12" \
	"^next:  run: apt-get update" -- "$wsk_scripts/headers.sh" 6.12

real
fake dpkg-query 'exit 1'
says "no linux-source for User-Mode Linux" 1 "^error: the package linux-source-6.12 is missing" \
	"^next:  run: make setup" -- env -u UML_KDIR "$wsk_scripts/uml.sh" kdir

says "no linux-source for the debug kernel of 6.1" 1 "^error: the package linux-source-6.1 is missing" \
	"^next:  run: .*apt-get install linux-source-6.1$" -- "$wsk_scripts/own-kernel.sh" debug-6.1 kdir
real
says "a kernel that nobody makes" 1 "^error: own-kernel.sh does not know the kernel 'debug-5.10'" -- \
	"$wsk_scripts/own-kernel.sh" debug-5.10 kdir

# As olddefconfig leaves it: SLUB_TINY is there, and KASAN is not.
printf '%s\n' CONFIG_SMP=y CONFIG_SLUB_TINY=y '# CONFIG_PREEMPT is not set' CONFIG_NR_CPUS=8 >"$dir/.config"
printf '%s\n' '# words' CONFIG_SMP=y CONFIG_NR_CPUS=8 '# CONFIG_SLUB_TINY is not set' CONFIG_PREEMPT=y \
	'# CONFIG_MODVERSIONS is not set' CONFIG_KASAN=y >"$dir/wanted.config"
says "options that did not take effect: each is named" 1 \
	"^error: wanted.config did not take effect: CONFIG_SLUB_TINY\(off\) CONFIG_PREEMPT=y CONFIG_KASAN=y$" \
	"^next:  look up what these options depend on" -- \
	"$wsk_scripts/own-kernel.sh" check "$dir/.config" "$dir/wanted.config"
printf '%s\n' CONFIG_PREEMPT=y CONFIG_KASAN=y CONFIG_SMP=y CONFIG_NR_CPUS=8 >"$dir/.config"
says "options that all took effect" 0 -- \
	"$wsk_scripts/own-kernel.sh" check "$dir/.config" "$dir/wanted.config"

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
fake chrt 'exit 1'
says "STALL=1 without the right to it" 1 "^error: STALL=1 needs .*priority" "^next:  run it as root" -- \
	env STALL=1 "${vm[@]}"

fake qemu-system-x86_64 'exec sleep 30'
says "a guest that hangs is ended when its time is over" 124 -- "${vm[@]}"
says "and its verdict says so" 1 -- "$wsk_scripts/verdict.sh" "$dir/result" "$dir/log" 124
tap_check "in the KTAP" grep -q "^not ok - result: no end within the time" "$dir/result"

printf 'ok 1 - insmod wsk.ko\n' >"$dir/x.ktap"
printf '[ 1.0] BUG: kernel NULL pointer dereference\n[ 1.1] Kernel panic - not syncing: oops\n' >"$dir/x.log"
says "a guest that dies fails its lane" 1 -- "$wsk_scripts/verdict.sh" "$dir/x.ktap" "$dir/x.log" 0
tap_check "with the kernel's last words" \
	grep -q "^not ok - x: the guest died: .*NULL pointer" "$dir/x.ktap"

# ended REGEX STATUS GUEST-LINE...: what the verdict says of a run whose kernel log is clean.
ended() {
	local regex=$1 status=$2 rc=0
	shift 2
	printf '%s\n' "$@" >"$dir/x.ktap"
	echo "[ 1.0] wsk: loaded" >"$dir/x.log"
	"$wsk_scripts/verdict.sh" "$dir/x.ktap" "$dir/x.log" "$status" || rc=$?
	tap_check "the verdict: $regex" grep -qE "$regex" "$dir/x.ktap"
	case $regex in
	'^ok'*) tap_check "and its status is 0" test "$rc" -eq 0 ;;
	*) tap_check "and its status is not 0" test "$rc" -ne 0 ;;
	esac
}
ended '^ok - x: the guest came to its end' 0 "ok 1 - one" "ok 2 - two" "1..2" "guest: ended with status 0"
ended '^ok - x: the guest came to its end' 0 "ok 1 - one" "KTAP version 1" "1..1" "ok 1 suite" \
	"ok 2 - two" "1..2" $'guest: ended with status 0\r'
ended '^not ok - x: .*ended with status 127' 0 "ok 1 - one" "1..1" "guest: ended with status 127"
ended '^not ok - x: .*ended with status 1' 0 "not ok 1 - one" "1..1" "guest: ended with status 1"
ended '^not ok - x: .*has 1 results and a plan of none' 0 "ok 1 - one" "guest: ended with status 0"
ended '^not ok - x: .*has 1 results and a plan of 2' 0 "ok 1 - one" "1..2" "guest: ended with status 0"
ended '^not ok - x: .*has 0 results' 0 "guest: ended with status 0"
ended '^not ok - x: .*ended with status 134' 134 "ok 1 - one" "1..1" "guest: ended with status 0"

# make check, if it runs this, holds the lock already.
mkdir -p "$wsk_build"
exec 7>>"$wsk_build/.lock"
flock -n 7 || :
for script in check demo shell; do
	says "a second make $script beside one that runs" 1 "^error: another make check" "^next:  wait" -- \
		"$wsk_scripts/$script.sh"
done
exec 7>&-

# What check.sh does with a budget, beside a lane that only tells its limit and what the verdict made of it.
# budgeted SECONDS COMMAND...: a command of budget.sh, with so much left.
budgeted() {
	(
		. "$wsk_scripts/budget.sh"
		wsk_results=$dir
		lane() {
			echo "$1 has $LIMIT s"
			[ -z "$CUT" ] || echo "# cut: here" >"$dir/long.ktap"
		}
		step() { "${@:2}" && echo "$1 is good" || echo "$1 has failed"; plan "$1"; }
		budget=$((SECONDS + $1))
		shift
		"$@"
	)
}
says "a lane's limit" 0 "^long has 400 s" -- budgeted 1000 within 100 400 long true
says "a lane's limit reaches no further than the budget" 0 "^long has (200|19[0-9]) s" \
	"^left out: the rest of long \(the budget has ended\)" -- budgeted 200 within 100 400 long true
plan_twice() {
	plan long other
	within 100 400 long true
	echo "${planned[@]##*/}"
}
says "a lane that was planned before counts once" 0 "^long.ktap other.ktap$" -- budgeted 1000 plan_twice
rm -f "$dir/long.ktap"
says "a lane that the budget has no room for is left out" 0 "^left out: long" -- \
	budgeted 50 within 100 400 long true
says "so is one whose kernel takes too long" 0 "^left out: long \(takes about [0-9]+ s, [0-9]+ s of it for its kernel" -- \
	budgeted 90 on_own debug-6.12 1 400 long true
says "a build that the budget ends is no failure" 1 \
	"^left out: long \(the budget has ended while its kernel was built" -- \
	budgeted 2 own_step debug-6.12 -2000 long sleep 30
says "one that has none left is not begun" 1 \
	"^left out: long \(the budget has ended while its kernel was built" -- \
	budgeted 0 own_step debug-6.12 -2000 long sleep 30
says "nor is a lane" 0 "^left out: long" -- budgeted 0 within 0 400 long true
says "one that fails is" 0 "^build-debug-6.12 has failed" -- \
	budgeted 9 own_step debug-6.12 -2000 long false

# A guest that the budget stops: what it has shown counts, whatever stands in its KTAP.
# cut REGEX LOG-LINE...
cut() {
	local regex=$1 rc=0
	shift
	printf 'ok 1 - insmod wsk.ko\n' >"$dir/x.ktap"
	printf '[   2.0] %s\r\n' "$@" >"$dir/x.log"
	CUT=1 "$wsk_scripts/verdict.sh" "$dir/x.ktap" "$dir/x.log" 124 || rc=$?
	tap_check "of a guest that the budget stops: $regex" grep -qE "$regex" "$dir/x.ktap"
	case $regex in
	'^not ok'* | '^ *not ok'*) tap_check "and it fails" test "$rc" -ne 0 ;;
	*) tap_check "and that is no failure" test "$rc" -eq 0 ;;
	esac
}
begun='    # case: # expect-report: misuse: IRP-3'
cut '^    ok 1 case' "ok 1 - insmod wsk.ko" "    1..9" "$begun" "wsk: misuse: IRP-3 twice" "    ok 1 - case"
cut '^# cut: ' "ok 1 - insmod wsk.ko" "    1..9" "$begun"
cut '^ *not ok 1 case' "    not ok 1 case"
cut '^not ok - x: the kernel log is clean so far' "    ok 1 case" "wsk: misuse: IRP-3 twice" "    ok 2 case"
cut '^not ok - x: the kernel log is clean so far' "    ok 1 case" "BUG: spinlock lockup suspected on CPU#0"

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
