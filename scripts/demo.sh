#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# make demo: a driver in the Windows style, loaded into Debian's own kernel, serves TCP clients.
#	KERNEL=6.1 (default) or 6.12, or KDIR=; ACCEL=tcg (default) or kvm
set -eu
. "$(dirname "$0")/lib.sh"

kernel=${KDIR:-${KERNEL:-6.1}}
limit=180
log=$wsk_results/demo.log
result=$wsk_results/demo.ktap

"$wsk_scripts/setup.sh" demo "${KERNEL:-6.1}"
image=$("$wsk_scripts/kernel-image.sh" "$kernel")
image=${image%%$'\n'*}
release=${image##*/vmlinuz-}
kdir=${KDIR:-$("$wsk_scripts/kdir.sh" "$kernel")}
"$wsk_scripts/samples-build.sh" "$kdir"
initramfs=$("$wsk_scripts/guest-initramfs.sh" "$release")

say "boot:  Debian's $release under QEMU (${ACCEL:-tcg})"
mkdir -p "$wsk_results"
: >"$result"
APPEND="wsk.run=demo.sh" "$wsk_scripts/vm.sh" "$image" "$initramfs" "$limit" "$log" "$result" &
vm=$!
tail -n +1 -s 0.3 -f --pid="$vm" "$result" | tr -d '\r' | sed -u -n \
	-e 's/^ok [0-9]* - /guest: /p' -e 's/^not ok [0-9]* - /guest: FAILED: /p' \
	-e 's/^\(client\|#\)/       \1/p' >&2 || :
rc=0
wait "$vm" || rc=$?

[ "$rc" -ne 3 ] || exit 1
[ "$rc" -ne 124 ] || die "the guest did not end within $limit s" "read $log and $result"
[ "$rc" -eq 0 ] || die "QEMU ended with status $rc" "read its words above"
if ! grep -q '^guest: ended' "$result"; then
	tail -n 25 "$log" >&2
	die "the guest's kernel died; the end of its log is above" "read $log"
fi

clean=clean
"$wsk_scripts/scan-log.sh" "$log" "$result" >&2 || clean="NOT clean, see above"
counts=$(sed -n 's/^client: \([0-9]*\) connections \([0-9]*\) bytes ok.*/\1 \2/p' "$result" |
	tail -n 1)
failures=$(grep -c '^not ok' "$result" || :)
cat <<END

    kernel         $release
    connections    ${counts% *}
    bytes echoed   ${counts#* }
    fetched        $(sed -n 's/^ok .* fetch, partial: //p' "$result")
    steps failed   $failures
    kernel log     $clean

END
if [ "$clean" = clean ] && [ -n "$counts" ] && [ "$failures" -eq 0 ] &&
	grep -q '^guest: ended with status 0' "$result"; then
	echo "demo: ok"
else
	die "the demo failed" "read $result and $log"
fi
