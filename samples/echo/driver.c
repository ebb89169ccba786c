// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * DriverEntry and DriverUnload of the echo server: registration, the listening socket, and the
 * order in which everything ends.
 */
#include "echo.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD EchoUnload;
static IO_COMPLETION_ROUTINE EchoSignal;

/* Long enough for a provider that is just starting; DriverEntry should not wait for ever. */
#define ECHO_PROVIDER_WAIT_MS	5000

ECHO_SERVER Echo;

static WSK_REGISTRATION EchoRegistration;
static WSK_PROVIDER_NPI EchoProvider;
static PWSK_SOCKET EchoListener;
static CONST WSK_PROVIDER_LISTEN_DISPATCH *EchoListenerDispatch;

/* Valid until WskDeregister returns: hence static, and not on the stack of DriverEntry. */
static CONST WSK_CLIENT_DISPATCH EchoClientDispatch = { MAKE_WSK_VERSION(1, 0), 0, NULL };

/* ---- A WSK call that DriverEntry waits for ---- */

typedef struct _ECHO_CALL {
	PIRP Irp;
	KEVENT Done;
} ECHO_CALL;

static NTSTATUS EchoSignal(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
	UNREFERENCED_PARAMETER(DeviceObject);
	UNREFERENCED_PARAMETER(Irp);

	KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static BOOLEAN EchoBeginCall(ECHO_CALL *Call)
{
	KeInitializeEvent(&Call->Done, SynchronizationEvent, FALSE);
	Call->Irp = IoAllocateIrp(1, FALSE);
	return Call->Irp != NULL;
}

/* The IRP for the next call of this series. */
static PIRP EchoCallIrp(ECHO_CALL *Call)
{
	IoReuseIrp(Call->Irp, STATUS_UNSUCCESSFUL);
	IoSetCompletionRoutine(Call->Irp, EchoSignal, &Call->Done, TRUE, TRUE, TRUE);
	return Call->Irp;
}

/* The routine runs for every outcome, so waiting without a look at the returned status is right. */
static NTSTATUS EchoWait(ECHO_CALL *Call)
{
	KeWaitForSingleObject(&Call->Done, Executive, KernelMode, FALSE, NULL);
	return Call->Irp->IoStatus.Status;
}

static VOID EchoEndCall(ECHO_CALL *Call)
{
	IoFreeIrp(Call->Irp);
}

/* ---- The listening socket ---- */

/*
 * IRQL <= DISPATCH_LEVEL. The two addresses are valid during this call only. Any status other than
 * STATUS_SUCCESS leaves the socket with the provider, which resets the connection.
 */
static NTSTATUS WSKAPI EchoAcceptEvent(PVOID SocketContext, ULONG Flags, PSOCKADDR LocalAddress,
				       PSOCKADDR RemoteAddress, PWSK_SOCKET AcceptSocket,
				       PVOID *AcceptSocketContext,
				       CONST WSK_CLIENT_CONNECTION_DISPATCH **AcceptSocketDispatch)
{
	UNREFERENCED_PARAMETER(SocketContext);
	UNREFERENCED_PARAMETER(Flags);
	UNREFERENCED_PARAMETER(LocalAddress);
	UNREFERENCED_PARAMETER(RemoteAddress);
	UNREFERENCED_PARAMETER(AcceptSocketContext);
	UNREFERENCED_PARAMETER(AcceptSocketDispatch);

	if (AcceptSocket == NULL) {
		DbgPrint("echo: the listening socket has died\n");
		return STATUS_REQUEST_NOT_ACCEPTED;
	}
	if (!NT_SUCCESS(EchoAccept(AcceptSocket)))
		return STATUS_REQUEST_NOT_ACCEPTED;
	return STATUS_SUCCESS;
}

static CONST WSK_CLIENT_LISTEN_DISPATCH EchoListenDispatch = { EchoAcceptEvent, NULL, NULL };

/* Before the first socket: from then on every listening socket accepts by callback. */
static NTSTATUS EchoEnableAcceptEvent(VOID)
{
	WSK_EVENT_CALLBACK_CONTROL Control;

	Control.NpiId = &NPI_WSK_INTERFACE_ID;
	Control.EventMask = WSK_EVENT_ACCEPT;
	return EchoProvider.Dispatch->WskControlClient(EchoProvider.Client,
						       WSK_SET_STATIC_EVENT_CALLBACKS,
						       sizeof(Control), &Control, 0, NULL, NULL,
						       NULL);
}

static NTSTATUS EchoCreateListener(ECHO_CALL *Call)
{
	NTSTATUS Status;

	EchoProvider.Dispatch->WskSocket(EchoProvider.Client, AF_INET6, SOCK_STREAM, IPPROTO_TCP,
					 WSK_FLAG_LISTEN_SOCKET, NULL, &EchoListenDispatch, NULL,
					 NULL, NULL, EchoCallIrp(Call));
	Status = EchoWait(Call);
	if (NT_SUCCESS(Status)) {
		EchoListener = (PWSK_SOCKET)Call->Irp->IoStatus.Information;
		EchoListenerDispatch = EchoListener->Dispatch;
	}
	return Status;
}

/*
 * With IPV6_V6ONLY off, one socket serves both families; IPv4 peers show up as mapped addresses.
 * The default is on. The bind makes a listening socket listen: accept events may come before it
 * has returned.
 */
static NTSTATUS EchoBindListener(ECHO_CALL *Call)
{
	ULONG V6Only = 0;
	SOCKADDR_IN6 Address;
	NTSTATUS Status;

	EchoListenerDispatch->WskControlSocket(EchoListener, WskSetOption, IPV6_V6ONLY, IPPROTO_IPV6,
					       sizeof(V6Only), &V6Only, 0, NULL, NULL,
					       EchoCallIrp(Call));
	Status = EchoWait(Call);
	if (!NT_SUCCESS(Status))
		return Status;

	/* All zero is the wildcard address. */
	RtlZeroMemory(&Address, sizeof(Address));
	Address.sin6_family = AF_INET6;
	Address.sin6_port = RtlUshortByteSwap(ECHO_PORT);
	EchoListenerDispatch->WskBind(EchoListener, (PSOCKADDR)&Address, 0, EchoCallIrp(Call));
	return EchoWait(Call);
}

/*
 * Once this close is complete no accept event runs or will run. Accepted sockets live on. The IRP
 * was allocated when the driver started: closing must not depend on memory.
 */
static VOID EchoCloseListener(ECHO_CALL *Call)
{
	EchoListenerDispatch->WskCloseSocket(EchoListener, EchoCallIrp(Call));
	EchoWait(Call);
}

/* ---- Start and end ---- */

static ECHO_CALL EchoSetup;

static NTSTATUS EchoStartServer(VOID)
{
	NTSTATUS Status = EchoEnableAcceptEvent();

	if (!NT_SUCCESS(Status))
		return Status;
	Status = EchoCreateListener(&EchoSetup);
	if (!NT_SUCCESS(Status))
		return Status;
	Status = EchoBindListener(&EchoSetup);
	if (!NT_SUCCESS(Status))
		EchoCloseListener(&EchoSetup);
	return Status;
}

static NTSTATUS EchoStart(VOID)
{
	WSK_CLIENT_NPI ClientNpi = { NULL, &EchoClientDispatch };
	NTSTATUS Status = WskRegister(&ClientNpi, &EchoRegistration);

	if (!NT_SUCCESS(Status))
		return Status;
	Status = WskCaptureProviderNPI(&EchoRegistration, ECHO_PROVIDER_WAIT_MS, &EchoProvider);
	if (NT_SUCCESS(Status)) {
		Status = EchoStartServer();
		/* Sockets outlive the capture that made them, and this driver makes no others. */
		WskReleaseProviderNPI(&EchoRegistration);
	}
	if (!NT_SUCCESS(Status))
		WskDeregister(&EchoRegistration);
	return Status;
}

/*
 * The order matters. No new connections; then none at all; then WskDeregister, which returns when
 * no completion routine of ours is running any more; then the thread that they talk to.
 */
static VOID EchoUnload(PDRIVER_OBJECT DriverObject)
{
	UNREFERENCED_PARAMETER(DriverObject);

	EchoCloseListener(&EchoSetup);
	EchoCloseConnections();
	WskDeregister(&EchoRegistration);
	EchoStopWorker();
	EchoEndCall(&EchoSetup);
	DbgPrint("echo: stopped after %u connections, %I64u bytes\n", Echo.Served, Echo.Bytes);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
	NTSTATUS Status;

	UNREFERENCED_PARAMETER(RegistryPath);
	DriverObject->DriverUnload = EchoUnload;

	if (!EchoBeginCall(&EchoSetup))
		return STATUS_INSUFFICIENT_RESOURCES;

	/* The worker first: connections arrive as soon as the listening socket is bound. */
	Status = EchoStartWorker();
	if (NT_SUCCESS(Status)) {
		Status = EchoStart();
		if (!NT_SUCCESS(Status))
			EchoStopWorker();
	}
	if (!NT_SUCCESS(Status)) {
		EchoEndCall(&EchoSetup);
		DbgPrint("echo: cannot start, status 0x%08x\n", Status);
		return Status;
	}
	DbgPrint("echo: listening on port %u\n", ECHO_PORT);
	return STATUS_SUCCESS;
}
