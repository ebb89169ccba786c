// SPDX-License-Identifier: GPL-2.0
/* Connections that have more than their window. */
#include "full_window.h"

/*
 * Sends pieces until TCP takes no more: the one that pends. A second is far longer than any
 * acknowledgement takes on loopback, also where processors stand still for a while.
 */
static struct wt_io *fill(struct wt_env *env, PWSK_SOCKET socket, struct wt_data *piece,
			  SIZE_T *sent)
{
	int i;

	for (i = 0; i < 1000; i++) {
		struct wt_io *io = wt_io_new(env);

		wt_send_start(io, socket, piece, 0, WT_PIECE, 0);
		*sent += WT_PIECE;
		if (!wt_io_wait(io, 1000))
			return io;
		WT_EXPECT_STATUS(env->test, wt_io_end(io), STATUS_SUCCESS);
		wt_io_put(io);
	}
	return NULL;
}

void wt_leave_much_to_tcp(struct wt_env *env, struct wt_pair *pair, struct wt_data *in,
			  SIZE_T *sent, SIZE_T *got)
{
	struct wt_data *out = wt_data_new(env, WT_PIECE);
	struct kunit *test = env->test;
	struct wt_io *last;
	SIZE_T received;

	wt_pair(env, AF_INET, pair);
	last = fill(env, pair->client, out, sent);
	KUNIT_ASSERT_NOT_NULL(test, last);
	while (!wt_io_wait(last, 20) && *got < *sent) {
		WT_ASSERT_STATUS(test, wt_receive(env, pair->server, in, WT_PIECE, 0, &received),
				 STATUS_SUCCESS);
		*got += received;
	}
	WT_EXPECT_STATUS(test, wt_io_end(last), STATUS_SUCCESS);
	KUNIT_ASSERT_LT(test, (u64)*got, (u64)*sent);
}

void wt_receive_all(struct wt_env *env, PWSK_SOCKET socket, struct wt_data *in, SIZE_T *got)
{
	SIZE_T received;

	do {
		WT_ASSERT_STATUS(env->test, wt_receive(env, socket, in, WT_PIECE, 0, &received),
				 STATUS_SUCCESS);
		*got += received;
	} while (received);
}
