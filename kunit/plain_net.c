// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "plain_net.h"

struct request {
	struct nlmsghdr header;
	struct rtmsg route;
	struct nlattr attribute;
	unsigned char destination[sizeof(struct in6_addr)];
};

struct answer {
	struct nlmsghdr header;
	struct nlmsgerr error;
	char rest[256];
};

static int ask(struct request *request)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct msghdr to = { .msg_name = &kernel, .msg_namelen = sizeof(kernel) }, from = {};
	struct kvec out = { request, request->header.nlmsg_len };
	struct answer answer;
	struct kvec in = { &answer, sizeof(answer) };
	struct socket *sock;
	int error;

	error = sock_create_kern(&init_net, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &sock);
	if (error)
		return error;
	error = kernel_sendmsg(sock, &to, &out, 1, out.iov_len);
	if (error >= 0)
		error = kernel_recvmsg(sock, &from, &in, 1, sizeof(answer), MSG_DONTWAIT);
	sock_release(sock);
	if (error < 0)
		return error;
	return answer.header.nlmsg_type == NLMSG_ERROR ? answer.error.error : -EPROTO;
}

static int change_route(int type, int flags, const unsigned char *address, unsigned int bytes,
			enum plain_route kind)
{
	struct request request = {
		.header = { .nlmsg_len = offsetof(struct request, destination) + bytes,
			    .nlmsg_type = type,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags },
		.route = { .rtm_family = bytes == 4 ? AF_INET : AF_INET6,
			   .rtm_dst_len = 8 * bytes, .rtm_table = RT_TABLE_MAIN,
			   .rtm_protocol = RTPROT_STATIC, .rtm_scope = RT_SCOPE_UNIVERSE,
			   .rtm_type = kind == PLAIN_PROHIBITED ? RTN_PROHIBIT :
								  RTN_UNREACHABLE },
		.attribute = { .nla_len = NLA_HDRLEN + bytes, .nla_type = RTA_DST },
	};

	memcpy(request.destination, address, bytes);
	return ask(&request);
}

int plain_net_route(const unsigned char *address, unsigned int bytes, enum plain_route kind)
{
	return change_route(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, address, bytes, kind);
}

int plain_net_unroute(const unsigned char *address, unsigned int bytes, enum plain_route kind)
{
	return change_route(RTM_DELROUTE, 0, address, bytes, kind);
}

int plain_net_somaxconn(int value)
{
	return xchg(&init_net.core.sysctl_somaxconn, value);
}

int plain_net_syn_retries(int value)
{
	int before = init_net.ipv4.sysctl_tcp_syn_retries;

	WRITE_ONCE(init_net.ipv4.sysctl_tcp_syn_retries, value);
	return before;
}

static struct sock *listener_ipv4(unsigned short port)
{
	return __inet_lookup_listener(&init_net, init_net.ipv4.tcp_death_row.hashinfo, NULL, 0,
				      htonl(INADDR_LOOPBACK), 0, htonl(INADDR_LOOPBACK), port, 0,
				      0);
}

static struct sock *listener_ipv6(unsigned short port)
{
	return inet6_lookup_listener(&init_net, init_net.ipv4.tcp_death_row.hashinfo, NULL, 0,
				     &in6addr_loopback, 0, &in6addr_loopback, port, 0, 0);
}

int plain_net_waiting(unsigned short port, int over_ipv6)
{
	int waiting = -ENOENT;
	struct sock *sk;

	rcu_read_lock();
	sk = over_ipv6 ? listener_ipv6(port) : listener_ipv4(port);
	if (sk)
		waiting = READ_ONCE(sk->sk_ack_backlog);
	rcu_read_unlock();
	return waiting;
}

/* The end at @port, with a reference; NULL if it is no more. */
static struct sock *end_at(unsigned short port, unsigned short peer)
{
	const __be32 here = htonl(INADDR_LOOPBACK);
	struct sock *sk;

	rcu_read_lock();
	sk = __inet_lookup_established(&init_net, init_net.ipv4.tcp_death_row.hashinfo, here,
				       htons(peer), here, port, 0, 0);
	rcu_read_unlock();
	return sk;
}

static long missing(unsigned short from, unsigned short to, bool taken)
{
	struct sock *sender = end_at(from, to), *receiver = end_at(to, from);
	long bytes = -ENOENT;

	if (sender && receiver && sk_fullsock(sender) && sk_fullsock(receiver)) {
		const struct tcp_sock *tp = tcp_sk(receiver);

		bytes = READ_ONCE(tcp_sk(sender)->write_seq) -
			(taken ? READ_ONCE(tp->copied_seq) : READ_ONCE(tp->rcv_nxt));
	}
	if (sender)
		sock_gen_put(sender);
	if (receiver)
		sock_gen_put(receiver);
	return bytes;
}

long plain_net_on_its_way(unsigned short from, unsigned short to)
{
	return missing(from, to, false);
}

long plain_net_not_taken(unsigned short from, unsigned short to)
{
	return missing(from, to, true);
}
