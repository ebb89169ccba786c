// SPDX-License-Identifier: GPL-2.0
/* Misuse of a registration that can be told: it is reported by its rule, and does no harm. */
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

	WSK_EXPECT_REPORT(test, "wsk: misuse: REG-8: WskRegister above PASSIVE_LEVEL, called from");
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

	WSK_EXPECT_REPORT(test, "wsk: misuse: REG-9: WskRegister with .* Reserved is not 0, called from");
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

	WSK_EXPECT_REPORT(test, "wsk: misuse: CAP-14: WskCaptureProviderNPI with a wait above PASSIVE_LEVEL, called from");
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

/* The registration is still there, so the call is answered as ever. */
static void a_call_after_the_last_release_is_reported(struct kunit *test)
{
	WSK_REGISTRATION block = {};
	WSK_PROVIDER_NPI npi = {};
	SIZE_T bytes = 0;

	WSK_EXPECT_REPORT(test, "wsk: misuse: CAP-17: a call .* after the last WskReleaseProviderNPI, from");
	WT_ASSERT_STATUS(test, register_block(&block, &version_1_0), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, WskCaptureProviderNPI(&block, WSK_NO_WAIT, &npi), STATUS_SUCCESS);
	WskReleaseProviderNPI(&block);
	WT_EXPECT_STATUS(test, npi.Dispatch->WskControlClient(npi.Client,
							      WSK_TRANSPORT_LIST_QUERY, 0, NULL,
							      0, NULL, &bytes, NULL),
			 STATUS_BUFFER_OVERFLOW);
	KUNIT_EXPECT_GT(test, bytes, 0);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, &block));
	WSK_RULES(test, "CAP-17");
}

static struct kunit_case misuse_registration_cases[] = {
	KUNIT_CASE(registering_at_dispatch_level_is_refused),
	KUNIT_CASE(a_reserved_word_that_is_not_zero_is_reported),
	KUNIT_CASE(a_capture_that_may_wait_at_dispatch_level_does_not),
	KUNIT_CASE(a_call_after_the_last_release_is_reported),
	{}
};

static struct kunit_suite misuse_registration_suite = {
	.name = "wsk_misuse_registration",
	.test_cases = misuse_registration_cases,
};
kunit_test_suite(misuse_registration_suite);
