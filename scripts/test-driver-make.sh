#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test-driver-make.sh - what a driver's author sees of wsk-driver.mk
#
# Builds drivers of kunit/drivers and some made here for the kernel of KDIR or
# KERNEL, for which wsk.ko is built; the two "hello" for every kernel it is built for.
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/scripts/kernel.sh"
chosen=$("$top/scripts/kdir.sh" "${KERNEL:-6.1}") || exit 1
unset KDIR KERNEL MAKEFLAGS MAKELEVEL
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
failed=0

ok() { echo "ok test-driver-make: $1"; }
not_ok() {
	echo "not ok test-driver-make: $1: $2"
	failed=1
}
check() { if "${@:2}"; then ok "$1"; else not_ok "$1" "$(why)"; fi; }
why() {
	{ grep -E 'error|warning|wsk:' "$here/log" || tail -n 3 "$here/log"; } | head -n 3 | paste -sd ';'
}

# driver NAME: a folder with a copy of kunit/drivers/NAME or samples/NAME, or a new one with a Makefile.
driver() {
	local from
	cd "$here" || exit 1
	rm -rf "${here:?}/$1"
	if from=$(ls -d "$top/kunit/drivers/$1" "$top/samples/$1" 2>/dev/null); [ -n "$from" ]; then
		mkdir "$here/$1"
		"$top/scripts/farm.sh" "$from" "$here/$1"
	else
		mkdir "$here/$1"
		printf '%s\n' "wsk-driver := $1" "wsk-license := GPL" "$1-y := ${2:-driver.o}" \
			'include $(WSK)/scripts/wsk-driver.mk' >"$here/$1/Makefile"
	fi
	cd "$here/$1" || exit 1
}
entry='NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
	UNREFERENCED_PARAMETER(DriverObject);
	UNREFERENCED_PARAMETER(RegistryPath);
	return STATUS_SUCCESS;
}'
run_make() { make WSK="$top" "$@" >"$here/log" 2>&1; }
module() { ls build/*/"$1".ko >/dev/null 2>&1; }
said() { grep -qF -- "$1" "$here/log"; }
# stops WORDS... : make fails and says each of the words; no module is left.
stops() {
	local word
	! run_make "${args[@]}" || return 1
	for word; do said "$word" || return 1; done
	! ls build/*/*.ko >/dev/null 2>&1
}
# clean_build NAME: a module, and not a word of warning.
clean_build() {
	run_make "${args[@]}" && module "$1" &&
		! grep -qiE 'warning|skipping|error' "$here/log"
}

args=(KDIR="$chosen")
kernel_open "$chosen"
if [ ! -s "$top/build/$release/Module.symvers" ]; then
	not_ok "wsk.ko" "it is not built for $release: run make first"
	exit 1
fi

# ---- drivers that cannot be
driver no_license
check "no license: the build asks its author" \
	stops "only its author may state it" "wsk-license := GPL" "$here/no_license/Makefile"
driver no_entry
check "no DriverEntry: the build says so" stops "no_entry has no DriverEntry"
driver mangled
printf '#include <ntddk.h>\n%s\n' "$entry" >driver.cpp
check "DriverEntry that is not extern \"C\": the build says so" stops 'extern "C" DRIVER_INITIALIZE DriverEntry'
driver closed
printf '#include <ntddk.h>\n%s\n' "$entry" >driver.c
sed -i 's/:= GPL/:= Proprietary/' Makefile
check "a license that cannot use GPL-only exports: the build says so" stops "GPL-only" "Dual MIT/GPL"
driver absent "driver.o worker.o"
printf '#include <ntddk.h>\n%s\n' "$entry" >driver.c
check "a source that is not there: the build names it" stops "absent-y names worker.o"
driver constructed
printf '#include <ntddk.h>\nint first();\nint value = first();\nint first() { return 1; }\nextern "C" %s\n' \
	"$entry" >driver.cpp
check "a C++ global with a constructor: the build refuses it" stops "no static constructors" "driver.o"

mkdir "$here/fresh"
ln -s "$top"/{Kbuild,compat,wsk,scripts} "$here/fresh"
mkdir "$here/a checkout"
ln -s "$top"/{Kbuild,compat,wsk,scripts} "$here/a checkout"
"$here/a checkout/scripts/build.sh" "$chosen" >"$here/log" 2>&1
check "a checkout with a blank in its name: the build says so" said "cannot build in a folder with a blank"
driver hello
args=(KDIR="$chosen" WSK="$here/fresh")
check "wsk.ko not built for that kernel: the build says which make is missing" \
	stops "wsk.ko is not built for $release" "run \`make KDIR=$chosen\`"
args=(KERNEL=5.4)
check "no headers of that kernel: the build names the package" stops "apt-get install linux-headers-5.4"
args=(KDIR=/nowhere)
check "no such KDIR: the build says so" stops "/nowhere"
args=(KDIR="$chosen")

# ---- drivers that can
for mark in "$top"/build/*/.wsk-kdir; do
	[ -s "$(dirname "$mark")/Module.symvers" ] || continue
	args=(KDIR="$(cat "$mark")")
	for name in hello hello_cxx; do
		driver $name
		check "$name builds for $(basename "$(dirname "$mark")") without a warning" clean_build $name
	done
done
args=(KDIR="$chosen")

driver same "same.o"
printf '#include <ntddk.h>\n%s\n' "$entry" >same.c
check "a source named as the driver" clean_build same

driver spread "src/driver.o src/deep/worker.o other.o"
mkdir -p src/deep ../inc
printf '#include "../inc/shared.h"\n#include "trace/driver.tmh"\n%s\n' "$entry" >src/driver.c
printf '#include <ntddk.h>\n#include "driver.h"\n#include "worker.tmh"\nint Work(void) { return 1; }\n' >src/deep/worker.c
printf '#include <ntddk.h>\n#ifndef SPREAD\n#error flags\n#endif\n' >other.cxx
printf 'int Work(void);\n' >src/deep/driver.h
printf '#include <ntddk.h>\n' >../inc/shared.h
sed -i '1i ccflags-y += -DSPREAD=1' Makefile
check "sources in folders, headers beside them, ccflags-y, .tmh, .cxx" clean_build spread
run_make "${args[@]}"
check "a second make does nothing" eval '! grep -qE "CC|CXX|LD" "$here/log"'
mkdir -p build/own
run_make clean
check "make clean leaves what it did not make" \
	eval '[ -d build/own ] && [ "$(find build | wc -l)" -eq 2 ] && [ -e src/driver.c ]'

# ---- an installed tree
install=(make -C "$top" --no-print-directory DESTDIR="$here/root" KDIR="$chosen")
"${install[@]}" install >"$here/log" 2>&1
check "make install puts wsk.ko where modprobe looks" \
	test -s "$here/root/lib/modules/$release/updates/wsk.ko"
driver hello_cxx
args=(KDIR="$chosen" WSK="$here/root/usr/local/share/wsk")
check "a driver builds with the installed tree" clean_build hello_cxx
driver minimal
check "and one that includes <wsk.h>" clean_build minimal
# What modprobe would load, in a copy of the tree with that driver in it, as depmod writes there.
would_load() {
	local modules=$here/probed/lib/modules/$release PATH=$PATH:/usr/sbin:/sbin
	cp -r "$here/root" "$here/probed" &&
		install -D -m 644 build/*/minimal.ko "$modules/extra/minimal.ko" &&
		depmod -b "$here/probed" "$release" &&
		modprobe -d "$here/probed" -S "$release" --show-depends minimal >"$here/loads" &&
		printf "insmod $modules/%s \n" updates/wsk.ko extra/minimal.ko | cmp - "$here/loads"
}
check "modprobe minimal would load the installed wsk.ko before it" eval 'would_load >"$here/log" 2>&1'
"${install[@]}" uninstall >"$here/log" 2>&1
check "make uninstall leaves no file" eval '[ -z "$(find "$here/root" -type f)" ]'

cd /
exit $failed
