// SPDX-License-Identifier: GPL-2.0
/* Each way in which a connection attempt can fail, and the status that says which. */
#include "plain_net.h"
#include "silent_peer.h"
#include "wsk_fixture.h"

/* Nobody's: of TEST-NET-3, and of the prefix for documentation. */
struct place {
	UCHAR address[16];
	ADDRESS_FAMILY family;
};

static const struct place nowhere[] = {
	{ { 203, 0, 113, 1 }, AF_INET },
	{ { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 }, AF_INET6 },
};

static const struct place unreachable[] = {
	{ { 203, 0, 113, 2 }, AF_INET },
	{ { 0x20, 0x01, 0x0d, 0xb8, [15] = 2 }, AF_INET6 },
};

static const struct place prohibited[] = {
	{ { 203, 0, 113, 3 }, AF_INET },
	{ { 0x20, 0x01, 0x0d, 0xb8, [15] = 3 }, AF_INET6 },
};

static int retries;

static unsigned int bytes_of(const struct place *place)
{
	return place->family == AF_INET ? 4 : 16;
}

static int route(const struct place *place, enum plain_route kind)
{
	return plain_net_route(place->address, bytes_of(place), kind);
}

static void unroute(const struct place *place, enum plain_route kind)
{
	plain_net_unroute(place->address, bytes_of(place), kind);
}

static int connect_failure_init(struct kunit *test)
{
	int i, error = 0;

	for (i = 0; i < 2 && !error; i++) {
		error = route(&unreachable[i], PLAIN_UNREACHABLE);
		if (!error)
			error = route(&prohibited[i], PLAIN_PROHIBITED);
	}
	retries = plain_net_syn_retries(1);
	return error ? error : wt_env_init(test);
}

static void connect_failure_exit(struct kunit *test)
{
	int i;

	for (i = 0; i < 2; i++) {
		unroute(&unreachable[i], PLAIN_UNREACHABLE);
		unroute(&prohibited[i], PLAIN_PROHIBITED);
	}
	plain_net_syn_retries(retries);
	wt_env_exit(test);
}

static NTSTATUS connect_to(struct kunit *test, const struct place *place)
{
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET socket = wt_bound(env, place->family);
	SOCKADDR_STORAGE addr;
	NTSTATUS status;

	wt_wildcard(&addr, place->family, 9);
	if (place->family == AF_INET)
		memcpy(&((PSOCKADDR_IN)&addr)->sin_addr, place->address, 4);
	else
		memcpy(&((PSOCKADDR_IN6)&addr)->sin6_addr, place->address, 16);
	status = wt_connect(env, socket, &addr);
	WT_EXPECT_STATUS(test, wt_close(env, socket), STATUS_SUCCESS);
	return status;
}

/* An attempt that is under way and unanswered. */
static struct wt_io *begin_unanswered(struct kunit *test, struct silent_peer **peer)
{
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET socket = wt_bound(env, AF_INET);
	struct wt_io *io = wt_io_new(env);
	SOCKADDR_STORAGE addr;
	unsigned short port;

	*peer = silent_peer_open(&port);
	KUNIT_ASSERT_NOT_NULL(test, *peer);
	wt_loopback(&addr, AF_INET, port);
	WT_CALL(io, WT_CONNECTION(socket)->WskConnect(socket, (PSOCKADDR)&addr, 0, wt_irp(io)));
	wt_sleep(20);
	KUNIT_EXPECT_FALSE_MSG(test, wt_io_completed(io), "the SYN was answered");
	return io;
}

static NTSTATUS end_unanswered(struct wt_io *io)
{
	NTSTATUS status = wt_io_end(io);

	KUNIT_EXPECT_EQ(io->env->test, (u64)io->information, 0ULL);
	return status;
}

static void each_failure_has_its_status(struct kunit *test)
{
	struct silent_peer *peer;
	struct wt_io *io;
	int i;

	for (i = 0; i < 2; i++) {
		WT_EXPECT_STATUS(test, connect_to(test, &nowhere[i]), STATUS_NETWORK_UNREACHABLE);
		WT_EXPECT_STATUS(test, connect_to(test, &unreachable[i]),
				 STATUS_HOST_UNREACHABLE);
		WT_EXPECT_STATUS(test, connect_to(test, &prohibited[i]), STATUS_ACCESS_DENIED);
	}
	/* All SYNs were dropped. */
	io = begin_unanswered(test, &peer);
	WT_EXPECT_STATUS(test, end_unanswered(io), STATUS_IO_TIMEOUT);
	silent_peer_close(peer);
	/* The first was dropped; the next finds nobody at the port any more, and is reset. */
	io = begin_unanswered(test, &peer);
	silent_peer_close(peer);
	WT_EXPECT_STATUS(test, end_unanswered(io), STATUS_CONNECTION_REFUSED);
	WSK_RULES(test, "CON-5");
}

static struct kunit_case connect_failure_cases[] = {
	KUNIT_CASE(each_failure_has_its_status),
	{}
};

static struct kunit_suite connect_failure_suite = {
	.name = "wsk_connect_failure",
	.init = connect_failure_init,
	.exit = connect_failure_exit,
	.test_cases = connect_failure_cases,
};
kunit_test_suite(connect_failure_suite);
