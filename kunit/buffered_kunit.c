// SPDX-License-Identifier: GPL-2.0
/* A receive without WSK_FLAG_WAITALL takes all that is buffered and fits, in whatever pieces. */
#include "wsk_fixture.h"

static void expect_all_at_once(struct kunit *test, struct wt_data *in, SIZE_T buffered,
			       SIZE_T room)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *out = wt_data_vmalloc(env, buffered);
	const SIZE_T most = min(buffered, room);
	struct wt_pair pair;
	SIZE_T received;

	wt_pair(env, AF_INET, &pair);
	wt_data_fill(out, 0, 7);
	WT_ASSERT_STATUS(test, wt_send(env, pair.client, out, buffered), STATUS_SUCCESS);
	KUNIT_ASSERT_TRUE(test, wt_await_arrived(env, pair.client, pair.server));
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, room, 0, &received),
			 STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)received, (u64)most);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, most, 0, 7), (u64)most);
	wt_close_all(env);
}

/* More MDLs than one call of the shim takes. */
static void chain_of_small_mdls_is_filled(struct kunit *test)
{
	struct wt_env *env = wt_env(test);

	expect_all_at_once(test, wt_data_chain(env, 512, 16, 8), 512, 512);
	expect_all_at_once(test, wt_data_chain(env, 512, 16, 8), 300, 512);
	expect_all_at_once(test, wt_data_chain(env, 512, 16, 8), 600, 512);
	/* 256 bytes are what the first call of the shim has room for. */
	expect_all_at_once(test, wt_data_chain(env, 512, 16, 8), 256, 512);
	expect_all_at_once(test, wt_data_chain(env, 512, 16, 8), 257, 512);
	WSK_RULES(test, "RCV-1");
}

/* More bytes than one hold of the socket's lock moves, 64 KiB; less than loopback buffers. */
static void long_buffer_is_filled(struct kunit *test)
{
	struct wt_env *env = wt_env(test);

	expect_all_at_once(test, wt_data_vmalloc(env, 100000), 65536, 100000);
	expect_all_at_once(test, wt_data_vmalloc(env, 100000), 65537, 100000);
	expect_all_at_once(test, wt_data_vmalloc(env, 66000), 70000, 66000);
	WSK_RULES(test, "RCV-1");
}

static void end_of_stream_comes_alone(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *out = wt_data_new(env, 256), *in = wt_data_chain(env, 512, 16, 8);
	struct wt_pair pair;
	SIZE_T received;

	wt_pair(env, AF_INET6, &pair);
	WT_ASSERT_STATUS(test, wt_send(env, pair.client, out, 256), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, wt_disconnect(env, pair.client, 0), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, 512, 0, &received),
			 STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)received, 256ULL);
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, 512, 0, &received),
			 STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)received, 0ULL);
	WSK_RULES(test, "RCV-1 RCV-6");
}

static struct kunit_case buffered_cases[] = {
	KUNIT_CASE(chain_of_small_mdls_is_filled),
	KUNIT_CASE(long_buffer_is_filled),
	KUNIT_CASE(end_of_stream_comes_alone),
	{}
};

static struct kunit_suite buffered_suite = {
	.name = "wsk_buffered",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = buffered_cases,
};
kunit_test_suite(buffered_suite);
