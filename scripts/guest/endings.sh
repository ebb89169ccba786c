# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The ways in which an echo connection can end early, and drivers whose start or peer fails.
# echo.ko is loaded, and loaded again at the end; needs tap.sh, modules.sh.

tap_check "half close: the rest is echoed after the client's FIN" /guest/client --half-close
tap_check "resets in the middle of 4 MiB, sent and received" /guest/client --reset-during 4MiB

# DriverUnload closes connections that are busy: the clients are reset, and it ends.
/guest/client --connections 8 --until-reset >/tmp/client.log 2>&1 &
client=$!
await grep -q 'bytes echoed' /tmp/client.log
unload echo
if wait "$client"; then
	tap_ok "clients are reset when echo is unloaded under them"
else
	tap_not_ok "clients are reset when echo is unloaded under them" /tmp/client.log
fi

/guest/server --echo --port 40007 >/dev/null &
other=$!
await listens 40007
if insmod /modules/echo.ko 2>/tmp/insmod.log; then
	tap_not_ok "echo.ko does not start while its port is in use"
elif grep -q 'Address already in use' /tmp/insmod.log; then
	tap_ok "echo.ko does not start while its port is in use: Address already in use"
else
	tap_not_ok "echo.ko does not start while its port is in use" /tmp/insmod.log
fi
kill "$other"
wait "$other" 2>/dev/null

# Nobody listens where fetch.ko connects to.
dmesg -c >/dev/null
load fetch
await fetch_ended
if dmesg | grep -q 'fetch: failed connect 0xc0000236'; then
	tap_ok "connecting to a closed port is refused"
else
	dmesg >/tmp/dmesg.log
	tap_not_ok "connecting to a closed port is refused" /tmp/dmesg.log
fi
unload fetch
dmesg -c >/dev/null

load echo
