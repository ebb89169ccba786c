// SPDX-License-Identifier: GPL-2.0 OR MIT
// Events: on the stack of the waiter, and several at a time.
#include "stress.h"

/* A waiter hands the address of an event on its stack to a server, which sets it. */
typedef struct _PAIR {
	PVOID volatile Slot;
	KEVENT Doorbell;
	LONG volatile Stop;
	LONG Asked;
	LONG Served;
} PAIR, *PPAIR;

static KSTART_ROUTINE AskThread;
static VOID AskThread(_In_ PVOID Context)
{
	PPAIR Pair = Context;

	while (PartGoesOn()) {
		KEVENT Event;

		KeInitializeEvent(&Event, Pair->Asked % 2 ? SynchronizationEvent : NotificationEvent, FALSE);
		InterlockedExchangePointer(&Pair->Slot, &Event);
		KeSetEvent(&Pair->Doorbell, IO_NO_INCREMENT, FALSE);
		if (!Await(&Event, "an event on the stack")) {
			InterlockedExchangePointer(&Pair->Slot, NULL);
			break;
		}
		/* Whoever still looks at it finds no event. */
		RtlFillMemory(&Event, sizeof(Event), 0xee);
		Pair->Asked++;
	}
	InterlockedExchange(&Pair->Stop, 1);
	KeSetEvent(&Pair->Doorbell, IO_NO_INCREMENT, FALSE);
}

static KSTART_ROUTINE ServeThread;
static VOID ServeThread(_In_ PVOID Context)
{
	PPAIR Pair = Context;

	while (Await(&Pair->Doorbell, "the doorbell of a server")) {
		PKEVENT Event = InterlockedExchangePointer(&Pair->Slot, NULL);

		if (Event != NULL) {
			Pair->Served++;
			KeSetEvent(Event, IO_NO_INCREMENT, FALSE);
		} else if (Pair->Stop) {
			break;
		}
	}
}

LONG StressEvents(VOID)
{
	static PAIR Pairs[2];
	STRESS_THREAD Threads[4] = {
		{ AskThread, &Pairs[0] }, { ServeThread, &Pairs[0] },
		{ AskThread, &Pairs[1] }, { ServeThread, &Pairs[1] },
	};
	ULONG i;

	for (i = 0; i < 2; i++)
		KeInitializeEvent(&Pairs[i].Doorbell, SynchronizationEvent, FALSE);
	BeginPart();
	RunThreads(Threads, 4);
	for (i = 0; i < 2; i++)
		if (Pairs[i].Asked != Pairs[i].Served)
			Fail("events on the stack", Pairs[i].Served, Pairs[i].Asked);
	return Pairs[0].Served + Pairs[1].Served;
}

/* One producer sets two events, and three consumers wait for either or both. */
typedef struct _MARKET {
	KEVENT Goods[2];
	KEVENT Stop;
	KEVENT Taken;
	LONG Produced[2];
	LONG Consumed[2];
} MARKET, *PMARKET;

static MARKET Any, All;

static VOID OpenMarket(PMARKET Market)
{
	KeInitializeEvent(&Market->Goods[0], SynchronizationEvent, FALSE);
	KeInitializeEvent(&Market->Goods[1], SynchronizationEvent, FALSE);
	KeInitializeEvent(&Market->Taken, SynchronizationEvent, FALSE);
	KeInitializeEvent(&Market->Stop, NotificationEvent, FALSE);
}

static VOID CloseMarket(PMARKET Market, PCSTR What)
{
	ULONG i;

	for (i = 0; i < 2; i++) {
		if (Market->Consumed[i] != Market->Produced[i])
			Fail(What, Market->Consumed[i], Market->Produced[i]);
		if (KeReadStateEvent(&Market->Goods[i]) != 0)
			Fail("an event that was waited for", 1, 0);
	}
}

static VOID Produce(PMARKET Market, ULONG Which)
{
	Market->Produced[Which]++;
	KeSetEvent(&Market->Goods[Which], IO_NO_INCREMENT, FALSE);
}

/*
 * Some waits end by their time-out while the producer is about to set an event. The others are
 * longer than the producer is patient, so that it is the one to find a wake-up that got lost.
 */
static NTSTATUS WaitForGoods(PMARKET Market, ULONG Count, WAIT_TYPE Type, ULONG Turn)
{
	PVOID Objects[3] = { &Market->Goods[0], &Market->Goods[1], &Market->Stop };
	LARGE_INTEGER Timeout;

	Timeout.QuadPart = Turn % 3 ? -20000LL * PATIENCE_MS : Turn % 2 ? 0 : -100LL;
	return KeWaitForMultipleObjects(Count, Objects, Type, Executive, KernelMode, FALSE, &Timeout, NULL);
}

static KSTART_ROUTINE AnyProducer;
static VOID AnyProducer(_In_ PVOID Context)
{
	PMARKET Market = Context;
	ULONG Turn;

	for (Turn = 0; PartGoesOn(); Turn++) {
		Produce(Market, Turn % 2);
		if (!Await(&Market->Taken, "one who waits for any event"))
			break;
	}
	KeSetEvent(&Market->Stop, IO_NO_INCREMENT, FALSE);
}

static KSTART_ROUTINE AnyConsumer;
static VOID AnyConsumer(_In_ PVOID Context)
{
	PMARKET Market = Context;
	NTSTATUS Status;
	ULONG Turn = 0;

	while ((Status = WaitForGoods(Market, 3, WaitAny, Turn++)) != STATUS_WAIT_2) {
		if (Status == STATUS_TIMEOUT)
			continue;
		if (Status != STATUS_WAIT_0 && Status != STATUS_WAIT_1) {
			Fail("the status of WaitAny", Status, STATUS_WAIT_0);
			break;
		}
		InterlockedIncrement(&Market->Consumed[Status - STATUS_WAIT_0]);
		KeSetEvent(&Market->Taken, IO_NO_INCREMENT, FALSE);
	}
}

LONG StressWaitAny(VOID)
{
	STRESS_THREAD Threads[4] = {
		{ AnyProducer, &Any }, { AnyConsumer, &Any }, { AnyConsumer, &Any }, { AnyConsumer, &Any },
	};

	OpenMarket(&Any);
	BeginPart();
	RunThreads(Threads, 4);
	CloseMarket(&Any, "events taken by WaitAny");
	return Any.Consumed[0] + Any.Consumed[1];
}

/* To end; each consumer passes it on. */
static VOID SetBoth(PMARKET Market)
{
	KeSetEvent(&Market->Goods[0], IO_NO_INCREMENT, FALSE);
	KeSetEvent(&Market->Goods[1], IO_NO_INCREMENT, FALSE);
}

static KSTART_ROUTINE AllProducer;
static VOID AllProducer(_In_ PVOID Context)
{
	PMARKET Market = Context;
	ULONG Turn;

	for (Turn = 0; PartGoesOn(); Turn++) {
		Produce(Market, Turn % 2);
		Produce(Market, !(Turn % 2));
		if (!Await(&Market->Taken, "one who waits for all events"))
			break;
	}
	KeSetEvent(&Market->Stop, IO_NO_INCREMENT, FALSE);
	SetBoth(Market);
}

static KSTART_ROUTINE AllConsumer;
static VOID AllConsumer(_In_ PVOID Context)
{
	PMARKET Market = Context;
	ULONG Turn = 0;

	for (;;) {
		NTSTATUS Status = WaitForGoods(Market, 2, WaitAll, Turn++);

		if (KeReadStateEvent(&Market->Stop) != 0)
			break;
		if (Status == STATUS_TIMEOUT)
			continue;
		if (Status != STATUS_SUCCESS) {
			Fail("the status of WaitAll", Status, STATUS_SUCCESS);
			break;
		}
		InterlockedIncrement(&Market->Consumed[0]);
		InterlockedIncrement(&Market->Consumed[1]);
		KeSetEvent(&Market->Taken, IO_NO_INCREMENT, FALSE);
	}
	SetBoth(Market);
}

LONG StressWaitAll(VOID)
{
	STRESS_THREAD Threads[4] = {
		{ AllProducer, &All }, { AllConsumer, &All }, { AllConsumer, &All }, { AllConsumer, &All },
	};

	OpenMarket(&All);
	BeginPart();
	RunThreads(Threads, 4);
	KeClearEvent(&All.Goods[0]);
	KeClearEvent(&All.Goods[1]);
	CloseMarket(&All, "events taken by WaitAll");
	return All.Consumed[0];
}
