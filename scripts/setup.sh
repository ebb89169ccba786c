#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Installs the Debian packages that a job needs and that are missing, and puts missing kernel headers
# into the cache; says nothing when all is there.
#	setup.sh [build|demo|check|full] [KERNEL...]
set -eu
. "$(dirname "$0")/lib.sh"

job=${1:-check}
[ $# -eq 0 ] || shift
kernels=${*:-${KERNEL:-6.1}}

# libelf1 and pahole are what the programs among the kernels' headers need.
packages="make gcc g++ libc6-dev kmod util-linux libelf1 pahole"
guest="qemu-system-x86 busybox-static cpio gzip"
uml="linux-source-6.12 xz-utils flex bison bc perl ccache"
debug="linux-source-6.1 libelf-dev procps"
case $job in
build) ;;
demo) packages="$packages $guest" ;;
check)
	packages="$packages $guest $uml"
	kernels="6.1 6.12"
	;;
full)
	packages="$packages $guest $uml $debug"
	kernels="6.1 6.12"
	;;
*) die "setup.sh does not know the job '$job'" "say build, demo, check or full" ;;
esac

missing=
for package in $packages; do
	status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || :
	[ "$status" = installed ] || missing="$missing $package"
done
missing=${missing# }
headers=
if [ -z "${KDIR:-}" ] || [ "$job" = check ] || [ "$job" = full ]; then
	for kernel in $kernels; do
		case $kernel in
		6.1 | 6.12) ;;
		*) die "KERNEL=$kernel is not a kernel this tree knows" \
			"say KERNEL=6.1, KERNEL=6.12, or KDIR=<headers> for another one" ;;
		esac
		KDIR='' "$wsk_scripts/kdir.sh" "$kernel" >/dev/null 2>&1 || headers="$headers $kernel"
	done
fi
[ -n "$missing$headers" ] || exit 0

have apt-get || die "these packages are missing, and there is no apt-get here: ${missing:-linux-headers}" \
	"install what your distribution calls them"
as_root=
if [ "$(id -u)" -ne 0 ]; then
	if have sudo && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
		as_root=sudo
	elif [ -z "$missing" ]; then
		as_root=false
	else
		die "these packages are missing, and installing them takes root: $missing" \
			"run: apt-get install $missing"
	fi
fi

install() {
	# shellcheck disable=SC2086 # a list of names
	$as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y --no-install-recommends $missing
}
update() { $as_root apt-get update; }

log=$wsk_build/logs/setup.log
# Old lists name kernels that are no longer the archive's newest, or no longer there.
[ "$as_root" = false ] || quietly "setup: reading apt's package lists" "$log.update" update ||
	say "setup: apt-get update failed; going on with the lists at hand"
if [ -n "$missing" ]; then
	quietly "setup: installing $missing" "$log" install ||
		die "apt-get could not install: $missing (the reason is above and in $log)" \
			"check the network and /etc/apt/sources.list, or install them by hand"
fi
for kernel in $headers; do
	"$wsk_scripts/headers.sh" "$kernel"
done
