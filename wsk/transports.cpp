// SPDX-License-Identifier: GPL-2.0
/*
 * The list of transports, and the IRPs that wait for it to change.
 *
 * What the kernel has can only be found out by making a socket, which sleeps, and
 * is asked at any IRQL (TRL-8). So it is tried when wsk.ko is loaded and again,
 * in a work item, when a module has come or gone; in between the answer is a bit
 * mask. Mask and queues have one lock, hence an IRP is either queued before a
 * change and completed by it, or sees the list that the change made.
 */
#include "transports.hpp"

#include <ntstatus.h>
#include <wsk_testing.h>

#include "cxx/lock.hpp"
#include "deferred.hpp"
#include "irp.hpp"
#include "lx/errno.h"
#include "lx/module.h"
#include "lx/sizes.h"
#include "lx/transport.h"
#include "lx/work.h"
#include "provider.hpp"
#include "registration.hpp"

namespace wsk {
namespace {

struct Transport {
	WSK_TRANSPORT entry;
	int shim_family;
	int datagram;
};

/* The last byte of @id tells them apart; clients compare it and know none by heart. */
constexpr Transport transport(ADDRESS_FAMILY family, int shim_family, int datagram, UCHAR id)
{
	return { { kVersion, static_cast<USHORT>(datagram ? SOCK_DGRAM : SOCK_STREAM),
		   static_cast<ULONG>(datagram ? IPPROTO_UDP : IPPROTO_TCP), family,
		   { 0x6b1f52d4, 0x0e37, 0x4c8a, { 0x9d, 0x41, 0x57, 0x53, 0x4b, 0x2e, 0x01, id } } },
		 shim_family, datagram };
}

constexpr Transport kTransports[] = {
	transport(AF_INET, LX_INET, 0, 1),
	transport(AF_INET, LX_INET, 1, 2),
	transport(AF_INET6, LX_INET6, 0, 3),
	transport(AF_INET6, LX_INET6, 1, 4),
};

constexpr unsigned kCount = sizeof(kTransports) / sizeof(kTransports[0]);
constexpr u32 kAll = (1u << kCount) - 1;

enum : u32 { kCame = 1, kWent = 2 };	/* a module did, since the work item last looked */

struct Work {
	alignas(8) u8 storage[LX_SIZEOF_WORK];
};

struct State {
	nt::SpinLock lock{LX_RANK_TRANSPORTS};	/* protects what follows, and each TransportWaiters */
	/* A transport is there until the kernel says otherwise: its answer may be "no memory". */
	u32 present = kAll;
	u32 hidden = 0;		/* by wsk_testing_transport_hide() */
	nt::List<TransportWaiters, nt::Member<TransportWaiters, &TransportWaiters::link>> waiting;

	Work work;
	u32 modules = 0;	/* atomic */
};

alignas(State) u8 storage[sizeof(State)];

State &state()
{
	return *reinterpret_cast<State *>(storage);
}

u32 listed_locked()
{
	return state().present & ~state().hidden;
}

SIZE_T bytes_of(u32 listed)
{
	SIZE_T count = 0;

	for (unsigned i = 0; i < kCount; i++)
		count += listed >> i & 1;
	return count * sizeof(WSK_TRANSPORT);
}

TransportWaiters &waiters_of(PIRP irp)
{
	return client_irp_registration(irp).transport_waiters;
}

void take_off_locked(TransportWaiters &waiters, PIRP irp)
{
	IrpList::remove(*irp);
	if (waiters.irps.empty())
		state().waiting.remove(waiters);
}

/* What is being cancelled at this moment belongs to its cancel routine, which finds it off the list. */
void end_all_locked(TransportWaiters &waiters, NTSTATUS status, IrpList &ended)
{
	while (PIRP irp = waiters.irps.first()) {
		take_off_locked(waiters, irp);
		if (!nt::irp_claim(irp))
			continue;
		irp->IoStatus.Status = status;
		ended.push_back(*irp);
	}
}

/* TRL-11, TRL-12: one change ends all that wait. */
template <class Change> void change_list(Change change)
{
	IrpList ended;
	{
		auto guard = state().lock.acquire();
		const u32 before = listed_locked();

		change();
		if (listed_locked() == before)
			return;
		while (TransportWaiters *waiters = state().waiting.first())
			end_all_locked(*waiters, STATUS_SUCCESS, ended);
	}
	client_irps_defer(ended);
}

bool is_absent(int err)
{
	return -err == LX_EAFNOSUPPORT || -err == LX_EPROTONOSUPPORT || -err == LX_ESOCKTNOSUPPORT;
}

/* Only the one work item, and the start before it, change what is present. */
void try_transports(u32 which)
{
	u32 found = 0, missing = 0;

	for (unsigned i = 0; i < kCount; i++) {
		if (!(which & (1u << i)))
			continue;
		const int err = lx_transport_try(kTransports[i].shim_family,
						 kTransports[i].datagram);

		if (!err)
			found |= 1u << i;
		else if (is_absent(err))
			missing |= 1u << i;
	}
	change_list([=] { state().present = (state().present | found) & ~missing; });
}

/*
 * To try an absent family asks for its module, and one that fails to start goes
 * without having come. So a module that goes is no reason to try what is absent,
 * or the two would keep each other busy.
 */
void look_again(void *)
{
	const u32 modules = __atomic_exchange_n(&state().modules, 0, __ATOMIC_ACQUIRE);
	u32 present;
	{
		auto guard = state().lock.acquire();

		present = state().present;
	}
	try_transports((modules & kCame ? kAll & ~present : 0) | (modules & kWent ? present : 0));
}

/* In a module's notification, where no module can be waited for. */
void on_module(int came)
{
	__atomic_fetch_or(&state().modules, came ? kCame : kWent, __ATOMIC_RELEASE);
	lx_work_queue(&state().work, LX_QUEUE_CONTROL);
}

/* Completes in IoCancelIrp's own call: its caller may free the IRP next. */
void on_cancel(PDEVICE_OBJECT, PIRP irp)
{
	IoReleaseCancelSpinLock(irp->CancelIrql);
	{
		auto guard = state().lock.acquire();

		take_off_locked(waiters_of(irp), irp);
	}
	irp->IoStatus.Status = STATUS_CANCELLED;
	client_irp_finish(irp);
}

/*
 * On the list before it can be cancelled, since the cancel routine takes it off. Once
 * the lock is free it may be gone. False: the caller still has it and ends it.
 */
bool queue_locked(TransportWaiters &waiters, PIRP irp)
{
	if (waiters.is_over)
		return false;
	if (waiters.irps.empty())
		state().waiting.push_back(waiters);
	waiters.irps.push_back(*irp);
	if (nt::irp_arm_cancel(irp, on_cancel))
		return true;
	take_off_locked(waiters, irp);
	return false;
}

u32 transports_of(ADDRESS_FAMILY family)
{
	u32 mask = 0;

	for (unsigned i = 0; i < kCount; i++)
		if (kTransports[i].entry.AddressFamily == family)
			mask |= 1u << i;
	return mask;
}

} /* namespace */

void transports_start()
{
	new (storage) State;
	lx_work_init(&state().work, look_again);
	try_transports(kAll);
	lx_module_set_hook(on_module);
}

void transports_stop()
{
	lx_module_set_hook(nullptr);
	lx_work_queue_flush(LX_QUEUE_CONTROL);
	state().~State();
}

NTSTATUS transports_query(SIZE_T size, void *out, SIZE_T *needed)
{
	auto *at = static_cast<UCHAR *>(out);
	u32 listed;

	if (!needed || (size && !out))
		return STATUS_INVALID_PARAMETER;
	{
		auto guard = state().lock.acquire();

		listed = listed_locked();
	}
	*needed = bytes_of(listed);
	if (size < *needed)
		return STATUS_BUFFER_OVERFLOW;
	for (unsigned i = 0; i < kCount; i++) {
		if (!(listed & (1u << i)))
			continue;
		__builtin_memcpy(at, &kTransports[i].entry, sizeof(WSK_TRANSPORT));
		at += sizeof(WSK_TRANSPORT);
	}
	return STATUS_SUCCESS;
}

NTSTATUS transports_wait(Registration &registration, PIRP irp)
{
	client_irp_begin(irp, registration);
	{
		auto guard = state().lock.acquire();

		if (queue_locked(registration.transport_waiters, irp))
			return STATUS_PENDING;
	}
	client_irp_end(irp, STATUS_CANCELLED);
	return STATUS_PENDING;
}

nt::SpinLock &transports_lock()
{
	return state().lock;
}

void transports_cancel(TransportWaiters &waiters)
{
	IrpList ended;
	{
		auto guard = state().lock.acquire();

		waiters.is_over = true;
		end_all_locked(waiters, STATUS_CANCELLED, ended);
	}
	client_irps_defer(ended);
}

} /* namespace wsk */

extern "C" {

void wsk_testing_transport_hide(ADDRESS_FAMILY family)
{
	wsk::change_list([=] { wsk::state().hidden |= wsk::transports_of(family); });
}

void wsk_testing_transport_show(ADDRESS_FAMILY family)
{
	wsk::change_list([=] { wsk::state().hidden &= ~wsk::transports_of(family); });
}

} /* extern "C" */
