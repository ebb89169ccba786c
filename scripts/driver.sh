#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# driver.sh build|clean - what wsk-driver.mk does in a driver's folder
#
# Its words come in the environment: WSK_NAME, WSK_OBJS, WSK_LICENSE, WSK_FREE
# (licenses that may use GPL-only exports, separated by |), KERNEL, KDIR.
set -eu

wsk=$(cd "$(dirname "$0")/.." && pwd)
here=$(pwd)
. "$wsk/scripts/kernel.sh"

# The folders that a build of ours made, and no other.
clean()
{
	for mark in "$here"/build/*/.wsk-kdir; do
		[ ! -e "$mark" ] || rm -rf "$(dirname "$mark")"
	done
	rm -f "$here"/build/.lock-*
	rmdir "$here/build" 2>/dev/null || :
}

check_words()
{
	kernel_place "$here" "$wsk"
	case "|$WSK_FREE|" in
	*"|$WSK_LICENSE|"*) ;;
	*) die "$WSK_NAME cannot be loaded under the license \"$WSK_LICENSE\": what wsk.ko exports is" \
	       "GPL-only; wsk-license is one of: $(echo "$WSK_FREE" | sed 's/|/, /g')" ;;
	esac
	for object in $WSK_OBJS; do
		stem=${object%.o}
		case $object in
		/*|*../*) die "$object lies outside the driver's folder: link the source into $here" ;;
		esac
		set -- "$here/$stem".c "$here/$stem".cpp "$here/$stem".cc "$here/$stem".cxx "$here/$stem".S
		for source in "$@"; do
			[ ! -e "$source" ] || continue 2
		done
		die "$WSK_NAME-y names $object, but $here has no $stem.c or $stem.cpp"
	done
}

choose_kernel()
{
	running=$(uname -r)
	if [ -n "${KDIR:-}" ]; then
		how="KDIR=$KDIR"
	elif [ -n "${KERNEL:-}" ]; then
		how="KERNEL=$KERNEL"
		KDIR=$("$wsk/scripts/kdir.sh" "$KERNEL")
	elif [ -e "$wsk/build/$running/Module.symvers" ] && [ -d "/lib/modules/$running/build" ]; then
		how="KDIR=/lib/modules/$running/build"
		KDIR=/lib/modules/$running/build
	else
		how=KERNEL=6.1
		KDIR=$("$wsk/scripts/kdir.sh" 6.1)
	fi
	kernel_open "$KDIR"

	symvers=$wsk/build/$release/Module.symvers
	[ -s "$symvers" ] || {
		if [ -e "$wsk/Kbuild" ]; then
			die "wsk.ko is not built for $release: run \`make $how\` in $wsk first"
		fi
		die "wsk.ko is not installed for $release:" \
		    "run \`make $how\` and \`make install $how\` in its source tree first"
	}
}

# The source of an object named as the module gets another name, and the glue joins.
link_extra()
{
	for source in "$here/$WSK_NAME".c "$here/$WSK_NAME".cpp "$here/$WSK_NAME".cc "$here/$WSK_NAME".cxx; do
		[ ! -e "$source" ] || ln -sfn "$source" "$tree/$WSK_NAME-main.${source##*.}"
	done
	ln -sfn "$wsk/scripts/wsk-glue.c" "$tree/$WSK_NAME-glue.c"
}

# An empty x.tmh for each #include "x.tmh", which the WPP preprocessor would write.
make_tmh()
{
	mkdir -p "$tree/.wsk-tmh"
	find "$here" -name build -prune -o \( -type f -o -type l \) \
		\( -iname '*.c' -o -iname '*.cpp' -o -iname '*.cc' -o -iname '*.cxx' -o -iname '*.h' \
		   -o -iname '*.hpp' \) -exec \
		sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]\([^">]*\.tmh\)[">].*/\1/p' {} + |
	sort -u | while IFS= read -r tmh; do
		[ ! -e "$here/$tmh" ] || continue
		mkdir -p "$(dirname "$tree/.wsk-tmh/$tmh")"
		[ -e "$tree/.wsk-tmh/$tmh" ] || : >"$tree/.wsk-tmh/$tmh"
	done
}

build()
{
	check_words
	choose_kernel
	kernel_lock "$here/build" "$release"
	kernel_tree "$here/build/$release"
	"$wsk/scripts/farm.sh" "$here" "$tree"
	link_extra
	make_tmh
	kernel_make "$tree" WSK="$wsk" WSK_TREE="$here" KBUILD_EXTRA_SYMBOLS="$symvers"
	"$wsk/scripts/check-objects.sh" --driver "$tree" || {
		rm -f "$tree/$WSK_NAME.ko"
		die "$WSK_NAME.ko was not made: the kernel would not run this C++ as it is meant"
	}
}

case ${1:-} in
build) build ;;
clean) clean ;;
*) die "usage: driver.sh build|clean" ;;
esac
