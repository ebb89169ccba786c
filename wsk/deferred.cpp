// SPDX-License-Identifier: GPL-2.0
/*
 * One queue and one tasklet for the completions that belong to no socket. The
 * calling thread completes its own IRP only at PASSIVE_LEVEL (ORD-12): above
 * that it may hold a spin lock that its own completion routine takes.
 */
#include "deferred.hpp"

#include <ntstatus.h>

#include "cxx/lock.hpp"
#include "irp.hpp"
#include "lx/irql.h"
#include "lx/log.h"
#include "lx/tasklet.h"
#include "registration.hpp"
#include "request.hpp"

namespace wsk {
namespace {

/* A client's routine and what it calls of ours get at least this much stack. */
constexpr unsigned long kStackForClient = 6 * 1024;
/* Completions a run of the tasklet: a routine that asks again at once does not keep the CPU. */
constexpr unsigned int kBudget = 64;

struct Deferred {
	nt::SpinLock lock{LX_RANK_DEFERRED};	/* protects: queue */
	IrpList queue;
	alignas(8) u8 tasklet[LX_SIZEOF_TASKLET];
};

alignas(Deferred) u8 storage[sizeof(Deferred)];

Deferred &deferred()
{
	return *reinterpret_cast<Deferred *>(storage);
}

/* DriverContext's last slot; Request keeps the others. */
Registration *&registration_of(PIRP irp)
{
	return reinterpret_cast<Registration *&>(irp->Tail.Overlay.DriverContext[3]);
}

void drain(void *)
{
	for (unsigned int i = 0; i < kBudget; i++) {
		PIRP irp;
		{
			auto guard = deferred().lock.acquire();

			irp = deferred().queue.pop_front();
		}
		if (!irp)
			return;
		client_irp_finish(irp);
	}
	lx_tasklet_raise(deferred().tasklet);
}

} /* namespace */

void deferred_start()
{
	new (storage) Deferred;
	lx_tasklet_init(deferred().tasklet, drain, nullptr);
}

void deferred_stop()
{
	lx_tasklet_kill(deferred().tasklet);
	deferred().~Deferred();
}

NTSTATUS check_irp(PIRP irp, const void *site)
{
	if (!irp)
		return STATUS_INVALID_PARAMETER;
	if (irp->CurrentLocation > 1 && irp->CurrentLocation <= irp->StackCount + 1)
		return STATUS_SUCCESS;
	lx_log_misuse("IRP-26: an IRP that is in use, or has no stack location, from %pS", site);
	return STATUS_INVALID_PARAMETER;
}

bool may_call_client_inline()
{
	return !lx_context_is_atomic() && lx_stack_left() > kStackForClient;
}

void client_irp_begin(PIRP irp, Registration &registration)
{
	Request::begin(irp, nullptr, Op::Client);
	registration.enter_again();
	registration_of(irp) = &registration;
}

Registration &client_irp_registration(PIRP irp)
{
	return *registration_of(irp);
}

/* The registration counts the IRP until its routine has returned (SCN-12). */
void client_irp_finish(PIRP irp)
{
	Registration *registration = registration_of(irp);

	{
		const Registration::Inside inside(*registration);

		nt::irp_complete(irp, irp->IoStatus.Status, 0);
	}
	registration->leave();
}

void client_irps_defer(IrpList &irps)
{
	if (irps.empty())
		return;
	{
		auto guard = deferred().lock.acquire();

		deferred().queue.splice_back(irps);
	}
	lx_tasklet_raise(deferred().tasklet);
}

void client_irp_end(PIRP irp, NTSTATUS status)
{
	IrpList one;

	irp->IoStatus.Status = status;
	if (may_call_client_inline()) {
		client_irp_finish(irp);
		return;
	}
	one.push_back(*irp);
	client_irps_defer(one);
}

NTSTATUS refuse(PIRP irp, NTSTATUS status, Registration &registration)
{
	client_irp_begin(irp, registration);
	client_irp_end(irp, status);
	return STATUS_PENDING;
}

NTSTATUS complete_inline(PIRP irp, NTSTATUS status)
{
	IoSetNextIrpStackLocation(irp);
	nt::irp_complete(irp, status, 0);
	return status;
}

} /* namespace wsk */
