// SPDX-License-Identifier: GPL-2.0 OR MIT
// Unloads with a work item in the queue that takes three seconds, queues itself once more
// and then frees itself: the unload must wait for both runs.
#include <ntddk.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD LateUnload;
static IO_WORKITEM_ROUTINE_EX LateRoutine;

static PIO_WORKITEM Item;
static ULONG Runs;

static VOID LateRoutine(_In_ PVOID IoObject, _In_ PVOID Context, _In_ PIO_WORKITEM WorkItem)
{
	LARGE_INTEGER Interval;

	UNREFERENCED_PARAMETER(IoObject);
	Interval.QuadPart = -30000000LL;
	KeDelayExecutionThread(KernelMode, FALSE, &Interval);
	Runs++;
	DbgPrint("late_work: run %u\n", Runs);
	if (Runs == 1)
		IoQueueWorkItemEx(WorkItem, LateRoutine, DelayedWorkQueue, Context);
	else
		IoFreeWorkItem(WorkItem);
}

static VOID LateUnload(_In_ PDRIVER_OBJECT DriverObject)
{
	IoQueueWorkItemEx(Item, LateRoutine, DelayedWorkQueue, DriverObject);
	DbgPrint("late_work: DriverUnload\n");
}

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	UNREFERENCED_PARAMETER(RegistryPath);
	Item = IoAllocateWorkItem((PDEVICE_OBJECT)DriverObject);
	if (!Item)
		return STATUS_INSUFFICIENT_RESOURCES;
	DriverObject->DriverUnload = LateUnload;
	return STATUS_SUCCESS;
}
