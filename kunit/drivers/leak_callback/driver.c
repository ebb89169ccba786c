// SPDX-License-Identifier: GPL-2.0 OR MIT
// Unloads while two of its accept events run, which take much longer than the ten seconds after which
// an unload says what it waits for, and leaves all else behind as well: a client of WskRegister and
// one of the NMR, each with a listening socket.
#include <ntddk.h>
#include <netioddk.h>
#include <wsk.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD LeakUnload;
static IO_COMPLETION_ROUTINE LeakComplete;

typedef struct _SIDE {
	WSK_PROVIDER_NPI Npi;
	LONG Seconds;		// that its event takes
	KEVENT Entered;
} SIDE;

static const WSK_CLIENT_DISPATCH ClientDispatch = { MAKE_WSK_VERSION(1, 0), 0, NULL };
static SIDE Registered = { .Seconds = 20 }, Attached = { .Seconds = 23 };
static WSK_REGISTRATION Registration;
static HANDLE Handle;

static NTSTATUS LeakAttach(HANDLE Binding, PVOID Context, PNPI_REGISTRATION_INSTANCE Provider)
{
	UNREFERENCED_PARAMETER(Context);
	UNREFERENCED_PARAMETER(Provider);
	return NmrClientAttachProvider(Binding, NULL, &ClientDispatch, (PVOID *)&Attached.Npi.Client,
				       (CONST VOID **)&Attached.Npi.Dispatch);
}

static NTSTATUS LeakDetach(PVOID Context)
{
	UNREFERENCED_PARAMETER(Context);
	return STATUS_SUCCESS;
}

static const NPI_MODULEID ModuleId = { sizeof(ModuleId), MIT_GUID, { { 0x6c656163 } } };
static const NPI_CLIENT_CHARACTERISTICS Characteristics = {
	0, sizeof(Characteristics), LeakAttach, LeakDetach, NULL,
	{ 0, sizeof(NPI_REGISTRATION_INSTANCE), &NPI_WSK_INTERFACE_ID, &ModuleId, 0, NULL },
};

static NTSTATUS WSKAPI LeakAccept(PVOID SocketContext, ULONG Flags, PSOCKADDR Local, PSOCKADDR Remote,
				  PWSK_SOCKET AcceptSocket, PVOID *AcceptContext,
				  CONST WSK_CLIENT_CONNECTION_DISPATCH **AcceptDispatch)
{
	SIDE *Side = (SIDE *)SocketContext;
	LARGE_INTEGER Interval;

	UNREFERENCED_PARAMETER(Flags);
	UNREFERENCED_PARAMETER(Local);
	UNREFERENCED_PARAMETER(Remote);
	UNREFERENCED_PARAMETER(AcceptSocket);
	UNREFERENCED_PARAMETER(AcceptContext);
	UNREFERENCED_PARAMETER(AcceptDispatch);
	KeSetEvent(&Side->Entered, IO_NO_INCREMENT, FALSE);
	Interval.QuadPart = Side->Seconds * -10000000LL;
	KeDelayExecutionThread(KernelMode, FALSE, &Interval);
	DbgPrint("leak_callback: an event ends after %d s\n", Side->Seconds);
	return STATUS_REQUEST_NOT_ACCEPTED;
}

static const WSK_CLIENT_LISTEN_DISPATCH ListenDispatch = { LeakAccept, NULL, NULL };

static NTSTATUS LeakComplete(_In_ PDEVICE_OBJECT DeviceObject, _In_ PIRP Irp, _In_opt_ PVOID Context)
{
	UNREFERENCED_PARAMETER(DeviceObject);
	UNREFERENCED_PARAMETER(Irp);
	KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static PIRP Ready(_In_ PIRP Irp, _In_ PKEVENT Event)
{
	KeInitializeEvent(Event, NotificationEvent, FALSE);
	IoReuseIrp(Irp, STATUS_UNSUCCESSFUL);
	IoSetCompletionRoutine(Irp, LeakComplete, Event, TRUE, TRUE, TRUE);
	return Irp;
}

static NTSTATUS Wait(_In_ PIRP Irp, _In_ PKEVENT Event)
{
	KeWaitForSingleObject(Event, Executive, KernelMode, FALSE, NULL);
	return Irp->IoStatus.Status;
}

// A listening socket whose event runs: a connection of its own has come.
static NTSTATUS LeakSide(_In_ SIDE *Side, _In_ PIRP Irp)
{
	WSK_EVENT_CALLBACK_CONTROL Control = { &NPI_WSK_INTERFACE_ID, WSK_EVENT_ACCEPT };
	const WSK_PROVIDER_LISTEN_DISPATCH *Listen;
	SOCKADDR_IN Address = { 0 }, Any = { 0 };
	PWSK_SOCKET Listener;
	NTSTATUS Status;
	KEVENT Event;

	KeInitializeEvent(&Side->Entered, NotificationEvent, FALSE);
	Side->Npi.Dispatch->WskSocket(Side->Npi.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
				      WSK_FLAG_LISTEN_SOCKET, Side, &ListenDispatch, NULL, NULL, NULL,
				      Ready(Irp, &Event));
	Status = Wait(Irp, &Event);
	if (!NT_SUCCESS(Status))
		return Status;
	Listener = (PWSK_SOCKET)Irp->IoStatus.Information;
	Listen = Listener->Dispatch;
	Address.sin_family = Any.sin_family = AF_INET;
	Address.sin_addr.s_addr = RtlUlongByteSwap(INADDR_LOOPBACK);
	Listen->WskBind(Listener, (PSOCKADDR)&Address, 0, Ready(Irp, &Event));
	Status = Wait(Irp, &Event);
	if (!NT_SUCCESS(Status))
		return Status;
	Status = Listen->WskControlSocket(Listener, WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET,
					  sizeof(Control), &Control, 0, NULL, NULL, NULL);
	if (!NT_SUCCESS(Status))
		return Status;
	Listen->WskGetLocalAddress(Listener, (PSOCKADDR)&Address, Ready(Irp, &Event));
	Wait(Irp, &Event);
	Side->Npi.Dispatch->WskSocketConnect(Side->Npi.Client, SOCK_STREAM, IPPROTO_TCP, (PSOCKADDR)&Any,
					     (PSOCKADDR)&Address, 0, NULL, NULL, NULL, NULL, NULL,
					     Ready(Irp, &Event));
	Status = Wait(Irp, &Event);
	if (NT_SUCCESS(Status))
		KeWaitForSingleObject(&Side->Entered, Executive, KernelMode, FALSE, NULL);
	return Status;
}

static VOID LeakUnload(_In_ PDRIVER_OBJECT DriverObject)
{
	UNREFERENCED_PARAMETER(DriverObject);
	DbgPrint("leak_callback: DriverUnload\n");
}

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	WSK_CLIENT_NPI Client = { NULL, &ClientDispatch };
	PIRP Irp = IoAllocateIrp(1, FALSE);
	NTSTATUS Status;

	UNREFERENCED_PARAMETER(RegistryPath);
	if (Irp == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	DriverObject->DriverUnload = LeakUnload;
	Status = WskRegister(&Client, &Registration);
	if (NT_SUCCESS(Status))
		Status = WskCaptureProviderNPI(&Registration, WSK_NO_WAIT, &Registered.Npi);
	if (NT_SUCCESS(Status)) {
		Status = LeakSide(&Registered, Irp);
		WskReleaseProviderNPI(&Registration);
	}
	if (NT_SUCCESS(Status))
		Status = NmrRegisterClient(&Characteristics, NULL, &Handle);
	if (NT_SUCCESS(Status))
		Status = LeakSide(&Attached, Irp);
	IoFreeIrp(Irp);
	return Status;
}
