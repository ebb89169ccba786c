// SPDX-License-Identifier: GPL-2.0
/* Several requests in flight: order, concurrency, and IRPs used again in their own routine. */
#include "wsk_fixture.h"

#define COUNT 16

static void queued_receives_are_filled_in_order(struct kunit *test)
{
	const SIZE_T each = 50;
	struct wt_env *env = wt_env(test);
	struct wt_data *in[COUNT], *out = wt_data_new(env, COUNT * each);
	struct wt_io *ios[COUNT];
	struct wt_pair pair;
	int i;

	wt_pair(env, AF_INET, &pair);
	for (i = 0; i < COUNT; i++) {
		in[i] = wt_data_new(env, each);
		ios[i] = wt_io_new(env);
		wt_receive_start(ios[i], pair.server, in[i], 0, each, WSK_FLAG_WAITALL);
	}
	wt_data_fill(out, 0, 1);
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, out, COUNT * each), STATUS_SUCCESS);
	for (i = 0; i < COUNT; i++) {
		WT_EXPECT_STATUS(test, wt_io_end(ios[i]), STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in[i], each, i * each, 1), (u64)each);
		if (i)
			KUNIT_EXPECT_GT(test, ios[i]->stamp, ios[i - 1]->stamp);
	}
	WSK_RULES(test, "RCV-4 RCV-5 RCV-32 ORD-5 IRP-4");
}

/* One byte of data ends the first of them only. */
static void one_arrival_ends_one_receive(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, 64), *out = wt_data_new(env, 64);
	struct wt_io *ios[4];
	struct wt_pair pair;
	int i;

	wt_pair(env, AF_INET6, &pair);
	for (i = 0; i < 4; i++) {
		ios[i] = wt_io_new(env);
		wt_receive_start(ios[i], pair.server, in, i * 16, 16, 0);
	}
	for (i = 0; i < 4; i++) {
		wt_data_fill(out, i, 2);
		WT_EXPECT_STATUS(test, wt_send(env, pair.client, out, 1), STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, wt_io_end(ios[i]), STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, (u64)ios[i]->information, 1ULL);
		KUNIT_EXPECT_EQ(test, in->base[i * 16], wt_pattern(i, 2));
		if (i < 3)
			KUNIT_EXPECT_FALSE(test, wt_io_completed(ios[i + 1]));
	}
	WSK_RULES(test, "RCV-2 RCV-4 RCV-5 RCV-32");
}

static void queued_sends_go_and_complete_in_order(struct kunit *test)
{
	const SIZE_T each = 100000;
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, COUNT * each);
	struct wt_io *ios[COUNT], *receiving = wt_io_new(env);
	struct wt_pair pair;
	int i;

	wt_pair(env, AF_INET, &pair);
	for (i = 0; i < COUNT; i++) {
		struct wt_data *out = wt_data_new(env, each);

		wt_data_fill(out, i * each, 3);
		ios[i] = wt_io_new(env);
		wt_send_start(ios[i], pair.client, out, 0, each, i % 3 ? 0 : WSK_FLAG_NODELAY);
	}
	wt_receive_start(receiving, pair.server, in, 0, COUNT * each, WSK_FLAG_WAITALL);
	for (i = 0; i < COUNT; i++) {
		WT_EXPECT_STATUS(test, wt_io_end(ios[i]), STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, (u64)ios[i]->information, (u64)each);
		if (i)
			KUNIT_EXPECT_GT(test, ios[i]->stamp, ios[i - 1]->stamp);
	}
	WT_EXPECT_STATUS(test, wt_io_end(receiving), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, COUNT * each, 0, 3), (u64)(COUNT * each));
	WSK_RULES(test, "SND-5 SND-6 ORD-3");
}

#define BLOCK	8192
#define BLOCKS	24
#define SENDERS	3

struct sender {
	struct wt_thread thread;
	PWSK_SOCKET socket;
	struct wt_io *io;
	struct wt_data *data;
	UCHAR id;
	LONG failures;
};

/* Blocks of one value, the number of the block in the first byte of it. */
static void sender_run(void *context)
{
	struct sender *sender = context;
	int i;

	for (i = 0; i < BLOCKS; i++) {
		memset(sender->data->base, sender->id, BLOCK);
		sender->data->base[0] = (UCHAR)i;
		wt_send_start(sender->io, sender->socket, sender->data, 0, BLOCK, 0);
		if (wt_io_end(sender->io) != STATUS_SUCCESS || sender->io->information != BLOCK)
			sender->failures++;
	}
}

static void sends_of_several_threads_do_not_mix(struct kunit *test)
{
	struct sender *senders = kunit_kcalloc(test, SENDERS, sizeof(*senders), GFP_KERNEL);
	const SIZE_T total = SENDERS * BLOCKS * BLOCK;
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, total);
	int next[SENDERS] = {}, i;
	struct wt_pair pair;
	SIZE_T received, at, j;

	KUNIT_ASSERT_NOT_NULL(test, senders);
	wt_pair(env, AF_INET, &pair);
	for (i = 0; i < SENDERS; i++) {
		senders[i].socket = pair.client;
		senders[i].io = wt_io_new(env);
		senders[i].data = wt_data_new(env, BLOCK);
		senders[i].id = (UCHAR)(200 + i);
		wt_thread_start(test, &senders[i].thread, sender_run, &senders[i]);
	}
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, total, WSK_FLAG_WAITALL,
					  &received), STATUS_SUCCESS);
	for (i = 0; i < SENDERS; i++) {
		KUNIT_ASSERT_TRUE(test, wt_thread_join(&senders[i].thread));
		KUNIT_EXPECT_EQ(test, senders[i].failures, 0);
	}
	for (at = 0; at < total; at += BLOCK) {
		i = in->base[at + 1] - 200;
		KUNIT_ASSERT_TRUE(test, i >= 0 && i < SENDERS);
		KUNIT_EXPECT_EQ(test, in->base[at], next[i]++);
		for (j = 1; j < BLOCK && in->base[at + j] == 200 + i; j++)
			;
		KUNIT_EXPECT_EQ(test, (u64)j, (u64)BLOCK);
	}
	WSK_RULES(test, "SND-22 ORD-1 ORD-2 ORD-3 ORD-4");
}

/* A receive of one byte that posts itself again from inside its own routine. */
#define ROUNDS 2000

struct chain {
	PWSK_SOCKET socket;
	struct wt_data *data;
	LONG rounds;
	LONG depth;
	LONG deepest;
	LONG wrong;
	KEVENT finished;
};

static NTSTATUS chain_complete(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct chain *chain = context;
	WSK_BUF buf = wt_slice(chain->data, 0, 1);
	LONG depth = InterlockedIncrement(&chain->depth);

	wt_note_place_here();
	if (depth > chain->deepest)
		chain->deepest = depth;
	if (irp->IoStatus.Status != STATUS_SUCCESS || irp->IoStatus.Information != 1 ||
	    chain->data->base[0] != wt_pattern(chain->rounds, 4))
		chain->wrong++;
	if (++chain->rounds < ROUNDS && !chain->wrong) {
		IoReuseIrp(irp, STATUS_SUCCESS);
		IoSetCompletionRoutine(irp, chain_complete, chain, TRUE, TRUE, TRUE);
		WT_CONNECTION(chain->socket)->WskReceive(chain->socket, &buf, 0, irp);
		InterlockedDecrement(&chain->depth);
	} else {
		InterlockedDecrement(&chain->depth);
		KeSetEvent(&chain->finished, IO_NO_INCREMENT, FALSE);
	}
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static void irp_is_used_again_inside_its_routine(struct kunit *test)
{
	struct chain *chain = kunit_kzalloc(test, sizeof(*chain), GFP_KERNEL);
	struct wt_env *env = wt_env(test);
	struct wt_data *out = wt_data_new(env, ROUNDS);
	struct wt_pair pair;
	WSK_BUF buf;
	PIRP irp;

	KUNIT_ASSERT_NOT_NULL(test, chain);
	wt_pair(env, AF_INET, &pair);
	chain->socket = pair.server;
	chain->data = wt_data_new(env, 1);
	KeInitializeEvent(&chain->finished, NotificationEvent, FALSE);
	wt_data_fill(out, 0, 4);
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, out, ROUNDS), STATUS_SUCCESS);
	wt_sleep(20);
	irp = IoAllocateIrp(1, FALSE);
	KUNIT_ASSERT_NOT_NULL(test, irp);
	IoSetCompletionRoutine(irp, chain_complete, chain, TRUE, TRUE, TRUE);
	buf = wt_slice(chain->data, 0, 1);
	WT_CONNECTION(pair.server)->WskReceive(pair.server, &buf, 0, irp);
	KUNIT_ASSERT_TRUE(test, wt_wait(&chain->finished, WT_PATIENCE_MS));
	KUNIT_EXPECT_EQ(test, chain->wrong, 0);
	KUNIT_EXPECT_EQ(test, chain->rounds, ROUNDS);
	KUNIT_EXPECT_LE(test, chain->deepest, 16);
	/* The routine has set the event; the IRP is the provider's no more. */
	wt_sleep(20);
	IoFreeIrp(irp);
	WSK_RULES(test, "IRP-10 IRP-11 IRP-17 IRP-39");
}

/* A connect's routine asks for the local address with the same IRP. */
struct asking {
	PWSK_SOCKET socket;
	SOCKADDR_STORAGE addr;
	NTSTATUS connected;
	NTSTATUS asked;
	KEVENT finished;
};

static NTSTATUS asked(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct asking *asking = context;

	wt_note_place_here();
	asking->asked = irp->IoStatus.Status;
	IoFreeIrp(irp);
	KeSetEvent(&asking->finished, IO_NO_INCREMENT, FALSE);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS connected(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct asking *asking = context;

	wt_note_place_here();
	asking->connected = irp->IoStatus.Status;
	IoReuseIrp(irp, STATUS_SUCCESS);
	IoSetCompletionRoutine(irp, asked, asking, TRUE, TRUE, TRUE);
	WT_CONNECTION(asking->socket)->WskGetLocalAddress(asking->socket,
							  (PSOCKADDR)&asking->addr, irp);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static void routine_starts_another_kind_of_request(struct kunit *test)
{
	struct asking *asking = kunit_kzalloc(test, sizeof(*asking), GFP_KERNEL);
	struct wt_env *env = wt_env(test);
	PIRP irp = IoAllocateIrp(1, FALSE);
	SOCKADDR_STORAGE addr;

	KUNIT_ASSERT_NOT_NULL(test, asking);
	KUNIT_ASSERT_NOT_NULL(test, irp);
	wt_listener(env, AF_INET, &addr);
	asking->socket = wt_bound(env, AF_INET);
	KeInitializeEvent(&asking->finished, NotificationEvent, FALSE);
	IoSetCompletionRoutine(irp, connected, asking, TRUE, TRUE, TRUE);
	WT_CONNECTION(asking->socket)->WskConnect(asking->socket, (PSOCKADDR)&addr, 0, irp);
	KUNIT_ASSERT_TRUE(test, wt_wait(&asking->finished, WT_PATIENCE_MS));
	WT_EXPECT_STATUS(test, asking->connected, STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, asking->asked, STATUS_SUCCESS);
	KUNIT_EXPECT_NE(test, wt_port(&asking->addr), 0);
	WSK_RULES(test, "IRP-10 IRP-11 IRP-17");
}

/* Another processor may complete it whenever it likes. */
static BOOLEAN completed_here(struct wt_io *io, LONG before)
{
	/* The routine notes its thread before it counts. */
	return smp_load_acquire(&io->completions) != before &&
	       io->thread == PsGetCurrentThreadId();
}

/* What a call at DISPATCH_LEVEL brings about here waits until the caller's section is over. */
static void call_at_dispatch_level_completes_nothing_unrelated(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, 64), *out = wt_data_new(env, 64);
	struct wt_io *receiving = wt_io_new(env), *sending = wt_io_new(env);
	BOOLEAN received_inside, sent_inside;
	struct wt_pair pair;
	KIRQL before;
	int i;

	wt_pair(env, AF_INET, &pair);
	for (i = 0; i < 20; i++) {
		wt_receive_start(receiving, pair.server, in, 0, 64, WSK_FLAG_WAITALL);
		KeRaiseIrql(DISPATCH_LEVEL, &before);
		wt_send_start(sending, pair.client, out, 0, 64, 0);
		received_inside = completed_here(receiving, i);
		sent_inside = completed_here(sending, i);
		KeLowerIrql(before);
		KUNIT_EXPECT_FALSE(test, received_inside);
		KUNIT_EXPECT_FALSE(test, sent_inside);
		WT_EXPECT_STATUS(test, wt_io_end(sending), STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, wt_io_end(receiving), STATUS_SUCCESS);
	}
	WSK_RULES(test, "ORD-12");
}

/* Both directions at once, from a thread each. */
#define MOVES		8
#define MOVE_LENGTH	60000

struct mover {
	struct wt_thread thread;
	PWSK_SOCKET from;
	PWSK_SOCKET to;
	struct wt_io *sending;
	struct wt_io *receiving;
	struct wt_data *out;
	struct wt_data *in;
	LONG good;
};

static void mover_run(void *context)
{
	struct mover *mover = context;
	int i;

	for (i = 0; i < MOVES; i++) {
		wt_data_fill(mover->out, 0, (UCHAR)i);
		wt_receive_start(mover->receiving, mover->to, mover->in, 0, MOVE_LENGTH,
				 WSK_FLAG_WAITALL);
		wt_send_start(mover->sending, mover->from, mover->out, 0, MOVE_LENGTH, 0);
		if (wt_io_end(mover->sending) == STATUS_SUCCESS &&
		    wt_io_end(mover->receiving) == STATUS_SUCCESS &&
		    wt_data_match(mover->in, MOVE_LENGTH, 0, (UCHAR)i) == MOVE_LENGTH)
			mover->good++;
	}
}

static void both_directions_move_at_once(struct kunit *test)
{
	struct mover *movers = kunit_kcalloc(test, 2, sizeof(*movers), GFP_KERNEL);
	struct wt_env *env = wt_env(test);
	struct wt_pair pair;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, movers);
	wt_pair(env, AF_INET6, &pair);
	for (i = 0; i < 2; i++) {
		movers[i].from = i ? pair.client : pair.server;
		movers[i].to = i ? pair.server : pair.client;
		movers[i].sending = wt_io_new(env);
		movers[i].receiving = wt_io_new(env);
		movers[i].out = wt_data_new(env, MOVE_LENGTH);
		movers[i].in = wt_data_new(env, MOVE_LENGTH);
		wt_thread_start(test, &movers[i].thread, mover_run, &movers[i]);
	}
	for (i = 0; i < 2; i++) {
		KUNIT_ASSERT_TRUE(test, wt_thread_join(&movers[i].thread));
		KUNIT_EXPECT_EQ(test, movers[i].good, MOVES);
	}
	WSK_RULES(test, "SND-24 ORD-1 ORD-2");
}

static struct kunit_case stream_order_cases[] = {
	KUNIT_CASE(queued_receives_are_filled_in_order),
	KUNIT_CASE(one_arrival_ends_one_receive),
	KUNIT_CASE(queued_sends_go_and_complete_in_order),
	KUNIT_CASE(sends_of_several_threads_do_not_mix),
	KUNIT_CASE(irp_is_used_again_inside_its_routine),
	KUNIT_CASE(routine_starts_another_kind_of_request),
	KUNIT_CASE(call_at_dispatch_level_completes_nothing_unrelated),
	KUNIT_CASE(both_directions_move_at_once),
	{}
};

static struct kunit_suite stream_order_suite = {
	.name = "wsk_stream_order",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = stream_order_cases,
};
kunit_test_suite(stream_order_suite);
