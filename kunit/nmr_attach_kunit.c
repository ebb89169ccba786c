// SPDX-License-Identifier: GPL-2.0
/* The registrar brings clients and providers together: NmrRegisterXxx, NmrClientAttachProvider. */
#include "nmr_fixture.h"

static void client_is_offered_each_provider_before_it_is_registered(struct kunit *test)
{
	struct nf_module *providers[3], *client = nf_client(test, 1);
	int i, j;

	for (i = 0; i < 3; i++)
		providers[i] = nf_registered_provider(test, 1);
	WT_EXPECT_STATUS(test, nf_try_register(client), STATUS_SUCCESS);
	KUNIT_EXPECT_NOT_NULL(test, client->handle);
	nf_expect_calls(client, 3, 0, 0);
	for (i = 0; i < 3; i++) {
		int offers = 0;

		nf_expect_calls(providers[i], 1, 0, 0);
		for (j = 0; j < 3; j++)
			offers += client->bindings[j].instance ==
				  &providers[i]->provider.ProviderRegistrationInstance;
		KUNIT_EXPECT_EQ(test, offers, 1);
		KUNIT_EXPECT_PTR_EQ(test, client->bindings[i].context_seen, (PVOID)client);
		KUNIT_EXPECT_PTR_EQ(test, client->bindings[i].thread[NF_ATTACH],
				    (PVOID)KeGetCurrentThread());
	}
	WSK_RULES(test, "NMR-1 NMR-3 NMR-5 NMR-7");
}

static void provider_is_offered_to_each_client_before_it_is_registered(struct kunit *test)
{
	struct nf_module *clients[3], *provider = nf_provider(test, 1);
	int i;

	for (i = 0; i < 3; i++)
		clients[i] = nf_registered_client(test, 1);
	WT_EXPECT_STATUS(test, nf_try_register(provider), STATUS_SUCCESS);
	KUNIT_EXPECT_NOT_NULL(test, provider->handle);
	nf_expect_calls(provider, 3, 0, 0);
	for (i = 0; i < 3; i++) {
		struct nf_binding *binding = &clients[i]->bindings[0];

		nf_expect_calls(clients[i], 1, 0, 0);
		KUNIT_EXPECT_PTR_EQ(test, binding->context_seen, (PVOID)clients[i]);
		KUNIT_EXPECT_PTR_EQ(test, binding->instance,
				    (PNPI_REGISTRATION_INSTANCE)
				    &provider->provider.ProviderRegistrationInstance);
	}
	WSK_RULES(test, "NMR-2 NMR-4 NMR-7");
}

static void modules_of_other_interfaces_are_left_alone(struct kunit *test)
{
	struct nf_module *client = nf_registered_client(test, 1);
	struct nf_module *other_client = nf_registered_client(test, 2);
	struct nf_module *other = nf_registered_provider(test, 3);
	struct nf_module *second = nf_registered_provider(test, 2);
	struct nf_module *same = nf_registered_provider(test, 1);

	/* Equal ids lie at different addresses. */
	KUNIT_EXPECT_PTR_NE(test, &client->npi, &same->npi);
	nf_expect_calls(client, 1, 0, 0);
	nf_expect_calls(same, 1, 0, 0);
	nf_expect_calls(other, 0, 0, 0);
	KUNIT_EXPECT_PTR_EQ(test, client->bindings[0].instance,
			    (PNPI_REGISTRATION_INSTANCE)
			    &same->provider.ProviderRegistrationInstance);
	nf_expect_calls(other_client, 1, 0, 0);
	nf_expect_calls(second, 1, 0, 0);
	WSK_RULES(test, "NMR-6");
}

/* Each byte of an id counts. */
static void interfaces_whose_ids_differ_in_one_byte_are_two(struct kunit *test)
{
	struct nf_module *client = nf_registered_client(test, 1);
	int i;

	for (i = 0; i < sizeof(client->npi); i++) {
		struct nf_module *provider = nf_provider(test, 1);

		((UCHAR *)&provider->npi)[i] ^= 0x80;
		nf_register(provider);
		nf_expect_calls(provider, 0, 0, 0);
	}
	nf_expect_calls(client, 0, 0, 0);
	nf_registered_provider(test, 1);
	nf_expect_calls(client, 1, 0, 0);
	WSK_RULES(test, "NMR-6");
}

static void contexts_and_dispatches_are_exchanged(struct kunit *test)
{
	struct nf_module *provider = nf_registered_provider(test, 1);
	struct nf_module *client = nf_registered_client(test, 1);
	struct nf_binding *at_client = &client->bindings[0];
	struct nf_binding *at_provider = &provider->bindings[0];

	KUNIT_EXPECT_PTR_EQ(test, at_provider->context_seen, (PVOID)provider);
	KUNIT_EXPECT_PTR_EQ(test, at_provider->instance,
			    (PNPI_REGISTRATION_INSTANCE)
			    &client->client.ClientRegistrationInstance);
	KUNIT_EXPECT_PTR_EQ(test, at_provider->peer_context, (PVOID)at_client);
	KUNIT_EXPECT_PTR_EQ(test, at_provider->peer_dispatch, client->dispatch);
	KUNIT_EXPECT_NOT_NULL(test, at_provider->handle);
	WT_EXPECT_STATUS(test, at_client->status, STATUS_SUCCESS);
	KUNIT_EXPECT_PTR_EQ(test, at_client->peer_context, (PVOID)at_provider);
	KUNIT_EXPECT_PTR_EQ(test, at_client->peer_dispatch, provider->dispatch);
	WSK_RULES(test, "NMR-8 NMR-9");
}

static NTSTATUS refuse_as_told(struct nf_binding *binding)
{
	return *(NTSTATUS *)binding->module->hook_context;
}

static void refusal_leaves_no_binding(struct kunit *test)
{
	static const NTSTATUS refusals[] = {
		STATUS_NOINTERFACE, STATUS_INSUFFICIENT_RESOURCES, STATUS_UNSUCCESSFUL,
	};
	NTSTATUS *refusal = kunit_kzalloc(test, sizeof(*refusal), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, refusal);
	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		struct nf_module *provider = nf_provider(test, 1);
		struct nf_module *client = nf_client(test, 1);

		*refusal = refusals[i];
		provider->attach = refuse_as_told;
		provider->hook_context = refusal;
		nf_register(provider);
		nf_register(client);
		WT_EXPECT_STATUS(test, client->bindings[0].status, refusals[i]);
		/* The refusing provider wrote both. */
		KUNIT_EXPECT_NULL(test, client->bindings[0].peer_context);
		KUNIT_EXPECT_NULL(test, client->bindings[0].peer_dispatch);
		nf_end(i & 1 ? client : provider);
		nf_end(i & 1 ? provider : client);
		nf_expect_calls(client, 1, 0, 0);
		nf_expect_calls(provider, 1, 0, 0);
	}
	WSK_RULES(test, "NMR-8 NMR-11");
}

static NTSTATUS decline(struct nf_binding *binding)
{
	return *(NTSTATUS *)binding->module->hook_context;
}

static void declined_provider_is_not_called(struct kunit *test)
{
	static const NTSTATUS answers[] = { STATUS_NOINTERFACE, STATUS_INSUFFICIENT_RESOURCES };
	NTSTATUS *answer = kunit_kzalloc(test, sizeof(*answer), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, answer);
	for (i = 0; i < ARRAY_SIZE(answers); i++) {
		struct nf_module *provider = nf_registered_provider(test, 1);
		struct nf_module *client = nf_client(test, 1);

		*answer = answers[i];
		client->attach = decline;
		client->hook_context = answer;
		nf_register(client);
		nf_expect_calls(client, 1, 0, 0);
		nf_end(provider);
		nf_end(client);
		nf_expect_calls(client, 1, 0, 0);
		nf_expect_calls(provider, 0, 0, 0);
	}
	WSK_RULES(test, "NMR-11 NMR-12");
}

static const char old_dispatch, new_dispatch;

static NTSTATUS accept_the_old(struct nf_binding *binding)
{
	return binding->peer_dispatch == &old_dispatch ? STATUS_SUCCESS : STATUS_NOINTERFACE;
}

static NTSTATUS try_new_then_old(struct nf_binding *binding)
{
	binding->module->dispatch = &new_dispatch;
	WT_EXPECT_STATUS(binding->module->test, nf_attach(binding), STATUS_NOINTERFACE);
	WT_EXPECT_STATUS(binding->module->test, nf_attach(binding), STATUS_NOINTERFACE);
	binding->module->dispatch = &old_dispatch;
	return nf_attach(binding);
}

static void refused_client_may_try_another_dispatch(struct kunit *test)
{
	struct nf_module *provider = nf_provider(test, 1), *client = nf_client(test, 1);

	provider->attach = accept_the_old;
	client->attach = try_new_then_old;
	nf_register(provider);
	nf_register(client);
	nf_expect_calls(client, 1, 0, 0);
	nf_expect_calls(provider, 3, 0, 0);
	WT_EXPECT_STATUS(test, client->bindings[0].status, STATUS_SUCCESS);
	KUNIT_EXPECT_PTR_EQ(test, client->bindings[0].peer_context,
			    (PVOID)&provider->bindings[2]);
	nf_end(client);
	nf_expect_calls(client, 1, 1, 1);
	/* Of the attempts only the one that succeeded is a binding. */
	nf_expect_calls(provider, 3, 1, 1);
	KUNIT_EXPECT_EQ(test, provider->bindings[2].calls[NF_DETACH], 1);
	WSK_RULES(test, "NMR-10 NMR-12");
}

static void attach_callbacks_run_at_passive_level(struct kunit *test)
{
	struct nf_module *client = nf_registered_client(test, 1);
	struct nf_module *provider = nf_registered_provider(test, 1);
	struct nf_module *late = nf_registered_client(test, 1);

	KUNIT_EXPECT_EQ(test, (int)client->bindings[0].irql[NF_ATTACH], PASSIVE_LEVEL);
	KUNIT_EXPECT_EQ(test, (int)late->bindings[0].irql[NF_ATTACH], PASSIVE_LEVEL);
	KUNIT_EXPECT_EQ(test, (int)provider->bindings[0].irql[NF_ATTACH], PASSIVE_LEVEL);
	KUNIT_EXPECT_EQ(test, (int)provider->bindings[1].irql[NF_ATTACH], PASSIVE_LEVEL);
	nf_expect_calls(provider, 2, 0, 0);
	WSK_RULES(test, "NMR-28");
}

static void provider_that_comes_again_is_attached_anew(struct kunit *test)
{
	struct nf_module *provider = nf_provider(test, 1);
	struct nf_module *one = nf_registered_client(test, 1);
	struct nf_module *two = nf_registered_client(test, 1);
	HANDLE last = NULL;
	int round;

	for (round = 1; round <= 4; round++) {
		nf_register(provider);
		KUNIT_EXPECT_PTR_NE(test, provider->handle, last);
		last = provider->handle;
		nf_expect_calls(one, round, round - 1, round - 1);
		nf_expect_calls(two, round, round - 1, round - 1);
		nf_end(provider);
		nf_expect_calls(one, round, round, round);
		nf_expect_calls(two, round, round, round);
	}
	WSK_RULES(test, "NMR-4 NMR-27");
}

static void client_that_comes_again_is_attached_anew(struct kunit *test)
{
	struct nf_module *provider = nf_registered_provider(test, 1);
	struct nf_module *client = nf_client(test, 1);
	int round;

	for (round = 1; round <= 4; round++) {
		nf_register(client);
		nf_expect_calls(provider, round, round - 1, round - 1);
		nf_end(client);
		nf_expect_calls(provider, round, round, round);
	}
	nf_expect_calls(client, 4, 4, 4);
	WSK_RULES(test, "NMR-3 NMR-14");
}

/* One module, two implementations of the interface: the client tells them apart. */
static void number_and_characteristics_reach_the_client(struct kunit *test)
{
	struct nf_module *first = nf_provider(test, 1), *second = nf_provider(test, 1);
	struct nf_module *client = nf_client(test, 1);
	static const char first_kind, second_kind;
	PNPI_REGISTRATION_INSTANCE seen;

	second->provider.ProviderRegistrationInstance.ModuleId = &first->id;
	second->provider.ProviderRegistrationInstance.Number = 1;
	first->provider.ProviderRegistrationInstance.NpiSpecificCharacteristics = &first_kind;
	second->provider.ProviderRegistrationInstance.NpiSpecificCharacteristics = &second_kind;
	nf_register(first);
	nf_register(second);
	nf_register(client);
	nf_expect_calls(client, 2, 0, 0);
	seen = client->bindings[0].instance;
	KUNIT_EXPECT_EQ(test, seen->Number, 0);
	KUNIT_EXPECT_PTR_EQ(test, seen->NpiSpecificCharacteristics, (const VOID *)&first_kind);
	seen = client->bindings[1].instance;
	KUNIT_EXPECT_EQ(test, seen->Number, 1);
	KUNIT_EXPECT_PTR_EQ(test, seen->NpiSpecificCharacteristics, (const VOID *)&second_kind);
	KUNIT_EXPECT_PTR_EQ(test, seen->ModuleId, (PNPI_MODULEID)&first->id);
	WSK_RULES(test, "NMR-7 NMR-31");
}

static void note_handle(struct nf_binding *binding, enum nf_call call)
{
	if (call == NF_ATTACH)
		*(HANDLE *)binding->module->hook_context = binding->module->handle;
}

static void handle_is_there_for_the_first_callback(struct kunit *test)
{
	HANDLE *seen = kunit_kzalloc(test, sizeof(*seen), GFP_KERNEL);
	struct nf_module *client = nf_client(test, 1);

	KUNIT_ASSERT_NOT_NULL(test, seen);
	nf_registered_provider(test, 1);
	client->hook = note_handle;
	client->hook_context = seen;
	nf_register(client);
	KUNIT_EXPECT_NOT_NULL(test, *seen);
	KUNIT_EXPECT_PTR_EQ(test, *seen, client->handle);
	WSK_RULES(test, "NMR-1");
}

static struct kunit_case nmr_attach_cases[] = {
	KUNIT_CASE(client_is_offered_each_provider_before_it_is_registered),
	KUNIT_CASE(provider_is_offered_to_each_client_before_it_is_registered),
	KUNIT_CASE(modules_of_other_interfaces_are_left_alone),
	KUNIT_CASE(interfaces_whose_ids_differ_in_one_byte_are_two),
	KUNIT_CASE(contexts_and_dispatches_are_exchanged),
	KUNIT_CASE(refusal_leaves_no_binding),
	KUNIT_CASE(declined_provider_is_not_called),
	KUNIT_CASE(refused_client_may_try_another_dispatch),
	KUNIT_CASE(attach_callbacks_run_at_passive_level),
	KUNIT_CASE(provider_that_comes_again_is_attached_anew),
	KUNIT_CASE(client_that_comes_again_is_attached_anew),
	KUNIT_CASE(number_and_characteristics_reach_the_client),
	KUNIT_CASE(handle_is_there_for_the_first_callback),
	{}
};

static struct kunit_suite nmr_attach_suite = {
	.name = "nmr_attach",
	.init = nf_init,
	.exit = nf_exit,
	.test_cases = nmr_attach_cases,
};
kunit_test_suite(nmr_attach_suite);
