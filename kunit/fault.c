// SPDX-License-Identifier: GPL-2.0
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "fault.h"

#ifdef CONFIG_FAULT_INJECTION

void fault_arm_self(int nth)
{
	WRITE_ONCE(current->fail_nth, nth);
}

void fault_arm_workers(int nth)
{
	struct task_struct *task;

	rcu_read_lock();
	for_each_process(task)
		if (task->flags & PF_WQ_WORKER)
			WRITE_ONCE(task->fail_nth, nth);
	rcu_read_unlock();
}

#else

void fault_arm_self(int nth)
{
}

void fault_arm_workers(int nth)
{
}

#endif

bool fault_works(void)
{
	void *memory;

	fault_arm_self(1);
	memory = kmalloc(64, GFP_KERNEL | __GFP_NOWARN);
	fault_arm_self(0);
	kfree(memory);
	return !memory;
}
