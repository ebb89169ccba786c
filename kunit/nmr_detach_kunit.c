// SPDX-License-Identifier: GPL-2.0
/* The end of bindings: deregistration, detach that pends, cleanup, and the wait for all of it. */
#include "nmr_fixture.h"

static void deregistered_client_is_detached_on_both_sides(struct kunit *test)
{
	struct nf_module *one = nf_registered_provider(test, 1);
	struct nf_module *two = nf_registered_provider(test, 1);
	struct nf_module *client = nf_registered_client(test, 1);

	WT_EXPECT_STATUS(test, nf_deregister(client), STATUS_PENDING);
	WT_EXPECT_STATUS(test, nf_wait(client), STATUS_SUCCESS);
	nf_expect_calls(client, 2, 2, 2);
	nf_expect_calls(one, 1, 1, 1);
	nf_expect_calls(two, 1, 1, 1);
	KUNIT_EXPECT_EQ(test, client->bindings[0].calls[NF_DETACH], 1);
	KUNIT_EXPECT_EQ(test, client->bindings[1].calls[NF_DETACH], 1);
	WSK_RULES(test, "NMR-14 NMR-20 NMR-22");
}

static void deregistered_provider_is_detached_on_both_sides(struct kunit *test)
{
	struct nf_module *one = nf_registered_client(test, 1);
	struct nf_module *two = nf_registered_client(test, 1);
	struct nf_module *provider = nf_registered_provider(test, 1);

	WT_EXPECT_STATUS(test, nf_deregister(provider), STATUS_PENDING);
	WT_EXPECT_STATUS(test, nf_wait(provider), STATUS_SUCCESS);
	nf_expect_calls(provider, 2, 2, 2);
	nf_expect_calls(one, 1, 1, 1);
	nf_expect_calls(two, 1, 1, 1);
	WSK_RULES(test, "NMR-15 NMR-20 NMR-22");
}

static void bindings_of_others_are_not_disturbed(struct kunit *test)
{
	struct nf_module *provider = nf_registered_provider(test, 1);
	struct nf_module *leaving = nf_registered_client(test, 1);
	struct nf_module *staying = nf_registered_client(test, 1);
	struct nf_module *late;

	nf_end(leaving);
	nf_expect_calls(leaving, 1, 1, 1);
	nf_expect_calls(staying, 1, 0, 0);
	nf_expect_calls(provider, 2, 1, 1);
	KUNIT_EXPECT_EQ(test, provider->bindings[0].calls[NF_DETACH], 1);
	/* And it can have new ones. */
	late = nf_registered_client(test, 1);
	nf_expect_calls(late, 1, 0, 0);
	nf_expect_calls(provider, 3, 1, 1);
	WSK_RULES(test, "NMR-26");
}

static void registration_without_bindings_ends_at_once(struct kunit *test)
{
	struct nf_module *modules[2] = { nf_client(test, 1), nf_provider(test, 2) };
	int i;

	for (i = 0; i < 2; i++) {
		struct nf_module *module = modules[i];

		nf_register(module);
		WT_EXPECT_STATUS(test, nf_deregister(module), STATUS_PENDING);
		/* The handle is valid, however long that takes. */
		wt_sleep(50);
		WT_EXPECT_STATUS(test, nf_wait_at_once(module), STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, nf_wait_at_once(module), STATUS_INVALID_PARAMETER);
		nf_expect_calls(module, 0, 0, 0);
	}
	WSK_RULES(test, "NMR-22 NMR-23");
}

static void handles_of_nothing_are_refused(struct kunit *test)
{
	const NTSTATUS refused = STATUS_INVALID_PARAMETER;
	struct nf_module *client = nf_registered_client(test, 1);
	struct nf_module *provider = nf_registered_provider(test, 1);
	HANDLE others[] = {
		NULL, (HANDLE)4, (HANDLE)-1, client, NULL, NULL, NULL, NULL,
	};
	struct nf_module *gone = nf_registered_client(test, 2);
	int i;

	nf_end(gone);
	others[4] = gone->handle;
	others[5] = client->bindings[0].handle;
	others[6] = (HANDLE)((ULONG_PTR)client->handle + 1);
	others[7] = (HANDLE)((ULONG_PTR)client->handle + 0x1000000);
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		WT_EXPECT_STATUS(test, NmrDeregisterClient(others[i]), refused);
		WT_EXPECT_STATUS(test, NmrDeregisterProvider(others[i]), refused);
		WT_EXPECT_STATUS(test, NmrWaitForClientDeregisterComplete(others[i]), refused);
		WT_EXPECT_STATUS(test, NmrWaitForProviderDeregisterComplete(others[i]), refused);
	}
	/* Of the wrong kind. */
	WT_EXPECT_STATUS(test, NmrDeregisterClient(provider->handle), refused);
	WT_EXPECT_STATUS(test, NmrDeregisterProvider(client->handle), refused);
	/* Not deregistered yet. */
	WT_EXPECT_STATUS(test, NmrWaitForClientDeregisterComplete(client->handle), refused);
	WT_EXPECT_STATUS(test, NmrWaitForProviderDeregisterComplete(provider->handle), refused);
	nf_expect_calls(client, 1, 0, 0);
	WT_EXPECT_STATUS(test, nf_deregister(client), STATUS_PENDING);
	WT_EXPECT_STATUS(test, nf_deregister(provider), STATUS_PENDING);
	WT_EXPECT_STATUS(test, NmrWaitForClientDeregisterComplete(provider->handle), refused);
	WT_EXPECT_STATUS(test, NmrWaitForProviderDeregisterComplete(client->handle), refused);
	WT_EXPECT_STATUS(test, nf_wait(client), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, nf_wait(provider), STATUS_SUCCESS);
	WSK_RULES(test, "NMR-25");
}

/* One side of what @waiting waits for is completed: nothing had gone on without it. */
static LONG end_side(struct nf_waiting *waiting, struct nf_module *module,
		     struct nf_module *other)
{
	LONG stamp;

	nf_expect_waiting(waiting);
	nf_expect_calls(module, 1, 1, 0);
	nf_expect_calls(other, 1, 1, 0);
	stamp = wt_stamp();
	nf_complete(&module->bindings[0]);
	return stamp;
}

/* Bits of a way to end a binding. */
enum { CLIENT_PENDS = 1, PROVIDER_PENDS = 2, BY_CLIENT = 4, PROVIDER_FIRST = 8, WAYS = 16 };

static void end_pending(struct kunit *test, int way)
{
	struct nf_module *client = nf_client(test, 1), *provider = nf_provider(test, 1);
	struct nf_module *ending = way & BY_CLIENT ? client : provider;
	struct nf_module *first = way & PROVIDER_FIRST ? provider : client;
	struct nf_module *second = way & PROVIDER_FIRST ? client : provider;
	struct nf_waiting *waiting;
	LONG stamp;

	client->detach_status = way & CLIENT_PENDS ? STATUS_PENDING : STATUS_SUCCESS;
	provider->detach_status = way & PROVIDER_PENDS ? STATUS_PENDING : STATUS_SUCCESS;
	nf_register(client);
	nf_register(provider);
	WT_EXPECT_STATUS(test, nf_deregister(ending), STATUS_PENDING);
	/* Both are told, whatever the first has answered. */
	KUNIT_EXPECT_EQ(test, nf_count(client, NF_DETACH), 1);
	KUNIT_EXPECT_EQ(test, nf_count(provider, NF_DETACH), 1);
	stamp = max(client->bindings[0].stamps[NF_DETACH],
		    provider->bindings[0].stamps[NF_DETACH]);
	waiting = nf_wait_begin(ending);
	if (first->detach_status == STATUS_PENDING)
		stamp = end_side(waiting, first, second);
	if (second->detach_status == STATUS_PENDING)
		stamp = end_side(waiting, second, first);
	WT_EXPECT_STATUS(test, nf_wait_end(waiting), STATUS_SUCCESS);
	nf_expect_calls(client, 1, 1, 1);
	nf_expect_calls(provider, 1, 1, 1);
	KUNIT_EXPECT_GT(test, client->bindings[0].stamps[NF_CLEANUP], stamp);
	KUNIT_EXPECT_GT(test, provider->bindings[0].stamps[NF_CLEANUP], stamp);
	nf_end(way & BY_CLIENT ? provider : client);
}

static void pending_detach_keeps_the_binding(struct kunit *test)
{
	int way;

	for (way = 0; way < WAYS; way++)
		end_pending(test, way);
	WSK_RULES(test, "NMR-17 NMR-20");
}

/* @ending has three bindings, and the peers' detaches pend; the first one's for longest. */
static void end_three(struct nf_module *ending, struct nf_module *const peers[3])
{
	struct kunit *test = ending->test;
	struct nf_waiting *waiting;
	int i, j;

	nf_register(ending);
	for (i = 0; i < 3; i++)
		peers[i]->detach_status = STATUS_PENDING;
	WT_EXPECT_STATUS(test, nf_deregister(ending), STATUS_PENDING);
	nf_expect_calls(ending, 3, 3, 0);
	waiting = nf_wait_begin(ending);
	for (i = 2; i >= 0; i--) {
		nf_expect_waiting(waiting);
		nf_complete(&peers[i]->bindings[0]);
		for (j = 0; j < 3; j++)
			nf_expect_calls(peers[j], 1, 1, j >= i);
		nf_expect_calls(ending, 3, 3, 3 - i);
	}
	WT_EXPECT_STATUS(test, nf_wait_end(waiting), STATUS_SUCCESS);
}

static void wait_lasts_until_the_last_binding_is_gone(struct kunit *test)
{
	struct nf_module *providers[3], *clients[3];
	int i;

	for (i = 0; i < 3; i++) {
		providers[i] = nf_registered_provider(test, 1);
		clients[i] = nf_registered_client(test, 2);
	}
	end_three(nf_client(test, 1), providers);
	end_three(nf_provider(test, 2), clients);
	WSK_RULES(test, "NMR-14 NMR-15 NMR-17 NMR-24");
}

static void linger_in_cleanup(struct nf_binding *binding, enum nf_call call)
{
	if (call == NF_CLEANUP && KeGetCurrentIrql() == PASSIVE_LEVEL)
		wt_sleep(50);
}

static void wait_returns_after_the_cleanup_callbacks_did(struct kunit *test)
{
	struct nf_module *client = nf_client(test, 1), *provider = nf_provider(test, 1);
	struct nf_waiting *one, *two;
	LONG last;

	provider->detach_status = STATUS_PENDING;
	client->hook = provider->hook = linger_in_cleanup;
	nf_register(client);
	nf_register(provider);
	WT_EXPECT_STATUS(test, nf_deregister(client), STATUS_PENDING);
	WT_EXPECT_STATUS(test, nf_deregister(provider), STATUS_PENDING);
	one = nf_wait_begin(client);
	two = nf_wait_begin(provider);
	nf_expect_waiting(one);
	nf_expect_waiting(two);
	nf_complete(&provider->bindings[0]);
	last = max(client->bindings[0].stamps[NF_CLEANUP],
		   provider->bindings[0].stamps[NF_CLEANUP]);
	KUNIT_ASSERT_TRUE(test, wt_wait(&one->returned, WT_PATIENCE_MS));
	KUNIT_EXPECT_GT(test, one->stamp, last);
	KUNIT_ASSERT_TRUE(test, wt_wait(&two->returned, WT_PATIENCE_MS));
	KUNIT_EXPECT_GT(test, two->stamp, last);
	WT_EXPECT_STATUS(test, nf_wait_end(one), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, nf_wait_end(two), STATUS_SUCCESS);
	WSK_RULES(test, "NMR-24");
}

/* The second deregistration finds the binding in every state of the first. */
static void both_sides_deregister_and_each_callback_comes_once(struct kunit *test)
{
	int way;

	for (way = 0; way < 4; way++) {
		struct nf_module *client = nf_client(test, 1), *provider = nf_provider(test, 1);

		client->detach_status = way & 1 ? STATUS_PENDING : STATUS_SUCCESS;
		provider->detach_status = way & 2 ? STATUS_PENDING : STATUS_SUCCESS;
		nf_register(client);
		nf_register(provider);
		WT_EXPECT_STATUS(test, nf_deregister(client), STATUS_PENDING);
		WT_EXPECT_STATUS(test, nf_deregister(provider), STATUS_PENDING);
		KUNIT_EXPECT_EQ(test, nf_count(client, NF_DETACH), 1);
		KUNIT_EXPECT_EQ(test, nf_count(provider, NF_DETACH), 1);
		if (way & 2)
			nf_complete(&provider->bindings[0]);
		if (way & 1)
			nf_complete(&client->bindings[0]);
		WT_EXPECT_STATUS(test, nf_wait(provider), STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, nf_wait(client), STATUS_SUCCESS);
		nf_expect_calls(client, 1, 1, 1);
		nf_expect_calls(provider, 1, 1, 1);
	}
	WSK_RULES(test, "NMR-16 NMR-20");
}

static void complete_and_deregister_inside(struct nf_binding *binding, enum nf_call call)
{
	struct nf_module *other = binding->module->hook_context;

	if (call != NF_DETACH)
		return;
	WT_EXPECT_STATUS(other->test, nf_deregister(other), STATUS_PENDING);
	/* The callback will return STATUS_PENDING only then, as with a fast work item. */
	nf_complete(binding);
}

static void detach_may_complete_before_its_callback_returned(struct kunit *test)
{
	struct nf_module *client = nf_client(test, 1), *provider = nf_provider(test, 1);

	client->detach_status = STATUS_PENDING;
	client->hook = complete_and_deregister_inside;
	client->hook_context = provider;
	nf_register(client);
	nf_register(provider);
	WT_EXPECT_STATUS(test, nf_deregister(client), STATUS_PENDING);
	WT_EXPECT_STATUS(test, nf_wait(client), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, nf_wait(provider), STATUS_SUCCESS);
	nf_expect_calls(client, 1, 1, 1);
	nf_expect_calls(provider, 1, 1, 1);
	WSK_RULES(test, "NMR-16 NMR-17 NMR-18");
}

static void missing_cleanup_callback_is_skipped(struct kunit *test)
{
	int way;

	for (way = 1; way < 4; way++) {
		struct nf_module *client = nf_client(test, 1), *provider = nf_provider(test, 1);

		if (way & 1)
			client->client.ClientCleanupBindingContext = NULL;
		if (way & 2)
			provider->provider.ProviderCleanupBindingContext = NULL;
		nf_register(client);
		nf_register(provider);
		nf_end(client);
		nf_end(provider);
		nf_expect_calls(client, 1, 1, way & 1 ? 0 : 1);
		nf_expect_calls(provider, 1, 1, way & 2 ? 0 : 1);
	}
	WSK_RULES(test, "NMR-21");
}

static void deregistering_and_completing_work_at_dispatch_level(struct kunit *test)
{
	int by_client;

	for (by_client = 0; by_client < 2; by_client++) {
		struct nf_module *client = nf_client(test, 1), *provider = nf_provider(test, 1);
		struct nf_module *ending = by_client ? client : provider;
		NTSTATUS status;
		KIRQL irql;

		provider->detach_status = STATUS_PENDING;
		nf_register(client);
		nf_register(provider);
		KeRaiseIrql(DISPATCH_LEVEL, &irql);
		status = nf_deregister(ending);
		nf_complete(&provider->bindings[0]);
		KeLowerIrql(irql);
		WT_EXPECT_STATUS(test, status, STATUS_PENDING);
		nf_expect_calls(client, 1, 1, 1);
		nf_expect_calls(provider, 1, 1, 1);
		KUNIT_EXPECT_EQ(test, (int)client->bindings[0].irql[NF_DETACH], DISPATCH_LEVEL);
		KUNIT_EXPECT_EQ(test, (int)provider->bindings[0].irql[NF_DETACH], DISPATCH_LEVEL);
		KUNIT_EXPECT_EQ(test, (int)client->bindings[0].irql[NF_CLEANUP], DISPATCH_LEVEL);
		KUNIT_EXPECT_EQ(test, (int)provider->bindings[0].irql[NF_CLEANUP], DISPATCH_LEVEL);
		WT_EXPECT_STATUS(test, nf_wait(ending), STATUS_SUCCESS);
		nf_end(by_client ? provider : client);
	}
	WSK_RULES(test, "NMR-14 NMR-15 NMR-22 NMR-28");
}

static struct kunit_case nmr_detach_cases[] = {
	KUNIT_CASE(deregistered_client_is_detached_on_both_sides),
	KUNIT_CASE(deregistered_provider_is_detached_on_both_sides),
	KUNIT_CASE(bindings_of_others_are_not_disturbed),
	KUNIT_CASE(registration_without_bindings_ends_at_once),
	KUNIT_CASE(handles_of_nothing_are_refused),
	KUNIT_CASE(pending_detach_keeps_the_binding),
	KUNIT_CASE(wait_lasts_until_the_last_binding_is_gone),
	KUNIT_CASE(wait_returns_after_the_cleanup_callbacks_did),
	KUNIT_CASE(both_sides_deregister_and_each_callback_comes_once),
	KUNIT_CASE(detach_may_complete_before_its_callback_returned),
	KUNIT_CASE(missing_cleanup_callback_is_skipped),
	KUNIT_CASE(deregistering_and_completing_work_at_dispatch_level),
	{}
};

static struct kunit_suite nmr_detach_suite = {
	.name = "nmr_detach",
	.init = nf_init,
	.exit = nf_exit,
	.test_cases = nmr_detach_cases,
};
kunit_test_suite(nmr_detach_suite);
