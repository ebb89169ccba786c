// SPDX-License-Identifier: GPL-2.0
/* Synchronous socket calls of the WSK suites, as a driver's own helpers would make them. */
#include "wsk_fixture.h"

#include <linux/slab.h>

#include "plain_net.h"

struct wt_socket {
	LIST_ENTRY link;
	PWSK_SOCKET socket;
	BOOLEAN listen;
};

void wt_track(struct wt_env *env, PWSK_SOCKET socket, BOOLEAN listen)
{
	struct wt_socket *entry = kzalloc(sizeof(*entry), GFP_ATOMIC);
	KIRQL irql;

	/* Called from callbacks too, where a case cannot be ended. */
	if (!entry)
		return;
	entry->socket = socket;
	entry->listen = listen;
	KeAcquireSpinLock(&env->lock, &irql);
	InsertTailList(&env->sockets, &entry->link);
	KeReleaseSpinLock(&env->lock, irql);
}

/* The entry of @socket, or of any socket for NULL, taken off the list. */
static struct wt_socket *wt_take(struct wt_env *env, PWSK_SOCKET socket)
{
	struct wt_socket *found = NULL;
	PLIST_ENTRY at;
	KIRQL irql;

	KeAcquireSpinLock(&env->lock, &irql);
	for (at = env->sockets.Flink; at != &env->sockets; at = at->Flink) {
		struct wt_socket *entry = CONTAINING_RECORD(at, struct wt_socket, link);

		if (socket && entry->socket != socket)
			continue;
		RemoveEntryList(at);
		found = entry;
		break;
	}
	KeReleaseSpinLock(&env->lock, irql);
	return found;
}

void wt_untrack(struct wt_env *env, PWSK_SOCKET socket)
{
	kfree(wt_take(env, socket));
}

static BOOLEAN wt_is_listener(struct wt_env *env, PWSK_SOCKET socket)
{
	BOOLEAN listen = FALSE;
	PLIST_ENTRY at;
	KIRQL irql;

	KeAcquireSpinLock(&env->lock, &irql);
	for (at = env->sockets.Flink; at != &env->sockets; at = at->Flink) {
		struct wt_socket *entry = CONTAINING_RECORD(at, struct wt_socket, link);

		if (entry->socket == socket)
			listen = entry->listen;
	}
	KeReleaseSpinLock(&env->lock, irql);
	return listen;
}

NTSTATUS wt_close(struct wt_env *env, PWSK_SOCKET socket)
{
	struct wt_io *io = wt_io_new(env);
	NTSTATUS status;

	wt_untrack(env, socket);
	WT_CALL(io, WT_BASIC(socket)->WskCloseSocket(socket, wt_irp(io)));
	status = wt_io_end(io);
	KUNIT_EXPECT_EQ(env->test, (u64)io->information, 0ULL);
	wt_io_put(io);
	return status;
}

void wt_close_all(struct wt_env *env)
{
	struct wt_socket *entry;

	while ((entry = wt_take(env, NULL))) {
		PWSK_SOCKET socket = entry->socket;

		kfree(entry);
		WT_EXPECT_STATUS(env->test, wt_close(env, socket), STATUS_SUCCESS);
	}
}

NTSTATUS wt_try_socket(struct wt_env *env, ADDRESS_FAMILY family, USHORT type, ULONG protocol,
		       ULONG flags, PVOID context, const VOID *dispatch, PWSK_SOCKET *socket)
{
	struct wt_io *io = wt_io_new(env);
	NTSTATUS status;

	*socket = NULL;
	WT_CALL(io, env->npi.Dispatch->WskSocket(env->npi.Client, family, type, protocol, flags,
						 context, dispatch, NULL, NULL, NULL,
						 wt_irp(io)));
	status = wt_io_end(io);
	if (NT_SUCCESS(status)) {
		*socket = (PWSK_SOCKET)io->information;
		wt_track(env, *socket, flags == WSK_FLAG_LISTEN_SOCKET);
	} else {
		KUNIT_EXPECT_EQ(env->test, (u64)io->information, 0ULL);
	}
	wt_io_put(io);
	return status;
}

PWSK_SOCKET wt_listen_socket(struct wt_env *env, ADDRESS_FAMILY family, PVOID context,
			     const WSK_CLIENT_LISTEN_DISPATCH *dispatch)
{
	PWSK_SOCKET socket;

	WT_ASSERT_STATUS(env->test, wt_try_socket(env, family, SOCK_STREAM, IPPROTO_TCP,
						  WSK_FLAG_LISTEN_SOCKET, context, dispatch,
						  &socket), STATUS_SUCCESS);
	KUNIT_ASSERT_NOT_NULL(env->test, socket);
	return socket;
}

PWSK_SOCKET wt_connection_socket(struct wt_env *env, ADDRESS_FAMILY family)
{
	PWSK_SOCKET socket;

	WT_ASSERT_STATUS(env->test, wt_try_socket(env, family, SOCK_STREAM, IPPROTO_TCP,
						  WSK_FLAG_CONNECTION_SOCKET, NULL, NULL,
						  &socket), STATUS_SUCCESS);
	KUNIT_ASSERT_NOT_NULL(env->test, socket);
	return socket;
}

/* The address is a copy that is overwritten as soon as the call returned (MEM-1). */
NTSTATUS wt_bind(struct wt_env *env, PWSK_SOCKET socket, const SOCKADDR_STORAGE *addr)
{
	struct wt_io *io = wt_io_new(env);
	SOCKADDR_STORAGE copy = *addr;
	NTSTATUS status;

	if (wt_is_listener(env, socket))
		WT_CALL(io, WT_LISTEN(socket)->WskBind(socket, (PSOCKADDR)&copy, 0, wt_irp(io)));
	else
		WT_CALL(io, WT_CONNECTION(socket)->WskBind(socket, (PSOCKADDR)&copy, 0,
							   wt_irp(io)));
	memset(&copy, 0xa5, sizeof(copy));
	status = wt_io_end(io);
	KUNIT_EXPECT_EQ(env->test, (u64)io->information, 0ULL);
	wt_io_put(io);
	return status;
}

NTSTATUS wt_connect(struct wt_env *env, PWSK_SOCKET socket, const SOCKADDR_STORAGE *addr)
{
	struct wt_io *io = wt_io_new(env);
	SOCKADDR_STORAGE copy = *addr;
	NTSTATUS status;

	WT_CALL(io, WT_CONNECTION(socket)->WskConnect(socket, (PSOCKADDR)&copy, 0, wt_irp(io)));
	memset(&copy, 0xa5, sizeof(copy));
	status = wt_io_end(io);
	KUNIT_EXPECT_EQ(env->test, (u64)io->information, 0ULL);
	wt_io_put(io);
	return status;
}

NTSTATUS wt_accept(struct wt_env *env, PWSK_SOCKET listener, PWSK_SOCKET *accepted)
{
	struct wt_io *io = wt_io_new(env);
	NTSTATUS status;

	*accepted = NULL;
	WT_CALL(io, WT_LISTEN(listener)->WskAccept(listener, 0, NULL, NULL, NULL, NULL,
						   wt_irp(io)));
	status = wt_io_end(io);
	if (NT_SUCCESS(status)) {
		*accepted = (PWSK_SOCKET)io->information;
		KUNIT_ASSERT_NOT_NULL(env->test, *accepted);
		wt_track(env, *accepted, FALSE);
	} else {
		KUNIT_EXPECT_EQ(env->test, (u64)io->information, 0ULL);
	}
	wt_io_put(io);
	return status;
}

NTSTATUS wt_disconnect(struct wt_env *env, PWSK_SOCKET socket, ULONG flags)
{
	struct wt_io *io = wt_io_new(env);
	NTSTATUS status;

	WT_CALL(io, WT_CONNECTION(socket)->WskDisconnect(socket, NULL, flags, wt_irp(io)));
	status = wt_io_end(io);
	KUNIT_EXPECT_EQ(env->test, (u64)io->information, 0ULL);
	wt_io_put(io);
	return status;
}

NTSTATUS wt_local_address(struct wt_env *env, PWSK_SOCKET socket, SOCKADDR_STORAGE *addr)
{
	struct wt_io *io = wt_io_new(env);
	NTSTATUS status;

	wt_addr_poison(addr);
	if (wt_is_listener(env, socket))
		WT_CALL(io, WT_LISTEN(socket)->WskGetLocalAddress(socket, (PSOCKADDR)addr,
								  wt_irp(io)));
	else
		WT_CALL(io, WT_CONNECTION(socket)->WskGetLocalAddress(socket, (PSOCKADDR)addr,
								      wt_irp(io)));
	status = wt_io_end(io);
	KUNIT_EXPECT_EQ(env->test, (u64)io->information, 0ULL);
	wt_io_put(io);
	return status;
}

NTSTATUS wt_remote_address(struct wt_env *env, PWSK_SOCKET socket, SOCKADDR_STORAGE *addr)
{
	struct wt_io *io = wt_io_new(env);
	NTSTATUS status;

	wt_addr_poison(addr);
	WT_CALL(io, WT_CONNECTION(socket)->WskGetRemoteAddress(socket, (PSOCKADDR)addr,
							       wt_irp(io)));
	status = wt_io_end(io);
	KUNIT_EXPECT_EQ(env->test, (u64)io->information, 0ULL);
	wt_io_put(io);
	return status;
}

NTSTATUS wt_set_option(struct wt_env *env, PWSK_SOCKET socket, ULONG level, ULONG option,
		       PVOID value, SIZE_T size)
{
	struct wt_io *io = wt_io_new(env);
	NTSTATUS status;

	WT_CALL(io, WT_BASIC(socket)->WskControlSocket(socket, WskSetOption, option, level, size,
						       value, 0, NULL, NULL, wt_irp(io)));
	status = wt_io_end(io);
	KUNIT_EXPECT_EQ(env->test, (u64)io->information, 0ULL);
	wt_io_put(io);
	return status;
}

NTSTATUS wt_get_option(struct wt_env *env, PWSK_SOCKET socket, ULONG level, ULONG option,
		       PVOID value, SIZE_T size, SIZE_T *returned)
{
	struct wt_io *io = wt_io_new(env);
	NTSTATUS status;

	WT_CALL(io, WT_BASIC(socket)->WskControlSocket(socket, WskGetOption, option, level, 0,
						       NULL, size, value, NULL, wt_irp(io)));
	status = wt_io_end(io);
	/* No option here reports a size that it would need (CTL-12). */
	if (!NT_SUCCESS(status))
		KUNIT_EXPECT_EQ(env->test, (u64)io->information, 0ULL);
	if (returned)
		*returned = io->information;
	wt_io_put(io);
	return status;
}

NTSTATUS wt_set_events(PWSK_SOCKET socket, ULONG mask)
{
	WSK_EVENT_CALLBACK_CONTROL control;

	control.NpiId = &NPI_WSK_INTERFACE_ID;
	control.EventMask = mask;
	return WT_BASIC(socket)->WskControlSocket(socket, WskSetOption, SO_WSK_EVENT_CALLBACK,
						  SOL_SOCKET, sizeof(control), &control, 0, NULL,
						  NULL, NULL);
}

NTSTATUS wt_disable_accept(PWSK_SOCKET listener)
{
	NTSTATUS status;

	WT_AWAIT((status = wt_set_events(listener, WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE)) !=
		 STATUS_EVENT_PENDING);
	return status;
}

NTSTATUS wt_set_static_events(struct wt_env *env, ULONG mask)
{
	WSK_EVENT_CALLBACK_CONTROL control;

	control.NpiId = &NPI_WSK_INTERFACE_ID;
	control.EventMask = mask;
	return env->npi.Dispatch->WskControlClient(env->npi.Client,
						   WSK_SET_STATIC_EVENT_CALLBACKS,
						   sizeof(control), &control, 0, NULL, NULL,
						   NULL);
}

PWSK_SOCKET wt_listener(struct wt_env *env, ADDRESS_FAMILY family, SOCKADDR_STORAGE *addr)
{
	PWSK_SOCKET listener = wt_listen_socket(env, family, NULL, NULL);

	wt_loopback(addr, family, 0);
	WT_ASSERT_STATUS(env->test, wt_bind(env, listener, addr), STATUS_SUCCESS);
	WT_ASSERT_STATUS(env->test, wt_local_address(env, listener, addr), STATUS_SUCCESS);
	return listener;
}

PWSK_SOCKET wt_bound(struct wt_env *env, ADDRESS_FAMILY family)
{
	PWSK_SOCKET socket = wt_connection_socket(env, family);
	SOCKADDR_STORAGE any;

	wt_wildcard(&any, family, 0);
	WT_ASSERT_STATUS(env->test, wt_bind(env, socket, &any), STATUS_SUCCESS);
	return socket;
}

PWSK_SOCKET wt_connected(struct wt_env *env, const SOCKADDR_STORAGE *addr)
{
	PWSK_SOCKET socket = wt_bound(env, addr->ss_family);

	WT_ASSERT_STATUS(env->test, wt_connect(env, socket, addr), STATUS_SUCCESS);
	return socket;
}

/* A worker that stands still after the SYN finds the reset where it looks for the answer. */
void wt_knock(struct wt_env *env, const SOCKADDR_STORAGE *addr)
{
	const NTSTATUS status = wt_connect(env, wt_bound(env, addr->ss_family), addr);

	KUNIT_EXPECT_TRUE_MSG(env->test, status == STATUS_SUCCESS ||
			      status == STATUS_CONNECTION_RESET, "%#x", status);
}

/* Until the listener has seen the last of the handshake, the client's end is ahead of it. */
BOOLEAN wt_await_waiting(const SOCKADDR_STORAGE *addr, int connections)
{
	return WT_AWAIT(plain_net_waiting(wt_port(addr), addr->ss_family == AF_INET6) ==
			connections);
}

PWSK_SOCKET wt_waiting(struct wt_env *env, const SOCKADDR_STORAGE *addr, int place)
{
	PWSK_SOCKET socket = wt_connected(env, addr);

	KUNIT_ASSERT_TRUE_MSG(env->test, wt_await_waiting(addr, place), "not %d wait", place);
	return socket;
}

void wt_pair(struct wt_env *env, ADDRESS_FAMILY family, struct wt_pair *pair)
{
	pair->listener = wt_listener(env, family, &pair->addr);
	pair->client = wt_connected(env, &pair->addr);
	WT_ASSERT_STATUS(env->test, wt_accept(env, pair->listener, &pair->server),
			 STATUS_SUCCESS);
	/* TCP makes the client's edge before the acknowledgement that the accept waits for. */
	wt_settle();
}
