/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * A TCP echo server on Winsock Kernel: what every part shares.
 *
 * The shape is the usual one for a WSK server. Three kinds of code touch a connection:
 *
 *	WskAcceptEvent        creates it                          IRQL <= DISPATCH_LEVEL
 *	completion routines   report that an IRP has come back    IRQL <= DISPATCH_LEVEL
 *	one worker thread     everything else                     PASSIVE_LEVEL
 *
 * The first two only hand a work item to the third, over an interlocked list. So the state of a
 * connection belongs to one thread, and there is no lock in this driver.
 */
#pragma once

#include <ntddk.h>
#include <wsk.h>

#define ECHO_PORT		40007
#define ECHO_TAG		'ohcE'

/* Operations of one connection in flight: while one is sent, the others receive. */
#define ECHO_OPERATIONS		4
#define ECHO_BUFFER_SIZE	(32 * 1024)

typedef struct _ECHO_CONNECTION ECHO_CONNECTION, *PECHO_CONNECTION;

typedef enum _ECHO_WORK_KIND {
	EchoAccepted,		/* a new connection: no IRP yet */
	EchoOperation,		/* a receive or a send has completed */
	EchoDisconnected,	/* the graceful disconnect has completed */
	EchoClosed		/* the socket is gone */
} ECHO_WORK_KIND;

/*
 * What travels to the worker. It is queued by exactly one completion at a time, as its IRP is used
 * for one call at a time: an item can never be in the list twice.
 */
typedef struct _ECHO_WORK {
	SLIST_ENTRY Link;	/* first: entries of an SLIST are 16-byte aligned */
	ECHO_WORK_KIND Kind;
	PECHO_CONNECTION Connection;
	PIRP Irp;
} ECHO_WORK, *PECHO_WORK;

typedef enum _ECHO_STATE {
	EchoIdle,		/* may receive */
	EchoReceiving,
	EchoReceived,		/* holds Length bytes that wait for their turn; 0 bytes: end of stream */
	EchoSending
} ECHO_STATE;

typedef struct _ECHO_OP {
	ECHO_WORK Work;
	ECHO_STATE State;
	SIZE_T Length;
	PUCHAR Buffer;
	PMDL Mdl;
} ECHO_OP, *PECHO_OP;

/*
 * The operations form a ring. Both counters only move forward, and an operation is received and
 * echoed in its turn: so the bytes leave in the order in which they came, whatever the order in
 * which completions reach the worker.
 */
struct _ECHO_CONNECTION {
	LIST_ENTRY Link;		/* in ECHO_SERVER.Connections, once the worker knows it */
	PWSK_SOCKET Socket;
	CONST WSK_PROVIDER_CONNECTION_DISPATCH *Dispatch;
	ECHO_OP Operations[ECHO_OPERATIONS];
	ULONG NextReceive;
	ULONG NextEcho;
	ULONG InFlight;			/* IRPs that the provider has */
	ECHO_WORK Accepted;
	ECHO_WORK Disconnect;
	ECHO_WORK Close;
	BOOLEAN Ended;			/* the peer has sent everything it will send */
	BOOLEAN Closing;		/* WskCloseSocket was called: no other call may follow */
	BOOLEAN Closed;			/* and its IRP has come back */
	ULONG64 Bytes;
};

typedef struct _ECHO_SERVER {
	SLIST_HEADER Work;
	KEVENT WorkReady;		/* synchronization event: set when the list was empty */
	PVOID Worker;			/* thread object */
	LIST_ENTRY Connections;		/* worker only */
	volatile LONG Alive;		/* connections from WskAcceptEvent to their last free */
	volatile BOOLEAN CloseAll;	/* set by unload, once no connection can be added */
	volatile BOOLEAN Stop;
	KEVENT AllGone;			/* CloseAll, and nobody alive */
	ULONG Served;			/* worker only, for the last message */
	ULONG64 Bytes;
} ECHO_SERVER;

extern ECHO_SERVER Echo;

/* worker.c */
NTSTATUS EchoStartWorker(VOID);
VOID EchoStopWorker(VOID);
VOID EchoCloseConnections(VOID);
VOID EchoQueueWork(PECHO_WORK Work);

/* connection.c */
NTSTATUS EchoAccept(PWSK_SOCKET Socket);
VOID EchoRunConnection(PECHO_WORK Work);
VOID EchoCloseConnection(PECHO_CONNECTION Connection);
