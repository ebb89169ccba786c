// SPDX-License-Identifier: GPL-2.0 OR MIT
// Sockets and requests are waited for, and the routines of the requests: when WskDeregister returns
// all counts are 0, and no routine begins or runs.
#include "race.h"

typedef struct _REQUEST {
	PIRP Irp;
	KEVENT Completed;
	NTSTATUS Status;
	PWSK_SOCKET Socket;
	LONG Gains;		// sockets, if it succeeds: 1, 0, or -1 for a close
} REQUEST, *PREQUEST;

static WSK_REGISTRATION Block;
static LONG volatile Refused, Returned;
static LONG volatile Holding, Sockets, Pending, Inside;
static LONG Made;
static REQUEST Requests[THREADS];
static REQUEST Accepts[THREADS];

static IO_COMPLETION_ROUTINE RequestCompletion;
static NTSTATUS RequestCompletion(_In_ PDEVICE_OBJECT DeviceObject, _In_ PIRP Irp, _In_opt_ PVOID Context)
{
	PREQUEST Request = Context;
	ULONG Spins;

	UNREFERENCED_PARAMETER(DeviceObject);
	InterlockedIncrement(&Inside);
	if (Returned)
		Fail("a routine behind WskDeregister", 1);
	Request->Status = Irp->IoStatus.Status;
	Request->Socket = (PWSK_SOCKET)Irp->IoStatus.Information;
	if (NT_SUCCESS(Request->Status))
		InterlockedExchangeAdd(&Sockets, Request->Gains);
	InterlockedDecrement(&Pending);
	// From here on it may be used again.
	KeSetEvent(&Request->Completed, IO_NO_INCREMENT, FALSE);
	for (Spins = 0; Spins < 50; Spins++)
		YieldProcessor();
	if (Returned)
		Fail("a routine beside the return of WskDeregister", 1);
	InterlockedDecrement(&Inside);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static PIRP Ready(PREQUEST Request, LONG Gains)
{
	Request->Gains = Gains;
	KeClearEvent(&Request->Completed);
	IoReuseIrp(Request->Irp, STATUS_UNSUCCESSFUL);
	IoSetCompletionRoutine(Request->Irp, RequestCompletion, Request, TRUE, TRUE, TRUE);
	InterlockedIncrement(&Pending);
	return Request->Irp;
}

static BOOLEAN Ended(PREQUEST Request, NTSTATUS Expected)
{
	KeWaitForSingleObject(&Request->Completed, Executive, KernelMode, FALSE, NULL);
	if (Request->Status != Expected)
		Fail("the status of a request", Request->Status);
	return NT_SUCCESS(Request->Status);
}

static VOID Release(VOID)
{
	InterlockedDecrement(&Holding);
	WskReleaseProviderNPI(&Block);
}

static VOID BeginClose(PREQUEST Request, PWSK_SOCKET Socket)
{
	((const WSK_PROVIDER_BASIC_DISPATCH *)Socket->Dispatch)->WskCloseSocket(Socket, Ready(Request, -1));
}

// With a request pending on it, which the close cancels if IoCancelIrp has not.
static VOID Listen(PRACER Racer, PREQUEST Request, PWSK_SOCKET Socket)
{
	const WSK_PROVIDER_LISTEN_DISPATCH *Dispatch = Socket->Dispatch;
	PREQUEST Accept = &Accepts[Racer->Index];
	SOCKADDR_IN Address = { 0 };

	Address.sin_family = AF_INET;
	Address.sin_addr.s_addr = RtlUlongByteSwap(INADDR_LOOPBACK);
	Dispatch->WskBind(Socket, (PSOCKADDR)&Address, 0, Ready(Request, 0));
	if (Ended(Request, STATUS_SUCCESS)) {
		Dispatch->WskAccept(Socket, 0, NULL, NULL, NULL, NULL, Ready(Accept, 1));
		Pause(Racer);
		if (Random(Racer, 2))
			IoCancelIrp(Accept->Irp);
		BeginClose(Request, Socket);
		Ended(Accept, STATUS_CANCELLED);
	} else {
		BeginClose(Request, Socket);
	}
	Ended(Request, STATUS_SUCCESS);
}

static BOOLEAN Capture(PRACER Racer, PWSK_PROVIDER_NPI Provider)
{
	const LONG Late = Refused + Returned;
	NTSTATUS Status;

	Status = WskCaptureProviderNPI(&Block, Random(Racer, 2) ? WSK_NO_WAIT : WSK_INFINITE_WAIT, Provider);
	if (Status != STATUS_SUCCESS) {
		if (Status != STATUS_DEVICE_NOT_READY)
			Fail("the status of a capture", Status);
		InterlockedExchange(&Refused, 1);
		return FALSE;
	}
	InterlockedIncrement(&Holding);
	if (Late != 0)
		Fail("a capture after a refusal", Late);
	return TRUE;
}

// The capture is given back at once, so that the request that makes the socket, or the socket, holds
// the registration; or in the end.
static BOOLEAN UseOnce(PRACER Racer, BOOLEAN Deregisters)
{
	PREQUEST Request = &Requests[Racer->Index];
	const BOOLEAN Early = Deregisters || Random(Racer, 2);
	const BOOLEAN Listens = !Deregisters && Random(Racer, 4) == 0;
	WSK_PROVIDER_NPI Provider;

	if (!Capture(Racer, &Provider))
		return FALSE;
	Provider.Dispatch->WskSocket(Provider.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
				     Listens ? WSK_FLAG_LISTEN_SOCKET : WSK_FLAG_CONNECTION_SOCKET,
				     NULL, NULL, NULL, NULL, NULL, Ready(Request, 1));
	if (Early)
		Release();
	if (Ended(Request, STATUS_SUCCESS)) {
		InterlockedIncrement(&Made);
		if (Listens)
			Listen(Racer, Request, Request->Socket);
		else
			BeginClose(Request, Request->Socket);
		if (!Listens && !Deregisters)
			Ended(Request, STATUS_SUCCESS);
	}
	if (Deregisters)
		WskDeregister(&Block);
	if (!Early)
		Release();
	return TRUE;
}

static VOID SocketRound(PRACER Racer, LONG Round)
{
	const BOOLEAN Ends = Round % THREADS == (LONG)Racer->Index;
	ULONG Left = Ends ? 0 : Random(Racer, 3);

	if ((Round + 1) % THREADS == (LONG)Racer->Index) {
		Refused = Returned = 0;
		EXPECT_ZERO(WskRegister((PWSK_CLIENT_NPI)&Client, &Block));
	}
	Meet();
	while (Left-- > 0 && UseOnce(Racer, FALSE))
		Pause(Racer);
	if (!Ends)
		return;
	// Its own socket is on its way to be closed when it deregisters.
	UseOnce(Racer, TRUE);
	EXPECT_ZERO(Holding);
	EXPECT_ZERO(Sockets);
	EXPECT_ZERO(Pending);
	EXPECT_ZERO(Inside);
	InterlockedExchange(&Returned, 1);
	EXPECT_ZERO(UseOnce(Racer, FALSE));
}

static BOOLEAN Prepare(PREQUEST Request)
{
	KeInitializeEvent(&Request->Completed, NotificationEvent, FALSE);
	Request->Irp = IoAllocateIrp(1, FALSE);
	return Request->Irp != NULL;
}

LONG RaceSockets(VOID)
{
	BOOLEAN Prepared = TRUE;
	ULONG i;

	for (i = 0; i < THREADS; i++)
		if (!Prepare(&Requests[i]) || !Prepare(&Accepts[i]))
			Prepared = FALSE;
	if (Prepared)
		RunRounds(SocketRound);
	else
		Fail("memory", 0);
	for (i = 0; i < THREADS; i++) {
		if (Requests[i].Irp != NULL)
			IoFreeIrp(Requests[i].Irp);
		if (Accepts[i].Irp != NULL)
			IoFreeIrp(Accepts[i].Irp);
	}
	return Made;
}
