// SPDX-License-Identifier: GPL-2.0 OR MIT
// A client of Winsock Kernel that has attached through the NMR, twice, and unloads with a listening
// socket of each: one client never deregisters, the other does and does not wait for the end.
#include <ntddk.h>
#include <netioddk.h>
#include <wsk.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD LeakUnload;
static IO_COMPLETION_ROUTINE LeakComplete;

static const WSK_CLIENT_DISPATCH ClientDispatch = { MAKE_WSK_VERSION(1, 0), 0, NULL };
static WSK_PROVIDER_NPI Forgotten, Begun;
static HANDLE ForgottenHandle, BegunHandle;
static BOOLEAN Unloaded;

static NTSTATUS LeakAttach(HANDLE Handle, PVOID Context, PNPI_REGISTRATION_INSTANCE Provider)
{
	PWSK_PROVIDER_NPI Npi = (PWSK_PROVIDER_NPI)Context;

	UNREFERENCED_PARAMETER(Provider);
	return NmrClientAttachProvider(Handle, Context, &ClientDispatch, (PVOID *)&Npi->Client,
				       (CONST VOID **)&Npi->Dispatch);
}

static NTSTATUS LeakDetach(PVOID Context)
{
	DbgPrint("leak_nmr_wsk: %s detach callback runs%s\n", Context == &Begun ? "its" : "no",
		 Unloaded ? " after DriverUnload" : "");
	return STATUS_SUCCESS;
}

static VOID LeakCleanup(PVOID Context)
{
	UNREFERENCED_PARAMETER(Context);
	DbgPrint("leak_nmr_wsk: a cleanup callback runs%s\n", Unloaded ? " after DriverUnload" : "");
}

static const NPI_MODULEID ModuleId = { sizeof(ModuleId), MIT_GUID, { { 0x6c656177 } } };
static const NPI_CLIENT_CHARACTERISTICS Characteristics = {
	0, sizeof(Characteristics), LeakAttach, LeakDetach, LeakCleanup,
	{ 0, sizeof(NPI_REGISTRATION_INSTANCE), &NPI_WSK_INTERFACE_ID, &ModuleId, 0, NULL },
};

static NTSTATUS LeakComplete(_In_ PDEVICE_OBJECT DeviceObject, _In_ PIRP Irp, _In_opt_ PVOID Context)
{
	UNREFERENCED_PARAMETER(DeviceObject);
	UNREFERENCED_PARAMETER(Irp);
	KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

// A client of the NMR, and a socket that nothing will ever close.
static NTSTATUS LeakClient(PHANDLE Handle, PWSK_PROVIDER_NPI Npi)
{
	KEVENT Created;
	PIRP Irp;
	NTSTATUS Status;

	Status = NmrRegisterClient(&Characteristics, Npi, Handle);
	if (!NT_SUCCESS(Status))
		return Status;
	Irp = IoAllocateIrp(1, FALSE);
	if (Irp == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	KeInitializeEvent(&Created, NotificationEvent, FALSE);
	IoSetCompletionRoutine(Irp, LeakComplete, &Created, TRUE, TRUE, TRUE);
	Npi->Dispatch->WskSocket(Npi->Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
				 WSK_FLAG_LISTEN_SOCKET, NULL, NULL, NULL, NULL, NULL, Irp);
	KeWaitForSingleObject(&Created, Executive, KernelMode, FALSE, NULL);
	Status = Irp->IoStatus.Status;
	IoFreeIrp(Irp);
	return Status;
}

static VOID LeakUnload(_In_ PDRIVER_OBJECT DriverObject)
{
	UNREFERENCED_PARAMETER(DriverObject);
	NmrDeregisterClient(BegunHandle);
	Unloaded = TRUE;
	DbgPrint("leak_nmr_wsk: DriverUnload\n");
}

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	NTSTATUS Status;

	UNREFERENCED_PARAMETER(RegistryPath);
	DriverObject->DriverUnload = LeakUnload;
	Status = LeakClient(&ForgottenHandle, &Forgotten);
	if (NT_SUCCESS(Status))
		Status = LeakClient(&BegunHandle, &Begun);
	return Status;
}
