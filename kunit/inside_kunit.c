// SPDX-License-Identifier: GPL-2.0
/*
 * WskDeregister where it would wait for itself, and callbacks that must not begin
 * any more.
 */
#include "plain_peer.h"
#include "wsk_accept_log.h"

static BOOLEAN is_alive(struct wt_env *env)
{
	WSK_PROVIDER_NPI npi;

	if (WskCaptureProviderNPI(&env->registration, WSK_NO_WAIT, &npi) != STATUS_SUCCESS)
		return FALSE;
	WskReleaseProviderNPI(&env->registration);
	return TRUE;
}

static void deregister_in_callback(struct wt_accept_log *log, PWSK_SOCKET accepted)
{
	WskDeregister(&log->env->registration);
}

static void deregister_in_an_accept_event_returns(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener, client;

	WSK_EXPECT_REPORT(test, "wsk: misuse: REG-28: WskDeregister inside a callback");
	listener = wt_logged_listener(log, AF_INET, &addr);
	log->inside = deregister_in_callback;
	WT_EXPECT_STATUS(test, wt_set_events(listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	client = wt_connected(env, &addr);
	wt_exchange(env, client, wt_accept_take(log, 0), 1000, 1);
	KUNIT_EXPECT_TRUE(test, is_alive(env));
	/* The proper one is the suite's, at the end of the case. */
	WSK_RULES(test, "REG-28");
}

static void deregister_in_routine(struct wt_io *io)
{
	WskDeregister(io->hook_context);
}

static struct wt_io *deregistering_io(struct wt_env *env, PWSK_REGISTRATION registration)
{
	struct wt_io *io = wt_io_new(env);

	io->hook = deregister_in_routine;
	io->hook_context = registration;
	return io;
}

static void deregister_in_a_routine_at_passive_level_returns(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *sending, *refused, *cancelled, *closing, *accepting;
	struct wt_data *data = wt_data_new(env, 16);
	struct wt_pair pair;

	WSK_EXPECT_REPORT(test, "wsk: misuse: REG-28: WskDeregister inside a callback or comp");
	wt_pair(env, AF_INET, &pair);
	/* In the call that got the IRP. */
	sending = deregistering_io(env, &env->registration);
	wt_send_start(sending, pair.client, data, 0, 16, 0);
	WT_EXPECT_STATUS(test, wt_io_end(sending), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (int)sending->irql, PASSIVE_LEVEL);
	refused = deregistering_io(env, &env->registration);
	WT_CALL(refused, env->npi.Dispatch->WskSocket(env->npi.Client, 99, SOCK_STREAM,
						      IPPROTO_TCP, WSK_FLAG_CONNECTION_SOCKET,
						      NULL, NULL, NULL, NULL, NULL,
						      wt_irp(refused)));
	KUNIT_EXPECT_FALSE(test, NT_SUCCESS(wt_io_end(refused)));
	/* In IoCancelIrp. */
	cancelled = deregistering_io(env, &env->registration);
	wt_receive_start(cancelled, pair.client, data, 0, 16, 0);
	IoCancelIrp(cancelled->irp);
	WT_EXPECT_STATUS(test, wt_io_end(cancelled), STATUS_CANCELLED);
	/* In threads of the provider. */
	accepting = deregistering_io(env, &env->registration);
	WT_CALL(accepting, WT_LISTEN(pair.listener)->WskAccept(pair.listener, 0, NULL, NULL,
							       NULL, NULL, wt_irp(accepting)));
	wt_connected(env, &pair.addr);
	WT_ASSERT_STATUS(test, wt_io_end(accepting), STATUS_SUCCESS);
	wt_track(env, (PWSK_SOCKET)accepting->information, FALSE);
	closing = deregistering_io(env, &env->registration);
	wt_untrack(env, pair.client);
	WT_CALL(closing, WT_BASIC(pair.client)->WskCloseSocket(pair.client, wt_irp(closing)));
	WT_EXPECT_STATUS(test, wt_io_end(closing), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, is_alive(env));
	WSK_RULES(test, "REG-28");
}

static void deregister_above_passive_level_returns(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *data = wt_data_new(env, 16);
	struct wt_io *io;
	struct wt_pair pair;
	KIRQL irql;

	WSK_EXPECT_REPORT(test, "wsk: misuse: REG-28: WskDeregister above PASSIVE_LEVEL");
	wt_pair(env, AF_INET, &pair);
	io = deregistering_io(env, &env->registration);
	wt_receive_start(io, pair.server, data, 0, 16, 0);
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, data, 16), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (int)io->irql, DISPATCH_LEVEL);
	KUNIT_EXPECT_TRUE(test, is_alive(env));
	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	WskDeregister(&env->registration);
	KeLowerIrql(irql);
	KUNIT_EXPECT_TRUE(test, is_alive(env));
	WSK_RULES(test, "REG-28");
}

/* It waits for nothing of the routine's registration. */
static void another_registration_may_end_in_a_routine(struct kunit *test)
{
	struct wt_env *env = wt_env(test), *other = wt_env_new(test, MAKE_WSK_VERSION(1, 0));
	struct wt_data *data = wt_data_new(env, 16);
	struct wt_io *io;
	struct wt_pair pair;

	KUNIT_ASSERT_NOT_NULL(test, other);
	KUNIT_ASSERT_TRUE(test, other->captured);
	WskReleaseProviderNPI(&other->registration);
	other->captured = FALSE;
	wt_pair(env, AF_INET, &pair);
	io = deregistering_io(env, &other->registration);
	wt_send_start(io, pair.client, data, 0, 16, 0);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	KUNIT_EXPECT_FALSE(test, is_alive(other));
	other->registered = FALSE;
	wt_env_free(other);
	KUNIT_EXPECT_TRUE(test, is_alive(env));
	WSK_RULES(test, "REG-21 REG-28");
}

#define CONNECTIONS 200
#define ROUNDS 20

struct storm {
	LONG started;		/* calls of the event */
	USHORT port;
	KEVENT ended;
};

static NTSTATUS count_call(PVOID context, ULONG flags, PSOCKADDR local, PSOCKADDR remote,
			   PWSK_SOCKET accepted, PVOID *accepted_context,
			   CONST WSK_CLIENT_CONNECTION_DISPATCH **accepted_dispatch)
{
	struct storm *storm = context;

	InterlockedIncrement(&storm->started);
	return STATUS_REQUEST_NOT_ACCEPTED;
}

static const WSK_CLIENT_LISTEN_DISPATCH count_dispatch = {
	.WskAcceptEvent = count_call,
};

static void keep_connecting(void *context)
{
	struct storm *storm = context;
	int i;

	for (i = 0; i < CONNECTIONS; i++) {
		struct plain_peer *peer = plain_peer_connect(storm->port);

		wt_sleep(1);
		if (peer)
			plain_peer_close(peer);
	}
	KeSetEvent(&storm->ended, IO_NO_INCREMENT, FALSE);
}

static void disabled_event_begins_no_call(struct kunit *test)
{
	struct storm *storm = kunit_kzalloc(test, sizeof(*storm), GFP_KERNEL);
	struct wt_env *env = wt_env(test);
	struct wt_thread thread;
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, storm);
	KeInitializeEvent(&storm->ended, NotificationEvent, FALSE);
	listener = wt_listen_socket(env, AF_INET, storm, &count_dispatch);
	wt_loopback(&addr, AF_INET, 0);
	WT_ASSERT_STATUS(test, wt_bind(env, listener, &addr), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, wt_local_address(env, listener, &addr), STATUS_SUCCESS);
	storm->port = wt_port(&addr);
	wt_thread_start(test, &thread, keep_connecting, storm);
	for (i = 0; i < ROUNDS; i++) {
		NTSTATUS status;
		LONG before;

		WT_EXPECT_STATUS(test, wt_set_events(listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
		wt_sleep(3);
		status = wt_set_events(listener, WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE);
		before = storm->started;
		KUNIT_EXPECT_TRUE_MSG(test, status == STATUS_SUCCESS ||
				      status == STATUS_EVENT_PENDING, "%#x", status);
		wt_sleep(3);
		/* One that was in progress may not have reached its first instruction. */
		KUNIT_EXPECT_LE(test, storm->started, before + (status == STATUS_EVENT_PENDING));
	}
	KUNIT_EXPECT_FALSE(test, wt_is_set(&storm->ended));
	KUNIT_EXPECT_TRUE(test, wt_thread_join(&thread));
	KUNIT_EXPECT_GT(test, storm->started, ROUNDS);
	WSK_RULES(test, "EVT-21 ACE-7");
}

static struct kunit_case inside_cases[] = {
	KUNIT_CASE(deregister_in_an_accept_event_returns),
	KUNIT_CASE(deregister_in_a_routine_at_passive_level_returns),
	KUNIT_CASE(deregister_above_passive_level_returns),
	KUNIT_CASE(another_registration_may_end_in_a_routine),
	KUNIT_CASE(disabled_event_begins_no_call),
	{}
};

static struct kunit_suite inside_suite = {
	.name = "wsk_inside",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = inside_cases,
};
kunit_test_suite(inside_suite);
