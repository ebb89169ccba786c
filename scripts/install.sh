#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# install.sh install|uninstall RELEASE DESTDIR PREFIX
#
# The module goes where modprobe finds it; headers, scripts and the symbols of
# each kernel's wsk.ko to PREFIX/share/wsk, laid out as the checkout is, so that
# a driver says WSK = /usr/local/share/wsk.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/scripts/kernel.sh"
action=$1 release=$2 dest=$3 prefix=$4
updates=$dest/lib/modules/$release/updates
share=$dest$prefix/share/wsk
made=$top/build/$release

[ -n "$release" ] || die "no kernel release is known: say KERNEL= or KDIR="
[ -n "$dest" ] || [ "$(id -u)" -eq 0 ] ||
	die "$action writes to /lib/modules and $prefix: run it as root, or say DESTDIR="

refresh()
{
	[ -n "$dest" ] || depmod "$release"
}

copy_tree()
{
	(cd "$top" && find "$1" \( -name '*.h' -o -name '*.hpp' \) -type f) | while IFS= read -r file; do
		install -D -m 644 "$top/$file" "$share/$file"
	done
}

do_install()
{
	[ -e "$made/wsk.ko" ] && [ -s "$made/Module.symvers" ] ||
		die "wsk.ko is not built for $release: run \`make\` with the same KERNEL= or KDIR= first"
	install -D -m 644 "$made/wsk.ko" "$updates/wsk.ko"
	refresh
	install -D -m 644 "$made/Module.symvers" "$share/build/$release/Module.symvers"
	copy_tree compat/include
	copy_tree wsk/include
	install -D -m 644 "$top/compat/lx/host.h" "$share/compat/lx/host.h"
	for script in driver.sh driver-entry.sh check-objects.sh farm.sh kdir.sh; do
		install -D -m 755 "$top/scripts/$script" "$share/scripts/$script"
	done
	for part in kernel.sh wsk-driver.mk wsk-cxx.mk wsk-glue.c; do
		install -D -m 644 "$top/scripts/$part" "$share/scripts/$part"
	done
	echo "wsk.ko: $updates/wsk.ko"
	echo "for drivers: WSK = $prefix/share/wsk"
}

do_uninstall()
{
	rm -f "$updates/wsk.ko"
	rmdir "$updates" 2>/dev/null || :
	refresh
	rm -rf "$share/build/$release"
	# The last kernel takes the shared files along.
	rmdir "$share/build" 2>/dev/null && rm -rf "$share" || :
}

case $action in
install) do_install ;;
uninstall) do_uninstall ;;
*) die "usage: install.sh install|uninstall RELEASE DESTDIR PREFIX" ;;
esac
