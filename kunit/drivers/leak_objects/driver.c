// SPDX-License-Identifier: GPL-2.0 OR MIT
// Leaves one of each behind that a driver has to give back.
#include <ntddk.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD LeakUnload;

static KSTART_ROUTINE LeakThread;

static UCHAR Buffer[100];

static VOID LeakThread(_In_ PVOID Context)
{
	UNREFERENCED_PARAMETER(Context);
	PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID LeakUnload(_In_ PDRIVER_OBJECT DriverObject)
{
	UNREFERENCED_PARAMETER(DriverObject);
	DbgPrint("leak_objects: DriverUnload\n");
}

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\LeakObjects");
	UNICODE_STRING Link = RTL_CONSTANT_STRING(L"\\DosDevices\\LeakObjects");
	PDEVICE_OBJECT Device;
	HANDLE Thread;
	NTSTATUS Status;

	UNREFERENCED_PARAMETER(RegistryPath);
	DriverObject->DriverUnload = LeakUnload;

	Status = IoCreateDevice(DriverObject, 64, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &Device);
	if (!NT_SUCCESS(Status))
		return Status;
	Status = IoCreateSymbolicLink(&Link, &Name);
	if (!NT_SUCCESS(Status))
		return Status;
	Status = PsCreateSystemThread(&Thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, LeakThread, NULL);
	if (!NT_SUCCESS(Status))
		return Status;
	if (!IoAllocateMdl(Buffer, sizeof(Buffer), FALSE, FALSE, NULL) ||
	    !IoAllocateWorkItem(Device) ||
	    !ExAllocatePoolWithTag(NonPagedPoolNx, 3 * PAGE_SIZE, 'egaP'))
		return STATUS_INSUFFICIENT_RESOURCES;
	DbgPrint("leak_objects: device flags %x\n", Device->Flags);
	return STATUS_SUCCESS;
}
