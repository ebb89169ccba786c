// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The worker thread, and the list that feeds it. */
#include "echo.h"

static KSTART_ROUTINE EchoWorker;

/*
 * Callable from completion routines. Only the push that finds the list empty sets the event: the
 * worker takes everything at once, so all later pushes belong to a wake-up that is already on its
 * way. A busy server thus sets the event once for many completions.
 */
VOID EchoQueueWork(PECHO_WORK Work)
{
	if (InterlockedPushEntrySList(&Echo.Work, &Work->Link) == NULL)
		KeSetEvent(&Echo.WorkReady, IO_NETWORK_INCREMENT, FALSE);
}

/* The list is last in, first out. Turned round once, connections are served in fair order. */
static PSLIST_ENTRY EchoTakeWork(VOID)
{
	PSLIST_ENTRY Newest = InterlockedFlushSList(&Echo.Work);
	PSLIST_ENTRY Oldest = NULL;

	while (Newest != NULL) {
		PSLIST_ENTRY Next = Newest->Next;

		Newest->Next = Oldest;
		Oldest = Newest;
		Newest = Next;
	}
	return Oldest;
}

/*
 * Runs once for each wake-up after CloseAll was set. A connection that is still in the work list
 * is not in Connections yet, but it counts as alive; it meets CloseAll when it gets its turn.
 */
static VOID EchoDrain(VOID)
{
	PLIST_ENTRY Entry;

	for (Entry = Echo.Connections.Flink; Entry != &Echo.Connections; Entry = Entry->Flink)
		EchoCloseConnection(CONTAINING_RECORD(Entry, ECHO_CONNECTION, Link));

	if (InterlockedCompareExchange(&Echo.Alive, 0, 0) == 0)
		KeSetEvent(&Echo.AllGone, IO_NO_INCREMENT, FALSE);
}

static VOID EchoWorker(PVOID Context)
{
	UNREFERENCED_PARAMETER(Context);

	while (!Echo.Stop) {
		PSLIST_ENTRY Entry;

		KeWaitForSingleObject(&Echo.WorkReady, Executive, KernelMode, FALSE, NULL);

		Entry = EchoTakeWork();
		while (Entry != NULL) {
			PECHO_WORK Work = CONTAINING_RECORD(Entry, ECHO_WORK, Link);

			/* Before the item runs: it may free its connection, or be queued anew. */
			Entry = Entry->Next;
			EchoRunConnection(Work);
		}

		if (Echo.CloseAll)
			EchoDrain();
	}
	PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS EchoStartWorker(VOID)
{
	HANDLE Handle;
	NTSTATUS Status;

	InitializeSListHead(&Echo.Work);
	InitializeListHead(&Echo.Connections);
	KeInitializeEvent(&Echo.WorkReady, SynchronizationEvent, FALSE);
	KeInitializeEvent(&Echo.AllGone, NotificationEvent, FALSE);

	Status = PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, EchoWorker, NULL);
	if (!NT_SUCCESS(Status))
		return Status;

	/* The handle is only a way to the object: the object is what can be waited for. */
	Status = ObReferenceObjectByHandle(Handle, SYNCHRONIZE, NULL, KernelMode, &Echo.Worker, NULL);
	NT_ASSERT(NT_SUCCESS(Status));
	ZwClose(Handle);
	return Status;
}

/* The listening socket is closed: no connection can be added. Waits until the last one is freed. */
VOID EchoCloseConnections(VOID)
{
	Echo.CloseAll = TRUE;
	KeSetEvent(&Echo.WorkReady, IO_NO_INCREMENT, FALSE);
	KeWaitForSingleObject(&Echo.AllGone, Executive, KernelMode, FALSE, NULL);
}

VOID EchoStopWorker(VOID)
{
	Echo.Stop = TRUE;
	KeSetEvent(&Echo.WorkReady, IO_NO_INCREMENT, FALSE);

	/* DriverUnload frees this code: an event set by the thread's last line would be too early. */
	KeWaitForSingleObject(Echo.Worker, Executive, KernelMode, FALSE, NULL);
	ObDereferenceObject(Echo.Worker);
}
