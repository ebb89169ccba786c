// SPDX-License-Identifier: GPL-2.0 OR MIT
#include <ntddk.h>
#include <wsk.h>

static const WSK_CLIENT_DISPATCH Dispatch = { MAKE_WSK_VERSION(1, 0), 0, NULL };
static WSK_REGISTRATION Registration;

static VOID MinimalUnload(PDRIVER_OBJECT DriverObject)
{
	WskDeregister(&Registration);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
	WSK_CLIENT_NPI Client = { NULL, &Dispatch };
	WSK_PROVIDER_NPI Provider;
	NTSTATUS Status = WskRegister(&Client, &Registration);

	if (!NT_SUCCESS(Status))
		return Status;
	Status = WskCaptureProviderNPI(&Registration, WSK_NO_WAIT, &Provider);
	if (!NT_SUCCESS(Status)) {
		WskDeregister(&Registration);
		return Status;
	}
	DbgPrint("minimal: WSK provider, version 0x%04x\n", Provider.Dispatch->Version);
	WskReleaseProviderNPI(&Registration);
	DriverObject->DriverUnload = MinimalUnload;
	return STATUS_SUCCESS;
}
