// SPDX-License-Identifier: GPL-2.0
/*
 * KSPIN_LOCK: eight bytes of the driver's, free when zero. The lower four are
 * the lock (lx/word_lock.h); the upper four stay zero. Bottom halves are turned
 * off by an acquisition below DISPATCH_LEVEL only, and on again by the release
 * that is given the IRQL this acquisition returned: the values round-trip, and
 * may change places between two locks that are released in another order.
 */
#include "lx/irql.h"
#include "lx/log.h"
#include "lx/word_lock.h"
#include <wdm.h>

namespace {

static_assert(sizeof(KSPIN_LOCK) == 8);

unsigned int *word(PKSPIN_LOCK lock)
{
	return reinterpret_cast<unsigned int *>(lock);
}

bool release(PKSPIN_LOCK lock, const char *call)
{
	if (!lx_word_unlock(word(lock)))
		return true;
	lx_log_misuse("KE-SPINLOCK: %s of %p, which is not held", call, lock);
	return false;
}

} /* namespace */

/**
 * KeInitializeSpinLock() - a free lock; zeroed memory is one already.
 * Context: any.
 */
extern "C" VOID KeInitializeSpinLock(PKSPIN_LOCK SpinLock)
{
	*SpinLock = 0;
}

/**
 * KeAcquireSpinLockRaiseToDpc() - acquire at DISPATCH_LEVEL; KeAcquireSpinLock() is a macro
 * over it.
 * Context: IRQL <= DISPATCH_LEVEL; turns bottom halves off if they were on.
 * Return: the IRQL before, for KeReleaseSpinLock().
 */
extern "C" KIRQL KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock)
{
	KIRQL old = PASSIVE_LEVEL;

	if (lx_context_is_atomic())
		old = DISPATCH_LEVEL;
	else
		lx_bh_disable();
	lx_word_lock(word(SpinLock));
	return old;
}

/**
 * KeReleaseSpinLock() - release, and go back to @NewIrql.
 * @SpinLock: a lock the caller holds; one that nobody holds is reported, and neither the
 *	lock nor the IRQL changes.
 * @NewIrql: what the acquisition returned.
 * Context: DISPATCH_LEVEL.
 */
extern "C" VOID KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql)
{
	if (release(SpinLock, "KeReleaseSpinLock") && NewIrql < DISPATCH_LEVEL)
		lx_bh_enable();
}

/**
 * KeAcquireSpinLockAtDpcLevel() - acquire, by a caller who is at DISPATCH_LEVEL already.
 *
 * Below it the call is reported: the lock is taken, but a softirq that wants it on
 * this CPU would spin for ever.
 * Context: DISPATCH_LEVEL.
 */
extern "C" VOID KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
	if (!lx_context_is_atomic())
		lx_log_misuse("KE-SPINLOCK: KeAcquireSpinLockAtDpcLevel below DISPATCH_LEVEL");
	lx_word_lock(word(SpinLock));
}

/**
 * KeReleaseSpinLockFromDpcLevel() - release, and stay at DISPATCH_LEVEL.
 * Context: DISPATCH_LEVEL. A lock that nobody holds is reported.
 */
extern "C" VOID KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock)
{
	release(SpinLock, "KeReleaseSpinLockFromDpcLevel");
}

/**
 * KeTryToAcquireSpinLockAtDpcLevel() - acquire, unless somebody holds the lock.
 *
 * Below DISPATCH_LEVEL the call is reported, as for KeAcquireSpinLockAtDpcLevel().
 * Context: DISPATCH_LEVEL; never waits.
 * Return: TRUE if the caller holds the lock now; KeReleaseSpinLockFromDpcLevel() releases it.
 */
extern "C" BOOLEAN KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
	if (!lx_context_is_atomic())
		lx_log_misuse("KE-SPINLOCK: KeTryToAcquireSpinLockAtDpcLevel below DISPATCH_LEVEL");
	return lx_word_trylock(word(SpinLock)) != 0;
}

/**
 * KeTestSpinLock() - look whether a lock is free.
 * Context: any. The answer can be old when it arrives.
 * Return: TRUE if nobody holds the lock.
 */
extern "C" BOOLEAN KeTestSpinLock(PKSPIN_LOCK SpinLock)
{
	return !lx_word_is_locked(word(SpinLock));
}

/**
 * KeAcquireSpinLockForDpc() - acquire in a DPC, whether it is threaded or not.
 * Context: IRQL <= DISPATCH_LEVEL; turns bottom halves off if they were on.
 * Return: the IRQL before, for KeReleaseSpinLockForDpc().
 */
extern "C" KIRQL KeAcquireSpinLockForDpc(PKSPIN_LOCK SpinLock)
{
	return KeAcquireSpinLockRaiseToDpc(SpinLock);
}

/**
 * KeReleaseSpinLockForDpc() - release what KeAcquireSpinLockForDpc() acquired.
 * @SpinLock: a lock the caller holds; one that nobody holds is reported.
 * @OldIrql: what the acquisition returned.
 * Context: DISPATCH_LEVEL.
 */
extern "C" VOID KeReleaseSpinLockForDpc(PKSPIN_LOCK SpinLock, KIRQL OldIrql)
{
	KeReleaseSpinLock(SpinLock, OldIrql);
}

/**
 * KeAcquireInStackQueuedSpinLock() - acquire at DISPATCH_LEVEL, with the IRQL kept in a handle.
 * @SpinLock: the lock.
 * @LockHandle: the caller's, usually on its stack, until the release.
 *
 * Waiters are served in the order of Linux' own spin lock, which is a queue too.
 * Difference from Windows: the same lock may also be acquired by
 * KeAcquireSpinLock().
 * Context: IRQL <= DISPATCH_LEVEL; turns bottom halves off if they were on.
 */
extern "C" VOID KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle)
{
	LockHandle->LockQueue.Next = nullptr;
	LockHandle->LockQueue.Lock = SpinLock;
	LockHandle->OldIrql = KeAcquireSpinLockRaiseToDpc(SpinLock);
}

/**
 * KeReleaseInStackQueuedSpinLock() - release, and go back to the IRQL in the handle.
 * @LockHandle: of the acquisition. A lock that nobody holds is reported.
 * Context: DISPATCH_LEVEL.
 */
extern "C" VOID KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE LockHandle)
{
	KeReleaseSpinLock(LockHandle->LockQueue.Lock, LockHandle->OldIrql);
}

/**
 * KeAcquireInStackQueuedSpinLockAtDpcLevel() - acquire, by a caller at DISPATCH_LEVEL already.
 * @SpinLock: the lock.
 * @LockHandle: as for KeAcquireInStackQueuedSpinLock().
 * Context: DISPATCH_LEVEL; below it the call is reported.
 */
extern "C" VOID KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock,
							 PKLOCK_QUEUE_HANDLE LockHandle)
{
	LockHandle->LockQueue.Next = nullptr;
	LockHandle->LockQueue.Lock = SpinLock;
	LockHandle->OldIrql = DISPATCH_LEVEL;
	KeAcquireSpinLockAtDpcLevel(SpinLock);
}

/**
 * KeReleaseInStackQueuedSpinLockFromDpcLevel() - release, and stay at DISPATCH_LEVEL.
 * @LockHandle: of the acquisition. A lock that nobody holds is reported.
 * Context: DISPATCH_LEVEL.
 */
extern "C" VOID KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE LockHandle)
{
	release(LockHandle->LockQueue.Lock, "KeReleaseInStackQueuedSpinLockFromDpcLevel");
}
