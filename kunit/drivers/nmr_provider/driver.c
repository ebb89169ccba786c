// SPDX-License-Identifier: GPL-2.0 OR MIT
// A provider of an interface of its own, for clients in other drivers. It speaks version 1, and
// lets each detach pend for as long as the client has asked for.
#include "adder.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD AdderUnload;
static IO_WORKITEM_ROUTINE AdderDetachLater;

typedef struct _ADDER_BINDING {
	HANDLE Handle;
	ULONG DetachDelay;
	PIO_WORKITEM Item;
} ADDER_BINDING, *PADDER_BINDING;

static HANDLE Provider;
static PDRIVER_OBJECT Driver;

static ULONG Add(PVOID Context, ULONG A, ULONG B)
{
	UNREFERENCED_PARAMETER(Context);
	return A + B;
}

static const ADDER_PROVIDER_DISPATCH Dispatch = { 1, Add };

static NTSTATUS AdderAttachClient(HANDLE Handle, PVOID Context, PNPI_REGISTRATION_INSTANCE Client,
				  PVOID ClientContext, CONST VOID *ClientDispatch,
				  PVOID *ProviderContext, CONST VOID **ProviderDispatch)
{
	const ADDER_CLIENT_DISPATCH *Theirs = (const ADDER_CLIENT_DISPATCH *)ClientDispatch;
	PADDER_BINDING Binding;

	UNREFERENCED_PARAMETER(Context);
	UNREFERENCED_PARAMETER(Client);
	UNREFERENCED_PARAMETER(ClientContext);
	if (Theirs->Version != Dispatch.Version) {
		DbgPrint("nmr_provider: refuses version %u\n", Theirs->Version);
		return STATUS_NOINTERFACE;
	}
	Binding = (PADDER_BINDING)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*Binding), 'ddAN');
	if (!Binding)
		return STATUS_INSUFFICIENT_RESOURCES;
	Binding->Item = IoAllocateWorkItem((PDEVICE_OBJECT)Driver);
	if (!Binding->Item) {
		ExFreePoolWithTag(Binding, 'ddAN');
		return STATUS_INSUFFICIENT_RESOURCES;
	}
	Binding->Handle = Handle;
	Binding->DetachDelay = Theirs->DetachDelay;
	*ProviderContext = Binding;
	*ProviderDispatch = &Dispatch;
	return STATUS_SUCCESS;
}

static VOID AdderDetachLater(_In_ PDEVICE_OBJECT DeviceObject, _In_opt_ PVOID Context)
{
	PADDER_BINDING Binding = (PADDER_BINDING)Context;
	LARGE_INTEGER Interval;

	UNREFERENCED_PARAMETER(DeviceObject);
	Interval.QuadPart = -10000LL * Binding->DetachDelay;
	KeDelayExecutionThread(KernelMode, FALSE, &Interval);
	NmrProviderDetachClientComplete(Binding->Handle);
}

static NTSTATUS AdderDetachClient(PVOID Context)
{
	PADDER_BINDING Binding = (PADDER_BINDING)Context;

	DbgPrint("nmr_provider: detaches for %u ms\n", Binding->DetachDelay);
	if (!Binding->DetachDelay)
		return STATUS_SUCCESS;
	IoQueueWorkItem(Binding->Item, AdderDetachLater, DelayedWorkQueue, Binding);
	return STATUS_PENDING;
}

static VOID AdderCleanup(PVOID Context)
{
	PADDER_BINDING Binding = (PADDER_BINDING)Context;

	DbgPrint("nmr_provider: cleans up\n");
	IoFreeWorkItem(Binding->Item);
	ExFreePoolWithTag(Binding, 'ddAN');
}

static const NPI_MODULEID ModuleId = { sizeof(ModuleId), MIT_GUID, { { 0x70726f76 } } };
static const NPI_PROVIDER_CHARACTERISTICS Characteristics = {
	0, sizeof(Characteristics), AdderAttachClient, AdderDetachClient, AdderCleanup,
	{ 0, sizeof(NPI_REGISTRATION_INSTANCE), &AdderNpiId, &ModuleId, 0, NULL },
};

static VOID AdderUnload(_In_ PDRIVER_OBJECT DriverObject)
{
	UNREFERENCED_PARAMETER(DriverObject);
	NmrDeregisterProvider(Provider);
	NmrWaitForProviderDeregisterComplete(Provider);
	DbgPrint("nmr_provider: has no client any more\n");
}

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	UNREFERENCED_PARAMETER(RegistryPath);
	Driver = DriverObject;
	DriverObject->DriverUnload = AdderUnload;
	return NmrRegisterProvider(&Characteristics, NULL, &Provider);
}
