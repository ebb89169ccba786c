# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The small drivers of kunit/drivers: what insmod and rmmod answer, and what the unload names. wsk.ko
# is loaded; needs tap.sh, modules.sh and refusals.sh. wsk.drivers=quick leaves out those that take long
# where a second is a second.

# since MARK...: a mark in the log, and what was logged after it.
mark() { echo "driver test $1" >/dev/kmsg; }
since() { dmesg | sed -n "/driver test $1\$/,\$p"; }

# expect NAME REGEX: the report that the next step is there to provoke (for scan-log.sh).
expect() { tap_line "# expect-report: leak: $1: $2"; }

# says NAME REGEX: a line logged since the mark of NAME.
says() {
	since "$1" >/tmp/since.log
	if grep -qE "$2" /tmp/since.log; then
		tap_ok "$1 says: $2"
	else
		tap_not_ok "$1 says: $2" /tmp/since.log
	fi
}
says_not() {
	since "$1" >/tmp/since.log
	if grep -qE "$2" /tmp/since.log; then
		tap_not_ok "$1 does not say: $2" /tmp/since.log
	else
		tap_ok "$1 does not say: $2"
	fi
}

# gone NAME: no trace of the module is left.
gone() { tap_check "$1 is not loaded" test ! -d "/sys/module/$1"; }

# driver NAME COMMAND: if the module was built; a driver that is missing was told by the build.
driver() {
	[ -e "/modules/$1.ko" ] || {
		tap_not_ok "$1.ko is there"
		return
	}
	mark "$1"
	"$2" "$1"
}

polite() {
	load "$1"
	says "$1" "$1: DriverEntry.*\\\\Registry\\\\Machine\\\\System\\\\CurrentControlSet\\\\Services\\\\$1"
	unload "$1"
	says "$1" "$1: .*DriverUnload"
	gone "$1"
}
# What it got is looked at, too.
well_informed() {
	polite "$1"
	says "$1" "$1: DriverObject ok\$"
	says "$1" "$1: DriverUnload, as its object says"
}
polite_cxx() {
	load "$1"
	says "$1" "$1: DriverEntry"
	not_loaded "loading $1.ko twice" "/modules/$1.ko" "File exists"
	unload "$1"
	says "$1" "DriverUnload"
	gone "$1"
}
fails() {
	not_loaded "a DriverEntry that fails with STATUS_NOT_SUPPORTED" "/modules/$1.ko" \
		"Operation not supported|Not supported"
	says_not "$1" "DriverUnload runs"
	gone "$1"
}
fails_late() {
	expect "$1" "registration never deregistered"
	expect "$1" ".*captures? of the provider NPI never released"
	not_loaded "a DriverEntry that fails after WskRegister" "/modules/$1.ko" \
		"Cannot allocate memory|Out of memory"
	gone "$1"
}
leaks_pool() {
	load "$1"
	expect "$1" "1000 bytes of pool tag 'Leak' never freed, allocated at DriverEntry"
	expect "$1" "3000 bytes of pool tag .* never freed, allocated at DriverEntry"
	unload "$1"
	gone "$1"
}
leaks_irp() {
	load "$1"
	expect "$1" ".*IRP.* never freed, allocated at DriverEntry"
	unload "$1"
	gone "$1"
}
leaks_objects() {
	load "$1"
	for what in "thread object" "work item" "symbolic link" device MDL \
		"12288 bytes of pool tag 'Page'"; do
		expect "$1" "$what never freed, allocated at DriverEntry"
	done
	unload "$1"
	gone "$1"
}
leaks_socket() {
	load "$1"
	expect "$1" "registration never deregistered, made at DriverEntry"
	expect "$1" "listening socket never closed, made at "
	unload "$1"
	tap_line "# rules: REG-29"
	says "$1" "wsk: leak: $1: registration never deregistered, made at DriverEntry"
	gone "$1"
}
# A line each ten seconds, for as long as the thread says that it lived.
leaks_thread() {
	load "$1"
	unload "$1"
	says "$1" "$1: the thread ends"
	since "$1" >/tmp/since.log
	lines=$(grep -c "unload: $1: waiting for a thread, started at DriverEntry" /tmp/since.log)
	tap_check "$1 is waited for, with a line each ten seconds: $lines" test "$lines" -eq \
		"$(sed -n "s/.*$1: the thread ends after \([0-9]\).* s\$/\1/p" /tmp/since.log)"
	gone "$1"
}

# Its thread finds everything ended behind its back, and is told so.
leaks_busy() {
	load "$1"
	expect "$1" "registration never deregistered, made at DriverEntry"
	expect "$1" "(listening|connection) socket never closed, made at "
	expect "$1" ".*captures? of the provider NPI never released"
	tap_line "# expect-report: misuse: (CLO-14|CAP-13|REG-12|CLI-[0-9]+).* \\[$1\\]"
	unload "$1"
	says "$1" "$1: the receive ends with c0000120"
	says "$1" "$1: the thread ends"
	gone "$1"
}
registers_twice() {
	tap_line "# expect-report: misuse: REG-13: .* DriverEntry"
	load "$1"
	tap_line "# rules: REG-13"
	says "$1" "wsk: misuse: REG-13: .* DriverEntry"
	expect "$1" "registration never deregistered, made at DriverEntry"
	unload "$1"
	says "$1" "$1: DriverUnload"
	gone "$1"
}
# Its DriverUnload sits in WskDeregister, which says for what.
unloads_slowly() {
	load "$1"
	unload "$1"
	says "$1" "wsk: deregister: $1: registration made at DriverEntry.* \\[$1\\] waits for 0 captures, 1 sockets, 1 IRPs"
	says "$1" "wsk: deregister: $1: listening socket made at .* \\[$1\\], 1 IRPs pending"
	says "$1" "wsk: deregister: $1: WskAccept pending, its IRP from .* \\[$1\\]"
	says "$1" "$1: the accept ends with c0000120"
	says "$1" "$1: DriverUnload"
	gone "$1"
}
# misused N RULE...: from here to the next result each of the rules is reported N times, and no other.
misused() {
	times=$1
	shift
	for rule in "$@"; do
		tap_line "# expect-report: ${times}x misuse: $rule"
	done
}
# A driver that does what no driver should, and then what a driver does.
survives() {
	misused 1 "REG-12: " "REG-28: " "CAP-17: " "CAT-13: " "CLO-14: " "NMR-13: " "NMR-18: " "NMR-22: " \
		"NMR-30: " "IRP-11: " "KE-WAIT: " "ExFreePool of NULL" "ExFreePool of what is not allocated"
	misused 2 "CAP-13: " "IRP-26: "
	load "$1"
	tap_line "# rules: CAP-13 CAP-17 REG-12 REG-28 CLO-14 CLO-15 IRP-28 BUF-16 NMR-13 NMR-18 NMR-22 NMR-30"
	says "$1" "$1: survived 26\$"
	misused 1 "REG-12: " "CAP-13: "
	unload "$1"
	says "$1" "$1: DriverUnload"
	gone "$1"
}
works_late() {
	load "$1"
	unload "$1"
	says "$1" "$1: run 2"
	gone "$1"
}
# Two drivers with an interface of their own, loaded and unloaded in either order; then a driver that
# leaves its registrations behind beside them.
attached() {
	says "$1" "nmr_provider: refuses version 2"
	says "$1" "nmr_client: 2 \+ 3 = 5 by version 1"
}
binds() {
	load nmr_provider
	load "$1"
	attached "$1"
	tap_check "the binding is shown in /sys/kernel/debug/wsk/nmr" \
		grep -q "with the client of nmr_client: attached" /sys/kernel/debug/wsk/nmr
	unload "$1"
	says "$1" "nmr_client: detaches"
	says "$1" "wsk: NMR: the client of nmr_client, made at DriverEntry.*, waits for the provider of nmr_provider, .*: detaching, ClientDetachProvider complete, ProviderDetachClient pending"
	says "$1" "nmr_provider: cleans up"
	says "$1" "nmr_client: is gone"
	gone "$1"
	load "$1"
	mark provider_goes
	unload nmr_provider
	says provider_goes "nmr_client: detaches"
	says provider_goes "wsk: NMR: the provider of nmr_provider, .*, waits for the client of nmr_client, "
	says provider_goes "nmr_provider: has no client any more"
	mark provider_comes
	load nmr_provider
	attached provider_comes
	unload "$1"
	unload nmr_provider
	gone nmr_provider
}
leaks_nmr() {
	load nmr_provider
	load "$1"
	expect "$1" "NMR client never deregistered, made at DriverEntry"
	expect "$1" "NMR provider never deregistered, made at DriverEntry"
	expect "$1" "deregistration of NMR client never waited for, made at DriverEntry"
	unload "$1"
	says "$1" "leak_nmr: a detach callback runs\$"
	says_not "$1" "callback runs after DriverUnload"
	says "$1" "nmr_provider: detaches for 15000 ms"
	says "$1" "unload: NMR: the client of $1, .*, waits for the provider of nmr_provider, .*: detaching, ClientDetachProvider gone, ProviderDetachClient pending"
	says "$1" "nmr_provider: cleans up"
	gone "$1"
	unload nmr_provider
	gone nmr_provider
}
# The same towards Winsock Kernel, whose side of each binding waits for a socket.
leaks_nmr_wsk() {
	load "$1"
	expect "$1" "NMR client never deregistered, made at "
	expect "$1" "deregistration of NMR client never waited for, made at "
	expect "$1" "listening socket never closed, made at "
	unload "$1"
	says "$1" "$1: its detach callback runs\$"
	says_not "$1" "callback runs after DriverUnload"
	gone "$1"
}
# Its events go on when all around them is closed by force, and the unload says for what it waits.
calls_back_late() {
	load "$1"
	expect "$1" "registration never deregistered, made at DriverEntry"
	expect "$1" "NMR client never deregistered, made at DriverEntry"
	expect "$1" "listening socket never closed, made at LeakSide"
	expect "$1" "connection socket never closed, made at LeakSide"
	unload "$1"
	says "$1" "wsk: unload: $1: registration made at DriverEntry.* \\[$1\\] waits for 0 captures, 2 sockets, 0 IRPs"
	says "$1" "wsk: unload: $1: listening socket made at LeakSide.* \\[$1\\], 0 IRPs pending"
	says "$1" "$1: an event ends after 20 s"
	says "$1" "wsk: unload: NMR: the client of $1, .*, waits for the provider of .*ProviderDetachClient pending"
	says "$1" "$1: an event ends after 23 s"
	gone "$1"
}

driver hello well_informed
driver hello_cxx polite_cxx
driver msvc polite
driver fail_entry fails
driver fail_after_register fails_late
driver leak_pool leaks_pool
driver leak_irp leaks_irp
driver leak_objects leaks_objects
driver leak_socket leaks_socket
driver leak_busy leaks_busy
driver leak_nmr_wsk leaks_nmr_wsk
driver register_twice registers_twice
driver misuse survives
# These keep the unload waiting, for nearly two minutes in all: each for seconds more than the ten
# after which its line is told, as the machine may be busy.
[ "${wsk_drivers:-}" = quick ] || {
	driver leak_thread leaks_thread
	driver slow_unload unloads_slowly
	driver late_work works_late
	driver nmr_client binds
	driver leak_nmr leaks_nmr
	driver leak_callback calls_back_late
}
