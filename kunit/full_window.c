// SPDX-License-Identifier: GPL-2.0
/* Connections that have more than their window. */
#include "full_window.h"

struct plain_peer *wt_leave_much_to_tcp(struct wt_env *env, PWSK_SOCKET *client)
{
	struct kunit *test = env->test;
	struct plain_peer *peer;
	SOCKADDR_STORAGE addr;
	USHORT port;

	peer = plain_peer_listen(&port);
	KUNIT_ASSERT_NOT_NULL(test, peer);
	wt_loopback(&addr, AF_INET, port);
	*client = wt_connected(env, &addr);
	KUNIT_ASSERT_EQ(test, plain_peer_accept(peer), 0);
	WT_ASSERT_STATUS(test, wt_send(env, *client, wt_data_new(env, WT_LEFT), WT_LEFT),
			 STATUS_SUCCESS);
	return peer;
}

/* The call has only begun it: a worker sends the FIN, whenever it comes to that. */
BOOLEAN wt_await_fin(struct plain_peer *peer, SIZE_T bytes)
{
	unsigned long queued, left;

	return WT_AWAIT(!plain_peer_sent(peer, &queued, &left) && queued == bytes + 1);
}

void wt_expect_heard(struct wt_env *env, struct plain_peer *peer, PWSK_SOCKET client)
{
	const SIZE_T length = 1000;
	struct wt_data *out = wt_data_new(env, length), *in = wt_data_new(env, length);
	struct kunit *test = env->test;
	SIZE_T received;

	wt_data_fill(out, 0, 4);
	KUNIT_EXPECT_EQ(test, plain_peer_send(peer, out->base, length), (int)length);
	WT_EXPECT_STATUS(test, wt_receive(env, client, in, length, WSK_FLAG_WAITALL, &received),
			 STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, length, 0, 4), (u64)length);
}
