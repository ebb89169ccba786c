// SPDX-License-Identifier: GPL-2.0
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "work.h"

static struct workqueue_struct *queues[LX_QUEUE_COUNT];

int lx_work_start(void)
{
	/*
	 * Control work completes IRPs that drivers wait for, so it has a rescuer
	 * and does not queue behind a driver's work items. Both are unbound: an
	 * item may sleep for long, and none has a reason to stay on its CPU.
	 */
	queues[LX_QUEUE_CONTROL] = alloc_workqueue("wsk_control",
						   WQ_UNBOUND | WQ_HIGHPRI | WQ_MEM_RECLAIM,
						   WQ_MAX_ACTIVE);
	queues[LX_QUEUE_DRIVER] = alloc_workqueue("wsk_driver", WQ_UNBOUND, WQ_MAX_ACTIVE);
	if (queues[LX_QUEUE_CONTROL] && queues[LX_QUEUE_DRIVER])
		return 0;
	lx_work_stop();
	return -ENOMEM;
}

void lx_work_stop(void)
{
	int i;

	for (i = 0; i < LX_QUEUE_COUNT; i++) {
		if (queues[i])
			destroy_workqueue(queues[i]);
		queues[i] = NULL;
	}
}

/*
 * A work_struct's func is a work_func_t; drivers of this shim see void *.
 * The two types differ only in the pointer's target, but kCFI compares them:
 * so the function given is kept behind the work_struct and called from here.
 */
struct lx_work {
	struct work_struct work;
	void (*function)(void *work);
};

static void run(struct work_struct *work)
{
	struct lx_work *w = container_of(work, struct lx_work, work);

	w->function(w);
}

void lx_work_init(void *work, void (*function)(void *work))
{
	struct lx_work *w = work;

	INIT_WORK(&w->work, run);
	w->function = function;
}

int lx_work_queue(void *work, enum lx_queue queue)
{
	return queue_work(queues[queue], &((struct lx_work *)work)->work);
}

void lx_work_queue_flush(enum lx_queue queue)
{
	flush_workqueue(queues[queue]);
}
