// SPDX-License-Identifier: GPL-2.0
/*
 * The completion walk: from the completing driver's stack location up to the
 * one that sent the IRP, calling what each level asked to have called.
 *
 * A location belongs to the driver below; the routine in it, and the flags that
 * say when to run it, were put there by the driver above. So the walk reads
 * location n, steps up to n + 1, and calls the routine as level n + 1's.
 */
#include <ntstatus.h>

#include "irp.hpp"
#include "irp_private.hpp"
#include "lx/log.h"
#include "owner.hpp"

namespace nt {
namespace {

/* IoCancelIrp() may come at any time, also to an IRP that has its outcome. */
bool is_cancelled(const IRP *irp)
{
	return __atomic_load_n(&irp->Cancel, __ATOMIC_RELAXED);
}

bool wants_call(const IRP *irp, UCHAR control)
{
	if ((control & SL_INVOKE_ON_CANCEL) && is_cancelled(irp))
		return true;
	return control & (NT_SUCCESS(irp->IoStatus.Status) ? SL_INVOKE_ON_SUCCESS
							   : SL_INVOKE_ON_ERROR);
}

/* Everything the call needs is read before it: the routine may free the IRP. */
NTSTATUS call_routine(PIRP irp, PIO_COMPLETION_ROUTINE routine, PVOID context)
{
	DriverCall call(reinterpret_cast<const void *>(routine));

	return routine(irp_current_device(irp), irp, context);
}

bool may_complete(PIRP irp)
{
	if (!irp || irp->Type != IO_TYPE_IRP) {
		lx_log_misuse("IRP-4: completion of what is no IRP any more");
		return false;
	}
	if (irp_is_taken(irp)) {
		lx_log_misuse("IRP-4: completion of an IRP that a request still has");
		return false;
	}
	if (irp->CurrentLocation < 1 || irp->CurrentLocation > irp->StackCount) {
		lx_log_misuse("IRP-4: completion of an IRP that was completed before, or never sent");
		return false;
	}
	/* A cancellation that came now would complete it a second time. */
	if (IoSetCancelRoutine(irp, nullptr))
		lx_log_misuse("IRP-4: completion of an IRP whose cancel routine is armed");
	return true;
}

} /* namespace */

void irp_complete(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
	irp->IoStatus.Status = status;
	irp->IoStatus.Information = information;
	IoSetCancelRoutine(irp, nullptr);
	irp->AllocationFlags &= static_cast<UCHAR>(~kIrpTaken);
	IofCompleteRequest(irp, IO_NO_INCREMENT);
}

Owner &irp_enter(PIRP irp)
{
	const PIO_STACK_LOCATION slot = IoGetCurrentIrpStackLocation(irp);

	return owner_enter(reinterpret_cast<const void *>(slot->CompletionRoutine));
}

} /* namespace nt */

using namespace nt;

extern "C" {

/**
 * IofCompleteRequest() - complete an IRP (IoCompleteRequest).
 * @Irp: the IRP, IoStatus set, no cancel routine armed; the caller owns its
 *	current stack location and does not touch the IRP afterwards.
 * @PriorityBoost: ignored.
 *
 * Each level's routine runs if it was set for the outcome: SL_INVOKE_ON_SUCCESS,
 * SL_INVOKE_ON_ERROR by the status, SL_INVOKE_ON_CANCEL by Irp->Cancel. Before
 * it runs, Irp->PendingReturned says whether the level below marked the IRP
 * pending; where no routine runs, the mark moves up by itself. A routine that
 * returns STATUS_MORE_PROCESSING_REQUIRED has taken the IRP, and nothing here
 * touches it from the routine's first instruction on.
 *
 * An IRP that reaches the top with no such routine has nobody to go to: where
 * Windows' I/O manager ends a request of its own, a driver's IRP is reported as
 * misuse and left to its owner. A second completion is reported and does nothing,
 * and so is a completion by anybody but the request that has the IRP.
 *
 * Context: IRQL <= DISPATCH_LEVEL; no lock of wsk.ko is held by callers in it.
 * Rules: IRP-4, IRP-6 to IRP-11, IRP-16, IRP-20, IRP-24, IRP-25.
 */
VOID IofCompleteRequest(PIRP Irp, CCHAR PriorityBoost)
{
	(void)PriorityBoost;
	if (!may_complete(Irp))
		return;
	while (Irp->CurrentLocation <= Irp->StackCount) {
		PIO_STACK_LOCATION slot = IoGetCurrentIrpStackLocation(Irp);
		const UCHAR control = slot->Control;

		/* Sent again without a routine of its own, the IRP must not call this one. */
		slot->Control = 0;
		Irp->PendingReturned = !!(control & SL_PENDING_RETURNED);
		IoSkipCurrentIrpStackLocation(Irp);
		if (slot->CompletionRoutine && wants_call(Irp, control)) {
			if (call_routine(Irp, slot->CompletionRoutine, slot->Context) ==
			    STATUS_MORE_PROCESSING_REQUIRED)
				return;
		} else if (Irp->PendingReturned && Irp->CurrentLocation <= Irp->StackCount) {
			IoMarkIrpPending(Irp);
		}
	}
	lx_log_misuse("IRP-25: no completion routine took the IRP, it stays with who made it");
}

} /* extern "C" */
