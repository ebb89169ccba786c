// SPDX-License-Identifier: GPL-2.0
/*
 * Not one failing allocation but all of them, for as long as a call takes. TCP then tells its own
 * socket of room, although there was no lack of it: whoever believes that tries again at once,
 * and for ever, where the memory may be freed by nobody else.
 */
#include "fault.h"
#include "wsk_fixture.h"

static void need_starving(struct kunit *test)
{
	if (!fault_starves())
		kunit_skip(test, "failslab does not fail all allocations of a task here");
}

static void send_without_memory_is_tried_again_later(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *out, *in;
	struct wt_pair pair;
	SIZE_T received;
	int i;

	need_starving(test);
	out = wt_data_new(env, 100);
	in = wt_data_new(env, 100);
	wt_pair(env, AF_INET, &pair);
	for (i = 0; i < 4; i++) {
		struct wt_io *io = wt_io_new(env);

		wt_data_fill(out, 0, (UCHAR)i);
		fault_starve_self(true);
		wt_send_start(io, pair.client, out, 0, 100, 0);
		fault_starve_self(false);
		KUNIT_ASSERT_TRUE_MSG(test, fault_starves(), "WskSend tried until it got memory");
		WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, 100, WSK_FLAG_WAITALL,
						  &received), STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, 100, 0, (UCHAR)i), 100ULL);
		wt_io_put(io);
	}
	WSK_RULES(test, "SND-2");
}

static struct kunit_case starved_cases[] = {
	KUNIT_CASE(send_without_memory_is_tried_again_later),
	{}
};

static struct kunit_suite starved_suite = {
	.name = "wsk_starved",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = starved_cases,
};
kunit_test_suite(starved_suite);
