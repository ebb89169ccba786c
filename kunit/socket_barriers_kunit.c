// SPDX-License-Identifier: GPL-2.0
/* After what no callback runs any more, and after what it still may. */
#include <linux/slab.h>

#include "plain_peer.h"
#include "wsk_accept_log.h"

#define WAITING 4	/* connections that wait behind the one that is being told of */

/* Outside of what its listener's context points to, as that goes first. */
struct gate {
	KEVENT entered;
	KEVENT go;
	LONG starts;
	LONG ends;
	LONG stamp;		/* at the last end */
};

static void stay_inside(struct wt_accept_log *log, PWSK_SOCKET accepted)
{
	struct gate *gate = log->inside_context;

	InterlockedIncrement(&gate->starts);
	KeSetEvent(&gate->entered, IO_NO_INCREMENT, FALSE);
	wt_wait(&gate->go, WT_PATIENCE_MS);
	gate->stamp = wt_stamp();
	InterlockedIncrement(&gate->ends);
}

static struct gate *gate_new(struct kunit *test)
{
	struct gate *gate = kunit_kzalloc(test, sizeof(*gate), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, gate);
	KeInitializeEvent(&gate->entered, SynchronizationEvent, FALSE);
	KeInitializeEvent(&gate->go, SynchronizationEvent, FALSE);
	return gate;
}

static struct wt_accept_log *gated_log(struct wt_env *env, struct gate *gate)
{
	struct wt_accept_log *log = wt_accept_log_new(env);

	log->inside = stay_inside;
	log->inside_context = gate;
	/* Nothing of a connection is left when its callback has ended. */
	log->answer = STATUS_REQUEST_NOT_ACCEPTED;
	return log;
}

static struct wt_env *new_env(struct kunit *test)
{
	struct wt_env *env = wt_env_new(test, MAKE_WSK_VERSION(1, 0));

	KUNIT_ASSERT_NOT_NULL(test, env);
	KUNIT_ASSERT_TRUE(test, env->captured);
	return env;
}

static struct wt_io *close_begin(struct wt_env *env, PWSK_SOCKET socket)
{
	struct wt_io *io = wt_io_new(env);

	wt_untrack(env, socket);
	WT_CALL(io, WT_LISTEN(socket)->WskCloseSocket(socket, wt_irp(io)));
	return io;
}

/* A callback is in progress when the close is called, and more connections have come for it. */
static void close_beside_a_callback(struct kunit *test, struct wt_env *env, BOOLEAN is_static)
{
	struct gate *gate = gate_new(test);
	struct wt_accept_log *log = gated_log(env, gate);
	SOCKADDR_STORAGE addr;
	struct wt_io *closing;
	int i;

	if (is_static)
		WT_ASSERT_STATUS(test, wt_set_static_events(env, WSK_EVENT_ACCEPT),
				 STATUS_SUCCESS);
	wt_logged_listener(log, AF_INET, &addr);
	if (!is_static)
		WT_ASSERT_STATUS(test, wt_set_events(log->listener, WSK_EVENT_ACCEPT),
				 STATUS_SUCCESS);
	for (i = 0; i < 1 + WAITING; i++)
		wt_connected(env, &addr);
	KUNIT_ASSERT_TRUE(test, wt_wait(&gate->entered, WT_PATIENCE_MS));
	closing = close_begin(env, log->listener);
	KUNIT_EXPECT_EQ(test, gate->ends, 0);
	KeSetEvent(&gate->go, IO_NO_INCREMENT, FALSE);
	WT_EXPECT_STATUS(test, wt_io_end(closing), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, gate->ends, 1);
	KUNIT_EXPECT_GT(test, closing->stamp, gate->stamp);
	wt_sleep(20);
	KUNIT_EXPECT_EQ(test, gate->starts, 1);
}

static void no_callback_starts_after_the_close_was_called(struct kunit *test)
{
	close_beside_a_callback(test, wt_env(test), FALSE);
	WSK_RULES(test, "CLO-5");
}

static void no_static_callback_starts_after_the_close_was_called(struct kunit *test)
{
	close_beside_a_callback(test, wt_env(test), TRUE);
	WSK_RULES(test, "CLO-5");
}

static void note_stamp(struct wt_io *io)
{
	*(LONG *)io->hook_context = wt_stamp();
}

/* What only asks for an end returns beside the callback; what completes comes behind it. */
static void disable_is_a_barrier_when_it_completes(struct kunit *test, struct wt_accept_log *log,
						   const SOCKADDR_STORAGE *addr)
{
	WSK_EVENT_CALLBACK_CONTROL control = { &NPI_WSK_INTERFACE_ID,
					       WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE };
	struct gate *gate = log->inside_context;
	struct wt_io *io = wt_io_new(log->env);
	LONG *stamp = kunit_kzalloc(test, sizeof(*stamp), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, stamp);
	wt_connected(log->env, addr);
	KUNIT_ASSERT_TRUE(test, wt_wait(&gate->entered, WT_PATIENCE_MS));
	WT_EXPECT_STATUS(test, wt_set_events(log->listener, control.EventMask),
			 STATUS_EVENT_PENDING);
	io->hook = note_stamp;
	io->hook_context = stamp;
	WT_CALL(io, WT_LISTEN(log->listener)->WskControlSocket(log->listener, WskSetOption,
							       SO_WSK_EVENT_CALLBACK,
							       SOL_SOCKET, sizeof(control),
							       &control, 0, NULL, NULL,
							       wt_irp(io)));
	WT_EXPECT_STATUS(test, io->returned, STATUS_PENDING);
	wt_connected(log->env, addr);
	wt_sleep(20);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(io));
	KUNIT_EXPECT_EQ(test, gate->starts, 1);
	KUNIT_EXPECT_EQ(test, gate->ends, 0);
	KeSetEvent(&gate->go, IO_NO_INCREMENT, FALSE);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	KUNIT_EXPECT_GT(test, *stamp, gate->stamp);
	wt_connected(log->env, addr);
	wt_sleep(20);
	KUNIT_EXPECT_EQ(test, gate->starts, 1);
	wt_io_put(io);
}

struct ending {
	PWSK_REGISTRATION block;
	struct wt_thread thread;
	KEVENT returned;
	LONG stamp;
};

static void end_registration(void *context)
{
	struct ending *ending = context;

	WskDeregister(ending->block);
	ending->stamp = wt_stamp();
	KeSetEvent(&ending->returned, IO_NO_INCREMENT, FALSE);
}

static void callbacks_run_until_a_barrier_and_not_after(struct kunit *test)
{
	struct wt_env *env = new_env(test);
	struct ending *ending = kunit_kzalloc(test, sizeof(*ending), GFP_KERNEL);
	struct gate *gate = gate_new(test);
	struct wt_accept_log *log = gated_log(env, gate);
	struct wt_io *closing;
	SOCKADDR_STORAGE addr;

	KUNIT_ASSERT_NOT_NULL(test, ending);
	wt_logged_listener(log, AF_INET, &addr);
	WT_ASSERT_STATUS(test, wt_set_events(log->listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	disable_is_a_barrier_when_it_completes(test, log, &addr);

	/* The connections that came meanwhile: the first of them is told of, and stays. */
	WT_ASSERT_STATUS(test, wt_set_events(log->listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	KUNIT_ASSERT_TRUE(test, wt_wait(&gate->entered, WT_PATIENCE_MS));
	closing = close_begin(env, log->listener);
	wt_close_all(env);
	WskReleaseProviderNPI(&env->registration);
	ending->block = &env->registration;
	KeInitializeEvent(&ending->returned, NotificationEvent, FALSE);
	wt_thread_start(test, &ending->thread, end_registration, ending);
	wt_sleep(50);
	KUNIT_EXPECT_EQ(test, gate->ends, 1);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(closing));
	KUNIT_EXPECT_FALSE(test, wt_is_set(&ending->returned));
	KeSetEvent(&gate->go, IO_NO_INCREMENT, FALSE);
	WT_EXPECT_STATUS(test, wt_io_end(closing), STATUS_SUCCESS);
	KUNIT_EXPECT_GT(test, closing->stamp, gate->stamp);
	KUNIT_ASSERT_TRUE(test, wt_thread_join(&ending->thread));
	KUNIT_EXPECT_GT(test, ending->stamp, closing->stamp);
	wt_sleep(20);
	KUNIT_EXPECT_EQ(test, gate->starts, 2);
	KUNIT_EXPECT_EQ(test, gate->ends, 2);
	env->captured = FALSE;
	env->registered = FALSE;
	wt_env_free(env);
	WSK_RULES(test, "ORD-10");
}

/* All that a listener's callback stands on, in one piece of memory. */
struct ground {
	WSK_CLIENT_LISTEN_DISPATCH table;
	struct gate *gate;
};

static NTSTATUS accept_on_ground(PVOID context, ULONG flags, PSOCKADDR local, PSOCKADDR remote,
				 PWSK_SOCKET accepted, PVOID *accepted_context,
				 CONST WSK_CLIENT_CONNECTION_DISPATCH **accepted_dispatch)
{
	struct ground *ground = context;
	struct gate *gate = ground->gate;

	wt_note_event_here(flags);
	InterlockedIncrement(&gate->starts);
	KeSetEvent(&gate->entered, IO_NO_INCREMENT, FALSE);
	wt_wait(&gate->go, WT_PATIENCE_MS);
	InterlockedIncrement(&ground->gate->ends);
	return STATUS_REQUEST_NOT_ACCEPTED;
}

struct leaving {
	struct ground *ground;
	LONG starts, ends;	/* when the close IRP completed */
};

static void pull_the_ground_away(struct wt_io *io)
{
	struct leaving *leaving = io->hook_context;
	struct gate *gate = leaving->ground->gate;

	leaving->starts = gate->starts;
	leaving->ends = gate->ends;
	memset(leaving->ground, 0xa5, sizeof(*leaving->ground));
	kfree(leaving->ground);
}

/* Whatever would still call or look is caught: the table has no function in it any more. */
static void what_callbacks_stand_on_may_go_with_the_close_irp(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct leaving *leaving = kunit_kzalloc(test, sizeof(*leaving), GFP_KERNEL);
	struct ground *ground = kmalloc(sizeof(*ground), GFP_KERNEL);
	struct plain_peer *peers[WAITING];
	struct gate *gate = gate_new(test);
	struct wt_io *closing = wt_io_new(env);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, leaving);
	KUNIT_ASSERT_NOT_NULL(test, ground);
	ground->table = (WSK_CLIENT_LISTEN_DISPATCH){ .WskAcceptEvent = accept_on_ground };
	ground->gate = gate;
	leaving->ground = ground;
	listener = wt_listen_socket(env, AF_INET, ground, &ground->table);
	wt_loopback(&addr, AF_INET, 0);
	WT_ASSERT_STATUS(test, wt_bind(env, listener, &addr), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, wt_local_address(env, listener, &addr), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, wt_set_events(listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	wt_connected(env, &addr);
	KUNIT_ASSERT_TRUE(test, wt_wait(&gate->entered, WT_PATIENCE_MS));
	closing->hook = pull_the_ground_away;
	closing->hook_context = leaving;
	wt_untrack(env, listener);
	WT_CALL(closing, WT_LISTEN(listener)->WskCloseSocket(listener, wt_irp(closing)));
	/* They come while it closes, and when it is closed. */
	for (i = 0; i < WAITING; i++) {
		peers[i] = plain_peer_connect(wt_port(&addr));
		if (i == WAITING / 2) {
			KeSetEvent(&gate->go, IO_NO_INCREMENT, FALSE);
			WT_EXPECT_STATUS(test, wt_io_end(closing), STATUS_SUCCESS);
		}
	}
	KUNIT_EXPECT_EQ(test, leaving->starts, 1);
	KUNIT_EXPECT_EQ(test, leaving->ends, 1);
	wt_sleep(50);
	KUNIT_EXPECT_EQ(test, gate->starts, 1);
	for (i = 0; i < WAITING; i++)
		if (peers[i])
			plain_peer_close(peers[i]);
	WSK_RULES(test, "CLO-6");
}

static struct kunit_case socket_barriers_cases[] = {
	KUNIT_CASE(no_callback_starts_after_the_close_was_called),
	KUNIT_CASE(no_static_callback_starts_after_the_close_was_called),
	KUNIT_CASE(callbacks_run_until_a_barrier_and_not_after),
	KUNIT_CASE(what_callbacks_stand_on_may_go_with_the_close_irp),
	{}
};

static struct kunit_suite socket_barriers_suite = {
	.name = "wsk_socket_barriers",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = socket_barriers_cases,
};
kunit_test_suite(socket_barriers_suite);
