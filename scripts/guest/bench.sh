# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The guest's part of make bench: loads what measures, and lets both clients talk to each echo server.
# Its rows, "row NAME COUNT MEDIAN MIN MAX", are among the result lines.
. /guest/tap.sh
. /guest/modules.sh

# Rows that a module printed since the last call.
kernel_rows() {
	dmesg -c | sed -n 's/^.*wsk_bench[_a-z]*: row /row /p'
}

# server NAME PORT: round trips with it, from both clients.
server() {
	tap_check "the kernel's client and $1" sh -c \
		"echo tcp-kernel-$1 $2 >/sys/module/wsk_bench_raw/parameters/client"
	kernel_rows
	tap_check "the user's client and $1" sh -c "/guest/bench-client tcp-user-$1 $2 >/tmp/row"
	cat /tmp/row
}

# What the boot left to do falls into nobody's row.
sleep 5
dmesg -c >/dev/null

tap_check "control: user space" sh -c "/guest/bench-client user-nops >/tmp/row"
cat /tmp/row
load wsk
load wsk_bench_raw
kernel_rows
load wsk_bench
kernel_rows
unload wsk_bench

server kthread 40101
/guest/bench-epoll &
epoll=$!
sleep 1
server epoll 40102
kill "$epoll"
load echo
server echo 40007
unload echo
unload wsk_bench_raw
unload wsk
tap_end
