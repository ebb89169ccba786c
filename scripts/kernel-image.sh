#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The stock kernel that the headers of KERNEL belong to, in the cache; downloaded when absent and
# never installed. Prints two lines: the path of vmlinuz, the folder of its modules.
#	kernel-image.sh 6.1|6.12|KDIR
set -eu
. "$(dirname "$0")/lib.sh"

case ${1:?kernel-image.sh KERNEL} in
*/*) kdir=$1 ;;
*) kdir=$(KDIR='' "$wsk_scripts/kdir.sh" "$1") ;;
esac
release=$(kernel_release "$kdir")
[ -n "$release" ] || die "$kdir is no kernel's build folder" "say KERNEL=6.1 or KERNEL=6.12"
package=linux-image-$release
dir=$wsk_cache/kernel-$release
log=$wsk_cache/log/kernel-$release.log

# What brings the headers of the archive's newest kernel, to which an image is there.
newer() {
	case $release in
	6.1.*) set -- 6.1 linux-headers-cloud-amd64 ;;
	*) set -- 6.12 linux-headers-6.12-cloud-amd64 ;;
	esac
	case $kdir in
	"$wsk_cache"/*) echo "apt-get update, then $wsk_scripts/headers.sh $1" ;;
	*) echo "apt-get update, then apt-get install $2" ;;
	esac
}

download() {
	cd "$dir.new" || return 1
	apt-get download "$package" || return 1
	dpkg -x ./*.deb . || return 1
	rm -f ./*.deb
}

fetch() {
	[ ! -e "$dir/.stamp" ] || return 0
	rm -rf "$dir" "$dir.new"
	mkdir -p "$dir.new"
	quietly "kernel: downloading $package" "$log" download || {
		[ "$(id -u)" -ne 0 ] || ! quietly "kernel: reading the package lists anew" \
			"$log.update" apt-get update ||
			quietly "kernel: downloading $package" "$log" download
	} || :
	[ -e "$dir.new/boot/vmlinuz-$release" ] ||
		die "the package $package could not be downloaded (log: $log)" \
			"check the network; if the archive has a newer release by now, run: $(newer)"
	mv "$dir.new" "$dir"
	touch "$dir/.stamp"
}

[ -e "$dir/.stamp" ] || locked "$dir.lock" fetch
modules=$dir/lib/modules/$release
[ -d "$modules" ] || modules=$dir/usr/lib/modules/$release
printf '%s\n%s\n' "$dir/boot/vmlinuz-$release" "$modules"
