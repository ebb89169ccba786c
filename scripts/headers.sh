#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The newest headers of a Debian cloud kernel, in the cache; downloaded when absent and never
# installed, as the package of 6.12's installs that kernel too, which the machine would boot next.
#	headers.sh 6.1|6.12		scripts/kdir.sh finds them then
set -eu
. "$(dirname "$0")/lib.sh"

series=${1:?headers.sh 6.1|6.12}
case $series in
6.1) meta=linux-headers-cloud-amd64 ;;
6.12) meta=linux-headers-6.12-cloud-amd64 ;;
*) die "KERNEL=$series is not a kernel this tree knows" \
	"say KERNEL=6.1, KERNEL=6.12, or KDIR=<headers> for another one" ;;
esac

# depends PACKAGE REGEX: the package of that name among those that PACKAGE depends on.
depends() {
	apt-cache show --no-all-versions "$1" 2>/dev/null | sed -n 's/^Depends: //p' | head -n 1 |
		tr ',|' '\n\n' | sed 's/^ *//; s/[ (].*//' | grep -xE -m 1 "$2" || :
}

# Debian's links between the three are relative, and one Makefile is not.
download() {
	cd "$dir.new" || return 1
	apt-get download "$headers" "$common" "$kbuild" || return 1
	for package in ./*.deb; do
		dpkg -x "$package" . || return 1
	done
	rm -rf ./*.deb lib/modules usr/share
	sed -i "s|/usr/src/|$dir/usr/src/|g" "usr/src/$headers/Makefile"
}

fetch() {
	[ ! -e "$dir/.stamp" ] || return 0
	rm -rf "$dir" "$dir.new"
	mkdir -p "$dir.new"
	quietly "headers: downloading $headers" "$wsk_cache/log/$headers.log" download || return 1
	mv "$dir.new" "$dir"
	touch "$dir/.stamp"
}

headers=$(depends "$meta" 'linux-headers-.*')
common=$(depends "${headers:-none}" 'linux-headers-.*-common')
kbuild=$(depends "${headers:-none}" 'linux-kbuild-.*')
[ -n "$headers" ] && [ -n "$common" ] && [ -n "$kbuild" ] ||
	die "apt's package lists do not hold $meta and what it depends on" \
		"run: apt-get update; if it is still not there, look at /etc/apt/sources.list"
dir=$wsk_cache/${headers#linux-}
locked "$dir.lock" fetch ||
	die "the package $headers could not be downloaded (log: $wsk_cache/log/$headers.log)" \
		"check the network, then run: apt-get update"
