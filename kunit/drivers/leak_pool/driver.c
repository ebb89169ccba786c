// SPDX-License-Identifier: GPL-2.0 OR MIT
// Unloads and leaves pool behind, one block from each generation of the API.
#include <ntddk.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD LeakUnload;

static VOID LeakUnload(_In_ PDRIVER_OBJECT DriverObject)
{
	UNREFERENCED_PARAMETER(DriverObject);
	DbgPrint("leak_pool: DriverUnload\n");
}

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	PVOID Old, New;

	UNREFERENCED_PARAMETER(RegistryPath);

	Old = ExAllocatePoolWithTag(NonPagedPoolNx, 1000, 'kaeL');
	New = ExAllocatePool2(POOL_FLAG_NON_PAGED, 3000, 'KAEL');
	if (Old == NULL || New == NULL) {
		if (Old != NULL)
			ExFreePoolWithTag(Old, 'kaeL');
		if (New != NULL)
			ExFreePoolWithTag(New, 'KAEL');
		return STATUS_INSUFFICIENT_RESOURCES;
	}
	DbgPrint("leak_pool: leaves 1000 and 3000 bytes\n");
	DriverObject->DriverUnload = LeakUnload;
	return STATUS_SUCCESS;
}
