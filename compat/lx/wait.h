/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sleeping and waking one task, from which waits are built. Waits are
 * TASK_IDLE: a driver's thread that waits for ever is neither load nor a hung task.
 *
 *	task = lx_task_self();
 *	for (;;) {
 *		lx_wait_prepare();
 *		if (condition)
 *			break;
 *		if (lx_wait_sleep(&left_ns))	 0 = woken or spurious, -ETIME = over
 *			break;
 *	}
 *	lx_wait_finish();
 */
#ifndef LX_WAIT_H
#define LX_WAIT_H

#ifdef __cplusplus
extern "C" {
#endif

struct lx_task;

struct lx_task *lx_task_self(void);		/* borrowed: lives as long as the caller runs */
void lx_task_wake(struct lx_task *task);	/* any context */

void lx_wait_prepare(void);
void lx_wait_finish(void);
/**
 * lx_wait_sleep() - sleep until woken or until @deadline_ns.
 * @deadline_ns: on lx_time_monotonic_ns()'s clock; ~0ULL waits for ever.
 * Return: 0 after a wake-up, -ETIME when the deadline has passed.
 */
int lx_wait_sleep(unsigned long long deadline_ns);

#ifdef __cplusplus
}
#endif
#endif
