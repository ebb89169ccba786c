#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The initramfs of one kernel's guest: the guest scripts, the samples and the programs for them.
#	guest-initramfs.sh RELEASE [PATH=FILE]...	prints where it is
set -eu
. "$(dirname "$0")/lib.sh"

release=${1:?guest-initramfs.sh RELEASE [PATH=FILE]...}
shift
out=$wsk_build/guest-$release.cpio.gz

set -- "$@" "init=$wsk_scripts/guest/init" "guest/tap.sh=$wsk_scripts/tap.sh" \
	"guest/client=$wsk_build/demo/client" "guest/server=$wsk_build/demo/server" \
	"modules/wsk.ko=$wsk_build/$release/wsk.ko"
for script in "$wsk_scripts"/guest/*.sh; do
	set -- "$@" "guest/${script##*/}=$script"
done
for module in "$wsk_root"/samples/*/build/"$release"/*.ko; do
	set -- "$@" "modules/${module##*/}=$module"
done
"$wsk_scripts/initramfs.sh" "$out" "$@"
echo "$out"
