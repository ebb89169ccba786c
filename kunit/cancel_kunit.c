// SPDX-License-Identifier: GPL-2.0
/* IoCancelIrp on what a socket has pending; what it leaves behind. */
#include "wsk_fixture.h"

static void cancelled_receive_completes_and_the_others_stay(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, 40), *out = wt_data_new(env, 40);
	struct wt_io *ios[4];
	struct wt_pair pair;
	int i;

	wt_pair(env, AF_INET, &pair);
	for (i = 0; i < 4; i++) {
		ios[i] = wt_io_new(env);
		wt_receive_start(ios[i], pair.server, in, i * 10, 10, WSK_FLAG_WAITALL);
	}
	wt_cancel(ios[1]);
	WT_EXPECT_STATUS(test, wt_io_end(ios[1]), STATUS_CANCELLED);
	KUNIT_EXPECT_EQ(test, (u64)ios[1]->information, 0ULL);
	wt_cancel(ios[0]);
	WT_EXPECT_STATUS(test, wt_io_end(ios[0]), STATUS_CANCELLED);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(ios[2]));
	wt_data_fill(out, 0, 1);
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, out, 20), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(ios[2]), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(ios[3]), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)wt_match(in->base + 20, 20, 0, 1), 20ULL);
	/* The buffers of the cancelled ones were left alone. */
	KUNIT_EXPECT_EQ(test, in->base[0], 0xa5);
	KUNIT_EXPECT_EQ(test, in->base[19], 0xa5);
	WSK_RULES(test, "CAN-1 CAN-17 CAN-18 IRP-32");
}

static void cancelled_waitall_reports_the_bytes_it_took(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, 100), *out = wt_data_new(env, 100);
	struct wt_data *next = wt_data_new(env, 70);
	struct wt_io *io = wt_io_new(env);
	struct wt_pair pair;
	SIZE_T received, i;

	wt_pair(env, AF_INET, &pair);
	wt_data_fill(out, 0, 2);
	wt_receive_start(io, pair.server, in, 0, 100, WSK_FLAG_WAITALL);
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, out, 30), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_await_bytes(in, 30, 0, 2));
	wt_cancel(io);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_CANCELLED);
	KUNIT_EXPECT_EQ(test, (u64)io->information, 30ULL);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, 30, 0, 2), 30ULL);
	/* They are consumed: the next receive goes on behind them. */
	wt_data_fill(out, 30, 2);
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, out, 70), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, next, 70, WSK_FLAG_WAITALL,
					  &received), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(next, 70, 30, 2), 70ULL);
	/* And go nowhere else. */
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, 30, 0, 2), 30ULL);
	for (i = 30; i < 100 && in->base[i] == 0xa5; i++)
		;
	KUNIT_EXPECT_EQ(test, (u64)i, 100ULL);
	WSK_RULES(test, "CAN-17 RCV-12 IRP-33");
}

static void cancelled_accept_leaves_the_listener_usable(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *ios[3];
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener, client;
	int i;

	listener = wt_listener(env, AF_INET, &addr);
	for (i = 0; i < 3; i++) {
		ios[i] = wt_io_new(env);
		WT_CALL(ios[i], WT_LISTEN(listener)->WskAccept(listener, 0, NULL, NULL, NULL,
							       NULL, wt_irp(ios[i])));
	}
	wt_cancel(ios[0]);
	WT_EXPECT_STATUS(test, wt_io_end(ios[0]), STATUS_CANCELLED);
	KUNIT_EXPECT_EQ(test, (u64)ios[0]->information, 0ULL);
	client = wt_connected(env, &addr);
	WT_ASSERT_STATUS(test, wt_io_end(ios[1]), STATUS_SUCCESS);
	wt_track(env, (PWSK_SOCKET)ios[1]->information, FALSE);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(ios[2]));
	wt_exchange(env, client, (PWSK_SOCKET)ios[1]->information, 100, 1);
	wt_cancel(ios[2]);
	WT_EXPECT_STATUS(test, wt_io_end(ios[2]), STATUS_CANCELLED);
	wt_connected(env, &addr);
	WT_EXPECT_STATUS(test, wt_accept(env, listener, &client), STATUS_SUCCESS);
	WSK_RULES(test, "CAN-3 ACC-13 ACC-23");
}

static void cancelled_send_terminates(struct kunit *test)
{
	const SIZE_T length = 8 << 20;
	struct wt_env *env = wt_env(test);
	struct wt_data *out = wt_data_vmalloc(env, length);
	struct wt_io *first = wt_io_new(env), *second = wt_io_new(env);
	struct wt_pair pair;
	NTSTATUS status;
	SIZE_T received;

	wt_pair(env, AF_INET, &pair);
	wt_send_start(first, pair.client, out, 0, length, 0);
	wt_send_start(second, pair.client, out, 0, length, 0);
	/* TCP has begun to take the first, and is far from room for the whole of it. */
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, wt_data_new(env, 1), 1,
					  WSK_FLAG_WAITALL, &received), STATUS_SUCCESS);
	IoCancelIrp(second->irp);
	WT_EXPECT_STATUS(test, wt_io_end(second), STATUS_CANCELLED);
	KUNIT_EXPECT_EQ(test, (u64)second->information, 0ULL);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(first));
	IoCancelIrp(first->irp);
	WT_EXPECT_STATUS(test, wt_io_end(first), STATUS_CANCELLED);
	KUNIT_EXPECT_GT(test, (u64)first->information, 0ULL);
	KUNIT_EXPECT_LT(test, (u64)first->information, (u64)length);
	/* The pages are the driver's again. */
	memset(out->base, 0, length);
	/* A part of a message is on its way: nothing may follow it as if it were whole. */
	status = wt_send(env, pair.client, wt_data_new(env, 10), 10);
	KUNIT_EXPECT_FALSE_MSG(test, NT_SUCCESS(status), "%#x", status);
	WT_EXPECT_STATUS(test, wt_close(env, pair.client), STATUS_SUCCESS);
	WSK_RULES(test, "CAN-5");
}

static void cancelled_disconnect_does_not_abort(struct kunit *test)
{
	const SIZE_T length = 4 << 20;
	struct wt_env *env = wt_env(test);
	struct wt_data *out = wt_data_new(env, length), *in = wt_data_new(env, length);
	struct wt_io *sending = wt_io_new(env), *ending = wt_io_new(env);
	struct wt_pair pair;
	SIZE_T received;

	wt_pair(env, AF_INET, &pair);
	wt_data_fill(out, 0, 3);
	wt_send_start(sending, pair.client, out, 0, length, 0);
	WT_CALL(ending, WT_CONNECTION(pair.client)->WskDisconnect(pair.client, NULL, 0,
								  wt_irp(ending)));
	wt_sleep(20);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(ending));
	IoCancelIrp(ending->irp);
	WT_EXPECT_STATUS(test, wt_io_end(ending), STATUS_CANCELLED);
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, length, WSK_FLAG_WAITALL,
					  &received), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, length, 0, 3), (u64)length);
	WT_EXPECT_STATUS(test, wt_io_end(sending), STATUS_SUCCESS);
	wt_exchange(env, pair.server, pair.client, 100, 4);
	WSK_RULES(test, "CAN-7");
}

static void second_cancel_changes_nothing(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, 10);
	struct wt_io *io = wt_io_new(env);
	struct wt_pair pair;

	wt_pair(env, AF_INET, &pair);
	wt_receive_start(io, pair.server, in, 0, 10, 0);
	wt_cancel(io);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_CANCELLED);
	/* The IRP is ours again: cancelling it reaches nobody. */
	KUNIT_EXPECT_FALSE(test, IoCancelIrp(io->irp));
	KUNIT_EXPECT_FALSE(test, IoCancelIrp(io->irp));
	/* And it works again once it is made ready again. */
	wt_receive_start(io, pair.server, in, 0, 10, 0);
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, wt_data_new(env, 5), 5),
			 STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	WSK_RULES(test, "CAN-1 IRP-4 IRP-17");
}

/* Cancelled before it is passed in: it does not wait for ever, and takes nothing along. */
static void cancelled_beforehand_is_not_queued(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, 10), *out = wt_data_new(env, 10);
	struct wt_io *io = wt_io_new(env);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener;
	struct wt_pair pair;
	SIZE_T received;
	WSK_BUF buf;
	PIRP irp;

	wt_pair(env, AF_INET, &pair);
	buf = wt_slice(in, 0, 10);
	irp = wt_irp(io);
	IoCancelIrp(irp);
	WT_CALL(io, WT_CONNECTION(pair.server)->WskReceive(pair.server, &buf, 0, irp));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_CANCELLED);
	/* Nor when there is something for it: that is the next one's. */
	wt_data_fill(out, 0, 4);
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, out, 10), STATUS_SUCCESS);
	wt_sleep(20);
	irp = wt_irp(io);
	IoCancelIrp(irp);
	WT_CALL(io, WT_CONNECTION(pair.server)->WskReceive(pair.server, &buf, 0, irp));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_CANCELLED);
	KUNIT_EXPECT_EQ(test, (u64)io->information, 0ULL);
	KUNIT_EXPECT_EQ(test, in->base[0], 0xa5);
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, 10, WSK_FLAG_WAITALL, &received),
			 STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, 10, 0, 4), 10ULL);
	listener = wt_listener(env, AF_INET, &addr);
	irp = wt_irp(io);
	IoCancelIrp(irp);
	WT_CALL(io, WT_LISTEN(listener)->WskAccept(listener, 0, NULL, NULL, NULL, NULL, irp));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_CANCELLED);
	WSK_RULES(test, "CAN-14 CAN-19");
}

/* Where the answers would have gone: the driver's own again once the request is back. */
struct outputs {
	SOCKADDR_STORAGE addrs[2];
	ULONG value;
};

static void take_outputs_back(struct wt_io *io)
{
	memset(io->hook_context, 0x5a, sizeof(struct outputs));
}

static void outputs_of_cancelled_requests_are_left_alone(struct kunit *test)
{
	struct outputs *outputs = kunit_kcalloc(test, 3, sizeof(*outputs), GFP_KERNEL);
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET listener, client, server;
	struct wt_io *ios[3];
	SOCKADDR_STORAGE addr;
	KIRQL before;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, outputs);
	listener = wt_listener(env, AF_INET, &addr);
	for (i = 0; i < 3; i++) {
		ios[i] = wt_io_new(env);
		ios[i]->hook = take_outputs_back;
		ios[i]->hook_context = &outputs[i];
	}
	/* The first waits for a connection, and the others for a worker. */
	WT_CALL(ios[0], WT_LISTEN(listener)->WskAccept(listener, 0, NULL, NULL,
						       (PSOCKADDR)&outputs[0].addrs[0],
						       (PSOCKADDR)&outputs[0].addrs[1],
						       wt_irp(ios[0])));
	KeRaiseIrql(DISPATCH_LEVEL, &before);
	WT_CALL(ios[1], WT_LISTEN(listener)->WskGetLocalAddress(listener,
								(PSOCKADDR)&outputs[1].addrs[0],
								wt_irp(ios[1])));
	WT_CALL(ios[2], WT_BASIC(listener)->WskControlSocket(listener, WskGetOption, SO_KEEPALIVE,
							     SOL_SOCKET, 0, NULL, sizeof(ULONG),
							     &outputs[2].value, NULL,
							     wt_irp(ios[2])));
	for (i = 0; i < 3; i++)
		wt_cancel(ios[i]);
	KeLowerIrql(before);
	WT_EXPECT_STATUS(test, wt_io_end(ios[0]), STATUS_CANCELLED);
	for (i = 1; i < 3; i++) {
		NTSTATUS status = wt_io_end(ios[i]);

		KUNIT_EXPECT_TRUE_MSG(test, status == STATUS_CANCELLED || status == STATUS_SUCCESS,
				      "request %d: %#x", i, status);
	}
	/* A connection that the first would have told of, and the worker's next. */
	client = wt_connected(env, &addr);
	WT_ASSERT_STATUS(test, wt_accept(env, listener, &server), STATUS_SUCCESS);
	wt_exchange(env, client, server, 100, 1);
	WT_EXPECT_STATUS(test, wt_local_address(env, listener, &addr), STATUS_SUCCESS);
	KUNIT_EXPECT_NULL(test, memchr_inv(outputs, 0x5a, 3 * sizeof(*outputs)));
	WSK_RULES(test, "CAN-17");
}

#define RACES 200

struct racer {
	struct wt_thread thread;
	struct wt_io *io;
	KEVENT go;
	KEVENT went;
	BOOLEAN stop;
};

static void racer_run(void *context)
{
	struct racer *racer = context;

	for (;;) {
		if (!wt_wait(&racer->go, WT_PATIENCE_MS) || racer->stop)
			return;
		IoCancelIrp(racer->io->irp);
		KeSetEvent(&racer->went, IO_NO_INCREMENT, FALSE);
	}
}

/* Either outcome, once; and no byte is lost between them. */
static void cancel_races_with_arrival(struct kunit *test)
{
	struct racer *racer = kunit_kzalloc(test, sizeof(*racer), GFP_KERNEL);
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, 1), *out = wt_data_new(env, 1);
	struct wt_pair pair;
	SIZE_T received;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, racer);
	wt_pair(env, AF_INET, &pair);
	racer->io = wt_io_new(env);
	KeInitializeEvent(&racer->go, SynchronizationEvent, FALSE);
	KeInitializeEvent(&racer->went, SynchronizationEvent, FALSE);
	wt_thread_start(test, &racer->thread, racer_run, racer);
	for (i = 0; i < RACES; i++) {
		NTSTATUS status;

		wt_data_fill(out, i, 5);
		in->base[0] = 0;
		wt_receive_start(racer->io, pair.server, in, 0, 1, 0);
		if (i % 2)
			KeSetEvent(&racer->go, IO_NO_INCREMENT, FALSE);
		WT_EXPECT_STATUS(test, wt_send(env, pair.client, out, 1), STATUS_SUCCESS);
		if (!(i % 2))
			KeSetEvent(&racer->go, IO_NO_INCREMENT, FALSE);
		status = wt_io_end(racer->io);
		KUNIT_ASSERT_TRUE(test, wt_wait(&racer->went, WT_PATIENCE_MS));
		if (status == STATUS_CANCELLED)
			WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, 1, 0, &received),
					 STATUS_SUCCESS);
		else
			WT_EXPECT_STATUS(test, status, STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, in->base[0], wt_pattern(i, 5));
	}
	racer->stop = TRUE;
	KeSetEvent(&racer->go, IO_NO_INCREMENT, FALSE);
	KUNIT_EXPECT_TRUE(test, wt_thread_join(&racer->thread));
	WSK_RULES(test, "CAN-15 CAN-19 IRP-4 ORD-7");
}

static struct kunit_case cancel_cases[] = {
	KUNIT_CASE(cancelled_receive_completes_and_the_others_stay),
	KUNIT_CASE(cancelled_waitall_reports_the_bytes_it_took),
	KUNIT_CASE(cancelled_accept_leaves_the_listener_usable),
	KUNIT_CASE(cancelled_send_terminates),
	KUNIT_CASE(cancelled_disconnect_does_not_abort),
	KUNIT_CASE(second_cancel_changes_nothing),
	KUNIT_CASE(cancelled_beforehand_is_not_queued),
	KUNIT_CASE(outputs_of_cancelled_requests_are_left_alone),
	KUNIT_CASE(cancel_races_with_arrival),
	{}
};

static struct kunit_suite cancel_suite = {
	.name = "wsk_cancel",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = cancel_cases,
};
kunit_test_suite(cancel_suite);
