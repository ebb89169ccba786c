// SPDX-License-Identifier: GPL-2.0
/*
 * The end of a connection where TCP is short of something: both sides have disconnected and the peer
 * does not read; there is no memory for the FIN.
 */
#include "fault.h"
#include "wsk_fixture.h"

#define PIECE	16384
#define MUCH	(1 << 20)

/* The peer has disconnected. All that was sent lies with TCP, and so does the FIN of @ending. */
static struct wt_io *disconnect_behind_much(struct wt_env *env, struct wt_pair *pair,
					    ADDRESS_FAMILY family)
{
	struct wt_data *out = wt_data_vmalloc(env, MUCH), *in = wt_data_new(env, PIECE);
	struct wt_io *sending = wt_io_new(env), *ending = wt_io_new(env);
	SIZE_T received, got = 0;

	wt_pair(env, family, pair);
	WT_ASSERT_STATUS(env->test, wt_disconnect(env, pair->server, 0), STATUS_SUCCESS);
	wt_send_start(sending, pair->client, out, 0, MUCH, 0);
	while (!wt_io_wait(sending, 20)) {
		WT_ASSERT_STATUS(env->test, wt_receive(env, pair->server, in, PIECE, 0, &received),
				 STATUS_SUCCESS);
		got += received;
	}
	WT_EXPECT_STATUS(env->test, wt_io_end(sending), STATUS_SUCCESS);
	KUNIT_ASSERT_LT(env->test, (u64)got, (u64)MUCH);
	WT_CALL(ending, WT_CONNECTION(pair->client)->WskDisconnect(pair->client, NULL, 0,
								   wt_irp(ending)));
	wt_sleep(50);
	KUNIT_EXPECT_FALSE(env->test, wt_io_completed(ending));
	return ending;
}

/* The peer is told, however much it has not read; it may read some of that before. */
static void expect_reset(struct wt_env *env, PWSK_SOCKET peer)
{
	struct wt_data *in = wt_data_new(env, PIECE);
	NTSTATUS status;
	SIZE_T received;

	do {
		status = wt_receive(env, peer, in, PIECE, 0, &received);
	} while (status == STATUS_SUCCESS && received);
	KUNIT_EXPECT_TRUE_MSG(env->test, status == STATUS_CONNECTION_RESET ||
			      status == STATUS_FILE_FORCED_CLOSED, "%#x", status);
	WT_EXPECT_STATUS(env->test, wt_receive(env, peer, in, PIECE, 0, &received),
			 STATUS_FILE_FORCED_CLOSED);
}

static void abort_behind_both_fins_resets(struct kunit *test)
{
	static const ADDRESS_FAMILY families[] = { AF_INET, AF_INET6 };
	struct wt_env *env = wt_env(test);
	int i;

	for (i = 0; i < 2; i++) {
		struct wt_pair pair;
		struct wt_io *ending = disconnect_behind_much(env, &pair, families[i]);

		WT_EXPECT_STATUS(test, wt_disconnect(env, pair.client, WSK_FLAG_ABORTIVE),
				 STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, wt_io_end(ending), STATUS_CONNECTION_ABORTED);
		expect_reset(env, pair.server);
	}
	WSK_RULES(test, "DIS-7 DIS-9");
}

static void close_behind_both_fins_resets(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_pair pair;
	struct wt_io *ending = disconnect_behind_much(env, &pair, AF_INET);

	WT_EXPECT_STATUS(test, wt_close(env, pair.client), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(ending), STATUS_CANCELLED);
	expect_reset(env, pair.server);
	WSK_RULES(test, "DIS-7 CLO-16");
}

/*
 * Success is a FIN that the peer has. Nothing waits to be sent, so the FIN needs memory of its own, and
 * no acknowledgement is under way that would bring the next try.
 */
static void a_fin_without_memory_is_sent_later(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	int nth;

	if (!fault_works())
		kunit_skip(test, "failslab leaves sleeping allocations alone here");
	for (nth = 1; nth <= 6; nth++) {
		struct wt_data *in = wt_data_new(env, 16);
		struct wt_io *ending = wt_io_new(env), *receiving = wt_io_new(env);
		struct wt_pair pair;

		wt_pair(env, AF_INET, &pair);
		wt_receive_start(receiving, pair.server, in, 0, 16, 0);
		fault_arm_workers(nth);
		WT_CALL(ending, WT_CONNECTION(pair.client)->WskDisconnect(pair.client, NULL, 0,
									  wt_irp(ending)));
		WT_EXPECT_STATUS(test, wt_io_end(ending), STATUS_SUCCESS);
		fault_arm_workers(0);
		WT_EXPECT_STATUS(test, wt_io_end(receiving), STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, (u64)receiving->information, 0ULL);
		wt_exchange(env, pair.server, pair.client, 1000, nth);
		WT_EXPECT_STATUS(test, wt_close(env, pair.client), STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, wt_close(env, pair.server), STATUS_SUCCESS);
	}
	WSK_RULES(test, "DIS-1 DIS-3");
}

static struct kunit_case last_ack_cases[] = {
	KUNIT_CASE(abort_behind_both_fins_resets),
	KUNIT_CASE(close_behind_both_fins_resets),
	KUNIT_CASE(a_fin_without_memory_is_sent_later),
	{}
};

static struct kunit_suite last_ack_suite = {
	.name = "wsk_last_ack",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = last_ack_cases,
};
kunit_test_suite(last_ack_suite);
