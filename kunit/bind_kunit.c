// SPDX-License-Identifier: GPL-2.0
/* WskBind and WskGetLocalAddress. */
#include "wsk_fixture.h"

static const ADDRESS_FAMILY families[] = { AF_INET, AF_INET6 };

/* Both categories, both families. */
static PWSK_SOCKET new_socket(struct wt_env *env, int kind)
{
	ADDRESS_FAMILY family = families[kind % 2];

	return kind / 2 ? wt_listen_socket(env, family, NULL, NULL)
			: wt_connection_socket(env, family);
}

#define KINDS 4

static void port_zero_makes_the_provider_choose(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	int kind;

	for (kind = 0; kind < KINDS; kind++) {
		PWSK_SOCKET one = new_socket(env, kind), two = new_socket(env, kind);
		SOCKADDR_STORAGE addr, first, second;

		wt_loopback(&addr, families[kind % 2], 0);
		WT_ASSERT_STATUS(test, wt_bind(env, one, &addr), STATUS_SUCCESS);
		WT_ASSERT_STATUS(test, wt_bind(env, two, &addr), STATUS_SUCCESS);
		WT_ASSERT_STATUS(test, wt_local_address(env, one, &first), STATUS_SUCCESS);
		WT_ASSERT_STATUS(test, wt_local_address(env, two, &second), STATUS_SUCCESS);
		KUNIT_EXPECT_NE(test, wt_port(&first), 0);
		KUNIT_EXPECT_NE(test, wt_port(&second), 0);
		KUNIT_EXPECT_NE(test, wt_port(&first), wt_port(&second));
		KUNIT_EXPECT_TRUE(test, wt_addr_only_size_written(&first));
		wt_loopback(&addr, families[kind % 2], wt_port(&first));
		KUNIT_EXPECT_TRUE(test, wt_addr_equal(&addr, &first));
		/* From here on the buffer is the client's. */
		wt_addr_poison(&addr);
		first = addr;
		WT_ASSERT_STATUS(test, wt_local_address(env, one, &second), STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, wt_close(env, one), STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, memcmp(&first, &addr, sizeof(addr)), 0);
	}
	WSK_RULES(test, "BND-1 BND-9 ADR-1 ADR-5 ADR-9 MEM-6");
}

static void wildcard_keeps_its_address_and_gets_a_port(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	int kind;

	for (kind = 0; kind < KINDS; kind++) {
		PWSK_SOCKET socket = new_socket(env, kind);
		SOCKADDR_STORAGE addr;

		wt_wildcard(&addr, families[kind % 2], 0);
		WT_ASSERT_STATUS(test, wt_bind(env, socket, &addr), STATUS_SUCCESS);
		WT_ASSERT_STATUS(test, wt_local_address(env, socket, &addr), STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, addr.ss_family, families[kind % 2]);
		KUNIT_EXPECT_TRUE(test, wt_addr_is_wildcard(&addr));
		KUNIT_EXPECT_NE(test, wt_port(&addr), 0);
	}
	WSK_RULES(test, "BND-9 ADR-5");
}

static void chosen_port_can_be_given(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	int kind;

	for (kind = 0; kind < KINDS; kind++) {
		PWSK_SOCKET probe = new_socket(env, kind), socket = new_socket(env, kind);
		SOCKADDR_STORAGE addr, local;

		wt_loopback(&addr, families[kind % 2], 0);
		WT_ASSERT_STATUS(test, wt_bind(env, probe, &addr), STATUS_SUCCESS);
		WT_ASSERT_STATUS(test, wt_local_address(env, probe, &addr), STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, wt_close(env, probe), STATUS_SUCCESS);
		/* Free at once after the close. */
		WT_ASSERT_STATUS(test, wt_bind(env, socket, &addr), STATUS_SUCCESS);
		WT_ASSERT_STATUS(test, wt_local_address(env, socket, &local), STATUS_SUCCESS);
		KUNIT_EXPECT_TRUE(test, wt_addr_equal(&addr, &local));
	}
	WSK_RULES(test, "BND-1 CLO-25");
}

static void unbound_socket_has_no_local_address(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	int kind;

	for (kind = 0; kind < KINDS; kind++) {
		SOCKADDR_STORAGE addr;

		WT_EXPECT_STATUS(test, wt_local_address(env, new_socket(env, kind), &addr),
				 STATUS_INVALID_DEVICE_STATE);
	}
	WSK_RULES(test, "ADR-2 IRP-32");
}

static void second_bind_is_refused_and_changes_nothing(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	int kind;

	for (kind = 0; kind < KINDS; kind++) {
		PWSK_SOCKET socket = new_socket(env, kind);
		SOCKADDR_STORAGE addr, before, after;

		wt_loopback(&addr, families[kind % 2], 0);
		WT_ASSERT_STATUS(test, wt_bind(env, socket, &addr), STATUS_SUCCESS);
		WT_ASSERT_STATUS(test, wt_local_address(env, socket, &before), STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, wt_bind(env, socket, &addr),
				 STATUS_INVALID_DEVICE_STATE);
		WT_ASSERT_STATUS(test, wt_local_address(env, socket, &after), STATUS_SUCCESS);
		KUNIT_EXPECT_TRUE(test, wt_addr_equal(&before, &after));
	}
	WSK_RULES(test, "BND-14");
}

/* After each refusal the socket is still unbound and takes a good address. */
static void failed_bind_leaves_the_socket_unbound(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	int kind;

	for (kind = 0; kind < KINDS; kind++) {
		PWSK_SOCKET socket = new_socket(env, kind);
		SOCKADDR_STORAGE addr;

		wt_loopback(&addr, families[(kind + 1) % 2], 0);
		WT_EXPECT_STATUS(test, wt_bind(env, socket, &addr), STATUS_INVALID_PARAMETER);
		/* TEST-NET-1, and the discard prefix: of nobody's interface. */
		if (families[kind % 2] == AF_INET) {
			wt_ipv4(&addr, 0xc0000201, 0);
		} else {
			wt_loopback(&addr, AF_INET6, 0);
			((PUCHAR)&((PSOCKADDR_IN6)&addr)->sin6_addr)[0] = 0x01;
		}
		WT_EXPECT_STATUS(test, wt_bind(env, socket, &addr),
				 STATUS_INVALID_ADDRESS_COMPONENT);
		WT_EXPECT_STATUS(test, wt_local_address(env, socket, &addr),
				 STATUS_INVALID_DEVICE_STATE);
		wt_loopback(&addr, families[kind % 2], 0);
		WT_EXPECT_STATUS(test, wt_bind(env, socket, &addr), STATUS_SUCCESS);
	}
	WSK_RULES(test, "BND-10 BND-11 BND-15 BND-16");
}

static void reserved_flags_are_refused(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	int kind;

	for (kind = 0; kind < KINDS; kind++) {
		PWSK_SOCKET socket = new_socket(env, kind);
		struct wt_io *io = wt_io_new(env);
		SOCKADDR_STORAGE addr;

		wt_loopback(&addr, families[kind % 2], 0);
		WT_CALL(io, WT_LISTEN(socket)->WskBind(socket, (PSOCKADDR)&addr, 1, wt_irp(io)));
		WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_INVALID_PARAMETER);
		WT_EXPECT_STATUS(test, wt_local_address(env, socket, &addr),
				 STATUS_INVALID_DEVICE_STATE);
	}
	WSK_RULES(test, "BND-12 BND-13");
}

static void port_in_use_is_refused(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	int wildcard, kind;

	for (kind = 0; kind < KINDS; kind++) {
		for (wildcard = 0; wildcard < 2; wildcard++) {
			PWSK_SOCKET first = new_socket(env, kind), second = new_socket(env, kind);
			SOCKADDR_STORAGE addr, other;

			if (wildcard)
				wt_wildcard(&addr, families[kind % 2], 0);
			else
				wt_loopback(&addr, families[kind % 2], 0);
			other = addr;
			WT_ASSERT_STATUS(test, wt_bind(env, first, &addr), STATUS_SUCCESS);
			WT_ASSERT_STATUS(test, wt_local_address(env, first, &addr),
					 STATUS_SUCCESS);
			WT_EXPECT_STATUS(test, wt_bind(env, second, &addr),
					 STATUS_ADDRESS_ALREADY_EXISTS);
			WT_EXPECT_STATUS(test, wt_bind(env, second, &other), STATUS_SUCCESS);
		}
	}
	WSK_RULES(test, "BND-15 SHR-9");
}

static void different_addresses_share_a_port(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET one = wt_listen_socket(env, AF_INET, NULL, NULL);
	PWSK_SOCKET two = wt_listen_socket(env, AF_INET, NULL, NULL);
	SOCKADDR_STORAGE addr;

	wt_ipv4(&addr, 0x7f000001, 0);
	WT_ASSERT_STATUS(test, wt_bind(env, one, &addr), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, wt_local_address(env, one, &addr), STATUS_SUCCESS);
	wt_ipv4(&addr, 0x7f000002, wt_port(&addr));
	WT_EXPECT_STATUS(test, wt_bind(env, two, &addr), STATUS_SUCCESS);
	WSK_RULES(test, "SHR-2");
}

static void families_share_a_port_by_default(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET four = wt_listen_socket(env, AF_INET, NULL, NULL);
	PWSK_SOCKET six = wt_listen_socket(env, AF_INET6, NULL, NULL);
	SOCKADDR_STORAGE addr;

	wt_wildcard(&addr, AF_INET6, 0);
	WT_ASSERT_STATUS(test, wt_bind(env, six, &addr), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, wt_local_address(env, six, &addr), STATUS_SUCCESS);
	wt_wildcard(&addr, AF_INET, wt_port(&addr));
	WT_EXPECT_STATUS(test, wt_bind(env, four, &addr), STATUS_SUCCESS);
	WSK_RULES(test, "BND-21");
}

static void bind_and_address_query_work_at_dispatch_level(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET socket = wt_connection_socket(env, AF_INET);
	struct wt_io *binding = wt_io_new(env), *asking = wt_io_new(env);
	SOCKADDR_STORAGE addr, *local;
	KIRQL before, after;

	local = kunit_kzalloc(test, sizeof(*local), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, local);
	wt_loopback(&addr, AF_INET, 0);
	KeRaiseIrql(DISPATCH_LEVEL, &before);
	WT_CALL(binding, WT_CONNECTION(socket)->WskBind(socket, (PSOCKADDR)&addr, 0,
							wt_irp(binding)));
	after = KeGetCurrentIrql();
	memset(&addr, 0xa5, sizeof(addr));
	KeLowerIrql(before);
	KUNIT_EXPECT_EQ(test, (int)after, DISPATCH_LEVEL);
	WT_ASSERT_STATUS(test, wt_io_end(binding), STATUS_SUCCESS);

	KeRaiseIrql(DISPATCH_LEVEL, &before);
	WT_CALL(asking, WT_CONNECTION(socket)->WskGetLocalAddress(socket, (PSOCKADDR)local,
								  wt_irp(asking)));
	after = KeGetCurrentIrql();
	KeLowerIrql(before);
	KUNIT_EXPECT_EQ(test, (int)after, DISPATCH_LEVEL);
	WT_ASSERT_STATUS(test, wt_io_end(asking), STATUS_SUCCESS);
	wt_loopback(&addr, AF_INET, wt_port(local));
	KUNIT_EXPECT_TRUE(test, wt_addr_equal(&addr, local));
	WSK_RULES(test, "BND-19 IRQ-15");
}

static void listener_listens_once_bound(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(families); i++) {
		SOCKADDR_STORAGE any, addr;
		PWSK_SOCKET listener;

		listener = wt_listen_socket(env, families[i], NULL, NULL);
		wt_wildcard(&any, families[i], 0);
		WT_ASSERT_STATUS(test, wt_bind(env, listener, &any), STATUS_SUCCESS);
		WT_ASSERT_STATUS(test, wt_local_address(env, listener, &any), STATUS_SUCCESS);
		/* To the wildcard's port on a local address. */
		wt_loopback(&addr, families[i], wt_port(&any));
		wt_connected(env, &addr);
		if (families[i] != AF_INET)
			continue;
		wt_ipv4(&addr, 0x7f000002, wt_port(&any));
		wt_connected(env, &addr);
	}
	WSK_RULES(test, "BND-3 BND-5 CON-17");
}

static void bound_connection_socket_does_not_listen(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET socket = wt_connection_socket(env, AF_INET);
	SOCKADDR_STORAGE addr;

	wt_loopback(&addr, AF_INET, 0);
	WT_ASSERT_STATUS(test, wt_bind(env, socket, &addr), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, wt_local_address(env, socket, &addr), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_connect(env, wt_bound(env, AF_INET), &addr),
			 STATUS_CONNECTION_REFUSED);
	WSK_RULES(test, "BND-1 CON-4");
}

static struct kunit_case bind_cases[] = {
	KUNIT_CASE(port_zero_makes_the_provider_choose),
	KUNIT_CASE(wildcard_keeps_its_address_and_gets_a_port),
	KUNIT_CASE(chosen_port_can_be_given),
	KUNIT_CASE(unbound_socket_has_no_local_address),
	KUNIT_CASE(second_bind_is_refused_and_changes_nothing),
	KUNIT_CASE(failed_bind_leaves_the_socket_unbound),
	KUNIT_CASE(reserved_flags_are_refused),
	KUNIT_CASE(port_in_use_is_refused),
	KUNIT_CASE(different_addresses_share_a_port),
	KUNIT_CASE(families_share_a_port_by_default),
	KUNIT_CASE(bind_and_address_query_work_at_dispatch_level),
	KUNIT_CASE(listener_listens_once_bound),
	KUNIT_CASE(bound_connection_socket_does_not_listen),
	{}
};

static struct kunit_suite bind_suite = {
	.name = "wsk_bind",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = bind_cases,
};
kunit_test_suite(bind_suite);
