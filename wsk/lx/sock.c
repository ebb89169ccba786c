// SPDX-License-Identifier: GPL-2.0
/*
 * Making, attaching and releasing sockets, and what needs a worker: bind,
 * listen, accept, connect, shutdown. Data moves in sock_data.c.
 */
#include <linux/errno.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <linux/version.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/tcp.h>

#include "sock_private.h"

static struct lock_class_key slock_keys[2];
static struct lock_class_key lock_keys[2];

static void edge(struct sock *sk, unsigned int edges)
{
	struct lx_sock *s;

	/*
	 * A child that nobody has accepted yet has our callbacks, which it
	 * inherited, and no owner. The write side is sk_callback_lock, held by
	 * attach and detach with bottom halves off.
	 */
	read_lock_bh(&sk->sk_callback_lock);
	s = __locked_read_sk_user_data_with_flags(sk, 0);
	if (s && s->ops && !(s->sending && edges == LX_EDGE_WRITE)) {
		/* The next failing send clears sk_err; a receive must still learn why. */
		if (!s->error && sk->sk_err)
			WRITE_ONCE(s->error, sk->sk_err);
		s->ops->edge(s->owner, edges);
	}
	read_unlock_bh(&sk->sk_callback_lock);
}

static void on_data_ready(struct sock *sk)
{
	edge(sk, LX_EDGE_READ);
}

static void on_write_space(struct sock *sk)
{
	if (!sk_stream_is_writeable(sk) || !sk->sk_socket)
		return;
	clear_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	edge(sk, LX_EDGE_WRITE);
}

static void on_state_change(struct sock *sk)
{
	edge(sk, LX_EDGE_READ | LX_EDGE_WRITE);
}

static void on_error_report(struct sock *sk)
{
	edge(sk, LX_EDGE_READ | LX_EDGE_WRITE);
}

/*
 * A kernel socket holds no reference on its network namespace by itself, and
 * TCP then stops its timers at close: a FIN lost after close would never be
 * sent again. Children inherit the reference.
 */
static void hold_net(struct sock *sk)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	sk_net_refcnt_upgrade(sk);
#else
	sk->sk_net_refcnt = 1;
	get_net_track(sock_net(sk), &sk->ns_tracker, GFP_KERNEL);
	sock_inuse_add(sock_net(sk), 1);
#endif
}

static void set_lock_class(struct sock *sk)
{
	int v6 = sk->sk_family == AF_INET6;

	sock_lock_init_class_and_name(sk, v6 ? "slock-AF_INET6-WSK" : "slock-AF_INET-WSK",
				      &slock_keys[v6],
				      v6 ? "sk_lock-AF_INET6-WSK" : "sk_lock-AF_INET-WSK",
				      &lock_keys[v6]);
}

static struct lx_sock *wrap(struct socket *sock)
{
	struct lx_sock *s = kzalloc(sizeof(*s), GFP_KERNEL);

	if (s)
		s->sock = sock;
	return s;
}

/*
 * Softirq sends: no sleeping allocation, no page of whoever was interrupted. A
 * kernel without the flag takes the task's page for sleeping allocations only.
 */
static void set_allocation(struct sock *sk)
{
	sk->sk_allocation = GFP_ATOMIC;
#ifdef LX_SOCK_HAS_USE_TASK_FRAG
	sk->sk_use_task_frag = false;
#endif
}

int lx_sock_create(struct lx_sock **out, int family)
{
	struct socket *sock;
	int v6 = family == LX_INET6;
	int err;

	err = sock_create_kern(&init_net, v6 ? PF_INET6 : PF_INET, SOCK_STREAM, IPPROTO_TCP,
			       &sock);
	if (err)
		return err;
	*out = wrap(sock);
	if (!*out) {
		sock_release(sock);
		return -ENOMEM;
	}
	hold_net(sock->sk);
	set_lock_class(sock->sk);
	set_allocation(sock->sk);
	/* TCP would drop an urgent byte that another one follows. A child inherits it. */
	sock_set_flag(sock->sk, SOCK_URGINLINE);
	if (v6)
		lx_sock_set_option(*out, LX_OPT_V6ONLY, 1);
	return 0;
}

void lx_sock_attach(struct lx_sock *s, const struct lx_sock_ops *ops, void *owner)
{
	struct sock *sk = s->sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	s->ops = ops;
	s->owner = owner;
	/* A child of a listener of ours already has the callbacks and s->... of accept. */
	if (sk->sk_data_ready != on_data_ready) {
		s->data_ready = sk->sk_data_ready;
		s->write_space = sk->sk_write_space;
		s->state_change = sk->sk_state_change;
		s->error_report = sk->sk_error_report;
		sk->sk_data_ready = on_data_ready;
		sk->sk_write_space = on_write_space;
		sk->sk_state_change = on_state_change;
		sk->sk_error_report = on_error_report;
	}
	/* NOCOPY: what a listener accepts begins without an owner. */
	__rcu_assign_sk_user_data_with_flags(sk, s, SK_USER_DATA_NOCOPY);
	write_unlock_bh(&sk->sk_callback_lock);
}

static void restore_callbacks(struct sock *sk, const struct lx_sock *from)
{
	write_lock_bh(&sk->sk_callback_lock);
	if (sk->sk_data_ready == on_data_ready) {
		sk->sk_data_ready = from->data_ready;
		sk->sk_write_space = from->write_space;
		sk->sk_state_change = from->state_change;
		sk->sk_error_report = from->error_report;
	}
	rcu_assign_sk_user_data(sk, NULL);
	write_unlock_bh(&sk->sk_callback_lock);
}

void lx_sock_detach(struct lx_sock *s)
{
	struct sock *sk = s->sock->sk;

	restore_callbacks(sk, s);
	/*
	 * An edge in progress holds sk_callback_lock and has ended; a later one finds
	 * no owner. Of a connection Linux calls them under the socket lock, so once
	 * that was ours nobody is on the way into our text; of a listener a child's
	 * lock may be held instead, and softirq's RCU section covers the rest, for
	 * which the unloading of a module waits.
	 */
	lock_sock(sk);
	release_sock(sk);
}

/*
 * Where both FINs are on their way Linux drops a connection without a word, and a peer that
 * has lost some of what was sent would wait for ever. One state back, it is reset.
 */
static void step_back(struct sock *sk)
{
	lock_sock(sk);
	if (sk->sk_state == TCP_LAST_ACK || sk->sk_state == TCP_CLOSING)
		tcp_set_state(sk, TCP_FIN_WAIT1);
	release_sock(sk);
}

void lx_sock_release(struct lx_sock *s, int abort)
{
	struct sock *sk = s->sock->sk;

	lx_sock_detach(s);
	/*
	 * Of a listener TCP itself resets what nobody accepted. Those children have
	 * our callbacks, which find no owner, and none is left when this returns.
	 */
	if (abort) {
		step_back(sk);
		sock_no_linger(sk);
	}
	sock_release(s->sock);
	kfree(s);
}

static int to_sockaddr(const struct lx_addr *from, struct sockaddr_storage *to)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)to;
	struct sockaddr_in *in = (struct sockaddr_in *)to;

	memset(to, 0, sizeof(*to));
	if (from->family == LX_INET) {
		in->sin_family = AF_INET;
		in->sin_port = (__force __be16)from->port;
		memcpy(&in->sin_addr, from->ip, 4);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = (__force __be16)from->port;
	memcpy(&in6->sin6_addr, from->ip, 16);
	in6->sin6_flowinfo = (__force __be32)from->flowinfo;
	in6->sin6_scope_id = from->scope_id;
	return sizeof(*in6);
}

int lx_sock_bind(struct lx_sock *s, const struct lx_addr *addr)
{
	struct sockaddr_storage ss;
	int len = to_sockaddr(addr, &ss);

	return kernel_bind(s->sock, (struct sockaddr *)&ss, len);
}

int lx_sock_listen(struct lx_sock *s)
{
	/* kernel_listen() does not clamp; the system call does. */
	return kernel_listen(s->sock, READ_ONCE(sock_net(s->sock->sk)->core.sysctl_somaxconn));
}

int lx_sock_accept(struct lx_sock *listener, struct lx_sock **out)
{
	struct socket *child;
	struct lx_sock *s;
	int err;

	err = kernel_accept(listener->sock, &child, O_NONBLOCK);
	if (err)
		return err;
	s = wrap(child);
	if (!s) {
		restore_callbacks(child->sk, listener);
		sock_no_linger(child->sk);
		sock_release(child);
		return -ENOMEM;
	}
	s->data_ready = listener->data_ready;
	s->write_space = listener->write_space;
	s->state_change = listener->state_change;
	s->error_report = listener->error_report;
	set_allocation(child->sk);
	*out = s;
	return 0;
}

int lx_sock_connect(struct lx_sock *s, const struct lx_addr *addr)
{
	struct sockaddr_storage ss;
	int len = to_sockaddr(addr, &ss);

	return kernel_connect(s->sock, (struct sockaddr *)&ss, len, O_NONBLOCK);
}

int lx_sock_error(struct lx_sock *s)
{
	int err = READ_ONCE(s->error);

	return -(err ? err : READ_ONCE(s->sock->sk->sk_err));
}

int lx_sock_connect_result(struct lx_sock *s)
{
	int state = smp_load_acquire(&s->sock->sk->sk_state);
	/* TCP sets the error before the state. */
	int err = lx_sock_error(s);

	switch (state) {
	case TCP_SYN_SENT:
	case TCP_SYN_RECV:
		return -EINPROGRESS;
	case TCP_CLOSE:
		return err ? err : -ECONNREFUSED;
	default:
		return 0;
	}
}

/*
 * Read from the socket itself and not by getname(), which takes the socket lock
 * and forgets the peer of a connection that has ended.
 */
static void fill_addr(const struct sock *sk, struct lx_addr *addr, __be32 v4,
		      const struct in6_addr *v6, __be16 port)
{
	memset(addr, 0, sizeof(*addr));
	addr->port = (__force unsigned short)port;
	if (sk->sk_family == AF_INET) {
		addr->family = LX_INET;
		memcpy(addr->ip, &v4, 4);
		return;
	}
	addr->family = LX_INET6;
	memcpy(addr->ip, v6, 16);
	addr->scope_id = ipv6_iface_scope_id(v6, sk->sk_bound_dev_if);
}

void lx_sock_local(struct lx_sock *s, struct lx_addr *addr)
{
	const struct sock *sk = s->sock->sk;
	const struct in6_addr *v6 = &sk->sk_v6_rcv_saddr;
	__be32 v4 = inet_sk(sk)->inet_rcv_saddr;

	if (!v4)
		v4 = inet_sk(sk)->inet_saddr;
	if (sk->sk_family == AF_INET6 && ipv6_addr_any(v6))
		v6 = &inet6_sk(sk)->saddr;
	fill_addr(sk, addr, v4, v6, inet_sk(sk)->inet_sport);
}

void lx_sock_peer(struct lx_sock *s, struct lx_addr *addr)
{
	const struct sock *sk = s->sock->sk;

	fill_addr(sk, addr, inet_sk(sk)->inet_daddr, &sk->sk_v6_daddr, inet_sk(sk)->inet_dport);
}

/*
 * kernel_sock_shutdown() says nothing of a FIN that got no memory: the state goes on, and the FIN is
 * never sent. So the state is taken back under the lock under which it changed.
 */
int lx_sock_shutdown_send(struct lx_sock *s)
{
	struct sock *sk = s->sock->sk;
	int err = 0;
	int state;
	u32 end;

	lock_sock(sk);
	state = sk->sk_state;
	end = tcp_sk(sk)->write_seq;
	sk->sk_prot->shutdown(sk, SEND_SHUTDOWN);
	if (sk->sk_state != state && tcp_sk(sk)->write_seq == end) {
		tcp_set_state(sk, state);
		err = -ENOBUFS;
	} else {
		WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | SEND_SHUTDOWN);
	}
	release_sock(sk);
	return err;
}

int lx_sock_fin_acked(struct lx_sock *s)
{
	/* A reset sets the error before the state, so who reads that next finds it. */
	switch (smp_load_acquire(&s->sock->sk->sk_state)) {
	case TCP_FIN_WAIT2:
	case TCP_TIME_WAIT:
	case TCP_CLOSE:
		return 1;
	default:
		return 0;
	}
}

int lx_sock_peer_finished(struct lx_sock *s)
{
	return READ_ONCE(s->sock->sk->sk_shutdown) & RCV_SHUTDOWN;
}

void lx_sock_abort(struct lx_sock *s)
{
	step_back(s->sock->sk);
	tcp_abort(s->sock->sk, ECONNABORTED);
}

int lx_sock_set_option(struct lx_sock *s, enum lx_option option, int value)
{
	struct sock *sk = s->sock->sk;
	int err = 0;

	lock_sock(sk);
	switch (option) {
	case LX_OPT_REUSEADDR:
		sk->sk_reuse = value ? SK_CAN_REUSE : SK_NO_REUSE;
		break;
	case LX_OPT_KEEPALIVE:
		if (sk->sk_prot->keepalive)
			sk->sk_prot->keepalive(sk, value);
		sock_valbool_flag(sk, SOCK_KEEPOPEN, value);
		break;
	case LX_OPT_V6ONLY:
		if (sk->sk_family != AF_INET6)
			err = -ENOPROTOOPT;
		else if (inet_sk(sk)->inet_num)
			err = -EINVAL;
		else
			sk->sk_ipv6only = !!value;
		break;
	case LX_OPT_NODELAY:
		tcp_sk(sk)->nonagle &= ~TCP_NAGLE_OFF;
		break;
	}
	release_sock(sk);
	/* Takes the lock itself, and pushes what Nagle holds back. */
	if (option == LX_OPT_NODELAY && value)
		tcp_sock_set_nodelay(sk);
	return err;
}

int lx_sock_get_option(struct lx_sock *s, enum lx_option option, int *value)
{
	struct sock *sk = s->sock->sk;

	switch (option) {
	case LX_OPT_REUSEADDR:
		*value = sk->sk_reuse == SK_CAN_REUSE;
		return 0;
	case LX_OPT_KEEPALIVE:
		*value = sock_flag(sk, SOCK_KEEPOPEN);
		return 0;
	case LX_OPT_V6ONLY:
		*value = sk->sk_ipv6only;
		return sk->sk_family == AF_INET6 ? 0 : -ENOPROTOOPT;
	case LX_OPT_NODELAY:
		*value = !!(tcp_sk(sk)->nonagle & TCP_NAGLE_OFF);
		return 0;
	}
	return -ENOPROTOOPT;
}
