// SPDX-License-Identifier: GPL-2.0 OR MIT
#include <ntddk.h>
#include "driver.tmh"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD HelloUnload;

#pragma alloc_text(INIT, DriverEntry)

static VOID HelloUnload(_In_ PDRIVER_OBJECT DriverObject)
{
	UNREFERENCED_PARAMETER(DriverObject);
	DbgPrint("hello: DriverUnload\n");
}

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	DbgPrint("hello: DriverEntry %wZ\n", RegistryPath);
	DriverObject->DriverUnload = HelloUnload;
	return STATUS_SUCCESS;
}
