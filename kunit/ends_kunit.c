// SPDX-License-Identifier: GPL-2.0
/* Requests that a close or a cancel ends: where their routines run, and what is left. */
#include "silent_peer.h"
#include "wsk_fixture.h"

/* A connect that nobody answers. */
static struct wt_io *connect_begin(struct kunit *test, USHORT port, PWSK_SOCKET *socket)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *io = wt_io_new(env);
	SOCKADDR_STORAGE addr;

	wt_loopback(&addr, AF_INET, port);
	*socket = wt_bound(env, AF_INET);
	WT_CALL(io, WT_CONNECTION(*socket)->WskConnect(*socket, (PSOCKADDR)&addr, 0,
						       wt_irp(io)));
	return io;
}

struct section {
	PKTHREAD thread;	/* the one inside, or NULL */
	int entered;		/* by a routine in its midst, where it could wait for the thread */
};

static void note_section(struct wt_io *io)
{
	struct section *section = io->hook_context;

	if (section->thread == KeGetCurrentThread() && KeGetCurrentIrql() == PASSIVE_LEVEL)
		section->entered++;
}

/* The caller may hold what the routine of its connect acquires. */
static void close_runs_no_connect_routine(struct kunit *test)
{
	struct section *section = kunit_kzalloc(test, sizeof(*section), GFP_KERNEL);
	struct wt_env *env = wt_env(test);
	struct silent_peer *peer;
	SOCKADDR_STORAGE addr;
	USHORT port;
	int dispatch;

	KUNIT_ASSERT_NOT_NULL(test, section);
	peer = silent_peer_open(&port);
	KUNIT_ASSERT_NOT_NULL(test, peer);
	for (dispatch = 0; dispatch < 2; dispatch++) {
		struct wt_io *closing = wt_io_new(env), *io;
		PWSK_SOCKET socket;
		LONG completions;
		KIRQL irql;

		io = connect_begin(test, port, &socket);
		io->hook = note_section;
		io->hook_context = section;
		/* Behind the connect, whose SYN has left by then: it waits for the peer only. */
		WT_EXPECT_STATUS(test, wt_local_address(env, socket, &addr), STATUS_SUCCESS);
		KUNIT_EXPECT_FALSE(test, wt_io_completed(io));
		wt_untrack(env, socket);
		if (dispatch)
			KeRaiseIrql(DISPATCH_LEVEL, &irql);
		section->thread = KeGetCurrentThread();
		WT_CALL(closing, WT_BASIC(socket)->WskCloseSocket(socket, wt_irp(closing)));
		section->thread = NULL;
		completions = io->completions;
		if (dispatch) {
			KeLowerIrql(irql);
			KUNIT_EXPECT_EQ(test, completions, 0);
		}
		KUNIT_EXPECT_EQ(test, section->entered, 0);
		WT_EXPECT_STATUS(test, wt_io_end(closing), STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_CANCELLED);
		KUNIT_EXPECT_LT(test, io->stamp, closing->stamp);
	}
	silent_peer_close(peer);
	WSK_RULES(test, "ORD-12 CLO-1 CLO-3 CON-12");
}

#define ATTEMPTS 50

static void close_cancels_a_connect_at_any_moment(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct silent_peer *peer;
	USHORT port;
	int i;

	peer = silent_peer_open(&port);
	KUNIT_ASSERT_NOT_NULL(test, peer);
	for (i = 0; i < ATTEMPTS; i++) {
		PWSK_SOCKET socket;
		struct wt_io *io;

		io = connect_begin(test, port, &socket);
		/* Before the SYN, about with it, and well after it. */
		if (i % 3)
			wt_sleep(i % 3 - 1);
		WT_EXPECT_STATUS(test, wt_close(env, socket), STATUS_SUCCESS);
		KUNIT_EXPECT_TRUE(test, wt_io_completed(io));
		WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_CANCELLED);
		wt_io_put(io);
	}
	silent_peer_close(peer);
	WSK_RULES(test, "CLO-1 CLO-2 CON-12");
}

static void cancelled_disconnect_was_never_called(struct kunit *test)
{
	const SIZE_T length = 4 << 20;
	struct wt_env *env = wt_env(test);
	struct wt_data *out = wt_data_vmalloc(env, length), *in = wt_data_vmalloc(env, length);
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
	KUNIT_EXPECT_EQ(test, (u64)received, (u64)length);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, length, 0, 3), (u64)length);
	WT_EXPECT_STATUS(test, wt_io_end(sending), STATUS_SUCCESS);
	wt_exchange(env, pair.client, pair.server, 1000, 4);
	WT_EXPECT_STATUS(test, wt_disconnect(env, pair.client, 0), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, 10, 0, &received),
			 STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)received, 0ULL);
	wt_exchange(env, pair.server, pair.client, 1000, 5);
	WSK_RULES(test, "CAN-7 DIS-7 SND-14");
}

/* An IRP that a call has is refused by every other, and the call does not notice. */
static void irp_in_use_is_refused(struct kunit *test)
{
	const NTSTATUS refused = STATUS_INVALID_PARAMETER;
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, 16), *out = wt_data_new(env, 16);
	struct wt_io *io = wt_io_new(env);
	SOCKADDR_STORAGE addr;
	struct wt_pair pair;
	PWSK_SOCKET c;

	wt_pair(env, AF_INET, &pair);
	c = pair.client;
	wt_data_fill(out, 0, 6);
	wt_receive_start(io, c, in, 0, 16, WSK_FLAG_WAITALL);
	WSK_EXPECT_REPORT(test, "7x wsk: misuse: IRP-26: an IRP that another request has");
	WT_EXPECT_STATUS(test, WT_CONNECTION(c)->WskReceive(c, &out->buf, 0, io->irp), refused);
	WT_EXPECT_STATUS(test, WT_CONNECTION(c)->WskSend(c, &out->buf, 0, io->irp), refused);
	WT_EXPECT_STATUS(test, WT_CONNECTION(c)->WskDisconnect(c, NULL, 0, io->irp), refused);
	WT_EXPECT_STATUS(test, WT_CONNECTION(c)->WskGetLocalAddress(c, (PSOCKADDR)&addr, io->irp),
			 refused);
	WT_EXPECT_STATUS(test, WT_LISTEN(pair.listener)->WskAccept(pair.listener, 0, NULL, NULL,
								   NULL, NULL, io->irp), refused);
	WT_EXPECT_STATUS(test, env->npi.Dispatch->WskSocket(env->npi.Client, AF_INET, SOCK_STREAM,
							    IPPROTO_TCP,
							    WSK_FLAG_CONNECTION_SOCKET, NULL,
							    NULL, NULL, NULL, NULL, io->irp),
			 refused);
	WT_EXPECT_STATUS(test, WT_CONNECTION(c)->WskCloseSocket(c, io->irp), refused);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(io));
	WT_EXPECT_STATUS(test, wt_send(env, pair.server, out, 16), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)io->information, 16ULL);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, 16, 0, 6), 16ULL);
	wt_exchange(env, c, pair.server, 1000, 7);
	WSK_RULES(test, "IRP-26");
}

static struct kunit_case ends_cases[] = {
	KUNIT_CASE(close_runs_no_connect_routine),
	KUNIT_CASE(close_cancels_a_connect_at_any_moment),
	KUNIT_CASE(cancelled_disconnect_was_never_called),
	KUNIT_CASE(irp_in_use_is_refused),
	{}
};

static struct kunit_suite ends_suite = {
	.name = "wsk_ends",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = ends_cases,
};
kunit_test_suite(ends_suite);
