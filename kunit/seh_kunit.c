// SPDX-License-Identifier: GPL-2.0
/* __try, __except and __finally, and where a raised status lands. */
#include "nt_worker.h"
#include <linux/interrupt.h>

static void handler_runs_with_the_code(struct kunit *test)
{
	NTSTATUS code = STATUS_SUCCESS;
	int behind = 0;

	__try {
		ExRaiseStatus(STATUS_ACCESS_VIOLATION);
		behind = 1;
	} __except (EXCEPTION_EXECUTE_HANDLER) {
		code = GetExceptionCode();
	}
	NT_EXPECT_STATUS(test, code, STATUS_ACCESS_VIOLATION);
	/* Differs from Windows, as excpt.h says. */
	KUNIT_EXPECT_EQ(test, behind, 1);
	WSK_RULES(test, "try-except GetExceptionCode ExRaiseStatus");
}

static void handler_is_skipped_without_an_exception(struct kunit *test)
{
	int ran = 0, handled = 0;

	__try {
		ran = 1;
	} __except (EXCEPTION_EXECUTE_HANDLER) {
		handled = 1;
	}
	KUNIT_EXPECT_EQ(test, ran, 1);
	KUNIT_EXPECT_EQ(test, handled, 0);
	WSK_RULES(test, "try-except");
}

static void the_first_exception_of_a_block_stays(struct kunit *test)
{
	NTSTATUS code = STATUS_SUCCESS;

	__try {
		ExRaiseStatus(STATUS_ACCESS_VIOLATION);
		ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
	} __except (EXCEPTION_EXECUTE_HANDLER) {
		code = GetExceptionCode();
	}
	NT_EXPECT_STATUS(test, code, STATUS_ACCESS_VIOLATION);
	WSK_RULES(test, "try-except");
}

static void inner_block_takes_it_and_outer_sees_nothing(struct kunit *test)
{
	NTSTATUS inner = STATUS_SUCCESS;
	int outer = 0;

	__try {
		__try {
			ExRaiseStatus(STATUS_ACCESS_VIOLATION);
		} __except (EXCEPTION_EXECUTE_HANDLER) {
			inner = GetExceptionCode();
		}
	} __except (EXCEPTION_EXECUTE_HANDLER) {
		outer = 1;
	}
	NT_EXPECT_STATUS(test, inner, STATUS_ACCESS_VIOLATION);
	KUNIT_EXPECT_EQ(test, outer, 0);
	WSK_RULES(test, "try-except");
}

static void a_filter_that_searches_on_passes_it_out(struct kunit *test)
{
	NTSTATUS outer = STATUS_SUCCESS, filtered = STATUS_SUCCESS;
	int inner = 0;

	__try {
		__try {
			ExRaiseStatus(STATUS_DATATYPE_MISALIGNMENT);
		} __except (filtered = GetExceptionCode(), EXCEPTION_CONTINUE_SEARCH) {
			inner = 1;
		}
	} __except (GetExceptionCode() == STATUS_DATATYPE_MISALIGNMENT ?
		    EXCEPTION_EXECUTE_HANDLER : EXCEPTION_CONTINUE_SEARCH) {
		outer = GetExceptionCode();
	}
	KUNIT_EXPECT_EQ(test, inner, 0);
	NT_EXPECT_STATUS(test, filtered, STATUS_DATATYPE_MISALIGNMENT);
	NT_EXPECT_STATUS(test, outer, STATUS_DATATYPE_MISALIGNMENT);
	WSK_RULES(test, "try-except");
}

static void a_handlers_exception_belongs_to_the_block_around(struct kunit *test)
{
	NTSTATUS outer = STATUS_SUCCESS;

	__try {
		__try {
			ExRaiseStatus(STATUS_ACCESS_VIOLATION);
		} __except (EXCEPTION_EXECUTE_HANDLER) {
			ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
		}
	} __except (EXCEPTION_EXECUTE_HANDLER) {
		outer = GetExceptionCode();
	}
	NT_EXPECT_STATUS(test, outer, STATUS_INSUFFICIENT_RESOURCES);
	WSK_RULES(test, "try-except");
}

static void raise_below(int depth)
{
	if (depth)
		raise_below(depth - 1);
	else
		ExRaiseStatus(STATUS_ACCESS_VIOLATION);
}

static void an_exception_crosses_function_calls(struct kunit *test)
{
	NTSTATUS code = STATUS_SUCCESS;

	__try {
		raise_below(8);
	} __except (EXCEPTION_EXECUTE_HANDLER) {
		code = GetExceptionCode();
	}
	NT_EXPECT_STATUS(test, code, STATUS_ACCESS_VIOLATION);
	WSK_RULES(test, "try-except");
}

static NTSTATUS leave_by_return(int raise)
{
	__try {
		if (!raise)
			return STATUS_SUCCESS;
		ExRaiseStatus(STATUS_ACCESS_VIOLATION);
	} __except (EXCEPTION_EXECUTE_HANDLER) {
		return GetExceptionCode();
	}
	return STATUS_UNSUCCESSFUL;
}

static NTSTATUS leave_by_goto(void)
{
	NTSTATUS status = STATUS_SUCCESS;

	__try {
		ExRaiseStatus(STATUS_ACCESS_VIOLATION);
	} __except (EXCEPTION_EXECUTE_HANDLER) {
		status = GetExceptionCode();
		goto Error;
	}
	status = STATUS_UNSUCCESSFUL;
Error:
	return status;
}

static void return_and_goto_leave_no_frame_behind(struct kunit *test)
{
	int i;

	for (i = 0; i < 3; i++) {
		NT_EXPECT_STATUS(test, leave_by_return(FALSE), STATUS_SUCCESS);
		NT_EXPECT_STATUS(test, leave_by_return(TRUE), STATUS_ACCESS_VIOLATION);
		NT_EXPECT_STATUS(test, leave_by_goto(), STATUS_ACCESS_VIOLATION);
		KUNIT_EXPECT_EQ(test, GetExceptionCode(), STATUS_SUCCESS);
	}
	WSK_RULES(test, "try-except");
}

static void finally_runs_either_way_and_passes_it_out(struct kunit *test)
{
	NTSTATUS outer = STATUS_SUCCESS;
	int finished = 0, abnormal = -1;

	__try {
		finished = 0;
	} __finally {
		finished = 1;
		abnormal = AbnormalTermination();
	}
	KUNIT_EXPECT_EQ(test, finished, 1);
	KUNIT_EXPECT_EQ(test, abnormal, 0);
	__try {
		__try {
			ExRaiseStatus(STATUS_ACCESS_VIOLATION);
		} __finally {
			finished = 2;
			abnormal = AbnormalTermination();
		}
	} __except (EXCEPTION_EXECUTE_HANDLER) {
		outer = GetExceptionCode();
	}
	KUNIT_EXPECT_EQ(test, finished, 2);
	KUNIT_EXPECT_EQ(test, abnormal, 1);
	NT_EXPECT_STATUS(test, outer, STATUS_ACCESS_VIOLATION);
	WSK_RULES(test, "try-finally AbnormalTermination");
}

static void leave_ends_the_block(struct kunit *test)
{
	int behind = 0, finished = 0;

	__try {
		if (!behind)
			__leave;
		behind = 1;
	} __finally {
		finished = 1;
	}
	KUNIT_EXPECT_EQ(test, behind, 0);
	KUNIT_EXPECT_EQ(test, finished, 1);
	WSK_RULES(test, "try-finally leave");
}

static void a_lock_of_user_memory_raises(struct kunit *test)
{
	PMDL mdl = IoAllocateMdl((PVOID)0x1000, 64, FALSE, FALSE, NULL);
	NTSTATUS status = STATUS_SUCCESS;

	KUNIT_ASSERT_NOT_NULL(test, mdl);
	__try {
		MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
	} __except (EXCEPTION_EXECUTE_HANDLER) {
		status = GetExceptionCode();
	}
	NT_EXPECT_STATUS(test, status, STATUS_ACCESS_VIOLATION);
	KUNIT_EXPECT_EQ(test, mdl->MdlFlags & MDL_PAGES_LOCKED, 0);
	IoFreeMdl(mdl);
	WSK_RULES(test, "MmProbeAndLockPages");
}

static void a_raise_without_a_block_is_reported(struct kunit *test)
{
	WSK_EXPECT_REPORT(test, "wsk: misuse: status 0xc0000005 raised outside of any __try");
	ExRaiseStatus(STATUS_ACCESS_VIOLATION);
	KUNIT_EXPECT_EQ(test, GetExceptionCode(), STATUS_SUCCESS);
	WSK_RULES(test, "ExRaiseStatus");
}

static void an_exception_nobody_takes_is_reported(struct kunit *test)
{
	int handled = 0;

	WSK_EXPECT_REPORT(test, "wsk: misuse: status 0xc000009a raised outside of any __try");
	__try {
		ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
	} __except (EXCEPTION_CONTINUE_SEARCH) {
		handled = 1;
	}
	KUNIT_EXPECT_EQ(test, handled, 0);
	WSK_RULES(test, "ExRaiseStatus");
}

struct race {
	KEVENT *go;
	NTSTATUS status;
	int wrong;
};

static void raise_often(void *context)
{
	struct race *race = context;
	int i;

	nt_wait(race->go);
	for (i = 0; i < 500; i++) {
		NTSTATUS code = STATUS_SUCCESS;

		__try {
			ExRaiseStatus(race->status + i);
		} __except (EXCEPTION_EXECUTE_HANDLER) {
			code = GetExceptionCode();
		}
		race->wrong += code != race->status + i;
	}
}

static void threads_do_not_see_each_others_exceptions(struct kunit *test)
{
	struct nt_worker workers[4];
	struct race races[4];
	KEVENT go;
	int i;

	KeInitializeEvent(&go, NotificationEvent, FALSE);
	for (i = 0; i < ARRAY_SIZE(workers); i++) {
		races[i] = (struct race){ &go, (NTSTATUS)0xc0000000 + 0x10000 * i };
		nt_worker_start(test, &workers[i], raise_often, &races[i]);
	}
	KeSetEvent(&go, IO_NO_INCREMENT, FALSE);
	for (i = 0; i < ARRAY_SIZE(workers); i++) {
		nt_worker_join(test, &workers[i]);
		KUNIT_EXPECT_EQ(test, races[i].wrong, 0);
	}
	WSK_RULES(test, "try-except");
}

struct ending {
	KEVENT *go;
	int handled;
};

static void end_inside_blocks(void *context)
{
	struct ending *ending = context;

	__try {
		__try {
			ExRaiseStatus(STATUS_ACCESS_VIOLATION);
			nt_wait(ending->go);
			PsTerminateSystemThread(STATUS_SUCCESS);
		} __except (EXCEPTION_EXECUTE_HANDLER) {
			ending->handled = 1;
		}
	} __except (EXCEPTION_EXECUTE_HANDLER) {
		ending->handled = 1;
	}
}

/*
 * They end together, so that their stacks are free and not in use again when
 * somebody without a frame looks through the frames: were theirs still linked,
 * KASAN would see it.
 */
static void threads_that_end_inside_a_block_leave_nothing(struct kunit *test)
{
	enum { kThreads = 64 };
	struct nt_worker *workers = kunit_kcalloc(test, kThreads, sizeof(*workers), GFP_KERNEL);
	struct ending ending = {};
	KEVENT go;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, workers);
	KeInitializeEvent(&go, NotificationEvent, FALSE);
	ending.go = &go;
	for (i = 0; i < kThreads; i++)
		nt_worker_start(test, &workers[i], end_inside_blocks, &ending);
	KUNIT_EXPECT_TRUE(test, nt_await_waiters(&go, kThreads));
	KeSetEvent(&go, IO_NO_INCREMENT, FALSE);
	for (i = 0; i < kThreads; i++)
		nt_worker_join(test, &workers[i]);
	nt_sleep_ms(100);
	NT_EXPECT_STATUS(test, GetExceptionCode(), STATUS_SUCCESS);
	NT_EXPECT_STATUS(test, leave_by_return(TRUE), STATUS_ACCESS_VIOLATION);
	KUNIT_EXPECT_EQ(test, ending.handled, 0);
	WSK_RULES(test, "PsTerminateSystemThread try-except");
}

static NTSTATUS softirq_code;

static void raise_in_softirq(struct tasklet_struct *tasklet)
{
	softirq_code = leave_by_return(TRUE);
	ExRaiseStatus(STATUS_INVALID_PARAMETER);
}

static DECLARE_TASKLET(softirq_tasklet, raise_in_softirq);

static void a_softirq_does_not_raise_into_the_task_below(struct kunit *test)
{
	int handled = 0;

	WSK_EXPECT_REPORT(test, "wsk: misuse: status 0xc000000d raised outside of any __try");
	softirq_code = STATUS_SUCCESS;
	__try {
		local_bh_disable();
		tasklet_schedule(&softirq_tasklet);
		local_bh_enable();
		tasklet_kill(&softirq_tasklet);
	} __except (EXCEPTION_EXECUTE_HANDLER) {
		handled = 1;
	}
	KUNIT_EXPECT_EQ(test, handled, 0);
	NT_EXPECT_STATUS(test, softirq_code, STATUS_ACCESS_VIOLATION);
	WSK_RULES(test, "ExRaiseStatus");
}

static struct kunit_case seh_cases[] = {
	KUNIT_CASE(handler_runs_with_the_code),
	KUNIT_CASE(handler_is_skipped_without_an_exception),
	KUNIT_CASE(the_first_exception_of_a_block_stays),
	KUNIT_CASE(inner_block_takes_it_and_outer_sees_nothing),
	KUNIT_CASE(a_filter_that_searches_on_passes_it_out),
	KUNIT_CASE(a_handlers_exception_belongs_to_the_block_around),
	KUNIT_CASE(an_exception_crosses_function_calls),
	KUNIT_CASE(return_and_goto_leave_no_frame_behind),
	KUNIT_CASE(finally_runs_either_way_and_passes_it_out),
	KUNIT_CASE(leave_ends_the_block),
	KUNIT_CASE(a_lock_of_user_memory_raises),
	KUNIT_CASE(a_raise_without_a_block_is_reported),
	KUNIT_CASE(an_exception_nobody_takes_is_reported),
	KUNIT_CASE(threads_do_not_see_each_others_exceptions),
	KUNIT_CASE(threads_that_end_inside_a_block_leave_nothing),
	KUNIT_CASE(a_softirq_does_not_raise_into_the_task_below),
	{}
};

static struct kunit_suite seh_suite = {
	.name = "nt-seh",
	.test_cases = seh_cases,
};

kunit_test_suite(seh_suite);
