/* SPDX-License-Identifier: GPL-2.0 */
/* A connection whose peer does not read: what is sent stays with TCP, until that takes no more. */
#ifndef WSK_KUNIT_FULL_WINDOW_H
#define WSK_KUNIT_FULL_WINDOW_H

#include "wsk_fixture.h"

#define WT_PIECE 16384

/*
 * A new connection on which all sends are complete, and of which much lies with TCP: what
 * the client does next is behind that. @in has a piece's size; the bytes are 0xa5.
 */
void wt_leave_much_to_tcp(struct wt_env *env, struct wt_pair *pair, struct wt_data *in,
			  SIZE_T *sent, SIZE_T *got);
/* Adds to @got what comes until the end of the stream. */
void wt_receive_all(struct wt_env *env, PWSK_SOCKET socket, struct wt_data *in, SIZE_T *got);

#endif
