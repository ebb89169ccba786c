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

void fault_starve_self(bool on)
{
	current->make_it_fail = on;
}

#else

void fault_arm_self(int nth)
{
}

void fault_arm_workers(int nth)
{
}

void fault_starve_self(bool on)
{
}

#endif

static bool allocates(void)
{
	void *memory = kmalloc(64, GFP_KERNEL | __GFP_NOWARN);

	kfree(memory);
	return memory;
}

bool fault_works(void)
{
	bool failed;

	fault_arm_self(1);
	failed = !allocates();
	fault_arm_self(0);
	return failed;
}

bool fault_starves(void)
{
	bool failed;

	fault_starve_self(true);
	failed = !allocates();
	fault_starve_self(false);
	return failed;
}
