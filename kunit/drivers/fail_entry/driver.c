// SPDX-License-Identifier: GPL-2.0 OR MIT
// A DriverEntry that fails at once: insmod must fail with the status, mapped.
#include <ntddk.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD FailUnload;

static VOID FailUnload(_In_ PDRIVER_OBJECT DriverObject)
{
	UNREFERENCED_PARAMETER(DriverObject);
	DbgPrint("fail_entry: DriverUnload runs, which Windows does not do\n");
}

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	UNREFERENCED_PARAMETER(RegistryPath);
	DriverObject->DriverUnload = FailUnload;
	DbgPrint("fail_entry: DriverEntry returns STATUS_NOT_SUPPORTED\n");
	return STATUS_NOT_SUPPORTED;
}
