// SPDX-License-Identifier: GPL-2.0
/* Calls that a driver should not make: each is answered, and none does harm. */
#include "wsk_accept_log.h"

/* Every function that takes an IRP, called without one: refused, and nothing has happened. */
static void missing_irp_is_refused_everywhere(struct kunit *test)
{
	const NTSTATUS refused = STATUS_INVALID_PARAMETER;
	struct wt_env *env = wt_env(test);
	const WSK_PROVIDER_DISPATCH *d = env->npi.Dispatch;
	PWSK_SOCKET l = wt_listen_socket(env, AF_INET, NULL, NULL);
	PWSK_SOCKET c = wt_connection_socket(env, AF_INET);
	struct wt_data *data = wt_data_new(env, 8);
	SOCKADDR_STORAGE any, loopback, out;
	PSOCKADDR addr = (PSOCKADDR)&any;
	struct wt_pair pair;

	wt_pair(env, AF_INET, &pair);
	wt_wildcard(&any, AF_INET, 0);
	wt_loopback(&loopback, AF_INET, 9);
	WT_EXPECT_STATUS(test, d->WskSocket(env->npi.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
					    WSK_FLAG_LISTEN_SOCKET, NULL, NULL, NULL, NULL, NULL,
					    NULL), refused);
	WT_EXPECT_STATUS(test, d->WskSocketConnect(env->npi.Client, SOCK_STREAM, IPPROTO_TCP,
						   addr, (PSOCKADDR)&loopback, 0, NULL, NULL,
						   NULL, NULL, NULL, NULL), refused);
	WT_EXPECT_STATUS(test, WT_LISTEN(l)->WskBind(l, addr, 0, NULL), refused);
	WT_EXPECT_STATUS(test, WT_LISTEN(pair.listener)->WskAccept(pair.listener, 0, NULL, NULL,
								   NULL, NULL, NULL), refused);
	WT_EXPECT_STATUS(test, WT_LISTEN(l)->WskGetLocalAddress(l, (PSOCKADDR)&out, NULL),
			 refused);
	WT_EXPECT_STATUS(test, WT_LISTEN(l)->WskCloseSocket(l, NULL), refused);
	WT_EXPECT_STATUS(test, WT_CONNECTION(c)->WskBind(c, addr, 0, NULL), refused);
	WT_EXPECT_STATUS(test, WT_CONNECTION(c)->WskConnect(c, (PSOCKADDR)&loopback, 0, NULL),
			 refused);
	WT_EXPECT_STATUS(test, WT_CONNECTION(c)->WskGetLocalAddress(c, (PSOCKADDR)&out, NULL),
			 refused);
	WT_EXPECT_STATUS(test, WT_CONNECTION(c)->WskGetRemoteAddress(c, (PSOCKADDR)&out, NULL),
			 refused);
	WT_EXPECT_STATUS(test, WT_CONNECTION(pair.client)->WskSend(pair.client, &data->buf, 0,
								   NULL), refused);
	WT_EXPECT_STATUS(test, WT_CONNECTION(pair.client)->WskReceive(pair.client, &data->buf, 0,
								      NULL), refused);
	WT_EXPECT_STATUS(test, WT_CONNECTION(pair.client)->WskDisconnect(pair.client, NULL, 0,
									 NULL), refused);
	WT_EXPECT_STATUS(test, WT_CONNECTION(pair.client)->WskCloseSocket(pair.client, NULL),
			 refused);
	/* Unbound, unclosed, unsent. */
	WT_EXPECT_STATUS(test, wt_local_address(env, c, &out), STATUS_INVALID_DEVICE_STATE);
	WT_EXPECT_STATUS(test, wt_local_address(env, l, &out), STATUS_INVALID_DEVICE_STATE);
	wt_exchange(env, pair.client, pair.server, 100, 1);
	WSK_RULES(test, "IRP-28");
}

static void missing_irp_comes_before_missing_client(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	const WSK_PROVIDER_DISPATCH *d = env->npi.Dispatch;
	struct wt_io *io = wt_io_new(env);
	SOCKADDR_STORAGE any, loopback;

	wt_wildcard(&any, AF_INET, 0);
	wt_loopback(&loopback, AF_INET, 9);
	WT_EXPECT_STATUS(test, d->WskSocket(NULL, AF_INET, SOCK_STREAM, IPPROTO_TCP,
					    WSK_FLAG_LISTEN_SOCKET, NULL, NULL, NULL, NULL, NULL,
					    NULL), STATUS_INVALID_PARAMETER);
	WT_CALL(io, d->WskSocket(NULL, AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET,
				 NULL, NULL, NULL, NULL, NULL, wt_irp(io)));
	WT_EXPECT_STATUS(test, io->returned, STATUS_INVALID_HANDLE);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_INVALID_HANDLE);
	KUNIT_EXPECT_EQ(test, (u64)io->information, 0ULL);
	WT_CALL(io, d->WskSocketConnect(NULL, SOCK_STREAM, IPPROTO_TCP, (PSOCKADDR)&any,
					(PSOCKADDR)&loopback, 0, NULL, NULL, NULL, NULL, NULL,
					wt_irp(io)));
	WT_EXPECT_STATUS(test, io->returned, STATUS_INVALID_HANDLE);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_INVALID_HANDLE);
	WSK_RULES(test, "IRP-7 IRP-28 IRP-29 IRP-30 IRP-31 IRP-32");
}

static void control_client_answers_what_it_does_not_know(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	const WSK_PROVIDER_DISPATCH *d = env->npi.Dispatch;
	WSK_EVENT_CALLBACK_CONTROL control = { &NPI_WSK_INTERFACE_ID, WSK_EVENT_ACCEPT };
	struct wt_io *io = wt_io_new(env);

	WT_EXPECT_STATUS(test, d->WskControlClient(env->npi.Client, 1, 0, NULL, 0, NULL, NULL,
						   NULL), STATUS_NOT_SUPPORTED);
	WT_EXPECT_STATUS(test, d->WskControlClient(env->npi.Client, 99, 0, NULL, 0, NULL, NULL,
						   NULL), STATUS_NOT_SUPPORTED);
	WT_EXPECT_STATUS(test, d->WskControlClient(env->npi.Client,
						   WSK_SET_STATIC_EVENT_CALLBACKS, 0, NULL, 0,
						   NULL, NULL, NULL), STATUS_INVALID_PARAMETER);
	WT_CALL(io, d->WskControlClient(env->npi.Client, WSK_SET_STATIC_EVENT_CALLBACKS,
					sizeof(control), &control, 0, NULL, NULL, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_INVALID_PARAMETER);
	WSK_RULES(test, "CLI-1 CLI-6 CLI-8");
}

/* Slots whose part of the product comes later answer so, through their IRP. */
static void functions_to_come_answer_not_implemented(struct kunit *test)
{
	const NTSTATUS later = STATUS_NOT_IMPLEMENTED;
	struct wt_env *env = wt_env(test);
	const WSK_PROVIDER_DISPATCH *d = env->npi.Dispatch;
	struct wt_data *data = wt_data_new(env, 8);
	WSK_INSPECT_ID id = { 1, 2 };
	UNICODE_STRING name = RTL_CONSTANT_STRING(L"127.0.0.1");
	struct wt_io *io = wt_io_new(env);
	WSK_DATA_INDICATION indication = {};
	PADDRINFOEXW result = NULL;
	SOCKADDR_STORAGE addr;
	struct wt_pair pair;
	PWSK_SOCKET c, l;

	wt_pair(env, AF_INET, &pair);
	c = wt_bound(env, AF_INET);
	l = pair.listener;
	wt_loopback(&addr, AF_INET, 9);
	WT_CALL(io, WT_LISTEN(l)->WskInspectComplete(l, &id, WskInspectAccept, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), later);
	WT_CALL(io, WT_CONNECTION(c)->WskConnectEx(c, (PSOCKADDR)&addr, NULL, 0, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), later);
	c = pair.client;
	WT_CALL(io, WT_CONNECTION(c)->WskSendEx(c, &data->buf, 0, 0, NULL, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), later);
	WT_CALL(io, WT_CONNECTION(c)->WskReceiveEx(c, &data->buf, 0, NULL, NULL, NULL,
						   wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), later);
	WT_EXPECT_STATUS(test, WT_CONNECTION(c)->WskRelease(c, &indication), later);
	WT_CALL(io, d->WskGetAddressInfo(env->npi.Client, &name, NULL, NS_ALL, NULL, NULL,
					 &result, NULL, NULL, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), later);
	WT_CALL(io, d->WskGetNameInfo(env->npi.Client, (PSOCKADDR)&addr, sizeof(SOCKADDR_IN),
				      &name, NULL, NI_NUMERICHOST, NULL, NULL, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), later);
	KUNIT_EXPECT_PTR_EQ(test, result, NULL);
	wt_exchange(env, pair.client, pair.server, 100, 1);
	WSK_RULES(test, "HDR-19 SNX-5 RCX-7 IRP-4");
}

static void categories_to_come_answer_not_implemented(struct kunit *test)
{
	static const struct {
		ADDRESS_FAMILY family;
		USHORT type;
		ULONG protocol;
		ULONG flags;
	} kinds[] = {
		{ AF_INET, SOCK_DGRAM, IPPROTO_UDP, WSK_FLAG_DATAGRAM_SOCKET },
		{ AF_INET6, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_STREAM_SOCKET },
		{ AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_BASIC_SOCKET },
		{ AF_INET6, SOCK_DGRAM, IPPROTO_UDP, WSK_FLAG_BASIC_SOCKET },
		{ AF_INET, SOCK_RAW, IPPROTO_ICMP, WSK_FLAG_BASIC_SOCKET },
	};
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET socket;
	int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		WT_EXPECT_STATUS(test, wt_try_socket(env, kinds[i].family, kinds[i].type,
						     kinds[i].protocol, kinds[i].flags, NULL,
						     NULL, &socket), STATUS_NOT_IMPLEMENTED);
	WSK_RULES(test, "IRP-4 IRP-32");
}

/* Through the IRP as well, if there is one. */
static void control_codes_to_come_answer_not_implemented(struct kunit *test)
{
	static const ULONG codes[] = {
		WSK_CACHE_SD, WSK_RELEASE_SD, WSK_TDI_DEVICENAME_MAPPING, WSK_TDI_BEHAVIOR,
	};
	const NTSTATUS later = STATUS_NOT_IMPLEMENTED;
	struct wt_env *env = wt_env(test);
	const WSK_PROVIDER_DISPATCH *d = env->npi.Dispatch;
	struct wt_io *io = wt_io_new(env);
	ULONG in = WSK_TDI_BEHAVIOR_BYPASS_TDI, out = 42;
	SIZE_T bytes = 42;
	int i;

	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		WT_EXPECT_STATUS(test, d->WskControlClient(env->npi.Client, codes[i], sizeof(in),
							   &in, sizeof(out), &out, &bytes, NULL),
				 later);
		WT_CALL(io, d->WskControlClient(env->npi.Client, codes[i], sizeof(in), &in,
						sizeof(out), &out, &bytes, wt_irp(io)));
		WT_EXPECT_STATUS(test, wt_io_end(io), later);
		KUNIT_EXPECT_EQ(test, (u64)io->information, 0ULL);
	}
	KUNIT_EXPECT_EQ(test, out, 42U);
	KUNIT_EXPECT_EQ(test, (u64)bytes, 42ULL);
	WSK_RULES(test, "IRP-4 IRP-32");
}

/* And a mask with one of them enables nothing. No rule says what comes when. */
static void static_events_to_come_answer_not_implemented(struct kunit *test)
{
	static const ULONG masks[] = {
		WSK_EVENT_RECEIVE, WSK_EVENT_DISCONNECT, WSK_EVENT_SEND_BACKLOG,
		WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE, WSK_EVENT_ACCEPT | WSK_EVENT_DISCONNECT,
		WSK_EVENT_ACCEPT | WSK_EVENT_SEND_BACKLOG,
	};
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	SOCKADDR_STORAGE addr;
	int i;

	for (i = 0; i < ARRAY_SIZE(masks); i++)
		WT_EXPECT_STATUS(test, wt_set_static_events(env, masks[i]),
				 STATUS_NOT_IMPLEMENTED);
	wt_logged_listener(log, AF_INET, &addr);
	wt_connected(env, &addr);
	wt_sleep(50);
	KUNIT_EXPECT_EQ(test, log->calls, 0);
}

/* None was given out, so it stays as it is; the rules of lists, GAI-18 and on, come with them. */
static void address_list_of_somebody_else_is_left_alone(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	ADDRINFOEXW list;

	WSK_EXPECT_REPORT(test, "1x wsk: misuse: GAI-[0-9]+: WskFreeAddressInfo of a list");
	memset(&list, 0xa5, sizeof(list));
	env->npi.Dispatch->WskFreeAddressInfo(env->npi.Client, &list);
	KUNIT_EXPECT_NULL(test, memchr_inv(&list, 0xa5, sizeof(list)));
	env->npi.Dispatch->WskFreeAddressInfo(env->npi.Client, NULL);
}

/* A missing address or WSK_BUF is answered through the IRP. */
static void missing_arguments_are_refused(struct kunit *test)
{
	const NTSTATUS refused = STATUS_INVALID_PARAMETER;
	struct wt_env *env = wt_env(test);
	struct wt_io *io = wt_io_new(env);
	PWSK_SOCKET c = wt_connection_socket(env, AF_INET);
	struct wt_pair pair;

	WT_CALL(io, WT_CONNECTION(c)->WskBind(c, NULL, 0, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), refused);
	c = wt_bound(env, AF_INET);
	WT_CALL(io, WT_CONNECTION(c)->WskConnect(c, NULL, 0, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), refused);
	WT_CALL(io, WT_CONNECTION(c)->WskGetLocalAddress(c, NULL, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), refused);
	wt_pair(env, AF_INET, &pair);
	WT_CALL(io, WT_CONNECTION(pair.client)->WskSend(pair.client, NULL, 0, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), refused);
	WT_CALL(io, WT_CONNECTION(pair.client)->WskReceive(pair.client, NULL, 0, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), refused);
	wt_exchange(env, pair.client, pair.server, 100, 1);
	WSK_RULES(test, "IRP-4");
}

static void shared_slots_work_through_another_table(struct kunit *test)
{
	ULONG *value = kunit_kzalloc(test, sizeof(*value), GFP_KERNEL);
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET l = wt_listen_socket(env, AF_INET, NULL, NULL);
	PWSK_SOCKET c = wt_connection_socket(env, AF_INET);
	struct wt_io *io = wt_io_new(env);
	SOCKADDR_STORAGE addr;

	KUNIT_ASSERT_NOT_NULL(test, value);
	*value = 7;
	WT_CALL(io, WT_LISTEN(l)->WskControlSocket(c, WskGetOption, SO_KEEPALIVE, SOL_SOCKET, 0,
						   NULL, sizeof(*value), value, NULL,
						   wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, *value, 0U);
	wt_loopback(&addr, AF_INET, 0);
	WT_CALL(io, WT_LISTEN(l)->WskBind(c, (PSOCKADDR)&addr, 0, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	WT_CALL(io, WT_CONNECTION(c)->WskBind(l, (PSOCKADDR)&addr, 0, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_local_address(env, l, &addr), STATUS_SUCCESS);
	wt_connected(env, &addr);
	wt_untrack(env, c);
	WT_CALL(io, WT_LISTEN(l)->WskCloseSocket(c, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	WSK_RULES(test, "CAT-13");
}

static void function_of_another_category_is_reported(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *data = wt_data_new(env, 8);
	struct wt_io *io = wt_io_new(env);
	struct wt_pair pair;

	wt_pair(env, AF_INET, &pair);
	WSK_EXPECT_REPORT(test, "1x wsk: misuse: CAT-13: a listening socket has no such function");
	WSK_EXPECT_REPORT(test, "1x wsk: misuse: CAT-13: a connection socket has no such function");
	WT_CALL(io, WT_CONNECTION(pair.client)->WskSend(pair.listener, &data->buf, 0,
							wt_irp(io)));
	KUNIT_EXPECT_FALSE(test, NT_SUCCESS(wt_io_end(io)));
	WT_CALL(io, WT_LISTEN(pair.listener)->WskAccept(pair.client, 0, NULL, NULL, NULL, NULL,
							wt_irp(io)));
	KUNIT_EXPECT_FALSE(test, NT_SUCCESS(wt_io_end(io)));
	wt_exchange(env, pair.client, pair.server, 100, 1);
	WSK_RULES(test, "IRP-4");
}

static void call_on_something_else_is_reported(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET c = wt_connection_socket(env, AF_INET), fake;
	struct wt_io *io = wt_io_new(env);

	/* Large, so that a look at any member of a socket stays inside. */
	fake = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fake);
	fake->Dispatch = c->Dispatch;
	WSK_EXPECT_REPORT(test, "1x wsk: misuse: CLO-14");
	WT_CALL(io, WT_CONNECTION(c)->WskCloseSocket(fake, wt_irp(io)));
	KUNIT_EXPECT_FALSE(test, NT_SUCCESS(wt_io_end(io)));
	WSK_RULES(test, "IRP-4");
}

struct closed_twice {
	struct wt_io *closing;
	struct wt_io *asking;
	struct wt_io *again;
	SOCKADDR_STORAGE addr;
};

/* The close waits for this callback, so the memory of the socket is still there. */
static void use_after_close(struct wt_accept_log *log, PWSK_SOCKET accepted)
{
	struct closed_twice *use = log->inside_context;
	PWSK_SOCKET l = log->listener;

	wt_untrack(log->env, l);
	WT_CALL(use->closing, WT_LISTEN(l)->WskCloseSocket(l, wt_irp(use->closing)));
	WT_CALL(use->asking, WT_LISTEN(l)->WskGetLocalAddress(l, (PSOCKADDR)&use->addr,
							      wt_irp(use->asking)));
	WT_CALL(use->again, WT_LISTEN(l)->WskCloseSocket(l, wt_irp(use->again)));
}

static void use_of_a_closed_socket_is_reported(struct kunit *test)
{
	struct closed_twice *use = kunit_kzalloc(test, sizeof(*use), GFP_KERNEL);
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener, client;

	KUNIT_ASSERT_NOT_NULL(test, use);
	WSK_EXPECT_REPORT(test, "2x wsk: misuse: CLO-1[45]");
	use->closing = wt_io_new(env);
	use->asking = wt_io_new(env);
	use->again = wt_io_new(env);
	listener = wt_logged_listener(log, AF_INET, &addr);
	log->inside = use_after_close;
	log->inside_context = use;
	WT_EXPECT_STATUS(test, wt_set_events(listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	client = wt_connected(env, &addr);
	wt_exchange(env, client, wt_accept_take(log, 0), 100, 1);
	KUNIT_EXPECT_FALSE(test, NT_SUCCESS(wt_io_end(use->asking)));
	KUNIT_EXPECT_FALSE(test, NT_SUCCESS(wt_io_end(use->again)));
	WT_EXPECT_STATUS(test, wt_io_end(use->closing), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (int)use->addr.ss_family, 0);
	WSK_RULES(test, "CLO-14 CLO-15");
}

static struct kunit_case misuse_cases[] = {
	KUNIT_CASE(missing_irp_is_refused_everywhere),
	KUNIT_CASE(missing_irp_comes_before_missing_client),
	KUNIT_CASE(control_client_answers_what_it_does_not_know),
	KUNIT_CASE(functions_to_come_answer_not_implemented),
	KUNIT_CASE(categories_to_come_answer_not_implemented),
	KUNIT_CASE(control_codes_to_come_answer_not_implemented),
	KUNIT_CASE(static_events_to_come_answer_not_implemented),
	KUNIT_CASE(address_list_of_somebody_else_is_left_alone),
	KUNIT_CASE(missing_arguments_are_refused),
	KUNIT_CASE(shared_slots_work_through_another_table),
	KUNIT_CASE(function_of_another_category_is_reported),
	KUNIT_CASE(call_on_something_else_is_reported),
	KUNIT_CASE(use_of_a_closed_socket_is_reported),
	{}
};

static struct kunit_suite misuse_suite = {
	.name = "wsk_misuse",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = misuse_cases,
};
kunit_test_suite(misuse_suite);
