// SPDX-License-Identifier: GPL-2.0 OR MIT
// Four threads that capture, release, make sockets with and deregister one block, a few hundred
// rounds of each kind. What must not be, or a round that does not end, fails DriverEntry.
#include "race.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD RaceUnload;

#define PATIENCE_SECONDS 60

static const WSK_CLIENT_DISPATCH Dispatch = { MAKE_WSK_VERSION(1, 0), 0, NULL };
const WSK_CLIENT_NPI Client = { NULL, &Dispatch };

static LONG Failures;
static LONG volatile Arrived;
static LONG volatile Reached;	// the round in which the threads are
static KEVENT Gates[2];

BOOLEAN Failed(VOID)
{
	return InterlockedCompareExchange(&Failures, 0, 0) != 0;
}

VOID Fail(PCSTR What, LONG Seen)
{
	if (InterlockedIncrement(&Failures) <= 5)
		DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, "reg_race: FAILED in round %d: %s is %d\n",
			   Reached, What, Seen);
}

ULONG Random(PRACER Racer, ULONG Limit)
{
	Racer->Seed = Racer->Seed * 1664525 + 1013904223;
	return (Racer->Seed >> 8) % Limit;
}

VOID Pause(PRACER Racer)
{
	LARGE_INTEGER Now;
	ULONG Spins;

	switch (Random(Racer, 8)) {
	case 0:
	case 1:
		Now.QuadPart = 0;
		KeDelayExecutionThread(KernelMode, FALSE, &Now);
		break;
	case 2:
	case 3:
		for (Spins = Random(Racer, 200); Spins > 0; Spins--)
			YieldProcessor();
		break;
	default:
		break;
	}
}

// The next gate is shut before this one opens: all have passed it to come here.
VOID Meet(VOID)
{
	const LONG Number = InterlockedIncrement(&Arrived) - 1;
	const LONG Gate = Number / THREADS % 2;

	if (Number % THREADS == THREADS - 1) {
		KeClearEvent(&Gates[!Gate]);
		KeSetEvent(&Gates[Gate], IO_NO_INCREMENT, FALSE);
	} else {
		KeWaitForSingleObject(&Gates[Gate], Executive, KernelMode, FALSE, NULL);
	}
}

static KSTART_ROUTINE RacerThread;
static VOID RacerThread(_In_ PVOID Context)
{
	PRACER Racer = Context;
	LONG Round;

	for (Round = 0; Round < ROUNDS; Round++) {
		if (Racer->Index == 0)
			InterlockedExchange(&Reached, Round);
		Racer->Round(Racer, Round);
		Meet();
	}
	PsTerminateSystemThread(STATUS_SUCCESS);
}

// However long the rounds take, while there is a next one. A thread that hangs keeps DriverEntry, as
// its code must stay; the guest's limit ends that.
static VOID Join(PVOID Thread)
{
	LARGE_INTEGER Timeout;
	LONG Before;

	Timeout.QuadPart = -10000000LL * PATIENCE_SECONDS;
	do {
		Before = Reached;
		if (KeWaitForSingleObject(Thread, Executive, KernelMode, FALSE, &Timeout) == STATUS_SUCCESS)
			return;
	} while (Reached != Before);
	Fail("the threads that hang", 1);
	KeWaitForSingleObject(Thread, Executive, KernelMode, FALSE, NULL);
}

VOID RunRounds(VOID (*Round)(PRACER Racer, LONG Round))
{
	static RACER Racers[THREADS];
	PVOID Objects[THREADS];
	HANDLE Handle;
	ULONG i;

	KeInitializeEvent(&Gates[0], NotificationEvent, FALSE);
	KeInitializeEvent(&Gates[1], NotificationEvent, FALSE);
	Arrived = 0;
	for (i = 0; i < THREADS; i++) {
		NTSTATUS Status;

		Racers[i].Index = i;
		Racers[i].Seed = 0x5753 + i;
		Racers[i].Round = Round;
		// The others would wait for one that is missing.
		Status = PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, RacerThread,
					      &Racers[i]);
		NT_ASSERT(NT_SUCCESS(Status));
		Status = ObReferenceObjectByHandle(Handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode,
						   &Objects[i], NULL);
		NT_ASSERT(NT_SUCCESS(Status));
		ZwClose(Handle);
	}
	for (i = 0; i < THREADS; i++) {
		Join(Objects[i]);
		ObDereferenceObject(Objects[i]);
	}
}

static VOID RaceUnload(_In_ PDRIVER_OBJECT DriverObject)
{
	UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	LONG Captures, Sockets;

	UNREFERENCED_PARAMETER(RegistryPath);
	DriverObject->DriverUnload = RaceUnload;
	Captures = RaceCaptures();
	Sockets = RaceSockets();
	if (Failed())
		return STATUS_UNSUCCESSFUL;
	DbgPrint("reg_race: ok rounds %d captures %d sockets %d\n", ROUNDS, Captures, Sockets);
	return STATUS_SUCCESS;
}
