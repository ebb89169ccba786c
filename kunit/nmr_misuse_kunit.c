// SPDX-License-Identifier: GPL-2.0
/*
 * What a module must not do to the registrar: reported, answered, and survived; the
 * same modules work on afterwards. Not to be seen from here, and so without a case:
 * a module that calls the other's functions after its detach (NMR-19), as those
 * calls do not pass through the registrar; and memory that did not stay (NMR-29).
 */
#include "nmr_fixture.h"

static NTSTATUS succeed_without_attach(struct nf_binding *binding)
{
	return STATUS_SUCCESS;
}

static NTSTATUS succeed_after_refusal(struct nf_binding *binding)
{
	nf_attach(binding);
	return STATUS_SUCCESS;
}

static NTSTATUS fail_otherwise_after_refusal(struct nf_binding *binding)
{
	WT_EXPECT_STATUS(binding->module->test, nf_attach(binding), STATUS_NOINTERFACE);
	return STATUS_UNSUCCESSFUL;
}

static NTSTATUS refuse(struct nf_binding *binding)
{
	return STATUS_NOINTERFACE;
}

/* No binding: nobody is detached, and both modules are as good as before. */
static void expect_no_binding(struct kunit *test, NTSTATUS (*attach)(struct nf_binding *binding),
			      LONG provider_attaches)
{
	struct nf_module *provider = nf_provider(test, 1), *client = nf_client(test, 1);

	client->attach = attach;
	provider->attach = refuse;
	nf_register(provider);
	nf_register(client);
	nf_expect_calls(provider, provider_attaches, 0, 0);
	nf_end(client);
	nf_expect_calls(client, 1, 0, 0);
	nf_expect_calls(provider, provider_attaches, 0, 0);
	nf_expect_sane(client, provider);
}

static void success_without_an_attach_is_no_binding(struct kunit *test)
{
	WSK_EXPECT_REPORT(test, "1x wsk: misuse: NMR-12: ClientAttachProvider .* without");
	expect_no_binding(test, succeed_without_attach, 0);
	WSK_RULES(test, "NMR-12");
}

static void success_after_a_refusal_is_no_binding(struct kunit *test)
{
	WSK_EXPECT_REPORT(test, "1x wsk: misuse: NMR-12: ClientAttachProvider .* without");
	expect_no_binding(test, succeed_after_refusal, 1);
	WSK_RULES(test, "NMR-12");
}

static void failure_that_is_not_that_of_the_attach_is_reported(struct kunit *test)
{
	WSK_EXPECT_REPORT(test, "1x wsk: misuse: NMR-12: ClientAttachProvider .* not that of");
	expect_no_binding(test, fail_otherwise_after_refusal, 1);
	WSK_RULES(test, "NMR-11 NMR-12");
}

static NTSTATUS fail_after_attach(struct nf_binding *binding)
{
	WT_EXPECT_STATUS(binding->module->test, nf_attach(binding), STATUS_SUCCESS);
	return STATUS_UNSUCCESSFUL;
}

static void failure_after_an_attach_detaches_the_provider(struct kunit *test)
{
	struct nf_module *provider = nf_registered_provider(test, 1);
	struct nf_module *client = nf_client(test, 1);

	WSK_EXPECT_REPORT(test, "1x wsk: misuse: NMR-12: ClientAttachProvider .* after");
	client->attach = fail_after_attach;
	nf_register(client);
	/* The client has said that there is no binding (NMR-11); the provider thinks there is. */
	nf_expect_calls(client, 1, 0, 0);
	nf_expect_calls(provider, 1, 1, 1);
	nf_expect_sane(client, provider);
	WSK_RULES(test, "NMR-12");
}

static NTSTATUS attach_twice(struct nf_binding *binding)
{
	PVOID context = NULL;
	const VOID *dispatch = NULL;

	WT_EXPECT_STATUS(binding->module->test, nf_attach(binding), STATUS_SUCCESS);
	WT_EXPECT_STATUS(binding->module->test,
			 NmrClientAttachProvider(binding->handle, NULL, NULL, &context, &dispatch),
			 STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_NULL(binding->module->test, context);
	return STATUS_SUCCESS;
}

static void second_attach_after_a_success_is_refused(struct kunit *test)
{
	struct nf_module *provider = nf_registered_provider(test, 1);
	struct nf_module *client = nf_client(test, 1);

	WSK_EXPECT_REPORT(test, "1x wsk: misuse: NMR-12: NmrClientAttachProvider after one");
	client->attach = attach_twice;
	nf_register(client);
	nf_expect_calls(provider, 1, 0, 0);
	nf_end(client);
	nf_expect_calls(client, 1, 1, 1);
	nf_expect_calls(provider, 1, 1, 1);
	nf_expect_sane(client, provider);
	WSK_RULES(test, "NMR-12");
}

static void expect_outside(struct kunit *test, HANDLE handle)
{
	const VOID *dispatch = NULL;
	PVOID context = NULL;

	WT_EXPECT_STATUS(test, NmrClientAttachProvider(handle, NULL, NULL, &context, &dispatch),
			 STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_NULL(test, context);
	KUNIT_EXPECT_NULL(test, dispatch);
}

static void attach_in_thread(void *context)
{
	struct nf_binding *binding = context;

	expect_outside(binding->module->test, binding->handle);
}

static NTSTATUS attach_elsewhere(struct nf_binding *binding)
{
	struct wt_thread *thread = binding->module->hook_context;

	wt_thread_start(binding->module->test, thread, attach_in_thread, binding);
	KUNIT_EXPECT_TRUE(binding->module->test, wt_thread_join(thread));
	return STATUS_NOINTERFACE;
}

/* The provider's callback is inside the client's, but is not the client. */
static NTSTATUS attach_in_provider(struct nf_binding *binding)
{
	expect_outside(binding->module->test, binding->handle);
	return STATUS_SUCCESS;
}

static void attach_outside_of_its_callback_is_refused(struct kunit *test)
{
	struct wt_thread *thread = kunit_kzalloc(test, sizeof(*thread), GFP_KERNEL);
	struct nf_module *provider = nf_provider(test, 1), *client = nf_client(test, 1);

	KUNIT_ASSERT_NOT_NULL(test, thread);
	WSK_EXPECT_REPORT(test, "6x wsk: misuse: NMR-13: NmrClientAttachProvider outside");
	provider->attach = attach_in_provider;
	nf_register(provider);
	client->attach = attach_elsewhere;
	client->hook_context = thread;
	nf_register(client);
	nf_expect_calls(provider, 0, 0, 0);
	nf_end(client);
	client->attach = NULL;
	nf_register(client);
	nf_expect_calls(provider, 1, 0, 0);
	expect_outside(test, client->bindings[1].handle);
	expect_outside(test, client->handle);
	expect_outside(test, NULL);
	nf_end(client);
	expect_outside(test, client->bindings[1].handle);
	nf_expect_calls(provider, 1, 1, 1);
	nf_expect_sane(client, provider);
	WSK_RULES(test, "NMR-13");
}

static NTSTATUS wait_for(struct nf_module *module)
{
	return module->is_client ? NmrWaitForClientDeregisterComplete(module->handle)
				 : NmrWaitForProviderDeregisterComplete(module->handle);
}

/* For either module of the binding: each is in it. */
static void wait_inside(struct nf_binding *binding, enum nf_call call)
{
	struct nf_module **both = binding->module->hook_context;
	int i;

	for (i = 0; i < 2; i++)
		WT_EXPECT_STATUS(binding->module->test, wait_for(both[i]),
				 STATUS_INVALID_PARAMETER);
}

static void wait_inside_a_callback_returns(struct kunit *test)
{
	struct nf_module *provider = nf_registered_provider(test, 1);
	struct nf_module *client = nf_registered_client(test, 1);
	struct nf_module **both = kunit_kcalloc(test, 2, sizeof(*both), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, both);
	WSK_EXPECT_REPORT(test, "2x wsk: misuse: NMR-24: NmrWaitForClientDeregisterComplete inside");
	WSK_EXPECT_REPORT(test, "2x wsk: misuse: NMR-24: NmrWaitForProviderDeregisterComplete ins");
	both[0] = client;
	both[1] = provider;
	provider->detach_status = STATUS_PENDING;
	WT_EXPECT_STATUS(test, nf_deregister(provider), STATUS_PENDING);
	client->hook = provider->hook = wait_inside;
	client->hook_context = provider->hook_context = both;
	WT_EXPECT_STATUS(test, nf_deregister(client), STATUS_PENDING);
	/* Both cleanup callbacks, in this thread. */
	nf_complete(&provider->bindings[0]);
	nf_expect_calls(client, 1, 1, 1);
	nf_expect_calls(provider, 1, 1, 1);
	/* Both handles are as they were. */
	WT_EXPECT_STATUS(test, nf_wait(client), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, nf_wait(provider), STATUS_SUCCESS);
	nf_expect_sane(client, provider);
	WSK_RULES(test, "NMR-24");
}

static NTSTATUS attach_at_dispatch_level(struct nf_binding *binding)
{
	NTSTATUS status;
	KIRQL irql;

	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	status = nf_attach(binding);
	KeLowerIrql(irql);
	WT_EXPECT_STATUS(binding->module->test, status, STATUS_INVALID_PARAMETER);
	return nf_attach(binding);
}

static void calls_that_sleep_are_refused_at_dispatch_level(struct kunit *test)
{
	struct nf_module *provider = nf_provider(test, 1), *client = nf_client(test, 1);
	NTSTATUS client_status, provider_status, wait_status;
	KIRQL irql;

	WSK_EXPECT_REPORT(test, "1x wsk: misuse: NMR-28: NmrRegisterClient above");
	WSK_EXPECT_REPORT(test, "1x wsk: misuse: NMR-28: NmrRegisterProvider above");
	WSK_EXPECT_REPORT(test, "1x wsk: misuse: NMR-28: NmrClientAttachProvider above");
	WSK_EXPECT_REPORT(test, "1x wsk: misuse: NMR-24: NmrWaitForClientDeregisterComplete above");
	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	client_status = nf_try_register(client);
	provider_status = nf_try_register(provider);
	KeLowerIrql(irql);
	WT_EXPECT_STATUS(test, client_status, STATUS_INVALID_PARAMETER);
	WT_EXPECT_STATUS(test, provider_status, STATUS_INVALID_PARAMETER);
	client->attach = attach_at_dispatch_level;
	nf_register(provider);
	nf_register(client);
	nf_expect_calls(provider, 1, 0, 0);
	KUNIT_EXPECT_EQ(test, (int)provider->bindings[0].irql[NF_ATTACH], PASSIVE_LEVEL);
	WT_EXPECT_STATUS(test, nf_deregister(client), STATUS_PENDING);
	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	wait_status = wait_for(client);
	KeLowerIrql(irql);
	WT_EXPECT_STATUS(test, wait_status, STATUS_INVALID_PARAMETER);
	WT_EXPECT_STATUS(test, nf_wait(client), STATUS_SUCCESS);
	nf_expect_sane(client, provider);
	WSK_RULES(test, "NMR-28");
}

static void second_deregistration_is_refused(struct kunit *test)
{
	struct nf_module *provider = nf_registered_provider(test, 1);
	struct nf_module *client = nf_registered_client(test, 1);

	WSK_EXPECT_REPORT(test, "1x wsk: misuse: NMR-22: NmrDeregisterClient of a client that is");
	WSK_EXPECT_REPORT(test, "1x wsk: misuse: NMR-22: NmrDeregisterProvider of a provider that");
	WT_EXPECT_STATUS(test, nf_deregister(client), STATUS_PENDING);
	WT_EXPECT_STATUS(test, nf_deregister(provider), STATUS_PENDING);
	WT_EXPECT_STATUS(test, nf_deregister(client), STATUS_INVALID_PARAMETER);
	WT_EXPECT_STATUS(test, nf_deregister(provider), STATUS_INVALID_PARAMETER);
	nf_expect_calls(client, 1, 1, 1);
	nf_expect_calls(provider, 1, 1, 1);
	WT_EXPECT_STATUS(test, nf_wait(client), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, nf_wait(provider), STATUS_SUCCESS);
	nf_expect_sane(client, provider);
	WSK_RULES(test, "NMR-16 NMR-22");
}

static void expect_bad_size(struct nf_module *module, USHORT *field, USHORT bad)
{
	USHORT good = *field;

	*field = bad;
	WT_EXPECT_STATUS(module->test, nf_try_register(module), STATUS_INVALID_PARAMETER);
	*field = good;
}

static void wrong_versions_and_sizes_are_refused(struct kunit *test)
{
	struct nf_module *provider = nf_provider(test, 1), *client = nf_client(test, 1);
	NPI_REGISTRATION_INSTANCE *c = &client->client.ClientRegistrationInstance;
	NPI_REGISTRATION_INSTANCE *p = &provider->provider.ProviderRegistrationInstance;

	WSK_EXPECT_REPORT(test, "6x wsk: misuse: NMR-30: NmrRegisterClient with a Version");
	WSK_EXPECT_REPORT(test, "5x wsk: misuse: NMR-30: NmrRegisterProvider with a Version");
	expect_bad_size(client, &client->client.Version, 1);
	expect_bad_size(client, &client->client.Length, 0);
	expect_bad_size(client, &client->client.Length, sizeof(client->client) - 8);
	expect_bad_size(client, &c->Version, 1);
	expect_bad_size(client, &c->Size, sizeof(*c) + 8);
	expect_bad_size(client, &client->id.Length, 4);
	expect_bad_size(provider, &provider->provider.Version, 1);
	expect_bad_size(provider, &provider->provider.Length, 0);
	expect_bad_size(provider, &p->Version, 1);
	expect_bad_size(provider, &p->Size, 0);
	expect_bad_size(provider, &provider->id.Length, 0);
	nf_expect_sane(client, provider);
	WSK_RULES(test, "NMR-30");
}

static struct kunit_case nmr_misuse_cases[] = {
	KUNIT_CASE(success_without_an_attach_is_no_binding),
	KUNIT_CASE(success_after_a_refusal_is_no_binding),
	KUNIT_CASE(failure_that_is_not_that_of_the_attach_is_reported),
	KUNIT_CASE(failure_after_an_attach_detaches_the_provider),
	KUNIT_CASE(second_attach_after_a_success_is_refused),
	KUNIT_CASE(attach_outside_of_its_callback_is_refused),
	KUNIT_CASE(wait_inside_a_callback_returns),
	KUNIT_CASE(calls_that_sleep_are_refused_at_dispatch_level),
	KUNIT_CASE(second_deregistration_is_refused),
	KUNIT_CASE(wrong_versions_and_sizes_are_refused),
	{}
};

static struct kunit_suite nmr_misuse_suite = {
	.name = "nmr_misuse",
	.init = nf_init,
	.exit = nf_exit,
	.test_cases = nmr_misuse_cases,
};
kunit_test_suite(nmr_misuse_suite);
