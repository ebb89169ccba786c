#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# make demo: a driver in the Windows style, loaded into Debian's own kernel, serves TCP clients.
#	KERNEL=6.1 (default) or 6.12, or KDIR=; ACCEL=tcg (default) or kvm
set -eu
. "$(dirname "$0")/lib.sh"
alone

[ -z "${KDIR:-}" ] || KDIR=$(realpath "$KDIR")
kernel=${KDIR:-${KERNEL:-6.1}}
log=$wsk_results/demo.log
result=$wsk_results/demo.ktap

"$wsk_scripts/setup.sh" demo "${KERNEL:-6.1}"
kdir=${KDIR:-$("$wsk_scripts/kdir.sh" "$kernel")}
"$wsk_scripts/kernel-image.sh" "$kernel" >/dev/null
"$wsk_scripts/samples-build.sh" "$kdir"

say "boot:  Debian's $(kernel_release "$kdir") under QEMU (${ACCEL:-tcg})"
mkdir -p "$wsk_results"
: >"$result"
"$wsk_scripts/stock.sh" "$kernel" demo &
vm=$!
tail -n +1 -s 0.3 -f --pid="$vm" "$result" | tr -d '\r' | sed -u -n \
	-e 's/^ok [0-9]* - /guest: /p' -e 's/^not ok [0-9]* - /guest: FAILED: /p' \
	-e 's/^\(client\|#\)/       \1/p' >&2 || :
rc=0
wait "$vm" || rc=$?
# KVM could not boot, and the sentence about it stands above.
[ "$rc" -ne 3 ] || exit 1

counts=$(sed -n 's/^client: \([0-9]*\) connections \([0-9]*\) bytes ok.*/\1 \2/p' "$result" |
	tail -n 1)
clean=clean
! grep -q '^not ok .* kernel log is clean' "$result" || clean="NOT clean"
cat <<END

    kernel         $(kernel_release "$kdir")
    connections    ${counts% *}
    bytes echoed   ${counts#* }
    fetched        $(sed -n 's/^ok .* fetch, partial: //p' "$result")
    kernel log     $clean

END
if [ "$rc" -eq 0 ] && [ -n "$counts" ]; then
	echo "demo: ok"
else
	cat "$result.summary" >&2
	die "the demo failed" "read $result and $log"
fi
