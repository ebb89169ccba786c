// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Loading this driver measures what a driver pays, through the public functions alone. */
#include "rows.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD BenchUnload;

static VOID BenchUnload(PDRIVER_OBJECT DriverObject)
{
	UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
	NTSTATUS Status;

	UNREFERENCED_PARAMETER(RegistryPath);
	DriverObject->DriverUnload = BenchUnload;

	Status = BenchKernelRows();
	if (NT_SUCCESS(Status))
		Status = BenchSocketRows();
	return Status;
}
