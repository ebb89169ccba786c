// SPDX-License-Identifier: GPL-2.0
/* SLIST, the stack that needs no lock of the driver's. */
#include "nt_worker.h"

struct item {
	SLIST_ENTRY entry;
	int number;
};

static int number_of(PSLIST_ENTRY entry)
{
	return entry ? CONTAINING_RECORD(entry, struct item, entry)->number : -1;
}

static void push_answers_the_entry_that_was_on_top(struct kunit *test)
{
	SLIST_HEADER head;
	struct item items[3];
	int i;

	InitializeSListHead(&head);
	for (i = 0; i < 3; i++) {
		PSLIST_ENTRY before;

		items[i].number = i;
		before = InterlockedPushEntrySList(&head, &items[i].entry);
		KUNIT_EXPECT_PTR_EQ(test, before, i ? &items[i - 1].entry : NULL);
	}
	KUNIT_EXPECT_EQ(test, QueryDepthSList(&head), 3);
	WSK_RULES(test, "NT-InterlockedPushEntrySList NT-InitializeSListHead");
}

static void flush_takes_all_last_in_first(struct kunit *test)
{
	SLIST_HEADER head;
	struct item items[3];
	PSLIST_ENTRY at;
	int i;

	InitializeSListHead(&head);
	KUNIT_EXPECT_PTR_EQ(test, InterlockedFlushSList(&head), NULL);
	for (i = 0; i < 3; i++) {
		items[i].number = i;
		InterlockedPushEntrySList(&head, &items[i].entry);
	}
	at = InterlockedFlushSList(&head);
	for (i = 2; i >= 0; i--, at = at->Next)
		KUNIT_ASSERT_EQ(test, number_of(at), i);
	KUNIT_EXPECT_PTR_EQ(test, at, NULL);
	KUNIT_EXPECT_EQ(test, QueryDepthSList(&head), 0);
	KUNIT_EXPECT_PTR_EQ(test, InterlockedFlushSList(&head), NULL);
	KUNIT_EXPECT_PTR_EQ(test, InterlockedPushEntrySList(&head, &items[0].entry), NULL);
	WSK_RULES(test, "NT-InterlockedFlushSList");
}

static void pop_takes_one_last_in_first(struct kunit *test)
{
	SLIST_HEADER head;
	struct item items[2] = { { .number = 0 }, { .number = 1 } };

	InitializeSListHead(&head);
	KUNIT_EXPECT_PTR_EQ(test, InterlockedPopEntrySList(&head), NULL);
	InterlockedPushEntrySList(&head, &items[0].entry);
	InterlockedPushEntrySList(&head, &items[1].entry);
	KUNIT_EXPECT_EQ(test, number_of(InterlockedPopEntrySList(&head)), 1);
	KUNIT_EXPECT_EQ(test, number_of(InterlockedPopEntrySList(&head)), 0);
	KUNIT_EXPECT_PTR_EQ(test, InterlockedPopEntrySList(&head), NULL);
	KUNIT_EXPECT_EQ(test, QueryDepthSList(&head), 0);
	WSK_RULES(test, "NT-InterlockedPopEntrySList");
}

static void a_zeroed_header_is_an_empty_list_at_dispatch_level_too(struct kunit *test)
{
	PSLIST_HEADER head = kunit_kzalloc(test, sizeof(*head), GFP_KERNEL);
	struct item item = { .number = 7 };
	PSLIST_ENTRY before, popped, flushed;
	KIRQL old;

	KUNIT_ASSERT_EQ(test, (ULONG_PTR)head % 16, 0);
	KeRaiseIrql(DISPATCH_LEVEL, &old);
	before = InterlockedPushEntrySList(head, &item.entry);
	popped = InterlockedPopEntrySList(head);
	InterlockedPushEntrySList(head, &item.entry);
	flushed = InterlockedFlushSList(head);
	KeLowerIrql(old);
	KUNIT_EXPECT_PTR_EQ(test, before, NULL);
	KUNIT_EXPECT_EQ(test, number_of(popped), 7);
	KUNIT_EXPECT_EQ(test, number_of(flushed), 7);
	WSK_RULES(test, "NT-InitializeSListHead");
}

#define PUSHERS 3
#define ITEMS 2000

struct feed {
	SLIST_HEADER head;
	KEVENT filled;
	LONG was_empty;
	LONG done;
};

struct pusher {
	struct feed *feed;
	struct item *items;
	struct nt_worker worker;
};

/* As a driver feeds its worker thread: the first entry wakes it. */
static void push_all(void *context)
{
	struct pusher *pusher = context;
	struct feed *feed = pusher->feed;
	int i;

	for (i = 0; i < ITEMS; i++) {
		if (!InterlockedPushEntrySList(&feed->head, &pusher->items[i].entry)) {
			InterlockedIncrement(&feed->was_empty);
			KeSetEvent(&feed->filled, IO_NO_INCREMENT, FALSE);
		}
		if (i % 64 == 0)
			nt_sleep_ms(0);
	}
	InterlockedIncrement(&feed->done);
	KeSetEvent(&feed->filled, IO_NO_INCREMENT, FALSE);
}

static void entries_of_many_threads_come_out_once_each(struct kunit *test)
{
	struct feed *feed = kunit_kzalloc(test, sizeof(*feed), GFP_KERNEL);
	struct pusher *pushers = kunit_kzalloc(test, sizeof(*pushers) * PUSHERS, GFP_KERNEL);
	int i, j, got = 0, twice = 0, flushes = 0;
	PSLIST_ENTRY at, next;
	bool done;

	InitializeSListHead(&feed->head);
	KeInitializeEvent(&feed->filled, SynchronizationEvent, FALSE);
	for (i = 0; i < PUSHERS; i++) {
		pushers[i].feed = feed;
		pushers[i].items = kunit_kzalloc(test, sizeof(struct item) * ITEMS, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, pushers[i].items);
	}
	for (i = 0; i < PUSHERS; i++)
		nt_worker_start(test, &pushers[i].worker, push_all, &pushers[i]);
	do {
		if (nt_wait(&feed->filled) != STATUS_SUCCESS)
			break;
		done = READ_ONCE(feed->done) == PUSHERS;
		at = InterlockedFlushSList(&feed->head);
		flushes += at != NULL;
		for (; at; at = next) {
			struct item *item = CONTAINING_RECORD(at, struct item, entry);

			next = at->Next;
			twice += item->number++;
			got++;
		}
	} while (!done);
	for (i = 0; i < PUSHERS; i++)
		nt_worker_join(test, &pushers[i].worker);
	KUNIT_EXPECT_EQ(test, got, PUSHERS * ITEMS);
	KUNIT_EXPECT_EQ(test, twice, 0);
	KUNIT_EXPECT_EQ(test, feed->was_empty, flushes);
	for (i = 0; i < PUSHERS; i++)
		for (j = 0; j < ITEMS; j++)
			if (pushers[i].items[j].number != 1)
				KUNIT_FAIL(test, "entry %d of %d: %d times", j, i,
					   pushers[i].items[j].number);
	WSK_RULES(test, "NT-InterlockedPushEntrySList NT-InterlockedFlushSList");
}

static void a_crooked_entry_is_reported(struct kunit *test)
{
	UCHAR memory[64] __attribute__((aligned(16)));
	PSLIST_ENTRY crooked = (PSLIST_ENTRY)(memory + 8);
	SLIST_HEADER head;

	WSK_EXPECT_REPORT(test, "misuse: EX-SLIST: entry .* is not aligned");
	InitializeSListHead(&head);
	InterlockedPushEntrySList(&head, crooked);
	KUNIT_EXPECT_PTR_EQ(test, InterlockedPopEntrySList(&head), crooked);
	WSK_RULES(test, "NT-InterlockedPushEntrySList");
}

static struct kunit_case slist_cases[] = {
	KUNIT_CASE(push_answers_the_entry_that_was_on_top),
	KUNIT_CASE(flush_takes_all_last_in_first),
	KUNIT_CASE(pop_takes_one_last_in_first),
	KUNIT_CASE(a_zeroed_header_is_an_empty_list_at_dispatch_level_too),
	KUNIT_CASE(entries_of_many_threads_come_out_once_each),
	KUNIT_CASE(a_crooked_entry_is_reported),
	{}
};

static struct kunit_suite slist_suite = {
	.name = "nt_slist",
	.test_cases = slist_cases,
};

kunit_test_suite(slist_suite);
