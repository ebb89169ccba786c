// SPDX-License-Identifier: GPL-2.0
/* What only a peer that is not WSK can do to a socket, and what only it can see. */
#include "plain_peer.h"
#include "wsk_accept_log.h"

/* A connection socket of WSK, and the plain socket at its other end. */
static struct plain_peer *plain_pair_over(struct kunit *test, ADDRESS_FAMILY family,
					  PWSK_SOCKET *socket)
{
	struct plain_peer *peer;
	SOCKADDR_STORAGE addr;
	USHORT port;

	peer = family == AF_INET ? plain_peer_listen(&port) : plain_peer_listen_ipv6(&port);
	KUNIT_ASSERT_NOT_NULL(test, peer);
	wt_loopback(&addr, family, port);
	*socket = wt_connected(wt_env(test), &addr);
	KUNIT_ASSERT_EQ(test, plain_peer_accept(peer), 0);
	/* As wt_pair() does. */
	wt_settle();
	return peer;
}

static struct plain_peer *plain_pair(struct kunit *test, PWSK_SOCKET *socket)
{
	return plain_pair_over(test, AF_INET, socket);
}

static void urgent_bytes_are_part_of_the_stream(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, 300);
	UCHAR *out = kunit_kzalloc(test, 300, GFP_KERNEL);
	struct plain_peer *peer;
	struct wt_io *io = wt_io_new(env);
	PWSK_SOCKET socket;
	SIZE_T received;
	int waiting;

	KUNIT_ASSERT_NOT_NULL(test, out);
	wt_fill(out, 300, 0, 1);
	/* First they wait for a receive, then a receive waits for them. */
	for (waiting = 0; waiting < 2; waiting++) {
		peer = plain_pair(test, &socket);
		if (waiting)
			wt_receive_start(io, socket, in, 0, 300, WSK_FLAG_WAITALL);
		KUNIT_EXPECT_EQ(test, plain_peer_send(peer, out, 99), 99);
		KUNIT_EXPECT_EQ(test, plain_peer_send_urgent(peer, out + 99, 1), 1);
		KUNIT_EXPECT_EQ(test, plain_peer_send(peer, out + 100, 200), 200);
		KUNIT_EXPECT_EQ(test, plain_peer_finish(peer), 0);
		wt_sleep(20);
		if (!waiting)
			wt_receive_start(io, socket, in, 0, 300, WSK_FLAG_WAITALL);
		WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, (u64)io->information, 300ULL);
		KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, 300, 0, 1), 300ULL);
		WT_EXPECT_STATUS(test, wt_receive(env, socket, in, 300, 0, &received),
				 STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, (u64)received, 0ULL);
		memset(in->base, 0xa5, 300);
		WT_EXPECT_STATUS(test, wt_close(env, socket), STATUS_SUCCESS);
		plain_peer_close(peer);
	}
	WSK_RULES(test, "RCV-7 RCV-9");
}

/* TCP itself swallows the first of two, if nobody says that they stay in line. */
static void urgent_byte_after_urgent_byte(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, 10);
	struct plain_peer *peer;
	PWSK_SOCKET socket;
	SIZE_T received;
	UCHAR out[10];
	int i;

	wt_fill(out, 10, 0, 2);
	peer = plain_pair(test, &socket);
	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_EQ(test, plain_peer_send_urgent(peer, out + i, 1), 1);
	KUNIT_EXPECT_EQ(test, plain_peer_finish(peer), 0);
	wt_sleep(20);
	WT_EXPECT_STATUS(test, wt_receive(env, socket, in, 10, WSK_FLAG_WAITALL, &received),
			 STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)received, 10ULL);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, 10, 0, 2), 10ULL);
	WT_EXPECT_STATUS(test, wt_close(env, socket), STATUS_SUCCESS);
	plain_peer_close(peer);
	WSK_RULES(test, "RCV-9");
}

static void unread_data_is_no_reason_for_a_reset(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct plain_peer *peer;
	PWSK_SOCKET socket;
	unsigned long total;
	UCHAR out[100] = {};
	int first;

	for (first = 0; first < 2; first++) {
		peer = plain_pair(test, &socket);
		KUNIT_EXPECT_EQ(test, plain_peer_send(peer, out, 100), 100);
		if (first)
			KUNIT_EXPECT_EQ(test, plain_peer_finish(peer), 0);
		WT_EXPECT_STATUS(test, wt_disconnect(env, socket, 0), STATUS_SUCCESS);
		if (!first)
			KUNIT_EXPECT_EQ(test, plain_peer_finish(peer), 0);
		KUNIT_EXPECT_EQ(test, plain_peer_wait_closed(peer), 0);
		WT_EXPECT_STATUS(test, wt_close(env, socket), STATUS_SUCCESS);
		wt_sleep(20);
		KUNIT_EXPECT_EQ(test, plain_peer_drain(peer, &total), 0);
		KUNIT_EXPECT_EQ(test, total, 0UL);
		plain_peer_close(peer);
	}
	WSK_RULES(test, "CLO-17 DIS-22");
}

#define QUEUED 200000

/* WskDisconnect has not completed, so this direction was not disconnected. */
static void fin_that_never_left_is_no_disconnect(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *out = wt_data_new(env, QUEUED);
	struct wt_io *io = wt_io_new(env);
	struct plain_peer *peer;
	PWSK_SOCKET socket;
	unsigned long total;

	peer = plain_pair(test, &socket);
	WT_EXPECT_STATUS(test, wt_send(env, socket, out, QUEUED), STATUS_SUCCESS);
	WT_CALL(io, WT_CONNECTION(socket)->WskDisconnect(socket, NULL, 0, wt_irp(io)));
	KUNIT_EXPECT_EQ(test, plain_peer_finish(peer), 0);
	wt_sleep(20);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(io));
	WT_EXPECT_STATUS(test, wt_close(env, socket), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_CANCELLED);
	KUNIT_EXPECT_EQ(test, plain_peer_drain(peer, &total), -ECONNRESET);
	KUNIT_EXPECT_LT(test, total, (unsigned long)QUEUED);
	plain_peer_close(peer);
	WSK_RULES(test, "CLO-16 CLO-18 DIS-7");
}

/* More than softirq completes before it lets a worker run. */
#define SENDS 4000
#define LENGTH (4u << 20)

struct later {
	PWSK_SOCKET socket;
	struct wt_data *data;
	struct wt_io *io;
};

static void send_later(struct wt_io *io)
{
	struct later *later = io->hook_context;

	wt_send_start(later->io, later->socket, later->data, 0, 16, 0);
}

static void reset_all(struct kunit *test, ADDRESS_FAMILY family, struct later *later,
		      struct wt_io **ios)
{
	struct plain_peer *peer;
	int i;

	peer = plain_pair_over(test, family, &later->socket);
	for (i = 0; i < SENDS; i++)
		wt_send_start(ios[i], later->socket, later->data, 0, LENGTH, 0);
	wt_sleep(20);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(ios[0]));
	plain_peer_read_and_reset(peer);
	for (i = 0; i < SENDS; i++) {
		WT_EXPECT_STATUS(test, wt_io_end(ios[i]), STATUS_CONNECTION_RESET);
		if (i)
			KUNIT_EXPECT_LT(test, ios[i - 1]->stamp, ios[i]->stamp);
	}
	KUNIT_EXPECT_LT(test, (u64)ios[0]->information, (u64)LENGTH);
	WT_EXPECT_STATUS(test, wt_io_end(later->io), STATUS_FILE_FORCED_CLOSED);
	KUNIT_EXPECT_LT(test, ios[SENDS - 1]->stamp, later->io->stamp);
	WT_EXPECT_STATUS(test, wt_close(wt_env(test), later->socket), STATUS_SUCCESS);
	plain_peer_close(peer);
}

/* What was pending ends before what the first routine sends, which is refused. */
static void sends_that_meet_a_reset_end_in_call_order(struct kunit *test)
{
	struct later *later = kunit_kzalloc(test, sizeof(*later), GFP_KERNEL);
	struct wt_env *env = wt_env(test);
	struct wt_io **ios = kunit_kcalloc(test, SENDS, sizeof(*ios), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, ios);
	KUNIT_ASSERT_NOT_NULL(test, later);
	later->data = wt_data_vmalloc(env, LENGTH);
	later->io = wt_io_new(env);
	for (i = 0; i < SENDS; i++)
		ios[i] = wt_io_new(env);
	ios[0]->hook = send_later;
	ios[0]->hook_context = later;
	reset_all(test, AF_INET, later, ios);
	reset_all(test, AF_INET6, later, ios);
	WSK_RULES(test, "SND-6 SND-16 SND-17 ORD-12");
}

#define SMALL 10

/* At DISPATCH_LEVEL: no acknowledgement comes in before the level is left. */
static void nodelay_flag_pushes_what_nagle_holds_back(struct kunit *test)
{
	static const ULONG flags[] = { 0, 0, WSK_FLAG_NODELAY, 0 };
	/* Only the first leaves by itself, and the flag takes along what lies before it. */
	static const unsigned long leaves[] = { SMALL, SMALL, 3 * SMALL, 3 * SMALL };
	struct wt_env *env = wt_env(test);
	unsigned long queued[4], left[4];
	struct wt_data *out = wt_data_new(env, 4 * SMALL);
	struct wt_io *ios[ARRAY_SIZE(flags)];
	struct plain_peer *peer;
	UCHAR in[4 * SMALL];
	PWSK_SOCKET socket;
	int i, got = 0, part, error = 0;
	ULONG nodelay = 1;
	KIRQL irql;

	peer = plain_pair(test, &socket);
	WT_EXPECT_STATUS(test, wt_get_option(env, socket, IPPROTO_TCP, TCP_NODELAY, &nodelay,
					     sizeof(nodelay), NULL), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, nodelay, 0U);
	wt_data_fill(out, 0, 7);
	for (i = 0; i < ARRAY_SIZE(flags); i++)
		ios[i] = wt_io_new(env);
	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		wt_send_start(ios[i], socket, out, i * SMALL, SMALL, flags[i]);
		error |= plain_peer_sent(peer, &queued[i], &left[i]);
	}
	KeLowerIrql(irql);
	KUNIT_ASSERT_EQ(test, error, 0);
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		WT_EXPECT_STATUS(test, wt_io_end(ios[i]), STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, queued[i], (unsigned long)(i + 1) * SMALL);
		KUNIT_EXPECT_EQ_MSG(test, left[i], leaves[i], "after send %d", i);
	}
	while (got < sizeof(in)) {
		part = plain_peer_receive(peer, in + got, sizeof(in) - got);
		KUNIT_ASSERT_GT(test, part, 0);
		got += part;
	}
	KUNIT_EXPECT_EQ(test, (u64)wt_match(in, sizeof(in), 0, 7), (u64)sizeof(in));
	/* The socket's own setting is what it was. */
	WT_EXPECT_STATUS(test, wt_get_option(env, socket, IPPROTO_TCP, TCP_NODELAY, &nodelay,
					     sizeof(nodelay), NULL), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, nodelay, 0U);
	WT_EXPECT_STATUS(test, wt_close(env, socket), STATUS_SUCCESS);
	plain_peer_close(peer);
	WSK_RULES(test, "SND-8");
}

static void destroyed_listener_ends_its_accepts(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *ios[3];
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener, accepted;
	int i;

	listener = wt_listener(env, AF_INET, &addr);
	for (i = 0; i < 3; i++) {
		ios[i] = wt_io_new(env);
		WT_CALL(ios[i], WT_LISTEN(listener)->WskAccept(listener, 0, NULL, NULL, NULL,
							       NULL, wt_irp(ios[i])));
	}
	KUNIT_ASSERT_EQ(test, plain_destroy_listener(wt_port(&addr)), 0);
	for (i = 0; i < 3; i++) {
		WT_EXPECT_STATUS(test, wt_io_end(ios[i]), STATUS_FILE_FORCED_CLOSED);
		KUNIT_EXPECT_EQ(test, (u64)ios[i]->information, 0ULL);
		if (i)
			KUNIT_EXPECT_LT(test, ios[i - 1]->stamp, ios[i]->stamp);
	}
	WT_EXPECT_STATUS(test, wt_accept(env, listener, &accepted), STATUS_FILE_FORCED_CLOSED);
	WT_EXPECT_STATUS(test, wt_set_events(listener, WSK_EVENT_ACCEPT),
			 STATUS_FILE_FORCED_CLOSED);
	WT_EXPECT_STATUS(test, wt_close(env, listener), STATUS_SUCCESS);
	/* Its port is anybody's. */
	listener = wt_listen_socket(env, AF_INET, NULL, NULL);
	WT_EXPECT_STATUS(test, wt_bind(env, listener, &addr), STATUS_SUCCESS);
	WSK_RULES(test, "ACC-21 EVT-42 FFC-4");
}

static void destroyed_listener_is_told_once(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener, accepted;

	listener = wt_logged_listener(log, AF_INET, &addr);
	/* Means nothing: there is no connection to refuse. */
	log->answer = STATUS_REQUEST_NOT_ACCEPTED;
	WT_EXPECT_STATUS(test, wt_set_events(listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	KUNIT_ASSERT_EQ(test, plain_destroy_listener(wt_port(&addr)), 0);
	KUNIT_EXPECT_TRUE(test, wt_accept_calls(log, 1));
	KUNIT_EXPECT_NULL(test, log->sockets[0]);
	KUNIT_EXPECT_EQ(test, log->wrong_preset, 0);
	WT_EXPECT_STATUS(test, wt_accept(env, listener, &accepted), STATUS_FILE_FORCED_CLOSED);
	wt_sleep(200);
	KUNIT_EXPECT_EQ(test, log->calls, 1);
	WT_EXPECT_STATUS(test, wt_close(env, listener), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, log->calls, 1);
	WSK_RULES(test, "ACC-21 ACE-12 ACE-13 ACE-14");
}

/* What cannot be taken back is reported to the byte, and nothing may follow it. */
static void cancelled_send_reports_what_tcp_has(struct kunit *test)
{
	const SIZE_T length = 8 << 20;
	struct wt_env *env = wt_env(test);
	struct wt_data *out = wt_data_vmalloc(env, length);
	unsigned long queued = 0, before, left, drained;
	struct wt_io *io = wt_io_new(env);
	struct plain_peer *peer;
	PWSK_SOCKET socket;
	int ended;

	peer = plain_pair(test, &socket);
	wt_send_start(io, socket, out, 0, length, 0);
	/* Far longer than any acknowledgement takes, also where processors stand still. */
	do {
		before = queued;
		wt_sleep(1000);
		KUNIT_ASSERT_EQ(test, plain_peer_sent(peer, &queued, &left), 0);
	} while (queued != before);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(io));
	KUNIT_EXPECT_GT(test, queued, 0UL);
	IoCancelIrp(io->irp);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_CANCELLED);
	KUNIT_EXPECT_EQ(test, (u64)io->information, (u64)queued);
	WT_EXPECT_STATUS(test, wt_send(env, socket, out, 10), STATUS_FILE_FORCED_CLOSED);
	/* No FIN, which would make a message of the part. */
	ended = plain_peer_drain(peer, &drained);
	KUNIT_EXPECT_EQ(test, ended, -ECONNRESET);
	KUNIT_EXPECT_LE(test, drained, queued);
	WT_EXPECT_STATUS(test, wt_close(env, socket), STATUS_SUCCESS);
	plain_peer_close(peer);
	WSK_RULES(test, "CAN-5 CAN-6");
}

static struct kunit_case plain_peer_cases[] = {
	KUNIT_CASE(urgent_bytes_are_part_of_the_stream),
	KUNIT_CASE(urgent_byte_after_urgent_byte),
	KUNIT_CASE(unread_data_is_no_reason_for_a_reset),
	KUNIT_CASE(fin_that_never_left_is_no_disconnect),
	KUNIT_CASE(sends_that_meet_a_reset_end_in_call_order),
	KUNIT_CASE(nodelay_flag_pushes_what_nagle_holds_back),
	KUNIT_CASE(cancelled_send_reports_what_tcp_has),
	KUNIT_CASE(destroyed_listener_ends_its_accepts),
	KUNIT_CASE(destroyed_listener_is_told_once),
	{}
};

static struct kunit_suite plain_peer_suite = {
	.name = "wsk_plain_peer",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = plain_peer_cases,
};
kunit_test_suite(plain_peer_suite);
