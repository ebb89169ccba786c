// SPDX-License-Identifier: GPL-2.0
/* A PWSK_CLIENT that is none, or none any more. */
#include "wsk_fixture.h"

/* Each function of the provider's table, with @client. */
static void expect_no_client(struct kunit *test, PWSK_CLIENT client)
{
	const NTSTATUS refused = STATUS_INVALID_HANDLE;
	struct wt_env *env = wt_env(test);
	const WSK_PROVIDER_DISPATCH *d = env->npi.Dispatch;
	WSK_EVENT_CALLBACK_CONTROL control = { &NPI_WSK_INTERFACE_ID, WSK_EVENT_ACCEPT };
	UNICODE_STRING name = RTL_CONSTANT_STRING(L"127.0.0.1");
	struct wt_io *io = wt_io_new(env);
	PADDRINFOEXW result = NULL;
	SOCKADDR_STORAGE any, addr;
	SIZE_T bytes = 42;

	wt_wildcard(&any, AF_INET, 0);
	wt_loopback(&addr, AF_INET, 9);
	WT_CALL(io, d->WskSocket(client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
				 WSK_FLAG_LISTEN_SOCKET, NULL, NULL, NULL, NULL, NULL,
				 wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), refused);
	KUNIT_EXPECT_EQ(test, (u64)io->information, 0ULL);
	WT_CALL(io, d->WskSocketConnect(client, SOCK_STREAM, IPPROTO_TCP, (PSOCKADDR)&any,
					(PSOCKADDR)&addr, 0, NULL, NULL, NULL, NULL, NULL,
					wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), refused);
	WT_EXPECT_STATUS(test, d->WskControlClient(client, WSK_SET_STATIC_EVENT_CALLBACKS,
						   sizeof(control), &control, 0, NULL, NULL,
						   NULL), refused);
	WT_EXPECT_STATUS(test, d->WskControlClient(client, WSK_TRANSPORT_LIST_QUERY, 0, NULL, 0,
						   NULL, &bytes, NULL), refused);
	KUNIT_EXPECT_EQ(test, (u64)bytes, 42ULL);
	WT_CALL(io, d->WskControlClient(client, WSK_TRANSPORT_LIST_CHANGE, 0, NULL, 0, NULL,
					NULL, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), refused);
	WT_CALL(io, d->WskGetAddressInfo(client, &name, NULL, NS_ALL, NULL, NULL, &result, NULL,
					 NULL, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), refused);
	WT_CALL(io, d->WskGetNameInfo(client, (PSOCKADDR)&addr, sizeof(SOCKADDR_IN), &name, NULL,
				      NI_NUMERICHOST, NULL, NULL, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), refused);
	wt_io_put(io);
}

static void what_is_no_client_is_refused(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_pair pair;
	PVOID memory;

	wt_pair(env, AF_INET, &pair);
	memory = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, memory);
	expect_no_client(test, NULL);
	expect_no_client(test, memory);
	memset(memory, 0xa5, PAGE_SIZE);
	expect_no_client(test, memory);
	/* Also not if it is the provider's: a socket. */
	expect_no_client(test, (PWSK_CLIENT)pair.client);
	wt_exchange(env, pair.client, pair.server, 100, 1);
	WSK_RULES(test, "CLI-10");
}

/* A client whose last capture was released, in a registration that has not ended. */
static void released_client_is_served_until_the_registration_ends(struct kunit *test)
{
	struct wt_env *env = wt_env_new(test, MAKE_WSK_VERSION(1, 0));
	struct wt_pair pair;

	KUNIT_ASSERT_NOT_NULL(test, env);
	KUNIT_ASSERT_TRUE(test, env->captured);
	/* For the listener and for the socket that connects; the third comes from the listener. */
	WSK_EXPECT_REPORT(test, "2x wsk: misuse: CAP-17");
	WskReleaseProviderNPI(&env->registration);
	env->captured = FALSE;
	wt_pair(env, AF_INET, &pair);
	wt_exchange(env, pair.client, pair.server, 100, 1);
	/* Its sockets count: this closes them, and then deregisters. */
	wt_env_free(env);
	WSK_RULES(test, "CLI-10");
}

/*
 * A function for each, so that each report names its call. The registration is there,
 * and the answer is as ever.
 */
static noinline NTSTATUS late_socket(struct wt_env *env, PIRP irp)
{
	return env->npi.Dispatch->WskSocket(env->npi.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
					    WSK_FLAG_CONNECTION_SOCKET, NULL, NULL, NULL, NULL,
					    NULL, irp);
}

static noinline NTSTATUS late_socket_connect(struct wt_env *env, SOCKADDR_STORAGE *to, PIRP irp)
{
	SOCKADDR_STORAGE any;

	wt_wildcard(&any, AF_INET, 0);
	return env->npi.Dispatch->WskSocketConnect(env->npi.Client, SOCK_STREAM, IPPROTO_TCP,
						   (PSOCKADDR)&any, (PSOCKADDR)to, 0, NULL, NULL,
						   NULL, NULL, NULL, irp);
}

static noinline NTSTATUS late_control_client(struct wt_env *env, SIZE_T *bytes)
{
	return env->npi.Dispatch->WskControlClient(env->npi.Client, WSK_TRANSPORT_LIST_QUERY, 0,
						   NULL, 0, NULL, bytes, NULL);
}

static noinline NTSTATUS late_get_address_info(struct wt_env *env, PADDRINFOEXW *result, PIRP irp)
{
	UNICODE_STRING name = RTL_CONSTANT_STRING(L"127.0.0.1");

	return env->npi.Dispatch->WskGetAddressInfo(env->npi.Client, &name, NULL, NS_ALL, NULL,
						    NULL, result, NULL, NULL, irp);
}

static noinline void late_free_address_info(struct wt_env *env)
{
	env->npi.Dispatch->WskFreeAddressInfo(env->npi.Client, NULL);
}

static noinline NTSTATUS late_get_name_info(struct wt_env *env, SOCKADDR_STORAGE *of, PIRP irp)
{
	UNICODE_STRING name = RTL_CONSTANT_STRING(L"127.0.0.1");

	return env->npi.Dispatch->WskGetNameInfo(env->npi.Client, (PSOCKADDR)of,
						 sizeof(SOCKADDR_IN), &name, NULL,
						 NI_NUMERICHOST, NULL, NULL, irp);
}

#define LATE "1x wsk: misuse: CAP-17: a call .* after the last WskReleaseProviderNPI, from "

static void each_function_is_reported_after_the_last_release(struct kunit *test)
{
	struct wt_env *env = wt_env_new(test, MAKE_WSK_VERSION(1, 0));
	PADDRINFOEXW result = NULL;
	SOCKADDR_STORAGE addr;
	SIZE_T bytes = 0;
	struct wt_io *io;

	KUNIT_ASSERT_NOT_NULL(test, env);
	KUNIT_ASSERT_TRUE(test, env->captured);
	wt_listener(env, AF_INET, &addr);
	io = wt_io_new(env);
	WSK_EXPECT_REPORT(test, LATE "late_socket[.+]");
	WSK_EXPECT_REPORT(test, LATE "late_socket_connect[.+]");
	WSK_EXPECT_REPORT(test, LATE "late_control_client[.+]");
	WSK_EXPECT_REPORT(test, LATE "late_get_address_info[.+]");
	WSK_EXPECT_REPORT(test, LATE "late_free_address_info[.+]");
	WSK_EXPECT_REPORT(test, LATE "late_get_name_info[.+]");
	WSK_EXPECT_REPORT(test, "6x wsk: misuse");
	WskReleaseProviderNPI(&env->registration);
	env->captured = FALSE;
	WT_CALL(io, late_socket(env, wt_irp(io)));
	WT_ASSERT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	wt_track(env, (PWSK_SOCKET)io->information, FALSE);
	WT_CALL(io, late_socket_connect(env, &addr, wt_irp(io)));
	WT_ASSERT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	wt_track(env, (PWSK_SOCKET)io->information, FALSE);
	WT_EXPECT_STATUS(test, late_control_client(env, &bytes), STATUS_BUFFER_OVERFLOW);
	KUNIT_EXPECT_GT(test, bytes, 0);
	WT_CALL(io, late_get_address_info(env, &result, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_NOT_IMPLEMENTED);
	KUNIT_EXPECT_NULL(test, result);
	late_free_address_info(env);
	WT_CALL(io, late_get_name_info(env, &addr, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_NOT_IMPLEMENTED);
	/* Two of them made sockets, which the end of the registration waits for. */
	wt_env_free(env);
	WSK_RULES(test, "CAP-17");
}

static struct kunit_case client_misuse_cases[] = {
	KUNIT_CASE(what_is_no_client_is_refused),
	KUNIT_CASE(released_client_is_served_until_the_registration_ends),
	KUNIT_CASE(each_function_is_reported_after_the_last_release),
	{}
};

static struct kunit_suite client_misuse_suite = {
	.name = "wsk_client_misuse",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = client_misuse_cases,
};
kunit_test_suite(client_misuse_suite);
