// SPDX-License-Identifier: GPL-2.0
/* The client of every echo server, in a thread of the kernel. */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/in.h>
#include <linux/kthread.h>
#include <linux/tcp.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "raw.h"

struct client {
	const char *name;
	u16 port;
	int error;
	struct completion done;
};

static int round_trips(void *context, unsigned int count)
{
	char data[BENCH_BYTES];
	int error = 0;

	memset(data, 0x5a, sizeof(data));
	while (count-- && error >= 0) {
		error = bench_send(context, data, sizeof(data));
		if (error >= 0)
			error = bench_receive(context, data, sizeof(data));
	}
	return error < 0 ? error : 0;
}

static int measure(const struct client *client, struct socket *sock)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(client->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int error = kernel_connect(sock, (struct sockaddr *)&address, sizeof(address), 0);

	if (error < 0) {
		pr_err("wsk_bench_raw: %s: no connection to port %u: %d\n", client->name,
		       client->port, error);
		return error;
	}
	tcp_sock_set_nodelay(sock->sk);
	return bench_measure(&(struct bench_row){ client->name, round_trips, sock,
						  BENCH_ROUND_TRIPS, .warm_up = BENCH_WARM_UP });
}

static int run(void *context)
{
	struct client *client = context;
	struct socket *sock;

	client->error = sock_create_kern(&init_net, AF_INET, SOCK_STREAM, IPPROTO_TCP, &sock);
	if (!client->error) {
		client->error = measure(client, sock);
		sock_release(sock);
	}
	kthread_complete_and_exit(&client->done, 0);
}

int bench_client(const char *name, u16 port)
{
	struct client client = {
		.name = name,
		.port = port,
		.done = COMPLETION_INITIALIZER_ONSTACK(client.done),
	};
	struct task_struct *task = kthread_run(run, &client, "wsk_bench_client");

	if (IS_ERR(task))
		return PTR_ERR(task);
	wait_for_completion(&client.done);
	return client.error;
}
