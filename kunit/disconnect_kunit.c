// SPDX-License-Identifier: GPL-2.0
/* WskDisconnect: half close, its place behind the sends, abort, and the end the peer sees. */
#include "full_window.h"

static NTSTATUS receive_end(struct wt_env *env, PWSK_SOCKET socket, SIZE_T *received)
{
	return wt_receive(env, socket, wt_data_new(env, 16), 16, 0, received);
}

static void graceful_disconnect_ends_the_peers_stream(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *out = wt_data_new(env, 100), *in = wt_data_new(env, 100);
	struct wt_io *ios[3];
	struct wt_pair pair;
	SIZE_T received;
	int i;

	wt_pair(env, AF_INET, &pair);
	wt_data_fill(out, 0, 1);
	for (i = 0; i < 3; i++)
		ios[i] = wt_io_new(env);
	wt_receive_start(ios[0], pair.server, in, 0, 100, WSK_FLAG_WAITALL);
	wt_receive_start(ios[1], pair.server, in, 0, 100, 0);
	wt_receive_start(ios[2], pair.server, in, 0, 100, WSK_FLAG_WAITALL);
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, out, 100), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_disconnect(env, pair.client, 0), STATUS_SUCCESS);
	/* The data first, then an end for each that waits, and for each that comes later. */
	for (i = 0; i < 3; i++) {
		WT_EXPECT_STATUS(test, wt_io_end(ios[i]), STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, (u64)ios[i]->information, i ? 0ULL : 100ULL);
		if (i)
			KUNIT_EXPECT_GT(test, ios[i]->stamp, ios[i - 1]->stamp);
	}
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, 100, 0, 1), 100ULL);
	for (i = 0; i < 3; i++) {
		WT_EXPECT_STATUS(test, receive_end(env, pair.server, &received), STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, (u64)received, 0ULL);
	}
	WSK_RULES(test, "DIS-1 DIS-3 DIS-15 RCV-5 RCV-6 RCV-7 RCV-8");
}

static void waitall_is_ended_by_a_fin_with_what_there_is(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, 100), *out = wt_data_new(env, 30);
	struct wt_io *io = wt_io_new(env);
	struct wt_pair pair;

	wt_pair(env, AF_INET6, &pair);
	wt_data_fill(out, 0, 2);
	wt_receive_start(io, pair.server, in, 0, 100, WSK_FLAG_WAITALL);
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, out, 30), STATUS_SUCCESS);
	wt_sleep(20);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(io));
	WT_EXPECT_STATUS(test, wt_disconnect(env, pair.client, 0), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)io->information, 30ULL);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, 30, 0, 2), 30ULL);
	WSK_RULES(test, "RCV-9 RCV-10");
}

static void half_closed_socket_still_receives(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, 100), *out = wt_data_new(env, 100);
	struct wt_io *io = wt_io_new(env);
	SOCKADDR_STORAGE remote;
	struct wt_pair pair;
	SIZE_T received;

	wt_pair(env, AF_INET, &pair);
	wt_receive_start(io, pair.client, in, 0, 100, WSK_FLAG_WAITALL);
	WT_EXPECT_STATUS(test, wt_disconnect(env, pair.client, 0), STATUS_SUCCESS);
	wt_sleep(20);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(io));
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, out, 10), STATUS_INVALID_DEVICE_STATE);
	WT_EXPECT_STATUS(test, receive_end(env, pair.server, &received), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)received, 0ULL);
	/* The other direction goes on after the FIN. */
	wt_data_fill(out, 0, 3);
	WT_EXPECT_STATUS(test, wt_send(env, pair.server, out, 100), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, 100, 0, 3), 100ULL);
	wt_exchange(env, pair.server, pair.client, 200000, 4);
	WT_EXPECT_STATUS(test, wt_disconnect(env, pair.server, 0), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, receive_end(env, pair.client, &received), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)received, 0ULL);
	WT_EXPECT_STATUS(test, wt_remote_address(env, pair.client, &remote), STATUS_SUCCESS);
	WSK_RULES(test, "DIS-4 DIS-5 DIS-6 DIS-19 SND-14 SND-18 RCV-25 ADR-10");
}

static void disconnect_waits_for_the_sends_before_it(struct kunit *test)
{
	const SIZE_T length = 4 << 20;
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, length), *out = wt_data_new(env, length);
	struct wt_io *sending = wt_io_new(env), *ending = wt_io_new(env);
	struct wt_pair pair;
	SIZE_T received;

	wt_pair(env, AF_INET, &pair);
	wt_data_fill(out, 0, 5);
	wt_send_start(sending, pair.client, out, 0, length, 0);
	WT_CALL(ending, WT_CONNECTION(pair.client)->WskDisconnect(pair.client, NULL, 0,
								  wt_irp(ending)));
	wt_sleep(20);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(ending));
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, length, WSK_FLAG_WAITALL,
					  &received), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, length, 0, 5), (u64)length);
	WT_EXPECT_STATUS(test, receive_end(env, pair.server, &received), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)received, 0ULL);
	WT_EXPECT_STATUS(test, wt_io_end(sending), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(ending), STATUS_SUCCESS);
	KUNIT_EXPECT_LT(test, sending->stamp, ending->stamp);
	WSK_RULES(test, "DIS-1 DIS-3 RCV-8 SND-23");
}

static void disconnect_completes_when_the_fin_is_acknowledged(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *ending = wt_io_new(env);
	struct plain_peer *peer;
	PWSK_SOCKET client;
	unsigned long got;

	peer = wt_leave_much_to_tcp(env, &client);
	WT_CALL(ending, WT_CONNECTION(client)->WskDisconnect(client, NULL, 0, wt_irp(ending)));
	KUNIT_EXPECT_TRUE(test, wt_await_fin(peer, WT_LEFT));
	wt_sleep(50);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(ending));
	KUNIT_EXPECT_EQ(test, plain_peer_drain(peer, &got), 0);
	KUNIT_EXPECT_EQ(test, (u64)got, (u64)WT_LEFT);
	WT_EXPECT_STATUS(test, wt_io_end(ending), STATUS_SUCCESS);
	plain_peer_close(peer);
	WSK_RULES(test, "DIS-1 DIS-3");
}

/* TCP has its last data and its FIN already: the request ends, and the connection goes on. */
static void disconnect_cancelled_behind_its_fin_aborts_nothing(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *out = wt_data_new(env, 100);
	int last;

	for (last = 0; last < 2; last++) {
		const SIZE_T sent = WT_LEFT + (last ? 100 : 0);
		struct wt_io *ending = wt_io_new(env);
		struct plain_peer *peer;
		PWSK_SOCKET client;
		unsigned long got;

		peer = wt_leave_much_to_tcp(env, &client);
		WT_CALL(ending, WT_CONNECTION(client)->WskDisconnect(client, last ? &out->buf :
								     NULL, 0, wt_irp(ending)));
		KUNIT_EXPECT_TRUE(test, wt_await_fin(peer, sent));
		KUNIT_EXPECT_FALSE(test, wt_io_completed(ending));
		IoCancelIrp(ending->irp);
		WT_EXPECT_STATUS(test, wt_io_end(ending), STATUS_CANCELLED);
		wt_sleep(20);
		KUNIT_EXPECT_EQ(test, plain_peer_drain(peer, &got), 0);
		KUNIT_EXPECT_EQ(test, (u64)got, (u64)sent);
		wt_expect_heard(env, peer, client);
		plain_peer_close(peer);
	}
	WSK_RULES(test, "CAN-7");
}

static void disconnect_may_carry_the_last_data(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, 3000), *out = wt_data_new(env, 2000);
	struct wt_io *sending = wt_io_new(env), *ending = wt_io_new(env);
	struct wt_pair pair;
	SIZE_T received;
	WSK_BUF last;

	wt_pair(env, AF_INET, &pair);
	wt_data_fill(out, 0, 6);
	last = wt_slice(out, 1000, 1000);
	wt_send_start(sending, pair.client, out, 0, 1000, 0);
	WT_CALL(ending, WT_CONNECTION(pair.client)->WskDisconnect(pair.client, &last, 0,
								  wt_irp(ending)));
	memset(&last, 0xa5, sizeof(last));
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, 3000, WSK_FLAG_WAITALL,
					  &received), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)received, 2000ULL);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, 2000, 0, 6), 2000ULL);
	WT_EXPECT_STATUS(test, wt_io_end(sending), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(ending), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)ending->information, 0ULL);
	WSK_RULES(test, "DIS-2 DIS-15 BUF-13");
}

static void abort_ends_both_sides(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *data = wt_data_new(env, 100);
	struct wt_io *mine = wt_io_new(env), *theirs = wt_io_new(env);
	SOCKADDR_STORAGE remote;
	struct wt_pair pair;
	SIZE_T received;

	wt_pair(env, AF_INET, &pair);
	wt_receive_start(mine, pair.client, data, 0, 50, 0);
	wt_receive_start(theirs, pair.server, data, 50, 50, 0);
	WT_EXPECT_STATUS(test, wt_disconnect(env, pair.client, WSK_FLAG_ABORTIVE),
			 STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(mine), STATUS_CONNECTION_ABORTED);
	WT_EXPECT_STATUS(test, wt_io_end(theirs), STATUS_CONNECTION_RESET);
	WT_EXPECT_STATUS(test, receive_end(env, pair.client, &received),
			 STATUS_FILE_FORCED_CLOSED);
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, data, 10), STATUS_FILE_FORCED_CLOSED);
	WT_EXPECT_STATUS(test, receive_end(env, pair.server, &received),
			 STATUS_FILE_FORCED_CLOSED);
	WT_EXPECT_STATUS(test, wt_send(env, pair.server, data, 10), STATUS_FILE_FORCED_CLOSED);
	WT_EXPECT_STATUS(test, wt_disconnect(env, pair.server, 0), STATUS_FILE_FORCED_CLOSED);
	WT_EXPECT_STATUS(test, wt_remote_address(env, pair.server, &remote), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_close(env, pair.client), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_close(env, pair.server), STATUS_SUCCESS);
	WSK_RULES(test, "DIS-9 DIS-17 DIS-20 DIS-21 RCV-26 RCV-27 RCV-30 SND-15 SND-17 SND-20 FFC-5 "
			"ADR-10");
}

/* A reset that found nothing pending is met by what comes later. */
static void reset_is_seen_by_later_requests(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *data = wt_data_new(env, 10);
	int first;

	for (first = 0; first < 2; first++) {
		struct wt_pair pair;
		SIZE_T received;

		wt_pair(env, AF_INET, &pair);
		wt_exchange(env, pair.client, pair.server, 100, 1);
		WT_EXPECT_STATUS(test, wt_disconnect(env, pair.client, WSK_FLAG_ABORTIVE),
				 STATUS_SUCCESS);
		KUNIT_EXPECT_TRUE(test, wt_await_reset(env, pair.server));
		if (first)
			WT_EXPECT_STATUS(test, wt_send(env, pair.server, data, 10),
					 STATUS_FILE_FORCED_CLOSED);
		WT_EXPECT_STATUS(test, receive_end(env, pair.server, &received),
				 STATUS_FILE_FORCED_CLOSED);
		WT_EXPECT_STATUS(test, wt_send(env, pair.server, data, 10),
				 STATUS_FILE_FORCED_CLOSED);
	}
	WSK_RULES(test, "SND-15 SND-17 RCV-26 RCV-27 FFC-5");
}

/* A peer that does not read: the FIN cannot go out. */
static void abort_ends_a_stuck_disconnect(struct kunit *test)
{
	const SIZE_T length = 16 << 20;
	struct wt_env *env = wt_env(test);
	struct wt_data *out = wt_data_vmalloc(env, length);
	struct wt_io *sending = wt_io_new(env), *ending = wt_io_new(env);
	struct wt_pair pair;

	wt_pair(env, AF_INET, &pair);
	wt_send_start(sending, pair.client, out, 0, length, 0);
	WT_CALL(ending, WT_CONNECTION(pair.client)->WskDisconnect(pair.client, NULL, 0,
								  wt_irp(ending)));
	wt_sleep(50);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(ending));
	WT_EXPECT_STATUS(test, wt_disconnect(env, pair.client, 0), STATUS_INVALID_DEVICE_STATE);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(ending));
	WT_EXPECT_STATUS(test, wt_disconnect(env, pair.client, WSK_FLAG_ABORTIVE),
			 STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(sending), STATUS_CONNECTION_ABORTED);
	KUNIT_EXPECT_LT(test, (u64)sending->information, (u64)length);
	WT_EXPECT_STATUS(test, wt_io_end(ending), STATUS_CONNECTION_ABORTED);
	WSK_RULES(test, "DIS-7 DIS-8 DIS-9 DIS-16 SND-16 SND-19");
}

static void second_disconnect_is_refused(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_pair pair;

	wt_pair(env, AF_INET, &pair);
	WT_EXPECT_STATUS(test, wt_disconnect(env, pair.client, 0), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_disconnect(env, pair.client, 0), STATUS_INVALID_DEVICE_STATE);
	wt_exchange(env, pair.server, pair.client, 100, 1);
	WSK_RULES(test, "DIS-16");
}

static void wrong_disconnects_are_refused(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *data = wt_data_new(env, 10);
	struct wt_io *io = wt_io_new(env);
	struct wt_pair pair;

	WT_EXPECT_STATUS(test, wt_disconnect(env, wt_connection_socket(env, AF_INET), 0),
			 STATUS_INVALID_DEVICE_STATE);
	WT_EXPECT_STATUS(test, wt_disconnect(env, wt_bound(env, AF_INET6), 0),
			 STATUS_INVALID_DEVICE_STATE);
	wt_pair(env, AF_INET, &pair);
	WT_EXPECT_STATUS(test, wt_disconnect(env, pair.client, 0x2), STATUS_INVALID_PARAMETER);
	WT_EXPECT_STATUS(test, wt_disconnect(env, pair.client, 0x80000001),
			 STATUS_INVALID_PARAMETER);
	WT_CALL(io, WT_CONNECTION(pair.client)->WskDisconnect(pair.client, &data->buf,
							      WSK_FLAG_ABORTIVE, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_INVALID_PARAMETER);
	wt_exchange(env, pair.client, pair.server, 100, 1);
	WSK_RULES(test, "DIS-10 DIS-11 DIS-12 DIS-13 DIS-14 IRP-32");
}

static void disconnect_works_at_dispatch_level(struct kunit *test)
{
	static const ULONG flags[] = { 0, WSK_FLAG_ABORTIVE };
	struct wt_env *env = wt_env(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		struct wt_io *io = wt_io_new(env);
		KIRQL before, after;
		struct wt_pair pair;

		wt_pair(env, AF_INET, &pair);
		KeRaiseIrql(DISPATCH_LEVEL, &before);
		WT_CALL(io, WT_CONNECTION(pair.client)->WskDisconnect(pair.client, NULL,
								      flags[i], wt_irp(io)));
		after = KeGetCurrentIrql();
		KeLowerIrql(before);
		KUNIT_EXPECT_EQ(test, (int)after, DISPATCH_LEVEL);
		WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	}
	WSK_RULES(test, "IRQ-15");
}

static struct kunit_case disconnect_cases[] = {
	KUNIT_CASE(graceful_disconnect_ends_the_peers_stream),
	KUNIT_CASE(waitall_is_ended_by_a_fin_with_what_there_is),
	KUNIT_CASE(half_closed_socket_still_receives),
	KUNIT_CASE(disconnect_waits_for_the_sends_before_it),
	KUNIT_CASE(disconnect_completes_when_the_fin_is_acknowledged),
	KUNIT_CASE(disconnect_cancelled_behind_its_fin_aborts_nothing),
	KUNIT_CASE(disconnect_may_carry_the_last_data),
	KUNIT_CASE(abort_ends_both_sides),
	KUNIT_CASE(reset_is_seen_by_later_requests),
	KUNIT_CASE(abort_ends_a_stuck_disconnect),
	KUNIT_CASE(second_disconnect_is_refused),
	KUNIT_CASE(wrong_disconnects_are_refused),
	KUNIT_CASE(disconnect_works_at_dispatch_level),
	{}
};

static struct kunit_suite disconnect_suite = {
	.name = "wsk_disconnect",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = disconnect_cases,
};
kunit_test_suite(disconnect_suite);
