// SPDX-License-Identifier: GPL-2.0
/*
 * What is common to all event callbacks: where and when they run, what they are given, and what
 * they may do there.
 */
#include "plain_peer.h"
#include "wsk_accept_log.h"

static PWSK_SOCKET event_listener(struct wt_accept_log *log, SOCKADDR_STORAGE *addr)
{
	PWSK_SOCKET listener = wt_logged_listener(log, AF_INET, addr);

	WT_ASSERT_STATUS(log->env->test, wt_set_events(listener, WSK_EVENT_ACCEPT),
			 STATUS_SUCCESS);
	return listener;
}

/* A driver fit for DISPATCH_LEVEL: it takes a spin lock, and calls on with it held. */
static void as_at_dispatch_level(struct wt_accept_log *log, PWSK_SOCKET accepted)
{
	struct wt_io *io = log->inside_context;
	KSPIN_LOCK lock = 0;
	KIRQL irql;

	KeAcquireSpinLock(&lock, &irql);
	WT_CALL(io, WT_CONNECTION(accepted)->WskGetRemoteAddress(accepted,
								 (PSOCKADDR)&log->remote[1],
								 wt_irp(io)));
	KeReleaseSpinLock(&lock, irql);
}

static void callback_runs_at_no_more_than_dispatch_level(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	struct wt_io *io = wt_io_new(env);
	SOCKADDR_STORAGE addr;

	log->inside = as_at_dispatch_level;
	log->inside_context = io;
	event_listener(log, &addr);
	wt_connected(env, &addr);
	wt_accept_take(log, 0);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_addr_equal(&log->remote[0], &log->remote[1]));
	KUNIT_EXPECT_LE(test, log->irql, DISPATCH_LEVEL);
	KUNIT_EXPECT_TRUE(test, !(log->flags & WSK_FLAG_AT_DISPATCH_LEVEL) ||
			  log->irql == DISPATCH_LEVEL);
	/* Not the thread that made any of the calls. */
	KUNIT_EXPECT_PTR_NE(test, log->thread, PsGetCurrentThreadId());
	KUNIT_EXPECT_NULL(test, env->wrong_place);
	WSK_RULES(test, "CBK-1 CBK-2 CBK-3");
}

/* A send completes in its call, unless a softirq has not yet let go of the new connection. */
static void routines_run_at_both_levels_for_calls_made_at_passive_level(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *sending = wt_io_new(env), *receiving = wt_io_new(env);
	struct wt_data *data = wt_data_new(env, 16);
	struct wt_pair pair;
	int i;

	wt_pair(env, AF_INET, &pair);
	for (i = 0; i < 100 && (!i || sending->irql != PASSIVE_LEVEL); i++) {
		wt_receive_start(receiving, pair.server, data, 0, 16, 0);
		wt_send_start(sending, pair.client, data, 0, 16, 0);
		WT_EXPECT_STATUS(test, wt_io_end(sending), STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, wt_io_end(receiving), STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, receiving->irql, DISPATCH_LEVEL);
	}
	KUNIT_EXPECT_EQ(test, sending->irql, PASSIVE_LEVEL);
	KUNIT_EXPECT_GT(test, env->places[PASSIVE_LEVEL], 0);
	KUNIT_EXPECT_GT(test, env->places[1], 0);
	KUNIT_EXPECT_NULL(test, env->wrong_place);
	WSK_RULES(test, "IRP-24 IRQ-13");
}

/* Everything that a callback can ask of its own two sockets. */
struct requests {
	struct wt_io *accepting, *receiving, *sending, *option, *local, *remote;
	struct wt_data *in, *out;
	SOCKADDR_STORAGE addr[2];
	ULONG value;
	NTSTATUS disabled;
};

static void ask_everything(struct wt_accept_log *log, PWSK_SOCKET accepted)
{
	struct requests *r = log->inside_context;

	WT_CALL(r->accepting, WT_LISTEN(log->listener)->WskAccept(log->listener, 0, NULL, NULL,
								  NULL, NULL,
								  wt_irp(r->accepting)));
	WT_CALL(r->local, WT_LISTEN(log->listener)->WskGetLocalAddress(log->listener,
								       (PSOCKADDR)&r->addr[0],
								       wt_irp(r->local)));
	WT_CALL(r->option, WT_BASIC(log->listener)->WskControlSocket(log->listener, WskGetOption,
								     SO_KEEPALIVE, SOL_SOCKET, 0,
								     NULL, sizeof(r->value),
								     &r->value, NULL,
								     wt_irp(r->option)));
	r->disabled = wt_set_events(log->listener, WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE);
	wt_receive_start(r->receiving, accepted, r->in, 0, 16, WSK_FLAG_WAITALL);
	wt_send_start(r->sending, accepted, r->out, 0, 16, 0);
	WT_CALL(r->remote, WT_CONNECTION(accepted)->WskGetRemoteAddress(accepted,
									(PSOCKADDR)&r->addr[1],
									wt_irp(r->remote)));
}

static void callback_may_call_on_its_own_sockets(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct requests *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	struct wt_accept_log *log = wt_accept_log_new(env);
	struct wt_io **ios[] = { &r->accepting, &r->receiving, &r->sending, &r->option, &r->local,
				 &r->remote };
	SOCKADDR_STORAGE addr, mine;
	SIZE_T received;
	PWSK_SOCKET client;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, r);
	for (i = 0; i < ARRAY_SIZE(ios); i++)
		*ios[i] = wt_io_new(env);
	r->in = wt_data_new(env, 16);
	r->out = wt_data_new(env, 16);
	r->value = 77;
	wt_data_fill(r->out, 0, 3);
	log->inside = ask_everything;
	log->inside_context = r;
	event_listener(log, &addr);
	client = wt_connected(env, &addr);
	wt_accept_take(log, 0);
	WT_EXPECT_STATUS(test, r->disabled, STATUS_EVENT_PENDING);
	WT_EXPECT_STATUS(test, wt_io_end(r->local), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_addr_equal(&r->addr[0], &addr));
	WT_EXPECT_STATUS(test, wt_io_end(r->option), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, r->value, 0U);
	WT_EXPECT_STATUS(test, wt_io_end(r->remote), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_local_address(env, client, &mine), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_addr_equal(&r->addr[1], &mine));
	WT_EXPECT_STATUS(test, wt_io_end(r->sending), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_send(env, client, r->out, 16), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(r->receiving), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(r->in, 16, 0, 3), 16ULL);
	WT_EXPECT_STATUS(test, wt_receive(env, client, r->in, 16, WSK_FLAG_WAITALL, &received),
			 STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(r->in, 16, 0, 3), 16ULL);
	wt_connected(env, &addr);
	WT_ASSERT_STATUS(test, wt_io_end(r->accepting), STATUS_SUCCESS);
	wt_track(env, (PWSK_SOCKET)r->accepting->information, FALSE);
	KUNIT_EXPECT_EQ(test, log->calls, 1);
	WSK_RULES(test, "CBK-4 CBK-5");
}

/* A listener whose creation's own routine binds it, and takes its time. */
struct early {
	SOCKADDR_STORAGE addr;
	struct wt_io *binding;
	PWSK_SOCKET listener;
	LONG stamp;		/* at the end of the routine */
};

static void bind_in_routine(struct wt_io *io)
{
	struct early *early = io->hook_context;

	early->listener = (PWSK_SOCKET)io->information;
	WT_CALL(early->binding, WT_LISTEN(early->listener)->WskBind(early->listener,
								    (PSOCKADDR)&early->addr, 0,
								    wt_irp(early->binding)));
	if (KeGetCurrentIrql() == PASSIVE_LEVEL)
		wt_sleep(50);
	early->stamp = wt_stamp();
}

static void no_callback_before_the_socket_is_known(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct early *early = kunit_kzalloc(test, sizeof(*early), GFP_KERNEL);
	struct wt_accept_log *log = wt_accept_log_new(env);
	const WSK_PROVIDER_DISPATCH *d = env->npi.Dispatch;
	struct wt_io *creating = wt_io_new(env);
	struct plain_peer *peer = NULL;
	int tries;

	KUNIT_ASSERT_NOT_NULL(test, early);
	early->binding = wt_io_new(env);
	/* A port of Linux' choice, known before: the case connects to it all the while. */
	wt_loopback(&early->addr, AF_INET, 0);
	WT_EXPECT_STATUS(test, wt_close(env, wt_listener(env, AF_INET, &early->addr)),
			 STATUS_SUCCESS);
	wt_close_all(env);
	/* The registration has had a socket: static events are another's (SEV-10). */
	env = wt_env_new(test, MAKE_WSK_VERSION(1, 0));
	KUNIT_ASSERT_NOT_NULL(test, env);
	log->env = env;
	d = env->npi.Dispatch;
	WT_ASSERT_STATUS(test, wt_set_static_events(env, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	creating->hook = bind_in_routine;
	creating->hook_context = early;
	WT_CALL(creating, d->WskSocket(env->npi.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
				       WSK_FLAG_LISTEN_SOCKET, log, &wt_accept_dispatch, NULL,
				       NULL, NULL, wt_irp(creating)));
	for (tries = 0; tries < WT_PATIENCE_MS / 2 && !READ_ONCE(log->calls); tries++) {
		plain_peer_close(peer);
		peer = plain_peer_connect(wt_port(&early->addr));
		wt_sleep(2);
	}
	WT_EXPECT_STATUS(test, wt_io_end(creating), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(early->binding), STATUS_SUCCESS);
	KUNIT_ASSERT_TRUE(test, wt_accept_calls(log, 1));
	KUNIT_EXPECT_GT(test, log->stamp, creating->stamp);
	KUNIT_EXPECT_GT(test, log->stamp, early->stamp);
	wt_track(env, early->listener, TRUE);
	plain_peer_close(peer);
	wt_env_free(env);
	WSK_RULES(test, "CBK-8");
}

struct storm {
	USHORT port;
	LONG stop;
	KEVENT entered;		/* by a callback, which stays for a while */
	struct plain_peer *peers[64];	/* the latest */
};

static void keep_connecting(void *context)
{
	struct storm *storm = context;
	int i;

	for (i = 0; !READ_ONCE(storm->stop); i = (i + 1) % ARRAY_SIZE(storm->peers)) {
		plain_peer_close(storm->peers[i]);
		storm->peers[i] = plain_peer_connect(storm->port);
		wt_sleep(1);
	}
	for (i = 0; i < ARRAY_SIZE(storm->peers); i++)
		plain_peer_close(storm->peers[i]);
}

static void linger(struct wt_accept_log *log, PWSK_SOCKET accepted)
{
	struct storm *storm = log->inside_context;

	KeSetEvent(&storm->entered, IO_NO_INCREMENT, FALSE);
	if (KeGetCurrentIrql() == PASSIVE_LEVEL)
		wt_sleep(20);
}

static void free_table(struct wt_io *io)
{
	memset(io->hook_context, 0x5a, sizeof(WSK_CLIENT_LISTEN_DISPATCH));
	kfree(io->hook_context);
}

/* Connections come before, in and after the close, which meets a callback; the table goes then. */
static void no_callback_after_the_close(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct storm *storm = kunit_kzalloc(test, sizeof(*storm), GFP_KERNEL);
	WSK_CLIENT_LISTEN_DISPATCH *table = kmemdup(&wt_accept_dispatch, sizeof(*table), GFP_KERNEL);
	struct wt_accept_log *log = wt_accept_log_new(env);
	struct wt_io *closing = wt_io_new(env);
	struct wt_thread thread;
	SOCKADDR_STORAGE addr;
	LONG calls;

	KUNIT_ASSERT_TRUE(test, storm && table);
	KeInitializeEvent(&storm->entered, SynchronizationEvent, FALSE);
	log->answer = STATUS_REQUEST_NOT_ACCEPTED;
	log->inside = linger;
	log->inside_context = storm;
	log->listener = wt_listen_socket(env, AF_INET, log, table);
	wt_loopback(&addr, AF_INET, 0);
	WT_ASSERT_STATUS(test, wt_bind(env, log->listener, &addr), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, wt_local_address(env, log->listener, &addr), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, wt_set_events(log->listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	storm->port = wt_port(&addr);
	wt_thread_start(test, &thread, keep_connecting, storm);
	KUNIT_EXPECT_TRUE(test, wt_accept_calls(log, 5));
	wt_is_set(&storm->entered);
	KUNIT_EXPECT_TRUE(test, wt_wait(&storm->entered, WT_PATIENCE_MS));
	closing->hook = free_table;
	closing->hook_context = table;
	wt_untrack(env, log->listener);
	WT_CALL(closing, WT_LISTEN(log->listener)->WskCloseSocket(log->listener,
								  wt_irp(closing)));
	WT_EXPECT_STATUS(test, wt_io_end(closing), STATUS_SUCCESS);
	calls = log->calls;
	KUNIT_EXPECT_GT(test, closing->stamp, log->stamp);
	wt_sleep(20);
	KUNIT_EXPECT_EQ(test, log->calls, calls);
	KUNIT_EXPECT_GT(test, closing->stamp, log->stamp);
	WRITE_ONCE(storm->stop, 1);
	KUNIT_EXPECT_TRUE(test, wt_thread_join(&thread));
	WSK_RULES(test, "CBK-9");
}

/* What WskAcceptEvent was given, by a callback that never follows it. */
static struct {
	PVOID contexts[8];
	LONG calls;
	KEVENT fired;
} seen;

static NTSTATUS note_context(PVOID context, ULONG flags, PSOCKADDR local, PSOCKADDR remote,
			     PWSK_SOCKET accepted, PVOID *accepted_context,
			     CONST WSK_CLIENT_CONNECTION_DISPATCH **accepted_dispatch)
{
	wt_note_event_here(flags);
	if (seen.calls < ARRAY_SIZE(seen.contexts))
		seen.contexts[seen.calls] = context;
	seen.calls++;
	KeSetEvent(&seen.fired, IO_NO_INCREMENT, FALSE);
	return STATUS_REQUEST_NOT_ACCEPTED;
}

static void contexts_are_returned_and_not_followed(struct kunit *test)
{
	static const WSK_CLIENT_LISTEN_DISPATCH dispatch = { .WskAcceptEvent = note_context };
	/* None of these can be read; the last one does not even point anywhere. */
	const PVOID contexts[] = { NULL, (PVOID)1, (PVOID)-1, (PVOID)0x5a5a5a5a5a5a5a5aULL };
	PWSK_SOCKET listeners[ARRAY_SIZE(contexts)];
	SOCKADDR_STORAGE addrs[ARRAY_SIZE(contexts)];
	struct wt_env *env = wt_env(test);
	int i;

	seen.calls = 0;
	KeInitializeEvent(&seen.fired, SynchronizationEvent, FALSE);
	for (i = 0; i < ARRAY_SIZE(contexts); i++) {
		listeners[i] = wt_listen_socket(env, AF_INET, contexts[i], &dispatch);
		wt_loopback(&addrs[i], AF_INET, 0);
		WT_ASSERT_STATUS(test, wt_bind(env, listeners[i], &addrs[i]), STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, wt_local_address(env, listeners[i], &addrs[i]),
				 STATUS_SUCCESS);
		WT_ASSERT_STATUS(test, wt_set_events(listeners[i], WSK_EVENT_ACCEPT),
				 STATUS_SUCCESS);
	}
	/* Not in the order in which they were made. */
	for (i = ARRAY_SIZE(contexts); i--;) {
		wt_knock(env, &addrs[i]);
		KUNIT_ASSERT_TRUE(test, wt_wait(&seen.fired, WT_PATIENCE_MS));
		KUNIT_ASSERT_EQ(test, seen.calls, (LONG)ARRAY_SIZE(contexts) - i);
		KUNIT_EXPECT_PTR_EQ(test, seen.contexts[seen.calls - 1], contexts[i]);
	}
	wt_close_all(env);
	WSK_RULES(test, "MEM-11 MEM-12");
}

static LONG client_events;

static NTSTATUS count_client_event(PVOID context, ULONG type, PVOID information, SIZE_T length)
{
	InterlockedIncrement(&client_events);
	return STATUS_NOT_IMPLEMENTED;
}

static void client_event_is_never_called(struct kunit *test)
{
	struct wt_env *env = wt_env_new(test, MAKE_WSK_VERSION(1, 0));
	struct wt_accept_log *log;
	SOCKADDR_STORAGE addr;
	struct wt_pair pair;

	KUNIT_ASSERT_NOT_NULL(test, env);
	client_events = 0;
	/* Before any call: the provider was told of this structure and not of its contents. */
	env->dispatch.WskClientEvent = count_client_event;
	log = wt_accept_log_new(env);
	event_listener(log, &addr);
	wt_connected(env, &addr);
	wt_accept_take(log, 0);
	wt_pair(env, AF_INET, &pair);
	wt_exchange(env, pair.client, pair.server, 1000, 1);
	WT_EXPECT_STATUS(test, wt_disconnect(env, pair.client, WSK_FLAG_ABORTIVE), STATUS_SUCCESS);
	wt_env_free(env);
	KUNIT_EXPECT_EQ(test, client_events, 0);
	KUNIT_EXPECT_EQ(test, wt_env(test)->client_events, 0);
	WSK_RULES(test, "CEV-1");
}

static struct kunit_case callback_cases[] = {
	KUNIT_CASE(callback_runs_at_no_more_than_dispatch_level),
	KUNIT_CASE(routines_run_at_both_levels_for_calls_made_at_passive_level),
	KUNIT_CASE(callback_may_call_on_its_own_sockets),
	KUNIT_CASE(no_callback_before_the_socket_is_known),
	KUNIT_CASE(no_callback_after_the_close),
	KUNIT_CASE(contexts_are_returned_and_not_followed),
	KUNIT_CASE(client_event_is_never_called),
	{}
};

static struct kunit_suite callback_suite = {
	.name = "wsk_callback",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = callback_cases,
};
kunit_test_suite(callback_suite);
