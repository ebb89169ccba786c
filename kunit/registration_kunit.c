// SPDX-License-Identifier: GPL-2.0
/* WskRegister, WskCaptureProviderNPI and versions; the waits of WskDeregister are elsewhere. */
#include <linux/sched.h>

#include "wsk_fixture.h"

static const WSK_CLIENT_DISPATCH version_1_0 = { MAKE_WSK_VERSION(1, 0), 0, NULL };
static const WSK_CLIENT_DISPATCH version_2_0 = { MAKE_WSK_VERSION(2, 0), 0, NULL };

static NTSTATUS register_block(PWSK_REGISTRATION block, const WSK_CLIENT_DISPATCH *dispatch)
{
	WSK_CLIENT_NPI npi = { NULL, dispatch };

	return WskRegister(&npi, block);
}

static void registration_without_use_ends_without_a_wait(struct kunit *test)
{
	WSK_PROVIDER_CHARACTERISTICS range;
	WSK_REGISTRATION block, before;
	unsigned long sleeps;

	memset(&block, 0xa5, sizeof(block));
	before = block;
	WT_ASSERT_STATUS(test, register_block(&block, &version_1_0), STATUS_SUCCESS);
	KUNIT_EXPECT_NE(test, memcmp(&block, &before, sizeof(block)), 0);
	WT_EXPECT_STATUS(test, WskQueryProviderCharacteristics(&block, &range), STATUS_SUCCESS);
	/* A wait that anybody could observe would have this thread sleep. */
	sleeps = current->nvcsw;
	WskDeregister(&block);
	KUNIT_EXPECT_EQ(test, current->nvcsw, sleeps);
	WSK_RULES(test, "REG-1 REG-10 REG-21 CEV-2");
}

static void capture_gives_client_and_dispatch(struct kunit *test)
{
	static const ULONG timeouts[] = { WSK_NO_WAIT, 100, WSK_INFINITE_WAIT };
	WSK_REGISTRATION block;
	int i;

	WT_ASSERT_STATUS(test, register_block(&block, &version_1_0), STATUS_SUCCESS);
	for (i = 0; i < ARRAY_SIZE(timeouts); i++) {
		WSK_PROVIDER_NPI provider = {};

		WT_ASSERT_STATUS(test, WskCaptureProviderNPI(&block, timeouts[i], &provider),
				 STATUS_SUCCESS);
		KUNIT_EXPECT_NOT_NULL(test, provider.Client);
		KUNIT_ASSERT_NOT_NULL(test, provider.Dispatch);
		KUNIT_EXPECT_EQ(test, WSK_MAJOR_VERSION(provider.Dispatch->Version), 1);
		KUNIT_EXPECT_GE(test, provider.Dispatch->Version, MAKE_WSK_VERSION(1, 0));
		WskReleaseProviderNPI(&block);
	}
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, &block));
	WSK_RULES(test, "CAP-5 CAP-20 VER-2 VER-3");
}

/* What the structure said when it was registered, in MAKE_WSK_VERSION's two bytes. */
static void version_asked_for_is_that_of_the_registration(struct kunit *test)
{
	const USHORT good = 0x0100, bad = 0x0200;
	WSK_CLIENT_DISPATCH dispatch = {};
	WSK_PROVIDER_NPI provider;
	WSK_REGISTRATION block;

	KUNIT_ASSERT_EQ(test, MAKE_WSK_VERSION(1, 0), good);
	dispatch.Version = good;
	WT_ASSERT_STATUS(test, register_block(&block, &dispatch), STATUS_SUCCESS);
	dispatch.Version = bad;
	WT_EXPECT_STATUS(test, WskCaptureProviderNPI(&block, WSK_NO_WAIT, &provider),
			 STATUS_SUCCESS);
	WskReleaseProviderNPI(&block);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, &block));
	WT_ASSERT_STATUS(test, register_block(&block, &dispatch), STATUS_SUCCESS);
	dispatch.Version = good;
	WT_EXPECT_STATUS(test, WskCaptureProviderNPI(&block, WSK_NO_WAIT, &provider),
			 STATUS_NOINTERFACE);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, &block));
	WSK_RULES(test, "VER-1");
}

/* Windows' table of version 1.0, counted in pointers, as a client has it that sees no header of ours. */
enum {
	SLOT_SOCKET = 1,
	SLOT_SOCKET_CONNECT,
	SLOT_CONTROL_CLIENT,
	SLOT_GET_ADDRESS_INFO,
	SLOT_FREE_ADDRESS_INFO,
	SLOT_GET_NAME_INFO,
	SLOTS
};

static void members_of_the_announced_version_are_at_their_places(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	const PVOID *slots = (const PVOID *)env->npi.Dispatch;
	PWSK_CLIENT client = env->npi.Client;
	struct wt_io *io = wt_io_new(env);
	SOCKADDR_STORAGE any, addr;
	SIZE_T bytes = 0;
	PWSK_SOCKET listener;
	int i;

	KUNIT_EXPECT_EQ(test, *(const USHORT *)slots, MAKE_WSK_VERSION(1, 0));
	for (i = SLOT_SOCKET; i < SLOTS; i++)
		KUNIT_EXPECT_NOT_NULL_MSG(test, slots[i], "slot %d", i);
	/* Each that can be told by what it does. */
	WT_CALL(io, ((PFN_WSK_SOCKET)slots[SLOT_SOCKET])(client, AF_INET, SOCK_STREAM,
							 IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET,
							 NULL, NULL, NULL, NULL, NULL,
							 wt_irp(io)));
	WT_ASSERT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	listener = (PWSK_SOCKET)io->information;
	wt_track(env, listener, TRUE);
	wt_loopback(&addr, AF_INET, 0);
	wt_wildcard(&any, AF_INET, 0);
	WT_ASSERT_STATUS(test, wt_bind(env, listener, &addr), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, wt_local_address(env, listener, &addr), STATUS_SUCCESS);
	WT_CALL(io, ((PFN_WSK_SOCKET_CONNECT)slots[SLOT_SOCKET_CONNECT])(
			client, SOCK_STREAM, IPPROTO_TCP, (PSOCKADDR)&any, (PSOCKADDR)&addr, 0,
			NULL, NULL, NULL, NULL, NULL, wt_irp(io)));
	WT_ASSERT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	wt_track(env, (PWSK_SOCKET)io->information, FALSE);
	WT_EXPECT_STATUS(test, ((PFN_WSK_CONTROL_CLIENT)slots[SLOT_CONTROL_CLIENT])(
				       client, WSK_TRANSPORT_LIST_QUERY, 0, NULL, 0, NULL, &bytes,
				       NULL), STATUS_BUFFER_OVERFLOW);
	KUNIT_EXPECT_GT(test, bytes, 0);
	((PFN_WSK_FREE_ADDRESS_INFO)slots[SLOT_FREE_ADDRESS_INFO])(client, NULL);
	WSK_RULES(test, "VER-4 VER-5");
}

static void nested_captures_agree(struct kunit *test)
{
	WSK_PROVIDER_NPI first = {}, second = {};
	WSK_REGISTRATION block;

	WT_ASSERT_STATUS(test, register_block(&block, &version_1_0), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, WskCaptureProviderNPI(&block, WSK_NO_WAIT, &first),
			 STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, WskCaptureProviderNPI(&block, WSK_INFINITE_WAIT, &second),
			 STATUS_SUCCESS);
	KUNIT_EXPECT_PTR_EQ(test, first.Client, second.Client);
	KUNIT_EXPECT_PTR_EQ(test, first.Dispatch, second.Dispatch);
	WskReleaseProviderNPI(&block);
	WskReleaseProviderNPI(&block);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, &block));
	WSK_RULES(test, "CAP-9");
}

static void one_client_may_register_several_blocks(struct kunit *test)
{
	WSK_PROVIDER_NPI first = {}, second = {};
	WSK_REGISTRATION one, two;

	WT_ASSERT_STATUS(test, register_block(&one, &version_1_0), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, register_block(&two, &version_1_0), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, WskCaptureProviderNPI(&one, WSK_NO_WAIT, &first),
			 STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, WskCaptureProviderNPI(&two, WSK_NO_WAIT, &second),
			 STATUS_SUCCESS);
	KUNIT_EXPECT_PTR_NE(test, first.Client, second.Client);
	/* The captures of the first are still held, as are its sockets elsewhere (REG-20). */
	WskReleaseProviderNPI(&two);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, &two));
	WT_EXPECT_STATUS(test, WskCaptureProviderNPI(&one, WSK_NO_WAIT, &first),
			 STATUS_SUCCESS);
	WskReleaseProviderNPI(&one);
	WskReleaseProviderNPI(&one);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, &one));
	WSK_RULES(test, "REG-2 REG-20 CAP-10");
}

#define MANY 100

static void hundred_registrations_live_together(struct kunit *test)
{
	WSK_REGISTRATION *blocks = kunit_kcalloc(test, MANY, sizeof(*blocks), GFP_KERNEL);
	WSK_PROVIDER_NPI *npis = kunit_kcalloc(test, MANY, sizeof(*npis), GFP_KERNEL);
	int i, j;

	KUNIT_ASSERT_NOT_NULL(test, blocks);
	KUNIT_ASSERT_NOT_NULL(test, npis);
	for (i = 0; i < MANY; i++) {
		WT_ASSERT_STATUS(test, register_block(&blocks[i], &version_1_0), STATUS_SUCCESS);
		WT_ASSERT_STATUS(test, WskCaptureProviderNPI(&blocks[i], WSK_NO_WAIT, &npis[i]),
				 STATUS_SUCCESS);
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_PTR_NE(test, npis[i].Client, npis[j].Client);
	}
	/* Neither first in, first out, nor the reverse. */
	for (i = 0, j = 0; i < MANY; i++, j = (j + 37) % MANY) {
		WskReleaseProviderNPI(&blocks[j]);
		KUNIT_EXPECT_TRUE(test, wt_deregister(test, &blocks[j]));
	}
	WSK_RULES(test, "REG-2 CAP-10");
}

static void unsupported_major_version_is_refused_at_once(struct kunit *test)
{
	static const ULONG timeouts[] = { WSK_NO_WAIT, 1000, WSK_INFINITE_WAIT };
	WSK_PROVIDER_CHARACTERISTICS range;
	WSK_PROVIDER_NPI provider;
	WSK_REGISTRATION block;
	unsigned long sleeps;
	int i;

	WT_ASSERT_STATUS(test, register_block(&block, &version_2_0), STATUS_SUCCESS);
	/* At once: this thread does not sleep. */
	sleeps = current->nvcsw;
	for (i = 0; i < ARRAY_SIZE(timeouts); i++)
		WT_EXPECT_STATUS(test, WskCaptureProviderNPI(&block, timeouts[i], &provider),
				 STATUS_NOINTERFACE);
	KUNIT_EXPECT_EQ(test, current->nvcsw, sleeps);
	memset(&range, 0xa5, sizeof(range));
	WT_EXPECT_STATUS(test, WskQueryProviderCharacteristics(&block, &range), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, range.LowestVersion, MAKE_WSK_VERSION(1, 0));
	KUNIT_EXPECT_EQ(test, range.HighestVersion, MAKE_WSK_VERSION(1, 0));
	/* Nothing was captured, so nothing is to be released. */
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, &block));
	WSK_RULES(test, "CAP-6 CAP-7 CAP-11 CAP-21 VER-6");
}

static void refused_client_may_register_another_version(struct kunit *test)
{
	WSK_PROVIDER_NPI provider;
	WSK_REGISTRATION block;

	WT_ASSERT_STATUS(test, register_block(&block, &version_2_0), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, WskCaptureProviderNPI(&block, WSK_INFINITE_WAIT, &provider),
			 STATUS_NOINTERFACE);
	KUNIT_ASSERT_TRUE(test, wt_deregister(test, &block));
	/* What was refused has ended as everything does. */
	WT_EXPECT_STATUS(test, WskCaptureProviderNPI(&block, WSK_INFINITE_WAIT, &provider),
			 STATUS_DEVICE_NOT_READY);
	WT_ASSERT_STATUS(test, register_block(&block, &version_1_0), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, WskCaptureProviderNPI(&block, WSK_INFINITE_WAIT, &provider),
			 STATUS_SUCCESS);
	WskReleaseProviderNPI(&block);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, &block));
	WSK_RULES(test, "VER-7 REG-23 REG-27");
}

static void expect_version(struct kunit *test, USHORT version, NTSTATUS expected)
{
	WSK_CLIENT_DISPATCH dispatch = { version, 0, NULL };
	WSK_PROVIDER_NPI provider = {};
	WSK_REGISTRATION block;
	NTSTATUS status;

	WT_ASSERT_STATUS(test, register_block(&block, &dispatch), STATUS_SUCCESS);
	status = WskCaptureProviderNPI(&block, WSK_NO_WAIT, &provider);
	KUNIT_EXPECT_EQ_MSG(test, status, expected, "version %#x: %#x", version, status);
	if (status == STATUS_SUCCESS) {
		KUNIT_EXPECT_GE(test, provider.Dispatch->Version, version);
		KUNIT_EXPECT_EQ(test, WSK_MAJOR_VERSION(provider.Dispatch->Version),
				WSK_MAJOR_VERSION(version));
		WskReleaseProviderNPI(&block);
	}
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, &block));
}

static void accepted_versions_are_the_announced_range(struct kunit *test)
{
	WSK_PROVIDER_CHARACTERISTICS range;
	WSK_REGISTRATION block;
	USHORT version;
	int i;

	memset(&range, 0xa5, sizeof(range));
	WT_ASSERT_STATUS(test, register_block(&block, &version_1_0), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, WskQueryProviderCharacteristics(&block, &range), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, &block));
	KUNIT_EXPECT_GE(test, range.HighestVersion, range.LowestVersion);
	KUNIT_EXPECT_LE(test, range.LowestVersion, MAKE_WSK_VERSION(1, 0));
	KUNIT_EXPECT_GE(test, range.HighestVersion, MAKE_WSK_VERSION(1, 0));
	/* Both neighbours of the range, each minor of its major, and each other major. */
	expect_version(test, range.HighestVersion + 1, STATUS_NOINTERFACE);
	expect_version(test, range.LowestVersion - 1, STATUS_NOINTERFACE);
	for (i = 0; i < 512; i++) {
		version = i < 256 ? MAKE_WSK_VERSION(1, i) : MAKE_WSK_VERSION(i - 256, 0);
		expect_version(test, version, version >= range.LowestVersion &&
			       version <= range.HighestVersion ? STATUS_SUCCESS :
								 STATUS_NOINTERFACE);
	}
	WSK_RULES(test, "CAP-6 CAP-23 CAP-24 VER-3 VER-6");
}

static void capture_release_and_query_work_at_dispatch_level(struct kunit *test)
{
	WSK_PROVIDER_CHARACTERISTICS range;
	NTSTATUS captured, queried;
	WSK_PROVIDER_NPI provider;
	WSK_REGISTRATION block;
	KIRQL before, after;

	WT_ASSERT_STATUS(test, register_block(&block, &version_1_0), STATUS_SUCCESS);
	KeRaiseIrql(DISPATCH_LEVEL, &before);
	captured = WskCaptureProviderNPI(&block, WSK_NO_WAIT, &provider);
	queried = WskQueryProviderCharacteristics(&block, &range);
	if (captured == STATUS_SUCCESS)
		WskReleaseProviderNPI(&block);
	after = KeGetCurrentIrql();
	KeLowerIrql(before);
	KUNIT_EXPECT_EQ(test, (int)after, DISPATCH_LEVEL);
	WT_EXPECT_STATUS(test, captured, STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, queried, STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, &block));
	WSK_RULES(test, "IRQ-2 IRQ-3 IRQ-15");
}

static void ended_block_refuses_captures_and_can_be_registered_again(struct kunit *test)
{
	WSK_PROVIDER_CHARACTERISTICS range;
	WSK_PROVIDER_NPI provider;
	WSK_REGISTRATION block;
	int round;

	for (round = 0; round < 3; round++) {
		WT_ASSERT_STATUS(test, register_block(&block, &version_1_0), STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, WskCaptureProviderNPI(&block, WSK_NO_WAIT, &provider),
				 STATUS_SUCCESS);
		WskReleaseProviderNPI(&block);
		KUNIT_ASSERT_TRUE(test, wt_deregister(test, &block));
		WT_EXPECT_STATUS(test, WskCaptureProviderNPI(&block, WSK_NO_WAIT, &provider),
				 STATUS_DEVICE_NOT_READY);
		WT_EXPECT_STATUS(test, WskCaptureProviderNPI(&block, 1000, &provider),
				 STATUS_DEVICE_NOT_READY);
		WT_EXPECT_STATUS(test, WskCaptureProviderNPI(&block, WSK_INFINITE_WAIT,
							     &provider),
				 STATUS_DEVICE_NOT_READY);
		WT_EXPECT_STATUS(test, WskQueryProviderCharacteristics(&block, &range),
				 STATUS_DEVICE_NOT_READY);
	}
	WSK_RULES(test, "REG-23 REG-27 CAP-25");
}

static struct kunit_case registration_cases[] = {
	KUNIT_CASE(registration_without_use_ends_without_a_wait),
	KUNIT_CASE(capture_gives_client_and_dispatch),
	KUNIT_CASE(version_asked_for_is_that_of_the_registration),
	KUNIT_CASE(members_of_the_announced_version_are_at_their_places),
	KUNIT_CASE(nested_captures_agree),
	KUNIT_CASE(one_client_may_register_several_blocks),
	KUNIT_CASE(hundred_registrations_live_together),
	KUNIT_CASE(unsupported_major_version_is_refused_at_once),
	KUNIT_CASE(refused_client_may_register_another_version),
	KUNIT_CASE(accepted_versions_are_the_announced_range),
	KUNIT_CASE(capture_release_and_query_work_at_dispatch_level),
	KUNIT_CASE(ended_block_refuses_captures_and_can_be_registered_again),
	{}
};

static struct kunit_suite registration_suite = {
	.name = "wsk_registration",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = registration_cases,
};
kunit_test_suite(registration_suite);
