#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# A busybox initramfs, or the same tree as a folder (for User-Mode Linux' hostfs root).
#	initramfs.sh OUT.cpio.gz|OUT/ [PATH=FILE]...	PATH is the place in the guest
set -eu
. "$(dirname "$0")/lib.sh"

out=${1:?initramfs.sh OUT [PATH=FILE]...}
shift
busybox=$(PATH=$PATH:/bin:/usr/bin command -v busybox) ||
	die "busybox is missing" "run: make setup (package busybox-static)"

case $out in
*/) tree=${out%/} ;;
*) tree=$(mktemp -d)
	trap 'rm -rf "$tree"' EXIT ;;
esac
rm -rf "$tree"
mkdir -p "$tree/bin" "$tree/dev" "$tree/proc" "$tree/sys" "$tree/tmp" "$tree/etc" "$tree/modules"
chmod 755 "$tree"
cp "$busybox" "$tree/bin/busybox"
"$tree/bin/busybox" --list | while read -r applet; do
	[ "$applet" = busybox ] || ln -s busybox "$tree/bin/$applet"
done
ln -s bin "$tree/sbin"
printf '127.0.0.1 localhost\n::1 localhost\n' >"$tree/etc/hosts"
printf 'root:x:0:0:root:/:/bin/sh\n' >"$tree/etc/passwd"

for pair in "$@"; do
	to=$tree/${pair%%=*}
	mkdir -p "$(dirname "$to")"
	cp -L "${pair#*=}" "$to"
	chmod 755 "$to"
done

case $out in
*/) ;;
*)
	mkdir -p "$(dirname "$out")"
	(cd "$tree" && find . | cpio -o -H newc -R 0:0 --quiet) | gzip -1 >"$out.new"
	mv "$out.new" "$out"
	;;
esac
