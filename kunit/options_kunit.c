// SPDX-License-Identifier: GPL-2.0
/* WskControlSocket: the socket options, their sizes, times and errors. */
#include "wsk_fixture.h"

struct option {
	ULONG level;
	ULONG option;
	ADDRESS_FAMILY family;
	ULONG initial;
	BOOLEAN before_bind;	/* and not after it */
};

static const struct option options[] = {
	{ SOL_SOCKET, SO_REUSEADDR, AF_INET, 0, TRUE },
	{ SOL_SOCKET, SO_REUSEADDR, AF_INET6, 0, TRUE },
	{ SOL_SOCKET, SO_KEEPALIVE, AF_INET, 0, FALSE },
	{ IPPROTO_TCP, TCP_NODELAY, AF_INET, 0, FALSE },
	{ IPPROTO_IPV6, IPV6_V6ONLY, AF_INET6, 1, TRUE },
};

static PWSK_SOCKET new_socket(struct wt_env *env, ADDRESS_FAMILY family, int listen)
{
	return listen ? wt_listen_socket(env, family, NULL, NULL)
		      : wt_connection_socket(env, family);
}

static ULONG get_ulong(struct kunit *test, PWSK_SOCKET socket, const struct option *option)
{
	ULONG value = 0xa5a5a5a5;
	SIZE_T returned;

	WT_EXPECT_STATUS(test, wt_get_option(wt_env(test), socket, option->level, option->option,
					     &value, sizeof(value), &returned), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)returned, (u64)sizeof(value));
	return value;
}

static void options_are_set_and_read_back(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	int i, listen;

	for (listen = 0; listen < 2; listen++) {
		for (i = 0; i < ARRAY_SIZE(options); i++) {
			const struct option *option = &options[i];
			PWSK_SOCKET socket = new_socket(env, option->family, listen);
			ULONG value;

			KUNIT_EXPECT_EQ(test, get_ulong(test, socket, option), option->initial);
			value = !option->initial;
			WT_EXPECT_STATUS(test, wt_set_option(env, socket, option->level,
							     option->option, &value,
							     sizeof(value)), STATUS_SUCCESS);
			KUNIT_EXPECT_EQ(test, get_ulong(test, socket, option),
					!option->initial);
			value = option->initial;
			WT_EXPECT_STATUS(test, wt_set_option(env, socket, option->level,
							     option->option, &value,
							     sizeof(value)), STATUS_SUCCESS);
			KUNIT_EXPECT_EQ(test, get_ulong(test, socket, option), option->initial);
		}
	}
	WSK_RULES(test, "OPT-2 OPT-14 CTL-3 CTL-16 BND-21");
}

static void any_value_but_zero_is_true(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(options); i++) {
		const struct option *option = &options[i];
		PWSK_SOCKET socket = wt_connection_socket(env, option->family);
		ULONG value[2] = { 5, 7 };

		/* More input than the option is accepted as well. */
		WT_EXPECT_STATUS(test, wt_set_option(env, socket, option->level, option->option,
						     value, sizeof(value)), STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, get_ulong(test, socket, option), 1U);
	}
	WSK_RULES(test, "CTL-11 CTL-16");
}

/* Of BND-23 the options that there are today. */
static void options_before_bind_are_refused_after_it(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	int i, listen;

	for (listen = 0; listen < 2; listen++) {
		for (i = 0; i < ARRAY_SIZE(options); i++) {
			const struct option *option = &options[i];
			PWSK_SOCKET socket = new_socket(env, option->family, listen);
			SOCKADDR_STORAGE addr;
			ULONG value = 1;

			wt_loopback(&addr, option->family, 0);
			WT_ASSERT_STATUS(test, wt_bind(env, socket, &addr), STATUS_SUCCESS);
			WT_EXPECT_STATUS(test, wt_set_option(env, socket, option->level,
							     option->option, &value,
							     sizeof(value)),
					 option->before_bind ? STATUS_INVALID_DEVICE_STATE
							     : STATUS_SUCCESS);
		}
	}
}

static void short_buffers_are_refused(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET socket = wt_connection_socket(env, AF_INET);
	ULONG value = 1;

	WT_EXPECT_STATUS(test, wt_set_option(env, socket, SOL_SOCKET, SO_REUSEADDR, &value, 3),
			 STATUS_INVALID_PARAMETER);
	WT_EXPECT_STATUS(test, wt_set_option(env, socket, SOL_SOCKET, SO_REUSEADDR, NULL, 0),
			 STATUS_INVALID_PARAMETER);
	WT_EXPECT_STATUS(test, wt_set_option(env, socket, SOL_SOCKET, SO_KEEPALIVE, NULL, 0),
			 STATUS_INVALID_PARAMETER);
	value = 0xa5a5a5a5;
	WT_EXPECT_STATUS(test, wt_get_option(env, socket, SOL_SOCKET, SO_REUSEADDR, &value, 3,
					     NULL), STATUS_BUFFER_TOO_SMALL);
	WT_EXPECT_STATUS(test, wt_get_option(env, socket, SOL_SOCKET, SO_REUSEADDR, NULL, 0,
					     NULL), STATUS_BUFFER_TOO_SMALL);
	KUNIT_EXPECT_EQ(test, value, 0xa5a5a5a5U);
	value = 0;
	WT_EXPECT_STATUS(test, wt_get_option(env, socket, SOL_SOCKET, SO_REUSEADDR, &value, 4,
					     NULL), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, value, 0U);
	WSK_RULES(test, "CTL-11 CTL-12");
}

static void keepalive_may_be_one_byte(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET socket = wt_connection_socket(env, AF_INET);
	UCHAR bytes[8];
	SIZE_T returned;
	UCHAR on = 1;

	WT_EXPECT_STATUS(test, wt_set_option(env, socket, SOL_SOCKET, SO_KEEPALIVE, &on, 1),
			 STATUS_SUCCESS);
	memset(bytes, 0xa5, sizeof(bytes));
	WT_EXPECT_STATUS(test, wt_get_option(env, socket, SOL_SOCKET, SO_KEEPALIVE, bytes, 1,
					     &returned), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)returned, 1ULL);
	KUNIT_EXPECT_EQ(test, bytes[0], 1);
	KUNIT_EXPECT_EQ(test, bytes[1], 0xa5);
	WT_EXPECT_STATUS(test, wt_get_option(env, socket, SOL_SOCKET, SO_KEEPALIVE, bytes, 8,
					     &returned), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)returned, 4ULL);
	KUNIT_EXPECT_EQ(test, *(ULONG *)bytes, 1U);
	KUNIT_EXPECT_EQ(test, bytes[4], 0xa5);
	WSK_RULES(test, "OPT-2 OPT-3 CTL-3");
}

static void keepalive_of_the_listener_is_inherited(struct kunit *test)
{
	static const struct option keepalive = { SOL_SOCKET, SO_KEEPALIVE, AF_INET, 0, FALSE };
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET listener = wt_listen_socket(env, AF_INET, NULL, NULL), server;
	SOCKADDR_STORAGE addr;
	ULONG value = 1;

	WT_EXPECT_STATUS(test, wt_set_option(env, listener, SOL_SOCKET, SO_KEEPALIVE, &value,
					     sizeof(value)), STATUS_SUCCESS);
	wt_loopback(&addr, AF_INET, 0);
	WT_ASSERT_STATUS(test, wt_bind(env, listener, &addr), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, wt_local_address(env, listener, &addr), STATUS_SUCCESS);
	wt_connected(env, &addr);
	WT_ASSERT_STATUS(test, wt_accept(env, listener, &server), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, get_ulong(test, server, &keepalive), 1U);
	value = 0;
	WT_EXPECT_STATUS(test, wt_set_option(env, server, SOL_SOCKET, SO_KEEPALIVE, &value,
					     sizeof(value)), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, get_ulong(test, server, &keepalive), 0U);
	KUNIT_EXPECT_EQ(test, get_ulong(test, listener, &keepalive), 1U);
	WSK_RULES(test, "OPT-4");
}

static void unknown_options_are_not_supported(struct kunit *test)
{
	static const ULONG unknown[][2] = {
		{ SOL_SOCKET, 0x7777 }, { 0x1234, 1 }, { IPPROTO_TCP, 0x7777 },
		/* The Linux numbers of SO_KEEPALIVE and SOL_SOCKET mean nothing here. */
		{ SOL_SOCKET, 9 }, { 1, SO_REUSEADDR },
	};
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET socket = wt_connection_socket(env, AF_INET);
	ULONG value = 1;
	int i;

	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		WT_EXPECT_STATUS(test, wt_set_option(env, socket, unknown[i][0], unknown[i][1],
						     &value, sizeof(value)),
				 STATUS_NOT_SUPPORTED);
		WT_EXPECT_STATUS(test, wt_get_option(env, socket, unknown[i][0], unknown[i][1],
						     &value, sizeof(value), NULL),
				 STATUS_NOT_SUPPORTED);
	}
	WSK_RULES(test, "CTL-10 OPT-20");
}

/* Of OPT-11 that they fail; the status comes with the options. */
static void options_of_other_categories_are_refused(struct kunit *test)
{
	static const ULONG others[] = { SO_BROADCAST, SO_CONDITIONAL_ACCEPT };
	struct wt_env *env = wt_env(test);
	ULONG value = 1;
	int i;

	for (i = 0; i < ARRAY_SIZE(others); i++) {
		NTSTATUS status = wt_set_option(env, wt_connection_socket(env, AF_INET),
						SOL_SOCKET, others[i], &value, sizeof(value));

		KUNIT_EXPECT_TRUE_MSG(test, status == STATUS_INVALID_DEVICE_REQUEST ||
				      status == STATUS_NOT_SUPPORTED, "%#x", status);
	}
}

static NTSTATUS control(struct wt_env *env, PWSK_SOCKET socket, WSK_CONTROL_SOCKET_TYPE type,
			BOOLEAN with_irp)
{
	BOOLEAN set = type != WskGetOption;
	ULONG value = 1;
	SIZE_T returned = 0;
	struct wt_io *io;

	if (!with_irp)
		return WT_BASIC(socket)->WskControlSocket(socket, type, SO_KEEPALIVE, SOL_SOCKET,
							  set ? 4 : 0, set ? &value : NULL,
							  set ? 0 : 4, set ? NULL : &value,
							  &returned, NULL);
	io = wt_io_new(env);
	WT_CALL(io, WT_BASIC(socket)->WskControlSocket(socket, type, SO_KEEPALIVE, SOL_SOCKET,
						       set ? 4 : 0, set ? &value : NULL,
						       set ? 0 : 4, set ? NULL : &value,
						       &returned, wt_irp(io)));
	return wt_io_end(io);
}

static void option_without_irp_is_refused(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET socket = wt_connection_socket(env, AF_INET);

	WT_EXPECT_STATUS(test, control(env, socket, WskSetOption, FALSE),
			 STATUS_INVALID_PARAMETER);
	WT_EXPECT_STATUS(test, control(env, socket, WskGetOption, FALSE),
			 STATUS_INVALID_PARAMETER);
	WT_EXPECT_STATUS(test, control(env, socket, WskSetOption, TRUE), STATUS_SUCCESS);
	WSK_RULES(test, "CTL-7 CTL-8 CTL-5 IRP-28");
}

static void request_types_beyond_the_enum_are_refused(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET socket = wt_connection_socket(env, AF_INET);

	WT_EXPECT_STATUS(test, control(env, socket, WskControlMax, TRUE),
			 STATUS_INVALID_PARAMETER);
	WT_EXPECT_STATUS(test, control(env, socket, (WSK_CONTROL_SOCKET_TYPE)99, TRUE),
			 STATUS_INVALID_PARAMETER);
	WSK_RULES(test, "CTL-1");
}

static void options_are_served_beside_pending_requests(struct kunit *test)
{
	static const struct option keepalive = { SOL_SOCKET, SO_KEEPALIVE, AF_INET, 0, FALSE };
	struct wt_env *env = wt_env(test);
	struct wt_io *receiving = wt_io_new(env), *io = wt_io_new(env);
	KIRQL before, after;
	struct wt_pair pair;
	ULONG *value = kunit_kzalloc(test, sizeof(*value), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, value);
	wt_pair(env, AF_INET, &pair);
	wt_receive_start(receiving, pair.client, wt_data_new(env, 8), 0, 8, 0);
	*value = 1;
	KeRaiseIrql(DISPATCH_LEVEL, &before);
	WT_CALL(io, WT_BASIC(pair.client)->WskControlSocket(pair.client, WskSetOption,
							    SO_KEEPALIVE, SOL_SOCKET,
							    sizeof(*value), value, 0, NULL, NULL,
							    wt_irp(io)));
	after = KeGetCurrentIrql();
	/* The value was taken by the call. */
	*value = 0;
	KeLowerIrql(before);
	KUNIT_EXPECT_EQ(test, (int)after, DISPATCH_LEVEL);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, get_ulong(test, pair.client, &keepalive), 1U);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(receiving));
	WSK_RULES(test, "CTL-17 CTL-18 CTL-19 IRQ-15");
}

/* Of SHR-6 one case: a specific address, and both sockets want to share it. */
static void reused_address_may_be_shared(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET sockets[2];
	ULONG on = 1;
	int i;

	wt_loopback(&addr, AF_INET, 0);
	for (i = 0; i < 2; i++) {
		sockets[i] = wt_connection_socket(env, AF_INET);
		WT_EXPECT_STATUS(test, wt_set_option(env, sockets[i], SOL_SOCKET, SO_REUSEADDR,
						     &on, sizeof(on)), STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, wt_bind(env, sockets[i], &addr), STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, wt_local_address(env, sockets[i], &addr), STATUS_SUCCESS);
	}
}

/* SHR-16: the listener's Linux socket has it set, and so have those that come from there. OPT-8 waits. */
static void accepted_socket_reads_the_default_of_reuse(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_pair pair;
	ULONG value = 1;
	SIZE_T size;

	wt_pair(env, AF_INET, &pair);
	WT_EXPECT_STATUS(test, wt_get_option(env, pair.server, SOL_SOCKET, SO_REUSEADDR, &value,
					     sizeof(value), &size), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, value, 0);
}

static struct kunit_case options_cases[] = {
	KUNIT_CASE(options_are_set_and_read_back),
	KUNIT_CASE(any_value_but_zero_is_true),
	KUNIT_CASE(options_before_bind_are_refused_after_it),
	KUNIT_CASE(short_buffers_are_refused),
	KUNIT_CASE(keepalive_may_be_one_byte),
	KUNIT_CASE(keepalive_of_the_listener_is_inherited),
	KUNIT_CASE(unknown_options_are_not_supported),
	KUNIT_CASE(options_of_other_categories_are_refused),
	KUNIT_CASE(option_without_irp_is_refused),
	KUNIT_CASE(request_types_beyond_the_enum_are_refused),
	KUNIT_CASE(options_are_served_beside_pending_requests),
	KUNIT_CASE(reused_address_may_be_shared),
	KUNIT_CASE(accepted_socket_reads_the_default_of_reuse),
	{}
};

static struct kunit_suite options_suite = {
	.name = "wsk_options",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = options_cases,
};
kunit_test_suite(options_suite);
