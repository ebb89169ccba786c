// SPDX-License-Identifier: GPL-2.0 OR MIT
// Its DriverUnload deregisters at once, and waits there for fifteen seconds: so long takes its thread
// to close the listening socket, on which an accept is pending.
#include <ntddk.h>
#include <wsk.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD SlowUnload;
static KSTART_ROUTINE SlowThread;
static IO_COMPLETION_ROUTINE SlowComplete;

static const WSK_CLIENT_DISPATCH Dispatch = { MAKE_WSK_VERSION(1, 0), 0, NULL };
static WSK_REGISTRATION Registration;
static WSK_PROVIDER_NPI Provider;
static KEVENT Completed, Accepted, Unloading;
static PWSK_SOCKET Listener;
static PIRP Irp, AcceptIrp;

static NTSTATUS SlowComplete(_In_ PDEVICE_OBJECT DeviceObject, _In_ PIRP Request, _In_opt_ PVOID Context)
{
	UNREFERENCED_PARAMETER(DeviceObject);
	UNREFERENCED_PARAMETER(Request);
	KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static PIRP Ready(_In_ PIRP Request, _In_ PKEVENT Event)
{
	KeClearEvent(Event);
	IoReuseIrp(Request, STATUS_UNSUCCESSFUL);
	IoSetCompletionRoutine(Request, SlowComplete, Event, TRUE, TRUE, TRUE);
	return Request;
}

static NTSTATUS Wait(_In_ PIRP Request, _In_ PKEVENT Event)
{
	KeWaitForSingleObject(Event, Executive, KernelMode, FALSE, NULL);
	return Request->IoStatus.Status;
}

static VOID SlowThread(_In_ PVOID Context)
{
	const WSK_PROVIDER_LISTEN_DISPATCH *Listen = Listener->Dispatch;
	LARGE_INTEGER Interval;

	UNREFERENCED_PARAMETER(Context);
	KeWaitForSingleObject(&Unloading, Executive, KernelMode, FALSE, NULL);
	Interval.QuadPart = -150000000LL;
	KeDelayExecutionThread(KernelMode, FALSE, &Interval);
	Listen->WskCloseSocket(Listener, Ready(Irp, &Completed));
	DbgPrint("slow_unload: the accept ends with %08x\n", Wait(AcceptIrp, &Accepted));
	Wait(Irp, &Completed);
	IoFreeIrp(AcceptIrp);
	IoFreeIrp(Irp);
	PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID SlowUnload(_In_ PDRIVER_OBJECT DriverObject)
{
	UNREFERENCED_PARAMETER(DriverObject);
	KeSetEvent(&Unloading, IO_NO_INCREMENT, FALSE);
	WskDeregister(&Registration);
	DbgPrint("slow_unload: DriverUnload\n");
}

static NTSTATUS SlowListen(VOID)
{
	const WSK_PROVIDER_LISTEN_DISPATCH *Listen;
	SOCKADDR_IN Address = { 0 };
	NTSTATUS Status;

	Provider.Dispatch->WskSocket(Provider.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
				     WSK_FLAG_LISTEN_SOCKET, NULL, NULL, NULL, NULL, NULL,
				     Ready(Irp, &Completed));
	Status = Wait(Irp, &Completed);
	if (!NT_SUCCESS(Status))
		return Status;
	Listener = (PWSK_SOCKET)Irp->IoStatus.Information;
	Listen = Listener->Dispatch;
	Address.sin_family = AF_INET;
	Address.sin_addr.s_addr = RtlUlongByteSwap(INADDR_LOOPBACK);
	Listen->WskBind(Listener, (PSOCKADDR)&Address, 0, Ready(Irp, &Completed));
	Status = Wait(Irp, &Completed);
	if (NT_SUCCESS(Status))
		Listen->WskAccept(Listener, 0, NULL, NULL, NULL, NULL, Ready(AcceptIrp, &Accepted));
	return Status;
}

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	WSK_CLIENT_NPI Client = { NULL, &Dispatch };
	HANDLE Thread;
	NTSTATUS Status;

	UNREFERENCED_PARAMETER(RegistryPath);
	KeInitializeEvent(&Completed, NotificationEvent, FALSE);
	KeInitializeEvent(&Accepted, NotificationEvent, FALSE);
	KeInitializeEvent(&Unloading, NotificationEvent, FALSE);
	Irp = IoAllocateIrp(1, FALSE);
	AcceptIrp = IoAllocateIrp(1, FALSE);
	if (Irp == NULL || AcceptIrp == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	Status = WskRegister(&Client, &Registration);
	if (!NT_SUCCESS(Status))
		return Status;
	Status = WskCaptureProviderNPI(&Registration, WSK_NO_WAIT, &Provider);
	if (NT_SUCCESS(Status)) {
		Status = SlowListen();
		WskReleaseProviderNPI(&Registration);
	}
	if (NT_SUCCESS(Status))
		Status = PsCreateSystemThread(&Thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, SlowThread,
					      NULL);
	if (!NT_SUCCESS(Status))
		return Status;	// what leaks then is named
	ZwClose(Thread);
	DriverObject->DriverUnload = SlowUnload;
	return STATUS_SUCCESS;
}
