// SPDX-License-Identifier: GPL-2.0
/*
 * IRQL in Linux's words: DISPATCH_LEVEL if and only if bottom halves are off, a
 * softirq runs or interrupts are off; all else is PASSIVE_LEVEL. Nothing is
 * stored: the level is read off the context, and raising it is
 * local_bh_disable(). APC_LEVEL means nothing here, as there are no APCs: raising
 * to it changes nothing, and it reads as PASSIVE_LEVEL. No driver of ours can
 * mask interrupts; what is above DISPATCH_LEVEL is treated as DISPATCH_LEVEL.
 */
#include "lx/irql.h"
#include "lx/log.h"
#include <wdm.h>

namespace {

KIRQL current_irql()
{
	return lx_context_is_atomic() ? DISPATCH_LEVEL : PASSIVE_LEVEL;
}

} /* namespace */

/**
 * KeGetCurrentIrql() - the IRQL of the caller.
 * Context: any.
 * Return: PASSIVE_LEVEL or DISPATCH_LEVEL.
 */
extern "C" KIRQL KeGetCurrentIrql(VOID)
{
	return current_irql();
}

/**
 * KeRaiseIrql() - raise the IRQL.
 * @NewIrql: APC_LEVEL or DISPATCH_LEVEL; more is reported and is DISPATCH_LEVEL.
 * @OldIrql: receives what KeLowerIrql() has to get.
 *
 * A level below the current one is reported and changes nothing.
 * Context: IRQL <= @NewIrql; turns bottom halves off if they were on.
 */
extern "C" VOID KeRaiseIrql(KIRQL NewIrql, PKIRQL OldIrql)
{
	KIRQL old = current_irql();

	*OldIrql = old;
	if (NewIrql > DISPATCH_LEVEL)
		lx_log_misuse("KE-IRQL: KeRaiseIrql to %u, above DISPATCH_LEVEL", NewIrql);
	else if (NewIrql < old)
		lx_log_misuse("KE-IRQL: KeRaiseIrql to %u at DISPATCH_LEVEL", NewIrql);
	if (NewIrql >= DISPATCH_LEVEL && old < DISPATCH_LEVEL)
		lx_bh_disable();
}

/**
 * KeLowerIrql() - back to the IRQL before KeRaiseIrql().
 * @NewIrql: what KeRaiseIrql() stored.
 *
 * Bottom halves go on again if @NewIrql is below DISPATCH_LEVEL. In a softirq,
 * which nobody raised to by KeRaiseIrql(), that is reported and does nothing.
 * Context: the IRQL of the matching KeRaiseIrql(), the same thread.
 */
extern "C" VOID KeLowerIrql(KIRQL NewIrql)
{
	KIRQL old = current_irql();

	if (NewIrql > old && NewIrql >= DISPATCH_LEVEL) {
		lx_log_misuse("KE-IRQL: KeLowerIrql to %u at PASSIVE_LEVEL", NewIrql);
		return;
	}
	if (NewIrql >= DISPATCH_LEVEL || old < DISPATCH_LEVEL)
		return;
	if (!lx_context_is_task()) {
		lx_log_misuse("KE-IRQL: KeLowerIrql to %u in a callback at DISPATCH_LEVEL",
			      NewIrql);
		return;
	}
	lx_bh_enable();
}
