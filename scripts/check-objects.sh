#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# check-objects.sh [--driver] TREE - are the C++ objects of a build fit for a kernel?
#
# TREE is build/<kernelrelease>. Prints "ok <check>" or "not ok <check>: <reason>"
# a line; with --driver (a ported driver's build) only what is not ok, in words
# for its author. Status 1 if anything is not ok.
set -u

driver=
if [ "${1:-}" = --driver ]; then
	driver=1
	shift
fi
tree=$(cd "${1:?usage: check-objects.sh [--driver] TREE}" && pwd) || exit 1
kdir=$(cat "$tree/.wsk-kdir") || exit 1
conf=$kdir/include/config/auto.conf
name=check-objects
failed=0

ok() { [ -n "$driver" ] || echo "ok $name: $1"; }
not_ok() {
	if [ -n "$driver" ]; then
		echo "wsk: $1: $2" >&2
	else
		echo "not ok $name: $1: $2"
	fi
	failed=1
}
# verdict CHECK REASON: ok if there is no reason against.
verdict() { if [ -z "$2" ]; then ok "$1"; else not_ok "$1" "$(echo "$2" | head -n 5 | paste -sd ';')"; fi; }
configured() { grep -q "^CONFIG_\($1\)=y" "$conf"; }
rel() { sed "s|$tree/||g"; }

objects=() c_objects=()
while IFS= read -r source; do
	[ ! -e "${source%.*}.o" ] || objects+=("${source%.*}.o")
done < <(find "$tree" \( -name '*.cpp' -o -name '*.cc' -o -name '*.cxx' \) | sort)
while IFS= read -r source; do
	case $source in *.mod.c) continue ;; esac
	[ ! -e "${source%.c}.o" ] || c_objects+=("${source%.c}.o")
done < <(find "$tree" -name '*.c' -not -path "$tree/kunit/*" | sort)

if [ ${#objects[@]} -eq 0 ]; then
	[ -n "$driver" ] || not_ok "objects" "no C++ object in $tree: build first"
	exit $failed
fi
symbols=$(nm -A "${objects[@]}" | sed 's/^\([^:]*\):[0-9a-f ]\{16\} /\1 /' | rel)	# object type name
sections=$(for o in "${objects[@]}"; do readelf -SW "$o" | sed -n "s|^ *\[ *[0-9]*\] \([^ ]*\) .*|$o \1|p"; done | rel)

## A group's other copies would be discarded at the link, and tables point into them.
verdict "no COMDAT groups" \
	"$(for o in "${objects[@]}"; do
		readelf -gW "$o" 2>/dev/null | grep -q '^ *\(COMDAT \)\?group section' && echo "$o"; done | rel)"

## Constructors run in test kernels only (CONFIG_CONSTRUCTORS). The sanitizers have some of their own.
initialised=$(echo "$symbols" | sed -n 's/^\([^ ]*\) [tT] _GLOBAL__sub_[ID].*/\1/p' | sort -u)
if ! configured 'KASAN\|KCSAN\|GCOV_KERNEL'; then
	initialised=$(echo "$initialised"; echo "$sections" | sed -n 's/ \.\(init_array\|ctors\|fini_array\|dtors\).*//p')
fi
verdict "no static constructors" \
	"$(echo "$initialised" | sort -u | sed '/^$/d; s/$/ initialises or destroys a global at run time, which nothing in a kernel calls/')"

## Tables of exceptions; UML's C objects have unwind tables as well.
unwind='\.gcc_except_table\|\.eh_frame'
for o in "${c_objects[@]}"; do
	readelf -SW "$o" | grep -q '\.eh_frame' || continue
	unwind='\.gcc_except_table'
	break
done
verdict "no exception tables" "$(echo "$sections" | grep " \($unwind\)" | sort -u)"

verdict "no vtables or type information" "$(echo "$symbols" | awk '$NF ~ /^_ZT[VISC]/ { print $1, $NF }')"
verdict "no C++ run-time library" \
	"$(echo "$symbols" | awk '$NF ~ /^(__cxa_|__dso_handle|__gxx_personality|_Unwind_|_Znwm$|_Znam$)/ { print $1, $NF }')"
verdict "no empty relocations" \
	"$(for o in "${objects[@]}"; do readelf -rW "$o" | grep -q 'R_X86_64_NONE' && echo "$o"; done | rel)"

## C++ reaches Linux through the shim alone.
undefined() {
	local compiler='^(mem(cpy|set|move|cmp)|strlen|__x86_.*|__fentry__|mcount|_mcount|__stack_chk_(fail|guard)|__(asan|tsan|kcsan|msan|ubsan|hwasan|sanitizer|gcov|llvm)_.*|__SCT__.*|__SCK__.*|__ref_stack_chk_guard|__this_module|_GLOBAL_OFFSET_TABLE_|__mem(cpy|set|move))$'
	echo "$symbols" | awk -v compiler="$compiler" '
		$2 != "U" && $2 != "w" && $2 != "v" { here[$NF] = 1 }
		$2 == "U" { wanted[$NF] = $1 }
		END { for (s in wanted) if (!(s in here) && s !~ /^lx_/ && s !~ compiler) print wanted[s], s }' | sort
}
[ -n "$driver" ] || verdict "undefined symbols are lx_* or the compiler's" "$(undefined)"

## Mitigations, as the compiler left them.
if configured 'RETHUNK\|MITIGATION_RETHUNK'; then
	verdict "no naked return" \
		"$(for o in "${objects[@]}"; do objdump -d --no-show-raw-insn "$o" |
			awk -v o="$o" '/^[0-9a-f]+ </ { f = $2 } $2 ~ /^(rep[zn]*|bnd)?ret[qlw]?$/ { print o, f; exit }'; done | rel)"
fi
# gcc leaves it out of a static function whose address nobody takes.
if configured X86_KERNEL_IBT; then
	verdict "every global function begins with ENDBR" \
		"$(for o in "${objects[@]}"; do
			objdump -d --no-show-raw-insn "$o" | awk -v o="$o" -v list="$(nm "$o" | awk '$2 ~ /[TW]/ { print $3 }' | tr '\n' ' ')" '
				BEGIN { n = split(list, a, " "); for (i = 1; i <= n; i++) want["<" a[i] ">:"] = 1 }
				/^[0-9a-f]+ </ { f = $2; first = 1; next }
				first && NF { first = 0; if (f in want && $0 !~ /endbr64/) print o, f }'; done | rel)"
fi

## A C++ object's options against those of a C object of the same module.
# Options that say which file, where and how it is called are no flags.
flags() {
	head -n 1 "$(dirname "$1")/.$(basename "$1").cmd" | sed 's/^[^=]*= *//; s/ ; .*//' | tr ' ' '\n' |
	awk 'skip { skip = 0; next } /^-(include|o|isystem|MF)$/ { skip = 1; next }
	     /^-(I|Wp,-MMD|DKBUILD_|D__KBUILD_|DWSK_)/ { next } /^-[^-]/ || /^--/ { print }' | grep -v '^-c$' | sort -u
}
c_only='^(-std=gnu11|-std=gnu17|-Wstrict-prototypes|-Werror=strict-prototypes|-W(error=)?missing-prototypes|-Wold-style-definition|-Werror=implicit-(function-declaration|int)|-Werror=incompatible-pointer-types|-Werror=designated-init|-Wno-pointer-sign|-Wdeclaration-after-statement|-Wno-override-init|-Wenum-conversion|-Wno-enum-(compare-conditional|enum-conversion)|-g|-gdwarf-[0-9]|-flto.*|-fvisibility=hidden|-fplugin.*|-Wno-incompatible-pointer-types|-Wno-declaration-after-statement)$'
cxx_only='^(-std=gnu\+\+20|-fsigned-char|-fno-exceptions|-fno-rtti|-ffreestanding|-g1?|-Wall|-Wextra|-fms-extensions|-fno-gnu-unique|-fno-optimize-sibling-calls|-Wno-multichar|-Wno-write-strings)$'
drift() {
	local c=$1 o
	for o in "${objects[@]}"; do
		comm -23 <(flags "$c") <(flags "$o") | grep -vE "$c_only" | sed "s|^|$o is compiled without |"
		comm -13 <(flags "$c") <(flags "$o") | grep -vE "$cxx_only" | sed "s|^|$o alone is compiled with |"
	done | rel
}
if [ -z "$driver" ]; then
	reference=
	for o in "${c_objects[@]}"; do
		case $o in */exports.o|*/module.o|*/lx/*.o) [ -e "$(dirname "$o")/.$(basename "$o").cmd" ] && reference=$o ;; esac
	done
	if [ -n "$reference" ]; then
		verdict "flags are those of a C object" "$(drift "$reference")"
	else
		not_ok "flags are those of a C object" "there is no C object to compare with"
	fi

	## What compiler, objtool, modpost and pahole said of what this tree is made of.
	if [ -e "$tree/.wsk-log" ]; then
		verdict "built without a warning" "$(grep -iE 'warning:|naked return|ENDBR|^ERROR' "$tree/.wsk-log" | rel)"
	else
		not_ok "built without a warning" "there is no $tree/.wsk-log: build with scripts/build.sh"
	fi
fi

exit $failed
