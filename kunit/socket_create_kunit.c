// SPDX-License-Identifier: GPL-2.0
/* WskSocket: categories, arguments, levels, and what becomes of its IRP. */
#include "wsk_fixture.h"

static const ADDRESS_FAMILY families[] = { AF_INET, AF_INET6 };

static void listening_and_connection_sockets_are_created(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	const void *listen = NULL, *connection = NULL;
	int i;

	for (i = 0; i < ARRAY_SIZE(families); i++) {
		PWSK_SOCKET l = wt_listen_socket(env, families[i], NULL, NULL);
		PWSK_SOCKET c = wt_connection_socket(env, families[i]);

		KUNIT_ASSERT_NOT_NULL(test, l->Dispatch);
		KUNIT_ASSERT_NOT_NULL(test, c->Dispatch);
		KUNIT_EXPECT_PTR_NE(test, l->Dispatch, c->Dispatch);
		/* One table a category, whatever the family. */
		if (i) {
			KUNIT_EXPECT_PTR_EQ(test, l->Dispatch, listen);
			KUNIT_EXPECT_PTR_EQ(test, c->Dispatch, connection);
		}
		listen = l->Dispatch;
		connection = c->Dispatch;
	}
	WSK_RULES(test, "SOC-1 CAT-7 CAT-9");
}

/* Of a socket the client knows one pointer, at its beginning: no header is needed to call through it. */
static void socket_begins_with_its_table(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	const WSK_PROVIDER_CONNECTION_DISPATCH *connection;
	const WSK_PROVIDER_LISTEN_DISPATCH *listen;
	struct wt_io *io = wt_io_new(env);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET c, l;

	l = wt_listen_socket(env, AF_INET, NULL, NULL);
	c = wt_connection_socket(env, AF_INET);
	memcpy(&listen, l, sizeof(listen));
	memcpy(&connection, c, sizeof(connection));
	wt_loopback(&addr, AF_INET, 0);
	WT_CALL(io, listen->WskBind(l, (PSOCKADDR)&addr, 0, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	WT_CALL(io, listen->WskGetLocalAddress(l, (PSOCKADDR)&addr, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	KUNIT_EXPECT_NE(test, (int)wt_port(&addr), 0);
	wt_untrack(env, c);
	WT_CALL(io, connection->WskCloseSocket(c, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	WSK_RULES(test, "HDR-1");
}

static void table_of_a_socket_never_changes(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	WSK_PROVIDER_DISPATCH provider;
	WSK_PROVIDER_CONNECTION_DISPATCH connection;
	WSK_PROVIDER_LISTEN_DISPATCH listen;
	const void *tables[2];
	struct wt_pair pair;
	PWSK_SOCKET c, l;

	l = wt_listen_socket(env, AF_INET, NULL, NULL);
	c = wt_connection_socket(env, AF_INET);
	memcpy(&provider, env->npi.Dispatch, sizeof(provider));
	tables[0] = l->Dispatch;
	tables[1] = c->Dispatch;
	listen = *WT_LISTEN(l);
	connection = *WT_CONNECTION(c);
	/* A life long: bound, connected, broken, and others that came and went. */
	wt_loopback(&pair.addr, AF_INET, 0);
	WT_EXPECT_STATUS(test, wt_bind(env, l, &pair.addr), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_bind(env, c, &pair.addr), STATUS_SUCCESS);
	wt_pair(env, AF_INET, &pair);
	WT_EXPECT_STATUS(test, wt_connect(env, c, &pair.addr), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_disconnect(env, c, WSK_FLAG_ABORTIVE), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_close(env, pair.client), STATUS_SUCCESS);
	KUNIT_EXPECT_PTR_EQ(test, l->Dispatch, tables[0]);
	KUNIT_EXPECT_PTR_EQ(test, c->Dispatch, tables[1]);
	KUNIT_EXPECT_PTR_EQ(test, pair.server->Dispatch, tables[1]);
	KUNIT_EXPECT_EQ(test, memcmp(l->Dispatch, &listen, sizeof(listen)), 0);
	KUNIT_EXPECT_EQ(test, memcmp(c->Dispatch, &connection, sizeof(connection)), 0);
	KUNIT_EXPECT_EQ(test, memcmp(env->npi.Dispatch, &provider, sizeof(provider)), 0);
	WSK_RULES(test, "HDR-18");
}

static void expect_slots(struct kunit *test, const VOID *dispatch, SIZE_T size)
{
	const PVOID *slots = dispatch;
	SIZE_T i;

	KUNIT_EXPECT_EQ(test, (u64)(size % sizeof(PVOID)), 0ULL);
	for (i = 0; i < size / sizeof(PVOID); i++)
		KUNIT_EXPECT_NOT_NULL_MSG(test, slots[i], "slot %zu", (size_t)i);
}

static void every_slot_of_the_tables_is_callable(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET l = wt_listen_socket(env, AF_INET, NULL, NULL);
	PWSK_SOCKET c = wt_connection_socket(env, AF_INET);

	expect_slots(test, l->Dispatch, sizeof(WSK_PROVIDER_LISTEN_DISPATCH));
	expect_slots(test, c->Dispatch, sizeof(WSK_PROVIDER_CONNECTION_DISPATCH));
	WSK_RULES(test, "HDR-19");
}

static void dispatch_may_be_null_or_hold_nulls(struct kunit *test)
{
	static const WSK_CLIENT_LISTEN_DISPATCH no_listen;
	static const WSK_CLIENT_CONNECTION_DISPATCH no_connection;
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET socket;
	int context;

	wt_listen_socket(env, AF_INET, NULL, NULL);
	wt_listen_socket(env, AF_INET, &context, &no_listen);
	wt_connection_socket(env, AF_INET);
	WT_EXPECT_STATUS(test, wt_try_socket(env, AF_INET, SOCK_STREAM, IPPROTO_TCP,
					     WSK_FLAG_CONNECTION_SOCKET, &context,
					     &no_connection, &socket), STATUS_SUCCESS);
	WSK_RULES(test, "SOC-4 SOC-5");
}

static void unbound_socket_can_be_closed_at_once(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(families); i++) {
		WT_EXPECT_STATUS(test, wt_close(env, wt_listen_socket(env, families[i], NULL,
								      NULL)), STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, wt_close(env, wt_connection_socket(env, families[i])),
				 STATUS_SUCCESS);
	}
	WSK_RULES(test, "SOC-20 CLO-7");
}

/* Of SOC-19 the half that there is today: SOCK_STREAM. */
static void protocol_zero_selects_tcp(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	SOCKADDR_STORAGE addr, any;
	PWSK_SOCKET socket;

	WT_ASSERT_STATUS(test, wt_try_socket(env, AF_INET, SOCK_STREAM, 0,
					     WSK_FLAG_CONNECTION_SOCKET, NULL, NULL, &socket),
			 STATUS_SUCCESS);
	wt_listener(env, AF_INET, &addr);
	wt_wildcard(&any, AF_INET, 0);
	WT_EXPECT_STATUS(test, wt_bind(env, socket, &any), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_connect(env, socket, &addr), STATUS_SUCCESS);
}

static void sockets_are_created_and_closed_at_dispatch_level(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *creating = wt_io_new(env), *closing = wt_io_new(env);
	const WSK_PROVIDER_DISPATCH *dispatch = env->npi.Dispatch;
	PWSK_SOCKET socket;
	KIRQL before, after;

	KeRaiseIrql(DISPATCH_LEVEL, &before);
	WT_CALL(creating, dispatch->WskSocket(env->npi.Client, AF_INET, SOCK_STREAM,
					      IPPROTO_TCP, WSK_FLAG_CONNECTION_SOCKET, NULL,
					      NULL, NULL, NULL, NULL, wt_irp(creating)));
	after = KeGetCurrentIrql();
	KeLowerIrql(before);
	KUNIT_EXPECT_EQ(test, (int)after, DISPATCH_LEVEL);
	WT_ASSERT_STATUS(test, wt_io_end(creating), STATUS_SUCCESS);
	socket = (PWSK_SOCKET)creating->information;
	KUNIT_ASSERT_NOT_NULL(test, socket);

	KeRaiseIrql(DISPATCH_LEVEL, &before);
	WT_CALL(closing, WT_BASIC(socket)->WskCloseSocket(socket, wt_irp(closing)));
	after = KeGetCurrentIrql();
	KeLowerIrql(before);
	KUNIT_EXPECT_EQ(test, (int)after, DISPATCH_LEVEL);
	WT_EXPECT_STATUS(test, wt_io_end(closing), STATUS_SUCCESS);
	WSK_RULES(test, "SOC-2 CLO-11 IRQ-15");
}

static void many_sockets_are_created_at_once(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *ios[64];
	int i;

	for (i = 0; i < ARRAY_SIZE(ios); i++) {
		ios[i] = wt_io_new(env);
		WT_CALL(ios[i], env->npi.Dispatch->WskSocket(env->npi.Client, families[i % 2],
							     SOCK_STREAM, IPPROTO_TCP,
							     WSK_FLAG_CONNECTION_SOCKET, NULL,
							     NULL, NULL, NULL, NULL,
							     wt_irp(ios[i])));
	}
	for (i = 0; i < ARRAY_SIZE(ios); i++) {
		WT_EXPECT_STATUS(test, wt_io_end(ios[i]), STATUS_SUCCESS);
		if (ios[i]->information)
			wt_track(env, (PWSK_SOCKET)ios[i]->information, FALSE);
	}
	WSK_RULES(test, "SOC-1 IRP-4");
}

static void expect_refused(struct kunit *test, ADDRESS_FAMILY family, USHORT type,
			   ULONG protocol, ULONG flags, NTSTATUS expected)
{
	PWSK_SOCKET socket;
	NTSTATUS status = wt_try_socket(wt_env(test), family, type, protocol, flags, NULL, NULL,
					&socket);

	KUNIT_EXPECT_EQ_MSG(test, status, expected, "%u %u %u %#x: %#x, not %#x", family, type,
			    protocol, flags, status, expected);
}

static void wrong_combinations_are_refused(struct kunit *test)
{
	const ULONG c = WSK_FLAG_CONNECTION_SOCKET, l = WSK_FLAG_LISTEN_SOCKET;

	expect_refused(test, AF_INET, SOCK_STREAM, IPPROTO_TCP, c | l, STATUS_INVALID_PARAMETER);
	expect_refused(test, AF_INET, SOCK_STREAM, IPPROTO_TCP, c | WSK_FLAG_DATAGRAM_SOCKET,
		       STATUS_INVALID_PARAMETER);
	expect_refused(test, AF_INET, SOCK_STREAM, IPPROTO_TCP, c | 0x10,
		       STATUS_INVALID_PARAMETER);
	expect_refused(test, AF_INET, SOCK_STREAM, IPPROTO_TCP, 0x80000000,
		       STATUS_INVALID_PARAMETER);
	expect_refused(test, 99, SOCK_STREAM, IPPROTO_TCP, c, STATUS_NOT_SUPPORTED);
	expect_refused(test, AF_UNSPEC, SOCK_STREAM, IPPROTO_TCP, c, STATUS_NOT_SUPPORTED);
	/* The Linux number of AF_INET6 is no family of Windows' IP. */
	expect_refused(test, 10, SOCK_STREAM, IPPROTO_TCP, c, STATUS_NOT_SUPPORTED);
	expect_refused(test, AF_INET, 77, IPPROTO_TCP, c, STATUS_NOT_SUPPORTED);
	expect_refused(test, AF_INET, SOCK_STREAM, IPPROTO_UDP, c, STATUS_NOT_SUPPORTED);
	expect_refused(test, AF_INET, SOCK_STREAM, IPPROTO_UDP, l, STATUS_NOT_SUPPORTED);
	expect_refused(test, AF_INET, SOCK_DGRAM, IPPROTO_UDP, c, STATUS_NOT_SUPPORTED);
	expect_refused(test, AF_INET6, SOCK_STREAM, 999, c, STATUS_NOT_SUPPORTED);
	WSK_RULES(test, "CAT-12 IRP-32");
}

static void datagram_listener_is_created_but_not_bound(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET socket;

	WT_ASSERT_STATUS(test, wt_try_socket(env, AF_INET, SOCK_DGRAM, IPPROTO_UDP,
					     WSK_FLAG_LISTEN_SOCKET, NULL, NULL, &socket),
			 STATUS_SUCCESS);
	wt_loopback(&addr, AF_INET, 0);
	/* wt_bind() expects Information 0. */
	WT_EXPECT_STATUS(test, wt_bind(env, socket, &addr), STATUS_NOT_IMPLEMENTED);
	WT_EXPECT_STATUS(test, wt_close(env, socket), STATUS_SUCCESS);
	WSK_RULES(test, "CAT-11 SOC-20 IRP-32");
}

/* With an IRP that the driver itself initialised in its own memory. */
struct embedded {
	PIRP irp;
	KEVENT done;
	NTSTATUS status;
	ULONG_PTR information;
};

static NTSTATUS embedded_complete(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct embedded *call = context;

	wt_note_place_here();
	call->status = irp->IoStatus.Status;
	call->information = irp->IoStatus.Information;
	KeSetEvent(&call->done, IO_NO_INCREMENT, FALSE);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static void embedded_arm(struct embedded *call)
{
	KeClearEvent(&call->done);
	IoInitializeIrp(call->irp, IoSizeOfIrp(1), 1);
	IoSetCompletionRoutine(call->irp, embedded_complete, call, TRUE, TRUE, TRUE);
}

static void irp_in_memory_of_the_caller_works(struct kunit *test)
{
	struct embedded *call = kunit_kzalloc(test, sizeof(*call), GFP_KERNEL);
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET socket;

	KUNIT_ASSERT_NOT_NULL(test, call);
	call->irp = kunit_kzalloc(test, IoSizeOfIrp(1), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, call->irp);
	KeInitializeEvent(&call->done, NotificationEvent, FALSE);

	embedded_arm(call);
	env->npi.Dispatch->WskSocket(env->npi.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
				     WSK_FLAG_CONNECTION_SOCKET, NULL, NULL, NULL, NULL, NULL,
				     call->irp);
	KUNIT_ASSERT_TRUE(test, wt_wait(&call->done, WT_PATIENCE_MS));
	WT_ASSERT_STATUS(test, call->status, STATUS_SUCCESS);
	socket = (PWSK_SOCKET)call->information;
	embedded_arm(call);
	WT_BASIC(socket)->WskCloseSocket(socket, call->irp);
	KUNIT_ASSERT_TRUE(test, wt_wait(&call->done, WT_PATIENCE_MS));
	WT_EXPECT_STATUS(test, call->status, STATUS_SUCCESS);
	WSK_RULES(test, "IRP-12 IRP-14 IRP-15");
}

static NTSTATUS free_irp_complete(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct embedded *call = context;

	wt_note_place_here();
	call->status = irp->IoStatus.Status;
	call->information = irp->IoStatus.Information;
	IoFreeIrp(irp);
	KeSetEvent(&call->done, IO_NO_INCREMENT, FALSE);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static void completion_routine_may_free_its_irp(struct kunit *test)
{
	struct embedded *call = kunit_kzalloc(test, sizeof(*call), GFP_KERNEL);
	struct wt_env *env = wt_env(test);

	KUNIT_ASSERT_NOT_NULL(test, call);
	KeInitializeEvent(&call->done, NotificationEvent, FALSE);
	call->irp = IoAllocateIrp(1, FALSE);
	KUNIT_ASSERT_NOT_NULL(test, call->irp);
	IoSetCompletionRoutine(call->irp, free_irp_complete, call, TRUE, TRUE, TRUE);
	env->npi.Dispatch->WskSocket(env->npi.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
				     WSK_FLAG_CONNECTION_SOCKET, NULL, NULL, NULL, NULL, NULL,
				     call->irp);
	KUNIT_ASSERT_TRUE(test, wt_wait(&call->done, WT_PATIENCE_MS));
	WT_ASSERT_STATUS(test, call->status, STATUS_SUCCESS);
	wt_track(env, (PWSK_SOCKET)call->information, FALSE);
	WSK_RULES(test, "IRP-10 IRP-11");
}

struct two_levels {
	KEVENT done;
	LONG lower;
	LONG upper;
	NTSTATUS status;
};

static NTSTATUS count_lower(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	wt_note_place_here();
	InterlockedIncrement(&((struct two_levels *)context)->lower);
	if (irp->PendingReturned)
		IoMarkIrpPending(irp);
	return STATUS_SUCCESS;
}

static NTSTATUS count_upper(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct two_levels *call = context;

	wt_note_place_here();
	InterlockedIncrement(&call->upper);
	call->status = irp->IoStatus.Status;
	KeSetEvent(&call->done, IO_NO_INCREMENT, FALSE);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

/* An IRP as it comes down from a driver above, with a routine for success only. */
static void bind_from_above(struct kunit *test, PWSK_SOCKET socket, PIRP irp,
			    struct two_levels *call, SOCKADDR_STORAGE *addr)
{
	memset(call, 0, sizeof(*call));
	KeInitializeEvent(&call->done, NotificationEvent, FALSE);
	IoReuseIrp(irp, STATUS_SUCCESS);
	IoSetCompletionRoutine(irp, count_upper, call, TRUE, TRUE, TRUE);
	IoSetNextIrpStackLocation(irp);
	IoSetCompletionRoutine(irp, count_lower, call, TRUE, FALSE, FALSE);
	WT_CONNECTION(socket)->WskBind(socket, (PSOCKADDR)addr, 0, irp);
	KUNIT_ASSERT_TRUE(test, wt_wait(&call->done, WT_PATIENCE_MS));
	KUNIT_EXPECT_EQ(test, call->upper, 1);
}

static void irp_from_above_completes_upwards(struct kunit *test)
{
	struct two_levels *call = kunit_kzalloc(test, sizeof(*call), GFP_KERNEL);
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET socket = wt_connection_socket(env, AF_INET);
	PIRP irp = IoAllocateIrp(2, FALSE);
	SOCKADDR_STORAGE wrong, right;

	KUNIT_ASSERT_NOT_NULL(test, call);
	KUNIT_ASSERT_NOT_NULL(test, irp);
	wt_wildcard(&wrong, AF_INET6, 0);
	wt_wildcard(&right, AF_INET, 0);
	bind_from_above(test, socket, irp, call, &wrong);
	KUNIT_EXPECT_EQ(test, call->lower, 0);
	KUNIT_EXPECT_FALSE(test, NT_SUCCESS(call->status));
	bind_from_above(test, socket, irp, call, &right);
	KUNIT_EXPECT_EQ(test, call->lower, 1);
	WT_EXPECT_STATUS(test, call->status, STATUS_SUCCESS);
	IoFreeIrp(irp);
	WSK_RULES(test, "IRP-9 IRP-16 IRP-17");
}

static struct kunit_case socket_create_cases[] = {
	KUNIT_CASE(listening_and_connection_sockets_are_created),
	KUNIT_CASE(socket_begins_with_its_table),
	KUNIT_CASE(table_of_a_socket_never_changes),
	KUNIT_CASE(every_slot_of_the_tables_is_callable),
	KUNIT_CASE(dispatch_may_be_null_or_hold_nulls),
	KUNIT_CASE(unbound_socket_can_be_closed_at_once),
	KUNIT_CASE(protocol_zero_selects_tcp),
	KUNIT_CASE(sockets_are_created_and_closed_at_dispatch_level),
	KUNIT_CASE(many_sockets_are_created_at_once),
	KUNIT_CASE(wrong_combinations_are_refused),
	KUNIT_CASE(datagram_listener_is_created_but_not_bound),
	KUNIT_CASE(irp_in_memory_of_the_caller_works),
	KUNIT_CASE(completion_routine_may_free_its_irp),
	KUNIT_CASE(irp_from_above_completes_upwards),
	{}
};

static struct kunit_suite socket_create_suite = {
	.name = "wsk_socket",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = socket_create_cases,
};
kunit_test_suite(socket_create_suite);
