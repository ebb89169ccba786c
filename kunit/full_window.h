/* SPDX-License-Identifier: GPL-2.0 */
/* A connection whose peer does not read: what is sent stays with TCP, until that takes no more. */
#ifndef WSK_KUNIT_FULL_WINDOW_H
#define WSK_KUNIT_FULL_WINDOW_H

#include "wsk_fixture.h"

#define WT_PIECE 16384

/*
 * Sends pieces, of @piece, until TCP takes no more: the one that pends, or NULL if there is
 * no end to it. Their bytes are added to @sent.
 */
struct wt_io *wt_fill_the_window(struct wt_env *env, PWSK_SOCKET socket, struct wt_data *piece,
				 SIZE_T *sent);
/*
 * A new connection on which all sends are complete, and of which much lies with TCP: what
 * the client does next is behind that. @in has a piece's size; the bytes are 0xa5.
 */
void wt_leave_much_to_tcp(struct wt_env *env, struct wt_pair *pair, struct wt_data *in,
			  SIZE_T *sent, SIZE_T *got);
/* Adds to @got what comes until the end of the stream. */
void wt_receive_all(struct wt_env *env, PWSK_SOCKET socket, struct wt_data *in, SIZE_T *got);

#endif
