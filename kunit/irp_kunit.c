// SPDX-License-Identifier: GPL-2.0
/* IRPs as a driver makes them, sends them down and gets them back. Cancellation is elsewhere. */
#include "nt_worker.h"

#define TAG 0x20707249	/* "Irp " */

/* What a completion routine saw, and what it shall do. */
struct seen {
	LONG calls;
	PIRP irp;
	PDEVICE_OBJECT device;
	NTSTATUS status;
	ULONG_PTR information;
	BOOLEAN pending_returned;
	NTSTATUS answer;
	void (*act)(PIRP irp, struct seen *seen);
};

static NTSTATUS record(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct seen *seen = context;
	NTSTATUS answer = seen->answer;

	seen->calls++;
	seen->irp = irp;
	seen->device = device;
	seen->status = irp->IoStatus.Status;
	seen->information = irp->IoStatus.Information;
	seen->pending_returned = irp->PendingReturned;
	if (seen->act)
		seen->act(irp, seen);
	return answer;
}

static struct seen taker(void)
{
	return (struct seen){ .answer = STATUS_MORE_PROCESSING_REQUIRED };
}

static PIRP allocate(struct kunit *test, CCHAR stack_size)
{
	PIRP irp = IoAllocateIrp(stack_size, FALSE);

	KUNIT_ASSERT_NOT_NULL(test, irp);
	return irp;
}

/* What the driver below does with an IRP that it was sent. */
static void complete_irp(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
	irp->IoStatus.Status = status;
	irp->IoStatus.Information = information;
	IoCompleteRequest(irp, IO_NO_INCREMENT);
}

static void send_and_complete(PIRP irp, NTSTATUS status)
{
	IoSetNextIrpStackLocation(irp);
	complete_irp(irp, status, 0);
}

static void allocated_irp_is_initialised(struct kunit *test)
{
	CCHAR n;

	for (n = 1; n <= 4; n++) {
		PIRP irp = allocate(test, n);

		KUNIT_EXPECT_EQ(test, irp->Type, IO_TYPE_IRP);
		KUNIT_EXPECT_EQ(test, irp->Size, IoSizeOfIrp(n));
		KUNIT_EXPECT_EQ(test, irp->StackCount, n);
		KUNIT_EXPECT_EQ(test, irp->CurrentLocation, n + 1);
		KUNIT_EXPECT_PTR_EQ(test, IoGetNextIrpStackLocation(irp),
				    (PIO_STACK_LOCATION)(irp + 1) + n - 1);
		KUNIT_EXPECT_NULL(test, irp->MdlAddress);
		KUNIT_EXPECT_NULL(test, irp->CancelRoutine);
		KUNIT_EXPECT_FALSE(test, irp->Cancel);
		KUNIT_EXPECT_FALSE(test, irp->PendingReturned);
		IoFreeIrp(irp);
	}
	WSK_RULES(test, "NT-IoAllocateIrp");
}

static void impossible_stack_size_is_refused(struct kunit *test)
{
	WSK_EXPECT_REPORT(test, "1x misuse: IRP-27: IoAllocateIrp with 0 stack locations");
	WSK_EXPECT_REPORT(test, "1x misuse: IRP-27: IoAllocateIrp with -1 stack locations");
	WSK_EXPECT_REPORT(test, "1x misuse: IRP-27: IoAllocateIrp with 127 stack locations");
	KUNIT_EXPECT_NULL(test, IoAllocateIrp(0, FALSE));
	KUNIT_EXPECT_NULL(test, IoAllocateIrp(-1, FALSE));
	KUNIT_EXPECT_NULL(test, IoAllocateIrp(127, FALSE));
	WSK_RULES(test, "IRP-27 NT-IoAllocateIrp");
}

static void irp_lives_under_a_spin_lock(struct kunit *test)
{
	KSPIN_LOCK lock;
	KIRQL irql;
	PIRP irp;

	KeInitializeSpinLock(&lock);
	KeAcquireSpinLock(&lock, &irql);
	irp = IoAllocateIrp(1, FALSE);
	if (irp)
		IoFreeIrp(irp);
	KeReleaseSpinLock(&lock, irql);
	KUNIT_EXPECT_NOT_NULL(test, irp);
	WSK_RULES(test, "NT-IoAllocateIrp NT-IoFreeIrp");
}

static void routine_runs_for_the_outcomes_it_was_set_for(struct kunit *test)
{
	static const NTSTATUS statuses[] = { STATUS_SUCCESS, STATUS_CONNECTION_REFUSED,
					     STATUS_CANCELLED };
	int flags, outcome;

	for (flags = 0; flags < 8; flags++) {
		for (outcome = 0; outcome < 3; outcome++) {
			BOOLEAN on_success = !!(flags & 1), on_error = !!(flags & 2);
			BOOLEAN on_cancel = !!(flags & 4);
			BOOLEAN wanted = outcome == 0 ? on_success :
					 outcome == 1 ? on_error : on_error || on_cancel;
			struct seen upper = taker(), seen = taker();
			PIRP irp = allocate(test, 2);

			/* The upper level takes the IRP whatever the lower routine is set for. */
			IoSetCompletionRoutine(irp, record, &upper, TRUE, TRUE, TRUE);
			IoSetNextIrpStackLocation(irp);
			IoSetCompletionRoutine(irp, record, &seen, on_success, on_error, on_cancel);
			irp->Cancel = outcome == 2;
			send_and_complete(irp, statuses[outcome]);
			KUNIT_EXPECT_EQ_MSG(test, seen.calls, wanted, "flags %d, outcome %d", flags,
					    outcome);
			KUNIT_EXPECT_EQ_MSG(test, upper.calls, !wanted, "flags %d, outcome %d", flags,
					    outcome);
			KUNIT_EXPECT_EQ(test, (wanted ? &seen : &upper)->status, statuses[outcome]);
			IoFreeIrp(irp);
		}
	}
	WSK_RULES(test, "IRP-8 IRP-9 NT-IoSetCompletionRoutine");
}

static void routine_sees_status_information_and_context(struct kunit *test)
{
	struct seen seen = taker();
	PIRP irp = allocate(test, 1);

	irp->IoStatus.Status = (NTSTATUS)0xdeadbeef;
	irp->IoStatus.Information = 0xdeadbeef;
	IoSetCompletionRoutine(irp, record, &seen, TRUE, TRUE, TRUE);
	IoSetNextIrpStackLocation(irp);
	complete_irp(irp, STATUS_BUFFER_OVERFLOW, 42);
	KUNIT_EXPECT_EQ(test, seen.calls, 1);
	KUNIT_EXPECT_PTR_EQ(test, seen.irp, irp);
	KUNIT_EXPECT_NULL(test, seen.device);
	KUNIT_EXPECT_EQ(test, seen.status, STATUS_BUFFER_OVERFLOW);
	KUNIT_EXPECT_EQ(test, seen.information, 42);
	KUNIT_EXPECT_EQ(test, irp->CurrentLocation, 2);
	IoFreeIrp(irp);
	WSK_RULES(test, "NT-IoCompleteRequest");
}

static void pending_mark_reaches_the_routine(struct kunit *test)
{
	BOOLEAN pending;

	for (pending = FALSE; pending <= TRUE; pending++) {
		struct seen seen = taker();
		PIRP irp = allocate(test, 1);

		IoSetCompletionRoutine(irp, record, &seen, TRUE, TRUE, TRUE);
		IoSetNextIrpStackLocation(irp);
		if (pending)
			IoMarkIrpPending(irp);
		complete_irp(irp, STATUS_SUCCESS, 0);
		KUNIT_EXPECT_EQ(test, seen.pending_returned, pending);
		IoFreeIrp(irp);
	}
	WSK_RULES(test, "IRP-6 IRP-7");
}

static void pending_mark_moves_up_past_a_level_without_routine(struct kunit *test)
{
	struct seen upper = taker();
	PIRP irp = allocate(test, 3);

	IoSetCompletionRoutine(irp, record, &upper, TRUE, TRUE, TRUE);
	IoSetNextIrpStackLocation(irp);
	IoSetNextIrpStackLocation(irp);
	IoSetNextIrpStackLocation(irp);
	IoMarkIrpPending(irp);
	complete_irp(irp, STATUS_SUCCESS, 0);
	KUNIT_EXPECT_EQ(test, upper.calls, 1);
	KUNIT_EXPECT_TRUE(test, upper.pending_returned);
	IoFreeIrp(irp);
	WSK_RULES(test, "IRP-16");
}

static void walk_stops_where_it_is_told_and_goes_on_later(struct kunit *test)
{
	struct seen upper = taker(), lower = taker();
	PIRP irp = allocate(test, 2);

	IoSetCompletionRoutine(irp, record, &upper, TRUE, TRUE, TRUE);
	IoSetNextIrpStackLocation(irp);
	IoSetCompletionRoutine(irp, record, &lower, TRUE, TRUE, TRUE);
	send_and_complete(irp, STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, lower.calls, 1);
	KUNIT_EXPECT_EQ(test, upper.calls, 0);
	KUNIT_EXPECT_EQ(test, irp->CurrentLocation, 2);

	complete_irp(irp, STATUS_TIMEOUT, 7);
	KUNIT_EXPECT_EQ(test, lower.calls, 1);
	KUNIT_EXPECT_EQ(test, upper.calls, 1);
	KUNIT_EXPECT_EQ(test, upper.status, STATUS_TIMEOUT);
	KUNIT_EXPECT_EQ(test, upper.information, 7);
	IoFreeIrp(irp);
	WSK_RULES(test, "IRP-10 IRP-16");
}

static void free_irp(PIRP irp, struct seen *seen)
{
	IoFreeIrp(irp);
}

static void irp_may_be_freed_in_its_routine(struct kunit *test)
{
	struct seen seen = taker();
	PIRP irp = allocate(test, 1);

	seen.act = free_irp;
	IoSetCompletionRoutine(irp, record, &seen, TRUE, TRUE, TRUE);
	send_and_complete(irp, STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, seen.calls, 1);
	WSK_RULES(test, "IRP-10 IRP-11 NT-IoFreeIrp");
}

static void send_again(PIRP irp, struct seen *seen)
{
	UCHAR flags = irp->AllocationFlags;

	if (seen->calls == 3)
		return;
	IoReuseIrp(irp, STATUS_NOT_SUPPORTED);
	/* Everything of the last round is gone, but for what IoFreeIrp() needs. */
	if (irp->AllocationFlags == flags && irp->IoStatus.Status == STATUS_NOT_SUPPORTED &&
	    !irp->PendingReturned && irp->CurrentLocation == irp->StackCount + 1)
		seen->information++;
	IoSetCompletionRoutine(irp, record, seen, TRUE, TRUE, TRUE);
	IoSetNextIrpStackLocation(irp);
	IoMarkIrpPending(irp);
	irp->IoStatus.Status = STATUS_SUCCESS;
	IoCompleteRequest(irp, IO_NO_INCREMENT);
}

static void irp_may_be_reused_in_its_routine(struct kunit *test)
{
	struct seen seen = taker();
	PIRP irp = allocate(test, 1);

	seen.act = send_again;
	IoSetCompletionRoutine(irp, record, &seen, TRUE, TRUE, TRUE);
	send_and_complete(irp, STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, seen.calls, 3);
	KUNIT_EXPECT_TRUE(test, irp->PendingReturned);
	IoFreeIrp(irp);
	WSK_RULES(test, "IRP-11 IRP-17 NT-IoReuseIrp");
}

struct embedding {
	ULONG before;
	IRP irp;
	IO_STACK_LOCATION location;
	ULONG after;
};

static void free_embedding(PIRP irp, struct seen *seen)
{
	ExFreePoolWithTag(CONTAINING_RECORD(irp, struct embedding, irp), TAG);
}

static void memory_around_the_irp_may_be_freed_in_its_routine(struct kunit *test)
{
	struct embedding *memory = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*memory), TAG);
	struct seen seen = taker();

	KUNIT_ASSERT_NOT_NULL(test, memory);
	memset(memory, 0xa5, sizeof(*memory));
	IoInitializeIrp(&memory->irp, IoSizeOfIrp(1), 1);
	KUNIT_EXPECT_EQ(test, memory->before, 0xa5a5a5a5);
	KUNIT_EXPECT_EQ(test, memory->after, 0xa5a5a5a5);
	seen.act = free_embedding;
	IoSetCompletionRoutine(&memory->irp, record, &seen, TRUE, TRUE, TRUE);
	send_and_complete(&memory->irp, STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, seen.calls, 1);
	WSK_RULES(test, "IRP-11 IRP-15");
}

static void irp_on_the_stack_is_an_irp(struct kunit *test)
{
	struct embedding memory;
	struct seen seen = taker();
	int i;

	IoInitializeIrp(&memory.irp, IoSizeOfIrp(1), 1);
	for (i = 1; i <= 3; i++) {
		IoSetCompletionRoutine(&memory.irp, record, &seen, TRUE, TRUE, TRUE);
		send_and_complete(&memory.irp, STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, seen.calls, i);
		IoReuseIrp(&memory.irp, STATUS_SUCCESS);
	}
	WSK_RULES(test, "IRP-15 IRP-17 NT-IoInitializeIrp NT-IoReuseIrp");
}

static void irp_of_the_callers_memory_is_not_freed(struct kunit *test)
{
	struct embedding memory = {};

	IoInitializeIrp(&memory.irp, IoSizeOfIrp(1), 1);
	WSK_EXPECT_REPORT(test, "misuse: IRP-11: IoFreeIrp of what IoAllocateIrp did not return");
	IoFreeIrp(&memory.irp);
	KUNIT_EXPECT_EQ(test, memory.irp.Type, IO_TYPE_IRP);
	WSK_RULES(test, "NT-IoInitializeIrp");
}

static void irp_that_does_not_fit_its_memory_is_not_written(struct kunit *test)
{
	struct embedding memory;

	memset(&memory, 0xa5, sizeof(memory));
	WSK_EXPECT_REPORT(test, "misuse: IRP-15: IoInitializeIrp with [0-9]+ bytes for 2 stack");
	IoInitializeIrp(&memory.irp, IoSizeOfIrp(1), 2);
	KUNIT_EXPECT_EQ(test, (USHORT)memory.irp.Type, 0xa5a5);
	KUNIT_EXPECT_EQ(test, memory.after, 0xa5a5a5a5);
	WSK_RULES(test, "NT-IoInitializeIrp");
}

static void second_completion_is_reported_and_runs_nothing(struct kunit *test)
{
	struct seen seen = taker();
	PIRP irp = allocate(test, 1);

	IoSetCompletionRoutine(irp, record, &seen, TRUE, TRUE, TRUE);
	send_and_complete(irp, STATUS_SUCCESS);
	WSK_EXPECT_REPORT(test, "misuse: IRP-4: completion of an IRP that was completed before");
	complete_irp(irp, STATUS_SUCCESS, 0);
	KUNIT_EXPECT_EQ(test, seen.calls, 1);
	IoFreeIrp(irp);
	WSK_RULES(test, "IRP-4");
}

static void irp_that_nobody_takes_stays_with_its_owner(struct kunit *test)
{
	struct seen seen = { .answer = STATUS_SUCCESS };
	PIRP irp = allocate(test, 1);

	IoSetCompletionRoutine(irp, record, &seen, TRUE, TRUE, TRUE);
	WSK_EXPECT_REPORT(test, "misuse: IRP-25: no completion routine took the IRP");
	send_and_complete(irp, STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, seen.calls, 1);
	IoFreeIrp(irp);
	WSK_RULES(test, "IRP-25");
}

static void stale_routine_is_not_run_again(struct kunit *test)
{
	struct seen upper = taker(), lower = { .answer = STATUS_SUCCESS };
	PIRP irp = allocate(test, 2);

	IoSetCompletionRoutine(irp, record, &upper, TRUE, TRUE, TRUE);
	IoSetNextIrpStackLocation(irp);
	IoSetCompletionRoutine(irp, record, &lower, TRUE, TRUE, TRUE);
	IoSetNextIrpStackLocation(irp);
	IoMarkIrpPending(irp);
	complete_irp(irp, STATUS_SUCCESS, 0);
	KUNIT_EXPECT_EQ(test, lower.calls, 1);
	KUNIT_EXPECT_EQ(test, upper.calls, 1);

	/* The upper level sends it down once more; the level in between sets nothing. */
	IoSetCompletionRoutine(irp, record, &upper, TRUE, TRUE, TRUE);
	IoSetNextIrpStackLocation(irp);
	send_and_complete(irp, STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, lower.calls, 1);
	KUNIT_EXPECT_EQ(test, upper.calls, 2);
	KUNIT_EXPECT_FALSE(test, upper.pending_returned);
	IoFreeIrp(irp);
	WSK_RULES(test, "IRP-16");
}

static struct kunit_case irp_cases[] = {
	KUNIT_CASE(allocated_irp_is_initialised),
	KUNIT_CASE(impossible_stack_size_is_refused),
	KUNIT_CASE(irp_lives_under_a_spin_lock),
	KUNIT_CASE(routine_runs_for_the_outcomes_it_was_set_for),
	KUNIT_CASE(routine_sees_status_information_and_context),
	KUNIT_CASE(pending_mark_reaches_the_routine),
	KUNIT_CASE(pending_mark_moves_up_past_a_level_without_routine),
	KUNIT_CASE(walk_stops_where_it_is_told_and_goes_on_later),
	KUNIT_CASE(irp_may_be_freed_in_its_routine),
	KUNIT_CASE(irp_may_be_reused_in_its_routine),
	KUNIT_CASE(memory_around_the_irp_may_be_freed_in_its_routine),
	KUNIT_CASE(irp_on_the_stack_is_an_irp),
	KUNIT_CASE(irp_of_the_callers_memory_is_not_freed),
	KUNIT_CASE(irp_that_does_not_fit_its_memory_is_not_written),
	KUNIT_CASE(second_completion_is_reported_and_runs_nothing),
	KUNIT_CASE(irp_that_nobody_takes_stays_with_its_owner),
	KUNIT_CASE(stale_routine_is_not_run_again),
	{}
};

static struct kunit_suite irp_suite = {
	.name = "nt_irp",
	.test_cases = irp_cases,
};

kunit_test_suite(irp_suite);
