// SPDX-License-Identifier: GPL-2.0 OR MIT
// Captures that succeed are waited for, and none succeeds after one was refused.
#include "race.h"

static WSK_REGISTRATION Block;
static LONG volatile Refused, Returned;
static LONG volatile Holding;	// captures that nobody has begun to release
static LONG volatile Given;	// those of them that are for any thread to release
static LONG Captured, Released;
static LONG Waited;		// rounds in which WskDeregister found captures

static VOID Release(VOID)
{
	InterlockedDecrement(&Holding);
	InterlockedIncrement(&Released);
	WskReleaseProviderNPI(&Block);
}

static VOID ReleaseGiven(VOID)
{
	LONG Left;

	while ((Left = Given) > 0)
		if (InterlockedCompareExchange(&Given, Left - 1, Left) == Left)
			Release();
}

static NTSTATUS TryCapture(PRACER Racer, PWSK_PROVIDER_NPI Provider)
{
	NTSTATUS Status;
	KIRQL Irql;

	if (Random(Racer, 4) != 0)
		return WskCaptureProviderNPI(&Block, Random(Racer, 2) ? WSK_NO_WAIT : WSK_INFINITE_WAIT,
					     Provider);
	KeRaiseIrql(DISPATCH_LEVEL, &Irql);
	Status = WskCaptureProviderNPI(&Block, WSK_NO_WAIT, Provider);
	KeLowerIrql(Irql);
	return Status;
}

static BOOLEAN CaptureOnce(PRACER Racer)
{
	const LONG Late = Refused + Returned;
	WSK_PROVIDER_NPI Provider;
	NTSTATUS Status = TryCapture(Racer, &Provider);

	if (Status == STATUS_DEVICE_NOT_READY) {
		InterlockedExchange(&Refused, 1);
		return FALSE;
	}
	if (Status != STATUS_SUCCESS) {
		Fail("the status of a capture", Status);
		return FALSE;
	}
	InterlockedIncrement(&Holding);
	InterlockedIncrement(&Captured);
	if (Late != 0)
		Fail("a capture after a refusal", Late);
	Pause(Racer);
	if (Random(Racer, 4) != 0)
		Release();
	else
		InterlockedIncrement(&Given);
	if (Random(Racer, 8) == 0)
		ReleaseGiven();
	return TRUE;
}

// The threads take turns in registering the block and in ending it.
static VOID CaptureRound(PRACER Racer, LONG Round)
{
	const BOOLEAN Ends = Round % THREADS == (LONG)Racer->Index;
	ULONG Left = Random(Racer, Ends ? 6 : 16);

	if ((Round + 1) % THREADS == (LONG)Racer->Index) {
		Refused = Returned = 0;
		EXPECT_ZERO(WskRegister((PWSK_CLIENT_NPI)&Client, &Block));
	}
	Meet();
	while (Left-- > 0 && CaptureOnce(Racer))
		Pause(Racer);
	// Who gave one comes here behind that, so none is left over.
	ReleaseGiven();
	if (!Ends)
		return;
	if (Holding > 0)
		Waited++;
	WskDeregister(&Block);
	EXPECT_ZERO(Holding);
	InterlockedExchange(&Returned, 1);
	EXPECT_ZERO(CaptureOnce(Racer));
}

LONG RaceCaptures(VOID)
{
	RunRounds(CaptureRound);
	EXPECT_ZERO(Captured - Released);
	DbgPrint("reg_race: captures in the way of %d of %d WskDeregister\n", Waited, ROUNDS);
	return Captured;
}
