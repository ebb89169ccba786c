// SPDX-License-Identifier: GPL-2.0
/* What a call returns and what its completion routine sees, for every function that takes an IRP. */
#include "wsk_ops.h"

/* Ends @io's call, and what follows from the row for it. */
static void expect_outcome(struct wt_op_run *run, struct wt_io *io, LONG completed_at_return)
{
	struct kunit *test = run->env->test;
	const struct wt_op *op = run->op;
	NTSTATUS status;

	KUNIT_EXPECT_EQ_MSG(test, io->returned, op->returns, "%s returned %#x", op->name,
			    io->returned);
	/* Not pending is finished. */
	if (io->returned != STATUS_PENDING)
		KUNIT_EXPECT_EQ_MSG(test, completed_at_return, io->submissions, "%s", op->name);
	wt_op_kick(run);
	/* Completed once; PendingReturned, the status and the returned value agree; the IRQL. */
	status = wt_io_end(io);
	KUNIT_EXPECT_EQ_MSG(test, status, op->final, "%s: %#x", op->name, status);
	if (!NT_SUCCESS(status))
		KUNIT_EXPECT_EQ_MSG(test, (u64)io->information, 0ULL, "%s", op->name);
	wt_op_clean(run, status, io->information);
}

static void returned_value_and_irp_agree(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_op_run *run = wt_op_run(test);
	struct wt_io *io = wt_io_new(env);
	int i;

	for (i = 0; i < wt_ops_count; i++) {
		PIRP irp;

		wt_op_prepare(run, &wt_ops[i]);
		/* IoStatus is poisoned by wt_irp(); a row that looked at it would not end as it does. */
		irp = wt_irp(io);
		irp->MdlAddress = run->peer_data->mdl;
		WT_CALL(io, wt_op_call(run, irp));
		expect_outcome(run, io, io->completions);
		KUNIT_EXPECT_PTR_EQ_MSG(test, irp->MdlAddress, run->peer_data->mdl, "%s",
					wt_ops[i].name);
		irp->MdlAddress = NULL;
	}
	WSK_RULES(test, "IRP-1 IRP-2 IRP-3 IRP-4 IRP-5 IRP-6 IRP-7 IRP-18 IRP-32 IRP-35");
}

static void every_call_is_made_at_dispatch_level(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_op_run *run = wt_op_run(test);
	struct wt_io *io = wt_io_new(env);
	int i;

	for (i = 0; i < wt_ops_count; i++) {
		KIRQL before, after;
		LONG completed;
		PIRP irp;

		wt_op_prepare(run, &wt_ops[i]);
		irp = wt_irp(io);
		KeRaiseIrql(DISPATCH_LEVEL, &before);
		WT_CALL(io, wt_op_call(run, irp));
		completed = io->completions;
		after = KeGetCurrentIrql();
		KeLowerIrql(before);
		KUNIT_EXPECT_EQ_MSG(test, after, DISPATCH_LEVEL, "%s", wt_ops[i].name);
		expect_outcome(run, io, completed);
	}
	WSK_RULES(test, "IRP-4 IRP-5 IRP-6 IRP-7 IRP-24");
}

/* All of the location that a driver fills only for a driver below it, but for the routine. */
static void spoil_next_location(PIRP irp)
{
	PIO_STACK_LOCATION next = IoGetNextIrpStackLocation(irp);

	next->MajorFunction = next->MinorFunction = next->Flags = 0xa5;
	memset(&next->Parameters, 0xa5, sizeof(next->Parameters));
	next->DeviceObject = (PDEVICE_OBJECT)~(ULONG_PTR)0xa5;
	next->FileObject = (PFILE_OBJECT)~(ULONG_PTR)0xa5;
}

/* What others left in IoStatus and in the location is no business of the next request. */
static void what_is_left_in_the_irp_is_ignored(struct kunit *test)
{
	static const NTSTATUS left[] = { STATUS_SUCCESS, STATUS_PENDING, STATUS_CANCELLED,
					 STATUS_MORE_PROCESSING_REQUIRED, WT_POISON };
	struct wt_env *env = wt_env(test);
	struct wt_op_run *run = wt_op_run(test);
	struct wt_io *io = wt_io_new(env);
	int i, j;

	for (i = 0; i < wt_ops_count; i++) {
		for (j = 0; j < ARRAY_SIZE(left); j++) {
			PIRP irp;

			wt_op_prepare(run, &wt_ops[i]);
			irp = wt_irp(io);
			irp->IoStatus.Status = left[j];
			irp->IoStatus.Information = ~(ULONG_PTR)0 >> j;
			irp->PendingReturned = j % 2;
			spoil_next_location(irp);
			memset(irp->Tail.Overlay.DriverContext, 0xa5,
			       sizeof(irp->Tail.Overlay.DriverContext));
			WT_CALL(io, wt_op_call(run, irp));
			expect_outcome(run, io, io->completions);
		}
	}
	WSK_RULES(test, "IRP-18 IRP-13");
}

static void call_without_irp_does_nothing(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_op_run *run = wt_op_run(test);
	struct wt_io *io = wt_io_new(env);
	int i;

	for (i = 0; i < wt_ops_count; i++) {
		NTSTATUS status;

		wt_op_prepare(run, &wt_ops[i]);
		status = wt_op_call(run, NULL);
		KUNIT_EXPECT_EQ_MSG(test, status, wt_ops[i].without, "%s without IRP: %#x",
				    wt_ops[i].name, status);
		/* With one it ends as if there had been no call before. */
		WT_CALL(io, wt_op_call(run, wt_irp(io)));
		expect_outcome(run, io, io->completions);
	}
	WSK_RULES(test, "IRP-28 CLI-7 CTL-8");
}

static void record_level(struct wt_io *io)
{
	io->hook_context = KeGetCurrentIrql() <= DISPATCH_LEVEL && !in_hardirq() ? io : NULL;
}

/* From the calling thread, from a worker and from a softirq, and never from higher up. */
static void routines_run_at_dispatch_level_at_most(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_op_run *run = wt_op_run(test);
	struct wt_io *io = wt_io_new(env);
	LONG at_passive = 0, at_dispatch = 0;
	int i;

	io->hook = record_level;
	for (i = 0; i < wt_ops_count; i++) {
		wt_op_prepare(run, &wt_ops[i]);
		WT_CALL(io, wt_op_call(run, wt_irp(io)));
		expect_outcome(run, io, io->completions);
		KUNIT_EXPECT_PTR_EQ_MSG(test, io->hook_context, (PVOID)io, "%s", wt_ops[i].name);
		if (io->irql == DISPATCH_LEVEL)
			at_dispatch++;
		else
			at_passive++;
	}
	KUNIT_EXPECT_GT(test, at_dispatch, 0);
	KUNIT_EXPECT_GT(test, at_passive, 0);
	WSK_RULES(test, "IRP-24");
}

static struct kunit_case irp_pend_cases[] = {
	KUNIT_CASE(returned_value_and_irp_agree),
	KUNIT_CASE(every_call_is_made_at_dispatch_level),
	KUNIT_CASE(what_is_left_in_the_irp_is_ignored),
	KUNIT_CASE(call_without_irp_does_nothing),
	KUNIT_CASE(routines_run_at_dispatch_level_at_most),
	{}
};

static struct kunit_suite irp_pend_suite = {
	.name = "wsk_irp_pend",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = irp_pend_cases,
};
kunit_test_suite(irp_pend_suite);
