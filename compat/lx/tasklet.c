// SPDX-License-Identifier: GPL-2.0
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/timer.h>
#include <linux/version.h>

#include "tasklet.h"

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define timer_delete_sync del_timer_sync
#endif

struct lx_tasklet {
	struct tasklet_struct tasklet;
	void (*function)(void *context);
	void *context;
};

struct lx_timer {
	struct timer_list timer;
	void (*function)(void *context);
	void *context;
};

static void run_tasklet(struct tasklet_struct *tasklet)
{
	struct lx_tasklet *t = container_of(tasklet, struct lx_tasklet, tasklet);

	t->function(t->context);
}

void lx_tasklet_init(void *tasklet, void (*function)(void *), void *context)
{
	struct lx_tasklet *t = tasklet;

	tasklet_setup(&t->tasklet, run_tasklet);
	t->function = function;
	t->context = context;
}

void lx_tasklet_raise(void *tasklet)
{
	tasklet_schedule(&((struct lx_tasklet *)tasklet)->tasklet);
}

void lx_tasklet_kill(void *tasklet)
{
	tasklet_kill(&((struct lx_tasklet *)tasklet)->tasklet);
}

static void run_timer(struct timer_list *timer)
{
	struct lx_timer *t = container_of(timer, struct lx_timer, timer);

	t->function(t->context);
}

void lx_timer_init(void *timer, void (*function)(void *), void *context)
{
	struct lx_timer *t = timer;

	timer_setup(&t->timer, run_timer, 0);
	t->function = function;
	t->context = context;
}

void lx_timer_start(void *timer, unsigned int ms)
{
	mod_timer(&((struct lx_timer *)timer)->timer, jiffies + msecs_to_jiffies(ms));
}

void lx_timer_stop(void *timer)
{
	timer_delete_sync(&((struct lx_timer *)timer)->timer);
}
