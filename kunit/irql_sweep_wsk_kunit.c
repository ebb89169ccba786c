// SPDX-License-Identifier: GPL-2.0
/*
 * Every function of Winsock Kernel at its highest permitted IRQL: a connection's whole life, one
 * call after the other, each made in one of the contexts that are DISPATCH_LEVEL, in a completion
 * routine and in an event callback. The answers are waited for outside.
 */
#include "irql_levels.h"
#include "wsk_accept_log.h"

#define BYTES 100
#define CALLED_MAX 32

/* Beside the contexts of irql_levels.h. */
enum { IN_ROUTINE = LEVEL_CONTEXTS, IN_CALLBACK, ALL_CONTEXTS };

struct wsk_sweep {
	struct kunit *test;
	int where;
	struct wt_env *env;		/* a registration of its own: its first socket is ours */
	struct wt_io *io;		/* of the call to make */
	struct wt_io *accepting, *receiving;
	PWSK_SOCKET listener, client, server;
	SOCKADDR_STORAGE any, addr, out;
	struct wt_data *sent, *received;
	WSK_BUF send_buf, receive_buf;
	WSK_PROVIDER_NPI npi;
	ULONG value;
	const void *called[CALLED_MAX];
	int calls;
	/* Where the calls of IN_ROUTINE and IN_CALLBACK come from. */
	struct wt_pair helper;
	struct wt_accept_log *log;
	SOCKADDR_STORAGE log_addr;
};

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
	if (i == s->calls && i < CALLED_MAX)
		s->called[s->calls++] = function;
}

static int capture(void *context)
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
	KUNIT_EXPECT_EQ(s->test, (u64)answer, (u64)BYTES);
	WT_EXPECT_STATUS(s->test, wt_io_end(s->receiving), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(s->test, (u64)s->receiving->information, (u64)BYTES);
	KUNIT_EXPECT_EQ(s->test, (u64)wt_data_match(s->received, BYTES, 0, 7), (u64)BYTES);
}

static void listener_is_closed(struct wsk_sweep *s, ULONG_PTR answer)
{
	wt_untrack(s->env, s->listener);
}

static void client_is_closed(struct wsk_sweep *s, ULONG_PTR answer)
{
	wt_untrack(s->env, s->client);
}

enum answer { NO_IRP, COMPLETES, STAYS_PENDING };

/* For the table of what is called where, which scripts/check-sweep.sh reads. */
static const struct level_row rows[] = {
	LEVEL(WskCaptureProviderNPI, DISPATCH_LEVEL, capture),
	LEVEL(WskQueryProviderCharacteristics, DISPATCH_LEVEL, capture),
	LEVEL(WskReleaseProviderNPI, DISPATCH_LEVEL, capture),
};

static const struct step {
	const char *name;
	int (*call)(void *context);
	enum answer answer;
	NTSTATUS status;
	void (*then)(struct wsk_sweep *s, ULONG_PTR answer);
} steps[] = {
	{ "capture, query, release", capture, NO_IRP },
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
};

static void run_in_hook(struct wt_io *io)
{
	level_call_here(io->hook_context);
}

/* In the routine of a receive, which the network completed: in softirq. */
static void call_in_routine(struct wsk_sweep *s, struct level_run *run)
{
	struct wt_env *env = wt_env(s->test);
	struct wt_io *io = wt_io_new(env);
	struct wt_data *data = wt_data_new(env, 1);

	io->hook = run_in_hook;
	io->hook_context = run;
	wt_receive_start(io, s->helper.server, data, 0, 1, 0);
	WT_EXPECT_STATUS(s->test, wt_send(env, s->helper.client, data, 1), STATUS_SUCCESS);
	WT_EXPECT_STATUS(s->test, wt_io_end(io), STATUS_SUCCESS);
	wt_io_put(io);
}

static void run_inside(struct wt_accept_log *log, PWSK_SOCKET accepted)
{
	level_call_here(log->inside_context);
}

static void call_in_callback(struct wsk_sweep *s, struct level_run *run)
{
	const LONG calls = s->log->calls;

	s->log->inside_context = run;
	wt_connected(wt_env(s->test), &s->log_addr);
	KUNIT_ASSERT_TRUE(s->test, wt_accept_calls(s->log, calls + 1));
}

static const char *place_name(int where)
{
	return where == IN_ROUTINE ? "in a completion routine" :
	       where == IN_CALLBACK ? "in a callback" : level_name(where);
}

static void make_step(struct wsk_sweep *s, const struct step *step)
{
	struct level_run run = { .call = step->call, .context = s };
	const char *place = place_name(s->where);

	s->io = wt_io_new(s->env);
	if (s->where == IN_ROUTINE)
		call_in_routine(s, &run);
	else if (s->where == IN_CALLBACK)
		call_in_callback(s, &run);
	else
		level_call(&run, s->where);
	level_expect_kept(s->test, &run, s->where == IN_CALLBACK ? PASSIVE_LEVEL : DISPATCH_LEVEL,
			  step->name, place);
	KUNIT_EXPECT_EQ_MSG(s->test, run.result, 0, "%s %s", step->name, place);
	if (step->answer == STAYS_PENDING)
		return;
	if (step->answer == COMPLETES) {
		const NTSTATUS status = wt_io_end(s->io);

		KUNIT_ASSERT_EQ_MSG(s->test, status, step->status, "%#x: %s %s", status, step->name,
				    place);
	}
	if (step->then)
		step->then(s, s->io->information);
	wt_io_put(s->io);
}

static void expect_all_called(struct wsk_sweep *s, const char *table, const VOID *slots, int count)
{
	const void *const *slot = slots;
	int i, j;

	for (i = 0; i < count; i++) {
		for (j = 0; j < s->calls && s->called[j] != slot[i]; j++)
			;
		KUNIT_EXPECT_LT_MSG(s->test, j, s->calls, "%s: slot %d was not called", table, i);
	}
}

static struct wsk_sweep *sweep_new(struct kunit *test, int where)
{
	struct wsk_sweep *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->test = test;
	s->where = where;
	s->env = wt_env_new(test, MAKE_WSK_VERSION(1, 0));
	KUNIT_ASSERT_NOT_NULL(test, s->env);
	s->sent = wt_data_new(s->env, BYTES);
	s->received = wt_data_new(s->env, BYTES);
	wt_data_fill(s->sent, 0, 7);
	s->send_buf = wt_slice(s->sent, 0, BYTES);
	s->receive_buf = wt_slice(s->received, 0, BYTES);
	wt_wildcard(&s->any, AF_INET, 0);
	wt_loopback(&s->addr, AF_INET, 0);
	if (where == IN_ROUTINE) {
		wt_pair(wt_env(test), AF_INET, &s->helper);
	} else if (where == IN_CALLBACK) {
		s->log = wt_accept_log_new(wt_env(test));
		s->log->inside = run_inside;
		wt_logged_listener(s->log, AF_INET, &s->log_addr);
		WT_ASSERT_STATUS(test, wt_set_events(s->log->listener, WSK_EVENT_ACCEPT),
				 STATUS_SUCCESS);
	}
	return s;
}

static void sweep(struct kunit *test, int where)
{
	struct wsk_sweep *s = sweep_new(test, where);
	struct wt_env *env = wt_env(test);
	const WSK_PROVIDER_DISPATCH *d = s->env->npi.Dispatch;
	int i;

	if (where < LEVEL_CONTEXTS)
		level_sweep(test, rows, ARRAY_SIZE(rows), s, where, where);
	for (i = 0; i < ARRAY_SIZE(steps); i++)
		make_step(s, &steps[i]);
	/* The three behind these, of names and addresses, are PASSIVE_LEVEL (IRQ-5). */
	expect_all_called(s, "provider", &d->WskSocket, 3);
	expect_all_called(s, "listening", wt_listen_socket(env, AF_INET, NULL, NULL)->Dispatch,
			  sizeof(WSK_PROVIDER_LISTEN_DISPATCH) / sizeof(PVOID));
	expect_all_called(s, "connection", wt_connection_socket(env, AF_INET)->Dispatch,
			  sizeof(WSK_PROVIDER_CONNECTION_DISPATCH) / sizeof(PVOID));
	wt_env_free(s->env);
}

static void every_call_works_after_raising_the_irql(struct kunit *test)
{
	sweep(test, RAISED);
	WSK_RULES(test, "IRQ-2 IRQ-3 IRQ-4 IRQ-9 IRQ-10 IRQ-15");
}

static void every_call_works_under_a_spin_lock(struct kunit *test)
{
	sweep(test, UNDER_SPIN_LOCK);
	WSK_RULES(test, "IRQ-2 IRQ-3 IRQ-4 IRQ-9 IRQ-10 IRQ-15");
}

static void every_call_works_with_bottom_halves_off(struct kunit *test)
{
	sweep(test, BH_OFF);
	WSK_RULES(test, "IRQ-2 IRQ-3 IRQ-4 IRQ-9 IRQ-10 IRQ-15");
}

static void every_call_works_in_a_softirq(struct kunit *test)
{
	sweep(test, IN_TASKLET);
	sweep(test, IN_TIMER);
	WSK_RULES(test, "IRQ-2 IRQ-3 IRQ-4 IRQ-9 IRQ-10 IRQ-15");
}

static void every_call_works_in_a_completion_routine(struct kunit *test)
{
	sweep(test, IN_ROUTINE);
	WSK_RULES(test, "IRP-21 IRQ-15");
}

static void every_call_works_in_a_callback(struct kunit *test)
{
	sweep(test, IN_CALLBACK);
	WSK_RULES(test, "CBK-4 IRQ-15");
}

/*
 * Above DISPATCH_LEVEL nothing may be called. What a driver can do about its level does not get
 * it there: the attempt is reported, and the call it makes then is one at DISPATCH_LEVEL.
 */
static void no_call_is_above_dispatch_level(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *io = wt_io_new(env);
	PWSK_SOCKET socket = wt_bound(env, AF_INET);
	SOCKADDR_STORAGE addr;
	KIRQL before, inside;

	WSK_EXPECT_REPORT(test, "misuse: KE-IRQL: KeRaiseIrql to 15, above DISPATCH_LEVEL");
	KeRaiseIrql(HIGH_LEVEL, &before);
	WT_CALL(io, WT_CONNECTION(socket)->WskGetLocalAddress(socket, (PSOCKADDR)&addr,
							      wt_irp(io)));
	inside = KeGetCurrentIrql();
	KeLowerIrql(before);
	KUNIT_EXPECT_EQ(test, inside, DISPATCH_LEVEL);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	WSK_RULES(test, "IRQ-14");
}

static struct kunit_case wsk_sweep_cases[] = {
	KUNIT_CASE(every_call_works_after_raising_the_irql),
	KUNIT_CASE(every_call_works_under_a_spin_lock),
	KUNIT_CASE(every_call_works_with_bottom_halves_off),
	KUNIT_CASE(every_call_works_in_a_softirq),
	KUNIT_CASE(every_call_works_in_a_completion_routine),
	KUNIT_CASE(every_call_works_in_a_callback),
	KUNIT_CASE(no_call_is_above_dispatch_level),
	{}
};

static struct kunit_suite wsk_sweep_suite = {
	.name = "wsk_irql_sweep",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = wsk_sweep_cases,
};
kunit_test_suite(wsk_sweep_suite);
