// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/in.h>
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

static struct socket *new_socket(void)
{
	struct socket *sock;

	return sock_create_kern(&init_net, AF_INET, SOCK_STREAM, IPPROTO_TCP, &sock) ? NULL
										      : sock;
}

static void loopback(struct sockaddr_in *addr, unsigned short port)
{
	memset(addr, 0, sizeof(*addr));
	addr->sin_family = AF_INET;
	addr->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	addr->sin_port = htons(port);
}

static int listen_loopback(struct socket *sock, unsigned short *port)
{
	struct sockaddr_in addr;
	int error;

	loopback(&addr, 0);
	/* Before the listen: a child begins with the window that this allows. */
	sock->sk->sk_userlocks |= SOCK_RCVBUF_LOCK;
	WRITE_ONCE(sock->sk->sk_rcvbuf, SOCK_MIN_RCVBUF);
	sock->sk->sk_rcvtimeo = PATIENCE;
	error = kernel_bind(sock, (struct sockaddr *)&addr, sizeof(addr));
	if (!error)
		error = kernel_listen(sock, 8);
	if (!error)
		error = min(kernel_getsockname(sock, (struct sockaddr *)&addr), 0);
	*port = ntohs(addr.sin_port);
	return error;
}

struct plain_peer *plain_peer_listen(unsigned short *port)
{
	struct plain_peer *peer = kzalloc(sizeof(*peer), GFP_KERNEL);

	if (!peer)
		return NULL;
	peer->listener = new_socket();
	if (peer->listener && !listen_loopback(peer->listener, port))
		return peer;
	plain_peer_close(peer);
	return NULL;
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
	struct sockaddr_in addr;

	if (!peer)
		return NULL;
	peer->sock = new_socket();
	if (!peer->sock) {
		kfree(peer);
		return NULL;
	}
	loopback(&addr, port);
	kernel_connect(peer->sock, (struct sockaddr *)&addr, sizeof(addr), O_NONBLOCK);
	return peer;
}

void plain_peer_close(struct plain_peer *peer)
{
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
