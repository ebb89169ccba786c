// SPDX-License-Identifier: GPL-2.0
/*
 * A thousand registrations at once, of one client and of as many clients: what
 * holds one of them does not hold up another, in whatever order they end.
 */
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "wsk_fixture.h"

#define MANY 1000

static const WSK_CLIENT_DISPATCH version_1_0 = { MAKE_WSK_VERSION(1, 0), 0, NULL };

/* A permutation of 0 to MANY - 1. */
enum order { FORWARDS, BACKWARDS, SHUFFLED };

static int *order_new(struct kunit *test, enum order kind)
{
	int *order = kunit_kcalloc(test, MANY, sizeof(*order), GFP_KERNEL);
	struct rnd_state random;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, order);
	prandom_seed_state(&random, 1000);
	for (i = 0; i < MANY; i++)
		order[i] = kind == BACKWARDS ? MANY - 1 - i : i;
	for (i = MANY - 1; kind == SHUFFLED && i > 0; i--) {
		int other = prandom_u32_state(&random) % (i + 1);

		swap(order[i], order[other]);
	}
	return order;
}

static int compare_clients(const void *a, const void *b)
{
	const WSK_PROVIDER_NPI *one = a, *other = b;

	return one->Client < other->Client ? -1 : one->Client > other->Client;
}

static void expect_all_different(struct kunit *test, WSK_PROVIDER_NPI *npis)
{
	int i;

	sort(npis, MANY, sizeof(*npis), compare_clients, NULL);
	for (i = 1; i < MANY; i++)
		KUNIT_EXPECT_PTR_NE(test, npis[i].Client, npis[i - 1].Client);
}

/* Ends blocks in a thread, so that one which does not end fails the case. */
struct ending {
	WSK_REGISTRATION *blocks;
	const int *order;
	int rest;		/* of order[i] % 2: the half that is ended */
	LONG done;
	struct wt_thread thread;
};

static void end_half(void *context)
{
	struct ending *work = context;
	int i;

	for (i = 0; i < MANY; i++) {
		if (work->order[i] % 2 != work->rest)
			continue;
		WskReleaseProviderNPI(&work->blocks[work->order[i]]);
		WskDeregister(&work->blocks[work->order[i]]);
		WRITE_ONCE(work->done, work->done + 1);
	}
}

static void expect_half_ends(struct kunit *test, WSK_REGISTRATION *blocks, const int *order,
			     int rest)
{
	struct ending *work = kunit_kzalloc(test, sizeof(*work), GFP_KERNEL);
	LONG before;

	KUNIT_ASSERT_NOT_NULL(test, work);
	work->blocks = blocks;
	work->order = order;
	work->rest = rest;
	wt_thread_start(test, &work->thread, end_half, work);
	do {
		before = READ_ONCE(work->done);
		if (wt_thread_join(&work->thread))
			break;
	} while (READ_ONCE(work->done) != before);
	KUNIT_ASSERT_EQ_MSG(test, work->done, MANY / 2, "the next one did not end");
}

static void expect_captured(struct kunit *test, WSK_REGISTRATION *blocks, int rest,
			    NTSTATUS expected)
{
	int i;

	for (i = rest; i < MANY; i += 2) {
		WSK_PROVIDER_NPI npi;
		NTSTATUS status = WskCaptureProviderNPI(&blocks[i], WSK_NO_WAIT, &npi);

		WT_EXPECT_STATUS(test, status, expected);
		if (status == STATUS_SUCCESS)
			WskReleaseProviderNPI(&blocks[i]);
	}
}

/* Each is captured; the even ones end while the odd ones still are. */
static void pass_of_one_client(struct kunit *test, WSK_REGISTRATION *blocks, enum order kind)
{
	WSK_PROVIDER_NPI *npis = kunit_kcalloc(test, MANY, sizeof(*npis), GFP_KERNEL);
	WSK_CLIENT_NPI client = { NULL, &version_1_0 };
	const int *order = order_new(test, kind);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, npis);
	for (i = 0; i < MANY; i++) {
		WT_ASSERT_STATUS(test, WskRegister(&client, &blocks[i]), STATUS_SUCCESS);
		WT_ASSERT_STATUS(test, WskCaptureProviderNPI(&blocks[i], WSK_NO_WAIT, &npis[i]),
				 STATUS_SUCCESS);
	}
	expect_all_different(test, npis);
	expect_half_ends(test, blocks, order, 0);
	expect_captured(test, blocks, 0, STATUS_DEVICE_NOT_READY);
	expect_captured(test, blocks, 1, STATUS_SUCCESS);
	expect_half_ends(test, blocks, order, 1);
	expect_captured(test, blocks, 1, STATUS_DEVICE_NOT_READY);
}

static void one_client_has_a_thousand_registrations(struct kunit *test)
{
	WSK_REGISTRATION *blocks = kunit_kcalloc(test, MANY, sizeof(*blocks), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, blocks);
	pass_of_one_client(test, blocks, FORWARDS);
	pass_of_one_client(test, blocks, BACKWARDS);
	pass_of_one_client(test, blocks, SHUFFLED);
	WSK_RULES(test, "REG-2 REG-20 REG-22 REG-23 REG-27 CAP-10");
}

/* A registration in a WskDeregister of its own, which a capture holds, or a socket, or both. */
struct waiter {
	WSK_REGISTRATION *block;
	WSK_REGISTRATION of_one_client;
	struct wt_env *env;
	PWSK_SOCKET socket;
	BOOLEAN captured;
	struct wt_thread thread;
	LONG *returned;		/* of all waiters */
};

static void wait_run(void *context)
{
	struct waiter *waiter = context;

	WskDeregister(waiter->block);
	InterlockedIncrement(waiter->returned);
}

/* A client with a dispatch of its own. */
static void register_own_client(struct kunit *test, struct waiter *waiter)
{
	waiter->env = wt_env_new(test, MAKE_WSK_VERSION(1, 0));
	KUNIT_ASSERT_NOT_NULL(test, waiter->env);
	KUNIT_ASSERT_TRUE(test, waiter->env->captured);
	waiter->block = &waiter->env->registration;
	/* What the case holds and ends, it ends itself. */
	waiter->env->captured = FALSE;
	waiter->env->registered = FALSE;
}

static void register_client(struct kunit *test, struct waiter *waiter, WSK_CLIENT_NPI *client)
{
	WSK_PROVIDER_NPI npi;

	waiter->block = &waiter->of_one_client;
	WT_ASSERT_STATUS(test, WskRegister(client, waiter->block), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, WskCaptureProviderNPI(waiter->block, WSK_NO_WAIT, &npi),
			 STATUS_SUCCESS);
	waiter->env = wt_env_over(test, &npi);
}

static void waiter_begin(struct kunit *test, struct waiter *waiter, BOOLEAN with_socket,
			 BOOLEAN with_capture)
{
	if (with_socket)
		waiter->socket = wt_connection_socket(waiter->env, AF_INET);
	waiter->captured = with_capture;
	if (!with_capture)
		WskReleaseProviderNPI(waiter->block);
	wt_thread_start(test, &waiter->thread, wait_run, waiter);
}

static BOOLEAN has_begun(struct waiter *waiter)
{
	WSK_PROVIDER_NPI npi;
	int attempts;

	for (attempts = 0; attempts < 1000; attempts++) {
		if (WskCaptureProviderNPI(waiter->block, WSK_NO_WAIT, &npi) != STATUS_SUCCESS)
			return TRUE;
		WskReleaseProviderNPI(waiter->block);
		wt_sleep(10);
	}
	return FALSE;
}

static void expect_only_this_one_returns(struct kunit *test, struct waiter *waiter, LONG before)
{
	KUNIT_ASSERT_EQ(test, READ_ONCE(*waiter->returned), before);
	if (waiter->socket)
		WT_EXPECT_STATUS(test, wt_close(waiter->env, waiter->socket), STATUS_SUCCESS);
	if (waiter->captured)
		WskReleaseProviderNPI(waiter->block);
	KUNIT_ASSERT_TRUE(test, wt_thread_join(&waiter->thread));
	KUNIT_ASSERT_EQ(test, READ_ONCE(*waiter->returned), before + 1);
	wt_env_free(waiter->env);
}

/* Registrations of @client, or of as many clients. */
static void wait_each_for_its_own(struct kunit *test, WSK_CLIENT_NPI *client)
{
	struct waiter *waiters = kunit_kcalloc(test, MANY, sizeof(*waiters), GFP_KERNEL);
	LONG *returned = kunit_kzalloc(test, sizeof(*returned), GFP_KERNEL);
	const int *order = order_new(test, SHUFFLED);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, waiters);
	KUNIT_ASSERT_NOT_NULL(test, returned);
	for (i = 0; i < MANY; i++) {
		waiters[i].returned = returned;
		if (client)
			register_client(test, &waiters[i], client);
		else
			register_own_client(test, &waiters[i]);
		/* A socket, a capture, or both. */
		waiter_begin(test, &waiters[i], i % 3 != 1, i % 3 != 0);
	}
	for (i = 0; i < MANY; i++)
		KUNIT_ASSERT_TRUE(test, has_begun(&waiters[i]));
	for (i = 0; i < MANY; i++)
		expect_only_this_one_returns(test, &waiters[order[i]], i);
}

static void thousand_clients_wait_each_for_its_own(struct kunit *test)
{
	wait_each_for_its_own(test, NULL);
	WSK_RULES(test, "REG-2 REG-14 REG-16 REG-19 REG-20 REG-22");
}

static void thousand_registrations_of_one_client_wait_each_for_its_own(struct kunit *test)
{
	int context;
	WSK_CLIENT_NPI client = { &context, &version_1_0 };

	wait_each_for_its_own(test, &client);
	WSK_RULES(test, "REG-2 REG-14 REG-16 REG-19 REG-20 REG-22");
}

/* What a thousand clients hold does not delay one that holds nothing. */
static void registration_ends_beside_a_thousand_sockets(struct kunit *test)
{
	struct wt_env **envs = kunit_kcalloc(test, MANY, sizeof(*envs), GFP_KERNEL);
	const int *order = order_new(test, SHUFFLED);
	WSK_CLIENT_NPI client = { NULL, &version_1_0 };
	WSK_REGISTRATION block;
	unsigned long sleeps;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, envs);
	for (i = 0; i < MANY; i++) {
		envs[i] = wt_env_new(test, MAKE_WSK_VERSION(1, 0));
		KUNIT_ASSERT_NOT_NULL(test, envs[i]);
		KUNIT_ASSERT_TRUE(test, envs[i]->captured);
		wt_connection_socket(envs[i], i % 3 ? AF_INET : AF_INET6);
		if (i % 100)
			continue;
		WT_ASSERT_STATUS(test, WskRegister(&client, &block), STATUS_SUCCESS);
		sleeps = current->nvcsw;
		WskDeregister(&block);
		KUNIT_EXPECT_EQ(test, current->nvcsw, sleeps);
	}
	for (i = 0; i < MANY; i++)
		wt_env_free(envs[order[i]]);
	WSK_RULES(test, "REG-20 REG-21");
}

static struct kunit_case scale_cases[] = {
	KUNIT_CASE(one_client_has_a_thousand_registrations),
	KUNIT_CASE(thousand_clients_wait_each_for_its_own),
	KUNIT_CASE(thousand_registrations_of_one_client_wait_each_for_its_own),
	KUNIT_CASE(registration_ends_beside_a_thousand_sockets),
	{}
};

static struct kunit_suite scale_suite = {
	.name = "wsk_registration_scale",
	.test_cases = scale_cases,
};
kunit_test_suite(scale_suite);
