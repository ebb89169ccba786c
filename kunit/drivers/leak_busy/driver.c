// SPDX-License-Identifier: GPL-2.0 OR MIT
// Unloads while a thread of it waits for data on a connection. What the thread then closes, releases
// and deregisters was ended behind its back.
#include <ntddk.h>
#include <wsk.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD BusyUnload;
static KSTART_ROUTINE BusyThread;
static IO_COMPLETION_ROUTINE BusyComplete;

static const WSK_CLIENT_DISPATCH Dispatch = { MAKE_WSK_VERSION(1, 0), 0, NULL };
static WSK_REGISTRATION Registration;
static WSK_PROVIDER_NPI Provider;
static KEVENT Completed;
static PWSK_SOCKET Listener;
static PWSK_SOCKET Connection;
static PWSK_SOCKET Accepted;
static PMDL Mdl;
static UCHAR Buffer[16];

static NTSTATUS BusyComplete(_In_ PDEVICE_OBJECT DeviceObject, _In_ PIRP Irp, _In_opt_ PVOID Context)
{
	UNREFERENCED_PARAMETER(DeviceObject);
	UNREFERENCED_PARAMETER(Irp);

	KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static PIRP BusyReady(_In_ PIRP Irp)
{
	KeClearEvent(&Completed);
	IoReuseIrp(Irp, STATUS_UNSUCCESSFUL);
	IoSetCompletionRoutine(Irp, BusyComplete, &Completed, TRUE, TRUE, TRUE);
	return Irp;
}

static NTSTATUS BusyWait(_In_ PIRP Irp)
{
	KeWaitForSingleObject(&Completed, Executive, KernelMode, FALSE, NULL);
	return Irp->IoStatus.Status;
}

static NTSTATUS BusySocket(_In_ PIRP Irp, _In_ ULONG Flags, _Out_ PWSK_SOCKET *Socket)
{
	NTSTATUS Status;

	Provider.Dispatch->WskSocket(Provider.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP, Flags,
				     NULL, NULL, NULL, NULL, NULL, BusyReady(Irp));
	Status = BusyWait(Irp);
	*Socket = NT_SUCCESS(Status) ? (PWSK_SOCKET)Irp->IoStatus.Information : NULL;
	return Status;
}

// Both ends of a connection over the loopback.
static NTSTATUS BusyConnect(_In_ PIRP Irp)
{
	const WSK_PROVIDER_LISTEN_DISPATCH *Listen;
	const WSK_PROVIDER_CONNECTION_DISPATCH *Connect;
	SOCKADDR_IN Address = { 0 };
	NTSTATUS Status;

	Status = BusySocket(Irp, WSK_FLAG_LISTEN_SOCKET, &Listener);
	if (NT_SUCCESS(Status))
		Status = BusySocket(Irp, WSK_FLAG_CONNECTION_SOCKET, &Connection);
	if (!NT_SUCCESS(Status))
		return Status;
	Listen = (const WSK_PROVIDER_LISTEN_DISPATCH *)Listener->Dispatch;
	Connect = (const WSK_PROVIDER_CONNECTION_DISPATCH *)Connection->Dispatch;
	Address.sin_family = AF_INET;
	Address.sin_addr.s_addr = RtlUlongByteSwap(INADDR_LOOPBACK);
	Connect->WskBind(Connection, (PSOCKADDR)&Address, 0, BusyReady(Irp));
	Status = BusyWait(Irp);
	if (!NT_SUCCESS(Status))
		return Status;
	Listen->WskBind(Listener, (PSOCKADDR)&Address, 0, BusyReady(Irp));
	Status = BusyWait(Irp);
	if (!NT_SUCCESS(Status))
		return Status;
	Listen->WskGetLocalAddress(Listener, (PSOCKADDR)&Address, BusyReady(Irp));
	Status = BusyWait(Irp);
	if (!NT_SUCCESS(Status))
		return Status;
	Connect->WskConnect(Connection, (PSOCKADDR)&Address, 0, BusyReady(Irp));
	Status = BusyWait(Irp);
	if (!NT_SUCCESS(Status))
		return Status;
	Listen->WskAccept(Listener, 0, NULL, NULL, NULL, NULL, BusyReady(Irp));
	Status = BusyWait(Irp);
	if (NT_SUCCESS(Status))
		Accepted = (PWSK_SOCKET)Irp->IoStatus.Information;
	return Status;
}

// What the thread waits for is pending before the unload can begin.
static VOID BusyReceive(_In_ PIRP Irp)
{
	const WSK_PROVIDER_CONNECTION_DISPATCH *Connect;
	WSK_BUF Received = { Mdl, 0, sizeof(Buffer) };

	Connect = (const WSK_PROVIDER_CONNECTION_DISPATCH *)Connection->Dispatch;
	Connect->WskReceive(Connection, &Received, 0, BusyReady(Irp));
}

static VOID BusyThread(_In_ PVOID Context)
{
	const WSK_PROVIDER_CONNECTION_DISPATCH *Connect;
	PIRP Irp = (PIRP)Context;
	PWSK_SOCKET Socket;
	NTSTATUS Status;

	Connect = (const WSK_PROVIDER_CONNECTION_DISPATCH *)Connection->Dispatch;
	Status = BusyWait(Irp);
	DbgPrint("leak_busy: the receive ends with %08x\n", Status);
	Status = Connect->WskCloseSocket(Connection, BusyReady(Irp));
	DbgPrint("leak_busy: the close answers %08x and %08x\n", Status, BusyWait(Irp));
	Status = BusySocket(Irp, WSK_FLAG_CONNECTION_SOCKET, &Socket);
	// Made or refused, as the unload has come so far; made, it is ended like the others.
	DbgPrint("leak_busy: another socket: %08x\n", Status);
	// The unload has found it captured, however late it comes to that.
	WskReleaseProviderNPI(&Registration);
	WskDeregister(&Registration);
	IoFreeIrp(Irp);
	IoFreeMdl(Mdl);
	DbgPrint("leak_busy: the thread ends\n");
	PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID BusyUnload(_In_ PDRIVER_OBJECT DriverObject)
{
	UNREFERENCED_PARAMETER(DriverObject);
	DbgPrint("leak_busy: DriverUnload\n");
}

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	WSK_CLIENT_NPI Client = { NULL, &Dispatch };
	HANDLE Thread;
	NTSTATUS Status;
	PIRP Irp;

	UNREFERENCED_PARAMETER(RegistryPath);

	KeInitializeEvent(&Completed, NotificationEvent, FALSE);
	Irp = IoAllocateIrp(1, FALSE);
	Mdl = IoAllocateMdl(Buffer, sizeof(Buffer), FALSE, FALSE, NULL);
	if (Irp == NULL || Mdl == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	MmBuildMdlForNonPagedPool(Mdl);
	Status = WskRegister(&Client, &Registration);
	if (NT_SUCCESS(Status))
		Status = WskCaptureProviderNPI(&Registration, WSK_NO_WAIT, &Provider);
	if (NT_SUCCESS(Status))
		Status = BusyConnect(Irp);
	if (NT_SUCCESS(Status)) {
		BusyReceive(Irp);
		Status = PsCreateSystemThread(&Thread, THREAD_ALL_ACCESS, NULL, NULL, NULL,
					      BusyThread, Irp);
	}
	if (!NT_SUCCESS(Status))
		return Status;	// what leaks then is named
	ZwClose(Thread);
	DriverObject->DriverUnload = BusyUnload;
	return STATUS_SUCCESS;
}
