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

	WSK_EXPECT_REPORT(test, "1x wsk: misuse: REG-28: WskDeregister inside a callback");
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

	WSK_EXPECT_REPORT(test, "5x wsk: misuse: REG-28: WskDeregister inside a callback or comp");
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

	WSK_EXPECT_REPORT(test, "2x wsk: misuse: REG-28: WskDeregister above PASSIVE_LEVEL");
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
	WSK_RULES(test, "REG-28");
}

/* One inside the other: what the outer routine belongs to is not forgotten in the inner one. */
struct nested {
	struct wt_env *outer;
	struct wt_env *inner;
	PWSK_SOCKET inner_socket;
	struct wt_io *inner_io;
	struct wt_data *data;
	BOOLEAN outer_alive;
};

static void deregister_both_ends(struct wt_io *io)
{
	struct nested *nested = io->hook_context;

	WskDeregister(&nested->outer->registration);
	WskDeregister(&nested->inner->registration);
}

static void send_in_routine(struct wt_io *io)
{
	struct nested *nested = io->hook_context;

	wt_send_start(nested->inner_io, nested->inner_socket, nested->data, 0, 16, 0);
	nested->outer_alive = is_alive(nested->outer) && is_alive(nested->inner);
	/* Behind the inner routine, and still in the outer one. */
	WskDeregister(&nested->outer->registration);
}

static void deregister_in_a_routine_within_a_routine_returns(struct kunit *test)
{
	struct nested *nested = kunit_kzalloc(test, sizeof(*nested), GFP_KERNEL);
	struct wt_env *env = wt_env(test), *other = wt_env_new(test, MAKE_WSK_VERSION(1, 0));
	struct wt_pair pair, other_pair;
	struct wt_io *io;

	WSK_EXPECT_REPORT(test, "3x wsk: misuse: REG-28: WskDeregister inside a callback or comp");
	KUNIT_ASSERT_NOT_NULL(test, nested);
	KUNIT_ASSERT_NOT_NULL(test, other);
	KUNIT_ASSERT_TRUE(test, other->captured);
	wt_pair(env, AF_INET, &pair);
	wt_pair(other, AF_INET, &other_pair);
	nested->outer = env;
	nested->inner = other;
	nested->inner_socket = other_pair.client;
	nested->data = wt_data_new(other, 16);
	nested->inner_io = wt_io_new(other);
	nested->inner_io->hook = deregister_both_ends;
	nested->inner_io->hook_context = nested;
	io = wt_io_new(env);
	io->hook = send_in_routine;
	io->hook_context = nested;
	wt_send_start(io, pair.client, nested->data, 0, 16, 0);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(nested->inner_io), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, nested->outer_alive);
	KUNIT_EXPECT_TRUE(test, is_alive(env));
	KUNIT_EXPECT_TRUE(test, is_alive(other));
	wt_env_free(other);
	WSK_RULES(test, "REG-28");
}

/* Every routine that the other cases leave out: it is told, and the registration lives. */
static void deregister_in_the_routine_of_each_request_returns(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	PWSK_REGISTRATION block = &env->registration;
	struct wt_io *making, *binding, *asking, *connecting, *finishing;
	SOCKADDR_STORAGE addr, any;
	PWSK_SOCKET socket;

	WSK_EXPECT_REPORT(test, "5x wsk: misuse: REG-28: WskDeregister ");
	wt_listener(env, AF_INET, &addr);
	wt_wildcard(&any, AF_INET, 0);
	making = deregistering_io(env, block);
	WT_CALL(making, env->npi.Dispatch->WskSocket(env->npi.Client, AF_INET, SOCK_STREAM,
						     IPPROTO_TCP, WSK_FLAG_CONNECTION_SOCKET,
						     NULL, NULL, NULL, NULL, NULL,
						     wt_irp(making)));
	WT_ASSERT_STATUS(test, wt_io_end(making), STATUS_SUCCESS);
	socket = (PWSK_SOCKET)making->information;
	wt_track(env, socket, FALSE);
	binding = deregistering_io(env, block);
	WT_CALL(binding, WT_CONNECTION(socket)->WskBind(socket, (PSOCKADDR)&any, 0,
							wt_irp(binding)));
	WT_EXPECT_STATUS(test, wt_io_end(binding), STATUS_SUCCESS);
	asking = deregistering_io(env, block);
	WT_CALL(asking, WT_CONNECTION(socket)->WskGetLocalAddress(socket, (PSOCKADDR)&any,
								  wt_irp(asking)));
	WT_EXPECT_STATUS(test, wt_io_end(asking), STATUS_SUCCESS);
	connecting = deregistering_io(env, block);
	WT_CALL(connecting, WT_CONNECTION(socket)->WskConnect(socket, (PSOCKADDR)&addr, 0,
							      wt_irp(connecting)));
	WT_EXPECT_STATUS(test, wt_io_end(connecting), STATUS_SUCCESS);
	finishing = deregistering_io(env, block);
	WT_CALL(finishing, WT_CONNECTION(socket)->WskDisconnect(socket, NULL, WSK_FLAG_ABORTIVE,
								wt_irp(finishing)));
	WT_EXPECT_STATUS(test, wt_io_end(finishing), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, is_alive(env));
	WSK_RULES(test, "REG-28");
}

/* A work item, though queued in a routine, is a thread of its own: there it waits and returns. */
struct deferred {
	PWSK_REGISTRATION block;
	PIO_WORKITEM item;
	KEVENT returned;
	LONG routine_stamp;
	LONG stamp;
};

static VOID deregister_in_item(PVOID object, PVOID context, PIO_WORKITEM item)
{
	struct deferred *deferred = context;

	WskDeregister(deferred->block);
	deferred->stamp = wt_stamp();
	KeSetEvent(&deferred->returned, IO_NO_INCREMENT, FALSE);
}

static void queue_in_routine(struct wt_io *io)
{
	struct deferred *deferred = io->hook_context;

	IoQueueWorkItemEx(deferred->item, deregister_in_item, DelayedWorkQueue, deferred);
	/* Time for one that does not wait. */
	if (KeGetCurrentIrql() == PASSIVE_LEVEL)
		wt_sleep(50);
	deferred->routine_stamp = wt_stamp();
}

static void deregister_in_a_work_item_of_a_routine_ends_it(struct kunit *test)
{
	struct deferred *deferred = kunit_kzalloc(test, sizeof(*deferred), GFP_KERNEL);
	struct wt_env *other = wt_env_new(test, MAKE_WSK_VERSION(1, 0));
	PWSK_SOCKET socket;
	struct wt_io *io;

	KUNIT_ASSERT_NOT_NULL(test, deferred);
	KUNIT_ASSERT_NOT_NULL(test, other);
	KUNIT_ASSERT_TRUE(test, other->captured);
	deferred->block = &other->registration;
	deferred->item = IoAllocateWorkItem((PDEVICE_OBJECT)deferred);
	KUNIT_ASSERT_NOT_NULL(test, deferred->item);
	KeInitializeEvent(&deferred->returned, NotificationEvent, FALSE);
	socket = wt_connection_socket(other, AF_INET);
	WskReleaseProviderNPI(&other->registration);
	other->captured = FALSE;
	io = wt_io_new(other);
	io->hook = queue_in_routine;
	io->hook_context = deferred;
	wt_untrack(other, socket);
	WT_CALL(io, WT_BASIC(socket)->WskCloseSocket(socket, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	KUNIT_ASSERT_TRUE(test, wt_wait(&deferred->returned, WT_PATIENCE_MS));
	KUNIT_EXPECT_GT(test, deferred->stamp, deferred->routine_stamp);
	KUNIT_EXPECT_FALSE(test, is_alive(other));
	other->registered = FALSE;
	IoFreeWorkItem(deferred->item);
	wt_env_free(other);
	WSK_RULES(test, "REG-26 CLO-27");
}

#define ROUNDS 20

struct storm {
	LONG started;		/* calls of the event */
	LONG stop;
	USHORT port;
};

static NTSTATUS count_call(PVOID context, ULONG flags, PSOCKADDR local, PSOCKADDR remote,
			   PWSK_SOCKET accepted, PVOID *accepted_context,
			   CONST WSK_CLIENT_CONNECTION_DISPATCH **accepted_dispatch)
{
	struct storm *storm = context;

	wt_note_event_here(flags);
	InterlockedIncrement(&storm->started);
	return STATUS_REQUEST_NOT_ACCEPTED;
}

static const WSK_CLIENT_LISTEN_DISPATCH count_dispatch = {
	.WskAcceptEvent = count_call,
};

static void keep_connecting(void *context)
{
	struct storm *storm = context;

	while (!READ_ONCE(storm->stop)) {
		struct plain_peer *peer = plain_peer_connect(storm->port);

		wt_sleep(1);
		if (peer)
			plain_peer_close(peer);
	}
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
	listener = wt_listen_socket(env, AF_INET, storm, &count_dispatch);
	wt_loopback(&addr, AF_INET, 0);
	WT_ASSERT_STATUS(test, wt_bind(env, listener, &addr), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, wt_local_address(env, listener, &addr), STATUS_SUCCESS);
	storm->port = wt_port(&addr);
	wt_thread_start(test, &thread, keep_connecting, storm);
	/* As long as it takes until the event has met some of them. */
	for (i = 0; i < ROUNDS || (storm->started < ROUNDS && i < 100 * ROUNDS); i++) {
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
	WRITE_ONCE(storm->stop, 1);
	KUNIT_EXPECT_TRUE(test, wt_thread_join(&thread));
	KUNIT_EXPECT_GE(test, storm->started, ROUNDS);
	WSK_RULES(test, "EVT-21 ACE-7");
}

static struct kunit_case inside_cases[] = {
	KUNIT_CASE(deregister_in_an_accept_event_returns),
	KUNIT_CASE(deregister_in_a_routine_at_passive_level_returns),
	KUNIT_CASE(deregister_above_passive_level_returns),
	KUNIT_CASE(another_registration_may_end_in_a_routine),
	KUNIT_CASE(deregister_in_a_routine_within_a_routine_returns),
	KUNIT_CASE(deregister_in_the_routine_of_each_request_returns),
	KUNIT_CASE(deregister_in_a_work_item_of_a_routine_ends_it),
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
