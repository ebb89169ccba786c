# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Loading and unloading as test steps; needs tap.sh.

# load NAME: /modules/NAME.ko goes in.
load() { tap_check "insmod $1.ko" insmod "/modules/$1.ko"; }

unload() { tap_check "rmmod $1" rmmod "$1"; }

# refused NAME USER: rmmod must say that NAME is in use, and leave it there, as USER is what uses it: "-" for
# no module but a reference of its own. Busybox has the errno's words, EWOULDBLOCK's.
refused() {
	users=$(sed -n "s/^$1 [0-9]* [1-9][0-9]* \([^ ]*\) .*/\1/p" /proc/modules)
	case ",$users," in
	*",$2,"*) ;;
	*) echo "it is used by ${users:-nobody}" >/tmp/rmmod.log
		tap_not_ok "rmmod $1 is refused while $2 uses it" /tmp/rmmod.log
		return ;;
	esac
	if rmmod "$1" >/tmp/rmmod.log 2>&1 || [ ! -d "/sys/module/$1" ] ||
		! grep -q 'Resource temporarily unavailable' /tmp/rmmod.log; then
		tap_not_ok "rmmod $1 is refused while $2 uses it" /tmp/rmmod.log
	else
		tap_ok "rmmod $1 is refused: in use by ${users%,}"
	fi
}

# failslab_on: who asks for a failing allocation (fail-nth) gets one, also where it may sleep, and
# without a dump of the stack. A task that has nothing but failing ones (make-it-fail) may have 1,000 of
# them in all: one that never stops trying shows.
failslab_on() {
	[ -d /sys/kernel/debug/failslab ] || return
	echo N >/sys/kernel/debug/failslab/ignore-gfp-wait
	echo 0 >/sys/kernel/debug/failslab/verbose
	echo Y >/sys/kernel/debug/failslab/task-filter
	echo 1000 >/sys/kernel/debug/failslab/times
	echo 100 >/sys/kernel/debug/failslab/probability
}

# await COMMAND...: until it succeeds, or two minutes are over: what is slow is no failure.
await() {
	awaited=120
	until "$@" || [ "$awaited" -eq 0 ]; do
		awaited=$((awaited - 1))
		sleep 1
	done
}

# listens PORT: a TCP socket does.
listens() {
	grep -qE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$1") [0-9A-F]+:0000 0A" /proc/net/tcp /proc/net/tcp6
}
