// SPDX-License-Identifier: GPL-2.0 OR MIT
// Unloads and leaves an IRP behind.
#include <ntddk.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD LeakUnload;

static VOID LeakUnload(_In_ PDRIVER_OBJECT DriverObject)
{
	UNREFERENCED_PARAMETER(DriverObject);
	DbgPrint("leak_irp: DriverUnload\n");
}

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	PIRP Irp;

	UNREFERENCED_PARAMETER(RegistryPath);

	Irp = IoAllocateIrp(1, FALSE);
	if (Irp == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	DbgPrint("leak_irp: leaves an IRP\n");
	DriverObject->DriverUnload = LeakUnload;
	return STATUS_SUCCESS;
}
