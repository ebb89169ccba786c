// SPDX-License-Identifier: GPL-2.0
/* What WskAcceptEvent is given: the context of the socket's creation, and two addresses. */
#include "plain_peer.h"
#include "wsk_fixture.h"

#define CALLS 8

/* Outside of any context, so that one that is wrong is seen and not followed. */
static struct {
	LONG calls;
	PVOID contexts[CALLS];
	PWSK_SOCKET sockets[CALLS];
	KEVENT fired;
} told;

static NTSTATUS note_context(PVOID context, ULONG flags, PSOCKADDR local, PSOCKADDR remote,
			     PWSK_SOCKET accepted, PVOID *accepted_context,
			     CONST WSK_CLIENT_CONNECTION_DISPATCH **accepted_dispatch)
{
	LONG index = InterlockedIncrement(&told.calls) - 1;

	wt_note_event_here(flags);
	if (index < CALLS) {
		told.contexts[index] = context;
		told.sockets[index] = accepted;
	}
	KeSetEvent(&told.fired, IO_NO_INCREMENT, FALSE);
	return STATUS_REQUEST_NOT_ACCEPTED;
}

static const WSK_CLIENT_LISTEN_DISPATCH noting = { .WskAcceptEvent = note_context };

/* The next call, which is to be the only one, was for @context. */
static void expect_told(struct kunit *test, int index, PVOID context, BOOLEAN of_a_connection)
{
	KUNIT_ASSERT_TRUE(test, wt_wait(&told.fired, WT_PATIENCE_MS));
	KUNIT_ASSERT_EQ(test, told.calls, index + 1);
	KUNIT_EXPECT_PTR_EQ(test, told.contexts[index], context);
	KUNIT_EXPECT_EQ(test, told.sockets[index] != NULL, (int)of_a_connection);
}

static PWSK_SOCKET noting_listener(struct wt_env *env, PVOID context, SOCKADDR_STORAGE *addr)
{
	PWSK_SOCKET listener = wt_listen_socket(env, AF_INET, context, &noting);

	wt_loopback(addr, AF_INET, 0);
	WT_ASSERT_STATUS(env->test, wt_bind(env, listener, addr), STATUS_SUCCESS);
	WT_ASSERT_STATUS(env->test, wt_local_address(env, listener, addr), STATUS_SUCCESS);
	return listener;
}

/* Of sockets with one table, in one registration: each way in which a callback can come. */
static void context_of_the_creation_comes_with_each_callback(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	/* Not to be read, and alike but for one bit. */
	const PVOID contexts[] = { (PVOID)0x1000, (PVOID)0x1001, NULL };
	SOCKADDR_STORAGE addrs[ARRAY_SIZE(contexts)];
	PWSK_SOCKET listeners[ARRAY_SIZE(contexts)];
	int calls = 0, i;

	told.calls = 0;
	KeInitializeEvent(&told.fired, SynchronizationEvent, FALSE);
	/* By a static event. */
	WT_ASSERT_STATUS(test, wt_set_static_events(env, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	for (i = 0; i < ARRAY_SIZE(contexts); i++)
		listeners[i] = noting_listener(env, contexts[i], &addrs[i]);
	for (i = ARRAY_SIZE(contexts); i--;) {
		wt_knock(env, &addrs[i]);
		expect_told(test, calls++, contexts[i], TRUE);
	}
	/* When the listener is dead. */
	for (i = 0; i < 2; i++) {
		KUNIT_ASSERT_EQ(test, plain_destroy_listener(wt_port(&addrs[i])), 0);
		expect_told(test, calls++, contexts[i], FALSE);
		WT_EXPECT_STATUS(test, wt_close(env, listeners[i]), STATUS_SUCCESS);
	}
	KUNIT_EXPECT_EQ(test, told.calls, calls);
	wt_close_all(env);

	/* By an event that is enabled, for a connection that waited for that, and for a later one. */
	env = wt_env_new(test, MAKE_WSK_VERSION(1, 0));
	KUNIT_ASSERT_NOT_NULL(test, env);
	listeners[0] = noting_listener(env, contexts[0], &addrs[0]);
	listeners[1] = noting_listener(env, contexts[1], &addrs[1]);
	wt_connected(env, &addrs[1]);
	WT_ASSERT_STATUS(test, wt_set_events(listeners[0], WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, wt_set_events(listeners[1], WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	expect_told(test, calls++, contexts[1], TRUE);
	wt_knock(env, &addrs[0]);
	expect_told(test, calls++, contexts[0], TRUE);
	wt_env_free(env);
	KUNIT_EXPECT_EQ(test, told.calls, calls);
	WSK_RULES(test, "SOC-6");
}

/* What a call read of its two addresses as its first and as its last deed. */
struct reader {
	struct wt_env *env;
	KEVENT entered;
	KEVENT go;
	BOOLEAN stays;
	LONG calls;
	PWSK_SOCKET sockets[CALLS];
	SOCKADDR_STORAGE first[CALLS][2];
	SOCKADDR_STORAGE last[CALLS][2];
};

static void read_both(SOCKADDR_STORAGE *to, PSOCKADDR local, PSOCKADDR remote)
{
	wt_addr_poison(&to[0]);
	memcpy(&to[0], local, wt_addr_size(local->sa_family));
	wt_addr_poison(&to[1]);
	memcpy(&to[1], remote, wt_addr_size(remote->sa_family));
}

static NTSTATUS read_addresses(PVOID context, ULONG flags, PSOCKADDR local, PSOCKADDR remote,
			       PWSK_SOCKET accepted, PVOID *accepted_context,
			       CONST WSK_CLIENT_CONNECTION_DISPATCH **accepted_dispatch)
{
	struct reader *reader = context;
	const SIZE_T size = wt_addr_size(local->sa_family);
	LONG index = reader->calls % CALLS;

	wt_note_event(reader->env, flags);
	wt_track(reader->env, accepted, FALSE);
	reader->sockets[index] = accepted;
	read_both(reader->first[index], local, remote);
	KeSetEvent(&reader->entered, IO_NO_INCREMENT, FALSE);
	if (reader->stays && KeGetCurrentIrql() == PASSIVE_LEVEL)
		wt_wait(&reader->go, WT_PATIENCE_MS);
	read_both(reader->last[index], local, remote);
	/* Nobody needs them any more when the call ends, and so they may be the callback's. */
	memset(local, 0xa5, size);
	memset(remote, 0xa5, size);
	InterlockedIncrement(&reader->calls);
	return STATUS_SUCCESS;
}

static const WSK_CLIENT_LISTEN_DISPATCH reading = { .WskAcceptEvent = read_addresses };

static struct reader *reader_new(struct wt_env *env, ADDRESS_FAMILY family,
				 SOCKADDR_STORAGE *addr)
{
	struct reader *reader = kunit_kzalloc(env->test, sizeof(*reader), GFP_KERNEL);
	PWSK_SOCKET listener;

	KUNIT_ASSERT_NOT_NULL(env->test, reader);
	reader->env = env;
	KeInitializeEvent(&reader->entered, SynchronizationEvent, FALSE);
	KeInitializeEvent(&reader->go, SynchronizationEvent, FALSE);
	listener = wt_listen_socket(env, family, reader, &reading);
	wt_loopback(addr, family, 0);
	WT_ASSERT_STATUS(env->test, wt_bind(env, listener, addr), STATUS_SUCCESS);
	WT_ASSERT_STATUS(env->test, wt_local_address(env, listener, addr), STATUS_SUCCESS);
	WT_ASSERT_STATUS(env->test, wt_set_events(listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	return reader;
}

static void reader_wait_calls(struct kunit *test, struct reader *reader, LONG calls)
{
	KUNIT_ASSERT_TRUE(test, WT_AWAIT(READ_ONCE(reader->calls) >= calls));
	KUNIT_ASSERT_EQ(test, reader->calls, calls);
}

/* Call @index was for @client, from its begin to its end, and so is its socket for good. */
static void expect_read(struct kunit *test, struct reader *reader, int index,
			const SOCKADDR_STORAGE *addr, PWSK_SOCKET client)
{
	SOCKADDR_STORAGE mine, now;

	WT_EXPECT_STATUS(test, wt_local_address(reader->env, client, &mine), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_addr_equal(&reader->first[index][0], addr));
	KUNIT_EXPECT_TRUE(test, wt_addr_equal(&reader->first[index][1], &mine));
	KUNIT_EXPECT_TRUE(test, wt_addr_equal(&reader->last[index][0], addr));
	KUNIT_EXPECT_TRUE(test, wt_addr_equal(&reader->last[index][1], &mine));
	WT_EXPECT_STATUS(test, wt_local_address(reader->env, reader->sockets[index], &now),
			 STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_addr_equal(&now, addr));
	WT_EXPECT_STATUS(test, wt_remote_address(reader->env, reader->sockets[index], &now),
			 STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_addr_equal(&now, &mine));
}

static void addresses_are_the_callbacks_own_while_it_runs(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	SOCKADDR_STORAGE slow_addr, quick_addr;
	struct reader *slow = reader_new(env, AF_INET, &slow_addr);
	struct reader *quick = reader_new(env, AF_INET6, &quick_addr);
	PWSK_SOCKET slow_clients[3], quick_clients[3];
	int i;

	slow->stays = TRUE;
	slow_clients[0] = wt_connected(env, &slow_addr);
	KUNIT_ASSERT_TRUE(test, wt_wait(&slow->entered, WT_PATIENCE_MS));
	/* More for the same listener, and calls of another one's callback, one behind the other. */
	for (i = 1; i < 3; i++)
		slow_clients[i] = wt_waiting(env, &slow_addr, i);
	for (i = 0; i < 3; i++) {
		quick_clients[i] = wt_connected(env, &quick_addr);
		reader_wait_calls(test, quick, i + 1);
	}
	KUNIT_EXPECT_EQ(test, slow->calls, 0);
	for (i = 0; i < 3; i++) {
		KeSetEvent(&slow->go, IO_NO_INCREMENT, FALSE);
		reader_wait_calls(test, slow, i + 1);
	}
	for (i = 0; i < 3; i++) {
		expect_read(test, slow, i, &slow_addr, slow_clients[i]);
		expect_read(test, quick, i, &quick_addr, quick_clients[i]);
	}
	WSK_RULES(test, "ACE-5");
}

static struct kunit_case accept_arguments_cases[] = {
	KUNIT_CASE(context_of_the_creation_comes_with_each_callback),
	KUNIT_CASE(addresses_are_the_callbacks_own_while_it_runs),
	{}
};

static struct kunit_suite accept_arguments_suite = {
	.name = "wsk_accept_arguments",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = accept_arguments_cases,
};
kunit_test_suite(accept_arguments_suite);
