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
#include "lx/tasklet.h"
#include "request.hpp"

namespace wsk {
namespace {

/* A client's routine and what it calls of ours get at least this much stack. */
constexpr unsigned long kStackForClient = 6 * 1024;

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

void drain(void *)
{
	for (;;) {
		PIRP irp;
		{
			auto guard = deferred().lock.acquire();
			irp = deferred().queue.pop_front();
		}
		if (!irp)
			return;
		nt::irp_complete(irp, irp->IoStatus.Status, irp->IoStatus.Information);
	}
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

bool may_call_client_inline()
{
	return !lx_context_is_atomic() && lx_stack_left() > kStackForClient;
}

NTSTATUS complete_begun(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
	if (may_call_client_inline()) {
		nt::irp_complete(irp, status, information);
		return STATUS_PENDING;
	}
	irp->IoStatus.Status = status;
	irp->IoStatus.Information = information;
	{
		auto guard = deferred().lock.acquire();
		deferred().queue.push_back(*irp);
	}
	lx_tasklet_raise(deferred().tasklet);
	return STATUS_PENDING;
}

NTSTATUS refuse(PIRP irp, NTSTATUS status)
{
	Request::begin(irp, nullptr, Op::Close);
	return complete_begun(irp, status);
}

NTSTATUS refuse_inline(PIRP irp, NTSTATUS status)
{
	IoSetNextIrpStackLocation(irp);
	nt::irp_complete(irp, status, 0);
	return status;
}

} /* namespace wsk */
