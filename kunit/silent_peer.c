// SPDX-License-Identifier: GPL-2.0
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/in.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "silent_peer.h"

/* A backlog of 0 holds one connection; one more is in case that changes. */
#define FILLERS 2

struct silent_peer {
	struct socket *listener;
	struct socket *fillers[FILLERS];
};

static struct socket *new_socket(void)
{
	struct socket *sock;

	return sock_create_kern(&init_net, AF_INET, SOCK_STREAM, IPPROTO_TCP, &sock) ? NULL
										      : sock;
}

static int listen_loopback(struct socket *sock, struct sockaddr_in *addr)
{
	int error;

	memset(addr, 0, sizeof(*addr));
	addr->sin_family = AF_INET;
	addr->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	error = kernel_bind(sock, (struct sockaddr *)addr, sizeof(*addr));
	if (!error)
		error = kernel_listen(sock, 0);
	if (!error)
		error = min(kernel_getsockname(sock, (struct sockaddr *)addr), 0);
	return error;
}

struct silent_peer *silent_peer_open(unsigned short *port)
{
	struct silent_peer *peer = kzalloc(sizeof(*peer), GFP_KERNEL);
	struct sockaddr_in addr;
	int i;

	if (!peer)
		return NULL;
	peer->listener = new_socket();
	if (!peer->listener || listen_loopback(peer->listener, &addr))
		goto fail;
	for (i = 0; i < FILLERS; i++) {
		peer->fillers[i] = new_socket();
		if (!peer->fillers[i])
			goto fail;
		/* The first is established over the loopback within the call or soon after. */
		kernel_connect(peer->fillers[i], (struct sockaddr *)&addr, sizeof(addr),
			       O_NONBLOCK);
	}
	msleep(10);
	*port = ntohs(addr.sin_port);
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
	give_up_fillers(peer);
	kernel_listen(peer->listener, 8);
	silent_peer_visitors(peer);
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
