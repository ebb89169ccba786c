// SPDX-License-Identifier: GPL-2.0
/*
 * What WskDeregister waits for. A second thread deregisters; that it has begun
 * shows in a capture that fails (REG-22), and that it waited shows in the
 * order of stamps: the one of its return is greater than the one taken before
 * the last thing it had to wait for was given back.
 */
#include "wsk_accept_log.h"

static const WSK_CLIENT_DISPATCH version_1_0 = { MAKE_WSK_VERSION(1, 0), 0, NULL };

struct deregistration {
	PWSK_REGISTRATION block;
	struct wt_thread thread;
	KEVENT returned;
	LONG stamp;
};

static void deregister_run(void *context)
{
	struct deregistration *work = context;

	WskDeregister(work->block);
	work->stamp = wt_stamp();
	KeSetEvent(&work->returned, IO_NO_INCREMENT, FALSE);
}

/* Returns when the deregistration has begun. */
static struct deregistration *deregister_begin(struct kunit *test, PWSK_REGISTRATION block)
{
	struct deregistration *work = kunit_kzalloc(test, sizeof(*work), GFP_KERNEL);
	WSK_PROVIDER_NPI provider;
	int attempts;

	KUNIT_ASSERT_NOT_NULL(test, work);
	work->block = block;
	KeInitializeEvent(&work->returned, NotificationEvent, FALSE);
	wt_thread_start(test, &work->thread, deregister_run, work);
	for (attempts = 0; attempts < 1000; attempts++) {
		if (WskCaptureProviderNPI(block, WSK_NO_WAIT, &provider) != STATUS_SUCCESS)
			return work;
		WskReleaseProviderNPI(block);
		wt_sleep(10);
	}
	KUNIT_ASSERT_LT_MSG(test, attempts, 1000, "WskDeregister never began");
	return work;
}

static void expect_waiting(struct kunit *test, struct deregistration *work)
{
	/* Time enough for a deregistration that does not wait. */
	wt_sleep(50);
	KUNIT_EXPECT_FALSE(test, wt_is_set(&work->returned));
}

static void expect_returned_after(struct kunit *test, struct deregistration *work, LONG stamp)
{
	KUNIT_ASSERT_TRUE_MSG(test, wt_thread_join(&work->thread),
			      "WskDeregister did not return");
	KUNIT_EXPECT_GT(test, work->stamp, stamp);
}

static struct wt_env *new_env(struct kunit *test)
{
	struct wt_env *env = wt_env_new(test, MAKE_WSK_VERSION(1, 0));

	KUNIT_ASSERT_NOT_NULL(test, env);
	KUNIT_ASSERT_TRUE(test, env->captured);
	return env;
}

static void end_env(struct wt_env *env)
{
	env->captured = FALSE;
	env->registered = FALSE;
	wt_env_free(env);
}

static void release_run(void *context)
{
	WskReleaseProviderNPI(context);
}

static void deregister_waits_for_each_capture(struct kunit *test)
{
	struct wt_env *env = new_env(test);
	struct deregistration *work;
	struct wt_thread other;
	WSK_PROVIDER_NPI again;
	LONG stamp;

	WT_ASSERT_STATUS(test, WskCaptureProviderNPI(&env->registration, WSK_NO_WAIT, &again),
			 STATUS_SUCCESS);
	work = deregister_begin(test, &env->registration);
	expect_waiting(test, work);
	WskReleaseProviderNPI(&env->registration);
	expect_waiting(test, work);
	stamp = wt_stamp();
	/* In a thread that captured nothing. */
	wt_thread_start(test, &other, release_run, &env->registration);
	KUNIT_EXPECT_TRUE(test, wt_thread_join(&other));
	expect_returned_after(test, work, stamp);
	end_env(env);
	WSK_RULES(test, "REG-14 CAP-8 CAP-16");
}

static void deregister_waits_for_an_open_socket(struct kunit *test)
{
	struct wt_env *env = new_env(test);
	struct deregistration *work;
	PWSK_SOCKET socket;
	LONG stamp;

	socket = wt_connection_socket(env, AF_INET);
	WskReleaseProviderNPI(&env->registration);
	work = deregister_begin(test, &env->registration);
	expect_waiting(test, work);
	stamp = wt_stamp();
	WT_EXPECT_STATUS(test, wt_close(env, socket), STATUS_SUCCESS);
	expect_returned_after(test, work, stamp);
	end_env(env);
	WSK_RULES(test, "REG-19 REG-31 CLO-26");
}

static PWSK_SOCKET made_by_socket(struct wt_env *env, struct wt_env *peer)
{
	return wt_connection_socket(env, AF_INET);
}

static PWSK_SOCKET made_by_socket_connect(struct wt_env *env, struct wt_env *peer)
{
	struct wt_io *io = wt_io_new(env);
	SOCKADDR_STORAGE any, addr;

	wt_listener(peer, AF_INET, &addr);
	wt_wildcard(&any, AF_INET, 0);
	WT_CALL(io, env->npi.Dispatch->WskSocketConnect(env->npi.Client, SOCK_STREAM, IPPROTO_TCP,
							(PSOCKADDR)&any, (PSOCKADDR)&addr, 0, NULL,
							NULL, NULL, NULL, NULL, wt_irp(io)));
	WT_ASSERT_STATUS(env->test, wt_io_end(io), STATUS_SUCCESS);
	wt_track(env, (PWSK_SOCKET)io->information, FALSE);
	return (PWSK_SOCKET)io->information;
}

static PWSK_SOCKET made_by_accept(struct wt_env *env, struct wt_env *peer)
{
	PWSK_SOCKET listener, accepted;
	SOCKADDR_STORAGE addr;

	listener = wt_listener(env, AF_INET, &addr);
	wt_connected(peer, &addr);
	WT_ASSERT_STATUS(env->test, wt_accept(env, listener, &accepted), STATUS_SUCCESS);
	WT_EXPECT_STATUS(env->test, wt_close(env, listener), STATUS_SUCCESS);
	return accepted;
}

static PWSK_SOCKET made_by_accept_event(struct wt_env *env, struct wt_env *peer)
{
	struct wt_accept_log *log = wt_accept_log_new(env);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET accepted;

	wt_logged_listener(log, AF_INET, &addr);
	WT_EXPECT_STATUS(env->test, wt_set_events(log->listener, WSK_EVENT_ACCEPT),
			 STATUS_SUCCESS);
	wt_connected(peer, &addr);
	accepted = wt_accept_take(log, 0);
	WT_EXPECT_STATUS(env->test, wt_close(env, log->listener), STATUS_SUCCESS);
	return accepted;
}

/* However it was made, and with a request of it pending, which stays pending. */
static void deregister_waits_for_every_kind_of_socket(struct kunit *test)
{
	PWSK_SOCKET (*const makers[])(struct wt_env *, struct wt_env *) = {
		made_by_socket, made_by_socket_connect, made_by_accept, made_by_accept_event,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(makers); i++) {
		struct wt_env *env = new_env(test);
		PWSK_SOCKET socket = makers[i](env, wt_env(test));
		struct wt_data *data = wt_data_new(env, 16);
		struct wt_io *receiving = wt_io_new(env);
		struct deregistration *work;
		LONG stamp;

		if (i)
			wt_receive_start(receiving, socket, data, 0, 16, 0);
		WskReleaseProviderNPI(&env->registration);
		work = deregister_begin(test, &env->registration);
		expect_waiting(test, work);
		KUNIT_EXPECT_FALSE(test, i && wt_io_completed(receiving));
		stamp = wt_stamp();
		WT_EXPECT_STATUS(test, wt_close(env, socket), STATUS_SUCCESS);
		if (i)
			WT_EXPECT_STATUS(test, wt_io_end(receiving), STATUS_CANCELLED);
		expect_returned_after(test, work, stamp);
		end_env(env);
	}
	WSK_RULES(test, "REG-16 REG-19");
}

/* A routine that the call itself runs, at PASSIVE_LEVEL, and that keeps the call inside. */
struct inside {
	struct wt_env *env;
	struct wt_io *io;
	KEVENT entered;
	KEVENT go;
	LONG stamp;		/* when the routine returned */
};

static void stay_in_routine(struct wt_io *io)
{
	struct inside *inside = io->hook_context;

	KeSetEvent(&inside->entered, IO_NO_INCREMENT, FALSE);
	wt_wait(&inside->go, WT_PATIENCE_MS);
	inside->stamp = wt_stamp();
}

/* An IRP where none belongs is completed before the call returns. */
static void call_with_an_irp(void *context)
{
	struct inside *inside = context;
	struct wt_env *env = inside->env;

	WT_CALL(inside->io, env->npi.Dispatch->WskControlClient(env->npi.Client, 99, 0, NULL, 0,
								NULL, NULL,
								wt_irp(inside->io)));
}

static void deregister_waits_for_a_call_in_progress(struct kunit *test)
{
	struct inside *inside = kunit_kzalloc(test, sizeof(*inside), GFP_KERNEL);
	struct wt_env *env = new_env(test);
	struct deregistration *work;
	struct wt_thread caller;

	KUNIT_ASSERT_NOT_NULL(test, inside);
	inside->env = env;
	inside->io = wt_io_new(env);
	inside->io->hook = stay_in_routine;
	inside->io->hook_context = inside;
	KeInitializeEvent(&inside->entered, NotificationEvent, FALSE);
	KeInitializeEvent(&inside->go, NotificationEvent, FALSE);
	wt_thread_start(test, &caller, call_with_an_irp, inside);
	KUNIT_ASSERT_TRUE(test, wt_wait(&inside->entered, WT_PATIENCE_MS));
	KUNIT_EXPECT_EQ(test, inside->io->irql, PASSIVE_LEVEL);
	/* No capture, no socket, no pending request: the call is all there is. */
	WskReleaseProviderNPI(&env->registration);
	work = deregister_begin(test, &env->registration);
	expect_waiting(test, work);
	KUNIT_EXPECT_EQ(test, inside->stamp, 0);
	KeSetEvent(&inside->go, IO_NO_INCREMENT, FALSE);
	KUNIT_ASSERT_TRUE(test, wt_thread_join(&caller));
	KUNIT_ASSERT_TRUE(test, wt_thread_join(&work->thread));
	KUNIT_EXPECT_GT(test, work->stamp, inside->stamp);
	WT_EXPECT_STATUS(test, wt_io_end(inside->io), STATUS_NOT_SUPPORTED);
	end_env(env);
	WSK_RULES(test, "REG-15 REG-26");
}

static void deregister_waits_for_an_accepted_socket(struct kunit *test)
{
	struct wt_env *env = new_env(test), *peer = wt_env(test);
	struct deregistration *work;
	PWSK_SOCKET listener, accepted;
	SOCKADDR_STORAGE addr;
	LONG stamp;

	listener = wt_listener(env, AF_INET, &addr);
	wt_connected(peer, &addr);
	WT_ASSERT_STATUS(test, wt_accept(env, listener, &accepted), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_close(env, listener), STATUS_SUCCESS);
	WskReleaseProviderNPI(&env->registration);
	work = deregister_begin(test, &env->registration);
	expect_waiting(test, work);
	stamp = wt_stamp();
	WT_EXPECT_STATUS(test, wt_close(env, accepted), STATUS_SUCCESS);
	expect_returned_after(test, work, stamp);
	end_env(env);
	WSK_RULES(test, "REG-20 ACC-22");
}

/* In each order of the three, only the last of release and close lets it return. */
static void deregister_returns_last_in_every_order(struct kunit *test)
{
	int order;

	for (order = 0; order < 6; order++) {
		struct wt_env *env = new_env(test);
		PWSK_REGISTRATION block = &env->registration;
		PWSK_SOCKET socket = wt_connection_socket(env, AF_INET6);
		/* Where the deregistration begins, and whether the close comes first. */
		int begin = order % 3, step;
		BOOLEAN close_first = order / 3;
		struct deregistration *work = NULL;
		LONG stamp = 0;

		for (step = 0; step < 3; step++) {
			if (step == begin)
				work = deregister_begin(test, block);
			if (step == 2)
				break;
			if (work)
				KUNIT_EXPECT_FALSE(test, wt_is_set(&work->returned));
			stamp = wt_stamp();
			if (close_first == (step == 0))
				WT_EXPECT_STATUS(test, wt_close(env, socket), STATUS_SUCCESS);
			else
				WskReleaseProviderNPI(block);
		}
		expect_returned_after(test, work, stamp);
		end_env(env);
	}
	WSK_RULES(test, "REG-14 REG-30");
}

static void captures_fail_once_deregister_has_begun(struct kunit *test)
{
	struct wt_env *env = new_env(test);
	WSK_PROVIDER_CHARACTERISTICS range;
	struct deregistration *work;
	WSK_PROVIDER_NPI provider;

	work = deregister_begin(test, &env->registration);
	WT_EXPECT_STATUS(test, WskCaptureProviderNPI(&env->registration, WSK_NO_WAIT,
						     &provider), STATUS_DEVICE_NOT_READY);
	WT_EXPECT_STATUS(test, WskCaptureProviderNPI(&env->registration, WSK_INFINITE_WAIT,
						     &provider), STATUS_DEVICE_NOT_READY);
	WT_EXPECT_STATUS(test, WskQueryProviderCharacteristics(&env->registration, &range),
			 STATUS_DEVICE_NOT_READY);
	WskReleaseProviderNPI(&env->registration);
	expect_returned_after(test, work, 0);
	end_env(env);
	WSK_RULES(test, "REG-22 CAP-25 CAP-11");
}

static void sockets_can_be_used_while_deregister_waits(struct kunit *test)
{
	struct wt_env *env = new_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env);
	SOCKADDR_STORAGE addr, peer;
	struct deregistration *work;
	PWSK_SOCKET client, unbound, accepted;
	struct wt_pair pair;
	ULONG on = 1;
	LONG stamp;

	wt_pair(env, AF_INET, &pair);
	client = wt_connection_socket(env, AF_INET);
	unbound = wt_connection_socket(env, AF_INET);
	wt_logged_listener(log, AF_INET, &addr);
	WskReleaseProviderNPI(&env->registration);
	wt_exchange(env, pair.client, pair.server, 5000, 1);
	/* Each function of a socket, and its callback. */
	wt_wildcard(&peer, AF_INET, 0);
	WT_EXPECT_STATUS(test, wt_bind(env, client, &peer), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_set_option(env, client, SOL_SOCKET, SO_KEEPALIVE, &on,
					     sizeof(on)), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_set_events(log->listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_connect(env, client, &addr), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_remote_address(env, client, &peer), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_addr_equal(&peer, &addr));
	WT_EXPECT_STATUS(test, wt_local_address(env, log->listener, &peer), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wt_addr_equal(&peer, &addr));
	wt_connected(wt_env(test), &pair.addr);
	WT_ASSERT_STATUS(test, wt_accept(env, pair.listener, &accepted), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_close(env, accepted), STATUS_SUCCESS);
	wt_exchange(env, wt_accept_take(log, 0), client, 100, 3);
	WT_EXPECT_STATUS(test, wt_disconnect(env, client, 0), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_close(env, log->sockets[0]), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_close(env, log->listener), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_close(env, client), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_close(env, unbound), STATUS_SUCCESS);
	work = deregister_begin(test, &env->registration);
	wt_exchange(env, pair.server, pair.client, 5000, 2);
	KUNIT_EXPECT_FALSE(test, wt_is_set(&work->returned));
	WT_EXPECT_STATUS(test, wt_close(env, pair.listener), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_close(env, pair.client), STATUS_SUCCESS);
	stamp = wt_stamp();
	WT_EXPECT_STATUS(test, wt_close(env, pair.server), STATUS_SUCCESS);
	expect_returned_after(test, work, stamp);
	end_env(env);
	WSK_RULES(test, "CAP-18 SOC-14 REG-19 REG-31");
}

static void stamp_late(struct wt_io *io)
{
	/* Where it may, it lets a deregistration run that does not wait for this routine. */
	if (KeGetCurrentIrql() == PASSIVE_LEVEL)
		wt_sleep(50);
	*(LONG *)io->hook_context = wt_stamp();
}

static void deregister_returns_after_the_close_routine_did(struct kunit *test)
{
	LONG *stamp = kunit_kzalloc(test, sizeof(*stamp), GFP_KERNEL);
	struct wt_env *env = new_env(test);
	struct deregistration *work;
	PWSK_SOCKET socket;
	struct wt_io *io;

	KUNIT_ASSERT_NOT_NULL(test, stamp);
	socket = wt_connection_socket(env, AF_INET);
	WskReleaseProviderNPI(&env->registration);
	work = deregister_begin(test, &env->registration);
	io = wt_io_new(env);
	io->hook = stamp_late;
	io->hook_context = stamp;
	wt_untrack(env, socket);
	WT_CALL(io, WT_BASIC(socket)->WskCloseSocket(socket, wt_irp(io)));
	KUNIT_ASSERT_TRUE(test, wt_thread_join(&work->thread));
	/* Else it did not sleep, and has shown nothing. */
	KUNIT_EXPECT_EQ(test, (int)io->irql, PASSIVE_LEVEL);
	KUNIT_EXPECT_NE(test, *stamp, 0);
	KUNIT_EXPECT_GT(test, work->stamp, *stamp);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	end_env(env);
	WSK_RULES(test, "REG-26 CLO-27");
}

struct churn {
	PWSK_REGISTRATION block;
	struct wt_thread thread;
	LONG *holding;	/* captures of all threads: counted while they are held for sure */
	LONG captured;
	LONG refused;
	LONG odd;
};

/* Each goes on for a while behind the first refusal, in which no capture may succeed. */
#define REFUSALS 20

static void churn_run(void *context)
{
	struct churn *churn = context;

	while (churn->refused < REFUSALS && churn->captured < 100000) {
		WSK_PROVIDER_NPI provider;
		NTSTATUS status = WskCaptureProviderNPI(churn->block, WSK_NO_WAIT, &provider);

		if (status == STATUS_SUCCESS && !churn->refused) {
			InterlockedIncrement(churn->holding);
			WRITE_ONCE(churn->captured, churn->captured + 1);
			if (churn->captured % 8 == 0)
				wt_sleep(1);
			InterlockedDecrement(churn->holding);
			WskReleaseProviderNPI(churn->block);
		} else if (status == STATUS_DEVICE_NOT_READY) {
			churn->refused++;
			wt_sleep(1);
		} else {
			churn->odd++;
			break;
		}
	}
}

#define CHURNERS 4

static BOOLEAN all_have_captured(const struct churn *churns)
{
	int i;

	for (i = 0; i < CHURNERS; i++)
		if (!READ_ONCE(churns[i].captured))
			return FALSE;
	return TRUE;
}

static void captures_race_with_deregister(struct kunit *test)
{
	struct churn *churns = kunit_kcalloc(test, CHURNERS, sizeof(*churns), GFP_KERNEL);
	PWSK_REGISTRATION block = kunit_kzalloc(test, sizeof(*block), GFP_KERNEL);
	LONG *holding = kunit_kzalloc(test, sizeof(*holding), GFP_KERNEL);
	WSK_CLIENT_NPI npi = { NULL, &version_1_0 };
	WSK_PROVIDER_NPI provider;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, churns);
	KUNIT_ASSERT_NOT_NULL(test, block);
	KUNIT_ASSERT_NOT_NULL(test, holding);
	WT_ASSERT_STATUS(test, WskRegister(&npi, block), STATUS_SUCCESS);
	for (i = 0; i < CHURNERS; i++) {
		churns[i].block = block;
		churns[i].holding = holding;
		wt_thread_start(test, &churns[i].thread, churn_run, &churns[i]);
	}
	KUNIT_EXPECT_TRUE(test, WT_AWAIT(all_have_captured(churns)));
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, block));
	KUNIT_EXPECT_EQ(test, READ_ONCE(*holding), 0);
	WT_EXPECT_STATUS(test, WskCaptureProviderNPI(block, WSK_NO_WAIT, &provider),
			 STATUS_DEVICE_NOT_READY);
	for (i = 0; i < CHURNERS; i++) {
		KUNIT_ASSERT_TRUE(test, wt_thread_join(&churns[i].thread));
		KUNIT_EXPECT_GT(test, churns[i].captured, 0);
		KUNIT_EXPECT_EQ(test, churns[i].refused, REFUSALS);
		KUNIT_EXPECT_EQ(test, churns[i].odd, 0);
	}
	WSK_RULES(test, "REG-14 REG-22 REG-23");
}

static struct kunit_case deregister_cases[] = {
	KUNIT_CASE(deregister_waits_for_each_capture),
	KUNIT_CASE(deregister_waits_for_an_open_socket),
	KUNIT_CASE(deregister_waits_for_every_kind_of_socket),
	KUNIT_CASE(deregister_waits_for_a_call_in_progress),
	KUNIT_CASE(deregister_waits_for_an_accepted_socket),
	KUNIT_CASE(deregister_returns_last_in_every_order),
	KUNIT_CASE(captures_fail_once_deregister_has_begun),
	KUNIT_CASE(sockets_can_be_used_while_deregister_waits),
	KUNIT_CASE(deregister_returns_after_the_close_routine_did),
	KUNIT_CASE(captures_race_with_deregister),
	{}
};

static struct kunit_suite deregister_suite = {
	.name = "wsk_deregister",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = deregister_cases,
};
kunit_test_suite(deregister_suite);
