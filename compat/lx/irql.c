// SPDX-License-Identifier: GPL-2.0
#include <linux/bottom_half.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/sched/task_stack.h>
#include <linux/smp.h>

#include "irql.h"

#ifdef CONFIG_PREEMPT_RT
#error "wsk: PREEMPT_RT kernels are not supported: DISPATCH_LEVEL needs softirqs that do not sleep"
#endif

int lx_context_is_atomic(void)
{
	return in_softirq() || irqs_disabled() || in_hardirq() || in_nmi();
}

int lx_context_is_hardirq(void)
{
	return in_hardirq() || in_nmi();
}

int lx_context_is_task(void)
{
	return in_task();
}

void lx_bh_disable(void)
{
	local_bh_disable();
}

void lx_bh_enable(void)
{
	local_bh_enable();
}

void lx_might_sleep(void)
{
	might_sleep();
}

int lx_cpu(void)
{
	return raw_smp_processor_id();
}

void lx_yield(void)
{
	cond_resched();
}

unsigned long lx_stack_left(void)
{
	unsigned long here = (unsigned long)&here;
	unsigned long low = (unsigned long)task_stack_page(current);

	/* On an interrupt stack the distance means nothing: say "little". */
	if (here < low || here - low > THREAD_SIZE)
		return 0;
	return here - low;
}
