// SPDX-License-Identifier: GPL-2.0
/* Completions of a detach that nobody waits for: each is reported, and completes nothing. */
#include "nmr_fixture.h"

#define STRAY_CLIENT	"wsk: misuse: NMR-18: NmrClientDetachProviderComplete of a bind"
#define STRAY_PROVIDER	"wsk: misuse: NMR-18: NmrProviderDetachClientComplete of a bind"

static void completion_without_a_detach_is_reported(struct kunit *test)
{
	struct nf_module *provider = nf_registered_provider(test, 1);
	struct nf_module *client = nf_registered_client(test, 1);

	WSK_EXPECT_REPORT(test, "3x " STRAY_CLIENT);
	WSK_EXPECT_REPORT(test, "1x " STRAY_PROVIDER);
	nf_complete(&client->bindings[0]);
	nf_complete(&provider->bindings[0]);
	NmrClientDetachProviderComplete(NULL);
	NmrClientDetachProviderComplete(client->handle);
	nf_expect_calls(client, 1, 0, 0);
	nf_expect_calls(provider, 1, 0, 0);
	/* Nor does it count for the detach that comes. */
	client->detach_status = STATUS_PENDING;
	provider->detach_status = STATUS_PENDING;
	WT_EXPECT_STATUS(test, nf_deregister(client), STATUS_PENDING);
	nf_expect_calls(client, 1, 1, 0);
	nf_complete(&client->bindings[0]);
	nf_expect_calls(client, 1, 1, 0);
	nf_complete(&provider->bindings[0]);
	WT_EXPECT_STATUS(test, nf_wait(client), STATUS_SUCCESS);
	nf_expect_calls(client, 1, 1, 1);
	nf_expect_calls(provider, 1, 1, 1);
	nf_expect_sane(client, provider);
	WSK_RULES(test, "NMR-18");
}

/* @quick has succeeded, @slow's side pends: the completion of the one is not the other's. */
static void complete_after_success(struct nf_module *quick, struct nf_module *slow)
{
	struct kunit *test = quick->test;

	slow->detach_status = STATUS_PENDING;
	WT_EXPECT_STATUS(test, nf_deregister(quick), STATUS_PENDING);
	nf_complete(&quick->bindings[0]);
	nf_expect_calls(quick, 1, 1, 0);
	nf_expect_calls(slow, 1, 1, 0);
	nf_complete(&slow->bindings[0]);
	WT_EXPECT_STATUS(test, nf_wait(quick), STATUS_SUCCESS);
	nf_expect_calls(quick, 1, 1, 1);
	nf_expect_calls(slow, 1, 1, 1);
}

static void completion_after_the_clients_success_is_reported(struct kunit *test)
{
	struct nf_module *provider = nf_registered_provider(test, 1);
	struct nf_module *client = nf_registered_client(test, 1);

	WSK_EXPECT_REPORT(test, "1x " STRAY_CLIENT);
	complete_after_success(client, provider);
	nf_expect_sane(client, provider);
	WSK_RULES(test, "NMR-18");
}

static void completion_after_the_providers_success_is_reported(struct kunit *test)
{
	struct nf_module *provider = nf_registered_provider(test, 1);
	struct nf_module *client = nf_registered_client(test, 1);

	WSK_EXPECT_REPORT(test, "1x " STRAY_PROVIDER);
	complete_after_success(provider, client);
	nf_expect_sane(client, provider);
	WSK_RULES(test, "NMR-18");
}

static void second_completion_is_reported(struct kunit *test)
{
	struct nf_module *provider = nf_registered_provider(test, 1);
	struct nf_module *client = nf_registered_client(test, 1);

	/* The client's while the provider's side pends, the provider's of a binding that is gone. */
	WSK_EXPECT_REPORT(test, "1x " STRAY_CLIENT);
	WSK_EXPECT_REPORT(test, "1x " STRAY_PROVIDER);
	client->detach_status = STATUS_PENDING;
	provider->detach_status = STATUS_PENDING;
	WT_EXPECT_STATUS(test, nf_deregister(client), STATUS_PENDING);
	nf_complete(&client->bindings[0]);
	nf_complete(&client->bindings[0]);
	nf_expect_calls(client, 1, 1, 0);
	nf_expect_calls(provider, 1, 1, 0);
	nf_complete(&provider->bindings[0]);
	nf_complete(&provider->bindings[0]);
	WT_EXPECT_STATUS(test, nf_wait(client), STATUS_SUCCESS);
	nf_expect_calls(client, 1, 1, 1);
	nf_expect_calls(provider, 1, 1, 1);
	nf_expect_sane(client, provider);
	WSK_RULES(test, "NMR-18");
}

static void complete_twice_inside(struct nf_binding *binding, enum nf_call call)
{
	if (call == NF_DETACH) {
		nf_complete(binding);
		nf_complete(binding);
	}
}

static void completion_beside_a_success_counts_once(struct kunit *test)
{
	struct nf_module *provider = nf_registered_provider(test, 1);
	struct nf_module *client = nf_registered_client(test, 1);

	WSK_EXPECT_REPORT(test, "1x " STRAY_CLIENT);
	WSK_EXPECT_REPORT(test, "1x wsk: misuse: NMR-18: the detach callback of the client");
	client->hook = complete_twice_inside;
	nf_end(client);
	nf_expect_calls(client, 1, 1, 1);
	nf_expect_calls(provider, 1, 1, 1);
	nf_expect_sane(client, provider);
	WSK_RULES(test, "NMR-18 NMR-20");
}

static struct kunit_case nmr_completion_cases[] = {
	KUNIT_CASE(completion_without_a_detach_is_reported),
	KUNIT_CASE(completion_after_the_clients_success_is_reported),
	KUNIT_CASE(completion_after_the_providers_success_is_reported),
	KUNIT_CASE(second_completion_is_reported),
	KUNIT_CASE(completion_beside_a_success_counts_once),
	{}
};

static struct kunit_suite nmr_completion_suite = {
	.name = "nmr_completion",
	.init = nf_init,
	.exit = nf_exit,
	.test_cases = nmr_completion_cases,
};
kunit_test_suite(nmr_completion_suite);
