#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# make shell: the demo's guest with a prompt, the modules at hand.
#	KERNEL=6.1 (default) or 6.12, or KDIR=; ACCEL=tcg (default) or kvm
set -eu
. "$(dirname "$0")/lib.sh"
alone

[ -z "${KDIR:-}" ] || KDIR=$(realpath "$KDIR")
kernel=${KDIR:-${KERNEL:-6.1}}
"$wsk_scripts/setup.sh" demo "${KERNEL:-6.1}"
image=$("$wsk_scripts/kernel-image.sh" "$kernel")
image=${image%%$'\n'*}
"$wsk_scripts/samples-build.sh" "${KDIR:-$("$wsk_scripts/kdir.sh" "$kernel")}"
initramfs=$("$wsk_scripts/guest-initramfs.sh" "${image##*/vmlinuz-}")
APPEND=wsk.shell exec "$wsk_scripts/vm.sh" "$image" "$initramfs" - -
