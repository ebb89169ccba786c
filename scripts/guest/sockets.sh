# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# /sys/kernel/debug/wsk/sockets while echo.ko serves: whose the sockets are, and where they listen.
# echo.ko is loaded; needs tap.sh and modules.sh.

sockets=/sys/kernel/debug/wsk/sockets

# shown NAME REGEX: a line of what was read.
shown() {
	if grep -qE "$2" /tmp/sockets.log; then
		tap_ok "debugfs shows $1"
	else
		tap_not_ok "debugfs shows $1" /tmp/sockets.log
	fi
}

# sockets_gone OWNER: nothing of it is listed any more.
sockets_gone() {
	cat "$sockets" >/tmp/sockets.log 2>&1 || echo "registration $1: not readable" >/tmp/sockets.log
	if grep -qE "registration $1|socket" /tmp/sockets.log; then
		tap_not_ok "debugfs shows nothing of $1 once it is unloaded" /tmp/sockets.log
	else
		tap_ok "debugfs shows nothing of $1 once it is unloaded"
	fi
}

# read_busy: what is read has all connections, and a receive, which echo starts when it has accepted.
read_busy() {
	cat "$sockets" >/tmp/sockets.log 2>&1
	[ "$(grep -c '^  connection socket connected' /tmp/sockets.log)" -ge 8 ] &&
		grep -q '^    WskReceive pending' /tmp/sockets.log
}

/guest/client --connections 8 --until-reset >/dev/null 2>&1 &
busy=$!
await read_busy
shown "the registration of echo" '^registration echo version 1\.0 '
shown "its listening socket on port 40007" '^  listening socket bound.* port 40007 '
shown "a connection of it" '^  connection socket connected.* port 40007 '
shown "what it waits for, and whose IRP that is" '^    WskReceive pending, its IRP from .* \[echo\]$'
kill "$busy"
wait "$busy" 2>/dev/null
