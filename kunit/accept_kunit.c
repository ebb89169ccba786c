// SPDX-License-Identifier: GPL-2.0
/* WskAccept: before and after the connection arrives, order, addresses, dual mode. */
#include "wsk_fixture.h"

/* One queued accept with its own address buffers. */
struct pending_accept {
	struct wt_io *io;
	PWSK_SOCKET listener;
	SOCKADDR_STORAGE local;
	SOCKADDR_STORAGE remote;
};

static struct pending_accept *accept_begin(struct wt_env *env, PWSK_SOCKET listener)
{
	struct pending_accept *accept = kunit_kzalloc(env->test, sizeof(*accept), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(env->test, accept);
	wt_addr_poison(&accept->local);
	wt_addr_poison(&accept->remote);
	accept->io = wt_io_new(env);
	accept->listener = listener;
	WT_CALL(accept->io, WT_LISTEN(listener)->WskAccept(listener, 0, NULL, NULL,
							   (PSOCKADDR)&accept->local,
							   (PSOCKADDR)&accept->remote,
							   wt_irp(accept->io)));
	return accept;
}

static PWSK_SOCKET accept_end(struct wt_env *env, struct pending_accept *accept)
{
	PWSK_SOCKET socket;

	WT_ASSERT_STATUS(env->test, wt_io_end(accept->io), STATUS_SUCCESS);
	socket = (PWSK_SOCKET)accept->io->information;
	KUNIT_ASSERT_NOT_NULL(env->test, socket);
	wt_track(env, socket, FALSE);
	return socket;
}

/* What the accept reported is what both ends say about themselves. */
static void expect_addresses(struct kunit *test, struct pending_accept *accept,
			     PWSK_SOCKET client)
{
	SOCKADDR_STORAGE local, remote;

	WT_EXPECT_STATUS(test, wt_local_address(wt_env(test), client, &local), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_remote_address(wt_env(test), client, &remote),
			 STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_addr_equal(&accept->remote, &local));
	KUNIT_EXPECT_TRUE(test, wt_addr_equal(&accept->local, &remote));
	KUNIT_EXPECT_NE(test, wt_port(&accept->remote), 0);
	KUNIT_EXPECT_TRUE(test, wt_addr_only_size_written(&accept->local));
	KUNIT_EXPECT_TRUE(test, wt_addr_only_size_written(&accept->remote));
}

static void accept_waits_for_the_connection(struct kunit *test)
{
	static const ADDRESS_FAMILY families[] = { AF_INET, AF_INET6 };
	struct wt_env *env = wt_env(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(families); i++) {
		struct pending_accept *accept;
		PWSK_SOCKET listener, client, server;
		SOCKADDR_STORAGE addr;

		listener = wt_listener(env, families[i], &addr);
		accept = accept_begin(env, listener);
		WT_EXPECT_STATUS(test, accept->io->returned, STATUS_PENDING);
		wt_sleep(20);
		KUNIT_EXPECT_FALSE(test, wt_io_completed(accept->io));
		client = wt_connected(env, &addr);
		server = accept_end(env, accept);
		expect_addresses(test, accept, client);
		/* From here on the buffers are the client's. */
		wt_addr_poison(&accept->local);
		accept->remote = accept->local;
		KUNIT_EXPECT_PTR_EQ(test, server->Dispatch, client->Dispatch);
		wt_exchange(env, client, server, 100, 1);
		wt_exchange(env, server, client, 100, 2);
		wt_addr_poison(&addr);
		KUNIT_EXPECT_EQ(test, memcmp(&accept->local, &addr, sizeof(addr)), 0);
		KUNIT_EXPECT_EQ(test, memcmp(&accept->remote, &addr, sizeof(addr)), 0);
	}
	WSK_RULES(test, "ACC-2 ACC-5 ACC-6 ACC-8 ACC-24 MEM-6");
}

static void waiting_connection_is_accepted(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct pending_accept *accept;
	PWSK_SOCKET listener, client, server;
	SOCKADDR_STORAGE addr, at_server;

	listener = wt_listener(env, AF_INET, &addr);
	client = wt_connected(env, &addr);
	wt_sleep(20);
	accept = accept_begin(env, listener);
	server = accept_end(env, accept);
	expect_addresses(test, accept, client);
	WT_EXPECT_STATUS(test, wt_local_address(env, server, &at_server), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_addr_equal(&at_server, &accept->local));
	WT_EXPECT_STATUS(test, wt_remote_address(env, server, &at_server), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_addr_equal(&at_server, &accept->remote));
	wt_exchange(env, client, server, 3000, 3);
	WSK_RULES(test, "ACC-1 ADR-7 BLG-2");
}

static void address_pointers_may_be_null(struct kunit *test)
{
	struct wt_pair pair;

	/* wt_accept() passes NULL for both, and for context and dispatch. */
	wt_pair(wt_env(test), AF_INET6, &pair);
	wt_exchange(wt_env(test), pair.client, pair.server, 10, 0);
	WSK_RULES(test, "ACC-7 ACC-9");
}

#define QUEUED 6

static void queued_accepts_are_served_in_order(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct pending_accept *accepts[QUEUED];
	PWSK_SOCKET listener, client;
	SOCKADDR_STORAGE addr;
	int i;

	listener = wt_listener(env, AF_INET, &addr);
	for (i = 0; i < QUEUED; i++)
		accepts[i] = accept_begin(env, listener);
	for (i = 0; i < QUEUED; i++) {
		client = wt_connected(env, &addr);
		accept_end(env, accepts[i]);
		expect_addresses(test, accepts[i], client);
		if (i + 1 < QUEUED)
			KUNIT_EXPECT_FALSE(test, wt_io_completed(accepts[i + 1]->io));
	}
	WSK_RULES(test, "ACC-12 ACC-13 IRP-4");
}

static void waiting_connections_are_delivered_in_order(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct pending_accept *accepts[QUEUED];
	PWSK_SOCKET listener, clients[QUEUED];
	SOCKADDR_STORAGE addr;
	int i;

	listener = wt_listener(env, AF_INET6, &addr);
	for (i = 0; i < QUEUED; i++)
		clients[i] = wt_waiting(env, &addr, i + 1);
	for (i = 0; i < QUEUED; i++)
		accepts[i] = accept_begin(env, listener);
	for (i = 0; i < QUEUED; i++) {
		accept_end(env, accepts[i]);
		expect_addresses(test, accepts[i], clients[i]);
		if (i)
			KUNIT_EXPECT_GT(test, accepts[i]->io->stamp, accepts[i - 1]->io->stamp);
	}
	WSK_RULES(test, "ACC-12 ACC-13 BLG-2 BLG-5");
}

static void many_connections_are_held_until_accepted(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET listener, server;
	SOCKADDR_STORAGE addr;
	int i;

	listener = wt_listener(env, AF_INET, &addr);
	for (i = 0; i < 64; i++)
		wt_connected(env, &addr);
	for (i = 0; i < 64; i++)
		WT_ASSERT_STATUS(test, wt_accept(env, listener, &server), STATUS_SUCCESS);
	WSK_RULES(test, "ACC-13 BLG-2");
}

static void unbound_listener_refuses_accepts(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET socket;

	WT_EXPECT_STATUS(test, wt_accept(env, wt_listen_socket(env, AF_INET, NULL, NULL),
					 &socket), STATUS_INVALID_DEVICE_STATE);
	WSK_RULES(test, "ACC-16 ACC-17 IRP-32");
}

static void reserved_accept_flags_are_refused(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *io = wt_io_new(env);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener;

	listener = wt_listener(env, AF_INET, &addr);
	WT_CALL(io, WT_LISTEN(listener)->WskAccept(listener, 1, NULL, NULL, NULL, NULL,
						   wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, (u64)io->information, 0ULL);
	WSK_RULES(test, "ACC-18");
}

static void closing_the_listener_cancels_queued_accepts(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *closing = wt_io_new(env);
	struct pending_accept *accepts[QUEUED];
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener;
	int i;

	listener = wt_listener(env, AF_INET, &addr);
	for (i = 0; i < QUEUED; i++)
		accepts[i] = accept_begin(env, listener);
	wt_untrack(env, listener);
	WT_CALL(closing, WT_LISTEN(listener)->WskCloseSocket(listener, wt_irp(closing)));
	WT_EXPECT_STATUS(test, wt_io_end(closing), STATUS_SUCCESS);
	for (i = 0; i < QUEUED; i++) {
		/* Each was completed before the close was. */
		KUNIT_EXPECT_TRUE(test, wt_io_completed(accepts[i]->io));
		WT_EXPECT_STATUS(test, wt_io_end(accepts[i]->io), STATUS_CANCELLED);
		KUNIT_EXPECT_EQ(test, (u64)accepts[i]->io->information, 0ULL);
		KUNIT_EXPECT_LT(test, accepts[i]->io->stamp, closing->stamp);
	}
	WSK_RULES(test, "ACC-14 CLO-1 CLO-2 CLO-3 CLO-7");
}

static void accepted_socket_outlives_its_listener(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_pair pair;

	wt_pair(env, AF_INET, &pair);
	WT_EXPECT_STATUS(test, wt_close(env, pair.listener), STATUS_SUCCESS);
	wt_exchange(env, pair.client, pair.server, 70000, 4);
	wt_exchange(env, pair.server, pair.client, 70000, 5);
	WSK_RULES(test, "ACC-19 CLO-23");
}

static void undelivered_connections_are_reset_by_the_close(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *data = wt_data_new(env, 16);
	PWSK_SOCKET listener, client;
	struct wt_io *receiving = wt_io_new(env);
	SOCKADDR_STORAGE addr;

	listener = wt_listener(env, AF_INET, &addr);
	client = wt_connected(env, &addr);
	wt_receive_start(receiving, client, data, 0, 16, 0);
	WT_EXPECT_STATUS(test, wt_close(env, listener), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(receiving), STATUS_CONNECTION_RESET);
	WSK_RULES(test, "BLG-6");
}

/* A connection that was reset while it waited fails later or not at all, but never the accept. */
static void reset_connection_does_not_fail_the_accept(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct pending_accept *accept;
	PWSK_SOCKET listener, client, alive = NULL;
	SOCKADDR_STORAGE addr, mine;
	int i;

	listener = wt_listener(env, AF_INET, &addr);
	client = wt_connected(env, &addr);
	WT_EXPECT_STATUS(test, wt_disconnect(env, client, WSK_FLAG_ABORTIVE), STATUS_SUCCESS);
	client = wt_connected(env, &addr);
	WT_EXPECT_STATUS(test, wt_local_address(env, client, &mine), STATUS_SUCCESS);
	for (i = 0; i < 2 && !alive; i++) {
		PWSK_SOCKET socket;

		accept = accept_begin(env, listener);
		socket = accept_end(env, accept);
		if (wt_addr_equal(&accept->remote, &mine))
			alive = socket;
	}
	KUNIT_ASSERT_NOT_NULL(test, alive);
	wt_exchange(env, client, alive, 10, 6);
	WSK_RULES(test, "ACC-15");
}

static PWSK_SOCKET dual_listener(struct kunit *test, ULONG v6only, SOCKADDR_STORAGE *addr)
{
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET listener = wt_listen_socket(env, AF_INET6, NULL, NULL);

	WT_ASSERT_STATUS(test, wt_set_option(env, listener, IPPROTO_IPV6, IPV6_V6ONLY, &v6only,
					     sizeof(v6only)), STATUS_SUCCESS);
	wt_wildcard(addr, AF_INET6, 0);
	WT_ASSERT_STATUS(test, wt_bind(env, listener, addr), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, wt_local_address(env, listener, addr), STATUS_SUCCESS);
	return listener;
}

static void dual_mode_listener_takes_both_families(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	SOCKADDR_STORAGE bound, addr, expected, at_server;
	struct pending_accept *accept;
	PWSK_SOCKET listener, client, server;

	listener = dual_listener(test, 0, &bound);
	accept = accept_begin(env, listener);
	wt_loopback(&addr, AF_INET, wt_port(&bound));
	client = wt_connected(env, &addr);
	server = accept_end(env, accept);
	wt_mapped(&expected, 0x7f000001, wt_port(&bound));
	KUNIT_EXPECT_TRUE(test, wt_addr_equal(&accept->local, &expected));
	WT_EXPECT_STATUS(test, wt_local_address(env, client, &addr), STATUS_SUCCESS);
	wt_mapped(&expected, 0x7f000001, wt_port(&addr));
	KUNIT_EXPECT_TRUE(test, wt_addr_equal(&accept->remote, &expected));
	WT_EXPECT_STATUS(test, wt_remote_address(env, server, &at_server), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_addr_equal(&at_server, &expected));
	wt_exchange(env, client, server, 100, 7);

	accept = accept_begin(env, listener);
	wt_loopback(&addr, AF_INET6, wt_port(&bound));
	client = wt_connected(env, &addr);
	server = accept_end(env, accept);
	KUNIT_EXPECT_TRUE(test, wt_addr_equal(&accept->local, &addr));
	wt_exchange(env, client, server, 100, 8);
	WSK_RULES(test, "BND-20 ADR-7 ADR-12 ACC-24 OPT-14");
}

static void ipv6_listener_refuses_ipv4_by_default(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	SOCKADDR_STORAGE bound, addr;
	PWSK_SOCKET listener;

	listener = wt_listen_socket(env, AF_INET6, NULL, NULL);
	wt_wildcard(&bound, AF_INET6, 0);
	WT_ASSERT_STATUS(test, wt_bind(env, listener, &bound), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, wt_local_address(env, listener, &bound), STATUS_SUCCESS);
	wt_loopback(&addr, AF_INET, wt_port(&bound));
	WT_EXPECT_STATUS(test, wt_connect(env, wt_bound(env, AF_INET), &addr),
			 STATUS_CONNECTION_REFUSED);
	wt_loopback(&addr, AF_INET6, wt_port(&bound));
	wt_connected(env, &addr);
	WSK_RULES(test, "BND-21 OPT-14");
}

static void accept_works_at_dispatch_level(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct pending_accept *accept;
	PWSK_SOCKET listener;
	SOCKADDR_STORAGE addr;
	KIRQL before, after;
	int waiting;

	for (waiting = 0; waiting < 2; waiting++) {
		struct wt_io *io = wt_io_new(env);

		listener = wt_listener(env, AF_INET, &addr);
		if (waiting)
			wt_connected(env, &addr);
		KeRaiseIrql(DISPATCH_LEVEL, &before);
		WT_CALL(io, WT_LISTEN(listener)->WskAccept(listener, 0, NULL, NULL, NULL, NULL,
							   wt_irp(io)));
		after = KeGetCurrentIrql();
		KeLowerIrql(before);
		KUNIT_EXPECT_EQ(test, (int)after, DISPATCH_LEVEL);
		if (!waiting)
			wt_connected(env, &addr);
		accept = kunit_kzalloc(test, sizeof(*accept), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, accept);
		accept->io = io;
		accept_end(env, accept);
	}
	WSK_RULES(test, "IRQ-15");
}

static struct kunit_case accept_cases[] = {
	KUNIT_CASE(accept_waits_for_the_connection),
	KUNIT_CASE(waiting_connection_is_accepted),
	KUNIT_CASE(address_pointers_may_be_null),
	KUNIT_CASE(queued_accepts_are_served_in_order),
	KUNIT_CASE(waiting_connections_are_delivered_in_order),
	KUNIT_CASE(many_connections_are_held_until_accepted),
	KUNIT_CASE(unbound_listener_refuses_accepts),
	KUNIT_CASE(reserved_accept_flags_are_refused),
	KUNIT_CASE(closing_the_listener_cancels_queued_accepts),
	KUNIT_CASE(accepted_socket_outlives_its_listener),
	KUNIT_CASE(undelivered_connections_are_reset_by_the_close),
	KUNIT_CASE(reset_connection_does_not_fail_the_accept),
	KUNIT_CASE(dual_mode_listener_takes_both_families),
	KUNIT_CASE(ipv6_listener_refuses_ipv4_by_default),
	KUNIT_CASE(accept_works_at_dispatch_level),
	{}
};

static struct kunit_suite accept_suite = {
	.name = "wsk_accept",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = accept_cases,
};
kunit_test_suite(accept_suite);
