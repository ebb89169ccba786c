// SPDX-License-Identifier: GPL-2.0
/* Spin locks by their other names, lists, and lists under a spin lock. */
#include "nt_worker.h"

static void in_stack_queued_lock_raises_and_gives_the_level_back(struct kunit *test)
{
	KLOCK_QUEUE_HANDLE handle, inner;
	KSPIN_LOCK a, b = 0;
	KIRQL held, between;

	KeInitializeSpinLock(&a);
	KeAcquireInStackQueuedSpinLock(&a, &handle);
	held = KeGetCurrentIrql();
	KeAcquireInStackQueuedSpinLock(&b, &inner);
	KeReleaseInStackQueuedSpinLock(&inner);
	between = KeGetCurrentIrql();
	KeReleaseInStackQueuedSpinLock(&handle);
	KUNIT_EXPECT_EQ(test, held, DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, handle.OldIrql, PASSIVE_LEVEL);
	KUNIT_EXPECT_EQ(test, inner.OldIrql, DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, between, DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, KeGetCurrentIrql(), PASSIVE_LEVEL);
	KUNIT_EXPECT_TRUE(test, KeTestSpinLock(&a));
	KUNIT_EXPECT_TRUE(test, KeTestSpinLock(&b));
	WSK_RULES(test, "NT-KeAcquireInStackQueuedSpinLock NT-KeReleaseInStackQueuedSpinLock");
}

static void in_stack_queued_lock_at_dpc_level_stays_there(struct kunit *test)
{
	KLOCK_QUEUE_HANDLE handle;
	KSPIN_LOCK lock = 0;
	BOOLEAN free_inside;
	KIRQL old, after;

	old = KeRaiseIrqlToDpcLevel();
	KeAcquireInStackQueuedSpinLockAtDpcLevel(&lock, &handle);
	free_inside = KeTestSpinLock(&lock);
	KeReleaseInStackQueuedSpinLockFromDpcLevel(&handle);
	after = KeGetCurrentIrql();
	KeLowerIrql(old);
	KUNIT_EXPECT_FALSE(test, free_inside);
	KUNIT_EXPECT_EQ(test, after, DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, KeGetCurrentIrql(), PASSIVE_LEVEL);
	KUNIT_EXPECT_TRUE(test, KeTestSpinLock(&lock));
	WSK_EXPECT_REPORT(test, "misuse: KE-SPINLOCK: KeReleaseInStackQueuedSpinLockFromDpcLevel of");
	KeReleaseInStackQueuedSpinLockFromDpcLevel(&handle);
	WSK_RULES(test, "NT-KeAcquireInStackQueuedSpinLockAtDpcLevel "
			"NT-KeReleaseInStackQueuedSpinLockFromDpcLevel");
}

static void held_lock_is_not_taken_twice(struct kunit *test)
{
	BOOLEAN free_before, first, second, free_inside, free_after;
	KSPIN_LOCK lock = 0;
	KIRQL old;

	old = KeRaiseIrqlToDpcLevel();
	free_before = KeTestSpinLock(&lock);
	first = KeTryToAcquireSpinLockAtDpcLevel(&lock);
	second = KeTryToAcquireSpinLockAtDpcLevel(&lock);
	free_inside = KeTestSpinLock(&lock);
	KeReleaseSpinLockFromDpcLevel(&lock);
	free_after = KeTestSpinLock(&lock);
	KeLowerIrql(old);
	KUNIT_EXPECT_TRUE(test, free_before);
	KUNIT_EXPECT_TRUE(test, first);
	KUNIT_EXPECT_FALSE(test, second);
	KUNIT_EXPECT_FALSE(test, free_inside);
	KUNIT_EXPECT_TRUE(test, free_after);

	WSK_EXPECT_REPORT(test, "misuse: KE-SPINLOCK: KeTryToAcquireSpinLockAtDpcLevel below");
	KUNIT_EXPECT_TRUE(test, KeTryToAcquireSpinLockAtDpcLevel(&lock));
	KeReleaseSpinLockFromDpcLevel(&lock);
	KUNIT_EXPECT_EQ(test, KeGetCurrentIrql(), PASSIVE_LEVEL);
	WSK_RULES(test, "NT-KeTryToAcquireSpinLockAtDpcLevel NT-KeTestSpinLock");
}

static void lock_for_a_dpc_round_trips_the_level(struct kunit *test)
{
	KSPIN_LOCK lock = 0;
	KIRQL old, held;

	old = KeAcquireSpinLockForDpc(&lock);
	held = KeGetCurrentIrql();
	KeReleaseSpinLockForDpc(&lock, old);
	KUNIT_EXPECT_EQ(test, old, PASSIVE_LEVEL);
	KUNIT_EXPECT_EQ(test, held, DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, KeGetCurrentIrql(), PASSIVE_LEVEL);
	WSK_RULES(test, "NT-KeAcquireSpinLockForDpc NT-KeReleaseSpinLockForDpc");
}

struct item {
	LIST_ENTRY link;
	SINGLE_LIST_ENTRY next;
	int number;
};

static int number_of(PLIST_ENTRY link)
{
	return CONTAINING_RECORD(link, struct item, link)->number;
}

static void number_items(struct item *items, int count)
{
	int i;

	for (i = 0; i < count; i++)
		items[i].number = i;
}

/* The numbers of a list in both directions. */
static void expect_list(struct kunit *test, PLIST_ENTRY head, const int *numbers, int count)
{
	PLIST_ENTRY forward = head, backward = head;
	int i;

	for (i = 0; i < count; i++) {
		forward = forward->Flink;
		KUNIT_ASSERT_PTR_NE(test, forward, head);
		KUNIT_EXPECT_EQ(test, number_of(forward), numbers[i]);
		backward = backward->Blink;
		KUNIT_ASSERT_PTR_NE(test, backward, head);
		KUNIT_EXPECT_EQ(test, number_of(backward), numbers[count - 1 - i]);
	}
	KUNIT_EXPECT_PTR_EQ(test, forward->Flink, head);
	KUNIT_EXPECT_PTR_EQ(test, backward->Blink, head);
	KUNIT_EXPECT_EQ(test, IsListEmpty(head), (BOOLEAN)!count);
}

static void list_takes_and_gives_at_both_ends(struct kunit *test)
{
	static const int three[] = { 1, 0, 2 }, one[] = { 0 };
	struct item items[3];
	LIST_ENTRY head;

	number_items(items, 3);
	InitializeListHead(&head);
	expect_list(test, &head, NULL, 0);
	InsertTailList(&head, &items[0].link);
	InsertHeadList(&head, &items[1].link);
	InsertTailList(&head, &items[2].link);
	expect_list(test, &head, three, 3);
	KUNIT_EXPECT_EQ(test, number_of(RemoveHeadList(&head)), 1);
	KUNIT_EXPECT_EQ(test, number_of(RemoveTailList(&head)), 2);
	expect_list(test, &head, one, 1);
	KUNIT_EXPECT_TRUE(test, RemoveEntryList(&items[0].link));
	expect_list(test, &head, NULL, 0);
	/* From an empty list the head itself is taken, and the list stays one. */
	KUNIT_EXPECT_PTR_EQ(test, RemoveHeadList(&head), &head);
	KUNIT_EXPECT_PTR_EQ(test, RemoveTailList(&head), &head);
	expect_list(test, &head, NULL, 0);
	WSK_RULES(test, "NT-InitializeListHead NT-IsListEmpty NT-InsertHeadList NT-InsertTailList "
			"NT-RemoveHeadList NT-RemoveTailList NT-RemoveEntryList");
}

static void removal_says_whether_the_list_is_empty_now(struct kunit *test)
{
	static const int two[] = { 0, 2 };
	struct item items[3];
	LIST_ENTRY head;
	int i;

	number_items(items, 3);
	InitializeListHead(&head);
	for (i = 0; i < 3; i++)
		InsertTailList(&head, &items[i].link);
	KUNIT_EXPECT_FALSE(test, RemoveEntryList(&items[1].link));
	expect_list(test, &head, two, 2);
	KUNIT_EXPECT_FALSE(test, RemoveEntryList(&items[0].link));
	KUNIT_EXPECT_TRUE(test, RemoveEntryList(&items[2].link));
	WSK_RULES(test, "NT-RemoveEntryList");
}

static void ring_without_a_head_is_appended(struct kunit *test)
{
	static const int all[] = { 0, 1, 2, 3 };
	LIST_ENTRY head, other;
	struct item items[4];

	number_items(items, 4);
	InitializeListHead(&head);
	InitializeListHead(&other);
	InsertTailList(&head, &items[0].link);
	InsertTailList(&head, &items[1].link);
	InsertTailList(&other, &items[2].link);
	InsertTailList(&other, &items[3].link);
	RemoveEntryList(&other);
	AppendTailList(&head, &items[2].link);
	expect_list(test, &head, all, 4);
	WSK_RULES(test, "NT-AppendTailList");
}

static void single_list_is_a_stack(struct kunit *test)
{
	SINGLE_LIST_ENTRY head = { &head };
	struct item items[2];

	InitializeSingleListHead(&head);
	KUNIT_EXPECT_NULL(test, PopEntryList(&head));
	PushEntryList(&head, &items[0].next);
	PushEntryList(&head, &items[1].next);
	KUNIT_EXPECT_PTR_EQ(test, PopEntryList(&head), &items[1].next);
	KUNIT_EXPECT_PTR_EQ(test, PopEntryList(&head), &items[0].next);
	KUNIT_EXPECT_NULL(test, PopEntryList(&head));
	WSK_RULES(test, "NT-PushEntryList NT-PopEntryList");
}

static void interlocked_list_answers_what_was_there(struct kunit *test)
{
	static const int three[] = { 2, 0, 1 };
	struct item items[3];
	KSPIN_LOCK lock = 0;
	LIST_ENTRY head;
	KIRQL old, after;

	number_items(items, 3);
	InitializeListHead(&head);
	KUNIT_EXPECT_NULL(test, ExInterlockedRemoveHeadList(&head, &lock));
	KUNIT_EXPECT_NULL(test, ExInterlockedInsertTailList(&head, &items[0].link, &lock));
	KUNIT_EXPECT_PTR_EQ(test, ExInterlockedInsertTailList(&head, &items[1].link, &lock),
			    &items[0].link);
	old = KeRaiseIrqlToDpcLevel();
	KUNIT_EXPECT_PTR_EQ(test, ExInterlockedInsertHeadList(&head, &items[2].link, &lock),
			    &items[0].link);
	after = KeGetCurrentIrql();
	KeLowerIrql(old);
	KUNIT_EXPECT_EQ(test, after, DISPATCH_LEVEL);
	expect_list(test, &head, three, 3);
	KUNIT_EXPECT_PTR_EQ(test, ExInterlockedRemoveHeadList(&head, &lock), &items[2].link);
	KUNIT_EXPECT_PTR_EQ(test, ExInterlockedRemoveHeadList(&head, &lock), &items[0].link);
	KUNIT_EXPECT_PTR_EQ(test, ExInterlockedRemoveHeadList(&head, &lock), &items[1].link);
	KUNIT_EXPECT_NULL(test, ExInterlockedInsertHeadList(&head, &items[1].link, &lock));
	KUNIT_EXPECT_TRUE(test, KeTestSpinLock(&lock));
	KUNIT_EXPECT_EQ(test, KeGetCurrentIrql(), PASSIVE_LEVEL);
	WSK_RULES(test, "NT-ExInterlockedInsertHeadList NT-ExInterlockedInsertTailList "
			"NT-ExInterlockedRemoveHeadList");
}

static void interlocked_single_list_answers_what_was_on_top(struct kunit *test)
{
	SINGLE_LIST_ENTRY head = {};
	struct item items[2];
	KSPIN_LOCK lock = 0;

	KUNIT_EXPECT_NULL(test, ExInterlockedPopEntryList(&head, &lock));
	KUNIT_EXPECT_NULL(test, ExInterlockedPushEntryList(&head, &items[0].next, &lock));
	KUNIT_EXPECT_PTR_EQ(test, ExInterlockedPushEntryList(&head, &items[1].next, &lock),
			    &items[0].next);
	KUNIT_EXPECT_PTR_EQ(test, ExInterlockedPopEntryList(&head, &lock), &items[1].next);
	KUNIT_EXPECT_PTR_EQ(test, ExInterlockedPopEntryList(&head, &lock), &items[0].next);
	KUNIT_EXPECT_NULL(test, ExInterlockedPopEntryList(&head, &lock));
	WSK_RULES(test, "NT-ExInterlockedPushEntryList NT-ExInterlockedPopEntryList");
}

#define FEEDERS 4
#define FEED 3000

struct feed {
	KSPIN_LOCK lock;
	LIST_ENTRY head;
	LONG taken;
	LONG counted;	/* under lock, by the queued spelling */
};

struct feeder {
	struct feed *feed;
	struct item *items;
	struct nt_worker worker;
};

static void feed_and_take(void *context)
{
	struct feeder *feeder = context;
	struct feed *feed = feeder->feed;
	KLOCK_QUEUE_HANDLE handle;
	int i;

	for (i = 0; i < FEED; i++) {
		ExInterlockedInsertTailList(&feed->head, &feeder->items[i].link, &feed->lock);
		KeAcquireInStackQueuedSpinLock(&feed->lock, &handle);
		WRITE_ONCE(feed->counted, READ_ONCE(feed->counted) + 1);
		KeReleaseInStackQueuedSpinLock(&handle);
		if (i % 2 && ExInterlockedRemoveHeadList(&feed->head, &feed->lock))
			InterlockedIncrement(&feed->taken);
	}
}

static void interlocked_list_is_fed_by_many(struct kunit *test)
{
	struct feeder *feeders = kunit_kcalloc(test, FEEDERS, sizeof(*feeders), GFP_KERNEL);
	struct feed *feed = kunit_kzalloc(test, sizeof(*feed), GFP_KERNEL);
	int i, left = 0;

	KUNIT_ASSERT_TRUE(test, feeders && feed);
	InitializeListHead(&feed->head);
	for (i = 0; i < FEEDERS; i++) {
		feeders[i].feed = feed;
		feeders[i].items = kunit_kcalloc(test, FEED, sizeof(struct item), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, feeders[i].items);
	}
	for (i = 0; i < FEEDERS; i++)
		nt_worker_start(test, &feeders[i].worker, feed_and_take, &feeders[i]);
	for (i = 0; i < FEEDERS; i++)
		nt_worker_join(test, &feeders[i].worker);
	while (ExInterlockedRemoveHeadList(&feed->head, &feed->lock))
		left++;
	KUNIT_EXPECT_EQ(test, left + feed->taken, FEEDERS * FEED);
	KUNIT_EXPECT_EQ(test, feed->counted, FEEDERS * FEED);
	WSK_RULES(test, "NT-ExInterlockedInsertTailList NT-ExInterlockedRemoveHeadList "
			"NT-KeAcquireInStackQueuedSpinLock");
}

static struct kunit_case lock_list_cases[] = {
	KUNIT_CASE(in_stack_queued_lock_raises_and_gives_the_level_back),
	KUNIT_CASE(in_stack_queued_lock_at_dpc_level_stays_there),
	KUNIT_CASE(held_lock_is_not_taken_twice),
	KUNIT_CASE(lock_for_a_dpc_round_trips_the_level),
	KUNIT_CASE(list_takes_and_gives_at_both_ends),
	KUNIT_CASE(removal_says_whether_the_list_is_empty_now),
	KUNIT_CASE(ring_without_a_head_is_appended),
	KUNIT_CASE(single_list_is_a_stack),
	KUNIT_CASE(interlocked_list_answers_what_was_there),
	KUNIT_CASE(interlocked_single_list_answers_what_was_on_top),
	KUNIT_CASE(interlocked_list_is_fed_by_many),
	{}
};

static struct kunit_suite lock_list_suite = {
	.name = "nt_lock_list",
	.test_cases = lock_list_cases,
};

kunit_test_suite(lock_list_suite);
