// SPDX-License-Identifier: GPL-2.0
/*
 * Captures that wait for a provider: what ends them, and when. No case here has a
 * registration but its own, so that the provider can go.
 */
#include "wsk_fixture.h"

#include <wsk_testing.h>

#define HOUR_MS 3600000

static const WSK_CLIENT_DISPATCH version_1_0 = { MAKE_WSK_VERSION(1, 0), 0, NULL };
static const WSK_CLIENT_DISPATCH version_2_0 = { MAKE_WSK_VERSION(2, 0), 0, NULL };

static NTSTATUS register_block(PWSK_REGISTRATION block, const WSK_CLIENT_DISPATCH *dispatch)
{
	WSK_CLIENT_NPI npi = { NULL, dispatch };

	return WskRegister(&npi, block);
}

static NTSTATUS capture_now(PWSK_REGISTRATION block)
{
	WSK_PROVIDER_NPI npi;

	return WskCaptureProviderNPI(block, WSK_NO_WAIT, &npi);
}

#define UNITS_PER_MS 10000ULL	/* of KeQueryInterruptTime() */

/* A clock that leaps knows no other work: there what took long, the provider took. */
static void expect_within(struct kunit *test, ULONGLONG time, ULONGLONG limit)
{
	if (IS_ENABLED(CONFIG_UML_TIME_TRAVEL_SUPPORT))
		KUNIT_EXPECT_LE(test, time, limit);
}

struct waiter {
	PWSK_REGISTRATION block;
	ULONG timeout;
	NTSTATUS status;
	ULONGLONG began, ended;
	WSK_PROVIDER_NPI npi;
	KEVENT returned;
	struct wt_thread thread;
};

static void wait_run(void *context)
{
	struct waiter *waiter = context;

	waiter->began = KeQueryInterruptTime();
	waiter->status = WskCaptureProviderNPI(waiter->block, waiter->timeout, &waiter->npi);
	waiter->ended = KeQueryInterruptTime();
	KeSetEvent(&waiter->returned, IO_NO_INCREMENT, FALSE);
}

#define WAITERS 4

/* Half of them for ever, half for @ms. Returns when all of them wait. */
static struct waiter *wait_begin(struct kunit *test, PWSK_REGISTRATION block, ULONG ms)
{
	struct waiter *waiters = kunit_kcalloc(test, WAITERS, sizeof(*waiters), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, waiters);
	for (i = 0; i < WAITERS; i++) {
		waiters[i].block = block;
		waiters[i].timeout = i % 2 ? ms : WSK_INFINITE_WAIT;
		KeInitializeEvent(&waiters[i].returned, NotificationEvent, FALSE);
		wt_thread_start(test, &waiters[i].thread, wait_run, &waiters[i]);
	}
	wt_sleep(50);
	for (i = 0; i < WAITERS; i++)
		KUNIT_EXPECT_FALSE(test, wt_is_set(&waiters[i].returned));
	return waiters;
}

/* Because of what happened at @since, and not any later. */
static void expect_prompt(struct kunit *test, const struct waiter *waiter, ULONGLONG since)
{
	KUNIT_EXPECT_GE(test, waiter->ended, since);
	expect_within(test, waiter->ended - since, 100 * UNITS_PER_MS);
}

static void wait_end(struct kunit *test, struct waiter *waiters, NTSTATUS expected,
		     ULONGLONG since)
{
	int i;

	for (i = 0; i < WAITERS; i++) {
		KUNIT_ASSERT_TRUE_MSG(test, wt_thread_join(&waiters[i].thread),
				      "a capture did not return");
		WT_EXPECT_STATUS(test, waiters[i].status, expected);
		expect_prompt(test, &waiters[i], since);
	}
}

/* Returns when it was about to come. */
static ULONGLONG provider_comes(struct kunit *test)
{
	ULONGLONG now = KeQueryInterruptTime();

	WT_EXPECT_STATUS(test, wsk_testing_provider_start(), STATUS_SUCCESS);
	return now;
}

static void waiting_captures_succeed_when_the_provider_comes(struct kunit *test)
{
	WSK_REGISTRATION *block = kunit_kzalloc(test, sizeof(*block), GFP_KERNEL);
	struct waiter *waiters;
	ULONGLONG since;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, block);
	wsk_testing_provider_stop();
	WT_EXPECT_STATUS(test, register_block(block, &version_1_0), STATUS_SUCCESS);
	waiters = wait_begin(test, block, HOUR_MS);
	since = provider_comes(test);
	wait_end(test, waiters, STATUS_SUCCESS, since);
	for (i = 0; i < WAITERS; i++) {
		KUNIT_EXPECT_NOT_NULL(test, waiters[i].npi.Client);
		KUNIT_EXPECT_PTR_EQ(test, waiters[i].npi.Client, waiters[0].npi.Client);
		KUNIT_EXPECT_PTR_EQ(test, waiters[i].npi.Dispatch, waiters[0].npi.Dispatch);
		WskReleaseProviderNPI(block);
	}
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, block));
	WSK_RULES(test, "CAP-2 CAP-4 CAP-8");
}

static void waiting_captures_are_told_of_a_refused_version(struct kunit *test)
{
	WSK_REGISTRATION *block = kunit_kzalloc(test, sizeof(*block), GFP_KERNEL);
	WSK_PROVIDER_CHARACTERISTICS range;
	struct waiter *waiters;
	ULONGLONG since;

	KUNIT_ASSERT_NOT_NULL(test, block);
	wsk_testing_provider_stop();
	WT_EXPECT_STATUS(test, register_block(block, &version_2_0), STATUS_SUCCESS);
	waiters = wait_begin(test, block, HOUR_MS);
	since = provider_comes(test);
	wait_end(test, waiters, STATUS_NOINTERFACE, since);
	memset(&range, 0xa5, sizeof(range));
	WT_EXPECT_STATUS(test, WskQueryProviderCharacteristics(block, &range), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, range.HighestVersion, MAKE_WSK_VERSION(1, 0));
	KUNIT_EXPECT_EQ(test, range.LowestVersion, MAKE_WSK_VERSION(1, 0));
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, block));
	WSK_RULES(test, "CAP-2 CAP-7 CAP-21 VER-6");
}

/* Who was refused has no binding, so nobody tells it that the provider goes. */
static void a_refusal_lasts_as_long_as_its_provider(struct kunit *test)
{
	WSK_REGISTRATION *block = kunit_kzalloc(test, sizeof(*block), GFP_KERNEL);
	WSK_PROVIDER_CHARACTERISTICS range;
	struct waiter *waiters;
	ULONGLONG since;

	KUNIT_ASSERT_NOT_NULL(test, block);
	WT_EXPECT_STATUS(test, register_block(block, &version_2_0), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, capture_now(block), STATUS_NOINTERFACE);
	WT_EXPECT_STATUS(test, WskQueryProviderCharacteristics(block, &range), STATUS_SUCCESS);
	wsk_testing_provider_stop();
	WT_EXPECT_STATUS(test, capture_now(block), STATUS_DEVICE_NOT_READY);
	WT_EXPECT_STATUS(test, WskQueryProviderCharacteristics(block, &range),
			 STATUS_DEVICE_NOT_READY);
	waiters = wait_begin(test, block, HOUR_MS);
	since = provider_comes(test);
	wait_end(test, waiters, STATUS_NOINTERFACE, since);
	WT_EXPECT_STATUS(test, WskQueryProviderCharacteristics(block, &range), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, block));
	WSK_RULES(test, "CAP-2 CAP-7 CAP-21 CAP-22");
}

static void deregister_wakes_waiting_captures(struct kunit *test)
{
	WSK_REGISTRATION *block = kunit_kzalloc(test, sizeof(*block), GFP_KERNEL);
	struct waiter *waiters;
	ULONGLONG since;

	KUNIT_ASSERT_NOT_NULL(test, block);
	wsk_testing_provider_stop();
	WT_EXPECT_STATUS(test, register_block(block, &version_1_0), STATUS_SUCCESS);
	waiters = wait_begin(test, block, HOUR_MS);
	since = KeQueryInterruptTime();
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, block));
	wait_end(test, waiters, STATUS_DEVICE_NOT_READY, since);
	WT_EXPECT_STATUS(test, wsk_testing_provider_start(), STATUS_SUCCESS);
	WSK_RULES(test, "REG-24 CAP-2");
}

#ifdef CONFIG_UML
#define MINUTE_MS 60000

/* No other time-out is a long one, and the one that looks like one is none. */
static void a_wait_ends_with_its_time_and_an_infinite_one_does_not(struct kunit *test)
{
	WSK_REGISTRATION *block = kunit_kzalloc(test, sizeof(*block), GFP_KERNEL);
	struct waiter *waiters;
	ULONGLONG since;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, block);
	wsk_testing_provider_stop();
	WT_EXPECT_STATUS(test, register_block(block, &version_1_0), STATUS_SUCCESS);
	waiters = wait_begin(test, block, MINUTE_MS);
	wt_sleep(MINUTE_MS - 1000);
	for (i = 0; i < WAITERS; i++)
		KUNIT_EXPECT_FALSE(test, wt_is_set(&waiters[i].returned));
	wt_sleep(2000);
	for (i = 0; i < WAITERS; i++)
		KUNIT_EXPECT_EQ(test, wt_is_set(&waiters[i].returned), i % 2);
	wt_sleep(2 * MINUTE_MS);
	for (i = 0; i < WAITERS; i++)
		KUNIT_EXPECT_EQ(test, wt_is_set(&waiters[i].returned), i % 2);
	since = provider_comes(test);
	for (i = 0; i < WAITERS; i++) {
		struct waiter *waiter = &waiters[i];
		ULONGLONG waited;

		KUNIT_ASSERT_TRUE(test, wt_thread_join(&waiter->thread));
		if (i % 2) {
			waited = waiter->ended - waiter->began;
			WT_EXPECT_STATUS(test, waiter->status, STATUS_DEVICE_NOT_READY);
			KUNIT_EXPECT_GE(test, waited, MINUTE_MS * UNITS_PER_MS);
			expect_within(test, waited, (MINUTE_MS + 100) * UNITS_PER_MS);
			continue;
		}
		WT_EXPECT_STATUS(test, waiter->status, STATUS_SUCCESS);
		expect_prompt(test, waiter, since);
		if (waiter->status == STATUS_SUCCESS)
			WskReleaseProviderNPI(block);
	}
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, block));
	WSK_RULES(test, "CAP-2 CAP-3");
}
#endif

/* WskDeregister and the provider come at the same moment; each capture may go either way. */
struct contest {
	WSK_REGISTRATION block;
	LONG returned;		/* WskDeregister did */
	LONG captured, refused;	/* in all rounds */
	const char *wrong;
};

static void contest_capture(void *context)
{
	struct contest *contest = context;
	WSK_PROVIDER_NPI npi;
	NTSTATUS status;

	status = WskCaptureProviderNPI(&contest->block, WSK_INFINITE_WAIT, &npi);
	if (status == STATUS_DEVICE_NOT_READY) {
		InterlockedIncrement(&contest->refused);
		return;
	}
	if (status != STATUS_SUCCESS) {
		contest->wrong = "the status of a capture";
		return;
	}
	InterlockedIncrement(&contest->captured);
	/* Time for a WskDeregister that does not wait for this capture. */
	wt_sleep(2);
	if (READ_ONCE(contest->returned))
		contest->wrong = "returned before the release";
	WskReleaseProviderNPI(&contest->block);
}

static void contest_end(void *context)
{
	struct contest *contest = context;

	WskDeregister(&contest->block);
	WRITE_ONCE(contest->returned, 1);
}

static void contest_round(struct kunit *test, struct contest *contest, struct wt_thread *threads,
			  BOOLEAN provider_first)
{
	struct wt_thread *end = &threads[WAITERS];
	int i;

	wsk_testing_provider_stop();
	contest->returned = 0;
	WT_ASSERT_STATUS(test, register_block(&contest->block, &version_1_0), STATUS_SUCCESS);
	for (i = 0; i < WAITERS; i++)
		wt_thread_start(test, &threads[i], contest_capture, contest);
	wt_sleep(2);
	if (provider_first)
		WT_EXPECT_STATUS(test, wsk_testing_provider_start(), STATUS_SUCCESS);
	wt_thread_start(test, end, contest_end, contest);
	if (!provider_first)
		WT_EXPECT_STATUS(test, wsk_testing_provider_start(), STATUS_SUCCESS);
	for (i = 0; i <= WAITERS; i++)
		KUNIT_ASSERT_TRUE(test, wt_thread_join(&threads[i]));
	WT_EXPECT_STATUS(test, capture_now(&contest->block), STATUS_DEVICE_NOT_READY);
}

static void captures_that_win_against_deregister_are_waited_for(struct kunit *test)
{
	struct wt_thread *threads = kunit_kcalloc(test, WAITERS + 1, sizeof(*threads), GFP_KERNEL);
	struct contest *contest = kunit_kzalloc(test, sizeof(*contest), GFP_KERNEL);
	int round;

	KUNIT_ASSERT_NOT_NULL(test, threads);
	KUNIT_ASSERT_NOT_NULL(test, contest);
	for (round = 0; round < 40; round++)
		contest_round(test, contest, threads, round % 2);
	KUNIT_EXPECT_NULL_MSG(test, contest->wrong, "%s", contest->wrong);
	KUNIT_EXPECT_EQ(test, contest->captured + contest->refused, 40 * WAITERS);
	kunit_info(test, "%d captured, %d refused", contest->captured, contest->refused);
	WSK_RULES(test, "REG-24");
}

static struct kunit_case provider_wait_cases[] = {
	KUNIT_CASE(waiting_captures_succeed_when_the_provider_comes),
	KUNIT_CASE(waiting_captures_are_told_of_a_refused_version),
	KUNIT_CASE(a_refusal_lasts_as_long_as_its_provider),
	KUNIT_CASE(deregister_wakes_waiting_captures),
#ifdef CONFIG_UML
	KUNIT_CASE(a_wait_ends_with_its_time_and_an_infinite_one_does_not),
#endif
	KUNIT_CASE(captures_that_win_against_deregister_are_waited_for),
	{}
};

static struct kunit_suite provider_wait_suite = {
	.name = "wsk_provider_wait",
	.test_cases = provider_wait_cases,
};
kunit_test_suite(provider_wait_suite);
