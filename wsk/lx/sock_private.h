/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the C files of this folder only. */
#ifndef LX_SOCK_PRIVATE_H
#define LX_SOCK_PRIVATE_H

#include <linux/net.h>
#include <net/sock.h>

#include "sock.h"

struct lx_sock {
	struct socket *sock;
	const struct lx_sock_ops *ops;
	void *owner;
	int error;	/* errno that broke the connection, kept once seen */
	bool sending;	/* under the socket lock: lx_sock_send() is in TCP */

	/* Linux's own callbacks, put back before the socket is released. */
	void (*data_ready)(struct sock *sk);
	void (*write_space)(struct sock *sk);
	void (*state_change)(struct sock *sk);
	void (*error_report)(struct sock *sk);
};

#endif
