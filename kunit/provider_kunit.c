// SPDX-License-Identifier: GPL-2.0
/*
 * WskRegister and the captures when there is no provider, and when it goes. No case
 * here has a registration but its own, so that the provider can go.
 */
#include <linux/sched.h>
#include <linux/slab.h>

#include "wsk_fixture.h"

#include <wsk_testing.h>

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

/* Captures nothing that outlives it, or the provider could not go. */
static void expect_now(struct kunit *test, PWSK_REGISTRATION block, NTSTATUS expected)
{
	NTSTATUS status = capture_now(block);

	WT_EXPECT_STATUS(test, status, expected);
	if (status == STATUS_SUCCESS)
		WskReleaseProviderNPI(block);
}

static void expect_range(struct kunit *test, PWSK_REGISTRATION block)
{
	WSK_PROVIDER_CHARACTERISTICS range;

	memset(&range, 0xa5, sizeof(range));
	WT_EXPECT_STATUS(test, WskQueryProviderCharacteristics(block, &range), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, range.HighestVersion, MAKE_WSK_VERSION(1, 0));
	KUNIT_EXPECT_EQ(test, range.LowestVersion, MAKE_WSK_VERSION(1, 0));
}

static void without_a_provider_a_client_registers_and_is_told(struct kunit *test)
{
	WSK_PROVIDER_CHARACTERISTICS range;
	WSK_REGISTRATION block;
	unsigned long sleeps;
	ULONGLONG before, waited;
	KIRQL irql;

	wsk_testing_provider_stop();
	WT_EXPECT_STATUS(test, register_block(&block, &version_1_0), STATUS_SUCCESS);
	/* Immediately: whoever waited would sleep. */
	sleeps = current->nvcsw;
	WT_EXPECT_STATUS(test, capture_now(&block), STATUS_DEVICE_NOT_READY);
	KUNIT_EXPECT_EQ(test, current->nvcsw, sleeps);
	WT_EXPECT_STATUS(test, WskQueryProviderCharacteristics(&block, &range),
			 STATUS_DEVICE_NOT_READY);
	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	WT_EXPECT_STATUS(test, capture_now(&block), STATUS_DEVICE_NOT_READY);
	WT_EXPECT_STATUS(test, WskQueryProviderCharacteristics(&block, &range),
			 STATUS_DEVICE_NOT_READY);
	KeLowerIrql(irql);

	before = KeQueryInterruptTime();
	WT_EXPECT_STATUS(test, WskCaptureProviderNPI(&block, 200, &(WSK_PROVIDER_NPI){}),
			 STATUS_DEVICE_NOT_READY);
	waited = KeQueryInterruptTime() - before;
	KUNIT_EXPECT_GE(test, waited, 200ULL * 10000);
	/* A clock that leaps knows no other work: what is more, the provider waited. */
	if (IS_ENABLED(CONFIG_UML_TIME_TRAVEL_SUPPORT))
		KUNIT_EXPECT_LE(test, waited, 300ULL * 10000);

	WT_EXPECT_STATUS(test, wsk_testing_provider_start(), STATUS_SUCCESS);
	sleeps = current->nvcsw;
	WT_EXPECT_STATUS(test, capture_now(&block), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, current->nvcsw, sleeps);
	expect_range(test, &block);
	WskReleaseProviderNPI(&block);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, &block));
	WSK_RULES(test, "REG-3 CAP-1 CAP-3 CAP-21 CAP-22 CAP-11 NMR-4");
}

static void without_a_provider_a_registration_ends_at_once(struct kunit *test)
{
	WSK_REGISTRATION block;
	unsigned long sleeps;

	wsk_testing_provider_stop();
	WT_EXPECT_STATUS(test, register_block(&block, &version_1_0), STATUS_SUCCESS);
	sleeps = current->nvcsw;
	WskDeregister(&block);
	KUNIT_EXPECT_EQ(test, current->nvcsw, sleeps);
	WT_EXPECT_STATUS(test, capture_now(&block), STATUS_DEVICE_NOT_READY);
	WT_EXPECT_STATUS(test, wsk_testing_provider_start(), STATUS_SUCCESS);
	/* The provider that comes does not bring back what has ended. */
	WT_EXPECT_STATUS(test, capture_now(&block), STATUS_DEVICE_NOT_READY);
	WSK_RULES(test, "REG-21 REG-23");
}

/*
 * The provider is attached long after WskRegister, which is the only one to look at what it
 * was given: the NPI is gone, and the dispatch says something else.
 */
static void client_stays_what_it_was_when_it_registered(struct kunit *test)
{
	WSK_CLIENT_DISPATCH good = version_1_0, bad = version_2_0;
	WSK_CLIENT_NPI *npi = kmalloc(sizeof(*npi), GFP_KERNEL);
	WSK_REGISTRATION accepted, refused;
	int round;

	KUNIT_ASSERT_NOT_NULL(test, npi);
	wsk_testing_provider_stop();
	npi->ClientContext = NULL;
	npi->Dispatch = &good;
	WT_EXPECT_STATUS(test, WskRegister(npi, &accepted), STATUS_SUCCESS);
	npi->Dispatch = &bad;
	WT_EXPECT_STATUS(test, WskRegister(npi, &refused), STATUS_SUCCESS);
	memset(npi, 0xa5, sizeof(*npi));
	kfree(npi);
	good.Version = MAKE_WSK_VERSION(2, 0);
	bad.Version = MAKE_WSK_VERSION(1, 0);
	for (round = 0; round < 2; round++) {
		WT_EXPECT_STATUS(test, wsk_testing_provider_start(), STATUS_SUCCESS);
		expect_now(test, &accepted, STATUS_SUCCESS);
		expect_now(test, &refused, STATUS_NOINTERFACE);
		wsk_testing_provider_stop();
	}
	WT_EXPECT_STATUS(test, wsk_testing_provider_start(), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, &accepted));
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, &refused));
	WSK_RULES(test, "REG-4 VER-1");
}

static void stop_run(void *context)
{
	wsk_testing_provider_stop();
	KeSetEvent(context, IO_NO_INCREMENT, FALSE);
}

struct going {
	struct wt_thread thread;
	KEVENT gone;
};

/* The provider goes, and is held by what the case has captured or opened. */
static struct going *go_begin(struct kunit *test, PWSK_REGISTRATION block)
{
	struct going *going = kunit_kzalloc(test, sizeof(*going), GFP_KERNEL);
	int patience = 1000;

	KUNIT_ASSERT_NOT_NULL(test, going);
	KeInitializeEvent(&going->gone, NotificationEvent, FALSE);
	wt_thread_start(test, &going->thread, stop_run, &going->gone);
	while (capture_now(block) == STATUS_SUCCESS && patience--) {
		WskReleaseProviderNPI(block);
		wt_sleep(10);
	}
	KUNIT_ASSERT_GT_MSG(test, patience, 0, "the provider never began to go");
	wt_sleep(50);
	KUNIT_EXPECT_FALSE(test, wt_is_set(&going->gone));
	return going;
}

static void provider_that_goes_waits_for_captures_and_sockets(struct kunit *test)
{
	struct wt_env *env = wt_env_new(test, MAKE_WSK_VERSION(1, 0));
	WSK_PROVIDER_CHARACTERISTICS range;
	struct going *going;
	struct wt_pair pair;
	KIRQL irql;

	KUNIT_ASSERT_NOT_NULL(test, env);
	KUNIT_ASSERT_TRUE(test, env->captured);
	wt_pair(env, AF_INET, &pair);
	going = go_begin(test, &env->registration);
	WT_EXPECT_STATUS(test, WskQueryProviderCharacteristics(&env->registration, &range),
			 STATUS_DEVICE_NOT_READY);
	/* What is captured is the client's until it is released, and so are sockets until closed. */
	wt_exchange(env, pair.client, pair.server, 5000, 1);
	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	WskReleaseProviderNPI(&env->registration);
	KeLowerIrql(irql);
	env->captured = FALSE;
	wt_sleep(50);
	KUNIT_EXPECT_FALSE(test, wt_is_set(&going->gone));
	wt_exchange(env, pair.server, pair.client, 5000, 2);
	WT_EXPECT_STATUS(test, wt_close(env, pair.listener), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_close(env, pair.server), STATUS_SUCCESS);
	KUNIT_EXPECT_FALSE(test, wt_is_set(&going->gone));
	WT_EXPECT_STATUS(test, wt_close(env, pair.client), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_thread_join(&going->thread));

	WT_EXPECT_STATUS(test, wsk_testing_provider_start(), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, WskCaptureProviderNPI(&env->registration, WSK_NO_WAIT, &env->npi),
			 STATUS_SUCCESS);
	env->captured = TRUE;
	wt_pair(env, AF_INET6, &pair);
	wt_exchange(env, pair.client, pair.server, 5000, 3);
	wt_env_free(env);
	WSK_RULES(test, "CAP-16 CAP-18 CAP-20 NMR-17 NMR-27 NMR-35");
}

/* Also with nothing that is open or in progress in between. */
static void what_is_captured_works_although_the_provider_goes(struct kunit *test)
{
	struct wt_env *env = wt_env_new(test, MAKE_WSK_VERSION(1, 0));
	struct going *going;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, env);
	KUNIT_ASSERT_TRUE(test, env->captured);
	going = go_begin(test, &env->registration);
	for (i = 0; i < 2; i++) {
		PWSK_SOCKET socket = wt_connection_socket(env, AF_INET);

		WT_EXPECT_STATUS(test, wt_close(env, socket), STATUS_SUCCESS);
	}
	KUNIT_EXPECT_FALSE(test, wt_is_set(&going->gone));
	WskReleaseProviderNPI(&env->registration);
	env->captured = FALSE;
	KUNIT_EXPECT_TRUE(test, wt_thread_join(&going->thread));
	WT_EXPECT_STATUS(test, wsk_testing_provider_start(), STATUS_SUCCESS);
	wt_env_free(env);
	WSK_RULES(test, "NMR-17");
}

static void deregister_run(void *context)
{
	WskDeregister(context);
}

/* Both wait for the one capture, and both are let go by its release. */
static void deregister_and_a_provider_that_goes_end_together(struct kunit *test)
{
	WSK_REGISTRATION *block = kunit_kzalloc(test, sizeof(*block), GFP_KERNEL);
	struct wt_thread *deregistering = kunit_kzalloc(test, sizeof(*deregistering), GFP_KERNEL);
	struct going *going;

	KUNIT_ASSERT_NOT_NULL(test, block);
	KUNIT_ASSERT_NOT_NULL(test, deregistering);
	WT_ASSERT_STATUS(test, register_block(block, &version_1_0), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, capture_now(block), STATUS_SUCCESS);
	going = go_begin(test, block);
	wt_thread_start(test, deregistering, deregister_run, block);
	wt_sleep(50);
	KUNIT_EXPECT_FALSE(test, wt_is_set(&going->gone));
	KUNIT_EXPECT_FALSE(test, wt_wait(deregistering->object, 0));
	WskReleaseProviderNPI(block);
	KUNIT_EXPECT_TRUE(test, wt_thread_join(deregistering));
	KUNIT_EXPECT_TRUE(test, wt_thread_join(&going->thread));
	WT_EXPECT_STATUS(test, wsk_testing_provider_start(), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, capture_now(block), STATUS_DEVICE_NOT_READY);
	WSK_RULES(test, "REG-14 REG-23");
}

/* No rule: what makes the provider come and go for these suites does nothing twice. */
static void provider_is_there_once(struct kunit *test)
{
	WT_EXPECT_STATUS(test, wsk_testing_provider_start(), STATUS_INVALID_DEVICE_STATE);
}

static struct kunit_case provider_cases[] = {
	KUNIT_CASE(without_a_provider_a_client_registers_and_is_told),
	KUNIT_CASE(without_a_provider_a_registration_ends_at_once),
	KUNIT_CASE(client_stays_what_it_was_when_it_registered),
	KUNIT_CASE(provider_that_goes_waits_for_captures_and_sockets),
	KUNIT_CASE(what_is_captured_works_although_the_provider_goes),
	KUNIT_CASE(deregister_and_a_provider_that_goes_end_together),
	KUNIT_CASE(provider_is_there_once),
	{}
};

static struct kunit_suite provider_suite = {
	.name = "wsk_provider",
	.test_cases = provider_cases,
};
kunit_test_suite(provider_suite);
