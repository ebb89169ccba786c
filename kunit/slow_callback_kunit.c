// SPDX-License-Identifier: GPL-2.0
/*
 * Callbacks and routines that take their time, wait, or use much stack: they hold up their own
 * socket and the end of their registration, and nobody else.
 */
#include <linux/delay.h>

#include "wsk_accept_log.h"

static PWSK_SOCKET event_listener(struct wt_accept_log *log, SOCKADDR_STORAGE *addr)
{
	PWSK_SOCKET listener = wt_logged_listener(log, AF_INET, addr);

	WT_ASSERT_STATUS(log->env->test, wt_set_events(listener, WSK_EVENT_ACCEPT),
			 STATUS_SUCCESS);
	return listener;
}

/* A callback that stays inside until it is let go. */
struct blocker {
	KEVENT entered;
	KEVENT go;
	LONG inside;		/* now, and the most there ever were */
	LONG most;
	BOOLEAN let_go;		/* FALSE: it gave up waiting */
	LONG left_stamp;
};

static void stay_inside(struct wt_accept_log *log, PWSK_SOCKET accepted)
{
	struct blocker *blocker = log->inside_context;
	LONG inside = InterlockedIncrement(&blocker->inside);

	if (inside > blocker->most)
		blocker->most = inside;
	KeSetEvent(&blocker->entered, IO_NO_INCREMENT, FALSE);
	blocker->let_go = KeGetCurrentIrql() != PASSIVE_LEVEL ||
			  wt_wait(&blocker->go, WT_PATIENCE_MS);
	blocker->left_stamp = wt_stamp();
	InterlockedDecrement(&blocker->inside);
}

static struct blocker *blocker_new(struct kunit *test, struct wt_accept_log *log)
{
	struct blocker *blocker = kunit_kzalloc(test, sizeof(*blocker), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, blocker);
	KeInitializeEvent(&blocker->entered, SynchronizationEvent, FALSE);
	KeInitializeEvent(&blocker->go, NotificationEvent, FALSE);
	log->inside = stay_inside;
	log->inside_context = blocker;
	return blocker;
}

/* Both are allowed; that a listener's come one by one is what drivers can be sure of here. */
static void callbacks_of_one_listener_come_one_after_the_other(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	struct blocker *blocker = blocker_new(test, log);
	SOCKADDR_STORAGE addr;
	int i;

	event_listener(log, &addr);
	for (i = 0; i < 5; i++)
		wt_connected(env, &addr);
	KUNIT_EXPECT_TRUE(test, wt_wait(&blocker->entered, WT_PATIENCE_MS));
	/* Time enough for the others, if they were not waiting for this one. */
	wt_sleep(50);
	KUNIT_EXPECT_EQ(test, blocker->inside, 1);
	KUNIT_EXPECT_EQ(test, log->calls, 0);
	KeSetEvent(&blocker->go, IO_NO_INCREMENT, FALSE);
	wt_accept_take(log, 4);
	KUNIT_EXPECT_EQ(test, blocker->most, 1);
	KUNIT_EXPECT_TRUE(test, blocker->let_go);
	WSK_RULES(test, "CBK-13");
}

#define BLOCKED 8

static void blocked_callback_holds_up_no_other_socket(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *logs[BLOCKED], *free_log = wt_accept_log_new(env);
	struct blocker *blockers[BLOCKED];
	SOCKADDR_STORAGE addr, free_addr;
	PWSK_SOCKET client, server, other;
	struct wt_pair pair;
	int i;

	for (i = 0; i < BLOCKED; i++) {
		logs[i] = wt_accept_log_new(env);
		blockers[i] = blocker_new(test, logs[i]);
		event_listener(logs[i], &addr);
		wt_connected(env, &addr);
		KUNIT_ASSERT_TRUE(test, wt_wait(&blockers[i]->entered, WT_PATIENCE_MS));
	}
	/* While they are all inside: a new listener's events, data, new sockets and closes. */
	event_listener(free_log, &free_addr);
	client = wt_connected(env, &free_addr);
	server = wt_accept_take(free_log, 0);
	wt_exchange(env, client, server, 1000, 1);
	wt_pair(env, AF_INET6, &pair);
	wt_exchange(env, pair.server, pair.client, 1000, 2);
	WT_EXPECT_STATUS(test, wt_disconnect(env, pair.client, 0), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_close(env, pair.client), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_close(env, free_log->listener), STATUS_SUCCESS);
	other = wt_connection_socket(env, AF_INET);
	WT_EXPECT_STATUS(test, wt_close(env, other), STATUS_SUCCESS);
	for (i = 0; i < BLOCKED; i++) {
		KUNIT_EXPECT_EQ(test, blockers[i]->inside, 1);
		KeSetEvent(&blockers[i]->go, IO_NO_INCREMENT, FALSE);
		wt_accept_take(logs[i], 0);
		KUNIT_EXPECT_TRUE(test, blockers[i]->let_go);
	}
	WSK_RULES(test, "CBK-14");
}

/*
 * CBK-6: a callback that waits for a request that only its own return lets complete. The wait is
 * bounded here; one that is not would end the socket's events and nothing else.
 */
static void wait_for_own_accept(struct wt_accept_log *log, PWSK_SOCKET accepted)
{
	struct wt_io *io = log->inside_context;

	if (io->submissions)
		return;
	WT_CALL(io, WT_LISTEN(log->listener)->WskAccept(log->listener, 0, NULL, NULL, NULL, NULL,
							wt_irp(io)));
	if (KeGetCurrentIrql() == PASSIVE_LEVEL)
		wt_io_wait(io, 100);
}

static void callback_that_waits_for_a_request_holds_up_its_own_socket_only(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	struct wt_io *io = wt_io_new(env);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET first, second;

	log->inside = wait_for_own_accept;
	log->inside_context = io;
	event_listener(log, &addr);
	first = wt_connected(env, &addr);
	/* The listener may get to see the second connection before the first. */
	KUNIT_ASSERT_TRUE(test, WT_AWAIT(READ_ONCE(io->submissions) == 1));
	second = wt_connected(env, &addr);
	wt_exchange(env, first, wt_accept_take(log, 0), 100, 1);
	WT_ASSERT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	/* The request was served when the callback had returned, and not in it. */
	KUNIT_EXPECT_GT(test, io->stamp, log->stamp);
	wt_track(env, (PWSK_SOCKET)io->information, FALSE);
	wt_exchange(env, second, (PWSK_SOCKET)io->information, 100, 2);
	wt_connected(env, &addr);
	wt_accept_take(log, 1);
	WSK_RULES(test, "CBK-6");
}

/* A wait at DISPATCH_LEVEL is none: it is reported and returns. */
static void wait_in_routine(struct wt_io *io)
{
	struct wt_io *never = io->hook_context;
	LARGE_INTEGER timeout = { .QuadPart = -10000 };

	never->returned = KeWaitForSingleObject(&never->done, Executive, KernelMode, FALSE,
						&timeout);
}

static void wait_in_a_routine_at_dispatch_level_is_reported(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *io = wt_io_new(env), *never = wt_io_new(env);
	struct wt_data *data = wt_data_new(env, 16);
	struct wt_pair pair;

	WSK_EXPECT_REPORT(test, "wsk: misuse: KE-WAIT: wait with a time-out");
	wt_pair(env, AF_INET, &pair);
	io->hook = wait_in_routine;
	io->hook_context = never;
	wt_receive_start(io, pair.server, data, 0, 16, 0);
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, data, 16), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, io->irql, DISPATCH_LEVEL);
	WT_EXPECT_STATUS(test, never->returned, STATUS_INVALID_PARAMETER);
	wt_exchange(env, pair.client, pair.server, 100, 1);
	WSK_RULES(test, "IRP-23");
}

/* 4 KiB of stack, a frame at a time: what a driver's deep call chain would use. */
static noinline int use_stack(int depth)
{
	volatile UCHAR frame[256];
	int used;

	frame[0] = frame[sizeof(frame) - 1] = (UCHAR)depth;
	used = depth ? use_stack(depth - 1) : 0;
	return used + (frame[0] == (UCHAR)depth) * (int)sizeof(frame);
}

static void be_greedy(struct wt_io *io)
{
	*(int *)io->hook_context = use_stack(15);
	mdelay(20);
}

/* CBK-17: 20 ms at DISPATCH_LEVEL and 4 KiB of stack. Everybody waits, and nothing breaks. */
static void greedy_routine_is_survived(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *io = wt_io_new(env);
	struct wt_data *data = wt_data_new(env, 16);
	int *used = kunit_kzalloc(test, sizeof(*used), GFP_KERNEL);
	struct wt_pair pair;

	KUNIT_ASSERT_NOT_NULL(test, used);
	wt_pair(env, AF_INET, &pair);
	io->hook = be_greedy;
	io->hook_context = used;
	wt_receive_start(io, pair.server, data, 0, 16, 0);
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, data, 16), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, io->irql, DISPATCH_LEVEL);
	KUNIT_EXPECT_EQ(test, *used, 4096);
	wt_exchange(env, pair.client, pair.server, 1000, 1);
	WSK_RULES(test, "CBK-17");
}

struct greed {
	int used;
	KIRQL level;
	LONG calls;
};

/* A callback comes at PASSIVE_LEVEL here, so it raises the level itself. */
static void be_greedy_in_callback(struct wt_accept_log *log, PWSK_SOCKET accepted)
{
	struct greed *greed = log->inside_context;
	KIRQL before;

	KeRaiseIrql(DISPATCH_LEVEL, &before);
	greed->level = KeGetCurrentIrql();
	greed->used = use_stack(15);
	mdelay(20);
	greed->calls++;
	KeLowerIrql(before);
}

static void greedy_callback_is_survived(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	struct greed *greed = kunit_kzalloc(test, sizeof(*greed), GFP_KERNEL);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET client;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, greed);
	log->inside = be_greedy_in_callback;
	log->inside_context = greed;
	event_listener(log, &addr);
	for (i = 0; i < 2; i++) {
		client = wt_connected(env, &addr);
		wt_exchange(env, client, wt_accept_take(log, i), 1000, (UCHAR)i);
		KUNIT_EXPECT_EQ(test, greed->calls, i + 1);
		KUNIT_EXPECT_EQ(test, greed->level, DISPATCH_LEVEL);
		KUNIT_EXPECT_EQ(test, greed->used, 4096);
	}
	/* It has left the level as it was. */
	KUNIT_EXPECT_EQ(test, log->irql, PASSIVE_LEVEL);
	WSK_RULES(test, "CBK-17");
}

struct ending {
	PWSK_REGISTRATION registration;
	KEVENT returned;
	LONG stamp;
};

static void end_registration(void *context)
{
	struct ending *ending = context;

	WskDeregister(ending->registration);
	ending->stamp = wt_stamp();
	KeSetEvent(&ending->returned, IO_NO_INCREMENT, FALSE);
}

/* Every socket is being closed and nothing is captured: the callback is all that is left. */
static void deregister_waits_for_a_callback(struct kunit *test)
{
	struct wt_env *env = wt_env_new(test, MAKE_WSK_VERSION(1, 0)), *peer = wt_env(test);
	struct ending *ending = kunit_kzalloc(test, sizeof(*ending), GFP_KERNEL);
	struct wt_accept_log *log;
	struct blocker *blocker;
	struct wt_thread thread;
	struct wt_io *closing;
	SOCKADDR_STORAGE addr;

	KUNIT_ASSERT_NOT_NULL(test, env);
	KUNIT_ASSERT_NOT_NULL(test, ending);
	log = wt_accept_log_new(env);
	log->answer = STATUS_REQUEST_NOT_ACCEPTED;
	blocker = blocker_new(test, log);
	event_listener(log, &addr);
	wt_connected(peer, &addr);
	KUNIT_ASSERT_TRUE(test, wt_wait(&blocker->entered, WT_PATIENCE_MS));
	closing = wt_io_new(env);
	wt_untrack(env, log->listener);
	WT_CALL(closing, WT_LISTEN(log->listener)->WskCloseSocket(log->listener,
								  wt_irp(closing)));
	WskReleaseProviderNPI(&env->registration);
	env->captured = FALSE;
	ending->registration = &env->registration;
	KeInitializeEvent(&ending->returned, NotificationEvent, FALSE);
	wt_thread_start(test, &thread, end_registration, ending);
	wt_sleep(50);
	KUNIT_EXPECT_FALSE(test, wt_is_set(&ending->returned));
	KeSetEvent(&blocker->go, IO_NO_INCREMENT, FALSE);
	KUNIT_ASSERT_TRUE(test, wt_thread_join(&thread));
	KUNIT_EXPECT_GT(test, ending->stamp, blocker->left_stamp);
	KUNIT_EXPECT_EQ(test, blocker->inside, 0);
	KUNIT_EXPECT_EQ(test, log->calls, 1);
	WT_EXPECT_STATUS(test, wt_io_end(closing), STATUS_SUCCESS);
	env->registered = FALSE;
	wt_env_free(env);
	WSK_RULES(test, "REG-25");
}

static struct kunit_case slow_callback_cases[] = {
	KUNIT_CASE(callbacks_of_one_listener_come_one_after_the_other),
	KUNIT_CASE(blocked_callback_holds_up_no_other_socket),
	KUNIT_CASE(callback_that_waits_for_a_request_holds_up_its_own_socket_only),
	KUNIT_CASE(wait_in_a_routine_at_dispatch_level_is_reported),
	KUNIT_CASE(greedy_routine_is_survived),
	KUNIT_CASE(greedy_callback_is_survived),
	KUNIT_CASE(deregister_waits_for_a_callback),
	{}
};

static struct kunit_suite slow_callback_suite = {
	.name = "wsk_slow_callback",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = slow_callback_cases,
};
kunit_test_suite(slow_callback_suite);
