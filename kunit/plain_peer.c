// SPDX-License-Identifier: GPL-2.0
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <net/inet_hashtables.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "plain_peer.h"

#define PATIENCE (30 * HZ)

struct plain_peer {
	struct socket *listener;
	struct socket *sock;
	unsigned int begin;	/* the first sequence number of what comes */
};

/* Where a port is the same in both. */
union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage room;
};

static struct socket *new_socket(int family)
{
	struct socket *sock;

	return sock_create_kern(&init_net, family, SOCK_STREAM, IPPROTO_TCP, &sock) ? NULL
										     : sock;
}

/* Returns its size. */
static int loopback(union address *addr, int family, unsigned short port)
{
	memset(addr, 0, sizeof(*addr));
	addr->any.sa_family = family;
	addr->v4.sin_port = htons(port);
	if (family == AF_INET) {
		addr->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return sizeof(addr->v4);
	}
	addr->v6.sin6_addr.s6_addr[15] = 1;
	return sizeof(addr->v6);
}

static int listen_loopback(struct socket *sock, unsigned short *port)
{
	union address addr;
	int size = loopback(&addr, sock->sk->sk_family, 0);
	int error;

	/* Before the listen: a child begins with the window that this allows. */
	sock->sk->sk_userlocks |= SOCK_RCVBUF_LOCK;
	WRITE_ONCE(sock->sk->sk_rcvbuf, SOCK_MIN_RCVBUF);
	sock->sk->sk_rcvtimeo = PATIENCE;
	error = kernel_bind(sock, &addr.any, size);
	if (!error)
		error = kernel_listen(sock, 8);
	if (!error)
		error = min(kernel_getsockname(sock, &addr.any), 0);
	*port = ntohs(addr.v4.sin_port);
	return error;
}

static struct plain_peer *listen_over(int family, unsigned short *port)
{
	struct plain_peer *peer = kzalloc(sizeof(*peer), GFP_KERNEL);

	if (!peer)
		return NULL;
	peer->listener = new_socket(family);
	if (peer->listener && !listen_loopback(peer->listener, port))
		return peer;
	plain_peer_close(peer);
	return NULL;
}

struct plain_peer *plain_peer_listen(unsigned short *port)
{
	return listen_over(AF_INET, port);
}

struct plain_peer *plain_peer_listen_ipv6(unsigned short *port)
{
	return listen_over(AF_INET6, port);
}

int plain_peer_accept(struct plain_peer *peer)
{
	int error = kernel_accept(peer->listener, &peer->sock, 0);

	if (error)
		return error;
	peer->begin = READ_ONCE(tcp_sk(peer->sock->sk)->rcv_nxt);
	peer->sock->sk->sk_rcvtimeo = PATIENCE;
	peer->sock->sk->sk_sndtimeo = PATIENCE;
	return 0;
}

struct plain_peer *plain_peer_connect(unsigned short port)
{
	struct plain_peer *peer = kzalloc(sizeof(*peer), GFP_KERNEL);
	union address addr;
	int size;

	if (!peer)
		return NULL;
	peer->sock = new_socket(AF_INET);
	if (!peer->sock) {
		kfree(peer);
		return NULL;
	}
	size = loopback(&addr, AF_INET, port);
	kernel_connect(peer->sock, &addr.any, size, O_NONBLOCK);
	return peer;
}

void plain_peer_close(struct plain_peer *peer)
{
	if (!peer)
		return;
	if (peer->sock) {
		sock_no_linger(peer->sock->sk);
		sock_release(peer->sock);
	}
	if (peer->listener)
		sock_release(peer->listener);
	kfree(peer);
}

static int send(struct plain_peer *peer, const void *bytes, unsigned int length, int flags)
{
	struct msghdr msg = { .msg_flags = flags | MSG_NOSIGNAL };
	struct kvec vec = { (void *)bytes, length };

	return kernel_sendmsg(peer->sock, &msg, &vec, 1, length);
}

int plain_peer_send(struct plain_peer *peer, const void *bytes, unsigned int length)
{
	return send(peer, bytes, length, 0);
}

int plain_peer_send_urgent(struct plain_peer *peer, const void *bytes, unsigned int length)
{
	return send(peer, bytes, length, MSG_OOB);
}

int plain_peer_receive(struct plain_peer *peer, void *bytes, unsigned int length)
{
	struct kvec vec = { bytes, length };
	struct msghdr msg = {};

	return kernel_recvmsg(peer->sock, &msg, &vec, 1, length, 0);
}

int plain_peer_drain(struct plain_peer *peer, unsigned long *total)
{
	char bytes[128];
	int got;

	*total = 0;
	while ((got = plain_peer_receive(peer, bytes, sizeof(bytes))) > 0)
		*total += got;
	return got;
}

int plain_peer_finish(struct plain_peer *peer)
{
	return kernel_sock_shutdown(peer->sock, SHUT_WR);
}

int plain_peer_wait_closed(struct plain_peer *peer)
{
	unsigned long end = jiffies + PATIENCE;

	while (READ_ONCE(peer->sock->sk->sk_state) != TCP_CLOSE) {
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		msleep(1);
	}
	return 0;
}

static int forget(read_descriptor_t *desc, struct sk_buff *skb, unsigned int offset, size_t length)
{
	return length;
}

void plain_peer_read_and_reset(struct plain_peer *peer)
{
	read_descriptor_t desc = { .count = 1 };
	struct sock *sk = peer->sock->sk;

	lock_sock(sk);
	/* Nothing of the loopback is received before both are on their way. */
	local_bh_disable();
	tcp_read_sock(sk, &desc, forget);
	tcp_disconnect(sk, 0);
	local_bh_enable();
	release_sock(sk);
}

int plain_peer_sent(struct plain_peer *peer, unsigned long *queued, unsigned long *left)
{
	const struct inet_sock *here = inet_sk(peer->sock->sk);
	struct sock *sk;

	rcu_read_lock();
	sk = __inet_lookup_established(&init_net, init_net.ipv4.tcp_death_row.hashinfo,
				       here->inet_saddr, here->inet_sport, here->inet_daddr,
				       ntohs(here->inet_dport), 0, 0);
	rcu_read_unlock();
	if (!sk)
		return -ENOENT;
	/* Nothing was sent before the accept. */
	*queued = READ_ONCE(tcp_sk(sk)->write_seq) - peer->begin;
	*left = READ_ONCE(tcp_sk(sk)->snd_nxt) - peer->begin;
	sock_gen_put(sk);
	return 0;
}

int plain_destroy_listener(unsigned short port)
{
	struct sock *sk;
	int error;

	rcu_read_lock();
	sk = __inet_lookup_listener(&init_net, init_net.ipv4.tcp_death_row.hashinfo, NULL, 0,
				    htonl(INADDR_LOOPBACK), 0, htonl(INADDR_LOOPBACK), port, 0, 0);
	if (sk && !refcount_inc_not_zero(&sk->sk_refcnt))
		sk = NULL;
	rcu_read_unlock();
	if (!sk)
		return -ENOENT;
	error = tcp_abort(sk, ECONNABORTED);
	sock_put(sk);
	return error;
}
