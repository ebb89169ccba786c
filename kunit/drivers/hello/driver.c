// SPDX-License-Identifier: GPL-2.0 OR MIT
// What DriverEntry gets, field by field as it is documented.
#include <ntddk.h>
#include "driver.tmh"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD HelloUnload;

#pragma alloc_text(INIT, DriverEntry)

static VOID HelloUnload(_In_ PDRIVER_OBJECT DriverObject)
{
	DbgPrint("hello: DriverUnload%s\n",
		 DriverObject->Flags & DRVO_UNLOAD_INVOKED ? ", as its object says" : "");
}

// The text, with room for the NUL behind it that careless drivers count on.
static BOOLEAN IsText(_In_ PCUNICODE_STRING String, _In_ PCWSTR Text)
{
	UNICODE_STRING Wanted;

	RtlInitUnicodeString(&Wanted, Text);
	return RtlEqualUnicodeString(String, &Wanted, FALSE) &&
	       String->MaximumLength >= String->Length + sizeof(WCHAR) &&
	       String->Buffer[String->Length / sizeof(WCHAR)] == 0;
}

static BOOLEAN IsInImage(_In_ PDRIVER_OBJECT DriverObject, _In_ ULONG_PTR Code)
{
	const ULONG_PTR Start = (ULONG_PTR)DriverObject->DriverStart;

	return Start != 0 && Code >= Start && Code - Start < DriverObject->DriverSize;
}

static BOOLEAN HasDispatch(_In_ PDRIVER_OBJECT DriverObject)
{
	ULONG i;

	for (i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
		if (DriverObject->MajorFunction[i] == NULL)
			return FALSE;
	return TRUE;
}

#define CHECK(Condition)				\
	do {						\
		if (!(Condition))			\
			return #Condition;		\
	} while (0)

// NULL, or what is not so.
static PCSTR Wrong(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	CHECK(DriverObject->Type == IO_TYPE_DRIVER);
	CHECK(DriverObject->Size == sizeof(DRIVER_OBJECT));
	CHECK(DriverObject->DeviceObject == NULL);
	CHECK(IsText(&DriverObject->DriverName, L"\\Driver\\hello"));
	CHECK(DriverObject->DriverInit == DriverEntry);
	CHECK(IsInImage(DriverObject, (ULONG_PTR)DriverEntry));
	CHECK(IsInImage(DriverObject, (ULONG_PTR)HelloUnload));
	CHECK(DriverObject->DriverStartIo == NULL);
	CHECK(DriverObject->DriverUnload == NULL);
	CHECK(HasDispatch(DriverObject));
	CHECK(DriverObject->DriverExtension != NULL);
	CHECK(DriverObject->DriverExtension->DriverObject == DriverObject);
	CHECK(DriverObject->DriverExtension->AddDevice == NULL);
	CHECK(IsText(&DriverObject->DriverExtension->ServiceKeyName, L"hello"));
	CHECK(IsText(RegistryPath,
		     L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\hello"));
	return NULL;
}

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	const PCSTR What = Wrong(DriverObject, RegistryPath);

	DbgPrint("hello: DriverEntry %wZ\n", RegistryPath);
	if (What)
		DbgPrint("hello: DriverObject: not so: %s\n", What);
	else
		DbgPrint("hello: DriverObject ok\n");
	DriverObject->DriverUnload = HelloUnload;
	return STATUS_SUCCESS;
}
