/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an administrator sets in the network namespace of the sockets, set by a case for its own
 * time: each gives back what was there before or is taken back. In a file that sees no NT header.
 */
#ifndef WSK_KUNIT_PLAIN_NET_H
#define WSK_KUNIT_PLAIN_NET_H

enum plain_route { PLAIN_UNREACHABLE, PLAIN_PROHIBITED };

/* A route to this one address, of 4 or 16 bytes, that refuses. 0 or a negative errno. */
int plain_net_route(const unsigned char *address, unsigned int bytes, enum plain_route kind);
int plain_net_unroute(const unsigned char *address, unsigned int bytes, enum plain_route kind);

/* net.core.somaxconn, which counts when a socket begins to listen. Returns the value before. */
int plain_net_somaxconn(int value);
/* net.ipv4.tcp_syn_retries. Returns the value before. */
int plain_net_syn_retries(int value);
/* Connections that wait at the listener on @port of 127.0.0.1 or of ::1, or a negative errno. */
int plain_net_waiting(unsigned short port, int over_ipv6);
/*
 * Of a connection between two ports of 127.0.0.1: what the one at @from has handed to TCP and the
 * one at @to has not got, or nobody has taken from there. A negative errno if it has ended.
 */
long plain_net_on_its_way(unsigned short from, unsigned short to);
long plain_net_not_taken(unsigned short from, unsigned short to);

#endif
