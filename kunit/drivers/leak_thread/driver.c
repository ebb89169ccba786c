// SPDX-License-Identifier: GPL-2.0 OR MIT
// Unloads while its system thread still runs, for twelve seconds more.
#include <ntddk.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD LeakUnload;

static KSTART_ROUTINE LeakThread;

static VOID LeakThread(_In_ PVOID Context)
{
	LARGE_INTEGER Interval;

	UNREFERENCED_PARAMETER(Context);

	Interval.QuadPart = -120000000LL;
	KeDelayExecutionThread(KernelMode, FALSE, &Interval);
	DbgPrint("leak_thread: the thread ends\n");
	PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID LeakUnload(_In_ PDRIVER_OBJECT DriverObject)
{
	UNREFERENCED_PARAMETER(DriverObject);
	DbgPrint("leak_thread: DriverUnload\n");
}

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	HANDLE Thread;
	NTSTATUS Status;

	UNREFERENCED_PARAMETER(RegistryPath);

	Status = PsCreateSystemThread(&Thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, LeakThread, NULL);
	if (!NT_SUCCESS(Status))
		return Status;
	ZwClose(Thread);
	DbgPrint("leak_thread: leaves a thread\n");
	DriverObject->DriverUnload = LeakUnload;
	return STATUS_SUCCESS;
}
