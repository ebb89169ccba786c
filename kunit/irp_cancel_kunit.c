// SPDX-License-Identifier: GPL-2.0
/* IoCancelIrp, cancel routines and the cancel spin lock. */
#include "nt_worker.h"

struct request {
	PIRP irp;
	LONG cancels;
	LONG completions;
	PDEVICE_OBJECT device;	/* that the cancel routine was given */
	KIRQL cancel_irql;	/* in the cancel routine */
	KIRQL stored_irql;	/* Irp->CancelIrql there */
	NTSTATUS status;
	BOOLEAN complete_in_routine;
};

static NTSTATUS completed(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct request *request = context;

	request->status = irp->IoStatus.Status;
	InterlockedIncrement(&request->completions);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static void complete_irp(PIRP irp, NTSTATUS status)
{
	irp->IoStatus.Status = status;
	irp->IoStatus.Information = 0;
	IoCompleteRequest(irp, IO_NO_INCREMENT);
}

static VOID cancel_routine(PDEVICE_OBJECT device, PIRP irp)
{
	struct request *request = irp->Tail.Overlay.DriverContext[0];

	request->device = device;
	request->cancel_irql = KeGetCurrentIrql();
	request->stored_irql = irp->CancelIrql;
	request->cancels++;
	IoReleaseCancelSpinLock(irp->CancelIrql);
	if (request->complete_in_routine)
		complete_irp(irp, STATUS_CANCELLED);
}

/* What a provider does with an IRP that it keeps. */
static void accept(PIRP irp, struct request *request)
{
	IoSetNextIrpStackLocation(irp);
	IoMarkIrpPending(irp);
	irp->Tail.Overlay.DriverContext[0] = request;
	IoSetCancelRoutine(irp, cancel_routine);
}

static void begin(struct kunit *test, struct request *request)
{
	request->irp = IoAllocateIrp(1, FALSE);
	KUNIT_ASSERT_NOT_NULL(test, request->irp);
	IoSetCompletionRoutine(request->irp, completed, request, TRUE, TRUE, TRUE);
	accept(request->irp, request);
}

static void cancel_of_a_pending_irp_runs_its_routine_under_the_lock(struct kunit *test)
{
	struct request request = { .complete_in_routine = TRUE };

	begin(test, &request);
	KUNIT_EXPECT_TRUE(test, IoCancelIrp(request.irp));
	KUNIT_EXPECT_EQ(test, request.cancels, 1);
	KUNIT_EXPECT_EQ(test, request.cancel_irql, DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, request.stored_irql, PASSIVE_LEVEL);
	KUNIT_EXPECT_EQ(test, KeGetCurrentIrql(), PASSIVE_LEVEL);
	KUNIT_EXPECT_EQ(test, request.completions, 1);
	KUNIT_EXPECT_EQ(test, request.status, STATUS_CANCELLED);
	KUNIT_EXPECT_TRUE(test, request.irp->Cancel);
	KUNIT_EXPECT_NULL(test, (PVOID)request.irp->CancelRoutine);
	IoFreeIrp(request.irp);
	WSK_RULES(test, "NT-IoCancelIrp");
}

static void second_cancel_finds_nothing(struct kunit *test)
{
	struct request request = {};

	begin(test, &request);
	KUNIT_EXPECT_TRUE(test, IoCancelIrp(request.irp));
	KUNIT_EXPECT_FALSE(test, IoCancelIrp(request.irp));
	KUNIT_EXPECT_EQ(test, request.cancels, 1);
	complete_irp(request.irp, STATUS_CANCELLED);
	KUNIT_EXPECT_FALSE(test, IoCancelIrp(request.irp));
	KUNIT_EXPECT_EQ(test, request.cancels, 1);
	KUNIT_EXPECT_EQ(test, request.completions, 1);
	IoFreeIrp(request.irp);
	WSK_RULES(test, "NT-IoCancelIrp");
}

static void cancel_without_routine_marks_the_irp(struct kunit *test)
{
	PIRP irp = IoAllocateIrp(1, FALSE);

	KUNIT_ASSERT_NOT_NULL(test, irp);
	KUNIT_EXPECT_FALSE(test, IoCancelIrp(irp));
	KUNIT_EXPECT_TRUE(test, irp->Cancel);
	IoReuseIrp(irp, STATUS_SUCCESS);
	KUNIT_EXPECT_FALSE(test, irp->Cancel);
	IoFreeIrp(irp);
	WSK_RULES(test, "NT-IoCancelIrp");
}

static void cancel_of_an_irp_on_nobodys_stack_has_no_device(struct kunit *test)
{
	struct request request = { .device = (PDEVICE_OBJECT)&request };
	PIRP irp = IoAllocateIrp(1, FALSE);

	KUNIT_ASSERT_NOT_NULL(test, irp);
	irp->Tail.Overlay.DriverContext[0] = &request;
	KUNIT_EXPECT_NULL(test, (PVOID)IoSetCancelRoutine(irp, cancel_routine));
	KUNIT_EXPECT_TRUE(test, IoCancelIrp(irp));
	KUNIT_EXPECT_EQ(test, request.cancels, 1);
	KUNIT_EXPECT_NULL(test, request.device);
	IoFreeIrp(irp);
	WSK_RULES(test, "NT-IoCancelIrp");
}

static void cancel_at_dispatch_level_returns_to_it(struct kunit *test)
{
	struct request request = { .complete_in_routine = TRUE };
	KIRQL irql, inside;
	BOOLEAN ran;

	begin(test, &request);
	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	ran = IoCancelIrp(request.irp);
	inside = KeGetCurrentIrql();
	KeLowerIrql(irql);
	KUNIT_EXPECT_TRUE(test, ran);
	KUNIT_EXPECT_EQ(test, inside, DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, request.stored_irql, DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, request.completions, 1);
	IoFreeIrp(request.irp);
	WSK_RULES(test, "NT-IoCancelIrp");
}

static void routine_taken_back_is_not_run(struct kunit *test)
{
	struct request request = {};

	begin(test, &request);
	KUNIT_EXPECT_PTR_EQ(test, (PVOID)IoSetCancelRoutine(request.irp, NULL),
			    (PVOID)cancel_routine);
	KUNIT_EXPECT_FALSE(test, IoCancelIrp(request.irp));
	complete_irp(request.irp, STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, request.cancels, 0);
	KUNIT_EXPECT_EQ(test, request.status, STATUS_SUCCESS);
	IoFreeIrp(request.irp);
	WSK_RULES(test, "NT-IoSetCancelRoutine");
}

static void cancel_lock_round_trips_the_irql(struct kunit *test)
{
	KIRQL first = 0xff, second = 0xff, raised, inside;

	IoAcquireCancelSpinLock(&first);
	inside = KeGetCurrentIrql();
	IoReleaseCancelSpinLock(first);
	KUNIT_EXPECT_EQ(test, first, PASSIVE_LEVEL);
	KUNIT_EXPECT_EQ(test, inside, DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, KeGetCurrentIrql(), PASSIVE_LEVEL);

	KeRaiseIrql(DISPATCH_LEVEL, &raised);
	IoAcquireCancelSpinLock(&second);
	IoReleaseCancelSpinLock(second);
	inside = KeGetCurrentIrql();
	KeLowerIrql(raised);
	KUNIT_EXPECT_EQ(test, second, DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, inside, DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, KeGetCurrentIrql(), PASSIVE_LEVEL);
	WSK_RULES(test, "NT-IoAcquireCancelSpinLock NT-IoReleaseCancelSpinLock");
}

#define ROUNDS 500

struct race {
	struct request requests[ROUNDS];
	LONG claimed;
};

static void cancel_all(void *context)
{
	struct race *race = context;
	int i;

	for (i = 0; i < ROUNDS; i++)
		IoCancelIrp(race->requests[i].irp);
}

/* The provider's way of taking an IRP back: whoever gets the routine completes. */
static void claim_all(void *context)
{
	struct race *race = context;
	int i;

	for (i = ROUNDS - 1; i >= 0; i--) {
		if (!IoSetCancelRoutine(race->requests[i].irp, NULL))
			continue;
		race->claimed++;
		complete_irp(race->requests[i].irp, STATUS_SUCCESS);
	}
}

static void race_of_cancel_and_completion_has_one_winner(struct kunit *test)
{
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	struct nt_worker canceller, provider;
	LONG cancelled = 0, completions = 0;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, race);
	for (i = 0; i < ROUNDS; i++) {
		race->requests[i].complete_in_routine = TRUE;
		begin(test, &race->requests[i]);
	}
	nt_worker_start(test, &canceller, cancel_all, race);
	nt_worker_start(test, &provider, claim_all, race);
	nt_worker_join(test, &canceller);
	nt_worker_join(test, &provider);
	for (i = 0; i < ROUNDS; i++) {
		struct request *request = &race->requests[i];

		KUNIT_EXPECT_EQ(test, request->completions, 1);
		KUNIT_EXPECT_EQ(test, request->status,
				request->cancels ? STATUS_CANCELLED : STATUS_SUCCESS);
		cancelled += request->cancels;
		completions += request->completions;
		IoFreeIrp(request->irp);
	}
	KUNIT_EXPECT_EQ(test, cancelled + race->claimed, ROUNDS);
	KUNIT_EXPECT_EQ(test, completions, ROUNDS);
	WSK_RULES(test, "NT-IoCancelIrp NT-IoSetCancelRoutine");
}

static struct kunit_case irp_cancel_cases[] = {
	KUNIT_CASE(cancel_of_a_pending_irp_runs_its_routine_under_the_lock),
	KUNIT_CASE(second_cancel_finds_nothing),
	KUNIT_CASE(cancel_without_routine_marks_the_irp),
	KUNIT_CASE(cancel_of_an_irp_on_nobodys_stack_has_no_device),
	KUNIT_CASE(cancel_at_dispatch_level_returns_to_it),
	KUNIT_CASE(routine_taken_back_is_not_run),
	KUNIT_CASE(cancel_lock_round_trips_the_irql),
	KUNIT_CASE(race_of_cancel_and_completion_has_one_winner),
	{}
};

static struct kunit_suite irp_cancel_suite = {
	.name = "nt_irp_cancel",
	.test_cases = irp_cancel_cases,
};

kunit_test_suite(irp_cancel_suite);
