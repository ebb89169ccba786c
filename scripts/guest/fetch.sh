# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# fetch.ko against the server: both of its ways to receive must have the server's length and
# checksum. Needs tap.sh and modules.sh.

fetch_ended() { dmesg | grep -q 'fetch: \(done\|failed\)'; }

fetch_round() {
	# shellcheck disable=SC2086 # empty or one word
	/guest/server ${1:-} >/tmp/server.log 2>&1 &
	server=$!
	await listens 40008
	load fetch
	await fetch_ended
	wait "$server"
	sum=$(sed -n 's/^server: \([0-9]* bytes fnv1a=[0-9a-f]*\).*/\1/p' /tmp/server.log)
	for way in waitall partial; do
		if [ -n "$sum" ] && dmesg | grep -q "fetch: $way $sum"; then
			tap_ok "fetch, $way: $sum"
		else
			{ cat /tmp/server.log; dmesg | grep 'fetch: '; } >/tmp/fetch.log
			tap_not_ok "fetch, $way: what the server sent" /tmp/fetch.log
		fi
	done
	unload fetch
}
