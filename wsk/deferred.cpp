// SPDX-License-Identifier: GPL-2.0
/*
 * One queue and one tasklet for the completions that belong to no socket. The
 * calling thread completes its own IRP only at PASSIVE_LEVEL (ORD-12): above
 * that it may hold a spin lock that its own completion routine takes. Answers that
 * are not pending have no choice; all of them are inline one level deep only.
 */
#include "deferred.hpp"

#include <ntstatus.h>

#include "cxx/lock.hpp"
#include "irp.hpp"
#include "lx/irql.h"
#include "lx/log.h"
#include "lx/tasklet.h"
#include "lx/wait.h"
#include "owner.hpp"
#include "registration.hpp"
#include "request.hpp"

namespace wsk {
namespace {

/* A client's routine and what it calls of ours get at least this much stack. */
constexpr unsigned long kStackForClient = 6 * 1024;
/* Completions a run of the tasklet: a routine that asks again at once does not keep the CPU. */
constexpr unsigned int kBudget = 64;

struct Deferred {
	nt::SpinLock lock{LX_RANK_DEFERRED};	/* protects: queue, inlines, detached */
	IrpList queue;
	LIST_ENTRY inlines;	/* of InlineCompletion::link_ */
	nt::List<Registration, nt::Member<Registration, &Registration::detached_link>> detached;
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

/* NULL there: a call on nothing; in the slot of its socket, the driver that will be called. */
nt::Owner *&owner_of(PIRP irp)
{
	return reinterpret_cast<nt::Owner *&>(irp->Tail.Overlay.DriverContext[0]);
}

/* One for each task; a softirq stays on its CPU, and is not interrupted by another. */
const void *this_stack()
{
	return lx_context_is_task() ? static_cast<const void *>(lx_task_self()) :
				      reinterpret_cast<const void *>(uptr(lx_cpu()) + 1);
}

void stray_irp_finish(PIRP irp)
{
	nt::Owner &owner = *owner_of(irp);

	nt::irp_complete(irp, irp->IoStatus.Status, 0);
	nt::owner_leave(owner);
}

void drain_detached()
{
	for (;;) {
		Registration *registration;
		{
			auto guard = deferred().lock.acquire();

			registration = deferred().detached.pop_front();
		}
		if (!registration)
			return;
		NmrProviderDetachClientComplete(registration->binding());
	}
}

void drain(void *)
{
	drain_detached();
	for (unsigned int i = 0; i < kBudget; i++) {
		PIRP irp;
		{
			auto guard = deferred().lock.acquire();

			irp = deferred().queue.pop_front();
		}
		if (!irp)
			return;
		const InlineCompletion here;

		if (registration_of(irp))
			client_irp_finish(irp);
		else
			stray_irp_finish(irp);
	}
	lx_tasklet_raise(deferred().tasklet);
}

} /* namespace */

void deferred_start()
{
	new (storage) Deferred;
	nt::link_init(deferred().inlines);
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
	if (irp->Type != IO_TYPE_IRP)
		lx_log_misuse("IRP-26: an IRP that was freed or never made, from %pS", site);
	else if (nt::irp_is_taken(irp))
		lx_log_misuse("IRP-26: an IRP that another request has, from %pS", site);
	else if (irp->CurrentLocation > 1 && irp->CurrentLocation <= irp->StackCount + 1)
		return STATUS_SUCCESS;
	else
		lx_log_misuse("IRP-27: an IRP without a stack location left, from %pS", site);
	return STATUS_INVALID_PARAMETER;
}

InlineCompletion::InlineCompletion() : stack_(this_stack()), nested_(false)
{
	auto guard = deferred().lock.acquire();
	LIST_ENTRY &all = deferred().inlines;

	for (LIST_ENTRY *l = all.Flink; l != &all && !nested_; l = l->Flink)
		nested_ = nt::Member<InlineCompletion, &InlineCompletion::link_>::object(*l).stack_ ==
			  stack_;
	nt::link_insert_after(all, link_);
}

InlineCompletion::~InlineCompletion()
{
	auto guard = deferred().lock.acquire();

	nt::link_remove(link_);
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
	const InlineCompletion here;
	IrpList one;

	irp->IoStatus.Status = status;
	if (may_call_client_inline() && !here.is_nested()) {
		client_irp_finish(irp);
		return;
	}
	one.push_back(*irp);
	client_irps_defer(one);
}

void detach_defer(Registration &registration)
{
	{
		auto guard = deferred().lock.acquire();

		deferred().detached.push_back(registration);
	}
	lx_tasklet_raise(deferred().tasklet);
}

NTSTATUS refuse(PIRP irp, NTSTATUS status, Registration &registration)
{
	client_irp_begin(irp, registration);
	client_irp_end(irp, status);
	return STATUS_PENDING;
}

bool complete_inline(PIRP irp, NTSTATUS status, Registration &registration)
{
	const InlineCompletion here;

	if (here.is_nested())
		return false;
	const Registration::Inside inside(registration);

	IoSetNextIrpStackLocation(irp);
	nt::irp_complete(irp, status, 0);
	return true;
}

NTSTATUS refuse_stray(PIRP irp, NTSTATUS status)
{
	const InlineCompletion here;
	IrpList one;

	if (!here.is_nested()) {
		IoSetNextIrpStackLocation(irp);
		nt::irp_complete(irp, status, 0);
		return status;
	}
	Request::begin(irp, nullptr, Op::Client);
	registration_of(irp) = nullptr;
	owner_of(irp) = &nt::irp_enter(irp);
	irp->IoStatus.Status = status;
	one.push_back(*irp);
	client_irps_defer(one);
	return STATUS_PENDING;
}

} /* namespace wsk */
