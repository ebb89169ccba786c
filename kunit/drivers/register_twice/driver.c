// SPDX-License-Identifier: GPL-2.0 OR MIT
// Registers one block twice: what was behind it the first time is lost, and the unload names it.
#include <ntddk.h>
#include <wsk.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD TwiceUnload;

static const WSK_CLIENT_DISPATCH Dispatch = { MAKE_WSK_VERSION(1, 0), 0, NULL };
static WSK_REGISTRATION Registration;

static VOID TwiceUnload(_In_ PDRIVER_OBJECT DriverObject)
{
	UNREFERENCED_PARAMETER(DriverObject);
	WskDeregister(&Registration);
	DbgPrint("register_twice: DriverUnload\n");
}

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	WSK_CLIENT_NPI Client = { NULL, &Dispatch };
	NTSTATUS Status;
	int i;

	UNREFERENCED_PARAMETER(RegistryPath);

	for (i = 0; i < 2; i++) {
		Status = WskRegister(&Client, &Registration);
		if (!NT_SUCCESS(Status)) {
			if (i > 0)
				WskDeregister(&Registration);
			return Status;
		}
	}
	DriverObject->DriverUnload = TwiceUnload;
	return STATUS_SUCCESS;
}
