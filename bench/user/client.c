// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The client of every echo server, in user space, with blocking calls.
 *	client ROW PORT		measures round trips with PORT of 127.0.0.1
 *	client ROW		measures ten nops: does the counter count here, too?
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <x86intrin.h>

#include "../bench.h"

static void check(int result, const char *what)
{
	if (result >= 0)
		return;
	fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int connected(int port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int on = 1, server = socket(AF_INET, SOCK_STREAM, 0);

	check(server, "socket");
	check(connect(server, (struct sockaddr *)&address, sizeof(address)), "connect");
	check(setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), "TCP_NODELAY");
	return server;
}

static void round_trips(int server, int count)
{
	char data[BENCH_BYTES];

	memset(data, 0x5a, sizeof(data));
	while (count--) {
		size_t had = 0;

		if (write(server, data, sizeof(data)) != sizeof(data))
			check(-1, "write");
		while (had < sizeof(data)) {
			ssize_t got = read(server, data + had, sizeof(data) - had);

			if (got <= 0)
				check(-1, "read");
			had += got;
		}
	}
}

int main(int argc, char **argv)
{
	static unsigned long long batch[BENCH_BATCHES];
	int i, server = argc > 2 ? connected(atoi(argv[2])) : -1;
	const int count = server < 0 ? BENCH_PAIRS : BENCH_ROUND_TRIPS;
	struct bench_result result;

	if (argc < 2) {
		fprintf(stderr, "usage: client ROW [PORT]\n");
		return 2;
	}
	if (server >= 0)
		round_trips(server, BENCH_WARM_UP);
	for (i = 0; i < BENCH_BATCHES; i++) {
		const unsigned long long start = __rdtsc();

		if (server < 0)
			BENCH_LOOP(BENCH_TEN_NOPS, count);
		else
			round_trips(server, count);
		batch[i] = __rdtsc() - start;
	}
	result = bench_result(batch);
	printf("row %s %d %llu %llu %llu\n", argv[1], count, result.median, result.min, result.max);
	return 0;
}
