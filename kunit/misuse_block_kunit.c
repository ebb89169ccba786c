// SPDX-License-Identifier: GPL-2.0
/*
 * A WSK_REGISTRATION that is not what WskRegister() left there: overwritten, or a copy. Nothing is
 * followed that the block names, and the registration lives: with its block mended it ends as ever.
 */
#include "wsk_fixture.h"

static const WSK_CLIENT_DISPATCH version_1_0 = { MAKE_WSK_VERSION(1, 0), 0, NULL };

static NTSTATUS register_block(PWSK_REGISTRATION block)
{
	WSK_CLIENT_NPI npi = { NULL, &version_1_0 };

	return WskRegister(&npi, block);
}

/* Each function that gets a block, with a capture held through the good one. */
static void expect_refused(struct kunit *test, PWSK_REGISTRATION bad)
{
	const WSK_REGISTRATION before = *bad;
	WSK_PROVIDER_CHARACTERISTICS range;
	WSK_PROVIDER_NPI npi;

	WT_EXPECT_STATUS(test, WskCaptureProviderNPI(bad, WSK_NO_WAIT, &npi),
			 STATUS_DEVICE_NOT_READY);
	WT_EXPECT_STATUS(test, WskCaptureProviderNPI(bad, WSK_INFINITE_WAIT, &npi),
			 STATUS_DEVICE_NOT_READY);
	WT_EXPECT_STATUS(test, WskQueryProviderCharacteristics(bad, &range),
			 STATUS_DEVICE_NOT_READY);
	WskReleaseProviderNPI(bad);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, bad));
	KUNIT_EXPECT_EQ(test, memcmp(bad, &before, sizeof(before)), 0);
}

static void expect_alive_until_deregistered(struct kunit *test, PWSK_REGISTRATION block)
{
	WSK_PROVIDER_NPI npi;

	WT_EXPECT_STATUS(test, WskCaptureProviderNPI(block, WSK_NO_WAIT, &npi), STATUS_SUCCESS);
	WskReleaseProviderNPI(block);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, block));
	WT_EXPECT_STATUS(test, WskCaptureProviderNPI(block, WSK_NO_WAIT, &npi),
			 STATUS_DEVICE_NOT_READY);
}

static WSK_REGISTRATION *blocks(struct kunit *test)
{
	WSK_REGISTRATION *block = kunit_kcalloc(test, 2, sizeof(*block), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, block);
	WT_ASSERT_STATUS(test, register_block(block), STATUS_SUCCESS);
	return block;
}

static void overwritten_block_is_reported(struct kunit *test)
{
	static const UCHAR with[] = { 0, 0xa5, 0xff };
	WSK_REGISTRATION *block = blocks(test), good = *block;
	int i;

	WSK_EXPECT_REPORT(test, "3x wsk: misuse: REG-7: WskDeregister with a WSK_REGISTRATION that was written to");
	WSK_EXPECT_REPORT(test, "6x wsk: misuse: REG-7: WskCaptureProviderNPI ");
	WSK_EXPECT_REPORT(test, "3x wsk: misuse: REG-7: WskQueryProviderCharacteristics ");
	WSK_EXPECT_REPORT(test, "3x wsk: misuse: REG-7: WskReleaseProviderNPI ");
	for (i = 0; i < 3; i++) {
		memset(block, with[i], sizeof(*block));
		expect_refused(test, block);
	}
	*block = good;
	expect_alive_until_deregistered(test, block);
	WSK_RULES(test, "REG-7");
}

static void copied_block_is_reported(struct kunit *test)
{
	WSK_REGISTRATION *block = blocks(test);
	WSK_PROVIDER_NPI npi;

	WSK_EXPECT_REPORT(test, "1x wsk: misuse: REG-7: WskDeregister with a WSK_REGISTRATION that .* a copy");
	block[1] = block[0];
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, &block[1]));
	expect_alive_until_deregistered(test, &block[0]);
	/* Memory with anything in it may be registered, a copy of a block too. */
	WT_ASSERT_STATUS(test, register_block(&block[0]), STATUS_SUCCESS);
	block[1] = block[0];
	WT_ASSERT_STATUS(test, register_block(&block[1]), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, WskCaptureProviderNPI(&block[1], WSK_NO_WAIT, &npi),
			 STATUS_SUCCESS);
	WskReleaseProviderNPI(&block[1]);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, &block[1]));
	expect_alive_until_deregistered(test, &block[0]);
	WSK_RULES(test, "REG-7");
}

/* The block says that it has no registration, and there is one. */
static void zeroed_block_that_is_registered_anew_is_reported(struct kunit *test)
{
	WSK_REGISTRATION *block = blocks(test), good = *block;

	WSK_EXPECT_REPORT(test, "1x wsk: misuse: REG-13: WskRegister of a block that is registered");
	memset(block, 0, sizeof(*block));
	WT_ASSERT_STATUS(test, register_block(block), STATUS_SUCCESS);
	expect_alive_until_deregistered(test, block);
	*block = good;
	expect_alive_until_deregistered(test, block);
	WSK_RULES(test, "REG-13");
}

static struct kunit_case misuse_block_cases[] = {
	KUNIT_CASE(overwritten_block_is_reported),
	KUNIT_CASE(copied_block_is_reported),
	KUNIT_CASE(zeroed_block_that_is_registered_anew_is_reported),
	{}
};

static struct kunit_suite misuse_block_suite = {
	.name = "wsk_misuse_block",
	.test_cases = misuse_block_cases,
};
kunit_test_suite(misuse_block_suite);
