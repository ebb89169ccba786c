// SPDX-License-Identifier: GPL-2.0
/* WskSend and WskReceive: sizes, flags, states, levels. */
#include "wsk_fixture.h"

static void every_size_arrives_unchanged(struct kunit *test)
{
	static const SIZE_T sizes[] = {
		1, 2, 3, 15, 511, 1460, 4095, 4096, 4097, 16384, 65535, 65536, 65537, 262144,
		1000003, 4 << 20,
	};
	static const ADDRESS_FAMILY families[] = { AF_INET, AF_INET6 };
	struct wt_env *env = wt_env(test);
	struct wt_pair pair;
	int i, j;

	for (j = 0; j < ARRAY_SIZE(families); j++) {
		wt_pair(env, families[j], &pair);
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			wt_exchange(env, pair.client, pair.server, sizes[i], (UCHAR)i);
			wt_exchange(env, pair.server, pair.client, sizes[i], (UCHAR)(i + 100));
		}
	}
	WSK_RULES(test, "SND-1 SND-2 SND-23 RCV-4 RCV-9 BUF-1");
}

static void empty_send_succeeds_and_sends_nothing(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *data = wt_data_new(env, 4);
	struct wt_io *io = wt_io_new(env);
	WSK_BUF nothing = { NULL, 77, 0 };
	struct wt_pair pair;
	SIZE_T received;

	wt_pair(env, AF_INET, &pair);
	WT_CALL(io, WT_CONNECTION(pair.client)->WskSend(pair.client, &nothing, 0, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)io->information, 0ULL);
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, data, 0), STATUS_SUCCESS);
	wt_data_fill(data, 0, 1);
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, data, 4), STATUS_SUCCESS);
	memset(data->base, 0, 4);
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, data, 4, WSK_FLAG_WAITALL,
					  &received), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(data, 4, 0, 1), 4ULL);
	WSK_RULES(test, "SND-21 BUF-4");
}

static void empty_receive_succeeds_without_data(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *data = wt_data_new(env, 16);
	struct wt_io *first = wt_io_new(env), *empty = wt_io_new(env);
	WSK_BUF nothing = { NULL, 77, 0 };
	struct wt_pair pair;

	wt_pair(env, AF_INET, &pair);
	WT_CALL(empty, WT_CONNECTION(pair.server)->WskReceive(pair.server, &nothing, 0,
							      wt_irp(empty)));
	WT_EXPECT_STATUS(test, wt_io_end(empty), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)empty->information, 0ULL);
	/* Behind another receive it waits for that one, and for no data of its own. */
	wt_receive_start(first, pair.server, data, 0, 16, 0);
	WT_CALL(empty, WT_CONNECTION(pair.server)->WskReceive(pair.server, &nothing, 0,
							      wt_irp(empty)));
	wt_sleep(20);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(empty));
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, wt_data_new(env, 1), 1),
			 STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(first), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(empty), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)empty->information, 0ULL);
	KUNIT_EXPECT_LT(test, first->stamp, empty->stamp);
	WSK_RULES(test, "RCV-5 RCV-20 BUF-2 BUF-4");
}

static void receive_waits_for_data_and_takes_what_there_is(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, 256), *out = wt_data_new(env, 256);
	struct wt_io *io = wt_io_new(env);
	struct wt_pair pair;
	SIZE_T received;

	wt_pair(env, AF_INET, &pair);
	wt_data_fill(out, 0, 1);
	wt_receive_start(io, pair.server, in, 0, 256, 0);
	WT_EXPECT_STATUS(test, io->returned, STATUS_PENDING);
	wt_sleep(20);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(io));
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, out, 21), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)io->information, 21ULL);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, 21, 0, 1), 21ULL);
	/* What lies behind the bytes received is not touched. */
	KUNIT_EXPECT_EQ(test, in->base[21], 0xa5);
	KUNIT_EXPECT_EQ(test, in->base[255], 0xa5);
	/* Buffered data is there at once, and no more than was asked for. */
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, out, 200), STATUS_SUCCESS);
	wt_sleep(20);
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, 150, 0, &received),
			 STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)received, 150ULL);
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, 256, 0, &received),
			 STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)received, 50ULL);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, 50, 150, 1), 50ULL);
	WSK_RULES(test, "RCV-1 RCV-2 RCV-3 RCV-4 RCV-31 BUF-10 IRP-2 IRP-6");
}

static void waitall_waits_until_the_buffer_is_full(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, 1000), *out = wt_data_new(env, 1000);
	struct wt_io *io = wt_io_new(env);
	struct wt_pair pair;
	int i;

	wt_pair(env, AF_INET6, &pair);
	wt_receive_start(io, pair.server, in, 0, 1000, WSK_FLAG_WAITALL);
	for (i = 0; i < 10; i++) {
		KUNIT_EXPECT_FALSE(test, wt_io_completed(io));
		wt_data_fill(out, i * 100, 5);
		WT_EXPECT_STATUS(test, wt_send(env, pair.client, out, 100), STATUS_SUCCESS);
		wt_sleep(5);
	}
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)io->information, 1000ULL);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, 1000, 0, 5), 1000ULL);
	WSK_RULES(test, "RCV-9");
}

#define DRAINED		100
#define DRAINED_BYTE	0xee	/* none of the first bytes of the pattern */
#define BEHIND		10

/* A drain with bytes on their way to it: they are no end of it. */
static void drain_start(struct wt_io *io, const struct wt_pair *pair, struct wt_data *data)
{
	struct kunit *test = io->env->test;
	WSK_BUF nothing = { NULL, 0, 0 };

	WT_CALL(io, WT_CONNECTION(pair->server)->WskReceive(pair->server, &nothing,
							    WSK_FLAG_DRAIN, wt_irp(io)));
	memset(data->base, DRAINED_BYTE, DRAINED);
	WT_EXPECT_STATUS(test, wt_send(io->env, pair->client, data, DRAINED), STATUS_SUCCESS);
	wt_sleep(20);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(io));
}

/* Past those of the drained bytes that came after its cancellation. */
static void receive_behind_the_drain(struct wt_env *env, PWSK_SOCKET socket, struct wt_data *data)
{
	struct kunit *test = env->test;
	int left = DRAINED;
	SIZE_T received;

	do {
		WT_ASSERT_STATUS(test, wt_receive(env, socket, data, 1, 0, &received),
				 STATUS_SUCCESS);
		KUNIT_ASSERT_EQ(test, (u64)received, 1ULL);
	} while (data->base[0] == DRAINED_BYTE && left--);
	KUNIT_EXPECT_EQ(test, (u64)wt_match(data->base, 1, 0, 1), 1ULL);
	WT_EXPECT_STATUS(test, wt_receive(env, socket, data, BEHIND - 1, WSK_FLAG_WAITALL,
					  &received), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)wt_match(data->base, received, 1, 1), (u64)BEHIND - 1);
}

static void drain_discards_until_the_end(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, BEHIND), *out = wt_data_new(env, DRAINED);
	struct wt_io *io = wt_io_new(env);
	struct wt_pair pair;
	SIZE_T received;

	wt_pair(env, AF_INET, &pair);
	drain_start(io, &pair, out);
	IoCancelIrp(io->irp);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_CANCELLED);
	KUNIT_EXPECT_EQ(test, (u64)io->information, 0ULL);
	/* What comes behind the cancelled drain is there again. */
	wt_data_fill(out, 0, 1);
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, out, BEHIND), STATUS_SUCCESS);
	receive_behind_the_drain(env, pair.server, in);

	/* The end is behind all bytes, so nothing but the end is left. */
	drain_start(io, &pair, out);
	WT_EXPECT_STATUS(test, wt_disconnect(env, pair.client, 0), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)io->information, 0ULL);
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, BEHIND, 0, &received),
			 STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)received, 0ULL);
	WSK_RULES(test, "RCV-13 RCV-16");
}

static void drain_has_no_buffer(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *data = wt_data_new(env, 8);
	WSK_BUF nothing = { NULL, 0, 0 };
	struct wt_io *io = wt_io_new(env);
	struct wt_pair pair;

	wt_pair(env, AF_INET, &pair);
	wt_receive_start(io, pair.server, data, 0, 8, WSK_FLAG_DRAIN);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_INVALID_PARAMETER);
	WT_CALL(io, WT_CONNECTION(pair.server)->WskReceive(pair.server, &nothing,
							   WSK_FLAG_DRAIN | WSK_FLAG_WAITALL,
							   wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_INVALID_PARAMETER);
	wt_exchange(env, pair.client, pair.server, 100, 1);
	WSK_RULES(test, "RCV-14 RCV-15 RCV-17");
}

static void never_connected_socket_neither_sends_nor_receives(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *data = wt_data_new(env, 8);
	PWSK_SOCKET sockets[] = { wt_connection_socket(env, AF_INET), wt_bound(env, AF_INET) };
	int i;

	for (i = 0; i < ARRAY_SIZE(sockets); i++) {
		struct wt_io *sending = wt_io_new(env), *receiving = wt_io_new(env);

		wt_send_start(sending, sockets[i], data, 0, 8, 0);
		wt_receive_start(receiving, sockets[i], data, 0, 8, 0);
		/* Known at once, yet reported through the IRP. */
		WT_EXPECT_STATUS(test, sending->returned, STATUS_PENDING);
		WT_EXPECT_STATUS(test, receiving->returned, STATUS_PENDING);
		WT_EXPECT_STATUS(test, wt_io_end(sending), STATUS_INVALID_DEVICE_STATE);
		WT_EXPECT_STATUS(test, wt_io_end(receiving), STATUS_INVALID_DEVICE_STATE);
		KUNIT_EXPECT_EQ(test, (u64)(sending->information | receiving->information),
				0ULL);
	}
	WSK_RULES(test, "SND-12 SND-13 RCV-23 RCV-24 IRP-6 IRP-32");
}

static void unknown_flags_are_not_supported(struct kunit *test)
{
	static const ULONG send_flags[] = { 0x80000000, 0x4, 0x100 };
	static const ULONG receive_flags[] = { 0x80000000, 0x8, 0x100 };
	struct wt_env *env = wt_env(test);
	struct wt_data *data = wt_data_new(env, 8);
	struct wt_pair pair;
	int i;

	wt_pair(env, AF_INET, &pair);
	for (i = 0; i < ARRAY_SIZE(send_flags); i++) {
		struct wt_io *io = wt_io_new(env);

		wt_send_start(io, pair.client, data, 0, 8, send_flags[i]);
		WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_NOT_SUPPORTED);
		KUNIT_EXPECT_EQ(test, (u64)io->information, 0ULL);
		wt_receive_start(io, pair.server, data, 0, 8, receive_flags[i]);
		WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_NOT_SUPPORTED);
	}
	wt_exchange(env, pair.client, pair.server, 100, 1);
	WSK_RULES(test, "SND-9 SND-10 RCV-18");
}

static void nodelay_sends_arrive(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *out = wt_data_new(env, 100), *in = wt_data_new(env, 2000);
	struct wt_pair pair;
	SIZE_T received;
	int i;

	wt_pair(env, AF_INET, &pair);
	for (i = 0; i < 20; i++) {
		struct wt_io *io = wt_io_new(env);

		wt_data_fill(out, i * 100, 2);
		wt_send_start(io, pair.client, out, 0, 100, i % 2 ? WSK_FLAG_NODELAY : 0);
		WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	}
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, 2000, WSK_FLAG_WAITALL,
					  &received), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, 2000, 0, 2), 2000ULL);
	WSK_RULES(test, "SND-5");
}

static void pending_receive_does_not_hold_up_sends(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *data = wt_data_new(env, 8);
	struct wt_io *io = wt_io_new(env);
	SOCKADDR_STORAGE addr;
	struct wt_pair pair;

	wt_pair(env, AF_INET, &pair);
	wt_receive_start(io, pair.client, data, 0, 8, 0);
	wt_exchange(env, pair.client, pair.server, 500000, 1);
	WT_EXPECT_STATUS(test, wt_remote_address(env, pair.client, &addr), STATUS_SUCCESS);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(io));
	WT_EXPECT_STATUS(test, wt_send(env, pair.server, wt_data_new(env, 8), 8),
			 STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	WSK_RULES(test, "SND-24 CTL-18");
}

/* Nothing blocks at DISPATCH_LEVEL, however full the window is. */
static void data_moves_at_dispatch_level(struct kunit *test)
{
	const SIZE_T length = 64 * 1024, count = 32;
	struct wt_env *env = wt_env(test);
	struct wt_data *out = wt_data_new(env, length);
	struct wt_data *in = wt_data_new(env, length * count);
	struct wt_io *receiving = wt_io_new(env), **sending;
	struct wt_pair pair;
	KIRQL before, after;
	SIZE_T i;

	sending = kunit_kcalloc(test, count, sizeof(*sending), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, sending);
	for (i = 0; i < count; i++)
		sending[i] = wt_io_new(env);
	wt_pair(env, AF_INET, &pair);
	wt_data_fill(out, 0, 1);
	KeRaiseIrql(DISPATCH_LEVEL, &before);
	for (i = 0; i < count; i++)
		wt_send_start(sending[i], pair.client, out, 0, length, 0);
	wt_receive_start(receiving, pair.server, in, 0, length * count, WSK_FLAG_WAITALL);
	after = KeGetCurrentIrql();
	KeLowerIrql(before);
	KUNIT_EXPECT_EQ(test, (int)after, DISPATCH_LEVEL);
	WT_EXPECT_STATUS(test, wt_io_end(receiving), STATUS_SUCCESS);
	for (i = 0; i < count; i++) {
		WT_EXPECT_STATUS(test, sending[i]->returned, STATUS_PENDING);
		WT_EXPECT_STATUS(test, wt_io_end(sending[i]), STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, (u64)sending[i]->information, (u64)length);
		KUNIT_EXPECT_EQ(test, (u64)wt_match(in->base + i * length, length, 0, 1),
				(u64)length);
	}
	WSK_RULES(test, "SND-7 IRQ-15 SND-5");
}

/* What completed sends keep in memory is bounded: without a reader they stop completing. */
static void sends_without_a_reader_stop_completing(struct kunit *test)
{
	const SIZE_T length = 256 * 1024, count = 128;
	struct wt_env *env = wt_env(test);
	struct wt_data *out = wt_data_new(env, length), *in = wt_data_new(env, length);
	struct wt_io **sending = kunit_kcalloc(test, count, sizeof(*sending), GFP_KERNEL);
	SIZE_T i, completed = 0, received;
	struct wt_pair pair;

	KUNIT_ASSERT_NOT_NULL(test, sending);
	wt_pair(env, AF_INET, &pair);
	wt_data_fill(out, 0, 1);
	for (i = 0; i < count; i++) {
		sending[i] = wt_io_new(env);
		wt_send_start(sending[i], pair.client, out, 0, length, 0);
	}
	wt_sleep(100);
	for (i = 0; i < count; i++)
		completed += wt_io_completed(sending[i]);
	KUNIT_EXPECT_LT(test, (u64)completed, (u64)count);
	for (i = 0; i < count; i++) {
		WT_ASSERT_STATUS(test, wt_receive(env, pair.server, in, length,
						  WSK_FLAG_WAITALL, &received), STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, length, 0, 1), (u64)length);
	}
	for (i = 0; i < count; i++)
		WT_EXPECT_STATUS(test, wt_io_end(sending[i]), STATUS_SUCCESS);
	WSK_RULES(test, "SND-3 SND-4 SND-5 RCV-34");
}

static struct kunit_case send_receive_cases[] = {
	KUNIT_CASE(every_size_arrives_unchanged),
	KUNIT_CASE(empty_send_succeeds_and_sends_nothing),
	KUNIT_CASE(empty_receive_succeeds_without_data),
	KUNIT_CASE(receive_waits_for_data_and_takes_what_there_is),
	KUNIT_CASE(waitall_waits_until_the_buffer_is_full),
	KUNIT_CASE(drain_discards_until_the_end),
	KUNIT_CASE(drain_has_no_buffer),
	KUNIT_CASE(never_connected_socket_neither_sends_nor_receives),
	KUNIT_CASE(unknown_flags_are_not_supported),
	KUNIT_CASE(nodelay_sends_arrive),
	KUNIT_CASE(pending_receive_does_not_hold_up_sends),
	KUNIT_CASE(data_moves_at_dispatch_level),
	KUNIT_CASE(sends_without_a_reader_stop_completing),
	{}
};

static struct kunit_suite send_receive_suite = {
	.name = "wsk_send_receive",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = send_receive_cases,
};
kunit_test_suite(send_receive_suite);
