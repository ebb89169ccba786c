// SPDX-License-Identifier: GPL-2.0
/* The contexts of the IRQL sweeps. */
#include <linux/bottom_half.h>
#include <linux/interrupt.h>
#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/timer.h>

#include "irql_levels.h"

static const char *const names[LEVEL_CONTEXTS] = {
	"at PASSIVE_LEVEL", "after KeRaiseIrql", "under a spin lock", "with bottom halves off",
	"in a tasklet", "in a timer", "with interrupts off",
};

const char *level_name(enum level_context where)
{
	return names[where];
}

static struct level_state look(void)
{
	struct level_state state = {
		.irql = KeGetCurrentIrql(),
		.preempt_count = preempt_count(),
		.interrupts_off = irqs_disabled(),
	};

#ifdef CONFIG_LOCKDEP
	state.locks = current->lockdep_depth;
#endif
	return state;
}

void level_call_here(struct level_run *run)
{
	run->before = look();
	run->result = run->call(run->context);
	run->after = look();
}

struct softirq {
	struct tasklet_struct tasklet;
	struct timer_list timer;
	struct level_run *run;
};

static void in_softirq_context(struct softirq *softirq)
{
	level_call_here(softirq->run);
	complete(&softirq->run->done);
}

static void in_tasklet(struct tasklet_struct *tasklet)
{
	in_softirq_context(container_of(tasklet, struct softirq, tasklet));
}

static void in_timer(struct timer_list *timer)
{
	in_softirq_context(container_of(timer, struct softirq, timer));
}

static void call_in_tasklet(struct level_run *run)
{
	struct softirq softirq = { .run = run };

	init_completion(&run->done);
	tasklet_setup(&softirq.tasklet, in_tasklet);
	tasklet_schedule(&softirq.tasklet);
	wait_for_completion(&run->done);
	tasklet_kill(&softirq.tasklet);
}

static void call_in_timer(struct level_run *run)
{
	struct softirq softirq = { .run = run };

	init_completion(&run->done);
	timer_setup_on_stack(&softirq.timer, in_timer, 0);
	mod_timer(&softirq.timer, jiffies);
	wait_for_completion(&run->done);
	del_timer_sync(&softirq.timer);
	destroy_timer_on_stack(&softirq.timer);
}

void level_call(struct level_run *run, enum level_context where)
{
	static KSPIN_LOCK lock;
	unsigned long flags;
	KIRQL irql;

	switch (where) {
	case RAISED:
		KeRaiseIrql(DISPATCH_LEVEL, &irql);
		level_call_here(run);
		KeLowerIrql(irql);
		break;
	case UNDER_SPIN_LOCK:
		KeAcquireSpinLock(&lock, &irql);
		level_call_here(run);
		KeReleaseSpinLock(&lock, irql);
		break;
	case BH_OFF:
		local_bh_disable();
		level_call_here(run);
		local_bh_enable();
		break;
	case IN_TASKLET:
		call_in_tasklet(run);
		break;
	case IN_TIMER:
		call_in_timer(run);
		break;
	case INTERRUPTS_OFF:
		local_irq_save(flags);
		level_call_here(run);
		local_irq_restore(flags);
		break;
	default:
		level_call_here(run);
	}
}

void level_expect_kept(struct kunit *test, const struct level_run *run, KIRQL irql,
		       const char *what, const char *where)
{
	const struct level_state *before = &run->before, *after = &run->after;

	KUNIT_EXPECT_EQ_MSG(test, before->irql, irql, "%s %s", what, where);
	KUNIT_EXPECT_EQ_MSG(test, after->irql, irql, "IRQL: %s %s", what, where);
	KUNIT_EXPECT_EQ_MSG(test, after->preempt_count, before->preempt_count,
			    "preemption count: %s %s", what, where);
	KUNIT_EXPECT_EQ_MSG(test, after->locks, before->locks, "locks held: %s %s", what, where);
	KUNIT_EXPECT_EQ_MSG(test, after->interrupts_off, before->interrupts_off,
			    "interrupts: %s %s", what, where);
}

void level_sweep(struct kunit *test, const struct level_row *rows, int count, void *context,
		 enum level_context first, enum level_context last)
{
	enum level_context where;
	int i;

	for (where = first; where <= last; where++) {
		for (i = 0; i < count; i++) {
			struct level_run run = { .call = rows[i].call, .context = context };

			level_call(&run, where);
			level_expect_kept(test, &run, where == AT_PASSIVE ? PASSIVE_LEVEL :
					  DISPATCH_LEVEL, rows[i].name, level_name(where));
			KUNIT_EXPECT_EQ_MSG(test, run.result, 0, "%s %s: line %d", rows[i].name,
					    level_name(where), run.result);
		}
	}
}
