// SPDX-License-Identifier: GPL-2.0
/* What a completion routine runs beside: the call that got its IRP, and callbacks. */
#include "plain_peer.h"
#include "wsk_accept_log.h"

/* One call, whose routine frees its IRP: so nobody behind the routine may look at it. */
struct raced {
	LONG stamp;
	HANDLE thread;
	NTSTATUS status;
	KEVENT done;
};

static NTSTATUS free_in_routine(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct raced *raced = context;

	wt_note_place_here();
	raced->status = irp->IoStatus.Status;
	raced->thread = PsGetCurrentThreadId();
	IoFreeIrp(irp);
	raced->stamp = wt_stamp();
	KeSetEvent(&raced->done, IO_NO_INCREMENT, FALSE);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static PIRP raced_irp(struct kunit *test, struct raced *raced)
{
	PIRP irp = IoAllocateIrp(1, FALSE);

	KUNIT_ASSERT_NOT_NULL(test, irp);
	KeInitializeEvent(&raced->done, NotificationEvent, FALSE);
	IoSetCompletionRoutine(irp, free_in_routine, raced, TRUE, TRUE, TRUE);
	return irp;
}

static void expect_raced(struct kunit *test, struct raced *raced)
{
	KUNIT_ASSERT_TRUE(test, wt_wait(&raced->done, WT_PATIENCE_MS));
	WT_EXPECT_STATUS(test, raced->status, STATUS_SUCCESS);
}

#define CALLS 16
#define BYTES 32

static void routine_runs_before_the_call_returns_or_after(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct raced *sends = kunit_kcalloc(test, CALLS, sizeof(*sends), GFP_KERNEL);
	struct raced *receives = kunit_kcalloc(test, CALLS, sizeof(*receives), GFP_KERNEL);
	struct wt_data *in = wt_data_new(env, CALLS * BYTES), *out = wt_data_new(env, BYTES);
	const WSK_PROVIDER_CONNECTION_DISPATCH *d;
	struct wt_pair pair;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, sends);
	KUNIT_ASSERT_NOT_NULL(test, receives);
	wt_pair(env, AF_INET, &pair);
	d = WT_CONNECTION(pair.client);
	for (i = 0; i < CALLS; i++) {
		WSK_BUF to = wt_slice(in, i * BYTES, BYTES);

		WT_EXPECT_STATUS(test, d->WskReceive(pair.server, &to, WSK_FLAG_WAITALL,
						     raced_irp(test, &receives[i])),
				 STATUS_PENDING);
		/* There is nothing to receive yet, so the call came first here. */
		KUNIT_EXPECT_EQ(test, receives[i].stamp, 0);
	}
	for (i = 0; i < CALLS; i++) {
		WSK_BUF from = wt_slice(out, 0, BYTES);
		NTSTATUS returned;
		LONG stamp;

		wt_data_fill(out, i * BYTES, 5);
		returned = d->WskSend(pair.client, &from, 0, raced_irp(test, &sends[i]));
		stamp = wt_stamp();
		/* The routine came first, inside the call; IRP and all are gone by now. */
		WT_EXPECT_STATUS(test, returned, STATUS_PENDING);
		expect_raced(test, &sends[i]);
		KUNIT_EXPECT_LT(test, sends[i].stamp, stamp);
		KUNIT_EXPECT_PTR_EQ(test, sends[i].thread, PsGetCurrentThreadId());
	}
	for (i = 0; i < CALLS; i++)
		expect_raced(test, &receives[i]);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, CALLS * BYTES, 0, 5), (u64)CALLS * BYTES);
	WSK_RULES(test, "ORD-9");
}

/* A listener whose creation's own routine binds it and stays, while all others use it already. */
struct newborn {
	SOCKADDR_STORAGE addr;
	struct wt_io *binding;
	PWSK_SOCKET listener;
	KEVENT known;
	KEVENT go;
	LONG stamp;		/* at the end of the routine */
};

static void bind_and_stay(struct wt_io *io)
{
	struct newborn *newborn = io->hook_context;
	PWSK_SOCKET listener = (PWSK_SOCKET)io->information;

	newborn->listener = listener;
	WT_CALL(newborn->binding, WT_LISTEN(listener)->WskBind(listener,
							       (PSOCKADDR)&newborn->addr, 0,
							       wt_irp(newborn->binding)));
	KeSetEvent(&newborn->known, IO_NO_INCREMENT, FALSE);
	if (KeGetCurrentIrql() == PASSIVE_LEVEL)
		wt_wait(&newborn->go, WT_PATIENCE_MS);
	newborn->stamp = wt_stamp();
}

/*
 * The half of ORD-13 that there is today: events of a socket that comes from an accepting IRP
 * cannot be enabled yet.
 */
static void no_callback_beside_the_routine_of_the_creation(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct newborn *newborn = kunit_kzalloc(test, sizeof(*newborn), GFP_KERNEL);
	struct wt_accept_log *log = wt_accept_log_new(env);
	struct wt_io *creating = wt_io_new(env);
	struct plain_peer *peer;
	NTSTATUS enabled;
	int tries;

	KUNIT_ASSERT_NOT_NULL(test, newborn);
	newborn->binding = wt_io_new(env);
	KeInitializeEvent(&newborn->known, NotificationEvent, FALSE);
	KeInitializeEvent(&newborn->go, NotificationEvent, FALSE);
	/* A port of Linux' choice, known before. */
	WT_EXPECT_STATUS(test, wt_close(env, wt_listener(env, AF_INET, &newborn->addr)),
			 STATUS_SUCCESS);
	creating->hook = bind_and_stay;
	creating->hook_context = newborn;
	WT_CALL(creating, env->npi.Dispatch->WskSocket(env->npi.Client, AF_INET, SOCK_STREAM,
						       IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET, log,
						       &wt_accept_dispatch, NULL, NULL, NULL,
						       wt_irp(creating)));
	KUNIT_ASSERT_TRUE(test, wt_wait(&newborn->known, WT_PATIENCE_MS));
	for (tries = 0; tries < 10; tries++) {
		enabled = wt_set_events(newborn->listener, WSK_EVENT_ACCEPT);
		peer = plain_peer_connect(wt_port(&newborn->addr));
		wt_sleep(5);
		if (peer)
			plain_peer_close(peer);
	}
	KUNIT_EXPECT_EQ(test, log->calls, 0);
	KeSetEvent(&newborn->go, IO_NO_INCREMENT, FALSE);
	WT_EXPECT_STATUS(test, wt_io_end(creating), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(newborn->binding), STATUS_SUCCESS);
	wt_track(env, newborn->listener, TRUE);
	if (enabled != STATUS_SUCCESS)
		WT_EXPECT_STATUS(test, wt_set_events(newborn->listener, WSK_EVENT_ACCEPT),
				 STATUS_SUCCESS);
	wt_connected(env, &newborn->addr);
	KUNIT_ASSERT_TRUE(test, wt_accept_calls(log, 1));
	KUNIT_EXPECT_GT(test, log->stamp, newborn->stamp);
	WSK_RULES(test, "CBK-8");
}

static struct kunit_case routine_race_cases[] = {
	KUNIT_CASE(routine_runs_before_the_call_returns_or_after),
	KUNIT_CASE(no_callback_beside_the_routine_of_the_creation),
	{}
};

static struct kunit_suite routine_race_suite = {
	.name = "wsk_routine_race",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = routine_race_cases,
};
kunit_test_suite(routine_race_suite);
