// SPDX-License-Identifier: GPL-2.0 OR MIT
#include <ntddk.h>
#include "counter.h"
#include "driver.tmh"

extern "C" DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD HelloUnload;

static VOID HelloUnload(_In_ PDRIVER_OBJECT)
{
	HelloSay("DriverUnload");
}

extern "C" NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	DbgPrint("hello_cxx: DriverEntry %wZ\n", RegistryPath);
	HelloSay("DriverEntry");
	NT_ASSERT(Counter::Instance<HelloTag>().Next() == 2);
	DriverObject->DriverUnload = HelloUnload;
	return STATUS_SUCCESS;
}
