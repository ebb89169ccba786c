// SPDX-License-Identifier: GPL-2.0
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/in6.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "silent_peer.h"

/* A backlog of 0 holds one connection; one more is in case that changes. */
#define FILLERS 2
#define PATIENCE_MS 30000

struct silent_peer {
	struct socket *listener;
	struct socket *fillers[FILLERS];
};

static struct socket *new_socket(void)
{
	struct socket *sock;

	return sock_create_kern(&init_net, AF_INET6, SOCK_STREAM, IPPROTO_TCP, &sock) ? NULL
										       : sock;
}

/* For both families; *@addr is where the fillers go. */
static int listen_any(struct socket *sock, struct sockaddr_in6 *addr)
{
	int error;

	*addr = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_addr = in6addr_any };
	error = kernel_bind(sock, (struct sockaddr *)addr, sizeof(*addr));
	if (!error)
		error = kernel_listen(sock, 0);
	if (!error)
		error = min(kernel_getsockname(sock, (struct sockaddr *)addr), 0);
	addr->sin6_addr = in6addr_loopback;
	return error;
}

static int knock(struct silent_peer *peer, int filler, struct sockaddr_in6 *addr)
{
	peer->fillers[filler] = new_socket();
	if (!peer->fillers[filler])
		return -ENOMEM;
	kernel_connect(peer->fillers[filler], (struct sockaddr *)addr, sizeof(*addr), O_NONBLOCK);
	return 0;
}

/* Until then the place is anybody's: a softirq may be late with what the filler sent. */
static bool is_filled(struct silent_peer *peer)
{
	int patience;

	for (patience = PATIENCE_MS; patience; patience--) {
		if (READ_ONCE(peer->listener->sk->sk_ack_backlog))
			return true;
		msleep(1);
	}
	return false;
}

struct silent_peer *silent_peer_open(unsigned short *port)
{
	struct silent_peer *peer = kzalloc(sizeof(*peer), GFP_KERNEL);
	struct sockaddr_in6 addr;
	int i;

	if (!peer)
		return NULL;
	peer->listener = new_socket();
	if (!peer->listener || listen_any(peer->listener, &addr))
		goto fail;
	for (i = 0; i < FILLERS; i++)
		if (knock(peer, i, &addr) || !is_filled(peer))
			goto fail;
	*port = ntohs(addr.sin6_port);
	return peer;
fail:
	silent_peer_close(peer);
	return NULL;
}

static void give_up_fillers(struct silent_peer *peer)
{
	int i;

	for (i = 0; i < FILLERS; i++) {
		if (peer->fillers[i])
			sock_release(peer->fillers[i]);
		peer->fillers[i] = NULL;
	}
}

void silent_peer_answer(struct silent_peer *peer)
{
	struct socket *filler;

	give_up_fillers(peer);
	/* The one that had the place, and nobody who takes it in the meantime. */
	if (!kernel_accept(peer->listener, &filler, O_NONBLOCK))
		sock_release(filler);
	kernel_listen(peer->listener, 8);
}

int silent_peer_visitors(struct silent_peer *peer)
{
	struct socket *sock;
	int visitors = 0;

	while (!kernel_accept(peer->listener, &sock, O_NONBLOCK)) {
		sock_release(sock);
		visitors++;
	}
	return visitors;
}

void silent_peer_close(struct silent_peer *peer)
{
	give_up_fillers(peer);
	if (peer->listener)
		sock_release(peer->listener);
	kfree(peer);
}
