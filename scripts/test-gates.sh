#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test-gates.sh - does each gate say no?
#
# A small checkout is made and found good; then every violation is planted in it,
# one at a time, and the gate that is there for it has to name it.
# KDIR or KERNEL chooses the kernel (ENDBR is looked for where it has IBT).
set -u

scripts=$(cd "$(dirname "$0")" && pwd)
kdir=$("$scripts/kdir.sh" "${KERNEL:-6.1}") || exit 1
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
failed=0

ok() { echo "ok test-gates: $1"; }
not_ok() {
	echo "not ok test-gates: $1: $2"
	failed=1
}
# says_yes NAME GATE...
says_yes() {
	local name=$1 said
	shift
	if said=$("$@" 2>&1); then ok "$name"; else not_ok "$name" "$(echo "$said" | grep -v '^ok' | paste -sd ';')"; fi
}
# says_no CHECK GATE...: the gate fails, and for that check.
says_no() {
	local check=$1 said
	shift
	if said=$("$@" 2>&1); then
		not_ok "$check" "the violation passed"
	elif echo "$said" | grep -F "not ok " | grep -qF ": $check: "; then
		ok "refused: $check"
	else
		not_ok "$check" "another gate spoke: $(echo "$said" | grep -v '^ok' | paste -sd ';')"
	fi
}

# ---- a good checkout
top=$here/checkout
mkdir -p "$top"/{compat/{include,lx,cxx},wsk/{include,lx},kunit/drivers/d,samples/s,scripts}
cp "$scripts"/../Kbuild "$top"
cp -r "$scripts"/. "$top/scripts"
put() { mkdir -p "$(dirname "$top/$1")"; cat >"$top/$1"; }
put compat/include/ntdef.h <<<'typedef int NTSTATUS;'
put wsk/include/wsk.h <<<'#include <ntdef.h>'
put compat/cxx/base.hpp <<<'#include <ntdef.h>'
put compat/lx/log.h <<<'#ifdef __cplusplus
extern "C"
#endif
void lx_log(const char *text);'
put compat/lx/log.c <<<'#include <linux/printk.h>
#include "log.h"
void lx_log(const char *text) { pr_info("%s\n", text); }'
put compat/lx/sizes.c <<<'#include <linux/kbuild.h>
int main(void);
int main(void) { DEFINE(LX_SIZEOF_INT, sizeof(int)); return 0; }'
put wsk/lx/sock.h <<<'struct lx_sock;'
put compat/irp.cpp <<<'#include "cxx/base.hpp"
#include "lx/log.h"
#include "lx/sizes.h"
extern "C" NTSTATUS KePlanted(int n);
extern "C" NTSTATUS KePlanted(int n) { lx_log("x"); return n; }'
put wsk/socket.cpp <<<'#include <wsk.h>
#include "lx/sock.h"
#include "start.h"
int wsk_start(void) { return 0; }
void wsk_stop(void) { }'
cp "$scripts"/../wsk/module.c "$scripts"/../wsk/start.h "$top/wsk"
put compat/exports.c <<<'#include <linux/export.h>
extern int KePlanted;
EXPORT_SYMBOL_GPL(KePlanted);'
put kunit/a_kunit.c <<<'#include <kunit/test.h>
#include <linux/module.h>
#include <wsk.h>
MODULE_LICENSE("GPL");'
put samples/s/driver.c <<<'#include <wsk.h>
#include "driver.tmh"'

says_yes "arrows of a good checkout" "$scripts/check-arrows.sh" "$top"

# ---- arrows: ARROW FILE INCLUDE
arrow() {
	cp "$top/$2" "$here/kept"
	echo "#include $3" >>"$top/$2"
	says_no "$1" "$scripts/check-arrows.sh" "$top"
	cp "$here/kept" "$top/$2"
}
arrow "C++ does not include Linux" compat/irp.cpp '<linux/slab.h>'
arrow "C++ does not include Linux" wsk/socket.cpp '<net/sock.h>'
arrow "C++ includes nothing but ours" compat/irp.cpp '<vector>'
arrow "compat does not know wsk" compat/irp.cpp '<wsk.h>'
arrow "compat does not know wsk" compat/lx/log.c '"../../wsk/lx/sock.h"'
arrow "public headers include public headers" compat/include/ntdef.h '"cxx/base.hpp"'
arrow "public headers include public headers" wsk/include/wsk.h '<linux/types.h>'
arrow "the shim sees no NT header and no C++" compat/lx/log.c '<ntdef.h>'
arrow "the shim sees no NT header and no C++" compat/lx/log.c '"cxx/base.hpp"'
arrow "exports and module glue see no NT header and no C++" compat/exports.c '<ntdef.h>'
arrow "shim headers that C++ sees are free of Linux" compat/lx/log.h '<linux/types.h>'
arrow "suites use the public headers" kunit/a_kunit.c '"lx/log.h"'
arrow "drivers use the public headers" samples/s/driver.c '<linux/module.h>'
arrow "drivers use the public headers" samples/s/driver.c '"../../compat/lx/log.h"'

# ---- sweep: a checkout of three functions, one of them inline
swept=$here/swept
sweep_checkout() {
	mkdir -p "$swept"/{compat/include,wsk/include,kunit,scripts}
	mkdir -p "$swept/Documentation"
	printf 'EXPORT(KeOne);\nEXPORT(KeTwo);\nEXPORT(wsk_inner);\n' >"$swept/compat/exports.c"
	: >"$swept/wsk/exports.c"
	echo 'NT_INLINE VOID KeThree(VOID)' >"$swept/compat/include/wdm.h"
	printf 'name\theader\ttier\tirql\nKeOne\twdm.h\t1\tPASSIVE_LEVEL\nKeTwo\twdm.h\t1\tDISPATCH_LEVEL\n' \
		>"$swept/scripts/nt-names.tsv"
	printf 'KeThree\twdm.h\t2\tHIGH_LEVEL\nKeLater\twdm.h\t3\tHIGH_LEVEL\n' >>"$swept/scripts/nt-names.tsv"
	printf 'name\twhy\nKeSame.*\tanother name\n' >"$swept/scripts/unswept.tsv"
	echo '#define KeSameAsThree(x) KeThree(x)' >>"$swept/compat/include/wdm.h"
	printf 'Of tier 1: 2 of 2, tier 2:\n1 of 1, tier 3: 0 of 1.\n' >"$swept/Documentation/porting.md"
	printf '\tLEVEL(%s, %s, f),\n' KeOne PASSIVE_LEVEL KeTwo DISPATCH_LEVEL KeThree HIGH_LEVEL \
		>"$swept/kunit/irql_sweep_a.c"
}
# sweep CHECK FILE SED-SCRIPT
sweep() {
	sweep_checkout
	sed -i "$3" "$swept/$2"
	says_no "$1" "$scripts/check-sweep.sh" "$swept"
}
sweep_checkout
says_yes "sweep of a good checkout" "$scripts/check-sweep.sh" "$swept"
sweep "1 functions of PASSIVE_LEVEL are called there" kunit/irql_sweep_a.c /KeOne/d
sweep "1 functions of HIGH_LEVEL are called there" kunit/irql_sweep_a.c /KeThree/d
sweep "every export has a line in nt-names.tsv" compat/exports.c 's/KeTwo/KeFour/'
sweep "what is inline has a line in nt-names.tsv, or in unswept.tsv" scripts/unswept.tsv /KeSame/d
sweep "what is inline has a line in nt-names.tsv, or in unswept.tsv" compat/include/wdm.h \
	'$aFORCEINLINE VOID KeFive(VOID)'
sweep "each line of unswept.tsv fits something inline" compat/include/wdm.h /KeSame/d
sweep "Documentation/porting.md says how many names are there" Documentation/porting.md 's/2 of 2/3 of 3/'
sweep "no table names what nt-names.tsv does not have, or at another level" kunit/irql_sweep_a.c \
	'$a\	LEVEL(KeTwo, HIGH_LEVEL, f),'

# ---- places: a suite with a routine, a callback, and one of the NT API alone
placed=$here/placed
places_checkout() {
	mkdir -p "$placed/kunit"
	cat >"$placed/kunit/a_kunit.c" <<'END'
static NTSTATUS ended(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	wt_note_place_here();
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS accepted(PVOID context, ULONG flags, PSOCKADDR local, PSOCKADDR remote,
			 PWSK_SOCKET socket)
{
	wt_note_event(context, flags);
	return STATUS_SUCCESS;
}

static const WSK_CLIENT_LISTEN_DISPATCH dispatch = { .WskAcceptEvent = accepted };

static void begin(PIRP irp)
{
	IoSetCompletionRoutineEx(NULL, irp,
				 ended, NULL, TRUE, TRUE, TRUE);
}
END
	sed -e '/wt_note/d' -e '/dispatch/d' "$placed/kunit/a_kunit.c" >"$placed/kunit/b_kunit.c"
}
# place SED-SCRIPT
place() {
	places_checkout
	sed -i "$1" "$placed/kunit/a_kunit.c"
	says_no "every routine and callback notes where it was called" "$scripts/check-places.sh" "$placed"
}
places_checkout
says_yes "places of a good checkout" "$scripts/check-places.sh" "$placed"
place '/wt_note_place_here/d'
place '/wt_note_event/d'
place 's/wt_note_place_here/wt_expect_places/'

# ---- README: the tree's own, with an edit
readme_checkout() {
	rm -rf "$here/readme"
	mkdir -p "$here/readme/scripts"
	cp -r "$scripts"/../{README.md,Makefile,Documentation} "$here/readme"
	cp "$scripts/wsk-driver.mk" "$here/readme/scripts"
	"$scripts/farm.sh" "$scripts/../samples" "$here/readme/samples"
}
# readme CHECK FILE SED-SCRIPT
readme() {
	readme_checkout
	sed -i "$3" "$here/readme/$2"
	says_no "$1" "$scripts/check-readme.sh" "$here/readme"
}
readme_checkout
says_yes "README of a good checkout" "$scripts/check-readme.sh" "$here/readme"
readme "README.md shows samples/minimal/driver.c" README.md 's/MinimalUnload;/NULL;/'
readme "README.md shows samples/minimal/Makefile" README.md 's/^minimal-y .*/minimal-y := minimal.o/'
readme "every make X that is named can be typed" Documentation/testing.md 's/^    make demo /    make demos/'
readme "every make X that is named can be typed" Documentation/bench.md 's/`make check`/`make checks`/'
readme "make help tells every target" Makefile '/make shell  /d'
readme "make help tells nothing else" Makefile 's/make shell  /make shells /'

# ---- headers, of the checkout above
says_yes "headers of a good checkout" "$scripts/check-headers.sh" alone "$top"
put compat/include/ntbad.h <<<'#pragma once
typedef NTSTATUS NTBAD;'
says_no "ntbad.h alone" "$scripts/check-headers.sh" alone "$top"
rm "$top/compat/include/ntbad.h"

# ---- objects
if ! "$top/scripts/build.sh" "$kdir" >"$here/log" 2>&1; then
	not_ok "a good checkout builds" "$(tail -n 3 "$here/log" | paste -sd ';')"
	exit 1
fi
for tree in "$top"/build/*/; do :; done
tree=${tree%/}
conf=$kdir/include/config/auto.conf
objects() { "$scripts/check-objects.sh" "$tree"; }
says_yes "objects of a good checkout" objects

# compiled EDIT SOURCE: irp.o anew from SOURCE, with its own command changed by sed.
compiled() {
	echo "$2" >"$here/planted.cpp"
	local command
	command=$(sed -n '1s/^[^=]*:= *//p' "$tree/compat/.irp.o.cmd" |
		sed "s| [^ ]*/compat/irp\.cpp| $here/planted.cpp|; s| *;[^;]*objtool [^;]*\$||; $1")
	(cd "$kdir" && sh -c "$command") >"$here/log" 2>&1 || {
		not_ok "planting" "$(head -n 3 "$here/log" | paste -sd ';')"
		return 1
	}
}
object() { compiled "$2" "$3" && says_no "$1" objects; }

# Under the sanitizers a group may stay, and .init_array is theirs.
object "no COMDAT groups" 's/;[^;]*objcopy.*//' \
	'inline __attribute__((noinline)) int twice(int n) { return 2 * n; } int use(int n); int use(int n) { return twice(n); }'
object "no static constructors" '' 'int first(); int value = first();'
object "no static constructors" '' 'struct S { ~S(); }; int lx_first(); static S s; S *p(); S *p() { return &s; }'
object "no exception tables" 's/ -c / -fexceptions -c /' \
	'int may(); int use(); int use() { try { return may(); } catch (int n) { return n; } }'
object "no vtables or type information" '' \
	'struct S { virtual int f(); int n; }; int S::f() { return n; }'
object "no C++ run-time library" '' \
	'struct S { S(); int n; }; int use(); int use() { static S s; return s.n; }'
object "undefined symbols are lx_* or the compiler's" '' \
	'extern "C" void *__kmalloc(unsigned long, int); void *use(); void *use() { return __kmalloc(1, 0); }'
if grep -q '^CONFIG_\(MITIGATION_\)\?RETHUNK=y' "$conf"; then
	object "no naked return" 's/ -c / -mfunction-return=keep -c /' 'int use(); int use() { return 1; }'
fi
if grep -q '^CONFIG_X86_KERNEL_IBT=y' "$conf"; then
	object "every global function begins with ENDBR" 's/ -c / -fcf-protection=none -c /' \
		'int use(); int use() { return 1; }'
fi
compiled '' 'int use(); int use() { return 1; }'

cp "$tree/compat/.irp.o.cmd" "$here/cmd"
sed -i '1s/ -fno-strict-aliasing / /' "$tree/compat/.irp.o.cmd"
says_no "flags are those of a C object" objects
sed '1s/ -fno-strict-aliasing / -fno-strict-aliasing -ffast-math /' "$here/cmd" >"$tree/compat/.irp.o.cmd"
says_no "flags are those of a C object" objects
cp "$here/cmd" "$tree/compat/.irp.o.cmd"

cp "$tree/.wsk-log" "$here/wsk-log"
echo 'irp.o: warning: objtool: KePlanted+0x4: naked return found in RETHUNK build' >>"$tree/.wsk-log"
says_no "built without a warning" objects
# It stays while other objects are made anew, and goes with its own.
cp "$here/wsk-log" "$tree/.wsk-log"
echo "$tree/compat/irp.o: warning: objtool: KePlanted+0x4: naked return found" >>"$tree/.wsk-log"
echo "// more" >>"$top/wsk/socket.cpp"
"$top/scripts/build.sh" "$kdir" >"$here/log" 2>&1
says_no "built without a warning" objects
echo "// more" >>"$top/compat/irp.cpp"
"$top/scripts/build.sh" "$kdir" >"$here/log" 2>&1
says_yes "a warning goes when its object is made anew" objects

# ---- exports
exports() { "$scripts/check-exports.sh" "$tree"; }
says_yes "exports of a good checkout" exports
# exported CHECK NAME KIND
exported() {
	cp "$tree/Module.symvers" "$here/symvers"
	printf '0x00000000\t%s\t%s\t%s\t\n' "$2" "$tree/${4:-wsk}" "$3" >>"$tree/Module.symvers"
	says_no "$1" exports
	cp "$here/symvers" "$tree/Module.symvers"
}
exported "no exported name is the kernel's" "$(awk -F '\t' 'NR == 9 { print $2 }' "$kdir/Module.symvers")" \
	EXPORT_SYMBOL_GPL
exported "every export is GPL-only" KeOpen EXPORT_SYMBOL
exported "no exported name is mangled" _Z3fooi EXPORT_SYMBOL_GPL
exported "only wsk.ko exports" KeTest EXPORT_SYMBOL_GPL wsk_kunit

exit $failed
