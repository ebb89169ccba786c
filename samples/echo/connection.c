// SPDX-License-Identifier: GPL-2.0 OR MIT
/* One connection, from its accept event to its last free. */
#include "echo.h"

static IO_COMPLETION_ROUTINE EchoCompleted;

/*
 * The one completion routine. It runs in an arbitrary context, at up to DISPATCH_LEVEL, perhaps
 * inside the very call that was given the IRP. STATUS_MORE_PROCESSING_REQUIRED: the IRP is ours
 * again. The worker may free it, and the connection, before this routine has returned.
 */
static NTSTATUS EchoCompleted(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
	UNREFERENCED_PARAMETER(DeviceObject);
	UNREFERENCED_PARAMETER(Irp);

	EchoQueueWork((PECHO_WORK)Context);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

/* Makes the IRP of Work ready for the next call, and counts it. */
static PIRP EchoPrepare(PECHO_WORK Work)
{
	IoReuseIrp(Work->Irp, STATUS_UNSUCCESSFUL);
	IoSetCompletionRoutine(Work->Irp, EchoCompleted, Work, TRUE, TRUE, TRUE);
	Work->Connection->InFlight++;
	return Work->Irp;
}

static VOID EchoInitWork(PECHO_WORK Work, ECHO_WORK_KIND Kind, PECHO_CONNECTION Connection)
{
	Work->Kind = Kind;
	Work->Connection = Connection;
}

static VOID EchoFree(PECHO_CONNECTION Connection)
{
	ULONG i;

	for (i = 0; i < ECHO_OPERATIONS; i++) {
		PECHO_OP Op = &Connection->Operations[i];

		if (Op->Work.Irp != NULL)
			IoFreeIrp(Op->Work.Irp);
		if (Op->Mdl != NULL)
			IoFreeMdl(Op->Mdl);
		if (Op->Buffer != NULL)
			ExFreePoolWithTag(Op->Buffer, ECHO_TAG);
	}
	if (Connection->Disconnect.Irp != NULL)
		IoFreeIrp(Connection->Disconnect.Irp);
	if (Connection->Close.Irp != NULL)
		IoFreeIrp(Connection->Close.Irp);
	ExFreePoolWithTag(Connection, ECHO_TAG);
}

/*
 * Called from WskAcceptEvent, at up to DISPATCH_LEVEL. What ends a connection is allocated before
 * it begins: disconnect and close must not depend on memory. Buffers can wait for the worker,
 * which allocates at PASSIVE_LEVEL.
 */
NTSTATUS EchoAccept(PWSK_SOCKET Socket)
{
	PECHO_CONNECTION Connection;

	Connection = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*Connection), ECHO_TAG);
	if (Connection == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;

	Connection->Disconnect.Irp = IoAllocateIrp(1, FALSE);
	Connection->Close.Irp = IoAllocateIrp(1, FALSE);
	if (Connection->Disconnect.Irp == NULL || Connection->Close.Irp == NULL) {
		EchoFree(Connection);
		return STATUS_INSUFFICIENT_RESOURCES;
	}

	Connection->Socket = Socket;
	Connection->Dispatch = (CONST WSK_PROVIDER_CONNECTION_DISPATCH *)Socket->Dispatch;
	EchoInitWork(&Connection->Accepted, EchoAccepted, Connection);
	EchoInitWork(&Connection->Disconnect, EchoDisconnected, Connection);
	EchoInitWork(&Connection->Close, EchoClosed, Connection);

	InterlockedIncrement(&Echo.Alive);
	EchoQueueWork(&Connection->Accepted);
	return STATUS_SUCCESS;
}

static BOOLEAN EchoAllocateOperation(PECHO_CONNECTION Connection, PECHO_OP Op)
{
	EchoInitWork(&Op->Work, EchoOperation, Connection);
	Op->State = EchoIdle;

	Op->Buffer = ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_UNINITIALIZED,
				     ECHO_BUFFER_SIZE, ECHO_TAG);
	if (Op->Buffer == NULL)
		return FALSE;
	Op->Mdl = IoAllocateMdl(Op->Buffer, ECHO_BUFFER_SIZE, FALSE, FALSE, NULL);
	if (Op->Mdl == NULL)
		return FALSE;
	MmBuildMdlForNonPagedPool(Op->Mdl);
	Op->Work.Irp = IoAllocateIrp(1, FALSE);
	return Op->Work.Irp != NULL;
}

/*
 * Without a completed disconnect of both directions closing resets the connection, and it cancels
 * every request of this socket: they come back first, then the IRP of the close.
 */
VOID EchoCloseConnection(PECHO_CONNECTION Connection)
{
	if (Connection->Closing)
		return;
	Connection->Closing = TRUE;
	Connection->Dispatch->WskCloseSocket(Connection->Socket, EchoPrepare(&Connection->Close));
}

/*
 * A WSK_BUF is copied by the provider and may be local; the MDL and the buffer stay with the
 * request. The returned status needs no look: whatever happens, the IRP comes back through
 * EchoCompleted, and tells.
 */
static VOID EchoReceive(PECHO_CONNECTION Connection, PECHO_OP Op)
{
	WSK_BUF Buffer;

	Buffer.Mdl = Op->Mdl;
	Buffer.Offset = 0;
	Buffer.Length = ECHO_BUFFER_SIZE;

	Op->State = EchoReceiving;
	Connection->Dispatch->WskReceive(Connection->Socket, &Buffer, 0, EchoPrepare(&Op->Work));
}

static VOID EchoSend(PECHO_CONNECTION Connection, PECHO_OP Op)
{
	WSK_BUF Buffer;

	Buffer.Mdl = Op->Mdl;
	Buffer.Offset = 0;
	Buffer.Length = Op->Length;

	Op->State = EchoSending;
	Connection->Dispatch->WskSend(Connection->Socket, &Buffer, 0, EchoPrepare(&Op->Work));
}

/* FIN behind everything sent so far: the provider sends it when all earlier sends are out. */
static VOID EchoDisconnect(PECHO_CONNECTION Connection)
{
	Connection->Ended = TRUE;
	Connection->Dispatch->WskDisconnect(Connection->Socket, NULL, 0,
					    EchoPrepare(&Connection->Disconnect));
}

/*
 * Starts whatever may start now. Backpressure is built in: an operation that is being sent does
 * not receive, so a peer that does not read fills its own ring, and then its TCP window.
 */
static VOID EchoAdvance(PECHO_CONNECTION Connection)
{
	PECHO_OP Op;

	for (;;) {
		Op = &Connection->Operations[Connection->NextEcho % ECHO_OPERATIONS];
		if (Connection->Ended || Op->State != EchoReceived)
			break;
		if (Op->Length == 0) {
			EchoDisconnect(Connection);
			break;
		}
		EchoSend(Connection, Op);
		Connection->NextEcho++;
	}

	for (;;) {
		Op = &Connection->Operations[Connection->NextReceive % ECHO_OPERATIONS];
		if (Connection->Ended || Op->State != EchoIdle)
			break;
		EchoReceive(Connection, Op);
		Connection->NextReceive++;
	}
}

static VOID EchoBegin(PECHO_CONNECTION Connection)
{
	ULONG i;

	InsertTailList(&Echo.Connections, &Connection->Link);
	for (i = 0; i < ECHO_OPERATIONS; i++) {
		if (!EchoAllocateOperation(Connection, &Connection->Operations[i])) {
			DbgPrint("echo: no memory for a connection\n");
			EchoCloseConnection(Connection);
			return;
		}
	}
}

/* A failure here is the end of this connection: a reset by the peer, or our own close. */
static VOID EchoOperationDone(PECHO_CONNECTION Connection, PECHO_OP Op)
{
	PIO_STATUS_BLOCK Result = &Op->Work.Irp->IoStatus;

	if (!NT_SUCCESS(Result->Status)) {
		Op->State = EchoIdle;
		EchoCloseConnection(Connection);
		return;
	}
	if (Op->State == EchoReceiving) {
		/* One receive takes what is there; 0 bytes say that the peer has ended the stream. */
		Op->Length = Result->Information;
		Op->State = EchoReceived;
	} else {
		/* A send completes when all of it is sent. Partial success does not exist. */
		NT_ASSERT(Result->Information == Op->Length);
		Connection->Bytes += Op->Length;
		Op->State = EchoIdle;
	}
}

/*
 * Closed says that the socket is gone; InFlight, that the worker has seen every IRP again. The
 * provider completes the close last, but two completion routines that follow each other closely
 * could still reach the list the other way round.
 */
static BOOLEAN EchoFreeIfGone(PECHO_CONNECTION Connection)
{
	if (!Connection->Closed || Connection->InFlight != 0)
		return FALSE;

	RemoveEntryList(&Connection->Link);
	Echo.Served++;
	Echo.Bytes += Connection->Bytes;
	EchoFree(Connection);
	InterlockedDecrement(&Echo.Alive);
	return TRUE;
}

/* Worker thread, PASSIVE_LEVEL: one event in the life of a connection. */
VOID EchoRunConnection(PECHO_WORK Work)
{
	PECHO_CONNECTION Connection = Work->Connection;

	if (Work->Kind != EchoAccepted)
		Connection->InFlight--;

	switch (Work->Kind) {
	case EchoAccepted:
		EchoBegin(Connection);
		break;
	case EchoOperation:
		EchoOperationDone(Connection, CONTAINING_RECORD(Work, ECHO_OP, Work));
		break;
	case EchoDisconnected:
		/* Both sides have ended, so this close is a quiet one. If the disconnect failed, not. */
		EchoCloseConnection(Connection);
		break;
	case EchoClosed:
		Connection->Closed = TRUE;
		break;
	}

	if (!Connection->Closing)
		EchoAdvance(Connection);
	else
		EchoFreeIfGone(Connection);
}
