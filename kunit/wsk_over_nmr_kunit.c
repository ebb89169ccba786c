// SPDX-License-Identifier: GPL-2.0
/* A driver that attaches to Winsock Kernel through NmrRegisterClient, without WskRegister. */
#include "wsk_fixture.h"

#include <wsk_testing.h>

struct nmr_client {
	NPI_CLIENT_CHARACTERISTICS characteristics;
	NPI_MODULEID module;
	WSK_CLIENT_DISPATCH first;	/* tried first, and then the other */
	WSK_CLIENT_DISPATCH second;
	HANDLE handle;
	NTSTATUS first_status;
	NTSTATUS status;		/* of the last try */
	WSK_PROVIDER_CHARACTERISTICS range;
	WSK_PROVIDER_NPI npi;
	LONG attached, detached, cleaned;
	KEVENT is_detached;
	struct wt_thread waiting;
	NTSTATUS waited;
	KEVENT ended;
};

static NTSTATUS try_attach(struct nmr_client *client, HANDLE binding,
			   const WSK_CLIENT_DISPATCH *dispatch)
{
	return NmrClientAttachProvider(binding, client, dispatch, (PVOID *)&client->npi.Client,
				       (CONST VOID **)&client->npi.Dispatch);
}

static NTSTATUS attach(HANDLE binding, PVOID context, PNPI_REGISTRATION_INSTANCE provider)
{
	struct nmr_client *client = context;

	client->range = *(const WSK_PROVIDER_CHARACTERISTICS *)
				provider->NpiSpecificCharacteristics;
	client->first_status = try_attach(client, binding, &client->first);
	client->status = client->first_status;
	if (client->first_status == STATUS_NOINTERFACE)
		client->status = try_attach(client, binding, &client->second);
	if (client->status == STATUS_SUCCESS)
		client->attached++;
	return client->status;
}

static NTSTATUS detach(PVOID context)
{
	struct nmr_client *client = context;

	client->detached++;
	KeSetEvent(&client->is_detached, IO_NO_INCREMENT, FALSE);
	return STATUS_SUCCESS;
}

static VOID cleanup(PVOID context)
{
	struct nmr_client *client = context;

	client->cleaned++;
}

static struct nmr_client *nmr_client(struct kunit *test, USHORT first, USHORT second)
{
	struct nmr_client *client = kunit_kzalloc(test, sizeof(*client), GFP_KERNEL);
	NPI_CLIENT_CHARACTERISTICS *about;

	KUNIT_ASSERT_NOT_NULL(test, client);
	KeInitializeEvent(&client->is_detached, NotificationEvent, FALSE);
	KeInitializeEvent(&client->ended, NotificationEvent, FALSE);
	client->first.Version = first;
	client->second.Version = second;
	client->module.Length = sizeof(client->module);
	client->module.Type = MIT_GUID;
	client->module.Guid.Data1 = 0x57534b54;
	about = &client->characteristics;
	about->Length = sizeof(*about);
	about->ClientAttachProvider = attach;
	about->ClientDetachProvider = detach;
	about->ClientCleanupBindingContext = cleanup;
	about->ClientRegistrationInstance.Size = sizeof(about->ClientRegistrationInstance);
	about->ClientRegistrationInstance.NpiId = &NPI_WSK_INTERFACE_ID;
	about->ClientRegistrationInstance.ModuleId = &client->module;
	WT_ASSERT_STATUS(test, NmrRegisterClient(about, client, &client->handle), STATUS_SUCCESS);
	return client;
}

static void wait_run(void *context)
{
	struct nmr_client *client = context;

	client->waited = NmrWaitForClientDeregisterComplete(client->handle);
	KeSetEvent(&client->ended, IO_NO_INCREMENT, FALSE);
}

static void deregister_begin(struct kunit *test, struct nmr_client *client)
{
	WT_EXPECT_STATUS(test, NmrDeregisterClient(client->handle), STATUS_PENDING);
	wt_thread_start(test, &client->waiting, wait_run, client);
}

static void deregister_end(struct kunit *test, struct nmr_client *client)
{
	KUNIT_ASSERT_TRUE_MSG(test, wt_thread_join(&client->waiting),
			      "NmrWaitForClientDeregisterComplete did not return");
	WT_EXPECT_STATUS(test, client->waited, STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, client->detached, client->attached);
	KUNIT_EXPECT_EQ(test, client->cleaned, client->attached);
}

/* A client that is attached at once, and the environment over its NPI. */
static struct wt_env *attached_env(struct kunit *test, struct nmr_client **client)
{
	*client = nmr_client(test, MAKE_WSK_VERSION(1, 0), 0);
	WT_ASSERT_STATUS(test, (*client)->status, STATUS_SUCCESS);
	return wt_env_over(test, &(*client)->npi);
}

static void client_is_attached_to_the_one_provider(struct kunit *test)
{
	struct wt_env *registered = wt_env_new(test, MAKE_WSK_VERSION(1, 0));
	WSK_PROVIDER_CHARACTERISTICS range;
	struct nmr_client *client;
	struct wt_env *env;

	KUNIT_ASSERT_NOT_NULL(test, registered);
	env = attached_env(test, &client);
	KUNIT_EXPECT_EQ(test, client->attached, 1);
	KUNIT_EXPECT_NOT_NULL(test, client->npi.Client);
	KUNIT_EXPECT_PTR_NE(test, client->npi.Client, registered->npi.Client);
	KUNIT_EXPECT_PTR_EQ(test, client->npi.Dispatch, registered->npi.Dispatch);
	WT_EXPECT_STATUS(test, WskQueryProviderCharacteristics(&registered->registration, &range),
			 STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, client->range.HighestVersion, range.HighestVersion);
	KUNIT_EXPECT_EQ(test, client->range.LowestVersion, range.LowestVersion);
	wt_env_free(env);
	wt_env_free(registered);
	deregister_begin(test, client);
	deregister_end(test, client);
	WSK_RULES(test, "NMR-5 NMR-32 NMR-33");
}

static void version_is_negotiated_at_the_attach(struct kunit *test)
{
	struct nmr_client *client = nmr_client(test, MAKE_WSK_VERSION(2, 0),
					       MAKE_WSK_VERSION(1, 0));

	WT_EXPECT_STATUS(test, client->first_status, STATUS_NOINTERFACE);
	WT_EXPECT_STATUS(test, client->status, STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, client->attached, 1);
	deregister_begin(test, client);
	deregister_end(test, client);

	client = nmr_client(test, MAKE_WSK_VERSION(2, 0), MAKE_WSK_VERSION(1, 1));
	WT_EXPECT_STATUS(test, client->status, STATUS_NOINTERFACE);
	deregister_begin(test, client);
	deregister_end(test, client);
	WSK_RULES(test, "NMR-34 NMR-10 NMR-11 VER-6");
}

static void sockets_are_made_and_served_as_with_wskregister(struct kunit *test)
{
	struct wt_env *registered = wt_env_new(test, MAKE_WSK_VERSION(1, 0));
	struct nmr_client *client;
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener, theirs, ours;
	struct wt_pair pair;
	struct wt_env *env;

	KUNIT_ASSERT_NOT_NULL(test, registered);
	env = attached_env(test, &client);
	WT_EXPECT_STATUS(test, wt_set_static_events(env, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	wt_pair(env, AF_INET6, &pair);
	wt_exchange(env, pair.client, pair.server, 10000, 1);
	/* Each end is of one kind. */
	listener = wt_listener(registered, AF_INET, &addr);
	ours = wt_connected(env, &addr);
	WT_ASSERT_STATUS(test, wt_accept(registered, listener, &theirs), STATUS_SUCCESS);
	wt_exchange(env, ours, theirs, 10000, 2);
	/* Once it has had a socket, the static events are what they are (SEV-9). */
	WT_EXPECT_STATUS(test, wt_set_static_events(env, 0), STATUS_INVALID_DEVICE_STATE);
	wt_env_free(env);
	wt_env_free(registered);
	deregister_begin(test, client);
	deregister_end(test, client);
	WSK_RULES(test, "NMR-39");
}

static void detach_waits_for_the_last_socket(struct kunit *test)
{
	struct nmr_client *client;
	struct wt_pair pair;
	struct wt_env *env;

	env = attached_env(test, &client);
	wt_pair(env, AF_INET, &pair);
	deregister_begin(test, client);
	KUNIT_EXPECT_EQ(test, client->detached, 1);
	KUNIT_EXPECT_EQ(test, client->cleaned, 0);
	/* NMR-19: the client's socket functions stay callable. */
	wt_exchange(env, pair.client, pair.server, 5000, 1);
	WT_EXPECT_STATUS(test, wt_close(env, pair.listener), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_close(env, pair.client), STATUS_SUCCESS);
	wt_sleep(50);
	KUNIT_EXPECT_FALSE(test, wt_is_set(&client->ended));
	KUNIT_EXPECT_EQ(test, client->cleaned, 0);
	WT_EXPECT_STATUS(test, wt_close(env, pair.server), STATUS_SUCCESS);
	deregister_end(test, client);
	wt_env_free(env);
	WSK_RULES(test, "NMR-35 NMR-36 REG-16");
}

static void stop_run(void *context)
{
	wsk_testing_provider_stop();
	KeSetEvent(context, IO_NO_INCREMENT, FALSE);
}

static void provider_that_goes_detaches_its_clients(struct kunit *test)
{
	struct wt_thread *going = kunit_kzalloc(test, sizeof(*going), GFP_KERNEL);
	KEVENT *gone = kunit_kzalloc(test, sizeof(*gone), GFP_KERNEL);
	struct nmr_client *client;
	PWSK_SOCKET socket;
	struct wt_env *env;

	KUNIT_ASSERT_NOT_NULL(test, going);
	KUNIT_ASSERT_NOT_NULL(test, gone);
	KeInitializeEvent(gone, NotificationEvent, FALSE);
	env = attached_env(test, &client);
	socket = wt_connection_socket(env, AF_INET);
	wt_thread_start(test, going, stop_run, gone);
	KUNIT_EXPECT_TRUE(test, wt_wait(&client->is_detached, WT_PATIENCE_MS));
	wt_sleep(50);
	KUNIT_EXPECT_FALSE(test, wt_is_set(gone));
	WT_EXPECT_STATUS(test, wt_close(env, socket), STATUS_SUCCESS);
	KUNIT_ASSERT_TRUE(test, wt_thread_join(going));
	KUNIT_EXPECT_EQ(test, client->detached, 1);
	KUNIT_EXPECT_EQ(test, client->cleaned, 1);

	/* It comes back, and the client is attached anew. */
	WT_ASSERT_STATUS(test, wsk_testing_provider_start(), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, client->attached, 2);
	env->npi = client->npi;
	wt_connection_socket(env, AF_INET6);
	wt_env_free(env);
	deregister_begin(test, client);
	deregister_end(test, client);
	WSK_RULES(test, "NMR-27 NMR-37");
}

static struct kunit_case over_nmr_cases[] = {
	KUNIT_CASE(client_is_attached_to_the_one_provider),
	KUNIT_CASE(version_is_negotiated_at_the_attach),
	KUNIT_CASE(sockets_are_made_and_served_as_with_wskregister),
	KUNIT_CASE(detach_waits_for_the_last_socket),
	KUNIT_CASE(provider_that_goes_detaches_its_clients),
	{}
};

static struct kunit_suite over_nmr_suite = {
	.name = "wsk_over_nmr",
	.test_cases = over_nmr_cases,
};
kunit_test_suite(over_nmr_suite);
