// SPDX-License-Identifier: GPL-2.0
/* The plainest echo server of a Linux module: a thread that blocks in kernel_recvmsg. */
#include <linux/err.h>
#include <linux/in.h>
#include <linux/kthread.h>
#include <linux/tcp.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "raw.h"

static struct socket *listener;
static struct task_struct *server;

int bench_send(struct socket *sock, void *data, size_t bytes)
{
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL };
	struct kvec vec = { data, bytes };

	return kernel_sendmsg(sock, &msg, &vec, 1, bytes);
}

int bench_receive(struct socket *sock, void *data, size_t bytes)
{
	struct msghdr msg = {};
	struct kvec vec = { data, bytes };
	int received = kernel_recvmsg(sock, &msg, &vec, 1, bytes, MSG_WAITALL);

	if (received < 0)
		return received;
	return received == bytes ? received : -EPIPE;
}

static void echo(struct socket *sock)
{
	char data[BENCH_BYTES];

	tcp_sock_set_nodelay(sock->sk);
	while (bench_receive(sock, data, sizeof(data)) > 0 &&
	       bench_send(sock, data, sizeof(data)) > 0)
		;
}

static int serve(void *unused)
{
	struct socket *sock;

	while (!kthread_should_stop()) {
		/* Shut down, the listener answers with an error from then on. */
		if (kernel_accept(listener, &sock, 0) < 0) {
			schedule_timeout_interruptible(1);
			continue;
		}
		echo(sock);
		sock_release(sock);
	}
	return 0;
}

int bench_server_start(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(BENCH_PORT_KTHREAD),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int error = sock_create_kern(&init_net, AF_INET, SOCK_STREAM, IPPROTO_TCP, &listener);

	if (error < 0)
		return error;
	error = kernel_bind(listener, (struct sockaddr *)&address, sizeof(address));
	if (!error)
		error = kernel_listen(listener, 16);
	if (!error) {
		server = kthread_run(serve, NULL, "wsk_bench_echo");
		error = PTR_ERR_OR_ZERO(server);
	}
	if (error)
		sock_release(listener);
	return error;
}

void bench_server_stop(void)
{
	kernel_sock_shutdown(listener, SHUT_RDWR);
	kthread_stop(server);
	sock_release(listener);
}
