// SPDX-License-Identifier: GPL-2.0
/* Events: states, and who is released by a signal. */
#include "nt_worker.h"

static void set_reset_and_clear_answer_the_state_before(struct kunit *test)
{
	KEVENT event;

	KeInitializeEvent(&event, NotificationEvent, FALSE);
	KUNIT_EXPECT_EQ(test, KeReadStateEvent(&event), 0);
	KUNIT_EXPECT_EQ(test, KeSetEvent(&event, IO_NO_INCREMENT, FALSE), 0);
	KUNIT_EXPECT_NE(test, KeSetEvent(&event, IO_NO_INCREMENT, FALSE), 0);
	KUNIT_EXPECT_NE(test, KeReadStateEvent(&event), 0);
	KUNIT_EXPECT_NE(test, KeResetEvent(&event), 0);
	KUNIT_EXPECT_EQ(test, KeResetEvent(&event), 0);
	KeSetEvent(&event, IO_NO_INCREMENT, FALSE);
	KeClearEvent(&event);
	KUNIT_EXPECT_EQ(test, KeReadStateEvent(&event), 0);

	KeInitializeEvent(&event, NotificationEvent, TRUE);
	KUNIT_EXPECT_NE(test, KeReadStateEvent(&event), 0);
	WSK_RULES(test, "NT-KeSetEvent NT-KeResetEvent NT-KeClearEvent NT-KeReadStateEvent");
}

static void notification_event_releases_waits_until_it_is_reset(struct kunit *test)
{
	KEVENT event;

	KeInitializeEvent(&event, NotificationEvent, TRUE);
	NT_EXPECT_STATUS(test, nt_poll(&event), STATUS_SUCCESS);
	NT_EXPECT_STATUS(test, nt_wait_forever(&event), STATUS_SUCCESS);
	KeResetEvent(&event);
	NT_EXPECT_STATUS(test, nt_poll(&event), STATUS_TIMEOUT);
	WSK_RULES(test, "NT-KeInitializeEvent NT-KeWaitForSingleObject");
}

static void synchronization_event_releases_one_wait_and_resets(struct kunit *test)
{
	KEVENT event;

	KeInitializeEvent(&event, SynchronizationEvent, TRUE);
	NT_EXPECT_STATUS(test, nt_wait_forever(&event), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, KeReadStateEvent(&event), 0);
	NT_EXPECT_STATUS(test, nt_poll(&event), STATUS_TIMEOUT);
	/* Two signals before a wait are one. */
	KeSetEvent(&event, IO_NO_INCREMENT, FALSE);
	KeSetEvent(&event, IO_NO_INCREMENT, FALSE);
	NT_EXPECT_STATUS(test, nt_poll(&event), STATUS_SUCCESS);
	NT_EXPECT_STATUS(test, nt_poll(&event), STATUS_TIMEOUT);
	WSK_RULES(test, "NT-KeInitializeEvent NT-KeWaitForSingleObject");
}

#define WAITERS 5

struct released {
	KEVENT event;
	KEVENT progress;
	LONG count;
	int order[WAITERS];
};

struct waiter {
	struct released *shared;
	int number;
	struct nt_worker worker;
};

static void wait_and_record(void *context)
{
	struct waiter *waiter = context;
	struct released *shared = waiter->shared;

	nt_wait_forever(&shared->event);
	shared->order[InterlockedIncrement(&shared->count) - 1] = waiter->number;
	KeSetEvent(&shared->progress, IO_NO_INCREMENT, FALSE);
}

static void start_waiters(struct kunit *test, struct released *shared, struct waiter *waiters,
			  EVENT_TYPE type)
{
	int i;

	KeInitializeEvent(&shared->event, type, FALSE);
	KeInitializeEvent(&shared->progress, SynchronizationEvent, FALSE);
	shared->count = 0;
	for (i = 0; i < WAITERS; i++) {
		waiters[i].shared = shared;
		waiters[i].number = i;
		nt_worker_start(test, &waiters[i].worker, wait_and_record, &waiters[i]);
		KUNIT_EXPECT_TRUE(test, nt_await_waiters(&shared->event, i + 1));
	}
}

static void one_signal_releases_all_waiters_of_a_notification_event(struct kunit *test)
{
	struct released *shared = kunit_kzalloc(test, sizeof(*shared), GFP_KERNEL);
	struct waiter *waiters = kunit_kzalloc(test, sizeof(*waiters) * WAITERS, GFP_KERNEL);
	int i;

	start_waiters(test, shared, waiters, NotificationEvent);
	KUNIT_EXPECT_EQ(test, KeSetEvent(&shared->event, IO_NO_INCREMENT, FALSE), 0);
	for (i = 0; i < WAITERS; i++)
		nt_worker_join(test, &waiters[i].worker);
	KUNIT_EXPECT_EQ(test, shared->count, WAITERS);
	KUNIT_EXPECT_NE(test, KeReadStateEvent(&shared->event), 0);
	WSK_RULES(test, "NT-KeSetEvent");
}

static void waiters_of_a_synchronization_event_go_in_order_of_arrival(struct kunit *test)
{
	struct released *shared = kunit_kzalloc(test, sizeof(*shared), GFP_KERNEL);
	struct waiter *waiters = kunit_kzalloc(test, sizeof(*waiters) * WAITERS, GFP_KERNEL);
	int i;

	start_waiters(test, shared, waiters, SynchronizationEvent);
	for (i = 0; i < WAITERS; i++) {
		KUNIT_EXPECT_EQ(test, KeSetEvent(&shared->event, IO_NO_INCREMENT, FALSE), 0);
		NT_EXPECT_STATUS(test, nt_wait(&shared->progress), STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, READ_ONCE(shared->count), i + 1);
		KUNIT_EXPECT_EQ(test, shared->order[i], i);
		KUNIT_EXPECT_EQ(test, KeReadStateEvent(&shared->event), 0);
	}
	for (i = 0; i < WAITERS; i++)
		nt_worker_join(test, &waiters[i].worker);
	WSK_RULES(test, "NT-KeSetEvent NT-KeWaitForSingleObject");
}

static void a_signal_at_dispatch_level_wakes_a_thread(struct kunit *test)
{
	struct released *shared = kunit_kzalloc(test, sizeof(*shared), GFP_KERNEL);
	struct waiter *waiters = kunit_kzalloc(test, sizeof(*waiters) * WAITERS, GFP_KERNEL);
	KIRQL old;
	int i;

	start_waiters(test, shared, waiters, NotificationEvent);
	KeRaiseIrql(DISPATCH_LEVEL, &old);
	KeSetEvent(&shared->event, IO_NO_INCREMENT, FALSE);
	KeLowerIrql(old);
	for (i = 0; i < WAITERS; i++)
		nt_worker_join(test, &waiters[i].worker);
	WSK_RULES(test, "NT-KeSetEvent");
}

static void set_with_wait_announced_is_a_set(struct kunit *test)
{
	KEVENT event, reply;

	KeInitializeEvent(&event, NotificationEvent, FALSE);
	KeInitializeEvent(&reply, NotificationEvent, TRUE);
	KUNIT_EXPECT_EQ(test, KeSetEvent(&event, IO_NO_INCREMENT, TRUE), 0);
	NT_EXPECT_STATUS(test, nt_wait_forever(&reply), STATUS_SUCCESS);
	KUNIT_EXPECT_NE(test, KeReadStateEvent(&event), 0);
	WSK_RULES(test, "NT-KeSetEvent");
}

static void zeroed_memory_is_an_event_nobody_has_set(struct kunit *test)
{
	KEVENT event = {};

	NT_EXPECT_STATUS(test, nt_poll(&event), STATUS_TIMEOUT);
	NT_EXPECT_STATUS(test, nt_wait_ms(&event, 1), STATUS_TIMEOUT);
	KUNIT_EXPECT_EQ(test, KeSetEvent(&event, IO_NO_INCREMENT, FALSE), 0);
	NT_EXPECT_STATUS(test, nt_poll(&event), STATUS_SUCCESS);

	memset(&event, 0, sizeof(event));
	KUNIT_EXPECT_EQ(test, KeSetEvent(&event, IO_NO_INCREMENT, FALSE), 0);
	WSK_RULES(test, "NT-KeInitializeEvent");
}

static void set_of_what_is_no_event_is_answered(struct kunit *test)
{
	KEVENT event;

	WSK_EXPECT_REPORT(test, "misuse: KE-EVENT: KeSetEvent");
	WSK_EXPECT_REPORT(test, "misuse: KE-EVENT: KeResetEvent");
	memset(&event, 0x6b, sizeof(event));
	KUNIT_EXPECT_EQ(test, KeSetEvent(&event, IO_NO_INCREMENT, FALSE), 0);
	KUNIT_EXPECT_EQ(test, KeResetEvent(&event), 0);
	KUNIT_EXPECT_EQ(test, (int)event.Header.SignalState, 0x6b6b6b6b);
	WSK_RULES(test, "NT-KeSetEvent NT-KeResetEvent");
}

static struct kunit_case event_cases[] = {
	KUNIT_CASE(set_reset_and_clear_answer_the_state_before),
	KUNIT_CASE(notification_event_releases_waits_until_it_is_reset),
	KUNIT_CASE(synchronization_event_releases_one_wait_and_resets),
	KUNIT_CASE(one_signal_releases_all_waiters_of_a_notification_event),
	KUNIT_CASE(waiters_of_a_synchronization_event_go_in_order_of_arrival),
	KUNIT_CASE(a_signal_at_dispatch_level_wakes_a_thread),
	KUNIT_CASE(set_with_wait_announced_is_a_set),
	KUNIT_CASE(zeroed_memory_is_an_event_nobody_has_set),
	KUNIT_CASE(set_of_what_is_no_event_is_answered),
	{}
};

static struct kunit_suite event_suite = {
	.name = "nt_event",
	.test_cases = event_cases,
};

kunit_test_suite(event_suite);
