/* SPDX-License-Identifier: GPL-2.0 */
/* A connection whose peer has little room: what is sent stays with TCP until the peer reads. */
#ifndef WSK_KUNIT_FULL_WINDOW_H
#define WSK_KUNIT_FULL_WINDOW_H

#include "plain_peer.h"
#include "wsk_fixture.h"

/* Many times what the peer has room for, and nothing to what TCP takes. */
#define WT_LEFT 16384

/*
 * A new connection on which a send of WT_LEFT bytes of 0xa5 is complete, and of which most lies
 * with TCP: what @client does next is behind that.
 */
struct plain_peer *wt_leave_much_to_tcp(struct wt_env *env, PWSK_SOCKET *client);
/* TCP has @bytes and the FIN behind them; FALSE: not in time. */
BOOLEAN wt_await_fin(struct plain_peer *peer, SIZE_T bytes);
/* The direction that nobody has ended goes on. */
void wt_expect_heard(struct wt_env *env, struct plain_peer *peer, PWSK_SOCKET client);

#endif
