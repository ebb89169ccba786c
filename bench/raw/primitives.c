// SPDX-License-Identifier: GPL-2.0
/* What the driver's rows are compared with: Linux' own way to the same end. */
#include <linux/completion.h>
#include <linux/in.h>
#include <linux/percpu-refcount.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "raw.h"

static int loop(void *context, unsigned int count)
{
	if (count)
		BENCH_LOOP("", count);
	return 0;
}

static int ten_nops(void *context, unsigned int count)
{
	if (count)
		BENCH_LOOP(BENCH_TEN_NOPS, count);
	return 0;
}

static int ref_pair(void *context, unsigned int count)
{
	struct percpu_ref *ref = context;

	while (count--) {
		percpu_ref_get(ref);
		percpu_ref_put(ref);
	}
	return 0;
}

static void routine(void *memory)
{
	barrier_data(memory);
}

/* Called through memory, as a completion routine is. */
static int allocate_call_free(void *context, unsigned int count)
{
	void (*volatile call)(void *memory) = routine;

	while (count--) {
		void *memory = kmalloc(BENCH_IRP_BYTES, GFP_KERNEL);

		if (!memory)
			return -ENOMEM;
		call(memory);
		kfree(memory);
	}
	return 0;
}

static int complete_and_wait(void *context, unsigned int count)
{
	struct completion *done = context;

	while (count--) {
		complete(done);
		wait_for_completion(done);
	}
	return 0;
}

static int create_and_release(void *context, unsigned int count)
{
	struct socket *sock;
	int error;

	while (count--) {
		error = sock_create_kern(&init_net, AF_INET, SOCK_STREAM, IPPROTO_TCP, &sock);
		if (error < 0)
			return error;
		sock_release(sock);
	}
	return 0;
}

static struct completion ref_gone;

static void on_ref_gone(struct percpu_ref *ref)
{
	complete(&ref_gone);
}

static int measure_ref(void)
{
	struct percpu_ref ref;
	int error = percpu_ref_init(&ref, on_ref_gone, 0, GFP_KERNEL);

	if (error)
		return error;
	init_completion(&ref_gone);
	error = bench_measure(&(struct bench_row){ "percpu-ref", ref_pair, &ref, BENCH_PAIRS });
	percpu_ref_kill(&ref);
	wait_for_completion(&ref_gone);
	percpu_ref_exit(&ref);
	return error;
}

int bench_primitives(void)
{
	DECLARE_COMPLETION_ONSTACK(done);
	const struct bench_row rows[] = {
		{ "loop", loop, NULL, BENCH_PAIRS },
		{ "nops", ten_nops, NULL, BENCH_PAIRS },
		{ "kmalloc-call-kfree", allocate_call_free, NULL, BENCH_PAIRS },
		{ "completion", complete_and_wait, &done, BENCH_PAIRS },
		{ "sock-create-release", create_and_release, NULL, BENCH_SOCKETS,
		  .rest_ms = BENCH_REST_MS },
	};
	int i, error = 0;

	for (i = 0; i < ARRAY_SIZE(rows) && !error; i++)
		error = bench_measure(&rows[i]);
	return error ?: measure_ref();
}
