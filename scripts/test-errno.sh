#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Which errno insmod gets for each status of a DriverEntry that failed: the function of compat/driver.cpp,
# compiled for the host. In a guest drivers that fail show some of them.
set -eu
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tap.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
source=$wsk_root/compat/driver.cpp

# Status, its number in the documentation, errno.
cat >"$dir/wanted" <<'END'
STATUS_ACCESS_DENIED c0000022 EACCES
STATUS_ADDRESS_ALREADY_ASSOCIATED c0000238 EADDRINUSE
STATUS_ADDRESS_ALREADY_EXISTS c000020a EADDRINUSE
STATUS_BUFFER_OVERFLOW 80000005 EIO
STATUS_CANCELLED c0000120 ECANCELED
STATUS_CONNECTION_REFUSED c0000236 ECONNREFUSED
STATUS_DEVICE_BUSY 80000011 EBUSY
STATUS_DEVICE_NOT_READY c00000a3 ENODEV
STATUS_INSUFFICIENT_RESOURCES c000009a ENOMEM
STATUS_INVALID_DEVICE_REQUEST c0000010 EIO
STATUS_INVALID_PARAMETER c000000d EINVAL
STATUS_IO_TIMEOUT c00000b5 ETIMEDOUT
STATUS_NOINTERFACE c00002b9 EOPNOTSUPP
STATUS_NOT_FOUND c0000225 ENOENT
STATUS_NOT_IMPLEMENTED c0000002 EOPNOTSUPP
STATUS_NOT_SUPPORTED c00000bb EOPNOTSUPP
STATUS_NO_MEMORY c0000017 ENOMEM
STATUS_NO_SUCH_DEVICE c000000e ENODEV
STATUS_OBJECT_NAME_COLLISION c0000035 EEXIST
STATUS_OBJECT_NAME_NOT_FOUND c0000034 ENOENT
STATUS_PRIVILEGE_NOT_HELD c0000061 EACCES
STATUS_REVISION_MISMATCH c0000059 EOPNOTSUPP
STATUS_SHARING_VIOLATION c0000043 EADDRINUSE
STATUS_UNSUCCESSFUL c0000001 EIO
END

# The host's own numbers, which are the kernel's.
echo '#include <errno.h>' | gcc -E -dM - | sed -n 's/^#define \(E[A-Z0-9]*\) \([0-9]*\)$/\1 \2/p' >"$dir/errno"
awk 'NR == FNR { number[$1] = $2; next } { print $1, $2, number[$3] }' "$dir/errno" "$dir/wanted" >"$dir/numbers"
{
	printf '#include <%s>\n' ntdef.h ntstatus.h
	echo '#include "lx/errno.h"'
	echo 'extern "C" int printf(const char *, ...);'
	sed -n '/^int to_errno(NTSTATUS status)$/,/^}/p' "$source"
	echo 'int main() {'
	sed 's/^\([^ ]*\) .*/printf("\1 %08x %d\\n", (unsigned)\1, to_errno(\1));/' "$dir/wanted"
	echo 'return 0; }'
} >"$dir/test.cpp"

tap_check "errno: the function is found, and compiles" g++ -std=gnu++20 -fms-extensions -fshort-wchar \
	-Wno-multichar "-I$wsk_root/compat/include" "-I$wsk_root/compat" -o "$dir/test" "$dir/test.cpp"
tap_check "errno: each status becomes what it should" sh -c "$dir/test | diff $dir/numbers -"
sed -n '/^int to_errno(/,/^}/s/^\tcase \(STATUS_[A-Z_]*\):$/\1/p' "$source" | LC_ALL=C sort >"$dir/cases"
tap_check "errno: no status but these has a case" \
	sh -c "grep -v ' EIO\$' $dir/wanted | cut -d' ' -f1 | LC_ALL=C sort | diff - $dir/cases"
tap_end
