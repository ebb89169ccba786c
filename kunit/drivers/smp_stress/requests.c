// SPDX-License-Identifier: GPL-2.0 OR MIT
// One IRP in the driver's own queue, completed by one thread while another cancels it.
#include "stress.h"

static KSPIN_LOCK Lock;
static LIST_ENTRY Queue;	/* under Lock */
static PIRP Request;
static KEVENT GoComplete, GoCancel;
static KEVENT Completed, CompleterDone, CancellerDone;
static LONG volatile Stop;
static LONG Submitted, Succeeded, Cancelled;
static BOOLEAN volatile Meeting;	/* of this round's completer and canceller */
static LONG volatile Arrived;

static IO_COMPLETION_ROUTINE StressCompletion;
static NTSTATUS StressCompletion(_In_ PDEVICE_OBJECT DeviceObject, _In_ PIRP Irp, _In_ PVOID Context)
{
	UNREFERENCED_PARAMETER(DeviceObject);
	UNREFERENCED_PARAMETER(Context);
	InterlockedIncrement(Irp->IoStatus.Status == STATUS_CANCELLED ? &Cancelled : &Succeeded);
	KeSetEvent(&Completed, IO_NO_INCREMENT, FALSE);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static VOID Complete(PIRP Irp, NTSTATUS Status)
{
	Irp->IoStatus.Status = Status;
	Irp->IoStatus.Information = 0;
	IoCompleteRequest(Irp, IO_NO_INCREMENT);
}

static DRIVER_CANCEL StressCancel;
static VOID StressCancel(_In_ PDEVICE_OBJECT DeviceObject, _In_ PIRP Irp)
{
	KIRQL Irql;

	UNREFERENCED_PARAMETER(DeviceObject);
	IoReleaseCancelSpinLock(Irp->CancelIrql);
	KeAcquireSpinLock(&Lock, &Irql);
	RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
	KeReleaseSpinLock(&Lock, Irql);
	Complete(Irp, STATUS_CANCELLED);
}

/* Whoever takes the cancel routine out completes the IRP. */
static VOID Submit(ULONG Turn)
{
	BOOLEAN Late = FALSE;
	KIRQL Irql;

	IoReuseIrp(Request, STATUS_SUCCESS);
	IoSetCompletionRoutine(Request, StressCompletion, NULL, TRUE, TRUE, TRUE);
	IoSetNextIrpStackLocation(Request);
	IoMarkIrpPending(Request);
	Meeting = Turn % 4 != 0;
	if (!Meeting)
		KeSetEvent(&GoCancel, IO_NO_INCREMENT, FALSE);
	KeAcquireSpinLock(&Lock, &Irql);
	InsertTailList(&Queue, &Request->Tail.Overlay.ListEntry);
	IoSetCancelRoutine(Request, StressCancel);
	if (Request->Cancel && IoSetCancelRoutine(Request, NULL) != NULL) {
		RemoveEntryList(&Request->Tail.Overlay.ListEntry);
		Late = TRUE;
	}
	KeReleaseSpinLock(&Lock, Irql);
	if (Late)
		Complete(Request, STATUS_CANCELLED);
	KeSetEvent(&GoComplete, IO_NO_INCREMENT, FALSE);
	if (Meeting)
		KeSetEvent(&GoCancel, IO_NO_INCREMENT, FALSE);
}

/* The two leave together, each a little late in some rounds; on one processor they miss each other. */
static VOID Meet(ULONG Delay)
{
	const LONG Both = (InterlockedIncrement(&Arrived) + 1) / 2 * 2;
	ULONG i;

	for (i = 0; i < 1000000 && Arrived < Both; i++)
		YieldProcessor();
	for (i = 0; i < Delay; i++)
		YieldProcessor();
}

static KSTART_ROUTINE SubmitThread;
static VOID SubmitThread(_In_ PVOID Context)
{
	PVOID All[3] = { &Completed, &CompleterDone, &CancellerDone };
	LARGE_INTEGER Timeout;
	NTSTATUS Status = STATUS_SUCCESS;

	UNREFERENCED_PARAMETER(Context);
	Timeout.QuadPart = -10000LL * PATIENCE_MS;
	while (Status == STATUS_SUCCESS && PartGoesOn()) {
		Submit(Submitted++);
		Status = KeWaitForMultipleObjects(3, All, WaitAll, Executive, KernelMode, FALSE, &Timeout,
						  NULL);
	}
	if (Status != STATUS_SUCCESS)
		Fail("the wait for a request", Status, STATUS_SUCCESS);
	InterlockedExchange(&Stop, 1);
	KeSetEvent(&GoComplete, IO_NO_INCREMENT, FALSE);
	KeSetEvent(&GoCancel, IO_NO_INCREMENT, FALSE);
}

static KSTART_ROUTINE CompleteThread;
static VOID CompleteThread(_In_ PVOID Context)
{
	UNREFERENCED_PARAMETER(Context);
	while (Await(&GoComplete, "a request to complete") && !Stop) {
		BOOLEAN Mine = FALSE;
		KIRQL Irql;

		if (Meeting)
			Meet(Submitted * 7 % 64);
		KeAcquireSpinLock(&Lock, &Irql);
		if (!IsListEmpty(&Queue) && IoSetCancelRoutine(Request, NULL) != NULL) {
			RemoveEntryList(&Request->Tail.Overlay.ListEntry);
			Mine = TRUE;
		}
		KeReleaseSpinLock(&Lock, Irql);
		if (Mine)
			Complete(Request, STATUS_SUCCESS);
		KeSetEvent(&CompleterDone, IO_NO_INCREMENT, FALSE);
	}
}

static KSTART_ROUTINE CancelThread;
static VOID CancelThread(_In_ PVOID Context)
{
	UNREFERENCED_PARAMETER(Context);
	while (Await(&GoCancel, "a request to cancel") && !Stop) {
		if (Meeting)
			Meet(Submitted * 5 % 64);
		IoCancelIrp(Request);
		KeSetEvent(&CancellerDone, IO_NO_INCREMENT, FALSE);
	}
}

LONG StressRequests(VOID)
{
	STRESS_THREAD Threads[3] = {
		{ SubmitThread, NULL }, { CompleteThread, NULL }, { CancelThread, NULL },
	};

	Request = IoAllocateIrp(1, FALSE);
	if (Request == NULL) {
		Fail("memory", 0, 1);
		return 0;
	}
	KeInitializeSpinLock(&Lock);
	InitializeListHead(&Queue);
	KeInitializeEvent(&GoComplete, SynchronizationEvent, FALSE);
	KeInitializeEvent(&GoCancel, SynchronizationEvent, FALSE);
	KeInitializeEvent(&Completed, SynchronizationEvent, FALSE);
	KeInitializeEvent(&CompleterDone, SynchronizationEvent, FALSE);
	KeInitializeEvent(&CancellerDone, SynchronizationEvent, FALSE);
	BeginPart();
	RunThreads(Threads, 3);
	if (Succeeded + Cancelled != Submitted)
		Fail("completions", Succeeded + Cancelled, Submitted);
	if (!IsListEmpty(&Queue))
		Fail("requests in the queue", 1, 0);
	IoFreeIrp(Request);
	DbgPrint("smp_stress: of %d requests %d were cancelled\n", Submitted, Cancelled);
	return Submitted;
}
