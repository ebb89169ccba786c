// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts of connections that nobody can follow: each way in which one gets its context, and all
 * that a connection does with its peer until both are closed. Whoever looked behind one would fault.
 */
#include "wsk_accept_log.h"

/* A table without a function: nothing is to be called for these sockets. */
static const WSK_CLIENT_CONNECTION_DISPATCH none;

static PWSK_SOCKET by_socket(struct wt_env *env, const SOCKADDR_STORAGE *addr, PVOID context)
{
	SOCKADDR_STORAGE any;
	PWSK_SOCKET socket;

	WT_ASSERT_STATUS(env->test, wt_try_socket(env, AF_INET, SOCK_STREAM, IPPROTO_TCP,
						  WSK_FLAG_CONNECTION_SOCKET, context, &none,
						  &socket), STATUS_SUCCESS);
	wt_wildcard(&any, AF_INET, 0);
	WT_ASSERT_STATUS(env->test, wt_bind(env, socket, &any), STATUS_SUCCESS);
	WT_ASSERT_STATUS(env->test, wt_connect(env, socket, addr), STATUS_SUCCESS);
	return socket;
}

static PWSK_SOCKET by_socket_connect(struct wt_env *env, const SOCKADDR_STORAGE *addr,
				     PVOID context)
{
	struct wt_io *io = wt_io_new(env);
	SOCKADDR_STORAGE any, copy = *addr;
	PWSK_SOCKET socket;

	wt_wildcard(&any, AF_INET, 0);
	WT_CALL(io, env->npi.Dispatch->WskSocketConnect(env->npi.Client, SOCK_STREAM, IPPROTO_TCP,
							(PSOCKADDR)&any, (PSOCKADDR)&copy, 0,
							context, &none, NULL, NULL, NULL,
							wt_irp(io)));
	WT_ASSERT_STATUS(env->test, wt_io_end(io), STATUS_SUCCESS);
	socket = (PWSK_SOCKET)io->information;
	wt_track(env, socket, FALSE);
	wt_io_put(io);
	return socket;
}

static PWSK_SOCKET by_accept(struct wt_env *env, PWSK_SOCKET listener, PVOID context)
{
	struct wt_io *io = wt_io_new(env);
	PWSK_SOCKET socket;

	WT_CALL(io, WT_LISTEN(listener)->WskAccept(listener, 0, context, &none, NULL, NULL,
						   wt_irp(io)));
	WT_ASSERT_STATUS(env->test, wt_io_end(io), STATUS_SUCCESS);
	socket = (PWSK_SOCKET)io->information;
	wt_track(env, socket, FALSE);
	wt_io_put(io);
	return socket;
}

/* Data, an option, an end that both sides have said, and the closes. */
static void live_and_end(struct wt_env *env, PWSK_SOCKET client, PWSK_SOCKET server)
{
	struct wt_data *in = wt_data_new(env, 16);
	struct kunit *test = env->test;
	SIZE_T received;
	ULONG value = 1;

	WT_EXPECT_STATUS(test, wt_set_option(env, server, SOL_SOCKET, SO_KEEPALIVE, &value,
					     sizeof(value)), STATUS_SUCCESS);
	wt_exchange(env, client, server, 1000, 1);
	wt_exchange(env, server, client, 100000, 2);
	WT_EXPECT_STATUS(test, wt_disconnect(env, client, 0), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_receive(env, server, in, 16, 0, &received), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)received, 0ULL);
	wt_exchange(env, server, client, 100, 3);
	WT_EXPECT_STATUS(test, wt_disconnect(env, server, 0), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_receive(env, client, in, 16, 0, &received), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)received, 0ULL);
	WT_EXPECT_STATUS(test, wt_close(env, client), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_close(env, server), STATUS_SUCCESS);
}

/* A receive that waits, an abort, and what the peer has of it. */
static void live_and_break(struct wt_env *env, PWSK_SOCKET client, PWSK_SOCKET server)
{
	struct wt_data *in = wt_data_new(env, 16);
	struct wt_io *mine = wt_io_new(env), *theirs = wt_io_new(env);
	struct kunit *test = env->test;

	wt_receive_start(mine, client, in, 0, 8, 0);
	wt_receive_start(theirs, server, in, 8, 8, WSK_FLAG_WAITALL);
	WT_EXPECT_STATUS(test, wt_disconnect(env, client, WSK_FLAG_ABORTIVE), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(mine), STATUS_CONNECTION_ABORTED);
	WT_EXPECT_STATUS(test, wt_io_end(theirs), STATUS_CONNECTION_RESET);
	WT_EXPECT_STATUS(test, wt_close(env, client), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_close(env, server), STATUS_SUCCESS);
}

static void contexts_of_connections_are_not_followed(struct kunit *test)
{
	const PVOID contexts[] = { (PVOID)1, (PVOID)-1, (PVOID)0x5a5a5a5a5a5a5a5aULL };
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	SOCKADDR_STORAGE addr, event_addr;
	PWSK_SOCKET listener, client, server;
	int i, calls = 0;

	listener = wt_listen_socket(env, AF_INET, (PVOID)1, NULL);
	wt_loopback(&addr, AF_INET, 0);
	WT_ASSERT_STATUS(test, wt_bind(env, listener, &addr), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, wt_local_address(env, listener, &addr), STATUS_SUCCESS);
	log->give_dispatch = &none;
	wt_logged_listener(log, AF_INET, &event_addr);
	WT_ASSERT_STATUS(test, wt_set_events(log->listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	for (i = 0; i < ARRAY_SIZE(contexts); i++) {
		log->give_context = contexts[i];
		client = by_socket(env, &addr, contexts[i]);
		live_and_end(env, client, by_accept(env, listener, contexts[i]));
		client = by_socket_connect(env, &addr, contexts[i]);
		live_and_break(env, client, by_accept(env, listener, contexts[i]));
		client = by_socket(env, &event_addr, contexts[i]);
		server = wt_accept_take(log, calls++);
		live_and_break(env, client, server);
		client = by_socket_connect(env, &event_addr, contexts[i]);
		server = wt_accept_take(log, calls++);
		live_and_end(env, client, server);
	}
	KUNIT_EXPECT_EQ(test, log->calls, calls);
	KUNIT_EXPECT_EQ(test, log->wrong_preset, 0);
	wt_close_all(env);
	WSK_RULES(test, "MEM-11");
}

static struct kunit_case socket_context_cases[] = {
	KUNIT_CASE(contexts_of_connections_are_not_followed),
	{}
};

static struct kunit_suite socket_context_suite = {
	.name = "wsk_socket_context",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = socket_context_cases,
};
kunit_test_suite(socket_context_suite);
