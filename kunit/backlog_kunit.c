// SPDX-License-Identifier: GPL-2.0
/* The backlog of a listener: how many connections it holds, and what becomes of one more. */
#include "plain_net.h"
#include "wsk_fixture.h"

#define MOST 8		/* the greatest limit that a case sets */
#define MORE 2		/* connections above the limit */

static int before;

static int backlog_init(struct kunit *test)
{
	before = plain_net_somaxconn(0);
	plain_net_somaxconn(before);
	return wt_env_init(test);
}

static void backlog_exit(struct kunit *test)
{
	plain_net_somaxconn(before);
	wt_env_exit(test);
}

static PWSK_SOCKET listener_with_limit(struct wt_env *env, int limit, SOCKADDR_STORAGE *addr)
{
	PWSK_SOCKET listener;

	plain_net_somaxconn(limit);
	listener = wt_listener(env, AF_INET, addr);
	plain_net_somaxconn(before);
	return listener;
}

static struct wt_io *connect_begin(struct wt_env *env, PWSK_SOCKET socket,
				   const SOCKADDR_STORAGE *addr)
{
	struct wt_io *io = wt_io_new(env);

	WT_CALL(io, WT_CONNECTION(socket)->WskConnect(socket, (PSOCKADDR)addr, 0, wt_irp(io)));
	return io;
}

/*
 * Connects one after the other until there is no room: how many there are then. What has @room may
 * take its time; of the one beyond, too short a wait would only hide that it got in.
 */
static int fill(struct kunit *test, const SOCKADDR_STORAGE *addr, PWSK_SOCKET *clients, int room)
{
	int i;

	for (i = 0; i < MOST + MORE; i++) {
		struct wt_io *io;

		clients[i] = wt_bound(wt_env(test), AF_INET);
		io = connect_begin(wt_env(test), clients[i], addr);
		if (!wt_io_wait(io, i < room ? WT_PATIENCE_MS : 100)) {
			/* Dropped: TCP asks again and again. */
			IoCancelIrp(io->irp);
			WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_CANCELLED);
			return i;
		}
		if (wt_io_end(io) != STATUS_SUCCESS)
			return i;
		KUNIT_ASSERT_TRUE_MSG(test, wt_await_waiting(addr, i + 1), "not %d wait", i + 1);
	}
	return i;
}

/* Linux holds one more than the number that it is told. */
static void limit_is_the_namespaces_somaxconn(struct kunit *test)
{
	static const int limits[] = { 1, 3, 6 };
	PWSK_SOCKET clients[MOST + MORE];
	SOCKADDR_STORAGE addr;
	int i;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		listener_with_limit(wt_env(test), limits[i], &addr);
		KUNIT_EXPECT_EQ(test, fill(test, &addr, clients, limits[i] + 1),
				limits[i] + 1);
	}
	/* And with what the namespace really has, all of these find room. */
	KUNIT_ASSERT_GT(test, before, MOST + MORE);
	wt_listener(wt_env(test), AF_INET, &addr);
	KUNIT_EXPECT_EQ(test, fill(test, &addr, clients, MOST + MORE), MOST + MORE);
	WSK_RULES(test, "BLG-3");
}

static void full_backlog_keeps_those_it_has_and_drops_the_next(struct kunit *test)
{
	const int limit = 4, held = limit + 1;
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET clients[MOST + MORE], listener, server;
	SOCKADDR_STORAGE addr, mine, peer;
	struct wt_io *late[MORE], *accepting = wt_io_new(env);
	int i;

	listener = listener_with_limit(env, limit, &addr);
	KUNIT_ASSERT_EQ(test, fill(test, &addr, clients, held), held);
	for (i = 0; i < MORE; i++)
		late[i] = connect_begin(env, wt_bound(env, AF_INET), &addr);
	wt_sleep(100);
	for (i = 0; i < MORE; i++) {
		if (wt_io_completed(late[i])) {
			WT_EXPECT_STATUS(test, wt_io_end(late[i]), STATUS_CONNECTION_REFUSED);
			continue;
		}
		IoCancelIrp(late[i]->irp);
		WT_EXPECT_STATUS(test, wt_io_end(late[i]), STATUS_CANCELLED);
	}
	KUNIT_EXPECT_EQ(test, plain_net_waiting(wt_port(&addr), FALSE), held);
	for (i = 0; i < held; i++) {
		WT_ASSERT_STATUS(test, wt_accept(env, listener, &server), STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, wt_local_address(env, clients[i], &mine), STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, wt_remote_address(env, server, &peer), STATUS_SUCCESS);
		KUNIT_EXPECT_TRUE(test, wt_addr_equal(&mine, &peer));
		wt_exchange(env, clients[i], server, 1000, i);
		wt_exchange(env, server, clients[i], 1000, i);
	}
	/* Of the others none came in, and there is room again. */
	WT_CALL(accepting, WT_LISTEN(listener)->WskAccept(listener, 0, NULL, NULL, NULL, NULL,
							  wt_irp(accepting)));
	wt_sleep(20);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(accepting));
	wt_connected(env, &addr);
	WT_ASSERT_STATUS(test, wt_io_end(accepting), STATUS_SUCCESS);
	wt_track(env, (PWSK_SOCKET)accepting->information, FALSE);
	WSK_RULES(test, "BLG-4");
}

static struct kunit_case backlog_cases[] = {
	KUNIT_CASE(limit_is_the_namespaces_somaxconn),
	KUNIT_CASE(full_backlog_keeps_those_it_has_and_drops_the_next),
	{}
};

static struct kunit_suite backlog_suite = {
	.name = "wsk_backlog",
	.init = backlog_init,
	.exit = backlog_exit,
	.test_cases = backlog_cases,
};
kunit_test_suite(backlog_suite);
