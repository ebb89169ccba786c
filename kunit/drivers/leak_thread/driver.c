// SPDX-License-Identifier: GPL-2.0 OR MIT
// Unloads while its system thread still runs, for fifteen seconds more; or for 25, where a wait costs nothing.
#include <ntddk.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD LeakUnload;
static KSTART_ROUTINE LeakThread;

static KEVENT Unloading;

// Under User-Mode Linux the clock leaps when the machine is idle, and stands still while it works.
static BOOLEAN ClockLeaps(VOID)
{
	ULONGLONG Before = KeQueryInterruptTime();
	ULONG i;

	for (i = 0; i < 1000000; i++)
		YieldProcessor();
	return KeQueryInterruptTime() - Before < 1000;
}

static VOID LeakThread(_In_ PVOID Context)
{
	const LONG Seconds = ClockLeaps() ? 25 : 15;
	LARGE_INTEGER Interval;

	UNREFERENCED_PARAMETER(Context);
	KeWaitForSingleObject(&Unloading, Executive, KernelMode, FALSE, NULL);
	Interval.QuadPart = -10000000LL * Seconds;
	KeDelayExecutionThread(KernelMode, FALSE, &Interval);
	DbgPrint("leak_thread: the thread ends after %d s\n", Seconds);
	PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID LeakUnload(_In_ PDRIVER_OBJECT DriverObject)
{
	UNREFERENCED_PARAMETER(DriverObject);
	KeSetEvent(&Unloading, IO_NO_INCREMENT, FALSE);
	DbgPrint("leak_thread: DriverUnload\n");
}

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	HANDLE Thread;
	NTSTATUS Status;

	UNREFERENCED_PARAMETER(RegistryPath);

	KeInitializeEvent(&Unloading, NotificationEvent, FALSE);
	Status = PsCreateSystemThread(&Thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, LeakThread, NULL);
	if (!NT_SUCCESS(Status))
		return Status;
	ZwClose(Thread);
	DbgPrint("leak_thread: leaves a thread\n");
	DriverObject->DriverUnload = LeakUnload;
	return STATUS_SUCCESS;
}
