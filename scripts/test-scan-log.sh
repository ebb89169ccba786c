#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# scan-log.sh against planted logs: each kernel report is caught, plain lines are not, and expected
# reports of ours are counted per case.
set -eu
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tap.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# expect pass|fail NAME [KTAP]: the log is read from stdin.
expect() {
	local got=pass
	cat >"$dir/log"
	printf '%s\n' "${3:-}" >"$dir/ktap"
	"$wsk_scripts/scan-log.sh" "$dir/log" "$dir/ktap" >"$dir/out" 2>&1 || got=fail
	if [ "$got" = "$1" ]; then
		tap_ok "scan-log: $2"
	else
		cat "$dir/log" >>"$dir/out"
		tap_not_ok "scan-log: $2" "$dir/out"
	fi
}

while IFS='|' read -r name line; do
	expect fail "$name is caught" <<<"[    1.000000] $line"$'\r'
done <<'END'
a BUG|BUG: kernel NULL pointer dereference, address: 0000000000000000
a BUG at|kernel BUG at mm/slub.c:448!
a WARN|WARNING: CPU: 0 PID: 1 at net/core/sock.c:10 sk_stop+0x1/0x2
KASAN|BUG: KASAN: slab-use-after-free in lx_sock_recv+0x10/0x20 [wsk]
UBSAN|UBSAN: array-index-out-of-bounds in wsk/lx/sock.c:5:6
lockdep|WARNING: possible circular locking dependency detected
an RCU complaint|WARNING: suspicious RCU usage
an RCU stall|rcu: INFO: rcu_sched self-detected stall on CPU
a hung task|INFO: task rmmod:99 blocked for more than 120 seconds.
sleep in atomic|BUG: sleeping function called from invalid context at mm/page_alloc.c:1
schedule in atomic|BUG: scheduling while atomic: insmod/12/0x00000002
kmemleak|unreferenced object 0xffff888100a0a000 (size 64):
kmemleak's count|kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
kmemleak that has given up|kmemleak: Kernel memory leak detector disabled
kmemleak that ran out|kmemleak: Memory pool empty, consider increasing CONFIG_DEBUG_KMEMLEAK_MEM_POOL_SIZE
kmemleak without memory|kmemleak: Cannot allocate a kmemleak_object structure
refcount_t|refcount_t: underflow; use-after-free.
an oops|Oops: 0000 [#1] PREEMPT SMP NOPTI
a protection fault|general protection fault, probably for non-canonical address
a panic|Kernel panic - not syncing: Attempted to kill init!
object debugging|ODEBUG: free active (active state 0) object: 0 object type: timer_list
list debugging|list_add corruption. next->prev should be prev
a slab report|BUG kmalloc-64 (Tainted: G           OE     N): Right Redzone overwritten
a slab report of a clean kernel|BUG wsk_irp (Not tainted): Poison overwritten
a TCP socket released too early|Attempt to release TCP socket in state 1 00000000a1b2c3d4
a socket released alive|Attempt to release alive inet socket 00000000a1b2c3d4
a percpu reference dropped too often|percpu ref (lx_put) <= 0 (-1) after switching to atomic
a reference tracker|ref_tracker: net notrefcnt@00000000a1b2c3d4 has 1/1 users at
lockdep's own doubts|DEBUG_LOCKS_WARN_ON(depth >= MAX_LOCK_DEPTH)
memory that ran out|insmod: page allocation failure: order:4, mode:0x40cc0(GFP_KERNEL)
a taint by a warning|CPU: 0 PID: 1 Comm: insmod Tainted: G        W  OE      6.1.0
a taint by a warning, in words|Tainted: [W]=WARN, [O]=OOT_MODULE
a taint by an oops, in words|Tainted: [D]=DIE, [O]=OOT_MODULE, [E]=UNSIGNED_MODULE
a misuse nobody expects|wsk: misuse: REG-28 deregister twice
an assertion nobody expects|wsk: assertion failed: Count == 0, driver.c:5, at DriverEntry+0x10/0x20 [echo]
a leak nobody expects|wsk: leak: echo: 1 pool block, 64 bytes at DriverEntry+0x10/0x20 [echo]
END

expect pass "plain lines of ours and of a boot pass" <<'END'
[    0.000000] Linux version 6.1.0-56-cloud-amd64 (debian-kernel@lists.debian.org)
[    0.000000] Lock dependency validator: Copyright (c) 2006 Red Hat, Inc., Ingo Molnar
[    0.000000] kasan: KernelAddressSanitizer initialized (generic)
[    0.000000] kmemleak: Kernel memory leak detector initialized (mem pool available: 15799)
[    1.000000] kmemleak: Cannot allocate a scan area, scanning the full object
[    0.100000] RETBleed: WARNING: Spectre v2 mitigation leaves CPU vulnerable to RETBleed attacks
[    2.000000] wsk: loading out-of-tree module taints kernel.
[    2.000000] wsk: module verification failed: signature and/or required key missing - tainting kernel
[    2.100000] wsk: echo: WARNING: is what the driver printed with DbgPrint
[    2.200000] CPU: 0 PID: 77 Comm: insmod Tainted: G           OE     N 6.12.117
[    2.200000] Tainted: [O]=OOT_MODULE, [E]=UNSIGNED_MODULE
END

expect pass "a function's name in a stack dump is no report" <<'END'
    # expect-report: misuse: REG-28
wsk: misuse: REG-28 deregister of a registration that is gone
CPU: 0 PID: 77 Comm: insmod Tainted: G           OE     N 6.12.117
Call Trace:
 ? lockdep_hardirqs_on+0x7c/0x100
 wsk_suspicious+0x1/0x2 [wsk]
    ok 1 deregister_twice
END

expect pass "an expected misuse of a case passes" <<'END'
wsk: misuse: REG-28 deregister of a registration that is gone
    # deregister_twice: expect-report: misuse: REG-28
    ok 1 deregister_twice
    ok 2 other
END

expect fail "a misuse in another case than the one that expects it fails" <<'END'
    # deregister_twice: expect-report: misuse: REG-28
    ok 1 deregister_twice
wsk: misuse: REG-28 deregister of a registration that is gone
    ok 2 other
END

later=$(
	cat <<'END'
wsk: misuse: REG-28 deregister of a registration that is gone
    ok 1 other
wsk: misuse: REG-28 deregister of a registration that is gone
    # deregister_twice: expect-report: misuse: REG-28
    ok 2 deregister_twice
END
)
expect fail "a misuse before the case that expects its like fails" <<<"$later"
expect fail "also if the KTAP holds the declaration" \
	"    # deregister_twice: expect-report: misuse: REG-28" <<<"$later"
expect pass "the KTAP's copy of a declaration is not one of its own" \
	"    # deregister_twice: expect-report: misuse: REG-28" <<<"$(sed 1,2d <<<"$later")"

expect fail "an expected report that does not come fails" <<'END'
    # expect-report: misuse: REG-28
    ok 1 deregister_twice
END

expect fail "one of two reports is not expected" <<'END'
    # expect-report: misuse: REG-28
wsk: misuse: REG-28 deregister of a registration that is gone
wsk: misuse: IRP-3 completed twice
    ok 1 deregister_twice
END

once="    # expect-report: 1x misuse: REG-28
wsk: misuse: REG-28 deregister inside a routine"
expect pass "a report that comes as often as expected passes" <<END
$once
    ok 1 deregister_inside
END

expect fail "a report that comes more often fails" <<END
$once
wsk: misuse: REG-28 deregister inside a routine
    ok 1 deregister_inside
END

expect fail "so does one that comes less often" <<END
$once
    # expect-report: 2x misuse: IRP-25
wsk: misuse: IRP-25 nobody took it
    ok 1 deregister_inside
END

wait_lines='wsk: deregister: echo: registration made at DriverEntry+0x1/0x2 [echo] waits for 1 captures
wsk: deregister: echo: registration made at DriverEntry+0x1/0x2 [echo] waits for 1 captures'
expect pass "an expected line of ours passes" <<END
    # held: # expect-log: wsk: deregister: echo: .* waits for 1 captures
$wait_lines
    ok 1 held
END

expect fail "an expected line that comes to another case fails" <<END
    # held: # expect-log: wsk: deregister: echo: .* waits for 1 captures
    ok 1 held
$wait_lines
    ok 2 other
END

expect pass "as many lines as expected pass" <<END
    # held: # expect-log: 2x wsk: deregister: echo: .* waits for 1 captures
    # held: # expect-log: 0x wsk: deregister: echo: .* waits for 2 captures
$wait_lines
    ok 1 held
END

expect fail "more lines than expected fail" <<END
    # held: # expect-log: 1x wsk: deregister: echo: .* waits for 1 captures
$wait_lines
    ok 1 held
END

expect fail "a line that must not come fails" <<END
    # held: # expect-log: 0x wsk: deregister
$wait_lines
    ok 1 held
END

expect pass "an expected leak passes" <<'END'
# expect-report: leak: leaky: .*pool
wsk: leak: leaky: pool block of 64 bytes from DriverEntry+0x10/0x20 [leaky]
ok 1 - a driver that leaks pool is named
END

expect pass "an expectation in the KTAP alone holds for the whole log" \
	"    # expect-report: misuse: REG-28" <<'END'
wsk: misuse: REG-28 deregister of a registration that is gone
END

expect fail "an expectation in the KTAP alone is not met" \
	"    # expect-report: misuse: REG-28" <<'END'
wsk: loaded
END

tap_end
