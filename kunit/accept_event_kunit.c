// SPDX-License-Identifier: GPL-2.0
/* WskAcceptEvent: static and per socket, what it is told, what its answers do. */
#include "wsk_accept_log.h"

static void expect_sane(struct wt_accept_log *log)
{
	KUNIT_EXPECT_EQ(log->env->test, log->wrong_flag, 0);
	KUNIT_EXPECT_EQ(log->env->test, log->wrong_preset, 0);
}

static void static_event_accepts_once_bound(struct kunit *test)
{
	static const ADDRESS_FAMILY families[] = { AF_INET, AF_INET6 };
	struct wt_env *env = wt_env(test);
	int i;

	WT_ASSERT_STATUS(test, wt_set_static_events(env, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	for (i = 0; i < ARRAY_SIZE(families); i++) {
		struct wt_accept_log *log = wt_accept_log_new(env);
		SOCKADDR_STORAGE addr, mine;
		PWSK_SOCKET client, server;

		wt_logged_listener(log, families[i], &addr);
		client = wt_connected(env, &addr);
		server = wt_accept_take(log, 0);
		WT_EXPECT_STATUS(test, wt_local_address(env, client, &mine), STATUS_SUCCESS);
		KUNIT_EXPECT_TRUE(test, wt_addr_equal(&log->remote[0], &mine));
		KUNIT_EXPECT_TRUE(test, wt_addr_equal(&log->local[0], &addr));
		wt_exchange(env, client, server, 1000, 1);
		wt_exchange(env, server, client, 1000, 2);
		KUNIT_EXPECT_EQ(test, log->calls, 1);
		expect_sane(log);
	}
	WSK_RULES(test, "SEV-1 SEV-2 SEV-5 ACE-1 ACE-4 ACE-8 ACE-15");
}

static void static_mask_may_name_events_of_other_categories(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	SOCKADDR_STORAGE addr;

	WT_ASSERT_STATUS(test, wt_set_static_events(env, WSK_EVENT_ACCEPT |
						    WSK_EVENT_RECEIVE_FROM), STATUS_SUCCESS);
	wt_logged_listener(log, AF_INET, &addr);
	wt_connected(env, &addr);
	wt_accept_take(log, 0);
	WSK_RULES(test, "SEV-2 SEV-3");
}

static void static_events_come_before_the_first_socket(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	SOCKADDR_STORAGE addr;

	/* The last mask counts as long as there was no socket. */
	WT_EXPECT_STATUS(test, wt_set_static_events(env, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_set_static_events(env, WSK_EVENT_RECEIVE_FROM),
			 STATUS_SUCCESS);
	wt_connection_socket(env, AF_INET);
	WT_EXPECT_STATUS(test, wt_set_static_events(env, WSK_EVENT_ACCEPT),
			 STATUS_INVALID_DEVICE_STATE);
	wt_logged_listener(log, AF_INET, &addr);
	wt_connected(env, &addr);
	wt_sleep(50);
	KUNIT_EXPECT_EQ(test, log->calls, 0);
	WSK_RULES(test, "SEV-9 SEV-10 SEV-17");
}

static void static_events_name_the_interface_by_value(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	const WSK_PROVIDER_DISPATCH *dispatch = env->npi.Dispatch;
	WSK_EVENT_CALLBACK_CONTROL control;
	NPIID copy = NPI_WSK_INTERFACE_ID;

	control.NpiId = &copy;
	control.EventMask = WSK_EVENT_ACCEPT;
	WT_EXPECT_STATUS(test, dispatch->WskControlClient(env->npi.Client,
							  WSK_SET_STATIC_EVENT_CALLBACKS,
							  sizeof(control), &control, 0, NULL,
							  NULL, NULL), STATUS_SUCCESS);
	copy.Data1 ^= 1;
	WT_EXPECT_STATUS(test, dispatch->WskControlClient(env->npi.Client,
							  WSK_SET_STATIC_EVENT_CALLBACKS,
							  sizeof(control), &control, 0, NULL,
							  NULL, NULL), STATUS_NOT_SUPPORTED);
	WT_EXPECT_STATUS(test, dispatch->WskControlClient(env->npi.Client,
							  WSK_SET_STATIC_EVENT_CALLBACKS,
							  sizeof(control) - 1, &control, 0,
							  NULL, NULL, NULL),
			 STATUS_INVALID_PARAMETER);
	WSK_RULES(test, "SEV-12 CLI-4 CLI-8");
}

static void static_events_belong_to_one_registration(struct kunit *test)
{
	struct wt_env *env = wt_env(test), *other = wt_env_new(test, MAKE_WSK_VERSION(1, 0));
	struct wt_accept_log *log;
	SOCKADDR_STORAGE addr;

	KUNIT_ASSERT_NOT_NULL(test, other);
	WT_ASSERT_STATUS(test, wt_set_static_events(other, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	log = wt_accept_log_new(env);
	wt_logged_listener(log, AF_INET, &addr);
	wt_connected(env, &addr);
	wt_sleep(50);
	KUNIT_EXPECT_EQ(test, log->calls, 0);
	wt_env_free(other);
	WSK_RULES(test, "SEV-11 CLI-9 SOC-3 CBK-7");
}

static void static_event_without_callback_leaves_connections_to_irps(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener, client, server;

	WT_ASSERT_STATUS(test, wt_set_static_events(env, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	listener = wt_listener(env, AF_INET, &addr);
	client = wt_connected(env, &addr);
	wt_sleep(20);
	WT_ASSERT_STATUS(test, wt_accept(env, listener, &server), STATUS_SUCCESS);
	wt_exchange(env, client, server, 10, 1);
	WSK_RULES(test, "SEV-13");
}

static void static_event_cannot_be_disabled(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener;

	WT_ASSERT_STATUS(test, wt_set_static_events(env, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	listener = wt_logged_listener(log, AF_INET, &addr);
	WT_EXPECT_STATUS(test, wt_set_events(listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_set_events(listener, WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE),
			 STATUS_INVALID_DEVICE_REQUEST);
	wt_connected(env, &addr);
	wt_accept_take(log, 0);
	WSK_RULES(test, "SEV-7 SEV-8");
}

static void event_is_enabled_on_one_socket(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener, client, server;

	listener = wt_logged_listener(log, AF_INET, &addr);
	WT_EXPECT_STATUS(test, wt_set_events(listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	client = wt_connected(env, &addr);
	server = wt_accept_take(log, 0);
	wt_exchange(env, client, server, 1000, 1);
	expect_sane(log);
	WSK_RULES(test, "EVT-1 EVT-13 ACE-1");
}

static void waiting_connections_are_indicated_when_enabled(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	SOCKADDR_STORAGE addr, mine[4];
	PWSK_SOCKET listener;
	int i;

	listener = wt_logged_listener(log, AF_INET, &addr);
	for (i = 0; i < 4; i++)
		WT_EXPECT_STATUS(test, wt_local_address(env, wt_waiting(env, &addr, i + 1),
							&mine[i]), STATUS_SUCCESS);
	wt_sleep(20);
	KUNIT_EXPECT_EQ(test, log->calls, 0);
	WT_EXPECT_STATUS(test, wt_set_events(listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	for (i = 0; i < 4; i++) {
		wt_accept_take(log, i);
		KUNIT_EXPECT_TRUE(test, wt_addr_equal(&log->remote[i], &mine[i]));
	}
	KUNIT_EXPECT_EQ(test, log->calls, 4);
	WSK_RULES(test, "EVT-28 ACE-17 SOC-3 BLG-5 ACC-13");
}

static void queued_irp_comes_before_the_event(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	struct wt_io *io = wt_io_new(env);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener;

	listener = wt_logged_listener(log, AF_INET, &addr);
	WT_ASSERT_STATUS(test, wt_set_events(listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	WT_CALL(io, WT_LISTEN(listener)->WskAccept(listener, 0, NULL, NULL, NULL, NULL,
						   wt_irp(io)));
	wt_connected(env, &addr);
	WT_ASSERT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	wt_track(env, (PWSK_SOCKET)io->information, FALSE);
	KUNIT_EXPECT_EQ(test, log->calls, 0);
	wt_connected(env, &addr);
	wt_accept_take(log, 0);
	KUNIT_EXPECT_EQ(test, log->calls, 1);
	WSK_RULES(test, "ACC-10 ACC-13 ACE-1");
}

/* The reset may come before the connect is complete, before the receive or during it. */
static void expect_reset(struct wt_env *env, PWSK_SOCKET client, const SOCKADDR_STORAGE *addr)
{
	struct wt_data *data = wt_data_new(env, 16);
	NTSTATUS status = wt_connect(env, client, addr);
	SIZE_T received;

	/* One that came first has been noticed by then, or will be, whoever asks. */
	if (status == STATUS_SUCCESS && wt_await_reset(env, client))
		status = wt_receive(env, client, data, 16, 0, &received);
	KUNIT_EXPECT_TRUE_MSG(env->test, status == STATUS_CONNECTION_RESET ||
			      status == STATUS_FILE_FORCED_CLOSED, "%#x", status);
}

/* Any answer but success is a rejection: the peer sees a reset. */
static void refused_connection_is_reset(struct kunit *test)
{
	static const NTSTATUS answers[] = {
		STATUS_REQUEST_NOT_ACCEPTED, STATUS_INSUFFICIENT_RESOURCES, STATUS_PENDING,
	};
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener;
	int i;

	listener = wt_logged_listener(log, AF_INET, &addr);
	WT_ASSERT_STATUS(test, wt_set_events(listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	for (i = 0; i < ARRAY_SIZE(answers); i++) {
		log->answer = answers[i];
		expect_reset(env, wt_bound(env, AF_INET), &addr);
		KUNIT_ASSERT_TRUE(test, wt_accept_calls(log, i + 1));
	}
	log->answer = STATUS_SUCCESS;
	wt_connected(env, &addr);
	wt_accept_take(log, ARRAY_SIZE(answers));
	WSK_RULES(test, "ACE-7");
}

struct posted {
	struct wt_io *io;
	struct wt_data *data;
};

static void post_receive(struct wt_accept_log *log, PWSK_SOCKET accepted)
{
	struct posted *posted = log->inside_context;

	wt_receive_start(posted->io, accepted, posted->data, 0, 100, WSK_FLAG_WAITALL);
}

static void accepted_socket_works_inside_the_callback(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	struct posted *posted = kunit_kzalloc(test, sizeof(*posted), GFP_KERNEL);
	struct wt_data *out = wt_data_new(env, 100);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET client;

	KUNIT_ASSERT_NOT_NULL(test, posted);
	posted->io = wt_io_new(env);
	posted->data = wt_data_new(env, 100);
	log->inside = post_receive;
	log->inside_context = posted;
	WT_ASSERT_STATUS(test, wt_set_static_events(env, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	wt_logged_listener(log, AF_INET, &addr);
	client = wt_connected(env, &addr);
	wt_data_fill(out, 0, 9);
	WT_EXPECT_STATUS(test, wt_send(env, client, out, 100), STATUS_SUCCESS);
	wt_accept_take(log, 0);
	WT_EXPECT_STATUS(test, wt_io_end(posted->io), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(posted->data, 100, 0, 9), 100ULL);
	WSK_RULES(test, "ACE-2 ACE-3 ACE-10");
}

/* Where the callback may sleep, a close that does not wait for it gets its chance. */
static void give_way(void)
{
	if (KeGetCurrentIrql() == PASSIVE_LEVEL)
		wt_sleep(20);
}

static void close_accepted(struct wt_accept_log *log, PWSK_SOCKET accepted)
{
	struct wt_io *io = log->inside_context;

	wt_untrack(log->env, accepted);
	WT_CALL(io, WT_BASIC(accepted)->WskCloseSocket(accepted, wt_irp(io)));
	give_way();
}

static void accepted_socket_may_be_closed_inside_the_callback(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	struct wt_io *io = wt_io_new(env);
	SOCKADDR_STORAGE addr;

	log->inside = close_accepted;
	log->inside_context = io;
	WT_ASSERT_STATUS(test, wt_set_static_events(env, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	wt_logged_listener(log, AF_INET, &addr);
	wt_knock(env, &addr);
	KUNIT_ASSERT_TRUE(test, wt_accept_calls(log, 1));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	KUNIT_EXPECT_GT(test, io->stamp, log->stamp);
	WSK_RULES(test, "ACE-11 CLO-20");
}

static void close_listener(struct wt_accept_log *log, PWSK_SOCKET accepted)
{
	struct wt_io *io = log->inside_context;

	if (io->submissions)
		return;
	wt_untrack(log->env, log->listener);
	WT_CALL(io, WT_LISTEN(log->listener)->WskCloseSocket(log->listener, wt_irp(io)));
	give_way();
}

static void listener_may_be_closed_inside_its_callback(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	struct wt_io *io = wt_io_new(env);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET client, server;

	log->inside = close_listener;
	log->inside_context = io;
	WT_ASSERT_STATUS(test, wt_set_static_events(env, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	wt_logged_listener(log, AF_INET, &addr);
	client = wt_connected(env, &addr);
	server = wt_accept_take(log, 0);
	WT_EXPECT_STATUS(test, io->returned, STATUS_PENDING);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	KUNIT_EXPECT_GT(test, io->stamp, log->stamp);
	wt_exchange(env, client, server, 100, 1);
	WSK_RULES(test, "CLO-4 CLO-20 CLO-23");
}

static struct kunit_case accept_event_cases[] = {
	KUNIT_CASE(static_event_accepts_once_bound),
	KUNIT_CASE(static_mask_may_name_events_of_other_categories),
	KUNIT_CASE(static_events_come_before_the_first_socket),
	KUNIT_CASE(static_events_name_the_interface_by_value),
	KUNIT_CASE(static_events_belong_to_one_registration),
	KUNIT_CASE(static_event_without_callback_leaves_connections_to_irps),
	KUNIT_CASE(static_event_cannot_be_disabled),
	KUNIT_CASE(event_is_enabled_on_one_socket),
	KUNIT_CASE(waiting_connections_are_indicated_when_enabled),
	KUNIT_CASE(queued_irp_comes_before_the_event),
	KUNIT_CASE(refused_connection_is_reset),
	KUNIT_CASE(accepted_socket_works_inside_the_callback),
	KUNIT_CASE(accepted_socket_may_be_closed_inside_the_callback),
	KUNIT_CASE(listener_may_be_closed_inside_its_callback),
	{}
};

static struct kunit_suite accept_event_suite = {
	.name = "wsk_accept_event",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = accept_event_cases,
};
kunit_test_suite(accept_event_suite);
