# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The ports the samples listen on lie where Linux takes those of outgoing connections from, so any
# client could hold one when a sample wants it; init reserves them. With fetch's as the only one
# left to take, a connection has none. echo.ko is loaded; needs tap.sh.

range=/proc/sys/net/ipv4/ip_local_port_range

usual=$(cat "$range")
echo "40008 40008" >"$range"
/guest/client --quick --connections 1 >/tmp/ports.log 2>&1
echo "$usual" >"$range"
if grep -q 'Cannot assign requested address' /tmp/ports.log; then
	tap_ok "outgoing connections leave the samples' ports alone"
else
	tap_not_ok "outgoing connections leave the samples' ports alone" /tmp/ports.log
fi
