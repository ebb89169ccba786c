// SPDX-License-Identifier: GPL-2.0
/* IRQL and spin locks, and the clocks, which any IRQL may read. */
#include "nt_worker.h"

static void raising_and_lowering_round_trips(struct kunit *test)
{
	KIRQL before = KeGetCurrentIrql(), outer, inner, at_outer, at_inner, after_inner;

	KeRaiseIrql(DISPATCH_LEVEL, &outer);
	at_outer = KeGetCurrentIrql();
	KeRaiseIrql(DISPATCH_LEVEL, &inner);
	at_inner = KeGetCurrentIrql();
	KeLowerIrql(inner);
	after_inner = KeGetCurrentIrql();
	KeLowerIrql(outer);

	KUNIT_EXPECT_EQ(test, before, PASSIVE_LEVEL);
	KUNIT_EXPECT_EQ(test, outer, PASSIVE_LEVEL);
	KUNIT_EXPECT_EQ(test, at_outer, DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, inner, DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, at_inner, DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, after_inner, DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, KeGetCurrentIrql(), PASSIVE_LEVEL);

	outer = KeRaiseIrqlToDpcLevel();
	at_outer = KeGetCurrentIrql();
	KeLowerIrql(outer);
	KUNIT_EXPECT_EQ(test, at_outer, DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, KeGetCurrentIrql(), PASSIVE_LEVEL);
	WSK_RULES(test, "NT-KeGetCurrentIrql NT-KeRaiseIrql NT-KeLowerIrql");
}

static void apc_level_reads_as_passive_level(struct kunit *test)
{
	KIRQL old, at;

	KeRaiseIrql(APC_LEVEL, &old);
	at = KeGetCurrentIrql();
	KeLowerIrql(old);
	KUNIT_EXPECT_EQ(test, old, PASSIVE_LEVEL);
	KUNIT_EXPECT_EQ(test, at, PASSIVE_LEVEL);
	KUNIT_EXPECT_EQ(test, KeGetCurrentIrql(), PASSIVE_LEVEL);
	WSK_RULES(test, "NT-KeRaiseIrql NT-KeLowerIrql");
}

static void a_thread_begins_at_passive_level_record(void *context)
{
	*(KIRQL *)context = KeGetCurrentIrql();
}

static void a_thread_begins_at_passive_level(struct kunit *test)
{
	struct nt_worker *worker = kunit_kzalloc(test, sizeof(*worker), GFP_KERNEL);
	KIRQL *seen = kunit_kzalloc(test, sizeof(*seen), GFP_KERNEL);

	*seen = HIGH_LEVEL;
	nt_worker_start(test, worker, a_thread_begins_at_passive_level_record, seen);
	nt_worker_join(test, worker);
	KUNIT_EXPECT_EQ(test, *seen, PASSIVE_LEVEL);
	WSK_RULES(test, "NT-KeGetCurrentIrql NT-PsCreateSystemThread");
}

static void wrong_levels_are_reported(struct kunit *test)
{
	KIRQL old, at;

	WSK_EXPECT_REPORT(test, "misuse: KE-IRQL: KeRaiseIrql to 15, above DISPATCH_LEVEL");
	KeRaiseIrql(HIGH_LEVEL, &old);
	at = KeGetCurrentIrql();
	KeLowerIrql(old);
	KUNIT_EXPECT_EQ(test, at, DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, KeGetCurrentIrql(), PASSIVE_LEVEL);

	WSK_EXPECT_REPORT(test, "misuse: KE-IRQL: KeLowerIrql to 2 at PASSIVE_LEVEL");
	KeLowerIrql(DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, KeGetCurrentIrql(), PASSIVE_LEVEL);

	WSK_EXPECT_REPORT(test, "misuse: KE-IRQL: KeRaiseIrql to 0 at DISPATCH_LEVEL");
	old = KeRaiseIrqlToDpcLevel();
	KeRaiseIrql(PASSIVE_LEVEL, &at);
	KUNIT_EXPECT_EQ(test, KeGetCurrentIrql(), DISPATCH_LEVEL);
	KeLowerIrql(old);
	KUNIT_EXPECT_EQ(test, at, DISPATCH_LEVEL);
	WSK_RULES(test, "NT-KeRaiseIrql NT-KeLowerIrql");
}

/* Whose clock leaps: all come within one minute, and the next minute costs nothing. */
#ifdef CONFIG_UML
static void a_mistake_made_without_end_does_not_fill_the_log(struct kunit *test)
{
	int i;

	nt_sleep_ms(61000);
	WSK_EXPECT_REPORTS(test, 128 + 1, "misuse: KE-IRQL: KeLowerIrql to 2 at PASSIVE_LEVEL");
	WSK_EXPECT_LOG(test, "1x wsk: more than 128 misuses of this kind within a minute");
	for (i = 0; i < 500; i++)
		KeLowerIrql(DISPATCH_LEVEL);
	nt_sleep_ms(61000);
	KeLowerIrql(DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, KeGetCurrentIrql(), PASSIVE_LEVEL);
	WSK_RULES(test, "NT-KeLowerIrql");
}
#endif

static void a_spin_lock_raises_and_gives_the_level_back(struct kunit *test)
{
	KIRQL old = HIGH_LEVEL, held, inner, outer;
	KSPIN_LOCK lock;

	KeInitializeSpinLock(&lock);
	KeAcquireSpinLock(&lock, &old);
	held = KeGetCurrentIrql();
	KeReleaseSpinLock(&lock, old);
	KUNIT_EXPECT_EQ(test, old, PASSIVE_LEVEL);
	KUNIT_EXPECT_EQ(test, held, DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, KeGetCurrentIrql(), PASSIVE_LEVEL);

	outer = KeRaiseIrqlToDpcLevel();
	inner = KeAcquireSpinLockRaiseToDpc(&lock);
	KeReleaseSpinLock(&lock, inner);
	held = KeGetCurrentIrql();
	KeLowerIrql(outer);
	KUNIT_EXPECT_EQ(test, inner, DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, held, DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, KeGetCurrentIrql(), PASSIVE_LEVEL);
	WSK_RULES(test, "NT-KeAcquireSpinLock NT-KeReleaseSpinLock NT-KeInitializeSpinLock");
}

static void two_locks_may_be_released_in_either_order(struct kunit *test)
{
	KSPIN_LOCK a = 0, b = 0;
	KIRQL of_a, of_b, between;

	of_a = KeAcquireSpinLockRaiseToDpc(&a);
	of_b = KeAcquireSpinLockRaiseToDpc(&b);
	KUNIT_EXPECT_EQ(test, of_b, DISPATCH_LEVEL);
	/* As a driver does it that hands over from one lock to the next. */
	KeReleaseSpinLock(&a, of_b);
	between = KeGetCurrentIrql();
	KeReleaseSpinLock(&b, of_a);
	KUNIT_EXPECT_EQ(test, between, DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, KeGetCurrentIrql(), PASSIVE_LEVEL);
	WSK_RULES(test, "NT-KeReleaseSpinLock");
}

static void at_dpc_level_the_level_stays(struct kunit *test)
{
	KSPIN_LOCK lock = 0;
	KIRQL old, held, after;

	old = KeRaiseIrqlToDpcLevel();
	KeAcquireSpinLockAtDpcLevel(&lock);
	held = KeGetCurrentIrql();
	KeReleaseSpinLockFromDpcLevel(&lock);
	after = KeGetCurrentIrql();
	KeLowerIrql(old);
	KUNIT_EXPECT_EQ(test, held, DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, after, DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, KeGetCurrentIrql(), PASSIVE_LEVEL);

	WSK_EXPECT_REPORT(test, "misuse: KE-SPINLOCK: KeAcquireSpinLockAtDpcLevel below");
	KeAcquireSpinLockAtDpcLevel(&lock);
	KeReleaseSpinLockFromDpcLevel(&lock);
	KUNIT_EXPECT_EQ(test, KeGetCurrentIrql(), PASSIVE_LEVEL);
	WSK_RULES(test, "NT-KeAcquireSpinLockAtDpcLevel NT-KeReleaseSpinLockFromDpcLevel");
}

static void a_release_of_a_free_lock_is_reported_and_changes_nothing(struct kunit *test)
{
	KSPIN_LOCK lock = 0;
	KIRQL old, still;

	WSK_EXPECT_REPORT(test, "misuse: KE-SPINLOCK: KeReleaseSpinLock of");
	WSK_EXPECT_REPORT(test, "misuse: KE-SPINLOCK: KeReleaseSpinLockFromDpcLevel of");
	KeReleaseSpinLock(&lock, PASSIVE_LEVEL);
	KUNIT_EXPECT_EQ(test, KeGetCurrentIrql(), PASSIVE_LEVEL);
	old = KeRaiseIrqlToDpcLevel();
	KeReleaseSpinLock(&lock, PASSIVE_LEVEL);
	KeReleaseSpinLockFromDpcLevel(&lock);
	still = KeGetCurrentIrql();
	KeLowerIrql(old);
	KUNIT_EXPECT_EQ(test, still, DISPATCH_LEVEL);
	KeAcquireSpinLock(&lock, &old);
	KeReleaseSpinLock(&lock, old);
	KUNIT_EXPECT_EQ(test, KeGetCurrentIrql(), PASSIVE_LEVEL);
	WSK_RULES(test, "NT-KeReleaseSpinLock");
}

#define COUNTERS 4
#define COUNTS 5000

struct counted {
	KSPIN_LOCK lock;	/* zeroed memory, never initialised */
	ULONG value;		/* protected by lock, not atomic */
};

static void count_under_the_lock(void *context)
{
	struct counted *counted = context;
	KIRQL old;
	int i;

	for (i = 0; i < COUNTS; i++) {
		KeAcquireSpinLock(&counted->lock, &old);
		WRITE_ONCE(counted->value, READ_ONCE(counted->value) + 1);
		KeReleaseSpinLock(&counted->lock, old);
	}
}

static void one_thread_at_a_time_holds_a_zeroed_lock(struct kunit *test)
{
	struct nt_worker *workers = kunit_kzalloc(test, sizeof(*workers) * COUNTERS, GFP_KERNEL);
	struct counted *counted = kunit_kzalloc(test, sizeof(*counted), GFP_KERNEL);
	int i;

	for (i = 0; i < COUNTERS; i++)
		nt_worker_start(test, &workers[i], count_under_the_lock, counted);
	for (i = 0; i < COUNTERS; i++)
		nt_worker_join(test, &workers[i]);
	KUNIT_EXPECT_EQ(test, counted->value, COUNTERS * COUNTS);
	WSK_RULES(test, "NT-KeAcquireSpinLock NT-KeReleaseSpinLock");
}

static void clocks_only_grow_at_any_level(struct kunit *test)
{
	LARGE_INTEGER time[2], precise, counter[2], frequency = {};
	ULONGLONG interrupt[2];
	KIRQL old;

	KeQuerySystemTime(&time[0]);
	interrupt[0] = KeQueryInterruptTime();
	counter[0] = KeQueryPerformanceCounter(&frequency);
	nt_sleep_ms(2);
	old = KeRaiseIrqlToDpcLevel();
	KeQuerySystemTime(&time[1]);
	KeQuerySystemTimePrecise(&precise);
	interrupt[1] = KeQueryInterruptTime();
	counter[1] = KeQueryPerformanceCounter(NULL);
	KeLowerIrql(old);
	KUNIT_EXPECT_EQ(test, frequency.QuadPart, 10000000);
	/* A sleep is never shorter than asked for. */
	KUNIT_EXPECT_GE(test, interrupt[1] - interrupt[0], 20000ULL);
	KUNIT_EXPECT_GE(test, counter[1].QuadPart - counter[0].QuadPart, 20000LL);
	KUNIT_EXPECT_GE(test, time[1].QuadPart, time[0].QuadPart);
	KUNIT_EXPECT_GE(test, precise.QuadPart, time[1].QuadPart);
	/* 1601 to 1970 is 11,644,473,600 s. */
	KUNIT_EXPECT_GE(test, time[0].QuadPart, 116444736000000000LL);
	WSK_RULES(test, "NT-KeQuerySystemTime NT-KeQueryPerformanceCounter");
}

static struct kunit_case irql_cases[] = {
	KUNIT_CASE(raising_and_lowering_round_trips),
	KUNIT_CASE(apc_level_reads_as_passive_level),
	KUNIT_CASE(a_thread_begins_at_passive_level),
	KUNIT_CASE(wrong_levels_are_reported),
#ifdef CONFIG_UML
	KUNIT_CASE(a_mistake_made_without_end_does_not_fill_the_log),
#endif
	KUNIT_CASE(a_spin_lock_raises_and_gives_the_level_back),
	KUNIT_CASE(two_locks_may_be_released_in_either_order),
	KUNIT_CASE(at_dpc_level_the_level_stays),
	KUNIT_CASE(a_release_of_a_free_lock_is_reported_and_changes_nothing),
	KUNIT_CASE(one_thread_at_a_time_holds_a_zeroed_lock),
	KUNIT_CASE(clocks_only_grow_at_any_level),
	{}
};

static struct kunit_suite irql_suite = {
	.name = "nt_irql",
	.test_cases = irql_cases,
};

kunit_test_suite(irql_suite);
