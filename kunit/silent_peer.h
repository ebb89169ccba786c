/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A listener whose accept queue is full, so that TCP drops each further SYN:
 * the peer of a connection attempt that nobody answers. Made with Linux' own
 * sockets, in a file that sees no NT header.
 */
#ifndef WSK_KUNIT_SILENT_PEER_H
#define WSK_KUNIT_SILENT_PEER_H

struct silent_peer;

/* On 127.0.0.1 and ::1; NULL on failure. */
struct silent_peer *silent_peer_open(unsigned short *port);
void silent_peer_close(struct silent_peer *peer);
/* From here on it answers; who knocks next gets through. */
void silent_peer_answer(struct silent_peer *peer);
/* Connections that came since this or silent_peer_answer() was called. They are closed. */
int silent_peer_visitors(struct silent_peer *peer);

#endif
