// SPDX-License-Identifier: GPL-2.0
/*
 * How long the memory that a call names is used, and of what kind it must be. What a driver must
 * keep until the IRP completes is freed by KASAN's rules here the moment it may be.
 */
#include <linux/slab.h>
#include <trace/events/kmem.h>

#include "wsk_accept_log.h"

#define PAGED_TAG 0x64656770	/* "pged" */

static PVOID pool_of(struct kunit *test, POOL_TYPE type, SIZE_T size)
{
	PVOID memory = ExAllocatePoolWithTag(type, size, PAGED_TAG);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	return memory;
}

/*
 * MEM-8. What a control function has answered it has done with: the input is poisoned and freed,
 * and what it said still holds.
 */
static NTSTATUS set_events_with_fleeting_input(struct kunit *test, PWSK_SOCKET socket, ULONG mask,
					       SIZE_T size)
{
	WSK_EVENT_CALLBACK_CONTROL *control = pool_of(test, NonPagedPoolNx, sizeof(*control));
	NPIID *npi = pool_of(test, NonPagedPoolNx, sizeof(*npi));
	NTSTATUS status;

	*npi = NPI_WSK_INTERFACE_ID;
	control->NpiId = npi;
	control->EventMask = mask;
	status = WT_BASIC(socket)->WskControlSocket(socket, WskSetOption, SO_WSK_EVENT_CALLBACK,
						    SOL_SOCKET, size, control, 0, NULL, NULL,
						    NULL);
	memset(npi, 0xa5, sizeof(*npi));
	memset(control, 0xa5, sizeof(*control));
	ExFreePoolWithTag(npi, PAGED_TAG);
	ExFreePoolWithTag(control, PAGED_TAG);
	return status;
}

/* The callback that the case has heard of may not have returned. */
static NTSTATUS disable_with_fleeting_input(struct kunit *test, PWSK_SOCKET listener)
{
	const ULONG mask = WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE;
	NTSTATUS status;

	WT_AWAIT((status = set_events_with_fleeting_input(test, listener, mask,
							  sizeof(WSK_EVENT_CALLBACK_CONTROL))) !=
		 STATUS_EVENT_PENDING);
	return status;
}

static NTSTATUS set_static_with_fleeting_input(struct kunit *test, struct wt_env *env, ULONG mask)
{
	WSK_EVENT_CALLBACK_CONTROL *control = pool_of(test, NonPagedPoolNx, sizeof(*control));
	NPIID *npi = pool_of(test, NonPagedPoolNx, sizeof(*npi));
	NTSTATUS status;

	*npi = NPI_WSK_INTERFACE_ID;
	control->NpiId = npi;
	control->EventMask = mask;
	status = env->npi.Dispatch->WskControlClient(env->npi.Client,
						     WSK_SET_STATIC_EVENT_CALLBACKS,
						     sizeof(*control), control, 0, NULL, NULL,
						     NULL);
	memset(npi, 0xa5, sizeof(*npi));
	memset(control, 0xa5, sizeof(*control));
	ExFreePoolWithTag(npi, PAGED_TAG);
	ExFreePoolWithTag(control, PAGED_TAG);
	return status;
}

static void answered_controls_have_done_with_their_buffers(struct kunit *test)
{
	const SIZE_T size = sizeof(WSK_EVENT_CALLBACK_CONTROL);
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = wt_accept_log_new(env), *other = wt_accept_log_new(env);
	SOCKADDR_STORAGE addr, other_addr;
	PWSK_SOCKET listener;

	WT_EXPECT_STATUS(test, set_static_with_fleeting_input(test, env, 0x1),
			 STATUS_INVALID_PARAMETER);
	WT_EXPECT_STATUS(test, set_static_with_fleeting_input(test, env, 0), STATUS_SUCCESS);
	listener = wt_logged_listener(log, AF_INET, &addr);
	WT_EXPECT_STATUS(test, set_static_with_fleeting_input(test, env, WSK_EVENT_ACCEPT),
			 STATUS_INVALID_DEVICE_STATE);
	WT_EXPECT_STATUS(test, set_events_with_fleeting_input(test, listener, WSK_EVENT_ACCEPT,
							      size), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, set_events_with_fleeting_input(test, listener, 0x1, size),
			 STATUS_INVALID_PARAMETER);
	WT_EXPECT_STATUS(test, set_events_with_fleeting_input(test, listener, WSK_EVENT_ACCEPT, 3),
			 STATUS_INVALID_PARAMETER);
	wt_connected(env, &addr);
	wt_accept_take(log, 0);
	WT_EXPECT_STATUS(test, disable_with_fleeting_input(test, listener), STATUS_SUCCESS);
	/* A listener of later knows nothing of any of them. */
	wt_logged_listener(other, AF_INET, &other_addr);
	wt_connected(env, &other_addr);
	wt_connected(env, &addr);
	wt_sleep(50);
	KUNIT_EXPECT_EQ(test, log->calls, 1);
	KUNIT_EXPECT_EQ(test, other->calls, 0);
	WSK_RULES(test, "MEM-8");
}

/* An answer that comes through the IRP: the buffers are the driver's again in the routine. */
static void free_in_routine(struct wt_io *io)
{
	memset(io->hook_context, 0xa5, sizeof(ULONG));
	ExFreePoolWithTag(io->hook_context, PAGED_TAG);
}

static void buffers_of_a_control_may_go_in_its_routine(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET socket = wt_connection_socket(env, AF_INET);
	ULONG value = 0;
	int i;

	for (i = 0; i < 8; i++) {
		struct wt_io *io = wt_io_new(env);
		ULONG *option = pool_of(test, NonPagedPoolNx, sizeof(*option));

		*option = 1;
		io->hook = free_in_routine;
		io->hook_context = option;
		WT_CALL(io, WT_BASIC(socket)->WskControlSocket(socket, i % 2 ? WskGetOption :
							       WskSetOption, SO_KEEPALIVE,
							       SOL_SOCKET,
							       i % 2 ? 0 : sizeof(*option),
							       i % 2 ? NULL : option,
							       i % 2 ? sizeof(*option) : 0,
							       i % 2 ? option : NULL, NULL,
							       wt_irp(io)));
		WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
		wt_io_put(io);
	}
	WT_EXPECT_STATUS(test, wt_get_option(env, socket, SOL_SOCKET, SO_KEEPALIVE, &value,
					     sizeof(value), NULL), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, value, 1U);
	WSK_RULES(test, "CTL-19");
}

/*
 * Buffers for addresses are of the size of the family's address and not a byte more, in memory
 * that Windows could page out: all of Linux' kernel memory stays, so that this mistake is none.
 */
static void addresses_fit_their_family_in_paged_pool(struct kunit *test)
{
	static const ADDRESS_FAMILY families[] = { AF_INET, AF_INET6 };
	struct wt_env *env = wt_env(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(families); i++) {
		const SIZE_T size = wt_addr_size(families[i]);
		struct wt_io *accepting = wt_io_new(env), *io = wt_io_new(env);
		PSOCKADDR local = pool_of(test, PagedPool, size);
		PSOCKADDR remote = pool_of(test, PagedPool, size);
		PSOCKADDR named = pool_of(test, PagedPool, size);
		SOCKADDR_STORAGE addr, mine;
		PWSK_SOCKET listener = wt_listener(env, families[i], &addr), client;
		KIRQL irql;

		KeRaiseIrql(DISPATCH_LEVEL, &irql);
		WT_CALL(accepting, WT_LISTEN(listener)->WskAccept(listener, 0, NULL, NULL, local,
								  remote, wt_irp(accepting)));
		WT_CALL(io, WT_LISTEN(listener)->WskGetLocalAddress(listener, named,
								    wt_irp(io)));
		KeLowerIrql(irql);
		WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
		client = wt_connected(env, &addr);
		WT_ASSERT_STATUS(test, wt_io_end(accepting), STATUS_SUCCESS);
		wt_track(env, (PWSK_SOCKET)accepting->information, FALSE);
		WT_EXPECT_STATUS(test, wt_local_address(env, client, &mine), STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, memcmp(named, &addr, size), 0);
		KUNIT_EXPECT_EQ(test, memcmp(local, &addr, size), 0);
		KUNIT_EXPECT_EQ(test, memcmp(remote, &mine, size), 0);
		ExFreePoolWithTag(named, PAGED_TAG);
		ExFreePoolWithTag(remote, PAGED_TAG);
		ExFreePoolWithTag(local, PAGED_TAG);
	}
	WSK_RULES(test, "MEM-5 MEM-6");
}

/* Likewise a socket's context, which the callback follows. */
static void context_may_live_in_paged_pool(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_accept_log *log = pool_of(test, PagedPool, sizeof(*log));
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET client;

	memset(log, 0, sizeof(*log));
	log->env = env;
	KeInitializeEvent(&log->fired, SynchronizationEvent, FALSE);
	wt_logged_listener(log, AF_INET, &addr);
	WT_EXPECT_STATUS(test, wt_set_events(log->listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	client = wt_connected(env, &addr);
	wt_exchange(env, client, wt_accept_take(log, 0), 100, 1);
	wt_close_all(env);
	ExFreePoolWithTag(log, PAGED_TAG);
	WSK_RULES(test, "MEM-9");
}

/* The first moment at which a driver may free its table is when the close IRP completes. */
static void free_table(struct wt_io *io)
{
	memset(io->hook_context, 0xa5, sizeof(WSK_CLIENT_LISTEN_DISPATCH));
	kfree(io->hook_context);
}

/* No rule: what MEM-10 asks of a driver is all that the provider needs, or KASAN reports a read. */
static void table_may_go_with_its_socket(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	WSK_CLIENT_LISTEN_DISPATCH *table = kmalloc(sizeof(*table), GFP_KERNEL);
	struct wt_accept_log *log = wt_accept_log_new(env);
	struct wt_io *closing = wt_io_new(env);
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener;

	KUNIT_ASSERT_NOT_NULL(test, table);
	*table = wt_accept_dispatch;
	listener = wt_listen_socket(env, AF_INET, log, table);
	wt_loopback(&addr, AF_INET, 0);
	WT_ASSERT_STATUS(test, wt_bind(env, listener, &addr), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, wt_local_address(env, listener, &addr), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_set_events(listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	wt_connected(env, &addr);
	wt_accept_take(log, 0);
	closing->hook = free_table;
	closing->hook_context = table;
	wt_untrack(env, listener);
	WT_CALL(closing, WT_LISTEN(listener)->WskCloseSocket(listener, wt_irp(closing)));
	WT_EXPECT_STATUS(test, wt_io_end(closing), STATUS_SUCCESS);
	wt_sleep(20);
	KUNIT_EXPECT_EQ(test, log->calls, 1);
}

/* MEM-14: whose memory a socket is shows in who frees it. */
struct watch {
	const void *socket;
	LONG freed;
};

static void on_kfree(void *data, unsigned long site, const void *memory)
{
	struct watch *watch = data;

	if (memory && memory == READ_ONCE(watch->socket))
		watch->freed++;
}

static void memory_of_a_socket_is_freed_by_its_close(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	static struct watch watch;
	PWSK_SOCKET sockets[3];
	struct wt_pair pair;
	int i, patience;

	wt_pair(env, AF_INET, &pair);
	sockets[0] = pair.listener;
	sockets[1] = pair.server;
	sockets[2] = wt_connection_socket(env, AF_INET6);
	watch.socket = NULL;
	if (register_trace_kfree(on_kfree, &watch))
		kunit_skip(test, "the kernel has no tracepoint of kfree");
	for (i = 0; i < ARRAY_SIZE(sockets); i++) {
		watch.freed = 0;
		WRITE_ONCE(watch.socket, sockets[i]);
		KUNIT_EXPECT_EQ(test, watch.freed, 0);
		WT_EXPECT_STATUS(test, wt_close(env, sockets[i]), STATUS_SUCCESS);
		/* The close IRP completes first, for its routine may still name the socket. */
		for (patience = 1000; !READ_ONCE(watch.freed) && patience; patience--)
			wt_sleep(1);
		WRITE_ONCE(watch.socket, NULL);
		KUNIT_EXPECT_EQ(test, watch.freed, 1);
	}
	unregister_trace_kfree(on_kfree, &watch);
	tracepoint_synchronize_unregister();
	WSK_RULES(test, "MEM-14");
}

/*
 * A close whose IRP is in memory of the case. All that a client can see of a socket is that IRP
 * and the socket's first word.
 */
struct last_look {
	const void *socket;
	const void *table;		/* when the IRP completed */
	PIRP irp;
	SIZE_T irp_size;
	BOOLEAN completed;
	LONG freed, freed_early, changed;
	KEVENT done;
};

static NTSTATUS poison_own_irp(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct last_look *look = context;

	wt_note_place_here();
	look->table = ((const WSK_SOCKET *)look->socket)->Dispatch;
	memset(irp, 0xa5, look->irp_size);
	WRITE_ONCE(look->completed, TRUE);
	KeSetEvent(&look->done, IO_NO_INCREMENT, FALSE);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static void on_last_kfree(void *data, unsigned long site, const void *memory)
{
	struct last_look *look = data;

	if (!memory || memory != READ_ONCE(look->socket))
		return;
	if (!READ_ONCE(look->completed))
		look->freed_early++;
	else if (((const WSK_SOCKET *)memory)->Dispatch != look->table)
		look->changed++;
	look->freed++;
}

static void close_and_look(struct kunit *test, PWSK_SOCKET socket, struct last_look *look)
{
	struct wt_env *env = wt_env(test);
	const void *table = socket->Dispatch;
	int patience;

	look->completed = FALSE;
	look->freed = 0;
	KeInitializeEvent(&look->done, NotificationEvent, FALSE);
	IoInitializeIrp(look->irp, look->irp_size, 1);
	IoSetCompletionRoutine(look->irp, poison_own_irp, look, TRUE, TRUE, TRUE);
	wt_untrack(env, socket);
	WRITE_ONCE(look->socket, socket);
	WT_EXPECT_STATUS(test, WT_BASIC(socket)->WskCloseSocket(socket, look->irp),
			 STATUS_PENDING);
	KUNIT_EXPECT_TRUE(test, wt_wait(&look->done, WT_PATIENCE_MS));
	for (patience = 1000; !READ_ONCE(look->freed) && patience; patience--)
		wt_sleep(1);
	wt_sleep(20);
	WRITE_ONCE(look->socket, NULL);
	KUNIT_EXPECT_EQ(test, look->freed, 1);
	KUNIT_EXPECT_EQ(test, look->freed_early, 0);
	KUNIT_EXPECT_EQ(test, look->changed, 0);
	KUNIT_EXPECT_PTR_EQ(test, look->table, table);
	KUNIT_EXPECT_TRUE(test, !memchr_inv(look->irp, 0xa5, look->irp_size));
}

static void closed_socket_is_freed_and_seen_no_more(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct last_look *look = kunit_kzalloc(test, sizeof(*look), GFP_KERNEL);
	struct wt_data *data = wt_data_new(env, 16);
	struct wt_accept_log *log = wt_accept_log_new(env);
	struct wt_io *receiving = wt_io_new(env);
	SOCKADDR_STORAGE addr;
	struct wt_pair pair;

	KUNIT_ASSERT_NOT_NULL(test, look);
	look->irp_size = IoSizeOfIrp(1);
	look->irp = kunit_kzalloc(test, look->irp_size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, look->irp);
	if (register_trace_kfree(on_last_kfree, look))
		kunit_skip(test, "the kernel has no tracepoint of kfree");
	close_and_look(test, wt_connection_socket(env, AF_INET6), look);
	/* One that callbacks come to, with a connection that waits for nobody any more. */
	wt_logged_listener(log, AF_INET, &addr);
	WT_EXPECT_STATUS(test, wt_set_events(log->listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	wt_connected(env, &addr);
	wt_accept_calls(log, 1);
	WT_EXPECT_STATUS(test, wt_disable_accept(log->listener), STATUS_SUCCESS);
	wt_connected(env, &addr);
	close_and_look(test, log->listener, look);
	/* One with a request, and a peer that goes on sending. */
	wt_pair(env, AF_INET, &pair);
	wt_receive_start(receiving, pair.server, data, 0, 16, WSK_FLAG_WAITALL);
	wt_send(env, pair.client, data, 8);
	close_and_look(test, pair.server, look);
	WT_EXPECT_STATUS(test, wt_io_end(receiving), STATUS_CANCELLED);
	unregister_trace_kfree(on_last_kfree, look);
	tracepoint_synchronize_unregister();
	WSK_RULES(test, "CLO-10");
}

static struct kunit_case lifetime_cases[] = {
	KUNIT_CASE(answered_controls_have_done_with_their_buffers),
	KUNIT_CASE(buffers_of_a_control_may_go_in_its_routine),
	KUNIT_CASE(addresses_fit_their_family_in_paged_pool),
	KUNIT_CASE(context_may_live_in_paged_pool),
	KUNIT_CASE(table_may_go_with_its_socket),
	KUNIT_CASE(memory_of_a_socket_is_freed_by_its_close),
	KUNIT_CASE(closed_socket_is_freed_and_seen_no_more),
	{}
};

static struct kunit_suite lifetime_suite = {
	.name = "wsk_lifetime",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = lifetime_cases,
};
kunit_test_suite(lifetime_suite);
