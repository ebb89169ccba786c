// SPDX-License-Identifier: GPL-2.0
/* WSK_TRANSPORT_LIST_QUERY, and what holds for each code of WskControlClient. */
#include "fault.h"
#include "wsk_fixture.h"

#include <linux/slab.h>
#include <wsk_testing.h>

#define ENTRY	sizeof(WSK_TRANSPORT)
#define ROOM	(16 * ENTRY)	/* for any list */

/* A hidden family is back before the next case. */
static void transports_exit(struct kunit *test)
{
	wsk_testing_transport_show(AF_INET);
	wsk_testing_transport_show(AF_INET6);
	wt_env_exit(test);
}

static NTSTATUS query(struct wt_env *env, SIZE_T size, PVOID buffer, SIZE_T *returned)
{
	return env->npi.Dispatch->WskControlClient(env->npi.Client, WSK_TRANSPORT_LIST_QUERY, 0,
						   NULL, size, buffer, returned, NULL);
}

static WSK_TRANSPORT *room(struct kunit *test)
{
	void *memory = kunit_kmalloc(test, ROOM, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	memset(memory, 0xa5, ROOM);
	return memory;
}

static BOOLEAN is_poison(const void *memory, SIZE_T from, SIZE_T to)
{
	return from >= to || !memchr_inv((const char *)memory + from, 0xa5, to - from);
}

/* How often the list has an entry of this kind. */
static int count_of(const WSK_TRANSPORT *list, SIZE_T bytes, ADDRESS_FAMILY family, USHORT type,
		    ULONG protocol)
{
	int found = 0, i;

	for (i = 0; i < bytes / ENTRY; i++)
		if (list[i].AddressFamily == family && list[i].SocketType == type &&
		    list[i].Protocol == protocol)
			found++;
	return found;
}

static void each_transport_is_listed_once(struct kunit *test)
{
	WSK_TRANSPORT *list = room(test);
	SIZE_T bytes = 0;
	int i, j, n;

	WT_ASSERT_STATUS(test, query(wt_env(test), ROOM, list, &bytes), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, bytes % ENTRY, 0);
	KUNIT_ASSERT_LE(test, bytes, ROOM);
	KUNIT_EXPECT_TRUE(test, is_poison(list, bytes, ROOM));
	KUNIT_EXPECT_EQ(test, count_of(list, bytes, AF_INET, SOCK_STREAM, IPPROTO_TCP), 1);
	KUNIT_EXPECT_EQ(test, count_of(list, bytes, AF_INET, SOCK_DGRAM, IPPROTO_UDP), 1);
	KUNIT_EXPECT_EQ(test, count_of(list, bytes, AF_INET6, SOCK_STREAM, IPPROTO_TCP), 1);
	KUNIT_EXPECT_EQ(test, count_of(list, bytes, AF_INET6, SOCK_DGRAM, IPPROTO_UDP), 1);
	n = bytes / ENTRY;
	KUNIT_EXPECT_EQ(test, n, 4);
	for (i = 0; i < n; i++) {
		KUNIT_EXPECT_EQ(test, list[i].Version, MAKE_WSK_VERSION(1, 0));
		KUNIT_EXPECT_NE(test, (int)list[i].AddressFamily, AF_UNSPEC);
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_NE(test, memcmp(&list[i].ProviderId, &list[j].ProviderId,
						     sizeof(GUID)), 0);
	}
	WSK_RULES(test, "TRL-1 TRL-6 TRL-7 CLI-5");
}

static void exactly_the_size_is_enough(struct kunit *test)
{
	WSK_TRANSPORT *list = room(test), *again = room(test);
	SIZE_T needed = 0, bytes = 0;

	WT_EXPECT_STATUS(test, query(wt_env(test), 0, NULL, &needed), STATUS_BUFFER_OVERFLOW);
	WT_EXPECT_STATUS(test, query(wt_env(test), needed, list, &bytes), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, bytes, needed);
	/* The same list each time, at any alignment. */
	WT_EXPECT_STATUS(test, query(wt_env(test), ROOM - 1, (char *)again + 1, &bytes),
			 STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, bytes, needed);
	KUNIT_EXPECT_EQ(test, memcmp(list, (char *)again + 1, needed), 0);
	WSK_RULES(test, "TRL-1 TRL-2 TRL-8");
}

static void what_does_not_fit_is_not_written_and_its_size_told(struct kunit *test)
{
	WSK_TRANSPORT *list = room(test);
	SIZE_T size, needed = ~(SIZE_T)0, told;

	WT_EXPECT_STATUS(test, query(wt_env(test), 0, NULL, &needed), STATUS_BUFFER_OVERFLOW);
	KUNIT_ASSERT_EQ(test, needed, 4 * ENTRY);	/* all eight bytes were written */
	for (size = 0; size < needed; size++) {
		told = ~(SIZE_T)0;
		WT_EXPECT_STATUS(test, query(wt_env(test), size, list, &told),
				 STATUS_BUFFER_OVERFLOW);
		KUNIT_EXPECT_EQ(test, told, needed);
		KUNIT_EXPECT_TRUE(test, is_poison(list, size, ROOM));
	}
	WSK_RULES(test, "TRL-2 TRL-3 TRL-4 CLI-3 CLI-5");
}

static void query_has_no_input_and_takes_no_irp(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	const WSK_PROVIDER_DISPATCH *d = env->npi.Dispatch;
	WSK_TRANSPORT *list = room(test);
	struct wt_io *io = wt_io_new(env);
	SIZE_T bytes = 0, untouched = 42;

	/* An address that must not be looked at. */
	WT_EXPECT_STATUS(test, d->WskControlClient(env->npi.Client, WSK_TRANSPORT_LIST_QUERY,
						   12345, (PVOID)8, ROOM, list, &bytes, NULL),
			 STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, bytes, 4 * ENTRY);
	memset(list, 0xa5, ROOM);
	WT_EXPECT_STATUS(test, query(env, ROOM, list, NULL), STATUS_INVALID_PARAMETER);
	WT_EXPECT_STATUS(test, query(env, ROOM, NULL, &untouched), STATUS_INVALID_PARAMETER);
	WT_CALL(io, d->WskControlClient(env->npi.Client, WSK_TRANSPORT_LIST_QUERY, 0, NULL, ROOM,
					list, &untouched, wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, (u64)io->information, 0ULL);
	KUNIT_EXPECT_EQ(test, untouched, 42);
	KUNIT_EXPECT_TRUE(test, is_poison(list, 0, ROOM));
	WSK_RULES(test, "TRL-5 CLI-2 CLI-6");
}

static void query_answers_at_dispatch_level(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	SIZE_T needed = 0, bytes = 0;
	WSK_TRANSPORT *list = room(test);
	NTSTATUS small, large;
	KIRQL old, after;

	KeRaiseIrql(DISPATCH_LEVEL, &old);
	small = query(env, 0, NULL, &needed);
	large = query(env, ROOM, list, &bytes);
	after = KeGetCurrentIrql();
	KeLowerIrql(old);
	KUNIT_EXPECT_EQ(test, (int)after, DISPATCH_LEVEL);
	WT_EXPECT_STATUS(test, small, STATUS_BUFFER_OVERFLOW);
	WT_EXPECT_STATUS(test, large, STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, needed, 4 * ENTRY);
	KUNIT_EXPECT_EQ(test, bytes, 4 * ENTRY);
	KUNIT_EXPECT_EQ(test, count_of(list, bytes, AF_INET6, SOCK_DGRAM, IPPROTO_UDP), 1);
	WSK_RULES(test, "TRL-1 TRL-2 TRL-8");
}

/* As clients do it: with the size that the last answer told. */
static void a_list_that_grows_between_calls_is_got_in_a_loop(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	WSK_TRANSPORT *list = room(test);
	SIZE_T size = 0, bytes = 0;
	NTSTATUS status;
	int rounds = 0;

	wsk_testing_transport_hide(AF_INET6);
	while ((status = query(env, size, size ? list : NULL, &bytes)) == STATUS_BUFFER_OVERFLOW) {
		KUNIT_ASSERT_GT(test, bytes, size);
		size = bytes;
		if (++rounds == 1) {
			KUNIT_EXPECT_EQ(test, size, 2 * ENTRY);
			wsk_testing_transport_show(AF_INET6);
		}
	}
	WT_EXPECT_STATUS(test, status, STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, rounds, 2);
	KUNIT_EXPECT_EQ(test, bytes, 4 * ENTRY);
	KUNIT_EXPECT_EQ(test, count_of(list, bytes, AF_INET6, SOCK_STREAM, IPPROTO_TCP), 1);
	WSK_RULES(test, "TRL-3 TRL-8 CLI-3");
}

static void a_family_that_went_is_not_listed(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	WSK_TRANSPORT *list = room(test);
	SIZE_T bytes = 0;

	wsk_testing_transport_hide(AF_INET6);
	WT_EXPECT_STATUS(test, query(env, ROOM, list, &bytes), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, bytes, 2 * ENTRY);
	KUNIT_EXPECT_EQ(test, count_of(list, bytes, AF_INET, SOCK_STREAM, IPPROTO_TCP), 1);
	KUNIT_EXPECT_EQ(test, count_of(list, bytes, AF_INET, SOCK_DGRAM, IPPROTO_UDP), 1);
	wsk_testing_transport_hide(AF_INET);
	WT_EXPECT_STATUS(test, query(env, ROOM, list, &bytes), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, bytes, 0);
	WSK_RULES(test, "TRL-1");
}

/*
 * Of all that a client could ask for, exactly what is on the list makes a socket of some
 * category. Protocol 0 stands for the one of the type.
 */
static BOOLEAN makes_a_socket(struct wt_env *env, ADDRESS_FAMILY family, USHORT type,
			      ULONG protocol)
{
	static const ULONG flags[] = { WSK_FLAG_LISTEN_SOCKET, WSK_FLAG_CONNECTION_SOCKET };
	BOOLEAN made = FALSE;
	PWSK_SOCKET socket;
	int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++)
		if (wt_try_socket(env, family, type, protocol, flags[i], NULL, NULL,
				  &socket) == STATUS_SUCCESS)
			made = TRUE;
	return made;
}

static ULONG protocol_of(USHORT type, ULONG protocol)
{
	if (protocol)
		return protocol;
	return type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
}

static void the_list_says_what_sockets_can_be_made(struct kunit *test)
{
	static const ADDRESS_FAMILY families[] = { AF_UNSPEC, AF_INET, 10, AF_INET6, AF_HYPERV };
	static const ULONG protocols[] = { 0, IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP,
					   IPPROTO_ICMPV6, IPPROTO_RAW };
	struct wt_env *env = wt_env(test);
	WSK_TRANSPORT *list = room(test);
	int f, p, sockets = 0;
	SIZE_T bytes = 0;
	USHORT type;

	WT_ASSERT_STATUS(test, query(env, ROOM, list, &bytes), STATUS_SUCCESS);
	for (f = 0; f < ARRAY_SIZE(families); f++)
		for (type = 0; type <= SOCK_RAW + 1; type++)
			for (p = 0; p < ARRAY_SIZE(protocols); p++) {
				BOOLEAN made = makes_a_socket(env, families[f], type,
							      protocols[p]);

				KUNIT_EXPECT_EQ_MSG(test, count_of(list, bytes, families[f], type,
								   protocol_of(type, protocols[p])),
						    made, "%d %d %u", families[f], type,
						    protocols[p]);
				sockets += made;
			}
	/* Each of the four by its protocol and by none. */
	KUNIT_EXPECT_EQ(test, sockets, 8);
	WSK_RULES(test, "TRL-6");
}

/* What the list says is accepted as it stands; of SOC-16 the datagram sockets are still to come. */
static void listed_stream_transports_make_sockets_of_each_kind(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	WSK_TRANSPORT *list = room(test);
	SIZE_T bytes = 0;
	int streams = 0, i;

	WT_ASSERT_STATUS(test, query(env, ROOM, list, &bytes), STATUS_SUCCESS);
	for (i = 0; i < bytes / ENTRY; i++) {
		SOCKADDR_STORAGE addr, any;
		PWSK_SOCKET client, listener, server;

		if (list[i].SocketType != SOCK_STREAM)
			continue;
		WT_ASSERT_STATUS(test, wt_try_socket(env, list[i].AddressFamily,
						     list[i].SocketType, list[i].Protocol,
						     WSK_FLAG_LISTEN_SOCKET, NULL, NULL,
						     &listener), STATUS_SUCCESS);
		WT_ASSERT_STATUS(test, wt_try_socket(env, list[i].AddressFamily,
						     list[i].SocketType, list[i].Protocol,
						     WSK_FLAG_CONNECTION_SOCKET, NULL, NULL,
						     &client), STATUS_SUCCESS);
		wt_loopback(&addr, list[i].AddressFamily, 0);
		wt_wildcard(&any, list[i].AddressFamily, 0);
		WT_ASSERT_STATUS(test, wt_bind(env, listener, &addr), STATUS_SUCCESS);
		WT_ASSERT_STATUS(test, wt_local_address(env, listener, &addr), STATUS_SUCCESS);
		WT_ASSERT_STATUS(test, wt_bind(env, client, &any), STATUS_SUCCESS);
		WT_ASSERT_STATUS(test, wt_connect(env, client, &addr), STATUS_SUCCESS);
		WT_ASSERT_STATUS(test, wt_accept(env, listener, &server), STATUS_SUCCESS);
		wt_exchange(env, client, server, 100, i);
		streams++;
	}
	KUNIT_EXPECT_EQ(test, streams, 2);
	WSK_RULES(test, "CAT-7 CAT-9");
}

static void answered_buffers_are_left_alone(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	WSK_TRANSPORT *list = room(test), *small = room(test), *copy = room(test);
	SIZE_T bytes = 0, told = 0;

	WT_EXPECT_STATUS(test, query(env, ROOM, list, &bytes), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, query(env, 1, small, &told), STATUS_BUFFER_OVERFLOW);
	memcpy(copy, list, ROOM);
	wsk_testing_transport_hide(AF_INET);
	wt_sleep(20);
	KUNIT_EXPECT_EQ(test, memcmp(copy, list, ROOM), 0);
	KUNIT_EXPECT_TRUE(test, is_poison(small, 1, ROOM));
	KUNIT_EXPECT_EQ(test, bytes, 4 * ENTRY);
	KUNIT_EXPECT_EQ(test, told, 4 * ENTRY);
	WSK_RULES(test, "MEM-8");
}

static void query_without_a_client_is_refused(struct kunit *test)
{
	const WSK_PROVIDER_DISPATCH *d = wt_env(test)->npi.Dispatch;
	SIZE_T bytes = 42;

	WT_EXPECT_STATUS(test, d->WskControlClient(NULL, WSK_TRANSPORT_LIST_QUERY, 0, NULL, 0,
						   NULL, &bytes, NULL), STATUS_INVALID_HANDLE);
	KUNIT_EXPECT_EQ(test, bytes, 42);
	WSK_RULES(test, "CLI-10");
}

static void query_needs_no_memory(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	WSK_TRANSPORT *list = room(test);
	SIZE_T bytes = 0;
	NTSTATUS status;
	void *memory;

	if (!fault_works())
		kunit_skip(test, "failslab leaves sleeping allocations alone here");
	/* The next allocation fails; that it is the one here says that the call made none. */
	fault_arm_self(1);
	status = query(env, ROOM, list, &bytes);
	memory = kmalloc(16, GFP_KERNEL | __GFP_NOWARN);
	fault_arm_self(0);
	kfree(memory);
	WT_EXPECT_STATUS(test, status, STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, bytes, 4 * ENTRY);
	KUNIT_EXPECT_TRUE(test, !memory);
	WSK_RULES(test, "TRL-1 TRL-8");
}

static struct kunit_case transports_cases[] = {
	KUNIT_CASE(each_transport_is_listed_once),
	KUNIT_CASE(exactly_the_size_is_enough),
	KUNIT_CASE(what_does_not_fit_is_not_written_and_its_size_told),
	KUNIT_CASE(query_has_no_input_and_takes_no_irp),
	KUNIT_CASE(query_answers_at_dispatch_level),
	KUNIT_CASE(a_list_that_grows_between_calls_is_got_in_a_loop),
	KUNIT_CASE(a_family_that_went_is_not_listed),
	KUNIT_CASE(the_list_says_what_sockets_can_be_made),
	KUNIT_CASE(listed_stream_transports_make_sockets_of_each_kind),
	KUNIT_CASE(answered_buffers_are_left_alone),
	KUNIT_CASE(query_without_a_client_is_refused),
	KUNIT_CASE(query_needs_no_memory),
	{}
};

static struct kunit_suite transports_suite = {
	.name = "wsk_transports",
	.init = wt_env_init,
	.exit = transports_exit,
	.test_cases = transports_cases,
};
kunit_test_suite(transports_suite);
