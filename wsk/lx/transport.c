// SPDX-License-Identifier: GPL-2.0
#include <linux/in.h>
#include <linux/net.h>
#include <linux/socket.h>
#include <net/net_namespace.h>

#include "sock.h"
#include "transport.h"

int lx_transport_try(int family, int datagram)
{
	struct socket *sock;
	int err = sock_create_kern(&init_net, family == LX_INET6 ? PF_INET6 : PF_INET,
				   datagram ? SOCK_DGRAM : SOCK_STREAM,
				   datagram ? IPPROTO_UDP : IPPROTO_TCP, &sock);

	if (!err)
		sock_release(sock);
	return err;
}
