// SPDX-License-Identifier: GPL-2.0
/* Completion routines that free, reuse or send again the IRP they were called for. */
#include "wsk_ops.h"

#define TAG 0x20707249	/* "Irp " */

/* Outlives the IRP. */
struct outcome {
	KEVENT done;
	LONG calls;
	LONG early;		/* of all rows: ended when the call returned STATUS_PENDING */
	NTSTATUS status;
	ULONG_PTR information;
	BOOLEAN pending_returned;
	/* What the same IRP does in its second life. */
	PWSK_SOCKET again;
	SOCKADDR_STORAGE addr;
	NTSTATUS second_returned;
	NTSTATUS second_status;
};

static struct outcome *outcome_new(struct kunit *test)
{
	struct outcome *outcome = kunit_kzalloc(test, sizeof(*outcome), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, outcome);
	KeInitializeEvent(&outcome->done, NotificationEvent, FALSE);
	return outcome;
}

static void record(struct outcome *outcome, PIRP irp)
{
	outcome->calls++;
	outcome->status = irp->IoStatus.Status;
	outcome->information = irp->IoStatus.Information;
	outcome->pending_returned = irp->PendingReturned;
}

static NTSTATUS record_and_free(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct outcome *outcome = context;

	wt_note_place_here();
	record(outcome, irp);
	IoFreeIrp(irp);
	KeSetEvent(&outcome->done, IO_NO_INCREMENT, FALSE);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

struct embedding {
	ULONG_PTR before[4];
	IRP irp;
	IO_STACK_LOCATION location;
	ULONG_PTR after[4];
};

static NTSTATUS record_and_free_around(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct outcome *outcome = context;
	struct embedding *memory = CONTAINING_RECORD(irp, struct embedding, irp);

	wt_note_place_here();
	record(outcome, irp);
	memset(memory, 0x5a, sizeof(*memory));
	ExFreePoolWithTag(memory, TAG);
	KeSetEvent(&outcome->done, IO_NO_INCREMENT, FALSE);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS record_second(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct outcome *outcome = context;

	wt_note_place_here();
	outcome->calls++;
	outcome->second_status = irp->IoStatus.Status;
	IoFreeIrp(irp);
	KeSetEvent(&outcome->done, IO_NO_INCREMENT, FALSE);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

/* The IRP goes on to another function, from inside of the routine. */
static NTSTATUS record_and_send_again(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct outcome *outcome = context;
	PWSK_SOCKET again = outcome->again;

	wt_note_place_here();
	record(outcome, irp);
	IoReuseIrp(irp, WT_POISON);
	IoSetCompletionRoutine(irp, record_second, outcome, TRUE, TRUE, TRUE);
	outcome->second_returned =
		WT_CONNECTION(again)->WskGetLocalAddress(again, (PSOCKADDR)&outcome->addr, irp);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

/* Sends @irp by the row that is prepared; ends with what came of it. */
static void send(struct wt_op_run *run, PIRP irp, struct outcome *outcome)
{
	struct kunit *test = run->env->test;
	NTSTATUS returned;

	KeClearEvent(&outcome->done);
	outcome->calls = 0;
	returned = wt_op_call(run, irp);
	outcome->early += returned == STATUS_PENDING && wt_is_set(&outcome->done);
	KUNIT_EXPECT_EQ_MSG(test, returned, run->op->returns, "%s", run->op->name);
	wt_op_kick(run);
	KUNIT_ASSERT_TRUE_MSG(test, wt_wait(&outcome->done, WT_PATIENCE_MS), "%s", run->op->name);
	KUNIT_EXPECT_EQ_MSG(test, outcome->status, run->op->final, "%s: %#x", run->op->name,
			    outcome->status);
	KUNIT_EXPECT_EQ_MSG(test, outcome->pending_returned, returned == STATUS_PENDING, "%s",
			    run->op->name);
	wt_op_clean(run, outcome->status, outcome->information);
}

static void irp_is_freed_in_its_routine(struct kunit *test)
{
	struct wt_op_run *run = wt_op_run(test);
	struct outcome *outcome = outcome_new(test);
	int i;

	for (i = 0; i < wt_ops_count; i++) {
		PIRP irp = IoAllocateIrp(1, FALSE);

		KUNIT_ASSERT_NOT_NULL(test, irp);
		wt_op_prepare(run, &wt_ops[i]);
		IoSetCompletionRoutine(irp, record_and_free, outcome, TRUE, TRUE, TRUE);
		send(run, irp, outcome);
		KUNIT_EXPECT_EQ(test, outcome->calls, 1);
	}
	KUNIT_EXPECT_GT(test, outcome->early, 0);
	WSK_RULES(test, "IRP-4 IRP-10 IRP-11 IRP-12 IRP-20");
}

/* Made by IoInitializeIrp() over garbage, and gone with what is around it. */
static void memory_around_the_irp_is_freed_in_its_routine(struct kunit *test)
{
	struct wt_op_run *run = wt_op_run(test);
	struct outcome *outcome = outcome_new(test);
	int i;

	for (i = 0; i < wt_ops_count; i++) {
		struct embedding *memory = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*memory),
								 TAG);

		KUNIT_ASSERT_NOT_NULL(test, memory);
		memset(memory, 0xa5, sizeof(*memory));
		IoInitializeIrp(&memory->irp, IoSizeOfIrp(1), 1);
		wt_op_prepare(run, &wt_ops[i]);
		IoSetCompletionRoutine(&memory->irp, record_and_free_around, outcome, TRUE, TRUE,
				       TRUE);
		send(run, &memory->irp, outcome);
		KUNIT_EXPECT_EQ(test, outcome->calls, 1);
	}
	KUNIT_EXPECT_GT(test, outcome->early, 0);
	WSK_RULES(test, "IRP-4 IRP-10 IRP-11 IRP-12 IRP-14 IRP-15 IRP-20");
}

static void irp_is_sent_again_from_its_routine(struct kunit *test)
{
	struct wt_op_run *run = wt_op_run(test);
	struct outcome *outcome = outcome_new(test);
	int i;

	outcome->again = wt_bound(run->env, AF_INET);
	for (i = 0; i < wt_ops_count; i++) {
		PIRP irp = IoAllocateIrp(1, FALSE);

		KUNIT_ASSERT_NOT_NULL(test, irp);
		wt_op_prepare(run, &wt_ops[i]);
		memset(&outcome->addr, 0, sizeof(outcome->addr));
		IoSetCompletionRoutine(irp, record_and_send_again, outcome, TRUE, TRUE, TRUE);
		send(run, irp, outcome);
		KUNIT_EXPECT_EQ(test, outcome->calls, 2);
		WT_EXPECT_STATUS(test, outcome->second_returned, STATUS_PENDING);
		WT_EXPECT_STATUS(test, outcome->second_status, STATUS_SUCCESS);
		KUNIT_EXPECT_NE(test, wt_port(&outcome->addr), 0);
	}
	WSK_RULES(test, "IRP-4 IRP-10 IRP-11 IRP-17 IRP-21");
}

/* One IRP, thousands of requests, one after the other through every function. */
static void one_irp_serves_all_functions(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_op_run *run = wt_op_run(test);
	struct wt_io *io = wt_io_new(env);
	int i, round;

	for (round = 0; round < 4; round++) {
		for (i = 0; i < wt_ops_count; i++) {
			NTSTATUS status;

			wt_op_prepare(run, &wt_ops[(i * 7 + round) % wt_ops_count]);
			WT_CALL(io, wt_op_call(run, wt_irp(io)));
			wt_op_kick(run);
			status = wt_io_end(io);
			KUNIT_EXPECT_EQ_MSG(test, status, run->op->final, "%s", run->op->name);
			wt_op_clean(run, status, io->information);
		}
	}
	WSK_RULES(test, "IRP-4 IRP-17");
}

/* A routine that calls every function, each with an IRP of its own. */
struct caller {
	struct wt_op_run **runs;
	struct wt_io **ios;
};

static void call_every_function(struct wt_io *io)
{
	struct caller *caller = io->hook_context;
	int i;

	for (i = 0; i < wt_ops_count; i++)
		WT_CALL(caller->ios[i], wt_op_call(caller->runs[i], wt_irp(caller->ios[i])));
}

/* Where their routines run: in the call, in a worker, in a softirq; and what ends with them. */
static const char *const callers[] = {
	"WskSocket", "WskSocket, unknown family", "WskBind", "WskAccept", "WskConnect",
	"WskConnect, unbound", "WskSend", "WskReceive", "WskDisconnect, abortive",
	"WskControlSocket, event", "WskControlSocket, disable of a running event",
	"WskControlClient, list change", "WskCloseSocket",
};

static struct caller *caller_new(struct kunit *test)
{
	struct caller *caller = kunit_kzalloc(test, sizeof(*caller), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, caller);
	caller->runs = kunit_kcalloc(test, wt_ops_count, sizeof(*caller->runs), GFP_KERNEL);
	caller->ios = kunit_kcalloc(test, wt_ops_count, sizeof(*caller->ios), GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, caller->runs && caller->ios);
	for (i = 0; i < wt_ops_count; i++) {
		caller->runs[i] = wt_op_run(test);
		caller->ios[i] = wt_io_new(wt_env(test));
	}
	return caller;
}

static void expect_called_inside(struct kunit *test, struct caller *caller, int i,
				 const char *from)
{
	const struct wt_op *op = &wt_ops[i];
	struct wt_io *io = caller->ios[i];
	NTSTATUS status;

	/* An answer in the call may be put off by one that is being given (IRP-39). */
	KUNIT_EXPECT_TRUE_MSG(test, io->returned == op->returns || io->returned == STATUS_PENDING,
			      "%s in %s: %#x", op->name, from, io->returned);
	wt_op_kick(caller->runs[i]);
	status = wt_io_end(io);
	KUNIT_EXPECT_EQ_MSG(test, status, op->final, "%s in %s: %#x", op->name, from, status);
	wt_op_clean(caller->runs[i], status, io->information);
}

static void routine_may_call_every_function(struct kunit *test)
{
	struct caller *caller = caller_new(test);
	struct wt_op_run *run = wt_op_run(test);
	struct wt_io *io = wt_io_new(wt_env(test));
	int from, i;

	io->hook = call_every_function;
	io->hook_context = caller;
	for (from = 0; from < ARRAY_SIZE(callers); from++) {
		NTSTATUS status;

		for (i = 0; i < wt_ops_count; i++)
			wt_op_prepare(caller->runs[i], &wt_ops[i]);
		wt_op_prepare(run, wt_op_named(callers[from]));
		WT_CALL(io, wt_op_call(run, wt_irp(io)));
		wt_op_kick(run);
		status = wt_io_end(io);
		KUNIT_EXPECT_EQ_MSG(test, status, run->op->final, "%s", callers[from]);
		wt_op_clean(run, status, io->information);
		for (i = 0; i < wt_ops_count; i++)
			expect_called_inside(test, caller, i, callers[from]);
	}
	WSK_RULES(test, "IRP-4 IRP-6 IRP-7 IRP-21");
}

struct closer {
	PWSK_SOCKET socket;
	struct wt_io *closing;
};

static void close_in_routine(struct wt_io *io)
{
	struct closer *closer = io->hook_context;

	WT_CALL(closer->closing, WT_BASIC(closer->socket)->WskCloseSocket(closer->socket,
									  wt_irp(closer->closing)));
}

/* In the call itself, too: what it was made on may be gone when it returns. */
static void routine_may_close_the_socket_of_its_call(struct kunit *test)
{
	struct closer *closer = kunit_kzalloc(test, sizeof(*closer), GFP_KERNEL);
	struct wt_env *env = wt_env(test);
	struct wt_op_run *run = wt_op_run(test);
	struct wt_io *io = wt_io_new(env);
	LONG early = 0;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, closer);
	closer->closing = wt_io_new(env);
	io->hook = close_in_routine;
	io->hook_context = closer;
	for (i = 0; i < wt_ops_count; i++) {
		const struct wt_op *op = &wt_ops[i];
		NTSTATUS status;

		if (op->client_level || op->closes)
			continue;
		wt_op_prepare(run, op);
		closer->socket = run->socket;
		wt_untrack(env, run->socket);
		WT_CALL(io, wt_op_call(run, wt_irp(io)));
		KUNIT_EXPECT_EQ_MSG(test, io->returned, op->returns, "%s", op->name);
		early += io->returned == STATUS_PENDING && wt_io_completed(io);
		wt_op_kick(run);
		status = wt_io_end(io);
		KUNIT_EXPECT_EQ_MSG(test, status, op->final, "%s: %#x", op->name, status);
		WT_EXPECT_STATUS(test, wt_io_end(closer->closing), STATUS_SUCCESS);
		KUNIT_EXPECT_LT_MSG(test, io->stamp, closer->closing->stamp, "%s", op->name);
		run->socket = NULL;
		wt_op_clean(run, status, io->information);
	}
	KUNIT_EXPECT_GT(test, early, 0);
	WSK_RULES(test, "IRP-4 IRP-20 IRP-21");
}

static struct kunit_case irp_routine_cases[] = {
	KUNIT_CASE(irp_is_freed_in_its_routine),
	KUNIT_CASE(memory_around_the_irp_is_freed_in_its_routine),
	KUNIT_CASE(irp_is_sent_again_from_its_routine),
	KUNIT_CASE(one_irp_serves_all_functions),
	KUNIT_CASE(routine_may_call_every_function),
	KUNIT_CASE(routine_may_close_the_socket_of_its_call),
	{}
};

static struct kunit_suite irp_routine_suite = {
	.name = "wsk_irp_routine",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = irp_routine_cases,
};
kunit_test_suite(irp_routine_suite);
