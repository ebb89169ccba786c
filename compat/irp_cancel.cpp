// SPDX-License-Identifier: GPL-2.0
/*
 * Cancellation, and the one lock that Windows has for it.
 *
 * IoCancelIrp() takes the lock, takes the routine out of the IRP and calls it
 * with the lock held; the routine gives it back with the IRQL it finds in
 * Irp->CancelIrql. The lock decides nothing here: the exchange of the routine
 * does, so providers need not take it to arm or to claim.
 */
#include "irp.hpp"
#include "irp_private.hpp"
#include "lx/irql.h"
#include "lx/lock.h"
#include "lx/sizes.h"
#include "owner.hpp"

namespace nt {
namespace {

alignas(8) u8 cancel_lock[LX_SIZEOF_SPINLOCK];

PDRIVER_CANCEL take_routine(PIRP irp)
{
	return IoSetCancelRoutine(irp, nullptr);
}

} /* namespace */

void irp_cancel_start()
{
	lx_spin_lock_init(cancel_lock, LX_RANK_CANCEL);
}

bool irp_arm_cancel(PIRP irp, PDRIVER_CANCEL routine)
{
	IoSetCancelRoutine(irp, routine);
	/*
	 * The exchange above and the one in IoCancelIrp() are full barriers: either
	 * we see Cancel here, or it sees the routine there. Both may be: then who
	 * gets the routine in the second exchange goes on.
	 */
	if (!__atomic_load_n(&irp->Cancel, __ATOMIC_RELAXED))
		return true;
	return !take_routine(irp);
}

bool irp_claim(PIRP irp)
{
	return take_routine(irp) != nullptr;
}

} /* namespace nt */

using namespace nt;

extern "C" {

/**
 * IoAcquireCancelSpinLock() - take the cancel spin lock.
 * @Irql: receives the IRQL to give back to IoReleaseCancelSpinLock().
 *
 * Context: IRQL <= DISPATCH_LEVEL; returns at DISPATCH_LEVEL (bottom halves off).
 */
VOID IoAcquireCancelSpinLock(PKIRQL Irql)
{
	*Irql = KeGetCurrentIrql();
	if (*Irql < DISPATCH_LEVEL)
		lx_bh_disable();
	lx_spin_lock(cancel_lock);
}

/**
 * IoReleaseCancelSpinLock() - release the cancel spin lock.
 * @Irql: what IoAcquireCancelSpinLock() stored, or Irp->CancelIrql in a cancel
 *	routine.
 *
 * Context: DISPATCH_LEVEL, lock held; returns at @Irql.
 */
VOID IoReleaseCancelSpinLock(KIRQL Irql)
{
	lx_spin_unlock(cancel_lock);
	if (Irql < DISPATCH_LEVEL)
		lx_bh_enable();
}

/**
 * IoCancelIrp() - cancel an IRP.
 * @Irp: the IRP; the caller knows that it is not freed or reused meanwhile.
 *
 * Sets Irp->Cancel and, if a cancel routine is armed, takes it out and calls it
 * with the cancel lock held. The routine releases the lock and sees to it that
 * the IRP is completed; a Winsock Kernel request is completed before this
 * returns or, if data is being moved for it, right after.
 *
 * Context: IRQL <= DISPATCH_LEVEL. Returns at the caller's IRQL.
 * Return: TRUE if a cancel routine was called; FALSE if none was armed: the
 *	request has been completed, or is about to be with its own outcome.
 */
BOOLEAN IoCancelIrp(PIRP Irp)
{
	KIRQL irql;

	IoAcquireCancelSpinLock(&irql);
	__atomic_store_n(&Irp->Cancel, static_cast<BOOLEAN>(TRUE), __ATOMIC_RELAXED);

	const PDRIVER_CANCEL routine = take_routine(Irp);

	if (!routine) {
		IoReleaseCancelSpinLock(irql);
		return FALSE;
	}
	Irp->CancelIrql = irql;

	nt::DriverCall call(reinterpret_cast<const void *>(routine));

	routine(irp_current_device(Irp), Irp);
	return TRUE;
}

} /* extern "C" */
