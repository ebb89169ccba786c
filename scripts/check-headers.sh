#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# check-headers.sh [KDIR] - the public headers, as a driver and as a KUnit suite see them
# check-headers.sh alone TOP - only the first of it, of another tree
#
# Each alone as C11, C17 and C++20, by gcc and, where installed, clang; all of them in one file; a
# driver full of Microsoft's dialect; every tier 1 name of nt-names.tsv; and in C behind Linux'
# headers, all together and each behind <kunit/test.h>, with the flags and headers of KDIR (or of the
# environment's KDIR).
# Prints an "ok" or "not ok" line per check; status 1 if one failed.
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
kdir=${1:-${KDIR:-}}
[ "${1:-}" != alone ] || top=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

flags=(-fsyntax-only -ffreestanding -nostdinc -Wall -Wextra -Werror -fms-extensions -fshort-wchar
	-Wno-multichar -Wno-unknown-pragmas "-I$top/compat/include" "-I$top/wsk/include")
compilers=(gcc)
if command -v clang >/dev/null; then
	compilers+=(clang)
else
	echo "ok check-headers: clang # SKIP is not installed"
fi

# report NAME COMMAND...: what the command says is shown if it fails.
report() {
	local name=$1
	shift
	if "$@" >"$work/out" 2>&1; then
		echo "ok check-headers: $name"
	else
		head -n 20 "$work/out" | sed 's/^/# /'
		echo "not ok check-headers: $name: $(grep -m 1 error "$work/out")"
		failed=1
	fi
}

# in_all_dialects FILE.c|FILE.cpp [FLAG...]: C sources also as C++, unless -C.
in_all_dialects() {
	local source=$1 cc std rc=0
	shift
	for cc in "${compilers[@]}"; do
		case $source in
		*.c)
			for std in gnu11 gnu17; do
				"$cc" -std=$std "${flags[@]}" "$@" "$source" || rc=1
			done
			;;
		*.cpp)
			"$cc" -x c++ -std=gnu++20 -fno-exceptions -fno-rtti -Wno-invalid-offsetof \
				"${flags[@]}" "$@" "$source" || rc=1
			;;
		esac
	done
	return $rc
}

# compiles NAME: $work/test.c, in C and in C++.
compiles() {
	cp "$work/test.c" "$work/test.cpp"
	report "$1" eval 'in_all_dialects "$work/test.c" && in_all_dialects "$work/test.cpp"'
}

# Those of wdm/ are parts of wdm.h, which any of them may be asked for alone, too.
headers=$(cd "$top" && for root in compat/include wsk/include; do
	(cd $root && find . -name '*.h' | sed 's,^\./,,')
done | sort)

: >"$work/all.c"
for header in $headers; do
	case $header in
	pshpack*.h)
		printf '#include <%s>\nstruct s { char c; long long l; };\n#include <poppack.h>\n' \
			"$header" >"$work/test.c"
		printf '#include <ntdef.h>\nC_ASSERT(sizeof(struct s) == 8 + %s);\n' \
			"$(echo "${header//[!0-9]/}" | sed 's/16/8/')" >>"$work/test.c"
		;;
	poppack.h)
		continue
		;;
	*)
		printf '#include <%s>\n#include <%s>\n' "$header" "$header" >"$work/test.c"
		echo "#include <$header>" >>"$work/all.c"
		;;
	esac
	compiles "$header alone"
done

[ "${1:-}" != alone ] || exit $failed
cp "$work/all.c" "$work/test.c"
compiles "all in one file"
tac "$work/all.c" >"$work/test.c"
compiles "all in one file, the other way round"

# A function is declared, a macro defined; nothing else is known of a name's kind.
awk -F '\t' 'NR > 1 && $3 == 1 {
	printf "#ifndef %s\nvoid *p_%s = (void *)&%s;\n#endif\n", $1, $1, $1
}' "$top/scripts/nt-names.tsv" >"$work/names"
{
	printf '#include <ntddk.h>\n#include <wsk.h>\n#include <ip2string.h>\n#include <ntstrsafe.h>\n'
	cat "$work/names"
} >"$work/test.c"
report "every tier 1 name is there" in_all_dialects "$work/test.c"

mkdir "$work/tmh"
: >"$work/tmh/driver.tmh"
: >"$work/tmh/cxx.tmh"
driver=$top/kunit/drivers/msvc
for mode in "" -DDBG=1 -DUNICODE; do
	report "Microsoft's C${mode:+ with $mode}" in_all_dialects "$driver/driver.c" "-I$work/tmh" $mode
	report "Microsoft's C++${mode:+ with $mode}" in_all_dialects "$driver/cxx.cpp" "-I$work/tmh" $mode
done

# behind_linux: Kbuild's own flags, Linux' headers first, then all of ours and Windows' numbers.
behind_linux() {
	. "$top/scripts/kernel.sh"
	kernel_open "$kdir"
	mkdir "$work/module"
	echo "obj-m := behind.o
	CFLAGS_behind.o := -I$top/compat/include -I$top/wsk/include -Werror" >"$work/module/Makefile"
	{
		for header in linux/module.h linux/slab.h linux/vmalloc.h linux/kthread.h linux/in.h \
			linux/in6.h linux/tcp.h linux/udp.h net/sock.h net/ipv6.h kunit/test.h; do
			echo "#include <$header>"
		done
		cat "$work/all.c"
		cat <<-'END'
			C_ASSERT(AF_INET6 == 23 && SOL_SOCKET == 0xffff && SO_REUSEADDR == 4);
			C_ASSERT(SO_KEEPALIVE == 8 && MSG_TRUNC == 0x100 && IPV6_V6ONLY == 27);
			C_ASSERT(TCP_KEEPIDLE == 3 && IP_PKTINFO == 19 && IOC_IN == 0x80000000);
			C_ASSERT(sizeof(SOCKADDR_IN6) == 28 && CMSG_LEN(4) == 20);
			static struct sockaddr_in6 linux_has_its_own;
			SOCKADDR_IN6 windows_has_another;
			const void *behind(void);
			const void *behind(void) { return &linux_has_its_own; }
		END
	} >"$work/module/behind.c"
	kernel_make "$work/module" -s behind.o
}

# With the command of behind.o. What stands before our header is read once: as a precompiled header, which
# has to be the first thing of all.
behind_kunit() {
	local command header rc=0
	command=$(sed -n '1s/^[^=]*:= *//p' "$work/module/.behind.o.cmd" |
		sed 's/;.*//; s/ -c -o .*//; s/ -Wp,-MMD,[^ ]*//')
	echo '#include <kunit/test.h>' >"$work/first.h"
	cd "$kdir" || return 1
	sh -c "$command -x c-header -o $work/first.h.gch $work/first.h" || return 1
	command="$(echo "$command" | sed 's/ -include [^ ]*//g') -include $work/first.h"
	while read -r header; do
		echo "#include $header" >"$work/test.c"
		sh -c "$command -fsyntax-only $work/test.c" || rc=1
	done < <(sed 's/^#include //' "$work/all.c")
	return $rc
}

if [ -z "$kdir" ]; then
	echo "ok check-headers: behind Linux' headers # SKIP no KDIR was given"
elif [ ! -e "$kdir/include/kunit/test.h" ] && [ ! -e "$kdir/source/include/kunit/test.h" ] &&
	! grep -qs '^include ' "$kdir/Makefile"; then
	echo "ok check-headers: behind Linux' headers # SKIP $kdir has no kunit/test.h"
else
	report "behind Linux' headers, $kdir" eval '(behind_linux)'
	[ ! -e "$work/module/behind.o" ] || report "each behind <kunit/test.h>" eval '(behind_kunit)'
fi
exit $failed
