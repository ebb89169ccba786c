// SPDX-License-Identifier: GPL-2.0
/*
 * Calls that end before they return, whose routine closes the socket: another processor may let go
 * of its memory while the call is on its way out. Who touches it there is seen by KASAN.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <trace/events/kmem.h>

#include "race.h"
#include "wsk_ops.h"

/* Of one case at a time, and outlives it: a tracepoint and a thread know it. */
static struct inline_end {
	struct wt_env *env;
	struct wt_io *closing;
	PWSK_SOCKET socket;	/* the round's */
	const void *watched;	/* its memory, while anybody asks for it */
	LONG inside;		/* the call has not returned */
	LONG freed;
	LONG freed_inside;	/* rounds */
	BOOLEAN elsewhere;	/* the other thread closes, and not the routine */
	LONG may_close;
	LONG closed;
	LONG stop;
	unsigned int cpu;	/* the other thread's */
	struct wt_thread thread;
	BOOLEAN runs;
	BOOLEAN traces;
} shared;

static void on_kfree(void *data, unsigned long site, const void *memory)
{
	if (!memory || memory != READ_ONCE(shared.watched))
		return;
	if (READ_ONCE(shared.inside))
		shared.freed_inside++;
	smp_store_release(&shared.freed, 1);
}

static void close_now(void)
{
	PWSK_SOCKET socket = shared.socket;

	WT_CALL(shared.closing, WT_BASIC(socket)->WskCloseSocket(socket, wt_irp(shared.closing)));
	smp_store_release(&shared.closed, 1);
}

static void close_elsewhere(void *context)
{
	set_cpus_allowed_ptr(current, cpumask_of(shared.cpu));
	while (!READ_ONCE(shared.stop)) {
		if (smp_load_acquire(&shared.may_close)) {
			WRITE_ONCE(shared.may_close, 0);
			close_now();
		}
		cpu_relax();
		cond_resched();
	}
}

/* The memory goes here already, where neither the call nor the routine's IRP keeps it. */
static void close_and_linger(struct wt_io *io)
{
	int patience;

	if (shared.elsewhere)
		smp_store_release(&shared.may_close, 1);
	else
		close_now();
	for (patience = 50; patience && !smp_load_acquire(&shared.freed); patience--)
		udelay(1);
}

static BOOLEAN wait_for(const LONG *flag)
{
	int tries;

	for (tries = 0; tries < 10000 && !smp_load_acquire(flag); tries++) {
		if (tries < 5000)
			cond_resched();
		else
			wt_sleep(1);
	}
	return smp_load_acquire(flag) != 0;
}

static void begin_round(struct wt_op_run *run, const struct wt_op *op, LONG round)
{
	wt_op_prepare(run, op);
	wt_untrack(shared.env, run->socket);
	shared.socket = run->socket;
	shared.elsewhere = round / 2 % 2;
	shared.closed = 0;
	shared.freed = 0;
	WRITE_ONCE(shared.watched, run->socket);
	WRITE_ONCE(shared.inside, 1);
}

/* Rows that end in the call itself, by whatever way, on sockets that are cheap to make. */
static const char *const rows[] = {
	"WskSend, unconnected", "WskControlSocket, event of no socket's kind",
	"WskReceive, unconnected", "WskConnect, unbound", "WskDisconnect, unconnected",
	"WskControlSocket, event", "WskSend",
};

static LONG run_round(struct wt_op_run *run, struct wt_io *io, LONG round)
{
	const struct wt_op *op = wt_op_named(rows[round % ARRAY_SIZE(rows)]);
	struct kunit *test = run->env->test;
	LONG early;

	begin_round(run, op, round);
	WT_CALL(io, wt_op_call(run, wt_irp(io)));
	WRITE_ONCE(shared.inside, 0);
	early = wt_io_completed(io);
	WT_EXPECT_STATUS(test, wt_io_end(io), op->final);
	KUNIT_ASSERT_TRUE_MSG(test, wait_for(&shared.closed), "%s: not closed", op->name);
	WT_EXPECT_STATUS(test, wt_io_end(shared.closing), STATUS_SUCCESS);
	KUNIT_ASSERT_TRUE_MSG(test, wait_for(&shared.freed), "%s: not freed", op->name);
	WRITE_ONCE(shared.watched, NULL);
	run->socket = NULL;
	wt_op_clean(run, op->final, io->information);
	return early;
}

static void socket_is_closed_under_a_call_that_ends_inline(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	const unsigned int here = raw_smp_processor_id();
	const unsigned long until = race_until();
	const LONG rounds = race_rounds(1);
	struct wt_op_run *run;
	struct wt_io *io;
	LONG round, early = 0;

	if (num_online_cpus() == 1)
		kunit_skip(test, "one processor: nothing frees the socket under a call");
	if (!IS_ENABLED(CONFIG_KASAN))
		kunit_skip(test, "without KASAN nobody sees what is touched");
	memset(&shared, 0, sizeof(shared));
	shared.env = env;
	shared.closing = wt_io_new(env);
	shared.cpu = cpumask_any_but(cpu_online_mask, here);
	run = wt_op_run(test);
	io = wt_io_new(env);
	io->hook = close_and_linger;
	if (register_trace_kfree(on_kfree, NULL))
		kunit_skip(test, "the kernel has no tracepoint of kfree");
	shared.traces = TRUE;
	wt_thread_start(test, &shared.thread, close_elsewhere, NULL);
	shared.runs = TRUE;
	/* A worker that is woken here goes before the call does. */
	set_cpus_allowed_ptr(current, cpumask_of(here));
	set_user_nice(current, MAX_NICE);
	for (round = 0; round < rounds && time_before_eq(jiffies, until); round++)
		early += run_round(run, io, round);
	KUNIT_EXPECT_GT(test, early, round / 2);
	kunit_info(test, "%d of %d calls ended inline, %d sockets were freed before", early, round,
		   shared.freed_inside);
	WSK_RULES(test, "IRP-20 IRP-4");
}

/* Also of a case that gave up. */
static void inline_end_exit(struct kunit *test)
{
	WRITE_ONCE(shared.stop, 1);
	if (shared.runs)
		KUNIT_EXPECT_TRUE(test, wt_thread_join(&shared.thread));
	shared.runs = FALSE;
	if (shared.traces) {
		unregister_trace_kfree(on_kfree, NULL);
		tracepoint_synchronize_unregister();
	}
	shared.traces = FALSE;
	wt_env_exit(test);
}

static struct kunit_case inline_end_cases[] = {
	KUNIT_CASE(socket_is_closed_under_a_call_that_ends_inline),
	{}
};

static struct kunit_suite inline_end_suite = {
	.name = "wsk_inline_end",
	.init = wt_env_init,
	.exit = inline_end_exit,
	.test_cases = inline_end_cases,
};
kunit_test_suite(inline_end_suite);
