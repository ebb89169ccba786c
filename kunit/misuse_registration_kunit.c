// SPDX-License-Identifier: GPL-2.0
/* Misuse of a registration: refused, or reported by its rule, and it does no harm. */
#include "wsk_fixture.h"

static const WSK_CLIENT_DISPATCH version_1_0 = { MAKE_WSK_VERSION(1, 0), 0, NULL };
static const WSK_CLIENT_DISPATCH version_2_0 = { MAKE_WSK_VERSION(2, 0), 0, NULL };

static NTSTATUS register_block(PWSK_REGISTRATION block, const WSK_CLIENT_DISPATCH *dispatch)
{
	WSK_CLIENT_NPI npi = { NULL, dispatch };

	return WskRegister(&npi, block);
}

static void registering_at_dispatch_level_is_refused(struct kunit *test)
{
	WSK_REGISTRATION block = {};
	WSK_PROVIDER_NPI npi;
	NTSTATUS status;
	KIRQL old;

	WSK_EXPECT_REPORT(test, "1x wsk: misuse: REG-8: WskRegister above PASSIVE_LEVEL, called from");
	KeRaiseIrql(DISPATCH_LEVEL, &old);
	status = register_block(&block, &version_1_0);
	KeLowerIrql(old);
	WT_EXPECT_STATUS(test, status, STATUS_INVALID_PARAMETER);
	/* Nothing is behind the block, and it can be registered as it should be. */
	WT_EXPECT_STATUS(test, WskCaptureProviderNPI(&block, WSK_NO_WAIT, &npi),
			 STATUS_DEVICE_NOT_READY);
	WT_ASSERT_STATUS(test, register_block(&block, &version_1_0), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, &block));
	WSK_RULES(test, "REG-8");
}

static void a_reserved_word_that_is_not_zero_is_reported(struct kunit *test)
{
	WSK_CLIENT_DISPATCH dispatch = { MAKE_WSK_VERSION(1, 0), 1, NULL };
	WSK_REGISTRATION block = {};
	WSK_PROVIDER_NPI npi;

	WSK_EXPECT_REPORT(test, "1x wsk: misuse: REG-9: WskRegister with .* Reserved is not 0, called from");
	WT_ASSERT_STATUS(test, register_block(&block, &dispatch), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, WskCaptureProviderNPI(&block, WSK_NO_WAIT, &npi), STATUS_SUCCESS);
	WskReleaseProviderNPI(&block);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, &block));
	WSK_RULES(test, "REG-9");
}

static NTSTATUS capture_at_dispatch_level(PWSK_REGISTRATION block, ULONG timeout)
{
	WSK_PROVIDER_NPI npi;
	NTSTATUS status;
	KIRQL old;

	KeRaiseIrql(DISPATCH_LEVEL, &old);
	status = WskCaptureProviderNPI(block, timeout, &npi);
	KeLowerIrql(old);
	return status;
}

/* Whatever the answer would be, it comes at once. */
static void a_capture_that_may_wait_at_dispatch_level_does_not(struct kunit *test)
{
	WSK_REGISTRATION block = {}, refused = {};

	WSK_EXPECT_REPORT(test, "3x wsk: misuse: CAP-14: WskCaptureProviderNPI with a wait above PASSIVE_LEVEL, called from");
	WT_ASSERT_STATUS(test, register_block(&block, &version_1_0), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, capture_at_dispatch_level(&block, WSK_INFINITE_WAIT),
			 STATUS_SUCCESS);
	WskReleaseProviderNPI(&block);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, &block));
	WT_EXPECT_STATUS(test, capture_at_dispatch_level(&block, 1000), STATUS_DEVICE_NOT_READY);
	WT_ASSERT_STATUS(test, register_block(&refused, &version_2_0), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, capture_at_dispatch_level(&refused, WSK_INFINITE_WAIT),
			 STATUS_NOINTERFACE);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, &refused));
	WSK_RULES(test, "CAP-14");
}

struct end {
	PWSK_REGISTRATION block;
	struct wt_thread thread;
	KEVENT returned;
};

static void end_run(void *context)
{
	struct end *end = context;

	WskDeregister(end->block);
	KeSetEvent(&end->returned, IO_NO_INCREMENT, FALSE);
}

/* Returns when the deregistration has begun, which something holds up. */
static struct end *end_begin(struct kunit *test, PWSK_REGISTRATION block)
{
	struct end *end = kunit_kzalloc(test, sizeof(*end), GFP_KERNEL);
	WSK_PROVIDER_NPI npi;
	int patience = 1000;

	KUNIT_ASSERT_NOT_NULL(test, end);
	end->block = block;
	KeInitializeEvent(&end->returned, NotificationEvent, FALSE);
	wt_thread_start(test, &end->thread, end_run, end);
	while (WskCaptureProviderNPI(block, WSK_NO_WAIT, &npi) == STATUS_SUCCESS && patience--) {
		WskReleaseProviderNPI(block);
		wt_sleep(10);
	}
	KUNIT_ASSERT_GT_MSG(test, patience, 0, "WskDeregister never began");
	return end;
}

static void expect_held(struct kunit *test, struct end *end)
{
	wt_sleep(50);
	KUNIT_EXPECT_FALSE(test, wt_is_set(&end->returned));
}

static WSK_REGISTRATION *registered_block(struct kunit *test)
{
	WSK_REGISTRATION *block = kunit_kzalloc(test, sizeof(*block), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, block);
	WT_ASSERT_STATUS(test, register_block(block, &version_1_0), STATUS_SUCCESS);
	return block;
}

/* Nothing is owed for it: the next capture counts as one, and is waited for. */
static void a_release_without_a_capture_is_reported(struct kunit *test)
{
	PWSK_REGISTRATION block = registered_block(test);
	WSK_PROVIDER_NPI npi;
	struct end *end;

	WSK_EXPECT_REPORT(test, "2x wsk: misuse: CAP-13: WskReleaseProviderNPI without a capture, called from");
	WT_ASSERT_STATUS(test, WskCaptureProviderNPI(block, WSK_NO_WAIT, &npi), STATUS_SUCCESS);
	WskReleaseProviderNPI(block);
	WskReleaseProviderNPI(block);
	WskReleaseProviderNPI(block);
	WT_ASSERT_STATUS(test, WskCaptureProviderNPI(block, WSK_NO_WAIT, &npi), STATUS_SUCCESS);
	end = end_begin(test, block);
	expect_held(test, end);
	WskReleaseProviderNPI(block);
	KUNIT_EXPECT_TRUE(test, wt_thread_join(&end->thread));
	WSK_RULES(test, "CAP-13");
}

/* Likewise where the registration ends, and when it has. */
static void a_release_too_many_lets_no_deregister_go(struct kunit *test)
{
	PWSK_REGISTRATION block = registered_block(test);
	WSK_PROVIDER_NPI npi;
	PWSK_SOCKET socket;
	struct wt_env *env;
	struct end *end;

	WSK_EXPECT_REPORT(test, "2x wsk: misuse: CAP-13: WskReleaseProviderNPI without a capture, called from");
	WT_ASSERT_STATUS(test, WskCaptureProviderNPI(block, WSK_NO_WAIT, &npi), STATUS_SUCCESS);
	env = wt_env_over(test, &npi);
	socket = wt_connection_socket(env, AF_INET);
	WskReleaseProviderNPI(block);
	end = end_begin(test, block);
	WskReleaseProviderNPI(block);
	expect_held(test, end);
	WT_EXPECT_STATUS(test, wt_close(env, socket), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_thread_join(&end->thread));
	WskReleaseProviderNPI(block);
	wt_env_free(env);
	WSK_RULES(test, "CAP-13");
}

/* While the first one waits, and when it has returned; the block is as good as before. */
static void a_second_deregister_is_reported(struct kunit *test)
{
	PWSK_REGISTRATION block = registered_block(test);
	WSK_PROVIDER_NPI npi;
	struct end *end;

	WSK_EXPECT_REPORT(test, "1x wsk: misuse: REG-12: WskDeregister of a block that is not registered, called from");
	WT_ASSERT_STATUS(test, WskCaptureProviderNPI(block, WSK_NO_WAIT, &npi), STATUS_SUCCESS);
	end = end_begin(test, block);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, block));
	expect_held(test, end);
	WskReleaseProviderNPI(block);
	KUNIT_EXPECT_TRUE(test, wt_thread_join(&end->thread));
	WT_ASSERT_STATUS(test, register_block(block, &version_1_0), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, WskCaptureProviderNPI(block, WSK_NO_WAIT, &npi), STATUS_SUCCESS);
	WskReleaseProviderNPI(block);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, block));
	WSK_RULES(test, "REG-11");
}

static void a_second_deregister_behind_the_first_is_reported(struct kunit *test)
{
	PWSK_REGISTRATION block = registered_block(test);

	WSK_EXPECT_REPORT(test, "1x wsk: misuse: REG-12: WskDeregister of a block that is not registered, called from");
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, block));
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, block));
	WT_ASSERT_STATUS(test, register_block(block, &version_1_0), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, block));
	WSK_RULES(test, "REG-11");
}

/* Whatever lies in the memory. */
static void deregister_of_a_block_that_failed_to_register_is_reported(struct kunit *test)
{
	WSK_REGISTRATION *block = kunit_kzalloc(test, sizeof(*block), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, block);
	WSK_EXPECT_REPORT(test, "1x wsk: misuse: REG-12: WskDeregister of a block that is not registered, called from");
	memset(block, 0xa5, sizeof(*block));
	WT_EXPECT_STATUS(test, register_block(block, NULL), STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, block));
	WT_ASSERT_STATUS(test, register_block(block, &version_1_0), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, block));
	WSK_RULES(test, "REG-12");
}

/* Answered where there is an answer, and reported nowhere: it meant no registration. */
static void missing_arguments_are_refused(struct kunit *test)
{
	static const ULONG timeouts[] = { WSK_NO_WAIT, 100, WSK_INFINITE_WAIT };
	WSK_CLIENT_NPI npi = { NULL, &version_1_0 }, without_dispatch = { NULL, NULL };
	const NTSTATUS refused = STATUS_INVALID_PARAMETER;
	WSK_PROVIDER_CHARACTERISTICS range;
	WSK_PROVIDER_NPI provider;
	WSK_REGISTRATION block;
	int i;

	WSK_EXPECT_REPORT(test, "0x wsk: misuse");
	memset(&block, 0xa5, sizeof(block));
	memset(&range, 0xa5, sizeof(range));
	memset(&provider, 0xa5, sizeof(provider));
	WT_EXPECT_STATUS(test, WskRegister(NULL, &block), refused);
	WT_EXPECT_STATUS(test, WskRegister(&without_dispatch, &block), refused);
	WT_EXPECT_STATUS(test, WskRegister(&npi, NULL), refused);
	WT_EXPECT_STATUS(test, WskRegister(NULL, NULL), refused);
	for (i = 0; i < ARRAY_SIZE(timeouts); i++)
		WT_EXPECT_STATUS(test, WskCaptureProviderNPI(NULL, timeouts[i], &provider),
				 refused);
	WT_EXPECT_STATUS(test, WskQueryProviderCharacteristics(NULL, &range), refused);
	WT_EXPECT_STATUS(test, WskQueryProviderCharacteristics(NULL, NULL), refused);
	WskReleaseProviderNPI(NULL);
	WskDeregister(NULL);
	KUNIT_EXPECT_NULL(test, memchr_inv(&block, 0xa5, sizeof(block)));
	KUNIT_EXPECT_NULL(test, memchr_inv(&range, 0xa5, sizeof(range)));
	KUNIT_EXPECT_NULL(test, memchr_inv(&provider, 0xa5, sizeof(provider)));
	WT_ASSERT_STATUS(test, register_block(&block, &version_1_0), STATUS_SUCCESS);
	for (i = 0; i < ARRAY_SIZE(timeouts); i++)
		WT_EXPECT_STATUS(test, WskCaptureProviderNPI(&block, timeouts[i], NULL), refused);
	WT_EXPECT_STATUS(test, WskQueryProviderCharacteristics(&block, NULL), refused);
	/* The refused captures do not count. */
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, &block));
	WSK_RULES(test, "CAP-11");
}

static struct kunit_case misuse_registration_cases[] = {
	KUNIT_CASE(registering_at_dispatch_level_is_refused),
	KUNIT_CASE(a_reserved_word_that_is_not_zero_is_reported),
	KUNIT_CASE(a_capture_that_may_wait_at_dispatch_level_does_not),
	KUNIT_CASE(a_release_without_a_capture_is_reported),
	KUNIT_CASE(a_release_too_many_lets_no_deregister_go),
	KUNIT_CASE(a_second_deregister_is_reported),
	KUNIT_CASE(a_second_deregister_behind_the_first_is_reported),
	KUNIT_CASE(deregister_of_a_block_that_failed_to_register_is_reported),
	KUNIT_CASE(missing_arguments_are_refused),
	{}
};

static struct kunit_suite misuse_registration_suite = {
	.name = "wsk_misuse_registration",
	.test_cases = misuse_registration_cases,
};
kunit_test_suite(misuse_registration_suite);
