// SPDX-License-Identifier: GPL-2.0
/* Registering and deregistering while callbacks of the same modules run. */
#include "nmr_fixture.h"

/* An attach that stops half way, in a thread of its own, until it is let go. */
struct slow_attach {
	struct nf_module *client;
	struct wt_thread thread;
	BOOLEAN before_provider;	/* it stops before, or after NmrClientAttachProvider */
	KEVENT reached, go;
	NTSTATUS status;
};

static void slow_stop(struct slow_attach *slow)
{
	KeSetEvent(&slow->reached, IO_NO_INCREMENT, FALSE);
	wt_wait(&slow->go, WT_PATIENCE_MS);
}

static NTSTATUS slow_attach_callback(struct nf_binding *binding)
{
	struct slow_attach *slow = binding->module->hook_context;
	NTSTATUS status;

	if (slow->before_provider)
		slow_stop(slow);
	status = nf_attach(binding);
	if (!slow->before_provider)
		slow_stop(slow);
	return status;
}

static void slow_run(void *context)
{
	struct slow_attach *slow = context;

	slow->status = nf_try_register(slow->client);
}

/* Returns inside of the first attach callback of a new client. */
static struct slow_attach *slow_begin(struct kunit *test, BOOLEAN before_provider)
{
	struct slow_attach *slow = kunit_kzalloc(test, sizeof(*slow), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, slow);
	slow->client = nf_client(test, 1);
	slow->client->attach = slow_attach_callback;
	slow->client->hook_context = slow;
	slow->before_provider = before_provider;
	KeInitializeEvent(&slow->reached, NotificationEvent, FALSE);
	KeInitializeEvent(&slow->go, NotificationEvent, FALSE);
	wt_thread_start(test, &slow->thread, slow_run, slow);
	KUNIT_ASSERT_TRUE(test, wt_wait(&slow->reached, WT_PATIENCE_MS));
	return slow;
}

static void slow_end(struct kunit *test, struct slow_attach *slow)
{
	KeSetEvent(&slow->go, IO_NO_INCREMENT, FALSE);
	KUNIT_ASSERT_TRUE(test, wt_thread_join(&slow->thread));
	WT_EXPECT_STATUS(test, slow->status, STATUS_SUCCESS);
}

static void deregistration_during_an_attach_follows_it(struct kunit *test)
{
	int at_dispatch;

	for (at_dispatch = 0; at_dispatch < 2; at_dispatch++) {
		struct nf_module *provider = nf_registered_provider(test, 1);
		struct slow_attach *slow = slow_begin(test, FALSE);
		struct nf_waiting *waiting;
		NTSTATUS status;
		KIRQL irql;

		if (at_dispatch)
			KeRaiseIrql(DISPATCH_LEVEL, &irql);
		status = nf_deregister(provider);
		if (at_dispatch)
			KeLowerIrql(irql);
		WT_EXPECT_STATUS(test, status, STATUS_PENDING);
		waiting = nf_wait_begin(provider);
		nf_expect_waiting(waiting);
		nf_expect_calls(provider, 1, 0, 0);
		slow_end(test, slow);
		WT_EXPECT_STATUS(test, nf_wait_end(waiting), STATUS_SUCCESS);
		nf_expect_calls(provider, 1, 1, 1);
		nf_expect_calls(slow->client, 1, 1, 1);
		KUNIT_EXPECT_GT(test, provider->bindings[0].stamps[NF_DETACH],
				slow->client->bindings[0].stamps[NF_ATTACH]);
		/* By the thread that attached. */
		KUNIT_EXPECT_PTR_EQ(test, provider->bindings[0].thread[NF_DETACH],
				    slow->client->bindings[0].thread[NF_ATTACH]);
		nf_end(slow->client);
	}
	WSK_RULES(test, "NMR-15 NMR-16 NMR-22 NMR-24");
}

static void provider_that_leaves_is_not_attached_any_more(struct kunit *test)
{
	struct nf_module *provider = nf_registered_provider(test, 1);
	struct slow_attach *slow = slow_begin(test, TRUE);

	WT_EXPECT_STATUS(test, nf_deregister(provider), STATUS_PENDING);
	slow_end(test, slow);
	WT_EXPECT_STATUS(test, nf_wait(provider), STATUS_SUCCESS);
	KUNIT_EXPECT_FALSE(test, NT_SUCCESS(slow->client->bindings[0].status));
	nf_expect_calls(provider, 0, 0, 0);
	nf_expect_calls(slow->client, 1, 0, 0);
	WSK_RULES(test, "NMR-11");
}

/* Its turn to be offered has not come: it need not wait for the provider before it. */
static void provider_may_leave_before_its_offer(struct kunit *test)
{
	struct nf_module *first = nf_registered_provider(test, 1);
	struct nf_module *second = nf_registered_provider(test, 1);
	struct slow_attach *slow = slow_begin(test, FALSE);

	WT_EXPECT_STATUS(test, nf_deregister(second), STATUS_PENDING);
	WT_EXPECT_STATUS(test, nf_wait_at_once(second), STATUS_SUCCESS);
	nf_expect_calls(second, 0, 0, 0);
	nf_expect_calls(first, 1, 0, 0);
	slow_end(test, slow);
	nf_expect_calls(slow->client, 1, 0, 0);
	WSK_RULES(test, "NMR-23");
}

/* It has deregistered and waits for its last binding: who comes now does not find it. */
static void expect_not_offered(struct nf_module *leaving, struct nf_module *peer,
			       struct nf_module *late)
{
	struct kunit *test = leaving->test;

	peer->detach_status = STATUS_PENDING;
	nf_register(leaving);
	nf_register(peer);
	WT_EXPECT_STATUS(test, nf_deregister(leaving), STATUS_PENDING);
	nf_register(late);
	nf_expect_calls(leaving, 1, 1, 0);
	nf_expect_calls(late, 0, 0, 0);
	nf_complete(&peer->bindings[0]);
	WT_EXPECT_STATUS(test, nf_wait(leaving), STATUS_SUCCESS);
	nf_expect_calls(late, 0, 0, 0);
	peer->detach_status = STATUS_SUCCESS;
}

static void module_that_leaves_is_not_offered_any_more(struct kunit *test)
{
	expect_not_offered(nf_client(test, 1), nf_provider(test, 1), nf_provider(test, 1));
	expect_not_offered(nf_provider(test, 2), nf_client(test, 2), nf_client(test, 2));
	WSK_RULES(test, "NMR-17");
}

static void client_may_deregister_inside_its_attach(struct nf_binding *binding, enum nf_call call)
{
	if (call == NF_ATTACH)
		WT_EXPECT_STATUS(binding->module->test, nf_deregister(binding->module),
				 STATUS_PENDING);
}

static void deregistration_inside_the_own_attach_follows_it(struct kunit *test)
{
	struct nf_module *provider = nf_registered_provider(test, 1);
	struct nf_module *unreached = nf_registered_provider(test, 1);
	struct nf_module *client = nf_client(test, 1);

	client->hook = client_may_deregister_inside_its_attach;
	nf_register(client);
	nf_expect_calls(client, 1, 1, 1);
	nf_expect_calls(provider, 1, 1, 1);
	nf_expect_calls(unreached, 0, 0, 0);
	WT_EXPECT_STATUS(test, nf_wait(client), STATUS_SUCCESS);
	WSK_RULES(test, "NMR-14 NMR-16");
}

/* A filter: a provider that is a client of the same interface below it, each attaching anew. */
static void register_other(struct nf_binding *binding, enum nf_call call)
{
	struct nf_module *other = binding->module->hook_context;

	if (call == NF_ATTACH && !other->registered)
		nf_try_register(other);
}

static void modules_may_register_inside_a_callback(struct kunit *test)
{
	struct nf_module *below = nf_registered_provider(test, 1);
	struct nf_module *above = nf_registered_client(test, 2);
	struct nf_module *filter_client = nf_client(test, 1);
	struct nf_module *filter_provider = nf_provider(test, 2);

	filter_client->hook = register_other;
	filter_client->hook_context = filter_provider;
	nf_register(filter_client);
	KUNIT_EXPECT_TRUE(test, filter_provider->registered);
	nf_expect_calls(above, 1, 0, 0);
	nf_expect_calls(filter_provider, 1, 0, 0);
	nf_expect_calls(below, 1, 0, 0);
	nf_end(below);
	nf_expect_calls(filter_client, 1, 1, 1);
	nf_expect_calls(above, 1, 0, 0);
	WSK_RULES(test, "NMR-5");
}

static struct kunit_case nmr_inside_cases[] = {
	KUNIT_CASE(deregistration_during_an_attach_follows_it),
	KUNIT_CASE(provider_that_leaves_is_not_attached_any_more),
	KUNIT_CASE(provider_may_leave_before_its_offer),
	KUNIT_CASE(module_that_leaves_is_not_offered_any_more),
	KUNIT_CASE(deregistration_inside_the_own_attach_follows_it),
	KUNIT_CASE(modules_may_register_inside_a_callback),
	{}
};

static struct kunit_suite nmr_inside_suite = {
	.name = "nmr_inside",
	.init = nf_init,
	.exit = nf_exit,
	.test_cases = nmr_inside_cases,
};
kunit_test_suite(nmr_inside_suite);
