// SPDX-License-Identifier: GPL-2.0
/*
 * Every function of Winsock Kernel at its highest permitted IRQL: a connection's whole life, one
 * call after the other, each made in one of the contexts that are DISPATCH_LEVEL, in a completion
 * routine and in an event callback. The answers are waited for outside.
 */
#include "irql_sweep_wsk.h"

/* Beside the contexts of irql_levels.h. */
enum { IN_ROUTINE = LEVEL_CONTEXTS, IN_CALLBACK };

/* For the table of what is called where, which scripts/check-sweep.sh reads. */
static const struct level_row rows[] = {
	LEVEL(WskCaptureProviderNPI, DISPATCH_LEVEL, wsk_sweep_capture),
	LEVEL(WskQueryProviderCharacteristics, DISPATCH_LEVEL, wsk_sweep_capture),
	LEVEL(WskReleaseProviderNPI, DISPATCH_LEVEL, wsk_sweep_capture),
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

static void make_step(struct wsk_sweep *s, const struct wsk_step *step)
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

static struct wsk_sweep *sweep_new(struct kunit *test, int where)
{
	struct wsk_sweep *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->test = test;
	s->where = where;
	s->env = wt_env_new(test, MAKE_WSK_VERSION(1, 0));
	KUNIT_ASSERT_NOT_NULL(test, s->env);
	s->sent = wt_data_new(s->env, WSK_SWEEP_BYTES);
	s->received = wt_data_new(s->env, WSK_SWEEP_BYTES);
	wt_data_fill(s->sent, 0, 7);
	s->send_buf = wt_slice(s->sent, 0, WSK_SWEEP_BYTES);
	s->receive_buf = wt_slice(s->received, 0, WSK_SWEEP_BYTES);
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
	const struct wsk_step *step;

	if (where < LEVEL_CONTEXTS)
		level_sweep(test, rows, ARRAY_SIZE(rows), s, where, where);
	for (step = wsk_sweep_steps; step->name; step++)
		make_step(s, step);
	/* The three behind these, of names and addresses, are PASSIVE_LEVEL (IRQ-5). */
	wsk_sweep_all_called(s, "provider", &d->WskSocket, 3);
	wsk_sweep_all_called(s, "listening", wt_listen_socket(env, AF_INET, NULL, NULL)->Dispatch,
			     sizeof(WSK_PROVIDER_LISTEN_DISPATCH) / sizeof(PVOID));
	wsk_sweep_all_called(s, "connection", wt_connection_socket(env, AF_INET)->Dispatch,
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
