// SPDX-License-Identifier: GPL-2.0
#include "wsk_ops.h"

#include <wsk_testing.h>

static NTSTATUS accept_nobody(PVOID context, ULONG flags, PSOCKADDR local, PSOCKADDR remote,
			      PWSK_SOCKET socket, PVOID *accept_context,
			      CONST WSK_CLIENT_CONNECTION_DISPATCH **dispatch)
{
	struct wt_op_run *run = context;

	wt_note_event(run->env, flags);
	return STATUS_REQUEST_NOT_ACCEPTED;
}

/* A callback in progress: what disables it waits for the kick, or for the end of the case. */
static NTSTATUS accept_and_stay(PVOID context, ULONG flags, PSOCKADDR local, PSOCKADDR remote,
				PWSK_SOCKET socket, PVOID *accept_context,
				CONST WSK_CLIENT_CONNECTION_DISPATCH **dispatch)
{
	struct wt_op_run *run = context;

	wt_note_event(run->env, flags);
	KeSetEvent(&run->entered, IO_NO_INCREMENT, FALSE);
	if (KeGetCurrentIrql() == PASSIVE_LEVEL)
		wt_wait(&run->go, WT_PATIENCE_MS);
	return STATUS_REQUEST_NOT_ACCEPTED;
}

static void need_nothing(struct wt_op_run *run)
{
}

static void need_unbound(struct wt_op_run *run)
{
	run->socket = wt_connection_socket(run->env, AF_INET);
}

static void need_bound(struct wt_op_run *run)
{
	run->socket = wt_bound(run->env, AF_INET);
}

static void need_target(struct wt_op_run *run)
{
	run->listener = wt_listener(run->env, AF_INET, &run->addr);
}

static void need_bound_and_target(struct wt_op_run *run)
{
	need_target(run);
	need_bound(run);
}

static void need_unbound_and_target(struct wt_op_run *run)
{
	need_target(run);
	need_unbound(run);
}

static void need_listener(struct wt_op_run *run)
{
	run->socket = wt_listener(run->env, AF_INET, &run->addr);
}

static void need_event_listener(struct wt_op_run *run)
{
	if (!run->dispatch.WskAcceptEvent)
		run->dispatch.WskAcceptEvent = accept_nobody;
	run->socket = wt_listen_socket(run->env, AF_INET, run, &run->dispatch);
	wt_loopback(&run->addr, AF_INET, 0);
	WT_ASSERT_STATUS(run->env->test, wt_bind(run->env, run->socket, &run->addr),
			 STATUS_SUCCESS);
}

static void need_callback_in_progress(struct wt_op_run *run)
{
	struct kunit *test = run->env->test;

	run->dispatch.WskAcceptEvent = accept_and_stay;
	need_event_listener(run);
	WT_ASSERT_STATUS(test, wt_local_address(run->env, run->socket, &run->addr),
			 STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, wt_set_events(run->socket, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
	run->peer = wt_connected(run->env, &run->addr);
	KUNIT_ASSERT_TRUE(test, wt_wait(&run->entered, WT_PATIENCE_MS));
}

static void need_pair(struct wt_op_run *run)
{
	struct wt_pair pair;

	wt_pair(run->env, AF_INET, &pair);
	run->listener = pair.listener;
	run->socket = pair.client;
	run->peer = pair.server;
}

static NTSTATUS call_socket(struct wt_op_run *run, PIRP irp)
{
	return run->env->npi.Dispatch->WskSocket(run->env->npi.Client, AF_INET, SOCK_STREAM,
						 IPPROTO_TCP, WSK_FLAG_CONNECTION_SOCKET, NULL,
						 NULL, NULL, NULL, NULL, irp);
}

static NTSTATUS call_socket_refused(struct wt_op_run *run, PIRP irp)
{
	return run->env->npi.Dispatch->WskSocket(run->env->npi.Client, 99, SOCK_STREAM,
						 IPPROTO_TCP, WSK_FLAG_CONNECTION_SOCKET, NULL,
						 NULL, NULL, NULL, NULL, irp);
}

static NTSTATUS call_socket_of_nobody(struct wt_op_run *run, PIRP irp)
{
	return run->env->npi.Dispatch->WskSocket(NULL, AF_INET, SOCK_STREAM, IPPROTO_TCP,
						 WSK_FLAG_CONNECTION_SOCKET, NULL, NULL, NULL,
						 NULL, NULL, irp);
}

static NTSTATUS call_socket_connect(struct wt_op_run *run, PIRP irp)
{
	return run->env->npi.Dispatch->WskSocketConnect(run->env->npi.Client, SOCK_STREAM,
							IPPROTO_TCP, (PSOCKADDR)&run->any,
							(PSOCKADDR)&run->addr, 0, NULL, NULL,
							NULL, NULL, NULL, irp);
}

static NTSTATUS call_control_client(struct wt_op_run *run, PIRP irp)
{
	return run->env->npi.Dispatch->WskControlClient(run->env->npi.Client, 99, 0, NULL, 0,
							NULL, NULL, irp);
}

static NTSTATUS call_list_change(struct wt_op_run *run, PIRP irp)
{
	return run->env->npi.Dispatch->WskControlClient(run->env->npi.Client,
							WSK_TRANSPORT_LIST_CHANGE, 0, NULL, 0,
							NULL, NULL, irp);
}

static NTSTATUS call_list_query(struct wt_op_run *run, PIRP irp)
{
	return run->env->npi.Dispatch->WskControlClient(run->env->npi.Client,
							WSK_TRANSPORT_LIST_QUERY, 0, NULL, 0,
							NULL, &run->needed, irp);
}

static NTSTATUS call_static_events(struct wt_op_run *run, PIRP irp)
{
	run->control.NpiId = &NPI_WSK_INTERFACE_ID;
	run->control.EventMask = WSK_EVENT_ACCEPT;
	return run->env->npi.Dispatch->WskControlClient(run->env->npi.Client,
							WSK_SET_STATIC_EVENT_CALLBACKS,
							sizeof(run->control), &run->control, 0,
							NULL, NULL, irp);
}

static NTSTATUS call_bind(struct wt_op_run *run, PIRP irp)
{
	return WT_CONNECTION(run->socket)->WskBind(run->socket, (PSOCKADDR)&run->any, 0, irp);
}

static NTSTATUS call_accept(struct wt_op_run *run, PIRP irp)
{
	return WT_LISTEN(run->socket)->WskAccept(run->socket, 0, NULL, NULL, NULL, NULL, irp);
}

static NTSTATUS call_connect(struct wt_op_run *run, PIRP irp)
{
	return WT_CONNECTION(run->socket)->WskConnect(run->socket, (PSOCKADDR)&run->addr, 0, irp);
}

static NTSTATUS call_send(struct wt_op_run *run, PIRP irp)
{
	return WT_CONNECTION(run->socket)->WskSend(run->socket, &run->data->buf, 0, irp);
}

static NTSTATUS call_receive(struct wt_op_run *run, PIRP irp)
{
	return WT_CONNECTION(run->socket)->WskReceive(run->socket, &run->data->buf, 0, irp);
}

static NTSTATUS call_disconnect(struct wt_op_run *run, PIRP irp)
{
	return WT_CONNECTION(run->socket)->WskDisconnect(run->socket, NULL, 0, irp);
}

static NTSTATUS call_abort(struct wt_op_run *run, PIRP irp)
{
	return WT_CONNECTION(run->socket)->WskDisconnect(run->socket, NULL, WSK_FLAG_ABORTIVE,
							 irp);
}

static NTSTATUS call_local(struct wt_op_run *run, PIRP irp)
{
	return WT_CONNECTION(run->socket)->WskGetLocalAddress(run->socket, (PSOCKADDR)&run->out,
							      irp);
}

static NTSTATUS call_remote(struct wt_op_run *run, PIRP irp)
{
	return WT_CONNECTION(run->socket)->WskGetRemoteAddress(run->socket, (PSOCKADDR)&run->out,
							       irp);
}

static NTSTATUS call_set_option(struct wt_op_run *run, PIRP irp)
{
	run->value = 1;
	return WT_BASIC(run->socket)->WskControlSocket(run->socket, WskSetOption, SO_KEEPALIVE,
						       SOL_SOCKET, sizeof(run->value),
						       &run->value, 0, NULL, NULL, irp);
}

static NTSTATUS call_get_option(struct wt_op_run *run, PIRP irp)
{
	return WT_BASIC(run->socket)->WskControlSocket(run->socket, WskGetOption, SO_KEEPALIVE,
						       SOL_SOCKET, 0, NULL, sizeof(run->value),
						       &run->value, NULL, irp);
}

static NTSTATUS call_ioctl(struct wt_op_run *run, PIRP irp)
{
	return WT_BASIC(run->socket)->WskControlSocket(run->socket, WskIoctl, 0x7fffffff, 0, 0,
						       NULL, 0, NULL, NULL, irp);
}

static NTSTATUS set_events(struct wt_op_run *run, ULONG mask, PIRP irp)
{
	run->control.NpiId = &NPI_WSK_INTERFACE_ID;
	run->control.EventMask = mask;
	return WT_BASIC(run->socket)->WskControlSocket(run->socket, WskSetOption,
						       SO_WSK_EVENT_CALLBACK, SOL_SOCKET,
						       sizeof(run->control), &run->control, 0,
						       NULL, NULL, irp);
}

static NTSTATUS call_enable(struct wt_op_run *run, PIRP irp)
{
	return set_events(run, WSK_EVENT_ACCEPT, irp);
}

static NTSTATUS call_disable(struct wt_op_run *run, PIRP irp)
{
	return set_events(run, WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE, irp);
}

static NTSTATUS call_close(struct wt_op_run *run, PIRP irp)
{
	return WT_BASIC(run->socket)->WskCloseSocket(run->socket, irp);
}

static NTSTATUS call_inspect_complete(struct wt_op_run *run, PIRP irp)
{
	return WT_LISTEN(run->socket)->WskInspectComplete(run->socket, &run->inspect,
							  WskInspectAccept, irp);
}

static NTSTATUS call_connect_ex(struct wt_op_run *run, PIRP irp)
{
	return WT_CONNECTION(run->socket)->WskConnectEx(run->socket, (PSOCKADDR)&run->addr, NULL,
							0, irp);
}

static NTSTATUS call_send_ex(struct wt_op_run *run, PIRP irp)
{
	return WT_CONNECTION(run->socket)->WskSendEx(run->socket, &run->data->buf, 0, 0, NULL,
						     irp);
}

static NTSTATUS call_receive_ex(struct wt_op_run *run, PIRP irp)
{
	return WT_CONNECTION(run->socket)->WskReceiveEx(run->socket, &run->data->buf, 0, NULL,
							NULL, NULL, irp);
}

static NTSTATUS call_get_address_info(struct wt_op_run *run, PIRP irp)
{
	return run->env->npi.Dispatch->WskGetAddressInfo(run->env->npi.Client, &run->text, NULL,
							 NS_ALL, NULL, NULL, &run->result, NULL,
							 NULL, irp);
}

static NTSTATUS call_get_name_info(struct wt_op_run *run, PIRP irp)
{
	return run->env->npi.Dispatch->WskGetNameInfo(run->env->npi.Client,
						      (PSOCKADDR)&run->any, sizeof(SOCKADDR_IN),
						      &run->text, NULL, NI_NUMERICHOST, NULL,
						      NULL, irp);
}

/* The other side's doing; how it ends is no matter of the call that waits for it. */
static void kick_by_sending(struct wt_op_run *run)
{
	wt_send_start(run->peer_io, run->peer, run->peer_data, 0, 1, 0);
	wt_io_end(run->peer_io);
}

static void kick_by_connecting(struct wt_op_run *run)
{
	run->peer = wt_bound(run->env, AF_INET);
	WT_CALL(run->peer_io, WT_CONNECTION(run->peer)->WskConnect(run->peer,
								   (PSOCKADDR)&run->addr, 0,
								   wt_irp(run->peer_io)));
	wt_io_end(run->peer_io);
}

static void kick_by_a_change(struct wt_op_run *run)
{
	wsk_testing_transport_hide(AF_INET);
	wsk_testing_transport_show(AF_INET);
}

static void kick_by_leaving(struct wt_op_run *run)
{
	KeSetEvent(&run->go, IO_NO_INCREMENT, FALSE);
}

#define PENDS(final_)	.returns = STATUS_PENDING, .final = (final_), \
			.without = STATUS_INVALID_PARAMETER
#define ANSWERS(status)	.returns = (status), .final = (status)

const struct wt_op wt_ops[] = {
	{ "WskSocket", need_nothing, call_socket, PENDS(STATUS_SUCCESS),
	  .makes_socket = TRUE, .client_level = TRUE },
	{ "WskSocket, unknown family", need_nothing, call_socket_refused,
	  PENDS(STATUS_NOT_SUPPORTED), .client_level = TRUE },
	{ "WskSocket, no client", need_nothing, call_socket_of_nobody,
	  ANSWERS(STATUS_INVALID_HANDLE), .without = STATUS_INVALID_PARAMETER,
	  .client_level = TRUE },
	{ "WskSocketConnect", need_target, call_socket_connect, PENDS(STATUS_SUCCESS),
	  .makes_socket = TRUE, .client_level = TRUE },
	{ "WskControlClient, unknown code", need_nothing, call_control_client,
	  ANSWERS(STATUS_NOT_SUPPORTED), .without = STATUS_NOT_SUPPORTED,
	  .client_level = TRUE },
	{ "WskControlClient, list change", need_nothing, call_list_change, kick_by_a_change,
	  PENDS(STATUS_SUCCESS), .client_level = TRUE },
	{ "WskControlClient, list query", need_nothing, call_list_query,
	  ANSWERS(STATUS_INVALID_PARAMETER), .without = STATUS_BUFFER_OVERFLOW,
	  .client_level = TRUE },
	/* A socket is there, so that the call without an IRP makes nothing static either. */
	{ "WskControlClient, static events", need_unbound, call_static_events,
	  ANSWERS(STATUS_INVALID_PARAMETER), .without = STATUS_INVALID_DEVICE_STATE,
	  .client_level = TRUE },
	{ "WskBind", need_unbound, call_bind, PENDS(STATUS_SUCCESS) },
	{ "WskBind, bound", need_bound, call_bind, PENDS(STATUS_INVALID_DEVICE_STATE) },
	{ "WskAccept", need_listener, call_accept, kick_by_connecting, PENDS(STATUS_SUCCESS),
	  .makes_socket = TRUE },
	{ "WskConnect", need_bound_and_target, call_connect, PENDS(STATUS_SUCCESS) },
	{ "WskConnect, unbound", need_unbound_and_target, call_connect,
	  ANSWERS(STATUS_INVALID_DEVICE_STATE), .without = STATUS_INVALID_PARAMETER },
	{ "WskSend", need_pair, call_send, PENDS(STATUS_SUCCESS) },
	{ "WskSend, unconnected", need_bound, call_send, PENDS(STATUS_INVALID_DEVICE_STATE) },
	{ "WskReceive", need_pair, call_receive, kick_by_sending, PENDS(STATUS_SUCCESS) },
	{ "WskReceive, unconnected", need_bound, call_receive,
	  PENDS(STATUS_INVALID_DEVICE_STATE) },
	{ "WskDisconnect", need_pair, call_disconnect, PENDS(STATUS_SUCCESS) },
	{ "WskDisconnect, abortive", need_pair, call_abort, PENDS(STATUS_SUCCESS) },
	{ "WskDisconnect, unconnected", need_bound, call_disconnect,
	  PENDS(STATUS_INVALID_DEVICE_STATE) },
	{ "WskGetLocalAddress", need_bound, call_local, PENDS(STATUS_SUCCESS) },
	{ "WskGetRemoteAddress", need_pair, call_remote, PENDS(STATUS_SUCCESS) },
	{ "WskGetRemoteAddress, unconnected", need_bound, call_remote,
	  PENDS(STATUS_INVALID_DEVICE_STATE) },
	{ "WskControlSocket, set", need_unbound, call_set_option, PENDS(STATUS_SUCCESS) },
	{ "WskControlSocket, get", need_unbound, call_get_option, PENDS(STATUS_SUCCESS) },
	{ "WskControlSocket, unknown ioctl", need_unbound, call_ioctl,
	  PENDS(STATUS_NOT_SUPPORTED) },
	{ "WskControlSocket, event", need_event_listener, call_enable,
	  ANSWERS(STATUS_SUCCESS), .without = STATUS_SUCCESS },
	{ "WskControlSocket, event of no socket's kind", need_unbound, call_enable,
	  ANSWERS(STATUS_INVALID_PARAMETER), .without = STATUS_INVALID_PARAMETER },
	{ "WskControlSocket, disable of a running event", need_callback_in_progress,
	  call_disable, kick_by_leaving, .returns = STATUS_PENDING, .final = STATUS_SUCCESS,
	  .without = STATUS_EVENT_PENDING, .uncancellable = TRUE },
	{ "WskCloseSocket", need_bound, call_close, PENDS(STATUS_SUCCESS), .closes = TRUE },
	{ "WskInspectComplete", need_listener, call_inspect_complete,
	  PENDS(STATUS_NOT_IMPLEMENTED) },
	{ "WskConnectEx", need_bound_and_target, call_connect_ex, PENDS(STATUS_NOT_IMPLEMENTED) },
	{ "WskSendEx", need_pair, call_send_ex, PENDS(STATUS_NOT_IMPLEMENTED) },
	{ "WskReceiveEx", need_pair, call_receive_ex, PENDS(STATUS_NOT_IMPLEMENTED) },
	{ "WskGetAddressInfo", need_nothing, call_get_address_info,
	  PENDS(STATUS_NOT_IMPLEMENTED), .client_level = TRUE },
	{ "WskGetNameInfo", need_nothing, call_get_name_info, PENDS(STATUS_NOT_IMPLEMENTED),
	  .client_level = TRUE },
};

const int wt_ops_count = ARRAY_SIZE(wt_ops);
