// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "thread.h"

struct lx_thread_call {
	void (*function)(void *context);
	void *context;
};

static int lx_thread_main(void *arg)
{
	struct lx_thread_call call = *(struct lx_thread_call *)arg;

	kfree(arg);
	call.function(call.context);
	lx_thread_exit();
	return 0;
}

int lx_thread_start(void (*function)(void *context), void *context, const char *name,
		    unsigned int *tid)
{
	struct lx_thread_call *call = kmalloc(sizeof(*call), GFP_KERNEL);
	struct task_struct *task;

	if (!call)
		return -ENOMEM;
	call->function = function;
	call->context = context;
	__module_get(THIS_MODULE);
	task = kthread_create(lx_thread_main, call, "%s", name);
	if (IS_ERR(task)) {
		kfree(call);
		module_put(THIS_MODULE);
		return PTR_ERR(task);
	}
	*tid = task_pid_nr(task);
	wake_up_process(task);
	return 0;
}

/*
 * It is always a kthread. The question keeps objtool from seeing that this function
 * never returns: it looks at one object at a time on some kernels and at the whole
 * module on others, and an annotation would be wrong for one of the two.
 */
void lx_thread_exit(void)
{
	if (current->flags & PF_KTHREAD)
		module_put_and_kthread_exit(0);
}

unsigned int lx_task_tid(void)
{
	return task_pid_nr(current);
}

unsigned int lx_task_user_pid(void)
{
	return current->flags & PF_KTHREAD ? 0 : task_tgid_nr(current);
}

void lx_task_get(struct lx_task *task)
{
	get_task_struct((struct task_struct *)task);
}

void lx_task_put(struct lx_task *task)
{
	put_task_struct((struct task_struct *)task);
}

int lx_task_has_exited(const struct lx_task *task)
{
	return READ_ONCE(((const struct task_struct *)task)->exit_state) != 0;
}
