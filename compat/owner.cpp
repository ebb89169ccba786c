// SPDX-License-Identifier: GPL-2.0
/*
 * Owner records and the wait at unload.
 *
 * Lifetime: a record is published by the module notification that precedes the
 * driver's first instruction and freed by the one that follows its exit, a
 * grace period after it can be found no more. By then its count is zero and it
 * holds nothing, so nobody has its address. The wait polls the count instead of
 * being woken: leaving touches the record once, with the decrement that lets
 * the waiter free it.
 */
#include "owner.hpp"

#include "cxx/list.hpp"
#include "cxx/lock.hpp"
#include "cxx/new.hpp"
#include "lx/errno.h"
#include "lx/log.h"
#include "lx/module.h"
#include "lx/time.h"
#include "nmr.hpp"

namespace nt {

using HoldingList = List<Holding, Member<Holding, &Holding::link>>;

constexpr u16 kHoldingMark = 0x4e48;
constexpr u16 kTakenMark = 0x4e54;	/* by the unload, which will free it */

class Owner : NonMovable {
public:
	explicit Owner(const lx_module &seen) : module(seen) {}

	lx_module module;	/* first: the shim's record and ours are one object */
	int entries = 0;	/* atomic: calls into the driver, running or queued */
	SpinLock lock{LX_RANK_OWNER};	/* protects: held */
	HoldingList held[kHeldKinds];
};

namespace {

/* Threads that end by themselves may take this long before their sockets are closed for them. */
constexpr u64 kGraceNs = 1000ULL * 1000 * 1000;
constexpr u64 kReportNs = 10 * kGraceNs;
constexpr unsigned int kPollMaxMs = 20;

alignas(Owner) u8 kernel_storage[sizeof(Owner)];
constinit const OwnerClient *client = nullptr;
constinit Reclaim reclaims[kHeldKinds] = {};
constinit Pin pins[kHeldKinds] = {};

constexpr const char *kHeldNames[kHeldKinds] = {
	"thread object", "work item", "symbolic link", "device", "IRP", "MDL", "pool",
};

Owner &kernel()
{
	return *reinterpret_cast<Owner *>(kernel_storage);
}

unsigned index(Held kind)
{
	return static_cast<unsigned>(kind);
}

int entries(const Owner &owner)
{
	return __atomic_load_n(&owner.entries, __ATOMIC_ACQUIRE);
}

/* The driver that waits is named, and so is where each of its threads was started. */
void report_wait(Owner &owner)
{
	constexpr unsigned kMax = 4;
	const void *sites[kMax];
	unsigned n = 0;
	{
		auto guard = owner.lock.acquire();
		HoldingList &threads = owner.held[index(Held::Thread)];

		for (Holding *h = threads.first(); h && n < kMax; h = threads.next(*h))
			sites[n++] = h->site;
	}
	lx_log_info("unload: %s: waiting for %d calls of its code to return", owner_name(owner),
		    entries(owner));
	for (unsigned i = 0; i < n; i++)
		lx_log_info("unload: %s: waiting for a thread, started at %pS", owner_name(owner),
			    sites[i]);
}

/*
 * NMR registrations begin to end first, so that their providers know; what then
 * keeps a provider from completing, as open sockets do Winsock Kernel's, is ended
 * next, and again, since a call in progress may still make one; after that there
 * is nothing left to wait for but other drivers.
 */
unsigned int end_by_force(Owner &owner)
{
	u64 report_at = lx_time_monotonic_ns() + kReportNs;
	unsigned int ended = nmr_abandon(owner);

	for (;;) {
		const u64 due = report_at;

		if (client)
			ended += client->end_leaked(owner);
		if (nmr_try_wait_abandoned(owner, report_at))
			return ended;
		if (client && report_at != due)
			client->tell(owner);
	}
}

/*
 * Code of the driver that still runs may be on its way to close its sockets, so
 * it gets a moment; but a thread that waits for a request of a socket nobody
 * closes would never end, so the sockets are ended next, and again for as long
 * as there are threads that make new ones.
 */
unsigned int wait_until_idle(Owner &owner)
{
	u64 report_at = lx_time_monotonic_ns() + kReportNs;
	const u64 end_at = lx_time_monotonic_ns() + kGraceNs;
	unsigned int ended = 0;
	unsigned int poll_ms = 1;

	while (entries(owner)) {
		const u64 now = lx_time_monotonic_ns();

		if (now >= end_at)
			ended += end_by_force(owner);
		if (now >= report_at) {
			report_wait(owner);
			report_at = now + kReportNs;
		}
		lx_sleep_ms(poll_ms);
		poll_ms = min(poll_ms * 2, kPollMaxMs);
	}
	return ended;
}

constexpr char printable(u32 tag_byte)
{
	const char c = static_cast<char>(tag_byte);

	return c >= 0x20 && c < 0x7f ? c : '.';
}

void name_leak(const Owner &owner, const Holding &holding)
{
	if (holding.kind == Held::Pool) {
		const u32 t = holding.tag;
		const char tag[] = {
			printable(t), printable(t >> 8), printable(t >> 16), printable(t >> 24), 0,
		};

		lx_log_err("leak: %s: %lu bytes of pool tag '%s' never freed, allocated at %pS",
			   owner_name(owner), holding.bytes, tag, holding.site);
		return;
	}
	lx_log_err("leak: %s: %s never freed, allocated at %pS", owner_name(owner),
		   kHeldNames[index(holding.kind)], holding.site);
}

/* Return: false if the first one is on its way out of the list by another's hand. */
bool try_take_held(Owner &owner, unsigned kind, Holding *&taken)
{
	auto guard = owner.lock.acquire();

	taken = owner.held[kind].first();
	if (!taken)
		return true;
	if (pins[kind] && !pins[kind](*taken))
		return false;
	owner.held[kind].remove(*taken);
	taken->mark = kTakenMark;
	return true;
}

/*
 * Nothing of the driver runs any more. Code of other drivers may still let go of
 * what it left, and whoever is second in the owner's lock finds another mark.
 */
Holding *take_held(Owner &owner, unsigned kind)
{
	Holding *taken;

	while (!try_take_held(owner, kind, taken))
		lx_sleep_ms(1);
	return taken;
}

unsigned int end_kind(Owner &owner, unsigned kind)
{
	unsigned int ended = 0;
	HoldingList taken;

	while (Holding *holding = take_held(owner, kind)) {
		name_leak(owner, *holding);
		taken.push_back(*holding);
	}
	/* In this order: a free that comes now looks no further than here, and the others are waited for. */
	taken.each([](Holding &holding) { __atomic_store_n(&holding.mark, 0, __ATOMIC_RELAXED); });
	if (!taken.empty())
		lx_rcu_synchronize();
	while (Holding *holding = taken.pop_front()) {
		reclaims[kind](*holding);
		ended++;
	}
	return ended;
}

unsigned int end_holdings(Owner &owner)
{
	unsigned int ended = 0;

	for (unsigned kind = 0; kind < kHeldKinds; kind++)
		ended += end_kind(owner, kind);
	return ended;
}

lx_module *coming(const lx_module *seen)
{
	Owner *owner = make<Owner>(Mem::Sleep, *seen);

	return owner ? &owner->module : nullptr;
}

/* A driver with our glue has been through this from its exit and leaves nothing to do. */
void going(lx_module *record)
{
	owner_quiesce(*reinterpret_cast<Owner *>(record));
}

void gone(lx_module *record)
{
	destroy(reinterpret_cast<Owner *>(record));
}

constexpr lx_module_watcher kWatcher = { coming, going, gone };

} /* namespace */

Owner &owner_of(const void *code)
{
	static_assert(__builtin_offsetof(Owner, module) == 0, "see Owner");
	lx_module *record = lx_module_find(code);

	return record ? *reinterpret_cast<Owner *>(record) : kernel();
}

const char *owner_name(const Owner &owner)
{
	return owner.module.name;
}

module *owner_module(const Owner &owner)
{
	return owner.module.module;
}

void *owner_base(const Owner &owner, usize &bytes)
{
	bytes = owner.module.size;
	return owner.module.base;
}

Owner &owner_enter(const void *routine)
{
	Owner &owner = owner_of(routine);

	/* Code of the kernel is never waited for: its count would only be contended. */
	if (&owner != &kernel())
		__atomic_fetch_add(&owner.entries, 1, __ATOMIC_RELAXED);
	return owner;
}

void owner_leave(Owner &owner)
{
	if (&owner != &kernel())
		__atomic_fetch_sub(&owner.entries, 1, __ATOMIC_RELEASE);
}

void owner_hold(Holding &holding, Held kind, const void *site, usize bytes, u32 tag)
{
	Owner &owner = owner_of(site);

	link_init(holding.link);
	holding.owner = &owner;
	holding.site = site;
	holding.kind = kind;
	holding.mark = kHoldingMark;
	holding.tag = tag;
	holding.bytes = bytes;

	auto guard = owner.lock.acquire();

	owner.held[index(kind)].push_back(holding);
}

bool owner_drop(Holding &holding)
{
	auto guard = holding.owner->lock.acquire();

	if (holding.mark != kHoldingMark)
		return false;
	link_remove(holding.link);
	holding.mark = 0;
	return true;
}

bool owner_holds(const Holding &holding, Held kind)
{
	const u16 mark = __atomic_load_n(&holding.mark, __ATOMIC_RELAXED);

	return (mark == kHoldingMark || mark == kTakenMark) && holding.kind == kind;
}

void owner_set_reclaim(Held kind, Reclaim reclaim, Pin pin)
{
	reclaims[index(kind)] = reclaim;
	pins[index(kind)] = pin;
}

unsigned int owner_quiesce(Owner &owner)
{
	if (&owner == &kernel())
		return 0;

	unsigned int ended = wait_until_idle(owner);
	unsigned int round;

	/* What the layer above ends runs the driver's routines, which may leave more to end. */
	do {
		round = end_by_force(owner);
		ended += round + wait_until_idle(owner);
	} while (round);
	if (client)
		client->forget(owner);
	return ended + end_holdings(owner);
}

void owner_set_client(const OwnerClient *with)
{
	client = with;
}

int owner_start()
{
	const lx_module none = {};

	new (kernel_storage) Owner(none);
	lx_format(kernel().module.name, sizeof(kernel().module.name), "kernel");
	return lx_module_watch(&kWatcher);
}

/* No driver is loaded any more, so what is left was allocated by the kernel's own hand. */
void owner_end_kernel()
{
	end_holdings(kernel());
}

void owner_stop()
{
	lx_module_watch_stop();
	kernel().~Owner();
}

} /* namespace nt */
