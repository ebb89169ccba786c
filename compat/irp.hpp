/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The provider's side of an IRP: who completes it when a cancellation may be
 * on its way, and the completion itself.
 *
 *	irp_take(irp); IoSetNextIrpStackLocation(irp); IoMarkIrpPending(irp);
 *	under the queue's lock: irp_arm_cancel(irp, routine), insert
 *	...
 *	under the queue's lock: irp_claim(irp), remove	-> irp_complete(irp, ...)
 *	the routine: release the cancel lock; under the queue's lock: remove
 *							-> irp_complete(irp, STATUS_CANCELLED, 0)
 *
 * The exchange of Irp->CancelRoutine is the claim: exactly one side gets the
 * routine, and that side alone completes the IRP.
 */
#pragma once

#include <wdm.h>

#include "cxx/types.hpp"

namespace nt {

class Owner;

/*
 * Irp->AllocationFlags while a request has the IRP: from irp_take() until
 * irp_complete() nobody else may free, reuse, send or complete it (IRP-26, CAN-20).
 * The field is the I/O manager's own.
 */
constexpr UCHAR kIrpTaken = 0x80;

inline void irp_take(PIRP irp) { irp->AllocationFlags |= kIrpTaken; }
inline bool irp_is_taken(const IRP *irp) { return irp->AllocationFlags & kIrpTaken; }

/*
 * Makes @irp cancellable by @routine.
 * Return: false if it was cancelled before: the routine is not armed and will
 *	not run, the caller completes the IRP. True also if the cancellation came in
 *	between and the routine runs, or has run, on another CPU.
 */
bool irp_arm_cancel(PIRP irp, PDRIVER_CANCEL routine);

/*
 * Takes the routine back. Return: true if the caller owns the completion now;
 * false if the routine has been, or is being, called and completes the IRP.
 */
bool irp_claim(PIRP irp);

/* Where IoAllocateIrp() was called for it, or NULL: it lies in memory of the driver's own. */
const void *irp_site(PIRP irp);

/* Completes what the caller owns; @irp is not touched afterwards (IRP-10, IRP-11). */
void irp_complete(PIRP irp, NTSTATUS status, ULONG_PTR information);

/*
 * Counts a completion that lies ahead as an entry into the driver whose routine
 * it will call, for IRPs that wait in a queue that no registration knows of.
 */
Owner &irp_enter(PIRP irp);

void irp_start();

} /* namespace nt */
