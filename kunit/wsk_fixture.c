// SPDX-License-Identifier: GPL-2.0
/* Registration, IRPs, waits and threads of the WSK suites. */
#include "wsk_fixture.h"

#include <linux/slab.h>
#include <linux/vmalloc.h>

static LONG stamps;

LONG wt_stamp(void)
{
	return InterlockedIncrement(&stamps);
}

BOOLEAN wt_wait(PVOID object, ULONG ms)
{
	LARGE_INTEGER timeout;

	timeout.QuadPart = -(LONGLONG)ms * 10000;
	return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, &timeout) ==
	       STATUS_SUCCESS;
}

BOOLEAN wt_is_set(PKEVENT event)
{
	return wt_wait(event, 0);
}

void wt_sleep(ULONG ms)
{
	LARGE_INTEGER interval;

	interval.QuadPart = -(LONGLONG)ms * 10000;
	KeDelayExecutionThread(KernelMode, FALSE, &interval);
}

static VOID wt_thread_main(PVOID context)
{
	struct wt_thread *thread = context;

	thread->run(thread->context);
	PsTerminateSystemThread(STATUS_SUCCESS);
}

void wt_thread_start(struct kunit *test, struct wt_thread *thread,
		     void (*run)(void *context), void *context)
{
	HANDLE handle;
	PVOID object;

	thread->run = run;
	thread->context = context;
	WT_ASSERT_STATUS(test, PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL,
						    wt_thread_main, thread), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, NULL,
							 KernelMode, &object, NULL),
			 STATUS_SUCCESS);
	ZwClose(handle);
	thread->object = object;
}

BOOLEAN wt_thread_join(struct wt_thread *thread)
{
	BOOLEAN ended = wt_wait(thread->object, WT_PATIENCE_MS);

	if (ended)
		ObDereferenceObject(thread->object);
	return ended;
}

/* A deregistration that never returns keeps this memory, so it is not on a stack. */
struct wt_deregistration {
	PWSK_REGISTRATION registration;
	struct wt_thread thread;
};

static void wt_deregister_run(void *context)
{
	struct wt_deregistration *work = context;

	WskDeregister(work->registration);
}

BOOLEAN wt_deregister(struct kunit *test, PWSK_REGISTRATION registration)
{
	struct wt_deregistration *work = kzalloc(sizeof(*work), GFP_KERNEL);

	if (!work)
		return FALSE;
	work->registration = registration;
	wt_thread_start(test, &work->thread, wt_deregister_run, work);
	if (!wt_thread_join(&work->thread))
		return FALSE;
	kfree(work);
	return TRUE;
}

static NTSTATUS wt_client_event(PVOID context, ULONG type, PVOID information, SIZE_T length)
{
	struct wt_env *env = context;

	InterlockedIncrement(&env->client_events);
	return STATUS_NOT_IMPLEMENTED;
}

static struct wt_env *wt_env_empty(struct kunit *test)
{
	struct wt_env *env = kzalloc(sizeof(*env), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, env);
	env->test = test;
	env->dispatch.WskClientEvent = wt_client_event;
	KeInitializeSpinLock(&env->lock);
	InitializeListHead(&env->ios);
	InitializeListHead(&env->sockets);
	InitializeListHead(&env->buffers);
	return env;
}

struct wt_env *wt_env_new(struct kunit *test, USHORT version)
{
	struct wt_env *env = wt_env_empty(test);
	WSK_CLIENT_NPI npi;

	env->dispatch.Version = version;
	npi.ClientContext = env;
	npi.Dispatch = &env->dispatch;
	if (WskRegister(&npi, &env->registration) != STATUS_SUCCESS) {
		kfree(env);
		KUNIT_FAIL(test, "WskRegister failed");
		return NULL;
	}
	env->registered = TRUE;
	if (WskCaptureProviderNPI(&env->registration, WSK_NO_WAIT, &env->npi) == STATUS_SUCCESS)
		env->captured = TRUE;
	return env;
}

struct wt_env *wt_env_over(struct kunit *test, const WSK_PROVIDER_NPI *npi)
{
	struct wt_env *env = wt_env_empty(test);

	env->npi = *npi;
	return env;
}

int wt_env_init(struct kunit *test)
{
	struct wt_env *env = wt_env_new(test, MAKE_WSK_VERSION(1, 0));

	if (!env)
		return -EINVAL;
	test->priv = env;
	return env->captured ? 0 : -ENODEV;
}

/* FALSE: something is still with the provider, so nothing of the environment is freed. */
static BOOLEAN wt_ios_ended(struct wt_env *env)
{
	BOOLEAN ended = TRUE;
	PLIST_ENTRY at;

	for (at = env->ios.Flink; at != &env->ios; at = at->Flink) {
		struct wt_io *io = CONTAINING_RECORD(at, struct wt_io, link);

		if (io->completions < io->submissions)
			wt_io_wait(io, WT_PATIENCE_MS);
		KUNIT_EXPECT_EQ_MSG(env->test, io->completions, io->submissions,
				    "IRP not completed exactly once each time");
		if (io->completions < io->submissions)
			ended = FALSE;
	}
	return ended;
}

static void wt_data_free(struct wt_data *data)
{
	PMDL mdl = data->mdl;

	while (mdl) {
		PMDL next = mdl->Next;

		IoFreeMdl(mdl);
		mdl = next;
	}
	if (data->vmalloc)
		vfree(data->base);
	else
		ExFreePoolWithTag(data->base, WT_TAG);
	kfree(data);
}

static void wt_env_free_memory(struct wt_env *env)
{
	while (!IsListEmpty(&env->ios)) {
		struct wt_io *io = CONTAINING_RECORD(RemoveHeadList(&env->ios), struct wt_io, link);

		IoFreeIrp(io->irp);
		kfree(io);
	}
	while (!IsListEmpty(&env->buffers))
		wt_data_free(CONTAINING_RECORD(RemoveHeadList(&env->buffers), struct wt_data,
					       link));
	kfree(env);
}

void wt_env_free(struct wt_env *env)
{
	struct kunit *test = env->test;

	wt_close_all(env);
	if (!wt_ios_ended(env)) {
		KUNIT_FAIL(test, "IRPs left with the provider: environment leaked");
		return;
	}
	if (env->captured)
		WskReleaseProviderNPI(&env->registration);
	if (env->registered && !wt_deregister(test, &env->registration)) {
		KUNIT_FAIL(test, "WskDeregister did not return: environment leaked");
		return;
	}
	KUNIT_EXPECT_EQ_MSG(test, env->client_events, 0, "WskClientEvent was called");
	if (env->wrong_place)
		KUNIT_FAIL(test, "the provider called this suite with %s", env->wrong_place);
	wt_expect_places(test);
	wt_env_free_memory(env);
}

void wt_env_exit(struct kunit *test)
{
	if (test->priv)
		wt_env_free(test->priv);
	test->priv = NULL;
}

static NTSTATUS wt_io_complete(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct wt_io *io = context;

	wt_note_place(io->env);
	io->thread = PsGetCurrentThreadId();
	io->status = irp->IoStatus.Status;
	io->information = irp->IoStatus.Information;
	io->pending_returned = irp->PendingReturned;
	io->irql = KeGetCurrentIrql();
	io->stamp = wt_stamp();
	InterlockedIncrement(&io->completions);
	if (io->hook)
		io->hook(io);
	KeSetEvent(&io->done, IO_NO_INCREMENT, FALSE);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static struct wt_io *wt_io_idle(struct wt_env *env)
{
	struct wt_io *found = NULL;
	PLIST_ENTRY at;
	KIRQL irql;

	KeAcquireSpinLock(&env->lock, &irql);
	for (at = env->ios.Flink; !found && at != &env->ios; at = at->Flink) {
		struct wt_io *io = CONTAINING_RECORD(at, struct wt_io, link);

		if (!io->busy) {
			io->busy = TRUE;
			found = io;
		}
	}
	KeReleaseSpinLock(&env->lock, irql);
	return found;
}

struct wt_io *wt_io_new(struct wt_env *env)
{
	struct wt_io *io = wt_io_idle(env);
	KIRQL irql;

	if (!io) {
		io = kzalloc(sizeof(*io), GFP_ATOMIC);
		KUNIT_ASSERT_NOT_NULL(env->test, io);
		io->irp = IoAllocateIrp(1, FALSE);
		KUNIT_ASSERT_NOT_NULL(env->test, io->irp);
		io->env = env;
		io->busy = TRUE;
		KeInitializeEvent(&io->done, NotificationEvent, FALSE);
		KeAcquireSpinLock(&env->lock, &irql);
		InsertTailList(&env->ios, &io->link);
		KeReleaseSpinLock(&env->lock, irql);
	}
	io->hook = NULL;
	io->hook_context = NULL;
	return io;
}

/* The IRP made ready for its next call, with values in it that must not matter (IRP-18). */
PIRP wt_irp(struct wt_io *io)
{
	KeClearEvent(&io->done);
	io->status = WT_POISON;
	io->information = 0;
	IoReuseIrp(io->irp, WT_POISON);
	io->irp->IoStatus.Information = 0xdeadbeef;
	IoSetCompletionRoutine(io->irp, wt_io_complete, io, TRUE, TRUE, TRUE);
	return io->irp;
}

BOOLEAN wt_io_completed(struct wt_io *io)
{
	return wt_is_set(&io->done);
}

BOOLEAN wt_io_wait(struct wt_io *io, ULONG ms)
{
	return wt_wait(&io->done, ms);
}

NTSTATUS wt_io_end(struct wt_io *io)
{
	struct kunit *test = io->env->test;

	if (!wt_io_wait(io, WT_PATIENCE_MS)) {
		KUNIT_FAIL(test, "IRP not completed in time");
		return STATUS_TIMEOUT;
	}
	KUNIT_EXPECT_EQ_MSG(test, io->completions, io->submissions, "completed twice");
	KUNIT_EXPECT_EQ_MSG(test, (int)io->pending_returned, (int)(io->returned == STATUS_PENDING),
			    "PendingReturned and the returned %#x disagree", io->returned);
	if (io->returned != STATUS_PENDING)
		WT_EXPECT_STATUS(test, io->status, io->returned);
	KUNIT_EXPECT_LE(test, (int)io->irql, DISPATCH_LEVEL);
	return io->status;
}

void wt_io_put(struct wt_io *io)
{
	/* One that was never completed stays with the provider. */
	if (io->completions == io->submissions)
		io->busy = FALSE;
}
