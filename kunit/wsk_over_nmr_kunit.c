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

static void deregister_begin_at(struct kunit *test, struct nmr_client *client, KIRQL irql)
{
	NTSTATUS status;
	KIRQL before;

	KeRaiseIrql(irql, &before);
	status = NmrDeregisterClient(client->handle);
	KeLowerIrql(before);
	WT_EXPECT_STATUS(test, status, STATUS_PENDING);
	wt_thread_start(test, &client->waiting, wait_run, client);
}

static void deregister_begin(struct kunit *test, struct nmr_client *client)
{
	deregister_begin_at(test, client, PASSIVE_LEVEL);
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

	/* One driver may be both. */
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
	KUNIT_EXPECT_EQ(test, range.HighestVersion, MAKE_WSK_VERSION(1, 0));
	KUNIT_EXPECT_EQ(test, client->npi.Dispatch->Version, MAKE_WSK_VERSION(1, 0));
	/* It is a PWSK_CLIENT. */
	wt_connection_socket(env, AF_INET);
	wt_env_free(env);
	wt_env_free(registered);
	deregister_begin(test, client);
	deregister_end(test, client);
	WSK_RULES(test, "NMR-5 NMR-32 NMR-33 NMR-38");
}

static void version_is_negotiated_at_the_attach(struct kunit *test)
{
	static const USHORT refused[] = {
		0, MAKE_WSK_VERSION(0, 9), MAKE_WSK_VERSION(1, 1), MAKE_WSK_VERSION(2, 0),
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		struct nmr_client *client = nmr_client(test, refused[i], MAKE_WSK_VERSION(1, 0));

		WT_EXPECT_STATUS(test, client->first_status, STATUS_NOINTERFACE);
		WT_EXPECT_STATUS(test, client->status, STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, client->attached, 1);
		deregister_begin(test, client);
		deregister_end(test, client);

		client = nmr_client(test, refused[i], refused[i ^ 1]);
		WT_EXPECT_STATUS(test, client->first_status, STATUS_NOINTERFACE);
		WT_EXPECT_STATUS(test, client->status, STATUS_NOINTERFACE);
		KUNIT_EXPECT_EQ(test, client->attached, 0);
		deregister_begin(test, client);
		deregister_end(test, client);
	}
	WSK_RULES(test, "NMR-34 NMR-10 NMR-11 VER-6");
}

/* What one client is told by each function that takes a PWSK_CLIENT. */
struct answers {
	NTSTATUS control[4];
	SIZE_T size;
	WSK_TRANSPORT transports[8];
	NTSTATUS made[3];
	NTSTATUS looked_up[2];
};

static NTSTATUS connect_to(struct wt_env *env, SOCKADDR_STORAGE *addr)
{
	struct wt_io *io = wt_io_new(env);
	SOCKADDR_STORAGE any;
	NTSTATUS status;

	wt_wildcard(&any, AF_INET, 0);
	WT_CALL(io, env->npi.Dispatch->WskSocketConnect(env->npi.Client, SOCK_STREAM, IPPROTO_TCP,
							(PSOCKADDR)&any, (PSOCKADDR)addr, 0, NULL,
							NULL, NULL, NULL, NULL, wt_irp(io)));
	status = wt_io_end(io);
	if (status == STATUS_SUCCESS)
		wt_track(env, (PWSK_SOCKET)io->information, FALSE);
	return status;
}

static void ask_control(struct wt_env *env, struct answers *a)
{
	const WSK_PROVIDER_DISPATCH *d = env->npi.Dispatch;
	struct wt_io *io = wt_io_new(env);

	a->control[0] = d->WskControlClient(env->npi.Client, WSK_TRANSPORT_LIST_QUERY, 0, NULL,
					    sizeof(a->transports), a->transports, &a->size, NULL);
	a->control[1] = d->WskControlClient(env->npi.Client, 0x7fff, 0, NULL, 0, NULL, NULL, NULL);
	/* Once it has had a socket, the static events are what they are (SEV-9). */
	a->control[2] = wt_set_static_events(env, 0);
	WT_CALL(io, d->WskControlClient(env->npi.Client, WSK_TRANSPORT_LIST_CHANGE, 0, NULL, 0,
					NULL, NULL, wt_irp(io)));
	wt_cancel(io);
	a->control[3] = wt_io_end(io);
}

static void ask(struct wt_env *env, SOCKADDR_STORAGE *listener, struct answers *a)
{
	const WSK_PROVIDER_DISPATCH *d = env->npi.Dispatch;
	struct wt_io *io = wt_io_new(env);
	PADDRINFOEXW found = NULL;
	PWSK_SOCKET socket;

	a->made[0] = wt_try_socket(env, AF_INET, SOCK_STREAM, IPPROTO_TCP,
				   WSK_FLAG_CONNECTION_SOCKET, NULL, NULL, &socket);
	a->made[1] = wt_try_socket(env, AF_INET, SOCK_STREAM, IPPROTO_UDP,
				   WSK_FLAG_CONNECTION_SOCKET, NULL, NULL, &socket);
	a->made[2] = connect_to(env, listener);
	ask_control(env, a);
	WT_CALL(io, d->WskGetAddressInfo(env->npi.Client, NULL, NULL, 0, NULL, NULL, &found, NULL,
					 NULL, wt_irp(io)));
	a->looked_up[0] = wt_io_end(io);
	WT_CALL(io, d->WskGetNameInfo(env->npi.Client, (PSOCKADDR)listener, sizeof(SOCKADDR_IN),
				      NULL, NULL, 0, NULL, NULL, wt_irp(io)));
	a->looked_up[1] = wt_io_end(io);
	d->WskFreeAddressInfo(env->npi.Client, found);
}

static void both_kinds_of_client_are_told_the_same(struct kunit *test)
{
	struct wt_env *registered = wt_env_new(test, MAKE_WSK_VERSION(1, 0));
	struct answers *a = kunit_kcalloc(test, 2, sizeof(*a), GFP_KERNEL);
	struct nmr_client *client;
	SOCKADDR_STORAGE addr;
	struct wt_env *env;

	KUNIT_ASSERT_NOT_NULL(test, registered);
	KUNIT_ASSERT_NOT_NULL(test, a);
	env = attached_env(test, &client);
	wt_listener(registered, AF_INET, &addr);
	ask(registered, &addr, &a[0]);
	ask(env, &addr, &a[1]);
	KUNIT_EXPECT_EQ(test, memcmp(&a[0], &a[1], sizeof(*a)), 0);
	WT_EXPECT_STATUS(test, a[1].control[0], STATUS_SUCCESS);
	KUNIT_EXPECT_GT(test, (u64)a[1].size, 0ULL);
	WT_EXPECT_STATUS(test, a[1].control[2], STATUS_INVALID_DEVICE_STATE);
	WT_EXPECT_STATUS(test, a[1].control[3], STATUS_CANCELLED);
	WT_EXPECT_STATUS(test, a[1].made[0], STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, a[1].made[1], STATUS_NOT_SUPPORTED);
	WT_EXPECT_STATUS(test, a[1].made[2], STATUS_SUCCESS);
	wt_env_free(env);
	wt_env_free(registered);
	deregister_begin(test, client);
	deregister_end(test, client);
	WSK_RULES(test, "NMR-39");
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
	wt_env_free(env);
	wt_env_free(registered);
	deregister_begin(test, client);
	deregister_end(test, client);
	WSK_RULES(test, "NMR-39");
}

/* The one kind of request that the end of a client cancels (REG-18). */
static struct wt_io *pending_change(struct wt_env *env)
{
	struct wt_io *io = wt_io_new(env);

	WT_CALL(io, env->npi.Dispatch->WskControlClient(env->npi.Client,
							WSK_TRANSPORT_LIST_CHANGE, 0, NULL, 0,
							NULL, NULL, wt_irp(io)));
	WT_EXPECT_STATUS(env->test, io->returned, STATUS_PENDING);
	return io;
}

static void end_with_sockets(struct kunit *test, KIRQL irql)
{
	struct nmr_client *client;
	struct wt_io *change;
	struct wt_pair pair;
	struct wt_env *env;

	env = attached_env(test, &client);
	wt_pair(env, AF_INET, &pair);
	change = pending_change(env);
	deregister_begin_at(test, client, irql);
	KUNIT_EXPECT_EQ(test, client->detached, 1);
	KUNIT_EXPECT_EQ(test, client->cleaned, 0);
	WT_EXPECT_STATUS(test, wt_io_end(change), STATUS_CANCELLED);
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
}

static void detach_waits_for_the_last_socket(struct kunit *test)
{
	end_with_sockets(test, PASSIVE_LEVEL);
	end_with_sockets(test, DISPATCH_LEVEL);
	WSK_RULES(test, "NMR-35 NMR-36");
}

/* Its socket keeps the binding, so there is somebody to say it; sockets are served without a word. */
static void call_after_the_detach_is_reported(struct kunit *test)
{
	struct nmr_client *client;
	struct wt_env *env = attached_env(test, &client);
	struct wt_io *io = wt_io_new(env);
	SIZE_T bytes = 0;
	struct wt_pair pair;

	WSK_EXPECT_REPORT(test, "2x wsk: misuse: NMR-19: a call .* after ClientDetachProvider");
	wt_pair(env, AF_INET, &pair);
	deregister_begin(test, client);
	KUNIT_EXPECT_EQ(test, client->detached, 1);
	WT_EXPECT_STATUS(test, env->npi.Dispatch->WskControlClient(env->npi.Client,
								   WSK_TRANSPORT_LIST_QUERY, 0,
								   NULL, 0, NULL, &bytes, NULL),
			 STATUS_BUFFER_OVERFLOW);
	WT_CALL(io, env->npi.Dispatch->WskSocket(env->npi.Client, AF_INET, SOCK_STREAM,
						 IPPROTO_TCP, WSK_FLAG_CONNECTION_SOCKET, NULL,
						 NULL, NULL, NULL, NULL, wt_irp(io)));
	WT_ASSERT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	wt_track(env, (PWSK_SOCKET)io->information, FALSE);
	wt_exchange(env, pair.client, pair.server, 5000, 1);
	wt_close_all(env);
	deregister_end(test, client);
	wt_env_free(env);
	WSK_RULES(test, "NMR-19");
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
	KUNIT_CASE(both_kinds_of_client_are_told_the_same),
	KUNIT_CASE(detach_waits_for_the_last_socket),
	KUNIT_CASE(call_after_the_detach_is_reported),
	KUNIT_CASE(provider_that_goes_detaches_its_clients),
	{}
};

static struct kunit_suite over_nmr_suite = {
	.name = "wsk_over_nmr",
	.test_cases = over_nmr_cases,
};
kunit_test_suite(over_nmr_suite);
