// SPDX-License-Identifier: GPL-2.0 OR MIT
// A DriverEntry that fails and leaves its registration and captured NPI behind.
#include <ntddk.h>
#include <wsk.h>

DRIVER_INITIALIZE DriverEntry;

static const WSK_CLIENT_DISPATCH Dispatch = { MAKE_WSK_VERSION(1, 0), 0, NULL };
static WSK_REGISTRATION Registration;

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	WSK_CLIENT_NPI Client = { NULL, &Dispatch };
	WSK_PROVIDER_NPI Provider;
	NTSTATUS Status;

	UNREFERENCED_PARAMETER(DriverObject);
	UNREFERENCED_PARAMETER(RegistryPath);

	Status = WskRegister(&Client, &Registration);
	if (!NT_SUCCESS(Status))
		return Status;
	Status = WskCaptureProviderNPI(&Registration, WSK_NO_WAIT, &Provider);
	if (!NT_SUCCESS(Status)) {
		WskDeregister(&Registration);
		return Status;
	}
	DbgPrint("fail_after_register: registered, and DriverEntry fails\n");
	return STATUS_INSUFFICIENT_RESOURCES;
}
