# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# What insmod must refuse, with the kernel's own reason; wsk.other: modules that were built for another
# kernel are at hand. Needs modules.sh; wsk.ko is loaded.

# not_loaded NAME FILE REASON: insmod FILE fails, and says REASON (extended regex).
not_loaded() {
	if insmod "$2" >/tmp/insmod.log 2>&1; then
		tap_not_ok "$1 is refused"
	elif grep -qE "$3" /tmp/insmod.log; then
		tap_ok "$1 is refused: $(sed 's/.*: //' /tmp/insmod.log)"
	else
		tap_not_ok "$1 is refused: $3" /tmp/insmod.log
	fi
}

not_loaded "loading wsk.ko twice" /modules/wsk.ko "File exists"
if [ -n "${wsk_other:-}" ]; then
	not_loaded "a wsk.ko built for another kernel" /modules/other/wsk.ko "invalid module format"
	not_loaded "a driver built for another kernel" /modules/other/echo.ko "invalid module format"
fi
