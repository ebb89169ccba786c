// SPDX-License-Identifier: GPL-2.0 OR MIT
// What threads on several processors do to each other: for about three seconds they set and wait,
// cancel and complete, push and pop. A count that is wrong, or a wait that does not end, fails
// DriverEntry.
#include "stress.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD StressUnload;

#define PART_MS 450

static ULONG64 PartEnd;
static LONG Failures;

VOID BeginPart(VOID)
{
	PartEnd = KeQueryInterruptTime() + PART_MS * 10000ULL;
}

BOOLEAN PartGoesOn(VOID)
{
	return !Failed() && KeQueryInterruptTime() < PartEnd;
}

BOOLEAN Failed(VOID)
{
	return InterlockedCompareExchange(&Failures, 0, 0) != 0;
}

VOID Fail(PCSTR What, LONG Seen, LONG Expected)
{
	InterlockedIncrement(&Failures);
	DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, "smp_stress: FAILED: %s: %d, not %d\n", What,
		   Seen, Expected);
}

BOOLEAN Await(PVOID Object, PCSTR What)
{
	LARGE_INTEGER Timeout;
	NTSTATUS Status;

	Timeout.QuadPart = -10000LL * PATIENCE_MS;
	Status = KeWaitForSingleObject(Object, Executive, KernelMode, FALSE, &Timeout);
	if (Status != STATUS_SUCCESS)
		Fail(What, Status, STATUS_SUCCESS);
	return Status == STATUS_SUCCESS;
}

BOOLEAN RunThreads(PSTRESS_THREAD Threads, ULONG Count)
{
	PVOID Objects[MAX_THREADS];
	ULONG Started, i;

	for (Started = 0; Started < Count; Started++) {
		HANDLE Handle;
		NTSTATUS Status;

		Status = PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL,
					      Threads[Started].Routine, Threads[Started].Context);
		if (!NT_SUCCESS(Status)) {
			Fail("PsCreateSystemThread", Status, STATUS_SUCCESS);
			break;
		}
		Status = ObReferenceObjectByHandle(Handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode,
						   &Objects[Started], NULL);
		NT_ASSERT(NT_SUCCESS(Status));
		ZwClose(Handle);
	}
	for (i = 0; i < Started; i++) {
		/* What a thread waits for has a limit of its own, so that it ends. */
		if (!Await(Objects[i], "the end of a thread"))
			KeWaitForSingleObject(Objects[i], Executive, KernelMode, FALSE, NULL);
		ObDereferenceObject(Objects[i]);
	}
	return !Failed();
}

static VOID StressUnload(_In_ PDRIVER_OBJECT DriverObject)
{
	UNREFERENCED_PARAMETER(DriverObject);
	DbgPrint("smp_stress: DriverUnload\n");
}

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	LONG Events, Any, All, Requests, Lists, Locks, Items;

	UNREFERENCED_PARAMETER(RegistryPath);
	DriverObject->DriverUnload = StressUnload;

	Locks = StressLocks();
	Lists = StressLists();
	Events = StressEvents();
	Any = StressWaitAny();
	All = StressWaitAll();
	Requests = StressRequests();
	Items = StressWorkItems();
	if (Failed())
		return STATUS_UNSUCCESSFUL;
	DbgPrint("smp_stress: ok locks %d lists %d events %d any %d all %d requests %d items %d\n", Locks,
		 Lists, Events, Any, All, Requests, Items);
	return STATUS_SUCCESS;
}
