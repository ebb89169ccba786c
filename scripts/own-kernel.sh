#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The kernels of the tests that no distribution has: built once from Debian's sources into the cache,
# and built anew when the source, the compiler or a fragment of the configuration is another.
#	own-kernel.sh KERNEL kdir	its build tree, for scripts/build.sh (builds it when absent)
#	own-kernel.sh KERNEL cost	about how many seconds kdir would take: 0 when it is there
#	own-kernel.sh check CONFIG FRAGMENT...	each line of the fragments is in CONFIG
# KERNEL: uml, debug-6.12, debug-6.1, kcsan
set -eu
. "$(dirname "$0")/lib.sh"

# check_config CONFIG FRAGMENT...: an option that is to be off may be absent.
check_config() {
	local config=$1 line name missing=
	shift
	while read -r line; do
		case $line in
		'# CONFIG_'*' is not set')
			name=${line#\# }
			name=${name%% *}
			! grep -q "^$name=" "$config" || missing="$missing $name(off)"
			;;
		CONFIG_*) grep -qxF "$line" "$config" || missing="$missing $line" ;;
		esac
	done < <(cat "$@")
	[ -z "$missing" ] || die "$(basename -a "$@" | paste -sd ' ') did not take effect:$missing" \
		"look up what these options depend on${source:+ in $source}"
}

kernel=${1:?own-kernel.sh KERNEL kdir|cost}
[ "$kernel" != check ] || {
	shift
	check_config "$@"
	exit 0
}

# seconds: seen on two cores that had nothing else to do.
case $kernel in
uml)
	series=6.12 fragments=(uml.config) seconds=420
	arch=(ARCH=um) base=defconfig targets=(linux)
	;;
debug-6.12 | debug-6.1)
	series=${kernel#debug-} fragments=(debug.config debug-sanitize.config) seconds=600
	arch=() base=tinyconfig targets=(bzImage)
	;;
kcsan)
	series=6.12 fragments=(debug.config kcsan.config) seconds=540
	arch=() base=tinyconfig targets=(bzImage)
	;;
*) die "own-kernel.sh does not know the kernel '$kernel'" "say uml, debug-6.12, debug-6.1 or kcsan" ;;
esac
fragments=("${fragments[@]/#/$wsk_scripts/}")
package=linux-source-$series
tarball=/usr/src/$package.tar.xz

version=$(dpkg-query -W -f '${Version}' "$package" 2>/dev/null | tr -c 'A-Za-z0-9.\n' _) || :
[ -n "$version" ] || die "the package $package is missing" "run: make setup, or apt-get install $package"
source=$wsk_cache/source-$version
hash=$({ cat "${fragments[@]}"; gcc -dumpfullversion; } | sha256sum | cut -c 1-10)
tree=$wsk_cache/${kernel%%-*}-$version-$hash

# ccache only where it is there; the compiler is part of what names the tree.
compiler() { if have ccache; then echo "ccache gcc"; else echo gcc; fi; }

unpack() {
	[ ! -e "$source/.stamp" ] || return 0
	[ -r "$tarball" ] || die "$tarball is missing" "run: make setup (package $package)"
	rm -rf "$source"
	mkdir -p "$source"
	quietly "$kernel: unpacking $package" "$wsk_cache/log/$kernel-unpack.log" \
		tar -xJf "$tarball" -C "$source" --strip-components=1 ||
		die "$tarball could not be unpacked" "is there room in $wsk_cache? (1.6 GB)"
	touch "$source/.stamp"
}

kernel_tree_make() { make -C "$source" "${arch[@]}" O="$tree" "$@"; }

configure() {
	kernel_tree_make "$base" &&
		"$source/scripts/kconfig/merge_config.sh" -m -O "$tree" "$tree/.config" "${fragments[@]}" &&
		kernel_tree_make olddefconfig
}

compile() { kernel_tree_make CC="$(compiler)" -j"$(nproc)" "${targets[@]}" modules_prepare; }

build() {
	[ ! -e "$tree/.stamp" ] || return 0
	locked "$source.lock" unpack
	# What an interrupted build has made is gone on with.
	mkdir -p "$tree"
	quietly "$kernel: configuring" "$wsk_cache/log/$kernel-config.log" configure ||
		die "the kernel $kernel could not be configured" "read $wsk_cache/log/$kernel-config.log"
	check_config "$tree/.config" "${fragments[@]}"
	quietly "$kernel: building Linux $series, once (about $((seconds / 60)) minutes on two cores)" \
		"$wsk_cache/log/$kernel-build.log" compile ||
		die "the kernel $kernel did not build" "read $wsk_cache/log/$kernel-build.log"
	touch "$tree/.stamp"
}

case ${2:-} in
kdir)
	[ -e "$tree/.stamp" ] || locked "$wsk_cache/$kernel.lock" build
	echo "$tree"
	;;
cost) if [ -e "$tree/.stamp" ]; then echo 0; else echo "$seconds"; fi ;;
*) die "own-kernel.sh KERNEL kdir|cost" ;;
esac
