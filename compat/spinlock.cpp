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
