// SPDX-License-Identifier: GPL-2.0
/* IoCancelIrp on every function that takes an IRP: before the call, in it, behind it, and racing. */
#include "silent_peer.h"
#include "wsk_ops.h"

/* Either way, once, and all that was used is whole. */
static void expect_either(struct wt_op_run *run, struct wt_io *io)
{
	struct kunit *test = run->env->test;
	const struct wt_op *op = run->op;
	NTSTATUS status = wt_io_end(io);

	KUNIT_EXPECT_TRUE_MSG(test, status == op->final || status == STATUS_CANCELLED,
			      "%s: %#x", op->name, status);
	if (!NT_SUCCESS(status))
		KUNIT_EXPECT_EQ_MSG(test, (u64)io->information, 0ULL, "%s", op->name);
	wt_op_clean(run, status, io->information);
}

/* Nobody kicks what can be cancelled: it must not be queued for ever, waiting for somebody. */
static void cancelled_before_the_call(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_op_run *run = wt_op_run(test);
	struct wt_io *io = wt_io_new(env);
	int i;

	for (i = 0; i < wt_ops_count; i++) {
		PIRP irp;

		wt_op_prepare(run, &wt_ops[i]);
		irp = wt_irp(io);
		KUNIT_EXPECT_FALSE(test, IoCancelIrp(irp));
		WT_CALL(io, wt_op_call(run, irp));
		if (wt_ops[i].uncancellable)
			wt_op_kick(run);
		else if (wt_ops[i].kick)
			WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_CANCELLED);
		expect_either(run, io);
	}
	WSK_RULES(test, "CAN-14 IRP-4 IRP-32");
}

/* Behind the call, and before anybody but the calling thread can have run on this CPU. */
static void cancelled_as_soon_as_queued(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_op_run *run = wt_op_run(test);
	struct wt_io *io = wt_io_new(env);
	int i;

	for (i = 0; i < wt_ops_count; i++) {
		BOOLEAN reached;
		KIRQL before;
		PIRP irp;

		wt_op_prepare(run, &wt_ops[i]);
		irp = wt_irp(io);
		KeRaiseIrql(DISPATCH_LEVEL, &before);
		WT_CALL(io, wt_op_call(run, irp));
		reached = IoCancelIrp(irp);
		KeLowerIrql(before);
		/* What a cancel routine took over ends as cancelled, and so does what waits. */
		if (wt_ops[i].uncancellable)
			wt_op_kick(run);
		else if (reached || wt_ops[i].kick)
			WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_CANCELLED);
		expect_either(run, io);
	}
	WSK_RULES(test, "CAN-1 CAN-3 IRP-4 IRP-32");
}

/* Completed long ago: a cancellation reaches nobody, and the IRP is as good as before. */
static void cancelled_after_completion(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_op_run *run = wt_op_run(test);
	struct wt_io *io = wt_io_new(env);
	int i;

	for (i = 0; i < wt_ops_count; i++) {
		NTSTATUS status;

		wt_op_prepare(run, &wt_ops[i]);
		WT_CALL(io, wt_op_call(run, wt_irp(io)));
		wt_op_kick(run);
		status = wt_io_end(io);
		KUNIT_EXPECT_EQ_MSG(test, status, wt_ops[i].final, "%s", wt_ops[i].name);
		KUNIT_EXPECT_FALSE_MSG(test, IoCancelIrp(io->irp), "%s", wt_ops[i].name);
		KUNIT_EXPECT_EQ(test, io->completions, io->submissions);
		wt_op_clean(run, status, io->information);
	}
	WSK_RULES(test, "IRP-4 IRP-17");
}

/* A thread that does one thing to the round's request when it is told to. */
struct racer {
	struct wt_thread thread;
	struct wt_op_run *run;
	struct wt_io *io;
	struct wt_io *closing;
	KEVENT go;
	KEVENT went;
	BOOLEAN stop;
	void (*act)(struct racer *racer);
	ULONG cancelled;
};

static void racer_main(void *context)
{
	struct racer *racer = context;

	for (;;) {
		if (!wt_wait(&racer->go, WT_PATIENCE_MS) || racer->stop)
			return;
		racer->act(racer);
		KeSetEvent(&racer->went, IO_NO_INCREMENT, FALSE);
	}
}

static void act_cancel(struct racer *racer)
{
	if (IoCancelIrp(racer->io->irp))
		racer->cancelled++;
}

static void act_close(struct racer *racer)
{
	PWSK_SOCKET socket = racer->run->socket;

	WT_CALL(racer->closing,
		WT_BASIC(socket)->WskCloseSocket(socket, wt_irp(racer->closing)));
}

static struct racer *racer_start(struct kunit *test, struct wt_op_run *run, struct wt_io *io,
				 void (*act)(struct racer *racer))
{
	struct racer *racer = kunit_kzalloc(test, sizeof(*racer), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, racer);
	racer->run = run;
	racer->io = io;
	racer->closing = wt_io_new(run->env);
	racer->act = act;
	KeInitializeEvent(&racer->go, SynchronizationEvent, FALSE);
	KeInitializeEvent(&racer->went, SynchronizationEvent, FALSE);
	wt_thread_start(test, &racer->thread, racer_main, racer);
	return racer;
}

static void racer_go(struct racer *racer)
{
	KeSetEvent(&racer->go, IO_NO_INCREMENT, FALSE);
}

static void racer_stop(struct kunit *test, struct racer *racer)
{
	racer->stop = TRUE;
	racer_go(racer);
	KUNIT_EXPECT_TRUE(test, wt_thread_join(&racer->thread));
}

/* In some rounds the others get the CPU here. */
static void maybe_yield(int round)
{
	LARGE_INTEGER none = {};

	if (round % 3 == 0)
		KeDelayExecutionThread(KernelMode, FALSE, &none);
	else if (round % 7 == 0)
		wt_sleep(1);
}

#define ROUNDS 12	/* of each row: some hundreds in all */

static void cancel_races_with_completion(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_op_run *run = wt_op_run(test);
	struct wt_io *io = wt_io_new(env);
	struct racer *racer = racer_start(test, run, io, act_cancel);
	int i, round;

	for (i = 0; i < wt_ops_count; i++) {
		for (round = 0; round < ROUNDS; round++) {
			PIRP irp;

			wt_op_prepare(run, &wt_ops[i]);
			irp = wt_irp(io);
			if (round % 4 == 0)
				racer_go(racer);
			maybe_yield(round);
			WT_CALL(io, wt_op_call(run, irp));
			if (round % 4 == 1 || round % 4 == 2)
				racer_go(racer);
			maybe_yield(round + 1);
			if (round % 4 != 1 || wt_ops[i].uncancellable)
				wt_op_kick(run);
			if (round % 4 == 3)
				racer_go(racer);
			KUNIT_ASSERT_TRUE(test, wt_wait(&racer->went, WT_PATIENCE_MS));
			/* Not the cancelled, and nobody else: then it still waits for its kick. */
			if (round % 4 == 1 && !wt_io_completed(io))
				wt_sleep(1);
			expect_either(run, io);
		}
	}
	racer_stop(test, racer);
	KUNIT_EXPECT_GT(test, racer->cancelled, 0U);
	WSK_RULES(test, "CAN-15 IRP-4");
}

/* All three at once. The close is last, whoever ends the request. */
static void cancel_completion_and_close_race(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_op_run *run = wt_op_run(test);
	struct wt_io *io = wt_io_new(env);
	struct racer *canceller = racer_start(test, run, io, act_cancel);
	struct racer *closer = racer_start(test, run, io, act_close);
	int i, round;

	for (i = 0; i < wt_ops_count; i++) {
		if (wt_ops[i].client_level || wt_ops[i].closes)
			continue;
		for (round = 0; round < ROUNDS; round++) {
			struct wt_io *closing = closer->closing;
			NTSTATUS status;

			wt_op_prepare(run, &wt_ops[i]);
			wt_untrack(env, run->socket);
			WT_CALL(io, wt_op_call(run, wt_irp(io)));
			if (round % 2)
				racer_go(canceller);
			maybe_yield(round);
			racer_go(closer);
			if (!(round % 2))
				racer_go(canceller);
			if (round % 3 || wt_ops[i].uncancellable)
				wt_op_kick(run);
			KUNIT_ASSERT_TRUE(test, wt_wait(&closer->went, WT_PATIENCE_MS));
			KUNIT_ASSERT_TRUE(test, wt_wait(&canceller->went, WT_PATIENCE_MS));
			WT_EXPECT_STATUS(test, wt_io_end(closing), STATUS_SUCCESS);
			KUNIT_EXPECT_TRUE_MSG(test, wt_io_completed(io), "%s", wt_ops[i].name);
			KUNIT_EXPECT_LT_MSG(test, io->stamp, closing->stamp, "%s",
					    wt_ops[i].name);
			status = wt_io_end(io);
			KUNIT_EXPECT_TRUE_MSG(test, status == wt_ops[i].final ||
					      status == STATUS_CANCELLED, "%s: %#x",
					      wt_ops[i].name, status);
			run->socket = NULL;
			wt_op_clean(run, status, io->information);
		}
	}
	racer_stop(test, canceller);
	racer_stop(test, closer);
	WSK_RULES(test, "CAN-15 IRP-4 CLO-3");
}

/* What is under way: a handshake, a message that TCP has begun to take, a listener that waits. */
static void cancelled_while_active(struct kunit *test)
{
	const SIZE_T length = 8 << 20;
	struct wt_env *env = wt_env(test);
	struct wt_data *out = wt_data_vmalloc(env, length);
	struct wt_io *ios[5];
	SOCKADDR_STORAGE silent, any, addr;
	PWSK_SOCKET c = wt_bound(env, AF_INET), listener;
	struct silent_peer *peer;
	struct wt_pair pair;
	SIZE_T received;
	USHORT port;
	int i;

	peer = silent_peer_open(&port);
	KUNIT_ASSERT_NOT_NULL(test, peer);
	wt_loopback(&silent, AF_INET, port);
	wt_wildcard(&any, AF_INET, 0);
	wt_pair(env, AF_INET, &pair);
	listener = wt_listener(env, AF_INET, &addr);
	for (i = 0; i < ARRAY_SIZE(ios); i++)
		ios[i] = wt_io_new(env);
	WT_CALL(ios[0], WT_CONNECTION(c)->WskConnect(c, (PSOCKADDR)&silent, 0, wt_irp(ios[0])));
	WT_CALL(ios[1], env->npi.Dispatch->WskSocketConnect(env->npi.Client, SOCK_STREAM,
							    IPPROTO_TCP, (PSOCKADDR)&any,
							    (PSOCKADDR)&silent, 0, NULL, NULL,
							    NULL, NULL, NULL, wt_irp(ios[1])));
	WT_CALL(ios[2], WT_LISTEN(listener)->WskAccept(listener, 0, NULL, NULL, NULL, NULL,
						       wt_irp(ios[2])));
	wt_send_start(ios[3], pair.client, out, 0, length, 0);
	WT_CALL(ios[4], WT_CONNECTION(pair.client)->WskDisconnect(pair.client, NULL, 0,
								  wt_irp(ios[4])));
	/* Begun, and the others have had their chance to go where they must not. */
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, wt_data_new(env, 1), 1,
					  WSK_FLAG_WAITALL, &received), STATUS_SUCCESS);
	wt_sleep(50);
	for (i = ARRAY_SIZE(ios) - 1; i >= 0; i--) {
		KUNIT_EXPECT_FALSE_MSG(test, wt_io_completed(ios[i]), "request %d", i);
		IoCancelIrp(ios[i]->irp);
		WT_EXPECT_STATUS(test, wt_io_end(ios[i]), STATUS_CANCELLED);
		if (i != 3)
			KUNIT_EXPECT_EQ_MSG(test, (u64)ios[i]->information, 0ULL, "request %d", i);
	}
	KUNIT_EXPECT_GT(test, (u64)ios[3]->information, 0ULL);
	/* The attempt is abandoned: that socket has no connection, nor will it. */
	WT_EXPECT_STATUS(test, wt_remote_address(env, c, &addr), STATUS_INVALID_DEVICE_STATE);
	silent_peer_close(peer);
	wt_sleep(50);
	WT_EXPECT_STATUS(test, wt_remote_address(env, c, &addr), STATUS_INVALID_DEVICE_STATE);
	WSK_RULES(test, "CAN-3 CAN-5 CAN-7 CAN-8");
}

static struct kunit_case cancel_every_cases[] = {
	KUNIT_CASE(cancelled_before_the_call),
	KUNIT_CASE(cancelled_as_soon_as_queued),
	KUNIT_CASE(cancelled_after_completion),
	KUNIT_CASE(cancel_races_with_completion),
	KUNIT_CASE(cancel_completion_and_close_race),
	KUNIT_CASE(cancelled_while_active),
	{}
};

static struct kunit_suite cancel_every_suite = {
	.name = "wsk_cancel_every",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = cancel_every_cases,
};
kunit_test_suite(cancel_every_suite);
