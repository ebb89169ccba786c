// SPDX-License-Identifier: GPL-2.0
#include <linux/sched.h>
#include <linux/slab.h>

#include "nmr_fixture.h"

struct nf_env {
	LIST_ENTRY modules;
};

static struct nf_binding *new_binding(struct nf_module *module, HANDLE handle, PVOID context,
				      PNPI_REGISTRATION_INSTANCE instance)
{
	LONG n = InterlockedIncrement(&module->used);
	struct nf_binding *binding;

	if (n > NF_BINDINGS) {
		KUNIT_FAIL(module->test, "more attach calls than a case expects");
		return NULL;
	}
	binding = &module->bindings[n - 1];
	binding->module = module;
	binding->handle = handle;
	binding->context_seen = context;
	binding->instance = instance;
	binding->status = WT_POISON;
	return binding;
}

static void note(struct nf_binding *binding, enum nf_call call)
{
	struct nf_module *module = binding->module;

	InterlockedIncrement(&binding->calls[call]);
	binding->irql[call] = KeGetCurrentIrql();
	binding->thread[call] = KeGetCurrentThread();
	if (module->hook)
		module->hook(binding, call);
	binding->stamps[call] = wt_stamp();
}

NTSTATUS nf_attach(struct nf_binding *binding)
{
	binding->status = NmrClientAttachProvider(binding->handle, binding,
						  binding->module->dispatch,
						  &binding->peer_context,
						  &binding->peer_dispatch);
	return binding->status;
}

static NTSTATUS client_attach(HANDLE handle, PVOID context, PNPI_REGISTRATION_INSTANCE provider)
{
	struct nf_module *module = context;
	struct nf_binding *binding = new_binding(module, handle, context, provider);
	NTSTATUS status;

	if (!binding)
		return STATUS_NOINTERFACE;
	status = module->attach ? module->attach(binding) : nf_attach(binding);
	note(binding, NF_ATTACH);
	return status;
}

static NTSTATUS provider_attach(HANDLE handle, PVOID context, PNPI_REGISTRATION_INSTANCE client,
				PVOID client_context, CONST VOID *client_dispatch,
				PVOID *provider_context, CONST VOID **provider_dispatch)
{
	struct nf_module *module = context;
	struct nf_binding *binding = new_binding(module, handle, context, client);

	if (!binding)
		return STATUS_NOINTERFACE;
	binding->peer_context = client_context;
	binding->peer_dispatch = client_dispatch;
	binding->status = module->attach ? module->attach(binding) : STATUS_SUCCESS;
	*provider_context = binding;
	*provider_dispatch = module->dispatch;
	note(binding, NF_ATTACH);
	return binding->status;
}

static NTSTATUS detach(PVOID context)
{
	struct nf_binding *binding = context;
	NTSTATUS status = binding->module->detach_status;

	note(binding, NF_DETACH);
	return status;
}

static VOID cleanup(PVOID context)
{
	note(context, NF_CLEANUP);
}

static void fill_instance(struct nf_module *module, NPI_REGISTRATION_INSTANCE *instance)
{
	instance->Size = sizeof(*instance);
	instance->NpiId = &module->npi;
	instance->ModuleId = &module->id;
}

static struct nf_module *new_module(struct kunit *test, UCHAR npi, BOOLEAN is_client)
{
	static const NPIID base = {
		0x6e6d7274, 0x6573, 0x7400, { 0x80, 1, 2, 3, 4, 5, 6, 0 }
	};
	struct nf_module *module = kzalloc(sizeof(*module), GFP_KERNEL);
	struct nf_env *env = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, module);
	module->test = test;
	module->is_client = is_client;
	module->npi = base;
	module->npi.Data4[7] = npi;
	module->id.Length = sizeof(module->id);
	module->id.Type = MIT_GUID;
	module->id.Guid.Data1 = (ULONG)wt_stamp();
	/* Any address is a dispatch table that nobody calls. */
	module->dispatch = &module->dispatch;
	module->client.Length = sizeof(module->client);
	module->client.ClientAttachProvider = client_attach;
	module->client.ClientDetachProvider = detach;
	module->client.ClientCleanupBindingContext = cleanup;
	fill_instance(module, &module->client.ClientRegistrationInstance);
	module->provider.Length = sizeof(module->provider);
	module->provider.ProviderAttachClient = provider_attach;
	module->provider.ProviderDetachClient = detach;
	module->provider.ProviderCleanupBindingContext = cleanup;
	fill_instance(module, &module->provider.ProviderRegistrationInstance);
	InsertTailList(&env->modules, &module->link);
	return module;
}

struct nf_module *nf_client(struct kunit *test, UCHAR npi)
{
	return new_module(test, npi, TRUE);
}

struct nf_module *nf_provider(struct kunit *test, UCHAR npi)
{
	return new_module(test, npi, FALSE);
}

NTSTATUS nf_try_register(struct nf_module *module)
{
	NTSTATUS status = module->is_client
		? NmrRegisterClient(&module->client, module, &module->handle)
		: NmrRegisterProvider(&module->provider, module, &module->handle);

	/* A callback may have deregistered it. */
	if (status == STATUS_SUCCESS)
		module->registered = TRUE;
	return status;
}

void nf_register(struct nf_module *module)
{
	WT_ASSERT_STATUS(module->test, nf_try_register(module), STATUS_SUCCESS);
}

struct nf_module *nf_registered_client(struct kunit *test, UCHAR npi)
{
	struct nf_module *module = nf_client(test, npi);

	nf_register(module);
	return module;
}

struct nf_module *nf_registered_provider(struct kunit *test, UCHAR npi)
{
	struct nf_module *module = nf_provider(test, npi);

	nf_register(module);
	return module;
}

NTSTATUS nf_deregister(struct nf_module *module)
{
	module->deregistered = TRUE;
	return module->is_client ? NmrDeregisterClient(module->handle)
				 : NmrDeregisterProvider(module->handle);
}

static NTSTATUS wait_for(struct nf_module *module)
{
	return module->is_client ? NmrWaitForClientDeregisterComplete(module->handle)
				 : NmrWaitForProviderDeregisterComplete(module->handle);
}

static void waiting_run(void *context)
{
	struct nf_waiting *waiting = context;

	waiting->status = wait_for(waiting->module);
	waiting->stamp = wt_stamp();
	KeSetEvent(&waiting->returned, IO_NO_INCREMENT, FALSE);
}

struct nf_waiting *nf_wait_begin(struct nf_module *module)
{
	struct nf_waiting *waiting = kzalloc(sizeof(*waiting), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(module->test, waiting);
	waiting->module = module;
	KeInitializeEvent(&waiting->returned, NotificationEvent, FALSE);
	wt_thread_start(module->test, &waiting->thread, waiting_run, waiting);
	return waiting;
}

void nf_expect_waiting(struct nf_waiting *waiting)
{
	wt_sleep(50);
	KUNIT_EXPECT_FALSE(waiting->module->test, wt_is_set(&waiting->returned));
}

NTSTATUS nf_wait_end(struct nf_waiting *waiting)
{
	struct nf_module *module = waiting->module;
	NTSTATUS status;

	if (!wt_thread_join(&waiting->thread))
		return STATUS_TIMEOUT;
	status = waiting->status;
	if (status == STATUS_SUCCESS)
		module->registered = module->deregistered = FALSE;
	kfree(waiting);
	return status;
}

NTSTATUS nf_wait(struct nf_module *module)
{
	return nf_wait_end(nf_wait_begin(module));
}

NTSTATUS nf_wait_at_once(struct nf_module *module)
{
	unsigned long sleeps = current->nvcsw;
	NTSTATUS status = wait_for(module);

	KUNIT_EXPECT_EQ(module->test, current->nvcsw, sleeps);
	if (status == STATUS_SUCCESS)
		module->registered = module->deregistered = FALSE;
	return status;
}

void nf_end(struct nf_module *module)
{
	WT_EXPECT_STATUS(module->test, nf_deregister(module), STATUS_PENDING);
	WT_EXPECT_STATUS(module->test, nf_wait(module), STATUS_SUCCESS);
}

void nf_complete(struct nf_binding *binding)
{
	if (binding->module->is_client)
		NmrClientDetachProviderComplete(binding->handle);
	else
		NmrProviderDetachClientComplete(binding->handle);
}

LONG nf_count(struct nf_module *module, enum nf_call call)
{
	LONG n = 0;
	int i;

	for (i = 0; i < min_t(int, module->used, NF_BINDINGS); i++)
		n += module->bindings[i].calls[call];
	return n;
}

void nf_forget(struct nf_module *module)
{
	module->used = 0;
	memset(module->bindings, 0, sizeof(module->bindings));
}

void nf_expect_calls(struct nf_module *module, LONG attach, LONG detach, LONG cleanup)
{
	KUNIT_EXPECT_EQ(module->test, nf_count(module, NF_ATTACH), attach);
	KUNIT_EXPECT_EQ(module->test, nf_count(module, NF_DETACH), detach);
	KUNIT_EXPECT_EQ(module->test, nf_count(module, NF_CLEANUP), cleanup);
}

void nf_expect_sane(struct nf_module *client, struct nf_module *provider)
{
	struct kunit *test = client->test;

	client->attach = provider->attach = NULL;
	client->hook = provider->hook = NULL;
	client->detach_status = provider->detach_status = STATUS_SUCCESS;
	if (client->registered)
		nf_end(client);
	if (provider->registered)
		nf_end(provider);
	nf_forget(client);
	nf_forget(provider);
	nf_register(client);
	nf_register(provider);
	WT_EXPECT_STATUS(test, client->bindings[0].status, STATUS_SUCCESS);
	nf_end(provider);
	nf_expect_calls(client, 1, 1, 1);
	nf_expect_calls(provider, 1, 1, 1);
}

int nf_init(struct kunit *test)
{
	struct nf_env *env = kunit_kzalloc(test, sizeof(*env), GFP_KERNEL);

	if (!env)
		return -ENOMEM;
	InitializeListHead(&env->modules);
	test->priv = env;
	return 0;
}

/* What a case that failed on its way left pending; none is, after one that passed. */
static void complete_rest(struct nf_module *module)
{
	int i;

	for (i = 0; i < min_t(int, module->used, NF_BINDINGS); i++) {
		struct nf_binding *binding = &module->bindings[i];

		if (binding->calls[NF_DETACH] && !binding->calls[NF_CLEANUP])
			nf_complete(binding);
	}
}

void nf_exit(struct kunit *test)
{
	struct nf_env *env = test->priv;
	BOOLEAN stuck = FALSE;
	PLIST_ENTRY at;

	for (at = env->modules.Flink; at != &env->modules; at = at->Flink) {
		struct nf_module *module = CONTAINING_RECORD(at, struct nf_module, link);

		if (module->registered && module->deregistered)
			complete_rest(module);
		module->detach_status = STATUS_SUCCESS;
		module->hook = NULL;
	}
	for (at = env->modules.Flink; at != &env->modules; at = at->Flink) {
		struct nf_module *module = CONTAINING_RECORD(at, struct nf_module, link);

		if (module->registered && !module->deregistered)
			nf_deregister(module);
	}
	for (at = env->modules.Flink; at != &env->modules; at = at->Flink) {
		struct nf_module *module = CONTAINING_RECORD(at, struct nf_module, link);

		if (module->registered && nf_wait(module) != STATUS_SUCCESS)
			stuck = TRUE;
	}
	if (stuck) {
		KUNIT_FAIL(test, "a deregistration did not end: its modules are leaked");
		return;
	}
	while (!IsListEmpty(&env->modules))
		kfree(CONTAINING_RECORD(RemoveHeadList(&env->modules), struct nf_module, link));
}
