// SPDX-License-Identifier: GPL-2.0
/*
 * What WskDeregister waits for. A second thread deregisters; that it has begun
 * shows in a capture that fails (REG-22), and that it waited shows in the
 * order of stamps: the one of its return is greater than the one taken before
 * the last thing it had to wait for was given back.
 */
#include "wsk_fixture.h"

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

static void deregister_waits_for_each_capture(struct kunit *test)
{
	struct wt_env *env = new_env(test);
	struct deregistration *work;
	WSK_PROVIDER_NPI again;
	LONG stamp;

	WT_ASSERT_STATUS(test, WskCaptureProviderNPI(&env->registration, WSK_NO_WAIT, &again),
			 STATUS_SUCCESS);
	work = deregister_begin(test, &env->registration);
	expect_waiting(test, work);
	WskReleaseProviderNPI(&env->registration);
	expect_waiting(test, work);
	stamp = wt_stamp();
	WskReleaseProviderNPI(&env->registration);
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
	WSK_RULES(test, "REG-16 REG-19 REG-31 CLO-26");
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
	WSK_RULES(test, "REG-16 REG-20 ACC-22");
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
	WSK_RULES(test, "REG-14 REG-16 REG-30 CAP-18");
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
	struct deregistration *work;
	struct wt_pair pair;
	LONG stamp;

	wt_pair(env, AF_INET, &pair);
	WskReleaseProviderNPI(&env->registration);
	wt_exchange(env, pair.client, pair.server, 5000, 1);
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
	KUNIT_EXPECT_NE(test, *stamp, 0);
	KUNIT_EXPECT_GT(test, work->stamp, *stamp);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	end_env(env);
	WSK_RULES(test, "REG-25 REG-26 CLO-27");
}

struct churn {
	PWSK_REGISTRATION block;
	struct wt_thread thread;
	LONG captured;
	LONG refused;
	LONG odd;
};

static void churn_run(void *context)
{
	struct churn *churn = context;

	while (!churn->refused && churn->captured < 100000) {
		WSK_PROVIDER_NPI provider;
		NTSTATUS status = WskCaptureProviderNPI(churn->block, WSK_NO_WAIT, &provider);

		if (status == STATUS_SUCCESS) {
			churn->captured++;
			if (churn->captured % 8 == 0)
				wt_sleep(1);
			WskReleaseProviderNPI(churn->block);
		} else if (status == STATUS_DEVICE_NOT_READY) {
			churn->refused++;
		} else {
			churn->odd++;
			break;
		}
	}
}

#define CHURNERS 4

static void captures_race_with_deregister(struct kunit *test)
{
	struct churn *churns = kunit_kcalloc(test, CHURNERS, sizeof(*churns), GFP_KERNEL);
	PWSK_REGISTRATION block = kunit_kzalloc(test, sizeof(*block), GFP_KERNEL);
	WSK_CLIENT_NPI npi = { NULL, &version_1_0 };
	int i;

	KUNIT_ASSERT_NOT_NULL(test, churns);
	KUNIT_ASSERT_NOT_NULL(test, block);
	WT_ASSERT_STATUS(test, WskRegister(&npi, block), STATUS_SUCCESS);
	for (i = 0; i < CHURNERS; i++) {
		churns[i].block = block;
		wt_thread_start(test, &churns[i].thread, churn_run, &churns[i]);
	}
	wt_sleep(20);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, block));
	for (i = 0; i < CHURNERS; i++) {
		KUNIT_ASSERT_TRUE(test, wt_thread_join(&churns[i].thread));
		KUNIT_EXPECT_GT(test, churns[i].captured, 0);
		KUNIT_EXPECT_EQ(test, churns[i].refused, 1);
		KUNIT_EXPECT_EQ(test, churns[i].odd, 0);
	}
	WSK_RULES(test, "REG-14 REG-22 REG-23");
}

static struct kunit_case deregister_cases[] = {
	KUNIT_CASE(deregister_waits_for_each_capture),
	KUNIT_CASE(deregister_waits_for_an_open_socket),
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
