// SPDX-License-Identifier: GPL-2.0 OR MIT
// Unloads with NMR registrations that it did not give back: a client attached to another driver's
// provider, a provider attached to a client of its own, and a client that it deregistered and
// never waited for, whose detach it never completed. None of its own callbacks may run
// any more after DriverUnload.
#include "../nmr_provider/adder.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD LeakUnload;

// {B1D5A1A4-7C5E-4D0B-9E5F-4E4D524C4541}
static const NPIID OwnNpiId = {
	0xb1d5a1a4, 0x7c5e, 0x4d0b, { 0x9e, 0x5f, 0x4e, 0x4d, 0x52, 0x4c, 0x45, 0x41 }
};
static const ADDER_CLIENT_DISPATCH ClientDispatch = { 1, 15000 };
static HANDLE Adder, Own, Provider, Forgotten;
static BOOLEAN Unloaded;

static NTSTATUS LeakAttachProvider(HANDLE Handle, PVOID Context, PNPI_REGISTRATION_INSTANCE Instance)
{
	CONST VOID *Dispatch;
	PVOID ProviderContext;

	UNREFERENCED_PARAMETER(Instance);
	return NmrClientAttachProvider(Handle, Context, &ClientDispatch, &ProviderContext, &Dispatch);
}

static NTSTATUS LeakAttachClient(HANDLE Handle, PVOID Context, PNPI_REGISTRATION_INSTANCE Instance,
				 PVOID ClientContext, CONST VOID *Client, PVOID *ProviderContext,
				 CONST VOID **ProviderDispatch)
{
	UNREFERENCED_PARAMETER(Handle);
	UNREFERENCED_PARAMETER(Context);
	UNREFERENCED_PARAMETER(Instance);
	UNREFERENCED_PARAMETER(ClientContext);
	UNREFERENCED_PARAMETER(Client);
	*ProviderContext = &Provider;
	*ProviderDispatch = NULL;
	return STATUS_SUCCESS;
}

static NTSTATUS LeakDetach(PVOID Context)
{
	DbgPrint("leak_nmr: a detach callback runs%s\n", Unloaded ? " after DriverUnload" : "");
	return Context == &Forgotten ? STATUS_PENDING : STATUS_SUCCESS;
}

static VOID LeakCleanup(PVOID Context)
{
	UNREFERENCED_PARAMETER(Context);
	DbgPrint("leak_nmr: a cleanup callback runs%s\n", Unloaded ? " after DriverUnload" : "");
}

static const NPI_MODULEID ModuleId = { sizeof(ModuleId), MIT_GUID, { { 0x6c65616b } } };
static const NPI_CLIENT_CHARACTERISTICS AdderClient = {
	0, sizeof(AdderClient), LeakAttachProvider, LeakDetach, LeakCleanup,
	{ 0, sizeof(NPI_REGISTRATION_INSTANCE), &AdderNpiId, &ModuleId, 0, NULL },
};
static const NPI_CLIENT_CHARACTERISTICS OwnClient = {
	0, sizeof(OwnClient), LeakAttachProvider, LeakDetach, LeakCleanup,
	{ 0, sizeof(NPI_REGISTRATION_INSTANCE), &OwnNpiId, &ModuleId, 0, NULL },
};
static const NPI_PROVIDER_CHARACTERISTICS OwnProvider = {
	0, sizeof(OwnProvider), LeakAttachClient, LeakDetach, LeakCleanup,
	{ 0, sizeof(NPI_REGISTRATION_INSTANCE), &OwnNpiId, &ModuleId, 0, NULL },
};

static VOID LeakUnload(_In_ PDRIVER_OBJECT DriverObject)
{
	UNREFERENCED_PARAMETER(DriverObject);
	NmrDeregisterClient(Forgotten);
	Unloaded = TRUE;
	DbgPrint("leak_nmr: DriverUnload\n");
}

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	NTSTATUS Status;

	UNREFERENCED_PARAMETER(RegistryPath);
	DriverObject->DriverUnload = LeakUnload;
	Status = NmrRegisterProvider(&OwnProvider, NULL, &Provider);
	if (NT_SUCCESS(Status))
		Status = NmrRegisterClient(&OwnClient, &Own, &Own);
	if (NT_SUCCESS(Status))
		Status = NmrRegisterClient(&OwnClient, &Forgotten, &Forgotten);
	if (NT_SUCCESS(Status))
		Status = NmrRegisterClient(&AdderClient, &Adder, &Adder);
	return Status;
}
