// SPDX-License-Identifier: GPL-2.0 OR MIT
// Both ends of a connection over the loopback device, and what a driver can do wrong with them.
#include "misuse.h"

#define BYTES 16

typedef const WSK_PROVIDER_LISTEN_DISPATCH *PLISTEN;
typedef const WSK_PROVIDER_CONNECTION_DISPATCH *PCONNECTION;

typedef struct _PAIR {
	PWSK_SOCKET Listener;
	PWSK_SOCKET Client;
	PWSK_SOCKET Server;
} PAIR, *PPAIR;

// One that is waited for before the next, one that stays pending, and that of the second close.
typedef struct _REQUEST {
	PIRP Irp;
	KEVENT Completed;
} REQUEST, *PREQUEST;
static REQUEST Now, Pending, Again;

static UCHAR Sent[BYTES], Received[BYTES];
static PMDL SentMdl, ReceivedMdl;

static IO_COMPLETION_ROUTINE RequestComplete;
static NTSTATUS RequestComplete(_In_ PDEVICE_OBJECT DeviceObject, _In_ PIRP Irp, _In_opt_ PVOID Context)
{
	UNREFERENCED_PARAMETER(DeviceObject);
	UNREFERENCED_PARAMETER(Irp);
	KeSetEvent(&((PREQUEST)Context)->Completed, IO_NO_INCREMENT, FALSE);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static PIRP Ready(PREQUEST Request)
{
	KeClearEvent(&Request->Completed);
	IoReuseIrp(Request->Irp, STATUS_UNSUCCESSFUL);
	IoSetCompletionRoutine(Request->Irp, RequestComplete, Request, TRUE, TRUE, TRUE);
	return Request->Irp;
}

static NTSTATUS Wait(PREQUEST Request)
{
	KeWaitForSingleObject(&Request->Completed, Executive, KernelMode, FALSE, NULL);
	return Request->Irp->IoStatus.Status;
}

// What Call answered through the IRP.
#define DO(Call) ((Call), Wait(&Now))

static NTSTATUS Socket(PWSK_PROVIDER_NPI Provider, ULONG Flags, PWSK_SOCKET *Made)
{
	NTSTATUS Status;

	Status = DO(Provider->Dispatch->WskSocket(Provider->Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
						  Flags, NULL, NULL, NULL, NULL, NULL, Ready(&Now)));
	*Made = NT_SUCCESS(Status) ? (PWSK_SOCKET)Now.Irp->IoStatus.Information : NULL;
	return Status;
}

// The tables of both kinds begin alike.
static VOID Close(PWSK_SOCKET Made)
{
	if (Made)
		DO(((const WSK_PROVIDER_BASIC_DISPATCH *)Made->Dispatch)->WskCloseSocket(Made, Ready(&Now)));
}

static VOID CloseAll(PPAIR Pair)
{
	Close(Pair->Client);
	Close(Pair->Server);
	Close(Pair->Listener);
}

static NTSTATUS Connect(PPAIR Pair)
{
	PLISTEN Listen = (PLISTEN)Pair->Listener->Dispatch;
	PCONNECTION Client = (PCONNECTION)Pair->Client->Dispatch;
	SOCKADDR_IN Address = { 0 };
	PSOCKADDR Any = (PSOCKADDR)&Address;
	NTSTATUS Status;

	Address.sin_family = AF_INET;
	Address.sin_addr.s_addr = RtlUlongByteSwap(INADDR_LOOPBACK);
	Status = DO(Client->WskBind(Pair->Client, Any, 0, Ready(&Now)));
	if (NT_SUCCESS(Status))
		Status = DO(Listen->WskBind(Pair->Listener, Any, 0, Ready(&Now)));
	if (NT_SUCCESS(Status))
		Status = DO(Listen->WskGetLocalAddress(Pair->Listener, Any, Ready(&Now)));
	if (NT_SUCCESS(Status))
		Status = DO(Client->WskConnect(Pair->Client, Any, 0, Ready(&Now)));
	if (NT_SUCCESS(Status))
		Status = DO(Listen->WskAccept(Pair->Listener, 0, NULL, NULL, NULL, NULL, Ready(&Now)));
	if (NT_SUCCESS(Status))
		Pair->Server = (PWSK_SOCKET)Now.Irp->IoStatus.Information;
	return Status;
}

static NTSTATUS Open(PWSK_PROVIDER_NPI Provider, PPAIR Pair)
{
	NTSTATUS Status = Socket(Provider, WSK_FLAG_LISTEN_SOCKET, &Pair->Listener);

	if (NT_SUCCESS(Status))
		Status = Socket(Provider, WSK_FLAG_CONNECTION_SOCKET, &Pair->Client);
	if (NT_SUCCESS(Status))
		Status = Connect(Pair);
	return Status;
}

static PMDL Describe(PVOID Buffer)
{
	PMDL Mdl = IoAllocateMdl(Buffer, BYTES, FALSE, FALSE, NULL);

	if (Mdl)
		MmBuildMdlForNonPagedPool(Mdl);
	return Mdl;
}

static VOID End(VOID)
{
	if (SentMdl)
		IoFreeMdl(SentMdl);
	if (ReceivedMdl)
		IoFreeMdl(ReceivedMdl);
	if (Now.Irp)
		IoFreeIrp(Now.Irp);
	if (Pending.Irp)
		IoFreeIrp(Pending.Irp);
	if (Again.Irp)
		IoFreeIrp(Again.Irp);
}

static BOOLEAN Begin(VOID)
{
	KeInitializeEvent(&Now.Completed, NotificationEvent, FALSE);
	KeInitializeEvent(&Pending.Completed, NotificationEvent, FALSE);
	KeInitializeEvent(&Again.Completed, NotificationEvent, FALSE);
	Now.Irp = IoAllocateIrp(1, FALSE);
	Pending.Irp = IoAllocateIrp(1, FALSE);
	Again.Irp = IoAllocateIrp(1, FALSE);
	SentMdl = Describe(Sent);
	ReceivedMdl = Describe(Received);
	if (Now.Irp && Pending.Irp && Again.Irp && SentMdl && ReceivedMdl)
		return TRUE;
	End();
	return FALSE;
}

// From one end to the other, and every byte is the one that was sent.
static BOOLEAN Moves(PWSK_SOCKET From, PWSK_SOCKET To, UCHAR First)
{
	WSK_BUF Out = { SentMdl, 0, BYTES };
	WSK_BUF In = { ReceivedMdl, 0, BYTES };
	ULONG i;

	for (i = 0; i < BYTES; i++)
		Sent[i] = (UCHAR)(First + i);
	RtlZeroMemory(Received, BYTES);
	return DO(((PCONNECTION)From->Dispatch)->WskSend(From, &Out, 0, Ready(&Now))) == STATUS_SUCCESS &&
	       DO(((PCONNECTION)To->Dispatch)->WskReceive(To, &In, WSK_FLAG_WAITALL, Ready(&Now))) ==
		       STATUS_SUCCESS &&
	       Now.Irp->IoStatus.Information == BYTES &&
	       RtlCompareMemory(Sent, Received, BYTES) == BYTES;
}

BOOLEAN Exchange(PWSK_PROVIDER_NPI Provider)
{
	PAIR Pair = { NULL, NULL, NULL };
	BOOLEAN Good;

	if (!Begin())
		return FALSE;
	Good = Open(Provider, &Pair) == STATUS_SUCCESS && Moves(Pair.Client, Pair.Server, 1) &&
	       Moves(Pair.Server, Pair.Client, 101);
	CloseAll(&Pair);
	End();
	return Good;
}

static VOID WithoutIrp(PWSK_PROVIDER_NPI Provider, PPAIR Pair)
{
	PCONNECTION Client = (PCONNECTION)Pair->Client->Dispatch;
	WSK_BUF Buffer = { SentMdl, 0, BYTES };

	ANSWERS(STATUS_INVALID_PARAMETER,
		Provider->Dispatch->WskSocket(Provider->Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
					      WSK_FLAG_CONNECTION_SOCKET, NULL, NULL, NULL, NULL, NULL,
					      NULL));
	ANSWERS(STATUS_INVALID_PARAMETER, Client->WskSend(Pair->Client, &Buffer, 0, NULL));
	ANSWERS(STATUS_INVALID_PARAMETER, Client->WskReceive(Pair->Client, &Buffer, 0, NULL));
	ANSWERS(STATUS_INVALID_PARAMETER, Client->WskDisconnect(Pair->Client, NULL, 0, NULL));
	ANSWERS(STATUS_INVALID_PARAMETER, Client->WskCloseSocket(Pair->Client, NULL));
}

static VOID BadArguments(PPAIR Pair)
{
	PCONNECTION Client = (PCONNECTION)Pair->Client->Dispatch;
	WSK_BUF Long = { SentMdl, 0, BYTES + 1 };
	WSK_BUF Beyond = { ReceivedMdl, BYTES, 1 };
	WSK_BUF Nothing = { NULL, 0, 1 };
	WSK_BUF Buffer = { SentMdl, 0, BYTES };

	ANSWERS(STATUS_INVALID_PARAMETER, DO(Client->WskSend(Pair->Client, &Long, 0, Ready(&Now))));
	ANSWERS(STATUS_INVALID_PARAMETER, DO(Client->WskSend(Pair->Client, &Nothing, 0, Ready(&Now))));
	ANSWERS(STATUS_INVALID_PARAMETER, DO(Client->WskSend(Pair->Client, NULL, 0, Ready(&Now))));
	ANSWERS(STATUS_INVALID_PARAMETER, DO(Client->WskReceive(Pair->Client, &Beyond, 0, Ready(&Now))));
	ANSWERS(STATUS_INVALID_DEVICE_REQUEST,
		DO(Client->WskSend(Pair->Listener, &Buffer, 0, Ready(&Now))));
}

// An IRP that a receive has, freed and given to another call. Then its bytes come.
static VOID BusyIrp(PPAIR Pair)
{
	PCONNECTION Client = (PCONNECTION)Pair->Client->Dispatch;
	PCONNECTION Server = (PCONNECTION)Pair->Server->Dispatch;
	WSK_BUF In = { ReceivedMdl, 0, BYTES };
	WSK_BUF Out = { SentMdl, 0, BYTES };

	Client->WskReceive(Pair->Client, &In, WSK_FLAG_WAITALL, Ready(&Pending));
	COMMIT(IoFreeIrp(Pending.Irp));
	ANSWERS(STATUS_INVALID_PARAMETER, Client->WskReceive(Pair->Client, &In, 0, Pending.Irp));
	Must("a send", DO(Server->WskSend(Pair->Server, &Out, 0, Ready(&Now))) == STATUS_SUCCESS);
	Must("the receive whose IRP was misused", Wait(&Pending) == STATUS_SUCCESS);
}

// The close waits for this routine, so what is left of the socket can still be told.
static IO_COMPLETION_ROUTINE CloseAgain;
static NTSTATUS CloseAgain(_In_ PDEVICE_OBJECT DeviceObject, _In_ PIRP Irp, _In_opt_ PVOID Context)
{
	PWSK_SOCKET Closed = (PWSK_SOCKET)Context;

	((PCONNECTION)Closed->Dispatch)->WskCloseSocket(Closed, Ready(&Again));
	WskDeregister(&Registration);
	return RequestComplete(DeviceObject, Irp, &Pending);
}

static VOID DoubleClose(PPAIR Pair)
{
	PWSK_SOCKET Closed = Pair->Client;
	PCONNECTION Client = (PCONNECTION)Closed->Dispatch;
	WSK_BUF In = { ReceivedMdl, 0, BYTES };

	Ready(&Pending);
	IoSetCompletionRoutine(Pending.Irp, CloseAgain, Closed, TRUE, TRUE, TRUE);
	Client->WskReceive(Closed, &In, 0, Pending.Irp);
	Pair->Client = NULL;
	Close(Closed);
	Must("the receive under a close", Wait(&Pending) == STATUS_CANCELLED);
	Count("the second close", Wait(&Again) == STATUS_INVALID_HANDLE);
	Count("WskDeregister in a routine", TRUE);
}

VOID MisuseSockets(PWSK_PROVIDER_NPI Provider)
{
	PAIR Pair = { NULL, NULL, NULL };

	if (!Begin() || Open(Provider, &Pair) != STATUS_SUCCESS) {
		Must("a connection", FALSE);
		return;	// what leaks then is named
	}
	WithoutIrp(Provider, &Pair);
	BadArguments(&Pair);
	BusyIrp(&Pair);
	DoubleClose(&Pair);
	CloseAll(&Pair);
	End();
}
