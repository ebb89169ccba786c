// SPDX-License-Identifier: GPL-2.0
/* WskCloseSocket: it cancels everything, completes last, and resets what was not ended. */
#include "wsk_fixture.h"

static struct wt_io *close_begin(struct wt_env *env, PWSK_SOCKET socket)
{
	struct wt_io *io = wt_io_new(env);

	wt_untrack(env, socket);
	WT_CALL(io, WT_BASIC(socket)->WskCloseSocket(socket, wt_irp(io)));
	return io;
}

/* What is pending at the peer of the closed socket may end with the stream, before the reset. */
static void expect_reset(struct kunit *test, PWSK_SOCKET peer, struct wt_io *pending)
{
	NTSTATUS status = pending ? wt_io_end(pending) : STATUS_SUCCESS;

	if (status == STATUS_CONNECTION_RESET)
		return;
	WT_EXPECT_STATUS(test, status, STATUS_SUCCESS);
	if (pending)
		KUNIT_EXPECT_EQ(test, (u64)pending->information, 0ULL);
	KUNIT_EXPECT_TRUE(test, wt_await_reset(wt_env(test), peer));
}

/* A reset that comes later than this is only missed. */
static void expect_no_reset(struct kunit *test, PWSK_SOCKET peer)
{
	struct wt_env *env = wt_env(test);
	SIZE_T got;

	wt_sleep(20);
	WT_EXPECT_STATUS(test, wt_receive(env, peer, wt_data_new(env, 16), 16, 0, &got),
			 STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)got, 0ULL);
}

#define PENDING 5

static void close_cancels_everything_and_completes_last(struct kunit *test)
{
	const SIZE_T length = 8 << 20;
	struct wt_env *env = wt_env(test);
	struct wt_data *out = wt_data_vmalloc(env, length), *in = wt_data_new(env, PENDING);
	struct wt_io *receives[PENDING], *sends[2], *closing;
	struct wt_pair pair;
	int i;

	wt_pair(env, AF_INET, &pair);
	for (i = 0; i < PENDING; i++) {
		receives[i] = wt_io_new(env);
		wt_receive_start(receives[i], pair.client, in, i, 1, 0);
	}
	for (i = 0; i < 2; i++) {
		sends[i] = wt_io_new(env);
		wt_send_start(sends[i], pair.client, out, 0, length, 0);
	}
	wt_sleep(20);
	closing = close_begin(env, pair.client);
	WT_EXPECT_STATUS(test, wt_io_end(closing), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)closing->information, 0ULL);
	for (i = 0; i < PENDING; i++) {
		KUNIT_EXPECT_TRUE(test, wt_io_completed(receives[i]));
		WT_EXPECT_STATUS(test, wt_io_end(receives[i]), STATUS_CANCELLED);
		KUNIT_EXPECT_EQ(test, (u64)receives[i]->information, 0ULL);
		KUNIT_EXPECT_LT(test, receives[i]->stamp, closing->stamp);
	}
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_TRUE(test, wt_io_completed(sends[i]));
		WT_EXPECT_STATUS(test, wt_io_end(sends[i]), STATUS_CANCELLED);
		/* The first may report what TCP had taken; the second was not begun. */
		KUNIT_EXPECT_LT(test, (u64)sends[i]->information, i ? 1ULL : (u64)length);
		KUNIT_EXPECT_LT(test, sends[i]->stamp, closing->stamp);
	}
	/* What was not sent is not: the stream breaks off. */
	expect_reset(test, pair.server, NULL);
	WSK_RULES(test, "CLO-1 CLO-2 CLO-3 CLO-7 CLO-12 CLO-19 CLO-32 SND-19 RCV-28 RCV-29 IRP-32");
}

static void partly_filled_receive_reports_its_bytes(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, 100), *out = wt_data_new(env, 40);
	struct wt_io *io = wt_io_new(env);
	struct wt_pair pair;

	wt_pair(env, AF_INET, &pair);
	wt_data_fill(out, 0, 1);
	wt_receive_start(io, pair.server, in, 0, 100, WSK_FLAG_WAITALL);
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, out, 40), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_await_bytes(in, 40, 0, 1));
	WT_EXPECT_STATUS(test, wt_close(env, pair.server), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_CANCELLED);
	KUNIT_EXPECT_EQ(test, (u64)io->information, 40ULL);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, 40, 0, 1), 40ULL);
	KUNIT_EXPECT_EQ(test, in->base[40], 0xa5);
	WSK_RULES(test, "CLO-2 IRP-33 RCV-31");
}

static void close_without_disconnect_resets_the_peer(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *data = wt_data_new(env, 16);
	int traffic;

	for (traffic = 0; traffic < 2; traffic++) {
		struct wt_io *io = wt_io_new(env);
		struct wt_pair pair;

		wt_pair(env, AF_INET, &pair);
		/* Also when all that was sent was read. */
		if (traffic) {
			wt_exchange(env, pair.client, pair.server, 1000, 1);
			wt_exchange(env, pair.server, pair.client, 1000, 1);
		}
		wt_receive_start(io, pair.server, data, 0, 16, 0);
		WT_EXPECT_STATUS(test, wt_close(env, pair.client), STATUS_SUCCESS);
		expect_reset(test, pair.server, io);
	}
	WSK_RULES(test, "CLO-16 RCV-26 RCV-27");
}

static void close_after_one_direction_resets_the_peer(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_pair pair;
	SIZE_T received;

	/* Only this side has disconnected. */
	wt_pair(env, AF_INET, &pair);
	WT_EXPECT_STATUS(test, wt_disconnect(env, pair.client, 0), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_close(env, pair.client), STATUS_SUCCESS);
	expect_reset(test, pair.server, NULL);

	/* Only the peer has. */
	wt_pair(env, AF_INET6, &pair);
	WT_EXPECT_STATUS(test, wt_disconnect(env, pair.server, 0), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_receive(env, pair.client, wt_data_new(env, 1), 1, 0,
					  &received), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)received, 0ULL);
	WT_EXPECT_STATUS(test, wt_close(env, pair.client), STATUS_SUCCESS);
	expect_reset(test, pair.server, NULL);
	WSK_RULES(test, "CLO-16 CLO-18");
}

static void close_after_both_directions_resets_nobody(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	int first;

	for (first = 0; first < 2; first++) {
		struct wt_pair pair;
		PWSK_SOCKET closing, other;

		wt_pair(env, AF_INET, &pair);
		closing = first ? pair.client : pair.server;
		other = first ? pair.server : pair.client;
		WT_EXPECT_STATUS(test, wt_disconnect(env, pair.client, 0), STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, wt_disconnect(env, pair.server, 0), STATUS_SUCCESS);
		wt_sleep(20);
		WT_EXPECT_STATUS(test, wt_close(env, closing), STATUS_SUCCESS);
		expect_no_reset(test, other);
	}
	WSK_RULES(test, "CLO-17 DIS-22 RCV-7");
}

static void close_ends_a_stuck_disconnect(struct kunit *test)
{
	const SIZE_T length = 16 << 20;
	struct wt_env *env = wt_env(test);
	struct wt_data *out = wt_data_vmalloc(env, length);
	struct wt_io *sending = wt_io_new(env), *ending = wt_io_new(env), *closing;
	struct wt_pair pair;

	wt_pair(env, AF_INET, &pair);
	wt_send_start(sending, pair.client, out, 0, length, 0);
	WT_CALL(ending, WT_CONNECTION(pair.client)->WskDisconnect(pair.client, NULL, 0,
								  wt_irp(ending)));
	wt_sleep(20);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(ending));
	closing = close_begin(env, pair.client);
	WT_EXPECT_STATUS(test, wt_io_end(closing), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(sending), STATUS_CANCELLED);
	WT_EXPECT_STATUS(test, wt_io_end(ending), STATUS_CANCELLED);
	KUNIT_EXPECT_LT(test, ending->stamp, closing->stamp);
	WSK_RULES(test, "DIS-7 DIS-8 CLO-1 CLO-3");
}

static const ADDRESS_FAMILY families[] = { AF_INET, AF_INET6 };

#define MANY_BYTES (4u << 20)

static void reset_a_sender(struct kunit *test, ADDRESS_FAMILY family, struct wt_data *out)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, 1000);
	struct wt_io *ios[3];
	struct wt_pair pair;
	SIZE_T received;
	int i;

	wt_pair(env, family, &pair);
	for (i = 0; i < 3; i++) {
		ios[i] = wt_io_new(env);
		wt_send_start(ios[i], pair.client, out, 0, MANY_BYTES, 0);
	}
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, 1000, WSK_FLAG_WAITALL,
					  &received), STATUS_SUCCESS);
	wt_sleep(20);
	WT_EXPECT_STATUS(test, wt_disconnect(env, pair.server, WSK_FLAG_ABORTIVE),
			 STATUS_SUCCESS);
	/* The first of them may have been taken by TCP as a whole; the last cannot. */
	for (i = 0; i < 3; i++) {
		NTSTATUS status = wt_io_end(ios[i]);

		if (i == 2 || status != STATUS_SUCCESS)
			WT_EXPECT_STATUS(test, status, STATUS_CONNECTION_RESET);
	}
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, in, 10), STATUS_FILE_FORCED_CLOSED);
	WT_EXPECT_STATUS(test, wt_receive(env, pair.client, in, 10, 0, &received),
			 STATUS_FILE_FORCED_CLOSED);
	WT_EXPECT_STATUS(test, wt_close(env, pair.client), STATUS_SUCCESS);
}

static void reset_in_the_middle_of_a_send(struct kunit *test)
{
	struct wt_data *out = wt_data_new(wt_env(test), MANY_BYTES);
	int i;

	for (i = 0; i < ARRAY_SIZE(families); i++)
		reset_a_sender(test, families[i], out);
	WSK_RULES(test, "SND-15 SND-16 SND-17 RCV-27 FFC-2 FFC-6");
}

static void reset_a_receiver(struct kunit *test, ADDRESS_FAMILY family, struct wt_data *in)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *out = wt_data_new(env, 50000);
	struct wt_io *first = wt_io_new(env), *second = wt_io_new(env);
	struct wt_pair pair;
	SIZE_T received;

	wt_pair(env, family, &pair);
	wt_data_fill(out, 0, 3);
	memset(in->base, 0xa5, 50000);
	wt_receive_start(first, pair.server, in, 0, MANY_BYTES, WSK_FLAG_WAITALL);
	wt_receive_start(second, pair.server, in, 0, MANY_BYTES, WSK_FLAG_WAITALL);
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, out, 50000), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_await_bytes(in, 50000, 0, 3));
	KUNIT_EXPECT_FALSE(test, wt_io_completed(first));
	WT_EXPECT_STATUS(test, wt_disconnect(env, pair.client, WSK_FLAG_ABORTIVE),
			 STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(first), STATUS_CONNECTION_RESET);
	KUNIT_EXPECT_EQ(test, (u64)first->information, 50000ULL);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, 50000, 0, 3), 50000ULL);
	WT_EXPECT_STATUS(test, wt_io_end(second), STATUS_CONNECTION_RESET);
	KUNIT_EXPECT_EQ(test, (u64)second->information, 0ULL);
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, 10, 0, &received),
			 STATUS_FILE_FORCED_CLOSED);
}

static void reset_in_the_middle_of_a_receive(struct kunit *test)
{
	struct wt_data *in = wt_data_new(wt_env(test), MANY_BYTES);
	int i;

	for (i = 0; i < ARRAY_SIZE(families); i++)
		reset_a_receiver(test, families[i], in);
	WSK_RULES(test, "RCV-9 RCV-11 RCV-26 RCV-27 IRP-33");
}

static void closed_port_is_free_again(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET listener;
	struct wt_pair pair;

	/* Even while connections that it accepted live on. */
	wt_pair(env, AF_INET, &pair);
	wt_exchange(env, pair.client, pair.server, 100, 1);
	WT_EXPECT_STATUS(test, wt_close(env, pair.listener), STATUS_SUCCESS);
	listener = wt_listen_socket(env, AF_INET, NULL, NULL);
	WT_EXPECT_STATUS(test, wt_bind(env, listener, &pair.addr), STATUS_SUCCESS);
	wt_connected(env, &pair.addr);
	WSK_RULES(test, "CLO-25 CLO-23 BND-1");
}

struct closing_itself {
	PWSK_SOCKET socket;
	struct wt_io *closing;
};

static void close_from_routine(struct wt_io *io)
{
	struct closing_itself *self = io->hook_context;

	WT_CALL(self->closing, WT_BASIC(self->socket)->WskCloseSocket(self->socket,
								      wt_irp(self->closing)));
}

static void close_from_a_routine_of_the_socket(struct kunit *test)
{
	struct closing_itself *self = kunit_kzalloc(test, sizeof(*self), GFP_KERNEL);
	struct wt_env *env = wt_env(test);
	struct wt_data *data = wt_data_new(env, 32);
	struct wt_io *first = wt_io_new(env), *second = wt_io_new(env);
	struct wt_pair pair;

	KUNIT_ASSERT_NOT_NULL(test, self);
	wt_pair(env, AF_INET, &pair);
	self->socket = pair.server;
	self->closing = wt_io_new(env);
	wt_untrack(env, pair.server);
	first->hook = close_from_routine;
	first->hook_context = self;
	wt_receive_start(first, pair.server, data, 0, 16, 0);
	wt_receive_start(second, pair.server, data, 16, 16, 0);
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, wt_data_new(env, 1), 1),
			 STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(first), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(self->closing), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(second), STATUS_CANCELLED);
	KUNIT_EXPECT_LT(test, first->stamp, self->closing->stamp);
	KUNIT_EXPECT_LT(test, second->stamp, self->closing->stamp);
	WSK_RULES(test, "CLO-22 CLO-3");
}

/* What a worker was to do, or is doing, ends one way or the other before the close does. */
static void requests_with_a_worker_end_before_the_close(struct kunit *test)
{
	SOCKADDR_STORAGE *addrs = kunit_kzalloc(test, 2 * sizeof(*addrs), GFP_KERNEL);
	ULONG *value = kunit_kzalloc(test, sizeof(*value), GFP_KERNEL);
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET c = wt_connection_socket(env, AF_INET);
	struct wt_io *ios[3], *closing;
	KIRQL before;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, addrs);
	KUNIT_ASSERT_NOT_NULL(test, value);
	wt_loopback(&addrs[0], AF_INET, 0);
	for (i = 0; i < 3; i++)
		ios[i] = wt_io_new(env);
	/* No worker gets this CPU in between. */
	KeRaiseIrql(DISPATCH_LEVEL, &before);
	WT_CALL(ios[0], WT_CONNECTION(c)->WskBind(c, (PSOCKADDR)&addrs[0], 0, wt_irp(ios[0])));
	WT_CALL(ios[1], WT_CONNECTION(c)->WskGetLocalAddress(c, (PSOCKADDR)&addrs[1],
							     wt_irp(ios[1])));
	WT_CALL(ios[2], WT_BASIC(c)->WskControlSocket(c, WskGetOption, SO_KEEPALIVE, SOL_SOCKET,
						      0, NULL, sizeof(*value), value, NULL,
						      wt_irp(ios[2])));
	closing = close_begin(env, c);
	KeLowerIrql(before);
	WT_EXPECT_STATUS(test, wt_io_end(closing), STATUS_SUCCESS);
	for (i = 0; i < 3; i++) {
		NTSTATUS status = wt_io_end(ios[i]);

		KUNIT_EXPECT_TRUE_MSG(test, status == STATUS_CANCELLED || NT_SUCCESS(status),
				      "request %d: %#x", i, status);
		KUNIT_EXPECT_LT(test, ios[i]->stamp, closing->stamp);
	}
	WSK_RULES(test, "CLO-1 CLO-2 CLO-3 CLO-11");
}

static void close_cannot_be_cancelled(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *io;
	struct wt_pair pair;

	wt_pair(env, AF_INET, &pair);
	io = close_begin(env, pair.client);
	IoCancelIrp(io->irp);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	WSK_RULES(test, "CLO-8");
}

static struct kunit_case close_cases[] = {
	KUNIT_CASE(close_cancels_everything_and_completes_last),
	KUNIT_CASE(partly_filled_receive_reports_its_bytes),
	KUNIT_CASE(close_without_disconnect_resets_the_peer),
	KUNIT_CASE(close_after_one_direction_resets_the_peer),
	KUNIT_CASE(close_after_both_directions_resets_nobody),
	KUNIT_CASE(close_ends_a_stuck_disconnect),
	KUNIT_CASE(reset_in_the_middle_of_a_send),
	KUNIT_CASE(reset_in_the_middle_of_a_receive),
	KUNIT_CASE(closed_port_is_free_again),
	KUNIT_CASE(close_from_a_routine_of_the_socket),
	KUNIT_CASE(requests_with_a_worker_end_before_the_close),
	KUNIT_CASE(close_cannot_be_cancelled),
	{}
};

static struct kunit_suite close_suite = {
	.name = "wsk_close",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = close_cases,
};
kunit_test_suite(close_suite);
