#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Installs the Debian packages that a job needs and that are missing; says nothing when none is.
#	setup.sh [build|demo|check] [KERNEL...]
set -eu
. "$(dirname "$0")/lib.sh"

job=${1:-check}
[ $# -eq 0 ] || shift
kernels=${*:-${KERNEL:-6.1}}

# The meta-package that brings the newest headers of one kernel.
headers_package() {
	case $1 in
	6.1) echo linux-headers-cloud-amd64 ;;
	6.12) echo linux-headers-6.12-cloud-amd64 ;;
	*) die "KERNEL=$1 is not a kernel this tree knows" \
		"say KERNEL=6.1, KERNEL=6.12, or KDIR=<headers> for another one" ;;
	esac
}

packages="make gcc g++ libc6-dev kmod util-linux"
guest="qemu-system-x86 busybox-static cpio gzip"
uml="linux-source-6.12 xz-utils flex bison bc perl ccache"
case $job in
build) ;;
demo) packages="$packages $guest" ;;
check)
	packages="$packages $guest $uml"
	kernels="6.1 6.12"
	;;
*) die "setup.sh does not know the job '$job'" "say build, demo or check" ;;
esac

missing=
for package in $packages; do
	status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || :
	[ "$status" = installed ] || missing="$missing $package"
done
if [ -z "${KDIR:-}" ] || [ "$job" = check ]; then
	for kernel in $kernels; do
		package=$(headers_package "$kernel") || exit 1
		dir=$(KDIR='' "$wsk_scripts/kdir.sh" "$kernel" 2>/dev/null) || :
		[ -n "$dir" ] && [ -d "$dir" ] || missing="$missing $package"
	done
fi
missing=${missing# }
[ -n "$missing" ] || exit 0

have apt-get || die "these packages are missing, and there is no apt-get here: $missing" \
	"install what your distribution calls them"
as_root=
if [ "$(id -u)" -ne 0 ]; then
	if have sudo && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
		as_root=sudo
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
quietly "setup: reading apt's package lists" "$log.update" update ||
	say "setup: apt-get update failed; going on with the lists at hand"
quietly "setup: installing $missing" "$log" install ||
	die "apt-get could not install: $missing (the reason is above and in $log)" \
		"check the network and /etc/apt/sources.list, or install them by hand"
