// SPDX-License-Identifier: GPL-2.0 OR MIT
// What all threads use at once: a counter under a spin lock, lists of entries, work items.
#include "stress.h"

static KSPIN_LOCK Lock;
static LONG Guarded;		/* under Lock */
static LONG Turns;		/* interlocked: what Guarded should be */

static KSTART_ROUTINE LockThread;
static VOID LockThread(_In_ PVOID Context)
{
	LONG Mine = 0;
	KIRQL Irql;

	UNREFERENCED_PARAMETER(Context);
	while (PartGoesOn()) {
		KeAcquireSpinLock(&Lock, &Irql);
		Guarded++;
		KeReleaseSpinLock(&Lock, Irql);
		KeRaiseIrql(DISPATCH_LEVEL, &Irql);
		KeAcquireSpinLockAtDpcLevel(&Lock);
		Guarded++;
		KeReleaseSpinLockFromDpcLevel(&Lock);
		KeLowerIrql(Irql);
		Mine += 2;
	}
	InterlockedExchangeAdd(&Turns, Mine);
}

LONG StressLocks(VOID)
{
	STRESS_THREAD Threads[4] = {
		{ LockThread, NULL }, { LockThread, NULL }, { LockThread, NULL }, { LockThread, NULL },
	};

	KeInitializeSpinLock(&Lock);
	BeginPart();
	RunThreads(Threads, 4);
	if (Guarded != Turns)
		Fail("the counter under a spin lock", Guarded, Turns);
	return Guarded;
}

#define ENTRIES 32

typedef struct _ENTRY {
	SLIST_ENTRY Link;
	LONG Owned;
} ENTRY, *PENTRY;

static SLIST_HEADER Lists[2];
static LONG Popped;

static VOID Push(ULONG List, PSLIST_ENTRY Link)
{
	if (InterlockedExchange(&CONTAINING_RECORD(Link, ENTRY, Link)->Owned, 0) != 1)
		Fail("owners of an entry that is pushed", 0, 1);
	InterlockedPushEntrySList(&Lists[List], Link);
}

static VOID Own(PSLIST_ENTRY Link)
{
	if (InterlockedExchange(&CONTAINING_RECORD(Link, ENTRY, Link)->Owned, 1) != 0)
		Fail("owners of an entry that was popped", 2, 1);
	InterlockedIncrement(&Popped);
}

static KSTART_ROUTINE ListThread;
static VOID ListThread(_In_ PVOID Context)
{
	ULONG From = Context != NULL;
	ULONG Turn;

	for (Turn = 0; PartGoesOn(); Turn++) {
		PSLIST_ENTRY Link = Turn % 16 ? InterlockedPopEntrySList(&Lists[From]) :
						InterlockedFlushSList(&Lists[From]);

		while (Link != NULL) {
			PSLIST_ENTRY Next = Turn % 16 ? NULL : Link->Next;

			Own(Link);
			Push(!From, Link);
			Link = Next;
		}
		if (Turn % 64 == 63)
			From = !From;
	}
}

LONG StressLists(VOID)
{
	STRESS_THREAD Threads[4] = {
		{ ListThread, NULL }, { ListThread, Lists }, { ListThread, NULL }, { ListThread, Lists },
	};
	PENTRY Entries = ExAllocatePool2(POOL_FLAG_NON_PAGED, ENTRIES * sizeof(ENTRY), STRESS_TAG);
	LONG Depth, Left = 0;
	ULONG i;

	if (Entries == NULL) {
		Fail("memory", 0, 1);
		return 0;
	}
	InitializeSListHead(&Lists[0]);
	InitializeSListHead(&Lists[1]);
	for (i = 0; i < ENTRIES; i++) {
		Entries[i].Owned = 1;
		Push(0, &Entries[i].Link);
	}
	BeginPart();
	RunThreads(Threads, 4);
	Depth = QueryDepthSList(&Lists[0]) + QueryDepthSList(&Lists[1]);
	if (Depth != ENTRIES)
		Fail("the depth of both lists", Depth, ENTRIES);
	for (i = 0; i < 2; i++)
		while (InterlockedPopEntrySList(&Lists[i]) != NULL)
			Left++;
	if (Left != ENTRIES)
		Fail("entries of both lists", Left, ENTRIES);
	ExFreePoolWithTag(Entries, STRESS_TAG);
	return Popped;
}

/*
 * A routine that frees its item and waits for the next one, which the allocator is likely to put
 * where the first one was.
 */
typedef struct _ROUND {
	PIO_WORKITEM Item;
	KEVENT Second;
	KEVENT First;
} ROUND, *PROUND;

static PVOID NoDevice = &NoDevice;

static IO_WORKITEM_ROUTINE_EX SecondRoutine;
static VOID SecondRoutine(_In_ PVOID IoObject, _In_opt_ PVOID Context, _In_ PIO_WORKITEM IoWorkItem)
{
	PROUND Round = Context;

	UNREFERENCED_PARAMETER(IoObject);
	IoFreeWorkItem(IoWorkItem);
	KeSetEvent(&Round->Second, IO_NO_INCREMENT, FALSE);
}

static IO_WORKITEM_ROUTINE_EX FirstRoutine;
static VOID FirstRoutine(_In_ PVOID IoObject, _In_opt_ PVOID Context, _In_ PIO_WORKITEM IoWorkItem)
{
	PROUND Round = Context;
	PIO_WORKITEM Next;

	UNREFERENCED_PARAMETER(IoObject);
	IoFreeWorkItem(IoWorkItem);
	Next = IoAllocateWorkItem(NoDevice);
	if (Next != NULL) {
		IoQueueWorkItemEx(Next, SecondRoutine, DelayedWorkQueue, Round);
		Await(&Round->Second, "a work item queued by the routine of one that is free");
	} else {
		KeSetEvent(&Round->Second, IO_NO_INCREMENT, FALSE);
	}
	KeSetEvent(&Round->First, IO_NO_INCREMENT, FALSE);
}

LONG StressWorkItems(VOID)
{
	LONG Rounds = 0;

	BeginPart();
	while (PartGoesOn()) {
		ROUND Round;

		KeInitializeEvent(&Round.First, NotificationEvent, FALSE);
		KeInitializeEvent(&Round.Second, NotificationEvent, FALSE);
		Round.Item = IoAllocateWorkItem(NoDevice);
		if (Round.Item == NULL)
			break;
		IoQueueWorkItemEx(Round.Item, FirstRoutine, DelayedWorkQueue, &Round);
		/* Both routines use what is on this stack. */
		KeWaitForSingleObject(&Round.First, Executive, KernelMode, FALSE, NULL);
		KeWaitForSingleObject(&Round.Second, Executive, KernelMode, FALSE, NULL);
		Rounds++;
	}
	return Rounds;
}
