#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# User-Mode Linux 6.12 with KUnit, KASAN, lockdep, kmemleak and failslab: built once into the cache.
#	uml.sh build			build it when the cache has none
#	uml.sh kdir			the build tree, for scripts/build.sh (builds it when absent)
#	uml.sh run MODULES [KUNIT ARGS]	run wsk_kunit.ko and the driver tests, see uml-run.sh
# UML_KDIR=<tree> uses a tree built elsewhere.
set -eu
. "$(dirname "$0")/lib.sh"

series=6.12
package=linux-source-$series
tarball=/usr/src/$package.tar.xz
wanted=$wsk_scripts/uml.config

version() { dpkg-query -W -f '${Version}' "$package" 2>/dev/null; }

# ccache only where it is there; the compiler is part of what names the tree.
compiler() { if have ccache; then echo "ccache gcc"; else echo gcc; fi; }

tree_name() {
	local hash
	hash=$({ cat "$wanted"; gcc -dumpfullversion; } | sha256sum | cut -c 1-10)
	echo "uml-$(version | tr -c 'A-Za-z0-9.\n' _)-$hash"
}

unpack() {
	[ ! -e "$source/.stamp" ] || return 0
	[ -r "$tarball" ] || die "$tarball is missing" "run: make setup (package $package)"
	rm -rf "$source"
	mkdir -p "$source"
	quietly "uml: unpacking $package" "$wsk_cache/log/uml-unpack.log" \
		tar -xJf "$tarball" -C "$source" --strip-components=1 ||
		die "$tarball could not be unpacked" "is there room in $wsk_cache? (1.6 GB)"
	touch "$source/.stamp"
}

# Every line of uml.config must be in the result; an option that is to be off may be absent.
check_config() {
	local line name missing=
	while read -r line; do
		case $line in
		'# CONFIG_'*' is not set')
			name=${line#\# }
			name=${name%% *}
			! grep -q "^$name=" "$1" || missing="$missing $name(off)"
			;;
		CONFIG_*) grep -qxF "$line" "$1" || missing="$missing $line" ;;
		esac
	done <"$wanted"
	[ -z "$missing" ] || die "uml.config did not take effect:$missing" \
		"look up what these options depend on in $source"
}

configure() {
	make -C "$source" ARCH=um O="$tree" defconfig &&
		"$source/scripts/kconfig/merge_config.sh" -m -O "$tree" "$tree/.config" "$wanted" &&
		make -C "$source" ARCH=um O="$tree" olddefconfig
}

compile() {
	make -C "$source" ARCH=um O="$tree" CC="$(compiler)" -j"$(nproc)" linux modules_prepare
}

build() {
	[ ! -e "$tree/.stamp" ] || return 0
	unpack
	rm -rf "$tree"
	mkdir -p "$tree"
	quietly "uml: configuring" "$wsk_cache/log/uml-config.log" configure ||
		die "User-Mode Linux could not be configured" "read $wsk_cache/log/uml-config.log"
	check_config "$tree/.config"
	quietly "uml: building User-Mode Linux $series, once (about 7 minutes on two cores)" \
		"$wsk_cache/log/uml-build.log" compile ||
		die "User-Mode Linux did not build" "read $wsk_cache/log/uml-build.log"
	touch "$tree/.stamp"
}

if [ -n "${UML_KDIR:-}" ]; then
	tree=$UML_KDIR
	[ -x "$tree/linux" ] || die "UML_KDIR=$tree has no User-Mode Linux in it" "unset UML_KDIR"
else
	[ -n "$(version)" ] || die "the package $package is missing" "run: make setup"
	source=$wsk_cache/source-$(version | tr -c 'A-Za-z0-9.\n' _)
	tree=$wsk_cache/$(tree_name)
	[ -e "$tree/.stamp" ] || locked "$wsk_cache/uml.lock" build
fi

case ${1:-} in
build) ;;
kdir) echo "$tree" ;;
run)
	shift
	exec "$wsk_scripts/uml-run.sh" "$tree" "$@"
	;;
*) die "uml.sh build | kdir | run MODULES [KUNIT ARGS]" ;;
esac
