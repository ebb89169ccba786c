// SPDX-License-Identifier: GPL-2.0
/*
 * IRPs that wait for what no socket's data brings: a change of the transports, and the end of a
 * callback whose event is disabled.
 */
#include "wsk_accept_log.h"

#include <wsk_testing.h>

static void client_irp_exit(struct kunit *test)
{
	wsk_testing_transport_show(AF_INET6);
	wt_env_exit(test);
}

/* One IRP that asks anew in its own routine, until it is cancelled: then the routine frees it. */
struct asker {
	struct wt_env *env;
	NTSTATUS returned;
	LONG changes;
	LONG cancelled;
	LONG wrong;
	KEVENT told;
};

static NTSTATUS ask(struct asker *asker, PIRP irp);

static NTSTATUS ask_again(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct asker *asker = context;

	wt_note_place(asker->env);
	if (!irp->PendingReturned || irp->IoStatus.Information)
		asker->wrong++;
	if (irp->IoStatus.Status == STATUS_SUCCESS) {
		asker->changes++;
		IoReuseIrp(irp, WT_POISON);
		asker->returned = ask(asker, irp);
	} else {
		if (irp->IoStatus.Status != STATUS_CANCELLED)
			asker->wrong++;
		asker->cancelled++;
		IoFreeIrp(irp);
	}
	KeSetEvent(&asker->told, IO_NO_INCREMENT, FALSE);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS ask(struct asker *asker, PIRP irp)
{
	const WSK_PROVIDER_NPI *npi = &asker->env->npi;

	IoSetCompletionRoutine(irp, ask_again, asker, TRUE, TRUE, TRUE);
	return npi->Dispatch->WskControlClient(npi->Client, WSK_TRANSPORT_LIST_CHANGE, 0, NULL, 0,
					       NULL, NULL, irp);
}

#define CHANGES 100

static void one_irp_hears_of_change_after_change(struct kunit *test)
{
	struct asker *asker = kunit_kzalloc(test, sizeof(*asker), GFP_KERNEL);
	PIRP irp = IoAllocateIrp(1, FALSE);
	int i;

	KUNIT_ASSERT_TRUE(test, asker && irp);
	asker->env = wt_env(test);
	KeInitializeEvent(&asker->told, SynchronizationEvent, FALSE);
	WT_ASSERT_STATUS(test, ask(asker, irp), STATUS_PENDING);
	for (i = 0; i < CHANGES; i++) {
		if (i % 2)
			wsk_testing_transport_show(AF_INET6);
		else
			wsk_testing_transport_hide(AF_INET6);
		KUNIT_ASSERT_TRUE_MSG(test, wt_wait(&asker->told, WT_PATIENCE_MS), "change %d", i);
		KUNIT_ASSERT_EQ(test, asker->changes, i + 1);
		WT_EXPECT_STATUS(test, asker->returned, STATUS_PENDING);
	}
	/* Told once of each, and of nothing else. */
	wt_sleep(20);
	KUNIT_EXPECT_EQ(test, asker->changes, CHANGES);
	KUNIT_EXPECT_TRUE(test, IoCancelIrp(irp));
	KUNIT_ASSERT_TRUE(test, wt_wait(&asker->told, WT_PATIENCE_MS));
	KUNIT_EXPECT_EQ(test, asker->cancelled, 1);
	KUNIT_EXPECT_EQ(test, asker->wrong, 0);
	/* Nobody asks any more. */
	wsk_testing_transport_hide(AF_INET6);
	wt_sleep(20);
	KUNIT_EXPECT_EQ(test, asker->changes + asker->cancelled, CHANGES + 1);
	WSK_RULES(test, "TRL-11 IRP-4 IRP-10 IRP-11 IRP-17");
}

/* An accept event whose callback stays, and two requests that disable it meanwhile. */
struct disabling {
	KEVENT entered;
	KEVENT go;
	struct wt_io *ios[2];
	BOOLEAN inside;		/* they are made, and cancelled, by the callback itself */
};

static void disable(struct wt_accept_log *log, struct wt_io *io, BOOLEAN cancelled_before)
{
	WSK_EVENT_CALLBACK_CONTROL control = { &NPI_WSK_INTERFACE_ID,
					       WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE };
	PIRP irp = wt_irp(io);

	if (cancelled_before)
		IoCancelIrp(irp);
	WT_CALL(io, WT_BASIC(log->listener)->WskControlSocket(log->listener, WskSetOption,
							      SO_WSK_EVENT_CALLBACK, SOL_SOCKET,
							      sizeof(control), &control, 0, NULL,
							      NULL, irp));
}

static void disable_and_cancel(struct wt_accept_log *log, struct disabling *disabling)
{
	KIRQL before;

	disable(log, disabling->ios[0], FALSE);
	disable(log, disabling->ios[1], TRUE);
	IoCancelIrp(disabling->ios[0]->irp);
	KeRaiseIrql(DISPATCH_LEVEL, &before);
	IoCancelIrp(disabling->ios[0]->irp);
	IoCancelIrp(disabling->ios[1]->irp);
	KeLowerIrql(before);
}

static void stay(struct wt_accept_log *log, PWSK_SOCKET accepted)
{
	struct disabling *disabling = log->inside_context;

	if (disabling->inside)
		disable_and_cancel(log, disabling);
	KeSetEvent(&disabling->entered, IO_NO_INCREMENT, FALSE);
	if (KeGetCurrentIrql() == PASSIVE_LEVEL)
		wt_wait(&disabling->go, WT_PATIENCE_MS);
}

/* Completed once; if it says that the event is off, no callback runs by then. */
static void expect_ended(struct kunit *test, struct wt_accept_log *log, struct wt_io *io)
{
	NTSTATUS status;

	WT_EXPECT_STATUS(test, io->returned, STATUS_PENDING);
	status = wt_io_end(io);
	KUNIT_EXPECT_TRUE_MSG(test, status == STATUS_SUCCESS || status == STATUS_CANCELLED, "%#x",
			      status);
	KUNIT_EXPECT_EQ(test, (u64)io->information, 0ULL);
	if (status == STATUS_SUCCESS)
		KUNIT_EXPECT_GT(test, io->stamp, log->stamp);
}

static void cancelled_disables_complete_once(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	int inside, i;

	for (inside = 0; inside < 2; inside++) {
		struct disabling *disabling = kunit_kzalloc(test, sizeof(*disabling), GFP_KERNEL);
		struct wt_accept_log *log = wt_accept_log_new(env);
		SOCKADDR_STORAGE addr;
		PWSK_SOCKET client;

		KUNIT_ASSERT_NOT_NULL(test, disabling);
		KeInitializeEvent(&disabling->entered, NotificationEvent, FALSE);
		KeInitializeEvent(&disabling->go, NotificationEvent, FALSE);
		disabling->inside = inside;
		for (i = 0; i < 2; i++)
			disabling->ios[i] = wt_io_new(env);
		log->inside = stay;
		log->inside_context = disabling;
		wt_logged_listener(log, AF_INET, &addr);
		WT_ASSERT_STATUS(test, wt_set_events(log->listener, WSK_EVENT_ACCEPT),
				 STATUS_SUCCESS);
		client = wt_connected(env, &addr);
		KUNIT_ASSERT_TRUE(test, wt_wait(&disabling->entered, WT_PATIENCE_MS));
		if (!inside)
			disable_and_cancel(log, disabling);
		/* One that comes while the event is being disabled. */
		wt_connected(env, &addr);
		wt_sleep(20);
		KeSetEvent(&disabling->go, IO_NO_INCREMENT, FALSE);
		wt_exchange(env, client, wt_accept_take(log, 0), 100, 1);
		for (i = 0; i < 2; i++)
			expect_ended(test, log, disabling->ios[i]);
		wt_sleep(50);
		KUNIT_EXPECT_EQ(test, disabling->ios[0]->completions,
				disabling->ios[0]->submissions);
		KUNIT_EXPECT_EQ(test, disabling->ios[1]->completions,
				disabling->ios[1]->submissions);
		/* Off, and not lost: it can be had again. */
		KUNIT_EXPECT_EQ(test, log->calls, 1);
		log->inside = NULL;
		WT_EXPECT_STATUS(test, wt_set_events(log->listener, WSK_EVENT_ACCEPT),
				 STATUS_SUCCESS);
		wt_accept_take(log, 1);
	}
	WSK_RULES(test, "CAN-14 IRP-4 EVT-18 EVT-20 EVT-21 EVT-22 EVT-24");
}

static struct kunit_case client_irp_cases[] = {
	KUNIT_CASE(one_irp_hears_of_change_after_change),
	KUNIT_CASE(cancelled_disables_complete_once),
	{}
};

static struct kunit_suite client_irp_suite = {
	.name = "wsk_client_irp",
	.init = wt_env_init,
	.exit = client_irp_exit,
	.test_cases = client_irp_cases,
};
kunit_test_suite(client_irp_suite);
