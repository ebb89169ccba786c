// SPDX-License-Identifier: GPL-2.0
/*
 * Waits: time-outs, several objects, IRQL, and events whose memory goes with the
 * wait. That time passed is proven by status and order, never by a clock, as the
 * clock of User-Mode Linux may stand still or jump.
 */
#include "nt_worker.h"

static NTSTATUS wait_several(ULONG count, PVOID *objects, WAIT_TYPE type, LONGLONG ms,
			     PKWAIT_BLOCK blocks)
{
	LARGE_INTEGER timeout = { .QuadPart = NT_MS(ms) };

	return KeWaitForMultipleObjects(count, objects, type, Executive, KernelMode, FALSE,
					ms < 0 ? NULL : &timeout, blocks);
}

#define FOREVER (-1)

static void set_event(void *context)
{
	KeSetEvent(context, IO_NO_INCREMENT, FALSE);
}

static void a_wait_without_time_out_ends_with_the_signal(struct kunit *test)
{
	struct nt_worker *worker = kunit_kzalloc(test, sizeof(*worker), GFP_KERNEL);
	KEVENT event;

	KeInitializeEvent(&event, SynchronizationEvent, FALSE);
	nt_worker_start(test, worker, set_event, &event);
	NT_EXPECT_STATUS(test, nt_wait_forever(&event), STATUS_SUCCESS);
	nt_worker_join(test, worker);
	WSK_RULES(test, "NT-KeWaitForSingleObject");
}

static void a_time_out_ends_the_wait_and_takes_nothing(struct kunit *test)
{
	KEVENT event;

	KeInitializeEvent(&event, SynchronizationEvent, FALSE);
	NT_EXPECT_STATUS(test, nt_wait_ms(&event, 5), STATUS_TIMEOUT);
	KUNIT_EXPECT_EQ(test, nt_waiters(&event.Header), 0);
	KUNIT_EXPECT_EQ(test, KeSetEvent(&event, IO_NO_INCREMENT, FALSE), 0);
	NT_EXPECT_STATUS(test, nt_poll(&event), STATUS_SUCCESS);
	WSK_RULES(test, "NT-KeWaitForSingleObject");
}

struct sleeper {
	KEVENT event;
	LONGLONG ms;
	NTSTATUS status;
};

static void sleep_for_event(void *context)
{
	struct sleeper *sleeper = context;

	sleeper->status = nt_wait_ms(&sleeper->event, sleeper->ms);
}

static void the_shorter_of_two_time_outs_ends_first(struct kunit *test)
{
	struct nt_worker *workers = kunit_kzalloc(test, 2 * sizeof(*workers), GFP_KERNEL);
	struct sleeper *sleepers = kunit_kzalloc(test, 2 * sizeof(*sleepers), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, workers);
	KUNIT_ASSERT_NOT_NULL(test, sleepers);
	sleepers[0].ms = NT_PATIENCE_MS;
	sleepers[1].ms = 1;
	for (i = 0; i < 2; i++) {
		KeInitializeEvent(&sleepers[i].event, NotificationEvent, FALSE);
		nt_worker_start(test, &workers[i], sleep_for_event, &sleepers[i]);
	}
	nt_worker_join(test, &workers[1]);
	/* Half a minute ends with a signal that comes when the millisecond is over. */
	KeSetEvent(&sleepers[0].event, IO_NO_INCREMENT, FALSE);
	nt_worker_join(test, &workers[0]);
	NT_EXPECT_STATUS(test, sleepers[1].status, STATUS_TIMEOUT);
	NT_EXPECT_STATUS(test, sleepers[0].status, STATUS_SUCCESS);
	WSK_RULES(test, "NT-KeWaitForSingleObject");
}

static void an_absolute_time_out_is_a_system_time(struct kunit *test)
{
	LARGE_INTEGER when;
	KEVENT event;

	KeInitializeEvent(&event, NotificationEvent, FALSE);
	KeQuerySystemTime(&when);
	NT_EXPECT_STATUS(test, KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &when),
			 STATUS_TIMEOUT);
	when.QuadPart = 1;	/* 1601 */
	NT_EXPECT_STATUS(test, KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &when),
			 STATUS_TIMEOUT);
	KeQuerySystemTime(&when);
	when.QuadPart += 50000;	/* in 5 ms */
	NT_EXPECT_STATUS(test, KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &when),
			 STATUS_TIMEOUT);
	KeSetEvent(&event, IO_NO_INCREMENT, FALSE);
	when.QuadPart = 1;
	NT_EXPECT_STATUS(test, KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &when),
			 STATUS_SUCCESS);
	WSK_RULES(test, "NT-KeWaitForSingleObject NT-KeQuerySystemTime");
}

static void time_outs_beyond_all_clocks_wait_for_the_signal(struct kunit *test)
{
	static const LONGLONG far[] = {
		-MAXLONGLONG - 1, -MAXLONGLONG, -MAXLONGLONG / 100, MAXLONGLONG,
	};
	struct nt_worker *worker = kunit_kzalloc(test, sizeof(*worker), GFP_KERNEL);
	LARGE_INTEGER timeout;
	KEVENT event;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(far); i++) {
		KeInitializeEvent(&event, SynchronizationEvent, FALSE);
		timeout.QuadPart = far[i];
		nt_worker_start(test, worker, set_event, &event);
		NT_EXPECT_STATUS(test, KeWaitForSingleObject(&event, Executive, KernelMode, FALSE,
							     &timeout), STATUS_SUCCESS);
		nt_worker_join(test, worker);
	}
	WSK_RULES(test, "NT-KeWaitForSingleObject");
}

static void any_answers_the_lowest_index_that_is_signalled(struct kunit *test)
{
	KEVENT events[3];
	PVOID objects[] = { &events[0], &events[1], &events[2] };
	int i;

	for (i = 0; i < 3; i++)
		KeInitializeEvent(&events[i], SynchronizationEvent, i > 0);
	NT_EXPECT_STATUS(test, wait_several(3, objects, WaitAny, FOREVER, NULL), STATUS_WAIT_0 + 1);
	/* Only what ended the wait was taken. */
	NT_EXPECT_STATUS(test, wait_several(3, objects, WaitAny, 0, NULL), STATUS_WAIT_0 + 2);
	NT_EXPECT_STATUS(test, wait_several(3, objects, WaitAny, 0, NULL), STATUS_TIMEOUT);
	NT_EXPECT_STATUS(test, wait_several(3, objects, WaitAny, 5, NULL), STATUS_TIMEOUT);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, nt_waiters(&events[i].Header), 0);
	WSK_RULES(test, "NT-KeWaitForMultipleObjects");
}

static void any_is_ended_by_a_later_signal_of_one(struct kunit *test)
{
	struct nt_worker *worker = kunit_kzalloc(test, sizeof(*worker), GFP_KERNEL);
	KEVENT events[3];
	PVOID objects[] = { &events[0], &events[1], &events[2] };
	int i;

	for (i = 0; i < 3; i++)
		KeInitializeEvent(&events[i], SynchronizationEvent, FALSE);
	for (i = 0; i < 3; i++) {
		nt_worker_start(test, worker, set_event, &events[i]);
		NT_EXPECT_STATUS(test, wait_several(3, objects, WaitAny, FOREVER, NULL),
				 STATUS_WAIT_0 + i);
		nt_worker_join(test, worker);
	}
	WSK_RULES(test, "NT-KeWaitForMultipleObjects");
}

static void all_takes_everything_or_nothing(struct kunit *test)
{
	KEVENT events[3];
	PVOID objects[] = { &events[0], &events[1], &events[2] };
	int i;

	for (i = 0; i < 3; i++)
		KeInitializeEvent(&events[i], SynchronizationEvent, i != 1);
	NT_EXPECT_STATUS(test, wait_several(3, objects, WaitAll, 0, NULL), STATUS_TIMEOUT);
	NT_EXPECT_STATUS(test, wait_several(3, objects, WaitAll, 5, NULL), STATUS_TIMEOUT);
	KUNIT_EXPECT_NE(test, KeReadStateEvent(&events[0]), 0);
	KUNIT_EXPECT_NE(test, KeReadStateEvent(&events[2]), 0);
	KeSetEvent(&events[1], IO_NO_INCREMENT, FALSE);
	NT_EXPECT_STATUS(test, wait_several(3, objects, WaitAll, FOREVER, NULL), STATUS_WAIT_0);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, KeReadStateEvent(&events[i]), 0);
	WSK_RULES(test, "NT-KeWaitForMultipleObjects");
}

struct all_wait {
	KEVENT events[2];
	NTSTATUS status;
};

static void wait_for_both(void *context)
{
	struct all_wait *wait = context;
	PVOID objects[] = { &wait->events[0], &wait->events[1] };

	wait->status = wait_several(2, objects, WaitAll, FOREVER, NULL);
}

static void all_is_ended_by_a_signal_that_is_reset_at_once(struct kunit *test)
{
	struct nt_worker *worker = kunit_kzalloc(test, sizeof(*worker), GFP_KERNEL);
	struct all_wait *wait = kunit_kzalloc(test, sizeof(*wait), GFP_KERNEL);

	KeInitializeEvent(&wait->events[0], NotificationEvent, FALSE);
	KeInitializeEvent(&wait->events[1], NotificationEvent, FALSE);
	wait->status = STATUS_PENDING;
	nt_worker_start(test, worker, wait_for_both, wait);
	KUNIT_EXPECT_TRUE(test, nt_await_waiters(&wait->events[1], 1));
	KeSetEvent(&wait->events[0], IO_NO_INCREMENT, FALSE);
	/* The moment at which both are set is this one, whenever the thread runs. */
	KeSetEvent(&wait->events[1], IO_NO_INCREMENT, FALSE);
	KeResetEvent(&wait->events[0]);
	KeResetEvent(&wait->events[1]);
	nt_worker_join(test, worker);
	NT_EXPECT_STATUS(test, wait->status, STATUS_WAIT_0);
	WSK_RULES(test, "NT-KeWaitForMultipleObjects");
}

static void a_wait_for_all_that_is_not_satisfied_lets_others_pass(struct kunit *test)
{
	struct nt_worker *both = kunit_kzalloc(test, sizeof(*both), GFP_KERNEL);
	struct all_wait *wait = kunit_kzalloc(test, sizeof(*wait), GFP_KERNEL);

	KeInitializeEvent(&wait->events[0], SynchronizationEvent, FALSE);
	KeInitializeEvent(&wait->events[1], SynchronizationEvent, FALSE);
	wait->status = STATUS_PENDING;
	nt_worker_start(test, both, wait_for_both, wait);
	KUNIT_EXPECT_TRUE(test, nt_await_waiters(&wait->events[1], 1));
	KeSetEvent(&wait->events[0], IO_NO_INCREMENT, FALSE);
	NT_EXPECT_STATUS(test, nt_poll(&wait->events[0]), STATUS_SUCCESS);
	KeSetEvent(&wait->events[1], IO_NO_INCREMENT, FALSE);
	KUNIT_EXPECT_NE(test, KeReadStateEvent(&wait->events[1]), 0);
	KeSetEvent(&wait->events[0], IO_NO_INCREMENT, FALSE);
	nt_worker_join(test, both);
	NT_EXPECT_STATUS(test, wait->status, STATUS_WAIT_0);
	KUNIT_EXPECT_EQ(test, KeReadStateEvent(&wait->events[0]), 0);
	KUNIT_EXPECT_EQ(test, KeReadStateEvent(&wait->events[1]), 0);
	WSK_RULES(test, "NT-KeWaitForMultipleObjects");
}

static void sixty_four_objects_need_the_drivers_wait_blocks(struct kunit *test)
{
	PKEVENT events = kunit_kzalloc(test, sizeof(*events) * MAXIMUM_WAIT_OBJECTS, GFP_KERNEL);
	PVOID *objects = kunit_kzalloc(test, sizeof(*objects) * (MAXIMUM_WAIT_OBJECTS + 1),
				       GFP_KERNEL);
	PKWAIT_BLOCK blocks = kunit_kzalloc(test, sizeof(*blocks) * MAXIMUM_WAIT_OBJECTS,
					    GFP_KERNEL);
	struct nt_worker *worker = kunit_kzalloc(test, sizeof(*worker), GFP_KERNEL);
	int i;

	for (i = 0; i < MAXIMUM_WAIT_OBJECTS; i++) {
		KeInitializeEvent(&events[i], SynchronizationEvent, FALSE);
		objects[i] = &events[i];
	}
	nt_worker_start(test, worker, set_event, &events[63]);
	NT_EXPECT_STATUS(test, wait_several(64, objects, WaitAny, FOREVER, blocks),
			 STATUS_WAIT_0 + 63);
	nt_worker_join(test, worker);
	for (i = 0; i < MAXIMUM_WAIT_OBJECTS - 1; i++)
		KeSetEvent(&events[i], IO_NO_INCREMENT, FALSE);
	nt_worker_start(test, worker, set_event, &events[63]);
	NT_EXPECT_STATUS(test, wait_several(64, objects, WaitAll, FOREVER, blocks), STATUS_WAIT_0);
	nt_worker_join(test, worker);

	WSK_EXPECT_REPORT(test, "misuse: KE-WAIT: wait for 4 objects");
	NT_EXPECT_STATUS(test, wait_several(4, objects, WaitAny, 0, NULL),
			 STATUS_INVALID_PARAMETER);
	WSK_EXPECT_REPORT(test, "misuse: KE-WAIT: wait for 65 objects");
	NT_EXPECT_STATUS(test, wait_several(65, objects, WaitAny, 0, blocks),
			 STATUS_INVALID_PARAMETER);
	WSK_EXPECT_REPORT(test, "misuse: KE-WAIT: wait for 0 objects");
	NT_EXPECT_STATUS(test, wait_several(0, objects, WaitAny, 0, blocks),
			 STATUS_INVALID_PARAMETER);
	WSK_RULES(test, "NT-KeWaitForMultipleObjects");
}

static void at_dispatch_level_one_may_look_but_not_wait(struct kunit *test)
{
	NTSTATUS looked, took, waited, satisfied, forever;
	KEVENT event;
	KIRQL old;

	WSK_EXPECT_REPORT(test, "misuse: KE-WAIT: wait with a time-out");
	KeInitializeEvent(&event, SynchronizationEvent, FALSE);
	KeRaiseIrql(DISPATCH_LEVEL, &old);
	looked = nt_poll(&event);
	KeSetEvent(&event, IO_NO_INCREMENT, FALSE);
	took = nt_poll(&event);
	waited = nt_wait_ms(&event, 1);
	forever = nt_wait_forever(&event);
	KeSetEvent(&event, IO_NO_INCREMENT, FALSE);
	satisfied = nt_wait_forever(&event);
	KeLowerIrql(old);
	NT_EXPECT_STATUS(test, looked, STATUS_TIMEOUT);
	NT_EXPECT_STATUS(test, took, STATUS_SUCCESS);
	NT_EXPECT_STATUS(test, waited, STATUS_INVALID_PARAMETER);
	NT_EXPECT_STATUS(test, forever, STATUS_INVALID_PARAMETER);
	NT_EXPECT_STATUS(test, satisfied, STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, KeReadStateEvent(&event), 0);
	WSK_RULES(test, "NT-KeWaitForSingleObject");
}

static void a_wait_on_what_is_no_object_is_answered(struct kunit *test)
{
	KEVENT event, other;
	PVOID objects[] = { &event, &other };

	KeInitializeEvent(&event, NotificationEvent, FALSE);
	memset(&other, 0x6b, sizeof(other));
	WSK_EXPECT_REPORT(test, "misuse: KE-WAIT: wait on .* not waitable");
	NT_EXPECT_STATUS(test, nt_wait_ms(&other, 1), STATUS_OBJECT_TYPE_MISMATCH);
	NT_EXPECT_STATUS(test, wait_several(2, objects, WaitAny, 1, NULL),
			 STATUS_OBJECT_TYPE_MISMATCH);
	WSK_EXPECT_REPORT(test, "misuse: KE-WAIT: wait on NULL");
	NT_EXPECT_STATUS(test, nt_wait_ms(NULL, 1), STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, nt_waiters(&event.Header), 0);
	WSK_RULES(test, "NT-KeWaitForSingleObject NT-KeWaitForMultipleObjects");
}

static NTSTATUS delay(PLARGE_INTEGER interval)
{
	return KeDelayExecutionThread(KernelMode, FALSE, interval);
}

static void a_delay_returns_success(struct kunit *test)
{
	LARGE_INTEGER interval = { .QuadPart = NT_MS(2) };

	NT_EXPECT_STATUS(test, delay(&interval), STATUS_SUCCESS);
	interval.QuadPart = 0;
	NT_EXPECT_STATUS(test, delay(&interval), STATUS_SUCCESS);
	KeQuerySystemTime(&interval);
	interval.QuadPart += 20000;
	NT_EXPECT_STATUS(test, delay(&interval), STATUS_SUCCESS);
	WSK_EXPECT_REPORT(test, "misuse: KE-WAIT: KeDelayExecutionThread");
	NT_EXPECT_STATUS(test, delay(NULL), STATUS_INVALID_PARAMETER);
	WSK_RULES(test, "NT-KeDelayExecutionThread");
}

#define ROUNDS 10000

/* Hands one stack event after the other to a thread that does nothing but set them. */
struct hand_over {
	KEVENT ready;
	PKEVENT event;
};

static void set_what_is_handed_over(void *context)
{
	struct hand_over *hand = context;
	PKEVENT event;

	for (;;) {
		nt_wait_forever(&hand->ready);
		event = hand->event;
		if (!event)
			break;
		KeSetEvent(event, IO_NO_INCREMENT, FALSE);
	}
}

static noinline NTSTATUS wait_on_this_frame(struct hand_over *hand, EVENT_TYPE type, bool timed)
{
	KEVENT event;
	NTSTATUS status;

	KeInitializeEvent(&event, type, FALSE);
	hand->event = &event;
	KeSetEvent(&hand->ready, IO_NO_INCREMENT, FALSE);
	status = timed ? nt_wait(&event) : nt_wait_forever(&event);
	/* A setter that still looked at the event would now see this. */
	memset(&event, 0xa5, sizeof(event));
	barrier_data(&event);
	return status;
}

static void an_event_may_live_on_the_waiters_stack(struct kunit *test)
{
	struct nt_worker *worker = kunit_kzalloc(test, sizeof(*worker), GFP_KERNEL);
	struct hand_over *hand = kunit_kzalloc(test, sizeof(*hand), GFP_KERNEL);
	int i, failed = 0;

	KeInitializeEvent(&hand->ready, SynchronizationEvent, FALSE);
	nt_worker_start(test, worker, set_what_is_handed_over, hand);
	for (i = 0; i < ROUNDS; i++)
		failed += wait_on_this_frame(hand, i & 1 ? NotificationEvent : SynchronizationEvent,
					     i & 2) != STATUS_SUCCESS;
	hand->event = NULL;
	KeSetEvent(&hand->ready, IO_NO_INCREMENT, FALSE);
	nt_worker_join(test, worker);
	KUNIT_EXPECT_EQ(test, failed, 0);
	WSK_RULES(test, "KeInitializeEvent KeSetEvent");
}

static void an_event_may_live_in_memory_that_is_freed_after_the_wait(struct kunit *test)
{
	struct nt_worker *worker = kunit_kzalloc(test, sizeof(*worker), GFP_KERNEL);
	struct hand_over *hand = kunit_kzalloc(test, sizeof(*hand), GFP_KERNEL);
	int i, failed = 0;

	KeInitializeEvent(&hand->ready, SynchronizationEvent, FALSE);
	nt_worker_start(test, worker, set_what_is_handed_over, hand);
	for (i = 0; i < ROUNDS / 10; i++) {
		PKEVENT event = kmalloc(sizeof(*event), GFP_KERNEL);

		if (!event)
			break;
		KeInitializeEvent(event, NotificationEvent, FALSE);
		hand->event = event;
		KeSetEvent(&hand->ready, IO_NO_INCREMENT, FALSE);
		failed += nt_wait_forever(event) != STATUS_SUCCESS;
		kfree(event);
	}
	hand->event = NULL;
	KeSetEvent(&hand->ready, IO_NO_INCREMENT, FALSE);
	nt_worker_join(test, worker);
	KUNIT_EXPECT_EQ(test, failed, 0);
	WSK_RULES(test, "KeInitializeEvent KeSetEvent");
}

#define TAKERS 4
#define TOKENS 500

struct tokens {
	KEVENT token;
	KEVENT stop;
	KEVENT taken;
	LONG count;
};

/* Odd takers wait with a short time-out, so that claims of both sides meet. */
static void take_tokens(void *context)
{
	struct tokens *tokens = context;
	PVOID objects[] = { &tokens->stop, &tokens->token };
	NTSTATUS status;
	ULONG round = 0;

	do {
		status = wait_several(2, objects, WaitAny, round++ & 1 ? 1 : FOREVER, NULL);
		if (status == STATUS_WAIT_0 + 1) {
			InterlockedIncrement(&tokens->count);
			KeSetEvent(&tokens->taken, IO_NO_INCREMENT, FALSE);
		}
	} while (status != STATUS_WAIT_0);
}

static void each_signal_of_a_synchronization_event_is_taken_once(struct kunit *test)
{
	struct nt_worker *workers = kunit_kzalloc(test, sizeof(*workers) * TAKERS, GFP_KERNEL);
	struct tokens *tokens = kunit_kzalloc(test, sizeof(*tokens), GFP_KERNEL);
	int i;

	KeInitializeEvent(&tokens->token, SynchronizationEvent, FALSE);
	KeInitializeEvent(&tokens->stop, NotificationEvent, FALSE);
	KeInitializeEvent(&tokens->taken, SynchronizationEvent, FALSE);
	for (i = 0; i < TAKERS; i++)
		nt_worker_start(test, &workers[i], take_tokens, tokens);
	for (i = 0; i < TOKENS; i++) {
		KeSetEvent(&tokens->token, IO_NO_INCREMENT, FALSE);
		if (nt_wait(&tokens->taken) != STATUS_SUCCESS)
			break;
	}
	KUNIT_EXPECT_EQ(test, i, TOKENS);
	KeSetEvent(&tokens->stop, IO_NO_INCREMENT, FALSE);
	for (i = 0; i < TAKERS; i++)
		nt_worker_join(test, &workers[i]);
	KUNIT_EXPECT_EQ(test, tokens->count, TOKENS);
	KUNIT_EXPECT_EQ(test, KeReadStateEvent(&tokens->token), 0);
	WSK_RULES(test, "NT-KeWaitForMultipleObjects NT-KeSetEvent");
}

static struct kunit_case wait_cases[] = {
	KUNIT_CASE(a_wait_without_time_out_ends_with_the_signal),
	KUNIT_CASE(a_time_out_ends_the_wait_and_takes_nothing),
	KUNIT_CASE(the_shorter_of_two_time_outs_ends_first),
	KUNIT_CASE(an_absolute_time_out_is_a_system_time),
	KUNIT_CASE(time_outs_beyond_all_clocks_wait_for_the_signal),
	KUNIT_CASE(any_answers_the_lowest_index_that_is_signalled),
	KUNIT_CASE(any_is_ended_by_a_later_signal_of_one),
	KUNIT_CASE(all_takes_everything_or_nothing),
	KUNIT_CASE(all_is_ended_by_a_signal_that_is_reset_at_once),
	KUNIT_CASE(a_wait_for_all_that_is_not_satisfied_lets_others_pass),
	KUNIT_CASE(sixty_four_objects_need_the_drivers_wait_blocks),
	KUNIT_CASE(at_dispatch_level_one_may_look_but_not_wait),
	KUNIT_CASE(a_wait_on_what_is_no_object_is_answered),
	KUNIT_CASE(a_delay_returns_success),
	KUNIT_CASE(an_event_may_live_on_the_waiters_stack),
	KUNIT_CASE(an_event_may_live_in_memory_that_is_freed_after_the_wait),
	KUNIT_CASE(each_signal_of_a_synchronization_event_is_taken_once),
	{}
};

static struct kunit_suite wait_suite = {
	.name = "nt_wait",
	.test_cases = wait_cases,
};

kunit_test_suite(wait_suite);
