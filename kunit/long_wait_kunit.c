// SPDX-License-Identifier: GPL-2.0
/*
 * What the log says of a WskDeregister that waits: for which captures, sockets and
 * IRPs, and where they were made, each ten seconds. The clock of User-Mode Linux
 * leaps, so that half a minute costs nothing there, and lines can be counted.
 */
#include "wsk_fixture.h"

#define SAYS "wsk: deregister: wsk_kunit: "
#define REGISTRATION SAYS "registration made at wt_env_new.* waits for "

struct held {
	struct wt_env *env;
	struct wt_thread thread;
	LONG returned;
};

static void deregister_run(void *context)
{
	struct held *held = context;

	WskDeregister(&held->env->registration);
	InterlockedExchange(&held->returned, 1);
}

static struct held *held_new(struct kunit *test)
{
	struct held *held = kunit_kzalloc(test, sizeof(*held), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, held);
	held->env = wt_env_new(test, MAKE_WSK_VERSION(1, 0));
	KUNIT_ASSERT_NOT_NULL(test, held->env);
	KUNIT_ASSERT_TRUE(test, held->env->captured);
	return held;
}

static void release(struct held *held)
{
	held->env->captured = FALSE;
	WskReleaseProviderNPI(&held->env->registration);
}

static void deregister_begin(struct kunit *test, struct held *held)
{
	held->env->registered = FALSE;
	wt_thread_start(test, &held->thread, deregister_run, held);
}

static void expect_end(struct kunit *test, struct held *held)
{
	KUNIT_ASSERT_TRUE(test, wt_thread_join(&held->thread));
	wt_env_free(held->env);
}

static struct wt_io *pending_accept(struct wt_env *env, PWSK_SOCKET listener)
{
	struct wt_io *io = wt_io_new(env);

	WT_CALL(io, WT_LISTEN(listener)->WskAccept(listener, 0, NULL, NULL, NULL, NULL,
						   wt_irp(io)));
	KUNIT_EXPECT_EQ(env->test, io->returned, STATUS_PENDING);
	return io;
}

/* Three at once, so that a machine with a real clock waits once. */
static void each_cause_of_a_long_wait_is_named(struct kunit *test)
{
	struct held *captured = held_new(test), *open = held_new(test), *busy = held_new(test);
	struct wt_io *first, *second;
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener;

	WSK_EXPECT_LOG(test, REGISTRATION "1 captures, 0 sockets, 0 IRPs");
	WSK_EXPECT_LOG(test, REGISTRATION "0 captures, 1 sockets, 0 IRPs");
	WSK_EXPECT_LOG(test, SAYS "connection socket made at wt_try_socket.*, 0 IRPs pending");
	WSK_EXPECT_LOG(test, REGISTRATION "0 captures, 1 sockets, 2 IRPs");
	WSK_EXPECT_LOG(test, SAYS "listening socket made at wt_try_socket.*, 2 IRPs pending");
	wt_connection_socket(open->env, AF_INET);
	release(open);
	listener = wt_listener(busy->env, AF_INET, &addr);
	first = pending_accept(busy->env, listener);
	second = pending_accept(busy->env, listener);
	release(busy);
	deregister_begin(test, captured);
	deregister_begin(test, open);
	deregister_begin(test, busy);
	/* Far from ten and from twenty, where the lines come. */
	wt_sleep(15000);
	KUNIT_EXPECT_FALSE(test, captured->returned || open->returned || busy->returned);
	release(captured);
	expect_end(test, captured);
	wt_close_all(open->env);
	expect_end(test, open);
	wt_close_all(busy->env);
	WT_EXPECT_STATUS(test, wt_io_end(first), STATUS_CANCELLED);
	WT_EXPECT_STATUS(test, wt_io_end(second), STATUS_CANCELLED);
	expect_end(test, busy);
	WSK_RULES(test, "REG-14 REG-16 REG-19 REG-20 REG-30");
}

#ifdef CONFIG_UML
static void wait_is_told_each_ten_seconds_until_it_ends(struct kunit *test)
{
	struct held *held = held_new(test);

	WSK_EXPECT_LOG(test, "3x " REGISTRATION "1 captures, 0 sockets, 0 IRPs");
	WSK_EXPECT_LOG(test, "3x " SAYS "the last capture was made at wt_env_new");
	WSK_EXPECT_LOG(test, "6x wsk: deregister: ");
	deregister_begin(test, held);
	wt_sleep(35000);
	KUNIT_EXPECT_FALSE(test, held->returned);
	release(held);
	expect_end(test, held);
	wt_sleep(60000);
	WSK_RULES(test, "REG-14");
}

static void short_wait_is_not_told(struct kunit *test)
{
	struct held *held = held_new(test);

	WSK_EXPECT_LOG(test, "0x wsk: deregister: ");
	deregister_begin(test, held);
	wt_sleep(9000);
	KUNIT_EXPECT_FALSE(test, held->returned);
	release(held);
	expect_end(test, held);
	wt_sleep(60000);
	WSK_RULES(test, "REG-14");
}

/* What is told is what there is at that time. */
static void causes_that_end_are_told_no_more(struct kunit *test)
{
	struct held *held = held_new(test);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener;
	struct wt_io *io;

	WSK_EXPECT_LOG(test, "1x " REGISTRATION "1 captures, 1 sockets, 1 IRPs");
	WSK_EXPECT_LOG(test, "1x " REGISTRATION "0 captures, 1 sockets, 1 IRPs");
	WSK_EXPECT_LOG(test, "1x " SAYS "the last capture was made at wt_env_new");
	WSK_EXPECT_LOG(test, "2x " SAYS "listening socket made at wt_try_socket.*, 1 IRPs pending");
	WSK_EXPECT_LOG(test, "2x " SAYS "WskAccept pending, its IRP from wt_io_new");
	WSK_EXPECT_LOG(test, "1x " REGISTRATION "0 captures, 1 sockets, 0 IRPs");
	WSK_EXPECT_LOG(test, "1x " SAYS "listening socket made at wt_try_socket.*, 0 IRPs pending");
	WSK_EXPECT_LOG(test, "9x wsk: deregister: ");
	listener = wt_listener(held->env, AF_INET, &addr);
	io = pending_accept(held->env, listener);
	deregister_begin(test, held);
	wt_sleep(15000);
	release(held);
	wt_sleep(9000);
	IoCancelIrp(io->irp);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_CANCELLED);
	wt_sleep(10000);
	KUNIT_EXPECT_FALSE(test, held->returned);
	wt_close_all(held->env);
	expect_end(test, held);
	WSK_RULES(test, "REG-14 REG-16 REG-19");
}

/* The log is not flooded: some are named, and the others counted. */
static void many_sockets_are_counted(struct kunit *test)
{
	struct held *held = held_new(test);
	int i;

	WSK_EXPECT_LOG(test, "1x " REGISTRATION "0 captures, 100 sockets, 0 IRPs");
	WSK_EXPECT_LOG(test, SAYS "connection socket made at wt_try_socket.*, 0 IRPs pending");
	WSK_EXPECT_LOG(test, "1x " SAYS "and [0-9]+ sockets more");
	for (i = 0; i < 100; i++)
		wt_connection_socket(held->env, AF_INET);
	release(held);
	deregister_begin(test, held);
	wt_sleep(15000);
	KUNIT_EXPECT_FALSE(test, held->returned);
	wt_close_all(held->env);
	expect_end(test, held);
	WSK_RULES(test, "REG-16");
}

/* Nor by many waits: a slow console would hold up those that are to end them. */
static void many_waits_are_told_in_part(struct kunit *test)
{
	struct held *held[100];
	int i;

	WSK_EXPECT_LOG(test, "32x " REGISTRATION "1 captures, 0 sockets, 0 IRPs");
	WSK_EXPECT_LOG(test, "1x wsk: more than 32 waits are long, for the others see debugfs: ");
	for (i = 0; i < ARRAY_SIZE(held); i++) {
		held[i] = held_new(test);
		deregister_begin(test, held[i]);
	}
	wt_sleep(15000);
	for (i = 0; i < ARRAY_SIZE(held); i++) {
		KUNIT_EXPECT_FALSE(test, held[i]->returned);
		release(held[i]);
		expect_end(test, held[i]);
	}
	WSK_RULES(test, "REG-14");
}
#endif

static struct kunit_case long_wait_cases[] = {
	KUNIT_CASE(each_cause_of_a_long_wait_is_named),
#ifdef CONFIG_UML
	KUNIT_CASE(wait_is_told_each_ten_seconds_until_it_ends),
	KUNIT_CASE(short_wait_is_not_told),
	KUNIT_CASE(causes_that_end_are_told_no_more),
	KUNIT_CASE(many_sockets_are_counted),
	KUNIT_CASE(many_waits_are_told_in_part),
#endif
	{}
};

static struct kunit_suite long_wait_suite = {
	.name = "wsk_long_wait",
	.test_cases = long_wait_cases,
};
kunit_test_suite(long_wait_suite);
