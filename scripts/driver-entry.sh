#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# driver-entry.sh NM NAME OBJECT... - is there a DriverEntry to start the driver by?
set -eu

nm=$1
name=$2
shift 2

symbols=$($nm "$@" | awk '$2 ~ /^[TW]$/ { print $3 }')
if printf '%s\n' "$symbols" | grep -qx DriverEntry; then
	exit 0
fi
if printf '%s\n' "$symbols" | grep -q '^_Z11DriverEntry'; then
	echo "wsk: DriverEntry of $name is a C++ function: declare it" \
	     "extern \"C\" DRIVER_INITIALIZE DriverEntry;" >&2
else
	echo "wsk: $name has no DriverEntry, so nothing would start it: define" \
	     "NTSTATUS DriverEntry(PDRIVER_OBJECT, PUNICODE_STRING) in one of its sources" >&2
fi
exit 1
