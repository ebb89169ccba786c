/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Deferred work in process context. The storage is the caller's
 * (LX_SIZEOF_WORK bytes); the function may free the object that embeds it,
 * since the kernel does not touch a work item once its function has started; but
 * then it must not wait: a work of ours at the same address is queued behind it.
 */
#ifndef LX_WORK_H
#define LX_WORK_H

#ifdef __cplusplus
extern "C" {
#endif

enum lx_queue {
	LX_QUEUE_CONTROL,	/* wsk's own control operations: high priority, must progress */
	LX_QUEUE_DRIVER,	/* work items of drivers: may block for long */
	LX_QUEUE_COUNT,
};

int lx_work_start(void);	/* Return: 0 or -ENOMEM */
void lx_work_stop(void);

void lx_work_init(void *work, void (*function)(void *work));
/* Return: non-zero if it was queued, 0 if it was already on a queue. Any context. */
int lx_work_queue(void *work, enum lx_queue queue);
void lx_work_queue_flush(enum lx_queue queue);

#ifdef __cplusplus
}
#endif
#endif
