// SPDX-License-Identifier: GPL-2.0
/*
 * The functions of the Network Module Registrar at their highest IRQL: what ends a binding in each
 * context that is DISPATCH_LEVEL, what makes one and what waits at PASSIVE_LEVEL.
 */
#include "irql_levels.h"
#include "nmr_fixture.h"

struct nmr_sweep {
	struct kunit *test;
	enum level_context where;
	struct nf_module *module;
	struct nf_binding *binding;
};

static int deregister(void *context)
{
	struct nmr_sweep *s = context;

	LEVEL_MUST(nf_deregister(s->module) == STATUS_PENDING);
	return 0;
}

static int complete_detach(void *context)
{
	struct nmr_sweep *s = context;

	nf_complete(s->binding);
	return 0;
}

/* In the table of what is called where, for scripts/check-sweep.sh. */
static const struct level_row rows[] = {
	LEVEL(NmrClientDetachProviderComplete, DISPATCH_LEVEL, complete_detach),
	LEVEL(NmrDeregisterClient, DISPATCH_LEVEL, deregister),
	LEVEL(NmrDeregisterProvider, DISPATCH_LEVEL, deregister),
	LEVEL(NmrProviderDetachClientComplete, DISPATCH_LEVEL, complete_detach),
	LEVEL(NmrClientAttachProvider, PASSIVE_LEVEL, NULL),
	LEVEL(NmrRegisterClient, PASSIVE_LEVEL, NULL),
	LEVEL(NmrRegisterProvider, PASSIVE_LEVEL, NULL),
	LEVEL(NmrWaitForClientDeregisterComplete, PASSIVE_LEVEL, NULL),
	LEVEL(NmrWaitForProviderDeregisterComplete, PASSIVE_LEVEL, NULL),
};

static void call_row(struct nmr_sweep *s, int row)
{
	struct level_run run = { .call = rows[row].call, .context = s };

	level_call(&run, s->where);
	level_expect_kept(s->test, &run, DISPATCH_LEVEL, rows[row].name, level_name(s->where));
	KUNIT_EXPECT_EQ_MSG(s->test, run.result, 0, "%s %s", rows[row].name, level_name(s->where));
}

/* Both sides said that their detach is pending; each is completed once it was called. */
static void complete_both(struct nmr_sweep *s, struct nf_module *client,
			  struct nf_module *provider)
{
	BOOLEAN client_done = FALSE, provider_done = FALSE;
	int patience;

	for (patience = 5000; patience && !(client_done && provider_done); patience--) {
		if (!client_done && nf_count(client, NF_DETACH)) {
			s->binding = &client->bindings[0];
			call_row(s, 0);
			client_done = TRUE;
		}
		if (!provider_done && nf_count(provider, NF_DETACH)) {
			s->binding = &provider->bindings[0];
			call_row(s, 3);
			provider_done = TRUE;
		}
		wt_sleep(1);
	}
	KUNIT_EXPECT_TRUE(s->test, client_done && provider_done);
}

static void bindings_end_at_dispatch_level(struct kunit *test)
{
	struct nmr_sweep *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->test = test;
	for (s->where = AT_DISPATCH_FIRST; s->where <= AT_DISPATCH_LAST; s->where++) {
		struct nf_module *provider = nf_registered_provider(test, 100 + s->where);
		struct nf_module *client = nf_client(test, 100 + s->where);

		client->detach_status = STATUS_PENDING;
		provider->detach_status = STATUS_PENDING;
		nf_register(client);
		KUNIT_ASSERT_EQ(test, nf_count(client, NF_ATTACH), 1);
		KUNIT_ASSERT_EQ(test, nf_count(provider, NF_ATTACH), 1);
		KUNIT_EXPECT_EQ(test, KeGetCurrentIrql(), PASSIVE_LEVEL);
		s->module = client;
		call_row(s, 1);
		complete_both(s, client, provider);
		WT_EXPECT_STATUS(test, nf_wait(client), STATUS_SUCCESS);
		s->module = provider;
		call_row(s, 2);
		WT_EXPECT_STATUS(test, nf_wait(provider), STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, KeGetCurrentIrql(), PASSIVE_LEVEL);
	}
	WSK_RULES(test, "NT-IRQL-NMR IRQ-15");
}

static struct kunit_case nmr_sweep_cases[] = {
	KUNIT_CASE(bindings_end_at_dispatch_level),
	{}
};

static struct kunit_suite nmr_sweep_suite = {
	.name = "nmr_irql_sweep",
	.init = nf_init,
	.exit = nf_exit,
	.test_cases = nmr_sweep_cases,
};
kunit_test_suite(nmr_sweep_suite);
