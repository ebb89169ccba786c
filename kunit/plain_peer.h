/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A TCP socket of Linux' own at the other end of a connection: it can do what WSK
 * cannot, and tells what really arrived. In a file that sees no NT header.
 * Every wait is bounded. Functions return bytes or 0, or a negative errno.
 */
#ifndef WSK_KUNIT_PLAIN_PEER_H
#define WSK_KUNIT_PLAIN_PEER_H

struct plain_peer;

/* Listens on 127.0.0.1, or on ::1, with a small receive buffer; NULL on failure. */
struct plain_peer *plain_peer_listen(unsigned short *port);
struct plain_peer *plain_peer_listen_ipv6(unsigned short *port);
/* The connection that waits at the listener becomes the peer's. */
int plain_peer_accept(struct plain_peer *peer);
/* A connection to 127.0.0.1, begun and not waited for; NULL on failure. */
struct plain_peer *plain_peer_connect(unsigned short port);
/* Resets what is still connected. NULL is nobody. */
void plain_peer_close(struct plain_peer *peer);

int plain_peer_send(struct plain_peer *peer, const void *bytes, unsigned int length);
/* As the above, and the last byte is urgent. */
int plain_peer_send_urgent(struct plain_peer *peer, const void *bytes, unsigned int length);
int plain_peer_receive(struct plain_peer *peer, void *bytes, unsigned int length);
/* Reads to the end and forgets the bytes: 0 at a FIN. Their number in *@total. */
int plain_peer_drain(struct plain_peer *peer, unsigned long *total);
/* A FIN. */
int plain_peer_finish(struct plain_peer *peer);
/* Waits until both directions have ended: the other end has had the FIN of this one. */
int plain_peer_wait_closed(struct plain_peer *peer);
/*
 * Reads what is there and resets the connection, so that the other end is told
 * of the room and of the reset in one go, in this order.
 */
void plain_peer_read_and_reset(struct plain_peer *peer);

/* IPv4 only: bytes that the accepted socket's other end has handed to TCP, and what has left it. */
int plain_peer_sent(struct plain_peer *peer, unsigned long *queued, unsigned long *left);

/* Destroys the socket that listens on 127.0.0.1:@port, as `ss -K` would. */
int plain_destroy_listener(unsigned short port);

#endif
