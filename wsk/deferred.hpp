/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IRPs that no socket stands behind: of a call that waits for something of the
 * registration's, or whose parameters were wrong, or for which there was no memory.
 */
#pragma once

#include <wdm.h>

#include "cxx/types.hpp"
#include "request.hpp"

namespace wsk {

class Registration;

/*
 * Marks @irp pending. Counts it in @registration, in which a call is in progress, until
 * its completion routine has returned.
 */
void client_irp_begin(PIRP irp, Registration &registration);
Registration &client_irp_registration(PIRP irp);
/* Completes such an IRP, with IoStatus.Status, in the caller's context. */
void client_irp_finish(PIRP irp);
/* Likewise, within the call that brought it: from a tasklet unless the routine may run here. */
void client_irp_end(PIRP irp, NTSTATUS status);
/* Likewise for all of @irps, which is empty then, whatever locks the caller holds: from the tasklet. */
void client_irps_defer(IrpList &irps);

/* Tells the NMR from the tasklet that @registration has nothing left. */
void detach_defer(Registration &registration);

/*
 * Marks @irp pending and completes it with @status: at once if the caller runs at
 * PASSIVE_LEVEL, with stack to spare and no such completion on it, else from a tasklet. @registration waits
 * for it in WskDeregister. Returns STATUS_PENDING.
 */
NTSTATUS refuse(PIRP irp, NTSTATUS status, Registration &registration);

/*
 * Completes @irp with @status, not pending, for a call that returns @status: CON-2,
 * EVT-14. False, and nothing was done, if the caller is a routine of such a completion.
 */
[[nodiscard]] bool complete_inline(PIRP irp, NTSTATUS status, Registration &registration);

/*
 * The same for a call on nothing: no client, no socket. What it returns is @status
 * (IRP-30), or STATUS_PENDING where complete_inline() would have said no.
 */
NTSTATUS refuse_stray(PIRP irp, NTSTATUS status);

/*
 * STATUS_SUCCESS, or why @irp cannot be sent: there is none (IRP-28), or it has no
 * stack location left because another call has it (IRP-26) or it never had one
 * (IRP-27). It is not touched then.
 */
NTSTATUS check_irp(PIRP irp, const void *site);

/*
 * A completion inside of the very call that brings it about. Its routine may make the
 * next call of that kind, and so on; one level down that is deferred, so that no
 * chain of them uses up the stack (IRP-39). Context: IRQL <= DISPATCH_LEVEL.
 */
class InlineCompletion : nt::NonMovable {
public:
	InlineCompletion();
	~InlineCompletion();
	/* This stack has one already. */
	bool is_nested() const { return nested_; }

private:
	const void *stack_;
	bool nested_;
	LIST_ENTRY link_;
};

/* Room for a client's routine on this stack, and nothing forbids to sleep. */
bool may_call_client_inline();

void deferred_start();
void deferred_stop();

} /* namespace wsk */
