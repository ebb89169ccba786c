// SPDX-License-Identifier: GPL-2.0 OR MIT
// Unloads and leaves a listening socket and its registration behind.
#include <ntddk.h>
#include <wsk.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD LeakUnload;

static const WSK_CLIENT_DISPATCH Dispatch = { MAKE_WSK_VERSION(1, 0), 0, NULL };
static WSK_REGISTRATION Registration;

static IO_COMPLETION_ROUTINE LeakComplete;

static NTSTATUS LeakComplete(_In_ PDEVICE_OBJECT DeviceObject, _In_ PIRP Irp, _In_opt_ PVOID Context)
{
	UNREFERENCED_PARAMETER(DeviceObject);
	UNREFERENCED_PARAMETER(Irp);

	KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

// Creates a socket that nothing will ever close.
static NTSTATUS LeakSocket(VOID)
{
	WSK_PROVIDER_NPI Provider;
	KEVENT Created;
	PIRP Irp;
	NTSTATUS Status;

	Status = WskCaptureProviderNPI(&Registration, WSK_NO_WAIT, &Provider);
	if (!NT_SUCCESS(Status))
		return Status;
	Irp = IoAllocateIrp(1, FALSE);
	if (Irp == NULL) {
		WskReleaseProviderNPI(&Registration);
		return STATUS_INSUFFICIENT_RESOURCES;
	}
	KeInitializeEvent(&Created, NotificationEvent, FALSE);
	IoSetCompletionRoutine(Irp, LeakComplete, &Created, TRUE, TRUE, TRUE);
	Provider.Dispatch->WskSocket(Provider.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
				     WSK_FLAG_LISTEN_SOCKET, NULL, NULL, NULL, NULL, NULL, Irp);
	KeWaitForSingleObject(&Created, Executive, KernelMode, FALSE, NULL);
	Status = Irp->IoStatus.Status;
	IoFreeIrp(Irp);
	WskReleaseProviderNPI(&Registration);
	return Status;
}

static VOID LeakUnload(_In_ PDRIVER_OBJECT DriverObject)
{
	UNREFERENCED_PARAMETER(DriverObject);
	DbgPrint("leak_socket: DriverUnload\n");
}

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	WSK_CLIENT_NPI Client = { NULL, &Dispatch };
	NTSTATUS Status;

	UNREFERENCED_PARAMETER(RegistryPath);

	Status = WskRegister(&Client, &Registration);
	if (!NT_SUCCESS(Status))
		return Status;
	Status = LeakSocket();
	if (!NT_SUCCESS(Status)) {
		WskDeregister(&Registration);
		return Status;
	}
	DbgPrint("leak_socket: leaves a listening socket\n");
	DriverObject->DriverUnload = LeakUnload;
	return STATUS_SUCCESS;
}
