// SPDX-License-Identifier: GPL-2.0
#include <linux/errno.h>
#include <linux/hrtimer.h>
#include <linux/sched.h>

#include "wait.h"

struct lx_task *lx_task_self(void)
{
	return (struct lx_task *)current;
}

void lx_task_wake(struct lx_task *task)
{
	wake_up_process((struct task_struct *)task);
}

void lx_wait_prepare(void)
{
	set_current_state(TASK_IDLE);
}

void lx_wait_finish(void)
{
	__set_current_state(TASK_RUNNING);
}

int lx_wait_sleep(unsigned long long deadline_ns)
{
	ktime_t deadline = ns_to_ktime(deadline_ns);

	if (deadline_ns == ~0ULL) {
		schedule();
		return 0;
	}
	return schedule_hrtimeout(&deadline, HRTIMER_MODE_ABS) ? 0 : -ETIME;
}
