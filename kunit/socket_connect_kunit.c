// SPDX-License-Identifier: GPL-2.0
/* WskSocketConnect: create, bind and connect in one request. */
#include "silent_peer.h"
#include "wsk_fixture.h"

static void socket_connect(struct wt_io *io, USHORT type, ULONG protocol, ULONG flags,
			   SOCKADDR_STORAGE *local, SOCKADDR_STORAGE *remote)
{
	struct wt_env *env = io->env;

	WT_CALL(io, env->npi.Dispatch->WskSocketConnect(env->npi.Client, type, protocol,
							(PSOCKADDR)local, (PSOCKADDR)remote,
							flags, NULL, NULL, NULL, NULL, NULL,
							wt_irp(io)));
}

static NTSTATUS try_socket_connect(struct wt_env *env, USHORT type, ULONG protocol, ULONG flags,
				   SOCKADDR_STORAGE *local, SOCKADDR_STORAGE *remote,
				   PWSK_SOCKET *socket)
{
	SOCKADDR_STORAGE *copies = kunit_kzalloc(env->test, 2 * sizeof(*copies), GFP_KERNEL);
	struct wt_io *io = wt_io_new(env);
	NTSTATUS status;

	KUNIT_ASSERT_NOT_NULL(env->test, copies);
	copies[0] = *local;
	copies[1] = *remote;
	socket_connect(io, type, protocol, flags, &copies[0], &copies[1]);
	memset(copies, 0xa5, 2 * sizeof(*copies));
	status = wt_io_end(io);
	*socket = NULL;
	if (NT_SUCCESS(status)) {
		*socket = (PWSK_SOCKET)io->information;
		KUNIT_ASSERT_NOT_NULL(env->test, *socket);
		wt_track(env, *socket, FALSE);
	} else {
		KUNIT_EXPECT_EQ(env->test, (u64)io->information, 0ULL);
	}
	return status;
}

static void one_request_makes_a_connection(struct kunit *test)
{
	static const ADDRESS_FAMILY families[] = { AF_INET, AF_INET6 };
	struct wt_env *env = wt_env(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(families); i++) {
		SOCKADDR_STORAGE addr, any, local, remote;
		PWSK_SOCKET listener, client, server;

		listener = wt_listener(env, families[i], &addr);
		wt_wildcard(&any, families[i], 0);
		/* Reserved flags that are not 0 are ignored here, unlike elsewhere. */
		WT_ASSERT_STATUS(test, try_socket_connect(env, SOCK_STREAM, IPPROTO_TCP, i * 2,
							  &any, &addr, &client),
				 STATUS_SUCCESS);
		WT_ASSERT_STATUS(test, wt_accept(env, listener, &server), STATUS_SUCCESS);
		KUNIT_EXPECT_PTR_EQ(test, client->Dispatch, server->Dispatch);
		WT_EXPECT_STATUS(test, wt_local_address(env, client, &local), STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, wt_remote_address(env, server, &remote), STATUS_SUCCESS);
		KUNIT_EXPECT_TRUE(test, wt_addr_equal(&local, &remote));
		KUNIT_EXPECT_EQ(test, local.ss_family, families[i]);
		wt_exchange(env, client, server, 2000, 1);
	}
	WSK_RULES(test, "SCN-1 SCN-2 SCN-4 SCN-6 SCN-8");
}

static void local_address_is_used(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	SOCKADDR_STORAGE addr, mine, local;
	PWSK_SOCKET client;

	wt_listener(env, AF_INET, &addr);
	wt_ipv4(&mine, 0x7f000003, 0);
	WT_ASSERT_STATUS(test, try_socket_connect(env, SOCK_STREAM, IPPROTO_TCP, 0, &mine, &addr,
						  &client), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_local_address(env, client, &local), STATUS_SUCCESS);
	wt_ipv4(&mine, 0x7f000003, wt_port(&local));
	KUNIT_EXPECT_TRUE(test, wt_addr_equal(&local, &mine));
	WSK_RULES(test, "SCN-1");
}

/* Each failure leaves no socket: the deregistration at the end of the case returns. */
static void failures_leave_no_socket(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	SOCKADDR_STORAGE addr, six, any, foreign;
	PWSK_SOCKET listener, socket;

	listener = wt_listener(env, AF_INET, &addr);
	wt_listener(env, AF_INET6, &six);
	wt_wildcard(&any, AF_INET, 0);
	wt_ipv4(&foreign, 0xc0000201, 0);
	WT_EXPECT_STATUS(test, try_socket_connect(env, SOCK_STREAM, IPPROTO_TCP, 0, &foreign,
						  &addr, &socket),
			 STATUS_INVALID_ADDRESS_COMPONENT);
	WT_EXPECT_STATUS(test, try_socket_connect(env, SOCK_STREAM, IPPROTO_TCP, 0, &addr, &addr,
						  &socket), STATUS_ADDRESS_ALREADY_EXISTS);
	WT_EXPECT_STATUS(test, try_socket_connect(env, SOCK_STREAM, IPPROTO_TCP, 0, &any, &six,
						  &socket), STATUS_INVALID_PARAMETER);
	WT_EXPECT_STATUS(test, try_socket_connect(env, SOCK_DGRAM, IPPROTO_UDP, 0, &any, &addr,
						  &socket), STATUS_NOT_SUPPORTED);
	WT_EXPECT_STATUS(test, wt_close(env, listener), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, try_socket_connect(env, SOCK_STREAM, IPPROTO_TCP, 0, &any, &addr,
						  &socket), STATUS_CONNECTION_REFUSED);
	WSK_RULES(test, "SCN-5 SCN-9 SCN-13 BND-16 CON-4 IRP-32");
}

static void attempt_can_be_cancelled(struct kunit *test)
{
	SOCKADDR_STORAGE *addrs = kunit_kzalloc(test, 2 * sizeof(*addrs), GFP_KERNEL);
	struct wt_env *env = wt_env(test);
	struct wt_io *io = wt_io_new(env);
	struct silent_peer *peer;
	unsigned short port;

	KUNIT_ASSERT_NOT_NULL(test, addrs);
	peer = silent_peer_open(&port);
	KUNIT_ASSERT_NOT_NULL(test, peer);
	wt_wildcard(&addrs[0], AF_INET, 0);
	wt_loopback(&addrs[1], AF_INET, port);
	socket_connect(io, SOCK_STREAM, IPPROTO_TCP, 0, &addrs[0], &addrs[1]);
	wt_sleep(50);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(io));
	IoCancelIrp(io->irp);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_CANCELLED);
	KUNIT_EXPECT_EQ(test, (u64)io->information, 0ULL);
	silent_peer_close(peer);
	WSK_RULES(test, "CAN-8 SCN-5");
}

struct ending {
	PWSK_REGISTRATION registration;
	LONG stamp;
};

static void end_registration(void *context)
{
	struct ending *ending = context;

	WskDeregister(ending->registration);
	ending->stamp = wt_stamp();
}

static void pending_attempt_holds_up_deregister(struct kunit *test)
{
	struct wt_env *env = wt_env_new(test, MAKE_WSK_VERSION(1, 0));
	SOCKADDR_STORAGE *addrs = kunit_kzalloc(test, 2 * sizeof(*addrs), GFP_KERNEL);
	struct ending *ending = kunit_kzalloc(test, sizeof(*ending), GFP_KERNEL);
	struct wt_thread *thread = kunit_kzalloc(test, sizeof(*thread), GFP_KERNEL);
	struct silent_peer *peer;
	unsigned short port;
	struct wt_io *io;

	KUNIT_ASSERT_NOT_NULL(test, env);
	KUNIT_ASSERT_NOT_NULL(test, addrs);
	KUNIT_ASSERT_NOT_NULL(test, ending);
	KUNIT_ASSERT_NOT_NULL(test, thread);
	peer = silent_peer_open(&port);
	KUNIT_ASSERT_NOT_NULL(test, peer);
	wt_wildcard(&addrs[0], AF_INET, 0);
	wt_loopback(&addrs[1], AF_INET, port);
	io = wt_io_new(env);
	socket_connect(io, SOCK_STREAM, IPPROTO_TCP, 0, &addrs[0], &addrs[1]);
	WskReleaseProviderNPI(&env->registration);
	ending->registration = &env->registration;
	wt_thread_start(test, thread, end_registration, ending);
	wt_sleep(50);
	KUNIT_EXPECT_EQ(test, ending->stamp, 0);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(io));
	IoCancelIrp(io->irp);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_CANCELLED);
	KUNIT_ASSERT_TRUE(test, wt_thread_join(thread));
	KUNIT_EXPECT_GT(test, ending->stamp, io->stamp);
	env->captured = FALSE;
	env->registered = FALSE;
	wt_env_free(env);
	silent_peer_close(peer);
	WSK_RULES(test, "REG-17 REG-19 SCN-12 CAP-19");
}

static void socket_connect_works_at_dispatch_level(struct kunit *test)
{
	SOCKADDR_STORAGE *addrs = kunit_kzalloc(test, 2 * sizeof(*addrs), GFP_KERNEL);
	struct wt_env *env = wt_env(test);
	struct wt_io *io = wt_io_new(env);
	KIRQL before, after;

	KUNIT_ASSERT_NOT_NULL(test, addrs);
	wt_wildcard(&addrs[0], AF_INET6, 0);
	wt_listener(env, AF_INET6, &addrs[1]);
	KeRaiseIrql(DISPATCH_LEVEL, &before);
	socket_connect(io, SOCK_STREAM, IPPROTO_TCP, 0, &addrs[0], &addrs[1]);
	after = KeGetCurrentIrql();
	KeLowerIrql(before);
	KUNIT_EXPECT_EQ(test, (int)after, DISPATCH_LEVEL);
	WT_ASSERT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	wt_track(env, (PWSK_SOCKET)io->information, FALSE);
	WSK_RULES(test, "IRQ-15 SCN-1");
}

static struct kunit_case socket_connect_cases[] = {
	KUNIT_CASE(one_request_makes_a_connection),
	KUNIT_CASE(local_address_is_used),
	KUNIT_CASE(failures_leave_no_socket),
	KUNIT_CASE(attempt_can_be_cancelled),
	KUNIT_CASE(pending_attempt_holds_up_deregister),
	KUNIT_CASE(socket_connect_works_at_dispatch_level),
	{}
};

static struct kunit_suite socket_connect_suite = {
	.name = "wsk_socket_connect",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = socket_connect_cases,
};
kunit_test_suite(socket_connect_suite);
