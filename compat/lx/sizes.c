// SPDX-License-Identifier: GPL-2.0
/*
 * Sizes of the Linux objects that our C++ objects embed, turned into
 * lx/sizes.h by Kbuild's asm-offsets machinery. For our own objects only:
 * public NT types are compiled into drivers and have fixed sizes.
 */
#include <linux/interrupt.h>
#include <linux/kbuild.h>
#include <linux/percpu-refcount.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

int main(void);

int main(void)
{
	DEFINE(LX_SIZEOF_SPINLOCK, sizeof(spinlock_t));
	DEFINE(LX_SIZEOF_WORK, sizeof(struct work_struct) + sizeof(void *)); /* struct lx_work */
	DEFINE(LX_SIZEOF_DELAYED_WORK, sizeof(struct delayed_work));
	DEFINE(LX_SIZEOF_TASKLET, sizeof(struct tasklet_struct) + 2 * sizeof(void *)); /* struct lx_tasklet */
	DEFINE(LX_SIZEOF_TIMER, sizeof(struct timer_list) + 2 * sizeof(void *)); /* struct lx_timer */
	DEFINE(LX_SIZEOF_WAITQ, sizeof(wait_queue_head_t));
	return 0;
}
