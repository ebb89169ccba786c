// SPDX-License-Identifier: GPL-2.0
/* Calls of the registrar that lack an argument, or memory. */
#include "fault.h"
#include "nmr_fixture.h"

/* No rule names them: each is refused, nothing is called, and the next registration is as good. */
static void missing_arguments_are_refused(struct kunit *test)
{
	struct nf_module *client = nf_client(test, 1), *provider = nf_provider(test, 1);
	NPI_CLIENT_CHARACTERISTICS c = client->client;
	NPI_PROVIDER_CHARACTERISTICS p = provider->provider;
	const NTSTATUS refused = STATUS_INVALID_PARAMETER;
	HANDLE handle = NULL;

	WT_EXPECT_STATUS(test, NmrRegisterClient(NULL, NULL, &handle), refused);
	WT_EXPECT_STATUS(test, NmrRegisterClient(&c, NULL, NULL), refused);
	WT_EXPECT_STATUS(test, NmrRegisterProvider(NULL, NULL, &handle), refused);
	WT_EXPECT_STATUS(test, NmrRegisterProvider(&p, NULL, NULL), refused);
	c.ClientAttachProvider = NULL;
	p.ProviderAttachClient = NULL;
	WT_EXPECT_STATUS(test, NmrRegisterClient(&c, NULL, &handle), refused);
	WT_EXPECT_STATUS(test, NmrRegisterProvider(&p, NULL, &handle), refused);
	c = client->client;
	p = provider->provider;
	c.ClientDetachProvider = NULL;
	p.ProviderDetachClient = NULL;
	WT_EXPECT_STATUS(test, NmrRegisterClient(&c, NULL, &handle), refused);
	WT_EXPECT_STATUS(test, NmrRegisterProvider(&p, NULL, &handle), refused);
	c = client->client;
	p = provider->provider;
	c.ClientRegistrationInstance.NpiId = NULL;
	p.ProviderRegistrationInstance.ModuleId = NULL;
	WT_EXPECT_STATUS(test, NmrRegisterClient(&c, NULL, &handle), refused);
	WT_EXPECT_STATUS(test, NmrRegisterProvider(&p, NULL, &handle), refused);
	KUNIT_EXPECT_NULL(test, handle);
	nf_register(provider);
	nf_register(client);
	nf_expect_calls(client, 1, 0, 0);
}

static NTSTATUS attach_without_room(struct nf_binding *binding)
{
	struct kunit *test = binding->module->test;

	WT_EXPECT_STATUS(test, NmrClientAttachProvider(binding->handle, binding, NULL, NULL,
						       &binding->peer_dispatch),
			 STATUS_INVALID_PARAMETER);
	WT_EXPECT_STATUS(test, NmrClientAttachProvider(binding->handle, binding, NULL,
						       &binding->peer_context, NULL),
			 STATUS_INVALID_PARAMETER);
	/* A client without functions of its own. */
	binding->module->dispatch = NULL;
	return nf_attach(binding);
}

static void attach_without_room_for_the_answer_is_refused(struct kunit *test)
{
	struct nf_module *provider = nf_registered_provider(test, 1);
	struct nf_module *client = nf_client(test, 1);

	client->attach = attach_without_room;
	nf_register(client);
	nf_expect_calls(provider, 1, 0, 0);
	KUNIT_EXPECT_NULL(test, provider->bindings[0].peer_dispatch);
	WT_EXPECT_STATUS(test, client->bindings[0].status, STATUS_SUCCESS);
	WSK_RULES(test, "NMR-8");
}

/* A sweep ends when this many in a row met no failure: N is past the last allocation. */
#define ENOUGH	8
#define LIMIT	100

/* Nothing is called in a round that fails, and all is there in one that does not. */
static NTSTATUS register_with_fault(struct nf_module *module, struct nf_module *const others[3],
				    int n)
{
	struct kunit *test = module->test;
	HANDLE before = module->handle;
	NTSTATUS status;
	int i;

	fault_arm_self(n);
	status = nf_try_register(module);
	fault_arm_self(0);
	if (status == STATUS_SUCCESS) {
		nf_expect_calls(module, 3, 0, 0);
		for (i = 0; i < 3; i++)
			nf_expect_calls(others[i], 1, 0, 0);
		nf_end(module);
	} else {
		WT_EXPECT_STATUS(test, status, STATUS_INSUFFICIENT_RESOURCES);
		KUNIT_EXPECT_PTR_EQ(test, module->handle, before);
		nf_expect_calls(module, 0, 0, 0);
		for (i = 0; i < 3; i++)
			nf_expect_calls(others[i], 0, 0, 0);
	}
	nf_forget(module);
	for (i = 0; i < 3; i++)
		nf_forget(others[i]);
	return status;
}

/* With three of the other kind there: four allocations. */
static void sweep_registrations(struct nf_module *module, struct nf_module *const others[3])
{
	struct kunit *test = module->test;
	int n, failed = 0, good = 0;

	for (n = 1; n < LIMIT && good < ENOUGH; n++) {
		if (register_with_fault(module, others, n) == STATUS_SUCCESS) {
			good++;
		} else {
			failed++;
			good = 0;
		}
	}
	kunit_info(test, "%d registrations failed", failed);
	KUNIT_EXPECT_EQ(test, failed, 4);
	KUNIT_EXPECT_EQ(test, good, ENOUGH);
}

static void registering_without_memory_changes_nothing(struct kunit *test)
{
	struct nf_module *providers[3], *clients[3];
	int i;

	if (!fault_works())
		kunit_skip(test, "failslab leaves sleeping allocations alone here");
	for (i = 0; i < 3; i++) {
		providers[i] = nf_registered_provider(test, 1);
		clients[i] = nf_registered_client(test, 2);
	}
	sweep_registrations(nf_client(test, 1), providers);
	sweep_registrations(nf_provider(test, 2), clients);
	WSK_RULES(test, "NMR-1 NMR-2");
}

static struct kunit_case nmr_arguments_cases[] = {
	KUNIT_CASE(missing_arguments_are_refused),
	KUNIT_CASE(attach_without_room_for_the_answer_is_refused),
	KUNIT_CASE(registering_without_memory_changes_nothing),
	{}
};

static struct kunit_suite nmr_arguments_suite = {
	.name = "nmr_arguments",
	.init = nf_init,
	.exit = nf_exit,
	.test_cases = nmr_arguments_cases,
};
kunit_test_suite(nmr_arguments_suite);
