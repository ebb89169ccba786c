/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Deferred work in softirq: a tasklet (LX_SIZEOF_TASKLET bytes of the caller's)
 * runs on the CPU that raised it, from that CPU's list, and never twice at once.
 * A retry timer raises one when nobody else will.
 */
#ifndef LX_TASKLET_H
#define LX_TASKLET_H

#ifdef __cplusplus
extern "C" {
#endif

void lx_tasklet_init(void *tasklet, void (*function)(void *context), void *context);
void lx_tasklet_raise(void *tasklet);	/* any context */
void lx_tasklet_kill(void *tasklet);	/* process context; waits for a run in progress */

/* A one-shot timer (LX_SIZEOF_TIMER bytes) whose only act is to call @function in softirq. */
void lx_timer_init(void *timer, void (*function)(void *context), void *context);
void lx_timer_start(void *timer, unsigned int ms);
void lx_timer_stop(void *timer);	/* process context; waits for a run in progress */

#ifdef __cplusplus
}
#endif
#endif
