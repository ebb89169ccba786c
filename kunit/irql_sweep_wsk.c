// SPDX-License-Identifier: GPL-2.0
/*
 * The calls of a connection's whole life, in their order, and what each must answer.
 */
#include "irql_sweep_wsk.h"

/* The function of a slot, noted as called. */
#define SLOT(s, function)							\
	({									\
		typeof(function) __function = (function);			\
										\
		note_called(s, (const void *)__function);			\
		__function;							\
	})

static void note_called(struct wsk_sweep *s, const void *function)
{
	int i;

	for (i = 0; i < s->calls && s->called[i] != function; i++)
		;
	if (i == s->calls && i < WSK_SWEEP_CALLED_MAX)
		s->called[s->calls++] = function;
}

int wsk_sweep_capture(void *context)
{
	struct wsk_sweep *s = context;
	WSK_PROVIDER_CHARACTERISTICS range = {};

	LEVEL_MUST(WskCaptureProviderNPI(&s->env->registration, WSK_NO_WAIT, &s->npi) ==
		   STATUS_SUCCESS);
	LEVEL_MUST(WskQueryProviderCharacteristics(&s->env->registration, &range) ==
		   STATUS_SUCCESS);
	WskReleaseProviderNPI(&s->env->registration);
	LEVEL_MUST(s->npi.Client == s->env->npi.Client);
	LEVEL_MUST(range.HighestVersion >= MAKE_WSK_VERSION(1, 0));
	return 0;
}

static int control_client(void *context)
{
	WSK_EVENT_CALLBACK_CONTROL control = { &NPI_WSK_INTERFACE_ID, WSK_EVENT_ACCEPT };
	struct wsk_sweep *s = context;
	const WSK_PROVIDER_DISPATCH *d = s->env->npi.Dispatch;

	LEVEL_MUST(SLOT(s, d->WskControlClient)(s->env->npi.Client,
						WSK_SET_STATIC_EVENT_CALLBACKS, sizeof(control),
						&control, 0, NULL, NULL, NULL) == STATUS_SUCCESS);
	return 0;
}

static int make_socket(struct wsk_sweep *s, ULONG flags)
{
	const WSK_PROVIDER_DISPATCH *d = s->env->npi.Dispatch;

	WT_CALL(s->io, SLOT(s, d->WskSocket)(s->env->npi.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
					     flags, NULL, NULL, NULL, NULL, NULL, wt_irp(s->io)));
	return 0;
}

static int make_listener(void *context)
{
	return make_socket(context, WSK_FLAG_LISTEN_SOCKET);
}

static int make_client(void *context)
{
	return make_socket(context, WSK_FLAG_CONNECTION_SOCKET);
}

static int socket_connect(void *context)
{
	struct wsk_sweep *s = context;
	const WSK_PROVIDER_DISPATCH *d = s->env->npi.Dispatch;

	WT_CALL(s->io, SLOT(s, d->WskSocketConnect)(s->env->npi.Client, SOCK_STREAM, IPPROTO_TCP,
						    (PSOCKADDR)&s->any, (PSOCKADDR)&s->addr, 0,
						    NULL, NULL, NULL, NULL, NULL, wt_irp(s->io)));
	return 0;
}

static int bind_listener(void *context)
{
	struct wsk_sweep *s = context;

	WT_CALL(s->io, SLOT(s, WT_LISTEN(s->listener)->WskBind)(s->listener, (PSOCKADDR)&s->addr, 0,
								wt_irp(s->io)));
	return 0;
}

static int bind_client(void *context)
{
	struct wsk_sweep *s = context;

	WT_CALL(s->io, SLOT(s, WT_CONNECTION(s->client)->WskBind)(s->client, (PSOCKADDR)&s->any, 0,
								  wt_irp(s->io)));
	return 0;
}

static int listener_address(void *context)
{
	struct wsk_sweep *s = context;

	WT_CALL(s->io, SLOT(s, WT_LISTEN(s->listener)->WskGetLocalAddress)(s->listener,
									   (PSOCKADDR)&s->addr,
									   wt_irp(s->io)));
	return 0;
}

static int client_address(void *context)
{
	struct wsk_sweep *s = context;

	WT_CALL(s->io, SLOT(s, WT_CONNECTION(s->client)->WskGetLocalAddress)(s->client,
									     (PSOCKADDR)&s->out,
									     wt_irp(s->io)));
	return 0;
}

static int client_peer(void *context)
{
	struct wsk_sweep *s = context;

	WT_CALL(s->io, SLOT(s, WT_CONNECTION(s->client)->WskGetRemoteAddress)(s->client,
									      (PSOCKADDR)&s->out,
									      wt_irp(s->io)));
	return 0;
}

static int change_option(void *context)
{
	struct wsk_sweep *s = context;

	s->value = 1;
	WT_CALL(s->io, SLOT(s, WT_BASIC(s->listener)->WskControlSocket)(s->listener, WskSetOption,
									SO_KEEPALIVE, SOL_SOCKET,
									sizeof(s->value), &s->value,
									0, NULL, NULL,
									wt_irp(s->io)));
	return 0;
}

static int query_option(void *context)
{
	struct wsk_sweep *s = context;

	s->value = 0;
	WT_CALL(s->io, WT_BASIC(s->listener)->WskControlSocket(s->listener, WskGetOption,
							       SO_KEEPALIVE, SOL_SOCKET, 0, NULL,
							       sizeof(s->value), &s->value, NULL,
							       wt_irp(s->io)));
	return 0;
}

static int accept(void *context)
{
	struct wsk_sweep *s = context;

	WT_CALL(s->io, SLOT(s, WT_LISTEN(s->listener)->WskAccept)(s->listener, 0, NULL, NULL, NULL,
								  NULL, wt_irp(s->io)));
	s->accepting = s->io;
	return 0;
}

static int connect(void *context)
{
	struct wsk_sweep *s = context;

	WT_CALL(s->io, SLOT(s, WT_CONNECTION(s->client)->WskConnect)(s->client, (PSOCKADDR)&s->addr,
								     0, wt_irp(s->io)));
	return 0;
}

static int receive(void *context)
{
	struct wsk_sweep *s = context;

	WT_CALL(s->io, SLOT(s, WT_CONNECTION(s->server)->WskReceive)(s->server, &s->receive_buf,
								     WSK_FLAG_WAITALL,
								     wt_irp(s->io)));
	s->receiving = s->io;
	return 0;
}

static int send(void *context)
{
	struct wsk_sweep *s = context;

	WT_CALL(s->io, SLOT(s, WT_CONNECTION(s->client)->WskSend)(s->client, &s->send_buf, 0,
								  wt_irp(s->io)));
	return 0;
}

static int disconnect(void *context)
{
	struct wsk_sweep *s = context;

	WT_CALL(s->io, SLOT(s, WT_CONNECTION(s->client)->WskDisconnect)(s->client, NULL, 0,
									wt_irp(s->io)));
	return 0;
}

static int abort_server(void *context)
{
	struct wsk_sweep *s = context;

	WT_CALL(s->io, WT_CONNECTION(s->server)->WskDisconnect(s->server, NULL, WSK_FLAG_ABORTIVE,
							       wt_irp(s->io)));
	return 0;
}

static int inspect_complete(void *context)
{
	struct wsk_sweep *s = context;
	WSK_INSPECT_ID id = { 1, 2 };

	WT_CALL(s->io, SLOT(s, WT_LISTEN(s->listener)->WskInspectComplete)(s->listener, &id,
									   WskInspectAccept,
									   wt_irp(s->io)));
	return 0;
}

static int connect_ex(void *context)
{
	struct wsk_sweep *s = context;

	WT_CALL(s->io, SLOT(s, WT_CONNECTION(s->client)->WskConnectEx)(s->client,
								       (PSOCKADDR)&s->addr, NULL, 0,
								       wt_irp(s->io)));
	return 0;
}

static int send_ex(void *context)
{
	struct wsk_sweep *s = context;

	WT_CALL(s->io, SLOT(s, WT_CONNECTION(s->client)->WskSendEx)(s->client, &s->send_buf, 0, 0,
								    NULL, wt_irp(s->io)));
	return 0;
}

static int receive_ex(void *context)
{
	struct wsk_sweep *s = context;

	WT_CALL(s->io, SLOT(s, WT_CONNECTION(s->client)->WskReceiveEx)(s->client, &s->receive_buf,
								       0, NULL, NULL, NULL,
								       wt_irp(s->io)));
	return 0;
}

static int release_data(void *context)
{
	WSK_DATA_INDICATION indication = {};
	struct wsk_sweep *s = context;

	LEVEL_MUST(SLOT(s, WT_CONNECTION(s->client)->WskRelease)(s->client, &indication) ==
		   STATUS_NOT_IMPLEMENTED);
	return 0;
}

static int close_socket(struct wsk_sweep *s, PWSK_SOCKET socket)
{
	WT_CALL(s->io, SLOT(s, WT_BASIC(socket)->WskCloseSocket)(socket, wt_irp(s->io)));
	return 0;
}

static int close_listener(void *context)
{
	struct wsk_sweep *s = context;

	return close_socket(s, s->listener);
}

static int close_client(void *context)
{
	struct wsk_sweep *s = context;

	return close_socket(s, s->client);
}

/* What is looked at once the call has returned; @answer is Information. */

static void is_listener(struct wsk_sweep *s, ULONG_PTR answer)
{
	s->listener = (PWSK_SOCKET)answer;
	wt_track(s->env, s->listener, TRUE);
}

static void is_client(struct wsk_sweep *s, ULONG_PTR answer)
{
	s->client = (PWSK_SOCKET)answer;
	wt_track(s->env, s->client, FALSE);
}

static void is_second(struct wsk_sweep *s, ULONG_PTR answer)
{
	wt_track(s->env, (PWSK_SOCKET)answer, FALSE);
}

static void has_port(struct wsk_sweep *s, ULONG_PTR answer)
{
	KUNIT_EXPECT_NE(s->test, wt_port(&s->addr), 0);
}

static void is_set(struct wsk_sweep *s, ULONG_PTR answer)
{
	KUNIT_EXPECT_EQ(s->test, s->value, 1U);
}

static void is_peer(struct wsk_sweep *s, ULONG_PTR answer)
{
	KUNIT_EXPECT_TRUE(s->test, wt_addr_equal(&s->out, &s->addr));
}

static void is_accepted(struct wsk_sweep *s, ULONG_PTR answer)
{
	WT_ASSERT_STATUS(s->test, wt_io_end(s->accepting), STATUS_SUCCESS);
	s->server = (PWSK_SOCKET)s->accepting->information;
	wt_track(s->env, s->server, FALSE);
}

static void has_arrived(struct wsk_sweep *s, ULONG_PTR answer)
{
	KUNIT_EXPECT_EQ(s->test, (u64)answer, (u64)WSK_SWEEP_BYTES);
	WT_EXPECT_STATUS(s->test, wt_io_end(s->receiving), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(s->test, (u64)s->receiving->information, (u64)WSK_SWEEP_BYTES);
	KUNIT_EXPECT_EQ(s->test, (u64)wt_data_match(s->received, WSK_SWEEP_BYTES, 0, 7),
			(u64)WSK_SWEEP_BYTES);
}

static void listener_is_closed(struct wsk_sweep *s, ULONG_PTR answer)
{
	wt_untrack(s->env, s->listener);
}

static void client_is_closed(struct wsk_sweep *s, ULONG_PTR answer)
{
	wt_untrack(s->env, s->client);
}

const struct wsk_step wsk_sweep_steps[] = {
	{ "capture, query, release", wsk_sweep_capture, NO_IRP },
	{ "WskControlClient", control_client, NO_IRP },
	{ "WskSocket, listening", make_listener, COMPLETES, STATUS_SUCCESS, is_listener },
	{ "WskBind, listening", bind_listener, COMPLETES, STATUS_SUCCESS },
	{ "WskGetLocalAddress, listening", listener_address, COMPLETES, STATUS_SUCCESS, has_port },
	{ "WskControlSocket, set", change_option, COMPLETES, STATUS_SUCCESS },
	{ "WskControlSocket, get", query_option, COMPLETES, STATUS_SUCCESS, is_set },
	{ "WskAccept", accept, STAYS_PENDING },
	{ "WskSocket, connection", make_client, COMPLETES, STATUS_SUCCESS, is_client },
	{ "WskBind, connection", bind_client, COMPLETES, STATUS_SUCCESS },
	{ "WskConnectEx", connect_ex, COMPLETES, STATUS_NOT_IMPLEMENTED },
	{ "WskConnect", connect, COMPLETES, STATUS_SUCCESS, is_accepted },
	{ "WskGetLocalAddress, connection", client_address, COMPLETES, STATUS_SUCCESS },
	{ "WskGetRemoteAddress", client_peer, COMPLETES, STATUS_SUCCESS, is_peer },
	{ "WskReceive", receive, STAYS_PENDING },
	{ "WskSend", send, COMPLETES, STATUS_SUCCESS, has_arrived },
	{ "WskSendEx", send_ex, COMPLETES, STATUS_NOT_IMPLEMENTED },
	{ "WskReceiveEx", receive_ex, COMPLETES, STATUS_NOT_IMPLEMENTED },
	{ "WskRelease", release_data, NO_IRP },
	{ "WskInspectComplete", inspect_complete, COMPLETES, STATUS_NOT_IMPLEMENTED },
	{ "WskSocketConnect", socket_connect, COMPLETES, STATUS_SUCCESS, is_second },
	{ "WskDisconnect", disconnect, COMPLETES, STATUS_SUCCESS },
	{ "WskDisconnect, abortive", abort_server, COMPLETES, STATUS_SUCCESS },
	{ "WskCloseSocket, connection", close_client, COMPLETES, STATUS_SUCCESS, client_is_closed },
	{ "WskCloseSocket, listening", close_listener, COMPLETES, STATUS_SUCCESS,
	  listener_is_closed },
	{}
};
void wsk_sweep_all_called(struct wsk_sweep *s, const char *table, const VOID *slots, int count)
{
	const void *const *slot = slots;
	int i, j;

	for (i = 0; i < count; i++) {
		for (j = 0; j < s->calls && s->called[j] != slot[i]; j++)
			;
		KUNIT_EXPECT_LT_MSG(s->test, j, s->calls, "%s: slot %d was not called", table, i);
	}
}
