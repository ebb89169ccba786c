/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel threads that end in wsk.ko's text, and what is known of the current task. */
#ifndef LX_THREAD_H
#define LX_THREAD_H

#ifdef __cplusplus
extern "C" {
#endif

struct lx_task;

/**
 * lx_thread_start() - run @function(@context) in a kernel thread named @name.
 * @tid: set before the thread runs.
 *
 * The thread holds a reference on wsk.ko, as its frames return into it.
 * Context: process, may sleep.
 * Return: 0, -ENOMEM, or -EINTR if the calling process is being killed.
 */
int lx_thread_start(void (*function)(void *context), void *context, const char *name,
		    unsigned int *tid);

/**
 * lx_thread_exit() - end the current thread, which lx_thread_start() made; does not return.
 *
 * The reference on wsk.ko is dropped from the kernel's own text, so that this
 * module may go while the task dies; nothing of its stack is run again.
 */
void lx_thread_exit(void);

unsigned int lx_task_tid(void);
/* Return: the process of the current task, or 0 for a kernel thread. */
unsigned int lx_task_user_pid(void);

void lx_task_get(struct lx_task *task);
void lx_task_put(struct lx_task *task);
int lx_task_has_exited(const struct lx_task *task);

#ifdef __cplusplus
}
#endif
#endif
