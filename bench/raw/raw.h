/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BENCH_RAW_H
#define BENCH_RAW_H

#include <linux/net.h>
#include <linux/types.h>

#include "../bench.h"

struct bench_row {
	const char *name;
	/* @count operations; a negative errno ends the row. */
	int (*run)(void *context, unsigned int count);
	void *context;
	unsigned int count;	/* operations of a batch */
	unsigned int warm_up;	/* operations before the first batch */
	unsigned int rest_ms;	/* sleep before each batch */
};

/* Measures the row and prints it. */
int bench_measure(const struct bench_row *row);

/* All rows that need no other end. */
int bench_primitives(void);

/* The echo server: one thread, one connection after the other, blocking calls. */
int bench_server_start(void);
void bench_server_stop(void);

/* A thread that connects to @port of 127.0.0.1 and measures round trips as the row @name. */
int bench_client(const char *name, u16 port);

/* All of @bytes, or a negative errno; -EPIPE at the end of the stream. */
int bench_send(struct socket *sock, void *data, size_t bytes);
int bench_receive(struct socket *sock, void *data, size_t bytes);

#endif
