// SPDX-License-Identifier: GPL-2.0 OR MIT
/* An echo server as user space writes it: epoll_wait, read, write. Ends when it is killed. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../bench.h"

static void check(int result, const char *what)
{
	if (result >= 0)
		return;
	fprintf(stderr, "epoll: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int listener_at(int port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	check(listener, "socket");
	check(bind(listener, (struct sockaddr *)&address, sizeof(address)), "bind");
	check(listen(listener, 16), "listen");
	return listener;
}

static void watch(int epoll, int socket)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = socket };

	check(epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event), "epoll_ctl");
}

static void take(int epoll, int listener)
{
	int on = 1, socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

	check(socket, "accept4");
	check(setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), "TCP_NODELAY");
	watch(epoll, socket);
}

static void echo(int socket)
{
	char data[BENCH_BYTES];
	ssize_t got = read(socket, data, sizeof(data));

	if (got <= 0)
		close(socket);
	else if (write(socket, data, got) != got)
		check(-1, "write");
}

int main(void)
{
	int epoll = epoll_create1(0), listener = listener_at(BENCH_PORT_EPOLL);

	check(epoll, "epoll_create1");
	watch(epoll, listener);
	for (;;) {
		struct epoll_event events[16];
		int i, ready = epoll_wait(epoll, events, 16, -1);

		check(ready, "epoll_wait");
		for (i = 0; i < ready; i++) {
			if (events[i].data.fd == listener)
				take(epoll, listener);
			else
				echo(events[i].data.fd);
		}
	}
}
