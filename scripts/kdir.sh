#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# kdir.sh SERIES - print the build folder of the newest Debian cloud kernel of that series (6.1,
# 6.12) whose headers are installed, or else are in the cache (scripts/headers.sh). KDIR in the
# environment, if any, goes before; WSK_ROOT is put before /lib/modules and /usr/src.
set -eu

if [ -n "${KDIR:-}" ]; then
	echo "$KDIR"
	exit 0
fi

series=${1:?usage: kdir.sh SERIES (6.1 or 6.12)}
case $(uname -m) in
x86_64)  flavour=cloud-amd64 ;;
aarch64) flavour=cloud-arm64 ;;
*)
	echo "wsk: no Debian cloud kernel is known for $(uname -m): say KDIR=<kernel build folder>" >&2
	exit 1 ;;
esac

. "$(dirname "$0")/kernel.sh"

# newest FOLDER...: of those that are headers, the one with the highest release.
newest()
{
	for dir do
		[ -e "$dir/include/generated/autoconf.h" ] || continue
		printf '%s %s\n' "$(kernel_release "$dir")" "$dir"
	done | sort -s -V -k1,1 | tail -n 1 | cut -d' ' -f2-
}

root=${WSK_ROOT:-}
found=$(newest "$root/lib/modules/$series".*-"$flavour"/build \
	       "$root/usr/src/linux-headers-$series".*-"$flavour")
[ -n "$found" ] || found=$(newest "$wsk_cache/headers-$series".*-"$flavour"/usr/src/linux-headers-*-"$flavour")
# Under sudo the cache is that of the user who built.
[ -n "$found" ] || [ -z "${SUDO_USER:-}" ] || found=$(
	newest "$(getent passwd "$SUDO_USER" | cut -d: -f6)/.cache/wsk-linux/headers-$series".*-"$flavour"/usr/src/linux-headers-*-"$flavour")

if [ -z "$found" ]; then
	case $series in
	6.1) package=linux-headers-$flavour ;;
	*)   package=linux-headers-$series-$flavour ;;
	esac
	echo "wsk: the headers of Debian's $series kernel are not here:" \
	     "run \`make setup\`, or \`apt-get install $package\`" >&2
	exit 1
fi
echo "$found"
