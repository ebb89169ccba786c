// SPDX-License-Identifier: GPL-2.0 OR MIT
// A client of nmr_provider's interface, in a driver of its own: they may be loaded and unloaded
// in either order. It would like version 2 and makes do with 1.
#include "../nmr_provider/adder.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD SumUnload;

static const ADDER_CLIENT_DISPATCH Newer = { 2, 0 };
// So long that a wait for it is told in the log.
static const ADDER_CLIENT_DISPATCH Older = { 1, 15000 };

static HANDLE Client;
static PVOID ProviderContext;

static NTSTATUS SumAttachProvider(HANDLE Handle, PVOID Context, PNPI_REGISTRATION_INSTANCE Provider)
{
	const ADDER_PROVIDER_DISPATCH *Adder;
	NTSTATUS Status;

	UNREFERENCED_PARAMETER(Context);
	UNREFERENCED_PARAMETER(Provider);
	Status = NmrClientAttachProvider(Handle, &Client, &Newer, &ProviderContext,
					 (CONST VOID **)&Adder);
	if (Status == STATUS_NOINTERFACE)
		Status = NmrClientAttachProvider(Handle, &Client, &Older, &ProviderContext,
						 (CONST VOID **)&Adder);
	if (NT_SUCCESS(Status))
		DbgPrint("nmr_client: 2 + 3 = %u by version %u\n",
			 Adder->Add(ProviderContext, 2, 3), Adder->Version);
	return Status;
}

static NTSTATUS SumDetachProvider(PVOID Context)
{
	UNREFERENCED_PARAMETER(Context);
	DbgPrint("nmr_client: detaches\n");
	return STATUS_SUCCESS;
}

static const NPI_MODULEID ModuleId = { sizeof(ModuleId), MIT_GUID, { { 0x636c6974 } } };
static const NPI_CLIENT_CHARACTERISTICS Characteristics = {
	0, sizeof(Characteristics), SumAttachProvider, SumDetachProvider, NULL,
	{ 0, sizeof(NPI_REGISTRATION_INSTANCE), &AdderNpiId, &ModuleId, 0, NULL },
};

static VOID SumUnload(_In_ PDRIVER_OBJECT DriverObject)
{
	UNREFERENCED_PARAMETER(DriverObject);
	NmrDeregisterClient(Client);
	NmrWaitForClientDeregisterComplete(Client);
	DbgPrint("nmr_client: is gone\n");
}

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	UNREFERENCED_PARAMETER(RegistryPath);
	DriverObject->DriverUnload = SumUnload;
	return NmrRegisterClient(&Characteristics, NULL, &Client);
}
