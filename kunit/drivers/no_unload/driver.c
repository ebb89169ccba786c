// SPDX-License-Identifier: GPL-2.0 OR MIT
// A driver without DriverUnload cannot be unloaded, on Windows as here.
#include <ntddk.h>

DRIVER_INITIALIZE DriverEntry;

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	UNREFERENCED_PARAMETER(DriverObject);
	UNREFERENCED_PARAMETER(RegistryPath);
	DbgPrint("no_unload: DriverEntry\n");
	return STATUS_SUCCESS;
}
