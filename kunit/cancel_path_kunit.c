// SPDX-License-Identifier: GPL-2.0
/* The way a cancellation takes: what its routine may do, what it leaves, and when memory is free. */
#include "wsk_accept_log.h"

struct busy_routine {
	PWSK_SOCKET socket;
	PWSK_SOCKET peer;
	struct wt_io *other;
	struct wt_io *sending;
	struct wt_io *receiving;
	struct wt_io *asking;
	struct wt_io *closing;
	struct wt_data *data;
	SOCKADDR_STORAGE *addr;
	KIRQL irql;
	BOOLEAN reached;
	NTSTATUS released;
};

/* All that a lock held by the cancel path would stand in the way of. */
static void do_everything(struct wt_io *io)
{
	struct busy_routine *busy = io->hook_context;
	KIRQL before;

	IoAcquireCancelSpinLock(&before);
	busy->irql = before;
	IoReleaseCancelSpinLock(before);
	busy->reached = IoCancelIrp(busy->other->irp);
	wt_receive_start(busy->receiving, busy->socket, busy->data, 0, 1, 0);
	wt_send_start(busy->sending, busy->peer, busy->data, 1, 1, 0);
	WT_CALL(busy->asking,
		WT_CONNECTION(busy->socket)->WskGetLocalAddress(busy->socket,
								(PSOCKADDR)busy->addr,
								wt_irp(busy->asking)));
	WT_CALL(busy->closing, WT_BASIC(busy->socket)->WskCloseSocket(busy->socket,
								      wt_irp(busy->closing)));
}

static void prepare_busy(struct wt_env *env, struct busy_routine *busy, struct wt_io *io,
			 struct wt_data *in)
{
	struct wt_pair pair;

	wt_pair(env, AF_INET, &pair);
	busy->socket = pair.server;
	busy->peer = pair.client;
	io->hook = do_everything;
	io->hook_context = busy;
	wt_receive_start(io, pair.server, in, 0, 10, 0);
	wt_receive_start(busy->other, pair.server, in, 10, 10, 0);
	wt_untrack(env, pair.server);
}

/*
 * TRUE if nobody else had a hand in it. A softirq that is late with the new connections may have
 * either receive when it is cancelled, and then ends it, or the peer's lane, and then the send
 * meets the reset of the close.
 */
static BOOLEAN cancel_busy(struct kunit *test, struct busy_routine *busy, struct wt_io *io,
			   KIRQL level)
{
	BOOLEAN reached, is_ours;
	NTSTATUS status;
	KIRQL before;

	KeRaiseIrql(level, &before);
	reached = IoCancelIrp(io->irp);
	KeLowerIrql(before);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_CANCELLED);
	if (reached)
		KUNIT_EXPECT_EQ(test, busy->irql, level);
	is_ours = reached && busy->reached;
	status = wt_io_end(busy->other);
	KUNIT_EXPECT_TRUE(test, status == STATUS_CANCELLED ||
			  (!busy->reached && status == STATUS_SUCCESS));
	status = wt_io_end(busy->sending);
	KUNIT_EXPECT_TRUE(test, status == STATUS_SUCCESS || status == STATUS_CONNECTION_RESET);
	is_ours = is_ours && status == STATUS_SUCCESS;
	WT_EXPECT_STATUS(test, wt_io_end(busy->closing), STATUS_SUCCESS);
	status = wt_io_end(busy->receiving);
	KUNIT_EXPECT_TRUE(test, status == STATUS_CANCELLED || status == STATUS_SUCCESS);
	status = wt_io_end(busy->asking);
	KUNIT_EXPECT_TRUE(test, status == STATUS_CANCELLED || status == STATUS_SUCCESS);
	return is_ours;
}

#define BUSY_ROUNDS 64

static void cancelled_routine_may_do_everything(struct kunit *test)
{
	static const KIRQL levels[] = { PASSIVE_LEVEL, DISPATCH_LEVEL };
	struct busy_routine *busy = kunit_kzalloc(test, sizeof(*busy), GFP_KERNEL);
	SOCKADDR_STORAGE *addr = kunit_kzalloc(test, sizeof(*addr), GFP_KERNEL);
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, 20);
	struct wt_io *io = wt_io_new(env);
	BOOLEAN is_ours;
	int i, round;

	KUNIT_ASSERT_TRUE(test, busy && addr);
	*busy = (struct busy_routine){ .other = wt_io_new(env), .sending = wt_io_new(env),
		.receiving = wt_io_new(env), .asking = wt_io_new(env), .closing = wt_io_new(env),
		.data = wt_data_new(env, 2), .addr = addr };
	for (i = 0; i < ARRAY_SIZE(levels); i++) {
		for (round = 0, is_ours = FALSE; round < BUSY_ROUNDS && !is_ours; round++) {
			prepare_busy(env, busy, io, in);
			is_ours = cancel_busy(test, busy, io, levels[i]);
		}
		KUNIT_EXPECT_TRUE_MSG(test, is_ours, "level %d", levels[i]);
	}
	WSK_RULES(test, "CAN-16 IRP-21 CLO-22");
}

static void drain_ends_on_cancellation(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, 8), *out = wt_data_new(env, 100);
	struct wt_io *drain = wt_io_new(env), *waitall = wt_io_new(env);
	WSK_BUF nothing = { NULL, 0, 0 };
	struct wt_pair pair;

	wt_pair(env, AF_INET, &pair);
	WT_CALL(drain, WT_CONNECTION(pair.server)->WskReceive(pair.server, &nothing,
							      WSK_FLAG_DRAIN, wt_irp(drain)));
	wt_receive_start(waitall, pair.server, in, 0, 8, WSK_FLAG_WAITALL);
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, out, 100), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_await_consumed(env, pair.client, pair.server));
	KUNIT_EXPECT_FALSE(test, wt_io_completed(drain));
	wt_cancel(drain);
	WT_EXPECT_STATUS(test, wt_io_end(drain), STATUS_CANCELLED);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(waitall));
	wt_cancel(waitall);
	WT_EXPECT_STATUS(test, wt_io_end(waitall), STATUS_CANCELLED);
	wt_exchange(env, pair.client, pair.server, 100, 1);
	WSK_RULES(test, "CAN-1 CAN-11 CAN-18");
}

/* No worker gets this CPU between the close and the cancellation. */
static void close_is_not_cancelled(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *closing = wt_io_new(env), *receiving = wt_io_new(env);
	struct wt_data *in = wt_data_new(env, 8);
	struct wt_pair pair;
	BOOLEAN reached;
	KIRQL before;
	PIRP irp;

	wt_pair(env, AF_INET, &pair);
	wt_receive_start(receiving, pair.client, in, 0, 8, 0);
	wt_untrack(env, pair.client);
	irp = wt_irp(closing);
	KeRaiseIrql(DISPATCH_LEVEL, &before);
	WT_CALL(closing, WT_BASIC(pair.client)->WskCloseSocket(pair.client, irp));
	reached = IoCancelIrp(irp);
	KeLowerIrql(before);
	KUNIT_EXPECT_FALSE(test, reached);
	WT_EXPECT_STATUS(test, wt_io_end(closing), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(receiving), STATUS_CANCELLED);
	WSK_RULES(test, "CAN-12 CLO-1");
}

struct held {
	KEVENT entered;
	KEVENT go;
};

static void stay_inside(struct wt_accept_log *log, PWSK_SOCKET accepted)
{
	struct held *held = log->inside_context;

	KeSetEvent(&held->entered, IO_NO_INCREMENT, FALSE);
	if (KeGetCurrentIrql() == PASSIVE_LEVEL)
		wt_wait(&held->go, WT_PATIENCE_MS);
}

/*
 * The close waits for a callback, and will not be hurried. A driver that takes its IRP back
 * because it has cancelled it is told so, and the provider completes it all the same.
 */
static void cancelled_irp_is_not_the_drivers_before_it_completes(struct kunit *test)
{
	struct held *held = kunit_kzalloc(test, sizeof(*held), GFP_KERNEL);
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	struct wt_io *closing = wt_io_new(env);
	SOCKADDR_STORAGE addr;

	KUNIT_ASSERT_NOT_NULL(test, held);
	KeInitializeEvent(&held->entered, NotificationEvent, FALSE);
	KeInitializeEvent(&held->go, NotificationEvent, FALSE);
	log->answer = STATUS_REQUEST_NOT_ACCEPTED;
	log->inside = stay_inside;
	log->inside_context = held;
	wt_logged_listener(log, AF_INET, &addr);
	WT_ASSERT_STATUS(test, wt_set_events(log->listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	wt_connected(env, &addr);
	KUNIT_ASSERT_TRUE(test, wt_wait(&held->entered, WT_PATIENCE_MS));
	wt_untrack(env, log->listener);
	WT_CALL(closing, WT_BASIC(log->listener)->WskCloseSocket(log->listener, wt_irp(closing)));
	WT_EXPECT_STATUS(test, closing->returned, STATUS_PENDING);
	KUNIT_EXPECT_FALSE(test, IoCancelIrp(closing->irp));
	WSK_EXPECT_REPORT(test, "1x misuse: IRP-26: IoFreeIrp of an IRP that a request still has");
	WSK_EXPECT_REPORT(test, "1x misuse: IRP-26: IoReuseIrp of an IRP that a request still has");
	IoFreeIrp(closing->irp);
	IoReuseIrp(closing->irp, WT_POISON);
	wt_sleep(20);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(closing));
	KeSetEvent(&held->go, IO_NO_INCREMENT, FALSE);
	WT_EXPECT_STATUS(test, wt_io_end(closing), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, log->calls, 1);
	KUNIT_EXPECT_GT(test, closing->stamp, log->stamp);
	WSK_RULES(test, "CAN-12 CAN-20 IRP-26");
}

/* A disconnect that never began is as if it never was called. */
static void disconnect_cancelled_before_the_call(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *io = wt_io_new(env);
	struct wt_pair pair;
	PIRP irp;

	wt_pair(env, AF_INET, &pair);
	irp = wt_irp(io);
	IoCancelIrp(irp);
	WT_CALL(io, WT_CONNECTION(pair.client)->WskDisconnect(pair.client, NULL, 0, irp));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_CANCELLED);
	wt_exchange(env, pair.client, pair.server, 100, 1);
	wt_exchange(env, pair.server, pair.client, 100, 2);
	WT_EXPECT_STATUS(test, wt_disconnect(env, pair.client, 0), STATUS_SUCCESS);
	WSK_RULES(test, "CAN-7 CAN-14");
}

#define SENDS 6

/* Behind a message that was cut, not a byte of the next ones. */
static void nothing_follows_a_torn_message(struct kunit *test)
{
	const SIZE_T length = 1 << 20, total = SENDS * length;
	struct wt_env *env = wt_env(test);
	struct wt_data *out[SENDS], *in = wt_data_vmalloc(env, total);
	struct wt_io *ios[SENDS], *receiving = wt_io_new(env);
	int i, round;

	for (i = 0; i < SENDS; i++) {
		out[i] = wt_data_vmalloc(env, length);
		wt_data_fill(out[i], 0, (UCHAR)(i * 40));
		ios[i] = wt_io_new(env);
	}
	for (round = 0; round < 10; round++) {
		struct wt_pair pair;
		BOOLEAN whole = TRUE;
		SIZE_T sent = 0;

		wt_pair(env, AF_INET, &pair);
		for (i = 0; i < SENDS; i++)
			wt_send_start(ios[i], pair.client, out[i], 0, length, 0);
		wt_sleep(2);
		/* The peer begins to read, and there is room again. */
		wt_receive_start(receiving, pair.server, in, 0, total, WSK_FLAG_WAITALL);
		for (i = 0; i < SENDS && wt_io_completed(ios[i]); i++)
			;
		if (i < SENDS)
			IoCancelIrp(ios[i]->irp);
		for (i = 0; i < SENDS; i++) {
			NTSTATUS status = wt_io_end(ios[i]);

			KUNIT_EXPECT_TRUE_MSG(test, status == STATUS_SUCCESS ||
					      status == STATUS_CANCELLED ||
					      status == STATUS_CONNECTION_ABORTED,
					      "send %d: %#x", i, status);
			sent += ios[i]->information;
			/* One that had not begun leaves no trace; the others follow it. */
			if (status == STATUS_CANCELLED && !ios[i]->information)
				whole = FALSE;
			if (status != STATUS_SUCCESS && whole)
				break;
		}
		for (i++; i < SENDS; i++) {
			KUNIT_EXPECT_FALSE(test, NT_SUCCESS(wt_io_end(ios[i])));
			KUNIT_EXPECT_EQ(test, (u64)ios[i]->information, 0ULL);
		}
		wt_close(env, pair.client);
		wt_io_end(receiving);
		KUNIT_EXPECT_LE(test, (u64)receiving->information, (u64)sent);
		for (i = 0; whole && i * length < receiving->information; i++) {
			SIZE_T here = min_t(SIZE_T, length, receiving->information - i * length);

			KUNIT_EXPECT_EQ(test, (u64)wt_match(in->base + i * length, here, 0,
							    (UCHAR)(i * 40)), (u64)here);
		}
		wt_close(env, pair.server);
		wt_close(env, pair.listener);
	}
	WSK_RULES(test, "CAN-5 SND-6 ORD-3");
}

/* A routine that cancels the next of many: none is lost, and the stack does not grow with them. */
#define CHAIN 10000

struct cancel_chain {
	PIRP *irps;
	LONG completed;
	LONG wrong;
	LONG depth;
	LONG deepest;
	KEVENT finished;
};

static NTSTATUS cancel_next(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct cancel_chain *chain = context;
	LONG depth = InterlockedIncrement(&chain->depth), next;

	wt_note_place_here();
	if (depth > chain->deepest)
		chain->deepest = depth;
	if (irp->IoStatus.Status != STATUS_CANCELLED || irp->IoStatus.Information ||
	    !irp->PendingReturned)
		InterlockedIncrement(&chain->wrong);
	next = InterlockedIncrement(&chain->completed);
	if (next < CHAIN)
		IoCancelIrp(chain->irps[next]);
	if (!InterlockedDecrement(&chain->depth) && chain->completed == CHAIN)
		KeSetEvent(&chain->finished, IO_NO_INCREMENT, FALSE);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static void cancel_chain_does_not_grow_the_stack(struct kunit *test)
{
	struct cancel_chain *chain = kunit_kzalloc(test, sizeof(*chain), GFP_KERNEL);
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, 1);
	WSK_BUF buf = wt_slice(in, 0, 1);
	struct wt_pair pair;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, chain);
	chain->irps = kunit_kcalloc(test, CHAIN, sizeof(*chain->irps), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, chain->irps);
	KeInitializeEvent(&chain->finished, NotificationEvent, FALSE);
	wt_pair(env, AF_INET, &pair);
	for (i = 0; i < CHAIN; i++) {
		chain->irps[i] = IoAllocateIrp(1, FALSE);
		KUNIT_ASSERT_NOT_NULL(test, chain->irps[i]);
		IoSetCompletionRoutine(chain->irps[i], cancel_next, chain, TRUE, TRUE, TRUE);
		WT_EXPECT_STATUS(test, WT_CONNECTION(pair.server)->WskReceive(pair.server, &buf, 0,
									      chain->irps[i]),
				 STATUS_PENDING);
	}
	IoCancelIrp(chain->irps[0]);
	KUNIT_ASSERT_TRUE(test, wt_wait(&chain->finished, WT_PATIENCE_MS));
	KUNIT_EXPECT_EQ(test, chain->completed, CHAIN);
	KUNIT_EXPECT_EQ(test, chain->wrong, 0);
	KUNIT_EXPECT_LE(test, chain->deepest, 3);
	wt_exchange(env, pair.client, pair.server, 100, 1);
	for (i = 0; i < CHAIN; i++)
		IoFreeIrp(chain->irps[i]);
	WSK_RULES(test, "IRP-39 CAN-1 IRP-4");
}

static struct kunit_case cancel_path_cases[] = {
	KUNIT_CASE(cancelled_routine_may_do_everything),
	KUNIT_CASE(drain_ends_on_cancellation),
	KUNIT_CASE(close_is_not_cancelled),
	KUNIT_CASE(cancelled_irp_is_not_the_drivers_before_it_completes),
	KUNIT_CASE(disconnect_cancelled_before_the_call),
	KUNIT_CASE(nothing_follows_a_torn_message),
	KUNIT_CASE(cancel_chain_does_not_grow_the_stack),
	{}
};

static struct kunit_suite cancel_path_suite = {
	.name = "wsk_cancel_path",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = cancel_path_cases,
};
kunit_test_suite(cancel_path_suite);
