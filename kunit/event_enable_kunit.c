// SPDX-License-Identifier: GPL-2.0
/* SO_WSK_EVENT_CALLBACK: who may enable and disable what, when, with and without an IRP. */
#include "wsk_accept_log.h"

static NTSTATUS set_events(struct wt_io *io, PWSK_SOCKET socket, const NPIID *npi, ULONG mask)
{
	WSK_EVENT_CALLBACK_CONTROL control = { npi, mask };

	WT_CALL(io, WT_BASIC(socket)->WskControlSocket(socket, WskSetOption,
						       SO_WSK_EVENT_CALLBACK, SOL_SOCKET,
						       sizeof(control), &control, 0, NULL, NULL,
						       wt_irp(io)));
	return io->returned;
}

static void disabled_event_leaves_connections_waiting(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener;

	listener = wt_logged_listener(log, AF_INET, &addr);
	WT_EXPECT_STATUS(test, wt_set_events(listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	wt_connected(env, &addr);
	wt_accept_take(log, 0);
	WT_EXPECT_STATUS(test, wt_disable_accept(listener), STATUS_SUCCESS);
	wt_connected(env, &addr);
	wt_sleep(50);
	KUNIT_EXPECT_EQ(test, log->calls, 1);
	WT_EXPECT_STATUS(test, wt_set_events(listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	wt_accept_take(log, 1);
	KUNIT_EXPECT_EQ(test, log->calls, 2);
	WSK_RULES(test, "EVT-17 EVT-20 EVT-24 EVT-28 ACE-17 CBK-7");
}

static void irp_of_an_enable_is_completed(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	struct wt_io *io = wt_io_new(env);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener;

	listener = wt_logged_listener(log, AF_INET, &addr);
	set_events(io, listener, &NPI_WSK_INTERFACE_ID, WSK_EVENT_ACCEPT);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	wt_connected(env, &addr);
	wt_accept_take(log, 0);
	/* And of a disable with nothing in progress. */
	set_events(io, listener, &NPI_WSK_INTERFACE_ID, WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	/* And of one that is refused. */
	set_events(io, listener, &NPI_WSK_INTERFACE_ID, WSK_EVENT_RECEIVE_FROM);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, (u64)io->information, 0ULL);
	WSK_RULES(test, "EVT-14 EVT-17 CTL-9 IRP-32");
}

static void interface_is_compared_by_value(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	struct wt_io *io = wt_io_new(env);
	NPIID npi = NPI_WSK_INTERFACE_ID;
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener;

	listener = wt_logged_listener(log, AF_INET, &addr);
	npi.Data4[7] ^= 1;
	set_events(io, listener, &npi, WSK_EVENT_ACCEPT);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_NOT_SUPPORTED);
	npi.Data4[7] ^= 1;
	set_events(io, listener, &npi, WSK_EVENT_ACCEPT);
	memset(&npi, 0, sizeof(npi));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	wt_connected(env, &addr);
	wt_accept_take(log, 0);
	WSK_RULES(test, "EVT-38 EVT-39");
}

static void nothing_can_be_enabled_too_early(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	PWSK_SOCKET listener = wt_listen_socket(env, AF_INET, log, &wt_accept_dispatch);

	WT_EXPECT_STATUS(test, wt_set_events(listener, WSK_EVENT_ACCEPT),
			 STATUS_INVALID_DEVICE_STATE);
	WT_EXPECT_STATUS(test, wt_set_events(wt_bound(env, AF_INET), WSK_EVENT_DISCONNECT),
			 STATUS_INVALID_DEVICE_STATE);
	WSK_RULES(test, "EVT-11 EVT-12");
}

static void masks_that_do_not_fit_enable_nothing(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener;

	listener = wt_logged_listener(log, AF_INET, &addr);
	WT_EXPECT_STATUS(test, wt_set_events(listener, WSK_EVENT_ACCEPT |
					     WSK_EVENT_RECEIVE_FROM), STATUS_INVALID_PARAMETER);
	WT_EXPECT_STATUS(test, wt_set_events(listener, WSK_EVENT_ACCEPT | 0x400),
			 STATUS_INVALID_PARAMETER);
	wt_connected(env, &addr);
	wt_sleep(50);
	KUNIT_EXPECT_EQ(test, log->calls, 0);
	WT_EXPECT_STATUS(test, wt_set_events(listener, WSK_EVENT_DISABLE),
			 STATUS_INVALID_PARAMETER);
	WT_EXPECT_STATUS(test, wt_set_events(listener, WSK_EVENT_DISABLE | WSK_EVENT_ACCEPT |
					     WSK_EVENT_RECEIVE), STATUS_INVALID_PARAMETER);
	/* One that is not enabled may be disabled. */
	WT_EXPECT_STATUS(test, wt_set_events(listener, WSK_EVENT_DISABLE | WSK_EVENT_ACCEPT),
			 STATUS_SUCCESS);
	WSK_RULES(test, "EVT-8 EVT-15 EVT-16 EVT-40");
}

/* Of EVT-30 the half that there is today: inside WskAcceptEvent no event can be enabled yet. */
static void event_without_callback_cannot_be_enabled(struct kunit *test)
{
	static const WSK_CLIENT_LISTEN_DISPATCH empty;
	struct wt_env *env = wt_env(test);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener;

	WT_EXPECT_STATUS(test, wt_set_events(wt_listener(env, AF_INET, &addr),
					     WSK_EVENT_ACCEPT), STATUS_INVALID_PARAMETER);
	listener = wt_listen_socket(env, AF_INET, NULL, &empty);
	wt_loopback(&addr, AF_INET, 0);
	WT_ASSERT_STATUS(test, wt_bind(env, listener, &addr), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_set_events(listener, WSK_EVENT_ACCEPT),
			 STATUS_INVALID_PARAMETER);
}

static void connection_socket_has_no_accept_event(struct kunit *test)
{
	struct wt_pair pair;

	wt_pair(wt_env(test), AF_INET, &pair);
	WT_EXPECT_STATUS(test, wt_set_events(pair.client, WSK_EVENT_ACCEPT),
			 STATUS_INVALID_PARAMETER);
	WSK_RULES(test, "EVT-8");
}

static void short_input_and_get_are_refused(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	WSK_EVENT_CALLBACK_CONTROL control = { &NPI_WSK_INTERFACE_ID, WSK_EVENT_ACCEPT };
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener;

	listener = wt_logged_listener(log, AF_INET, &addr);
	WT_EXPECT_STATUS(test, wt_set_option(env, listener, SOL_SOCKET, SO_WSK_EVENT_CALLBACK,
					     &control, sizeof(control) - 1),
			 STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_FALSE(test, NT_SUCCESS(wt_get_option(env, listener, SOL_SOCKET,
							  SO_WSK_EVENT_CALLBACK, &control,
							  sizeof(control), NULL)));
	WSK_RULES(test, "CTL-11 EVT-37");
}

/* They come with the events of connections; until then they are refused and enable nothing. */
static void events_to_inherit_are_not_implemented(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener;

	listener = wt_logged_listener(log, AF_INET, &addr);
	WT_EXPECT_STATUS(test, wt_set_events(listener, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE),
			 STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_set_events(listener, WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE),
			 STATUS_NOT_IMPLEMENTED);
	WT_EXPECT_STATUS(test, wt_set_events(listener, WSK_EVENT_RECEIVE),
			 STATUS_NOT_IMPLEMENTED);
	WT_EXPECT_STATUS(test, wt_set_events(listener, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE),
			 STATUS_SUCCESS);
	WSK_RULES(test, "EVT-40");
}

struct disabling {
	struct wt_io *io;	/* NULL: without an IRP */
	NTSTATUS returned;
	BOOLEAN done_inside;
};

static void disable_inside(struct wt_accept_log *log, PWSK_SOCKET accepted)
{
	struct disabling *disabling = log->inside_context;

	if (!disabling->io) {
		disabling->returned = wt_set_events(log->listener, WSK_EVENT_ACCEPT |
						    WSK_EVENT_DISABLE);
		return;
	}
	disabling->returned = set_events(disabling->io, log->listener, &NPI_WSK_INTERFACE_ID,
					 WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE);
	disabling->done_inside = wt_io_completed(disabling->io);
}

static void disable_inside_the_callback(struct kunit *test, struct wt_io *io)
{
	struct disabling *disabling = kunit_kzalloc(test, sizeof(*disabling), GFP_KERNEL);
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener;

	KUNIT_ASSERT_NOT_NULL(test, disabling);
	disabling->io = io;
	log->inside = disable_inside;
	log->inside_context = disabling;
	listener = wt_logged_listener(log, AF_INET, &addr);
	WT_ASSERT_STATUS(test, wt_set_events(listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	wt_connected(env, &addr);
	wt_accept_take(log, 0);
	if (io) {
		WT_EXPECT_STATUS(test, disabling->returned, STATUS_PENDING);
		KUNIT_EXPECT_FALSE(test, disabling->done_inside);
		WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
		KUNIT_EXPECT_GT(test, io->stamp, log->stamp);
	} else {
		WT_EXPECT_STATUS(test, disabling->returned, STATUS_EVENT_PENDING);
	}
	wt_connected(env, &addr);
	wt_sleep(50);
	KUNIT_EXPECT_EQ(test, log->calls, 1);
	/* It can be enabled again, and then shows what waited. */
	log->inside = NULL;
	WT_EXPECT_STATUS(test, wt_set_events(listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	wt_accept_take(log, 1);
}

static void disable_inside_with_irp_completes_after_the_callback(struct kunit *test)
{
	disable_inside_the_callback(test, wt_io_new(wt_env(test)));
	WSK_RULES(test, "EVT-18 EVT-20 EVT-21 EVT-22 EVT-24");
}

static void disable_inside_without_irp_is_event_pending(struct kunit *test)
{
	disable_inside_the_callback(test, NULL);
	WSK_RULES(test, "EVT-19 EVT-21 EVT-22 EVT-24 EVT-41");
}

static struct kunit_case event_enable_cases[] = {
	KUNIT_CASE(disabled_event_leaves_connections_waiting),
	KUNIT_CASE(irp_of_an_enable_is_completed),
	KUNIT_CASE(interface_is_compared_by_value),
	KUNIT_CASE(nothing_can_be_enabled_too_early),
	KUNIT_CASE(masks_that_do_not_fit_enable_nothing),
	KUNIT_CASE(event_without_callback_cannot_be_enabled),
	KUNIT_CASE(connection_socket_has_no_accept_event),
	KUNIT_CASE(short_input_and_get_are_refused),
	KUNIT_CASE(events_to_inherit_are_not_implemented),
	KUNIT_CASE(disable_inside_with_irp_completes_after_the_callback),
	KUNIT_CASE(disable_inside_without_irp_is_event_pending),
	{}
};

static struct kunit_suite event_enable_suite = {
	.name = "wsk_event_enable",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = event_enable_cases,
};
kunit_test_suite(event_enable_suite);
