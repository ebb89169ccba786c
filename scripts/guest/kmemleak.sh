# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# What nobody points at any more, once the modules are gone. Needs tap.sh.

leaks=/sys/kernel/debug/kmemleak

# leaks_scan: into /tmp/leaks. An object counts as leaked when two scans miss it and it is older than
# some seconds. A kmemleak that has turned itself off refuses to scan, and lists nothing.
leaks_scan() {
	sleep 10
	echo scan >"$leaks" || return
	sleep 10
	echo scan >"$leaks" && cat "$leaks" >/tmp/leaks
}

leaks_check() {
	if [ ! -e "$leaks" ]; then
		tap_not_ok "the kernel has kmemleak"
		return
	fi
	if ! leaks_scan; then
		tap_not_ok "kmemleak still looks for leaks"
	elif [ -s /tmp/leaks ]; then
		tap_not_ok "kmemleak finds nothing" /tmp/leaks
	else
		tap_ok "kmemleak finds nothing"
	fi
}
