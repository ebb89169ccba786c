// SPDX-License-Identifier: GPL-2.0
/* WskConnect: success, refusal, states, and attempts that nobody answers. */
#include "silent_peer.h"
#include "wsk_fixture.h"

static const ADDRESS_FAMILY families[] = { AF_INET, AF_INET6 };

static void connection_is_made_and_named(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(families); i++) {
		SOCKADDR_STORAGE addr, bound, local, remote, any;
		PWSK_SOCKET client, listener, server;

		listener = wt_listener(env, families[i], &addr);
		client = wt_connection_socket(env, families[i]);
		wt_wildcard(&any, families[i], 0);
		WT_ASSERT_STATUS(test, wt_bind(env, client, &any), STATUS_SUCCESS);
		WT_ASSERT_STATUS(test, wt_local_address(env, client, &bound), STATUS_SUCCESS);
		WT_ASSERT_STATUS(test, wt_connect(env, client, &addr), STATUS_SUCCESS);
		WT_ASSERT_STATUS(test, wt_local_address(env, client, &local), STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, wt_port(&local), wt_port(&bound));
		KUNIT_EXPECT_TRUE(test, wt_addr_is_wildcard(&bound));
		KUNIT_EXPECT_FALSE(test, wt_addr_is_wildcard(&local));
		WT_ASSERT_STATUS(test, wt_remote_address(env, client, &remote), STATUS_SUCCESS);
		KUNIT_EXPECT_TRUE(test, wt_addr_equal(&remote, &addr));
		KUNIT_EXPECT_TRUE(test, wt_addr_only_size_written(&remote));
		WT_ASSERT_STATUS(test, wt_accept(env, listener, &server), STATUS_SUCCESS);
		wt_exchange(env, client, server, 100, 1);
	}
	WSK_RULES(test, "CON-1 CON-3 BND-7 BND-8 ADR-3 ADR-6");
}

static void unbound_socket_is_refused_inline(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *io = wt_io_new(env);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET socket = wt_connection_socket(env, AF_INET);

	wt_listener(env, AF_INET, &addr);
	WT_CALL(io, WT_CONNECTION(socket)->WskConnect(socket, (PSOCKADDR)&addr, 0, wt_irp(io)));
	WT_EXPECT_STATUS(test, io->returned, STATUS_INVALID_DEVICE_STATE);
	KUNIT_EXPECT_TRUE(test, wt_io_completed(io));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_INVALID_DEVICE_STATE);
	KUNIT_EXPECT_EQ(test, (u64)io->information, 0ULL);
	WSK_RULES(test, "CON-2 IRP-3 IRP-5 IRP-7 IRP-32");
}

static void closed_port_refuses(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(families); i++) {
		PWSK_SOCKET listener, socket = wt_bound(env, families[i]);
		SOCKADDR_STORAGE addr, remote;

		listener = wt_listener(env, families[i], &addr);
		WT_EXPECT_STATUS(test, wt_close(env, listener), STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, wt_connect(env, socket, &addr),
				 STATUS_CONNECTION_REFUSED);
		WT_EXPECT_STATUS(test, wt_remote_address(env, socket, &remote),
				 STATUS_INVALID_DEVICE_STATE);
		WT_EXPECT_STATUS(test, wt_close(env, socket), STATUS_SUCCESS);
	}
	WSK_RULES(test, "CON-4 CON-8 ADR-4 IRP-32");
}

static void address_without_a_route_is_unreachable(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET socket = wt_bound(env, AF_INET);
	NTSTATUS status;

	/* TEST-NET-3: nobody's, and the guest has no route out. */
	wt_ipv4(&addr, 0xcb007101, 9);
	status = wt_connect(env, socket, &addr);
	KUNIT_EXPECT_TRUE_MSG(test, status == STATUS_NETWORK_UNREACHABLE ||
			      status == STATUS_HOST_UNREACHABLE, "%#x", status);
	WT_EXPECT_STATUS(test, wt_close(env, socket), STATUS_SUCCESS);
	WSK_RULES(test, "CON-8");
}

static void other_family_and_flags_are_refused(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *io = wt_io_new(env);
	SOCKADDR_STORAGE addr, six;
	PWSK_SOCKET socket = wt_bound(env, AF_INET);

	wt_listener(env, AF_INET6, &six);
	WT_EXPECT_STATUS(test, wt_connect(env, socket, &six), STATUS_INVALID_PARAMETER);
	wt_listener(env, AF_INET, &addr);
	WT_CALL(io, WT_CONNECTION(socket)->WskConnect(socket, (PSOCKADDR)&addr, 1, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_INVALID_PARAMETER);
	/* Neither was an attempt. */
	WT_EXPECT_STATUS(test, wt_connect(env, socket, &addr), STATUS_SUCCESS);
	WSK_RULES(test, "CON-9 CON-10 CON-11 BND-15");
}

static void second_connect_is_refused(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_pair pair;

	wt_pair(env, AF_INET, &pair);
	WT_EXPECT_STATUS(test, wt_connect(env, pair.client, &pair.addr),
			 STATUS_INVALID_DEVICE_STATE);
	WT_EXPECT_STATUS(test, wt_connect(env, pair.server, &pair.addr),
			 STATUS_INVALID_DEVICE_STATE);
	wt_exchange(env, pair.client, pair.server, 10, 1);
	WSK_RULES(test, "CON-7");
}

static void remote_address_needs_a_connection(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	SOCKADDR_STORAGE addr;

	WT_EXPECT_STATUS(test, wt_remote_address(env, wt_connection_socket(env, AF_INET), &addr),
			 STATUS_INVALID_DEVICE_STATE);
	WT_EXPECT_STATUS(test, wt_remote_address(env, wt_bound(env, AF_INET6), &addr),
			 STATUS_INVALID_DEVICE_STATE);
	WSK_RULES(test, "ADR-4 IRP-32");
}

static void mapped_address_connects_over_ipv4(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET socket = wt_connection_socket(env, AF_INET6), listener, server;
	SOCKADDR_STORAGE addr, any, remote;
	ULONG off = 0;

	listener = wt_listener(env, AF_INET, &addr);
	WT_ASSERT_STATUS(test, wt_set_option(env, socket, IPPROTO_IPV6, IPV6_V6ONLY, &off,
					     sizeof(off)), STATUS_SUCCESS);
	wt_wildcard(&any, AF_INET6, 0);
	WT_ASSERT_STATUS(test, wt_bind(env, socket, &any), STATUS_SUCCESS);
	wt_mapped(&addr, 0x7f000001, wt_port(&addr));
	WT_ASSERT_STATUS(test, wt_connect(env, socket, &addr), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, wt_remote_address(env, socket, &remote), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_addr_equal(&remote, &addr));
	WT_ASSERT_STATUS(test, wt_accept(env, listener, &server), STATUS_SUCCESS);
	wt_exchange(env, socket, server, 100, 1);
	WSK_RULES(test, "CON-16 ADR-12");
}

static void connect_works_at_dispatch_level(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *io = wt_io_new(env);
	PWSK_SOCKET socket = wt_bound(env, AF_INET);
	SOCKADDR_STORAGE addr;
	KIRQL before, after;

	wt_listener(env, AF_INET, &addr);
	KeRaiseIrql(DISPATCH_LEVEL, &before);
	WT_CALL(io, WT_CONNECTION(socket)->WskConnect(socket, (PSOCKADDR)&addr, 0, wt_irp(io)));
	after = KeGetCurrentIrql();
	KeLowerIrql(before);
	KUNIT_EXPECT_EQ(test, (int)after, DISPATCH_LEVEL);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	WSK_RULES(test, "IRQ-15");
}

static struct silent_peer *silent_peer(struct kunit *test, ADDRESS_FAMILY family,
				       SOCKADDR_STORAGE *addr)
{
	struct silent_peer *peer;
	unsigned short port;

	peer = silent_peer_open(&port);
	KUNIT_ASSERT_NOT_NULL(test, peer);
	wt_loopback(addr, family, port);
	return peer;
}

static struct wt_io *unanswered_connect(struct wt_env *env, PWSK_SOCKET socket,
					const SOCKADDR_STORAGE *addr)
{
	struct wt_io *io = wt_io_new(env);

	WT_CALL(io, WT_CONNECTION(socket)->WskConnect(socket, (PSOCKADDR)addr, 0, wt_irp(io)));
	WT_EXPECT_STATUS(env->test, io->returned, STATUS_PENDING);
	wt_sleep(50);
	KUNIT_EXPECT_FALSE_MSG(env->test, wt_io_completed(io), "the SYN was answered");
	return io;
}

/* Whoever waits for an IRP has less patience than TCP, which would go on trying for 127 s. */
static void close_unanswered(struct kunit *test, ADDRESS_FAMILY family)
{
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET socket = wt_bound(env, family);
	struct wt_io *connecting, *closing = wt_io_new(env);
	struct silent_peer *peer;
	SOCKADDR_STORAGE addr;

	peer = silent_peer(test, family, &addr);
	connecting = unanswered_connect(env, socket, &addr);
	wt_untrack(env, socket);
	WT_CALL(closing, WT_CONNECTION(socket)->WskCloseSocket(socket, wt_irp(closing)));
	WT_EXPECT_STATUS(test, wt_io_end(closing), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(connecting), STATUS_CANCELLED);
	KUNIT_EXPECT_EQ(test, (u64)connecting->information, 0ULL);
	KUNIT_EXPECT_LT(test, connecting->stamp, closing->stamp);
	silent_peer_close(peer);
}

static void close_ends_an_unanswered_connect_at_once(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(families); i++)
		close_unanswered(test, families[i]);
	WSK_RULES(test, "CON-12 CLO-1 CLO-2 CLO-3");
}

static void cancel_unanswered(struct kunit *test, ADDRESS_FAMILY family)
{
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET socket = wt_bound(env, family);
	struct silent_peer *peer;
	SOCKADDR_STORAGE addr;
	struct wt_io *io;

	peer = silent_peer(test, family, &addr);
	io = unanswered_connect(env, socket, &addr);
	IoCancelIrp(io->irp);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_CANCELLED);
	KUNIT_EXPECT_EQ(test, (u64)io->information, 0ULL);
	WT_EXPECT_STATUS(test, wt_close(env, socket), STATUS_SUCCESS);
	silent_peer_close(peer);
}

static void cancel_ends_an_unanswered_connect_at_once(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(families); i++)
		cancel_unanswered(test, families[i]);
	WSK_RULES(test, "CON-8");
}

/* Of two attempts only the one that goes on gets through when the peer begins to answer. */
static void cancelled_connect_is_given_up(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET socket = wt_bound(env, AF_INET), other = wt_bound(env, AF_INET);
	struct wt_io *io, *going_on;
	struct silent_peer *peer;
	SOCKADDR_STORAGE addr;
	int visitors = 0;

	peer = silent_peer(test, AF_INET, &addr);
	io = unanswered_connect(env, socket, &addr);
	going_on = unanswered_connect(env, other, &addr);
	IoCancelIrp(io->irp);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_CANCELLED);
	KUNIT_EXPECT_EQ(test, (u64)io->information, 0ULL);
	/* Behind what the cancellation has left to the socket's worker. */
	WT_EXPECT_STATUS(test, wt_remote_address(env, socket, &addr),
			 STATUS_INVALID_DEVICE_STATE);
	silent_peer_answer(peer);
	WT_EXPECT_STATUS(test, wt_io_end(going_on), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, WT_AWAIT((visitors += silent_peer_visitors(peer)) > 0));
	/* Its SYNs came 50 ms before those of the other. */
	wt_sleep(20);
	visitors += silent_peer_visitors(peer);
	KUNIT_EXPECT_EQ(test, visitors, 1);
	WT_EXPECT_STATUS(test, wt_remote_address(env, socket, &addr),
			 STATUS_INVALID_DEVICE_STATE);
	silent_peer_close(peer);
	WSK_RULES(test, "CAN-4");
}

static void __maybe_unused unanswered_connect_times_out(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	int i;

	/* Two minutes, which cost nothing only where the clock leaps. */
	if (!IS_ENABLED(CONFIG_UML_TIME_TRAVEL_SUPPORT))
		kunit_skip(test, "for the lane with time travel");
	for (i = 0; i < ARRAY_SIZE(families); i++) {
		struct silent_peer *peer;
		SOCKADDR_STORAGE addr;
		struct wt_io *io;

		peer = silent_peer(test, families[i], &addr);
		io = unanswered_connect(env, wt_bound(env, families[i]), &addr);
		KUNIT_EXPECT_TRUE(test, wt_io_wait(io, 200000));
		WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_IO_TIMEOUT);
		KUNIT_EXPECT_EQ(test, (u64)io->information, 0ULL);
		silent_peer_close(peer);
	}
	WSK_RULES(test, "CON-3");
}

static void connecting_socket_refuses_what_needs_a_connection(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET socket = wt_bound(env, AF_INET);
	struct wt_data *data = wt_data_new(env, 8);
	struct silent_peer *peer;
	SOCKADDR_STORAGE addr, remote;
	struct wt_io *io;
	SIZE_T received;

	peer = silent_peer(test, AF_INET, &addr);
	io = unanswered_connect(env, socket, &addr);
	WT_EXPECT_STATUS(test, wt_connect(env, socket, &addr), STATUS_INVALID_DEVICE_STATE);
	WT_EXPECT_STATUS(test, wt_remote_address(env, socket, &remote),
			 STATUS_INVALID_DEVICE_STATE);
	WT_EXPECT_STATUS(test, wt_send(env, socket, data, 8), STATUS_INVALID_DEVICE_STATE);
	WT_EXPECT_STATUS(test, wt_receive(env, socket, data, 8, 0, &received),
			 STATUS_INVALID_DEVICE_STATE);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(io));
	WT_EXPECT_STATUS(test, wt_close(env, socket), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_CANCELLED);
	silent_peer_close(peer);
	WSK_RULES(test, "CON-7 SND-13 RCV-24 ADR-4 CON-12");
}

static void data_right_after_the_handshake_is_kept(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *out = wt_data_new(env, 300), *in = wt_data_new(env, 300);
	struct wt_pair pair;
	SIZE_T received;

	wt_pair(env, AF_INET, &pair);
	wt_data_fill(out, 0, 3);
	WT_EXPECT_STATUS(test, wt_send(env, pair.server, out, 300), STATUS_SUCCESS);
	wt_sleep(20);
	WT_EXPECT_STATUS(test, wt_receive(env, pair.client, in, 300, WSK_FLAG_WAITALL,
					  &received), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, 300, 0, 3), 300ULL);
	WSK_RULES(test, "CON-14 RCV-1");
}

static struct kunit_case connect_cases[] = {
	KUNIT_CASE(connection_is_made_and_named),
	KUNIT_CASE(unbound_socket_is_refused_inline),
	KUNIT_CASE(closed_port_refuses),
	KUNIT_CASE(address_without_a_route_is_unreachable),
	KUNIT_CASE(other_family_and_flags_are_refused),
	KUNIT_CASE(second_connect_is_refused),
	KUNIT_CASE(remote_address_needs_a_connection),
	KUNIT_CASE(mapped_address_connects_over_ipv4),
	KUNIT_CASE(connect_works_at_dispatch_level),
	KUNIT_CASE(close_ends_an_unanswered_connect_at_once),
	KUNIT_CASE(cancel_ends_an_unanswered_connect_at_once),
	KUNIT_CASE(cancelled_connect_is_given_up),
#ifdef KUNIT_CASE_SLOW
	KUNIT_CASE_SLOW(unanswered_connect_times_out),
#endif
	KUNIT_CASE(connecting_socket_refuses_what_needs_a_connection),
	KUNIT_CASE(data_right_after_the_handshake_is_kept),
	{}
};

static struct kunit_suite connect_suite = {
	.name = "wsk_connect",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = connect_cases,
};
kunit_test_suite(connect_suite);
