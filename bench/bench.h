/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What the reference module, the driver and the user-space programs agree on. Plain C, of no
 * header's types: one of them sees Linux' headers, one Windows', one the C library's.
 *
 * A row is one line, "row NAME COUNT MEDIAN MIN MAX": what a batch of COUNT operations took, in
 * instructions; the loop around the operation, two or three instructions, is in it.
 */
#ifndef BENCH_H
#define BENCH_H

/*
 * Batches of a row, the first of which is a warm-up; a clock tick falls into few, and not into the
 * median. What the row measures settles first: memory that the kernel keeps on the side, for a
 * connection after some 1500 round trips.
 */
#define BENCH_BATCHES		31

#define BENCH_PAIRS		1000	/* operations of a batch that take a few hundred instructions */
#define BENCH_ROUND_TRIPS	50
#define BENCH_WARM_UP		2000	/* round trips before the first batch */
#define BENCH_BYTES		64	/* of a round trip, each way */

/*
 * A socket's last part is freed by RCU, hundreds at once, at a moment that is anybody's: batches of sockets
 * are short, and each begins after a sleep in which what the one before has left is done.
 */
#define BENCH_SOCKETS		20
#define BENCH_REST_MS		20

/* An IRP with one stack location: IoSizeOfIrp(1), which the driver asserts. */
#define BENCH_IRP_BYTES		280

#define BENCH_PORT_KTHREAD	40101
#define BENCH_PORT_EPOLL	40102

/* Ten instructions and the two of a loop: what they read says whether the counter counts. */
#define BENCH_TEN_NOPS "nop; nop; nop; nop; nop; nop; nop; nop; nop; nop;"
#define BENCH_LOOP(body, count)						\
	do {								\
		unsigned long left_ = (count);				\
		__asm__ volatile("1: " body " dec %0; jnz 1b" : "+r"(left_) : : "cc"); \
	} while (0)

struct bench_result {
	unsigned long long median, min, max;
};

/* Of the batches after the first, which are sorted in place. */
static inline struct bench_result bench_result(unsigned long long *batch)
{
	int i, j;

	for (i = 2; i < BENCH_BATCHES; i++) {
		unsigned long long moving = batch[i];

		for (j = i; j > 1 && batch[j - 1] > moving; j--)
			batch[j] = batch[j - 1];
		batch[j] = moving;
	}
	return (struct bench_result){ batch[BENCH_BATCHES / 2], batch[1],
				       batch[BENCH_BATCHES - 1] };
}

#endif
