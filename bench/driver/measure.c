// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * A tick of the performance counter is 100 ns, which are 100 instructions where the reference
 * module counts single ones: of a batch of thousands too little to show. The row driver-nops says
 * whether the two agree.
 */
#include "rows.h"

static ULONG64 BenchNow(VOID)
{
	return (ULONG64)KeQueryPerformanceCounter(NULL).QuadPart;
}

NTSTATUS BenchMeasure(PCSTR Name, BENCH_RUN *Run, ULONG Count)
{
	static ULONG64 Batch[BENCH_BATCHES];
	struct bench_result Result;
	LARGE_INTEGER Frequency, Rest;
	ULONG i;

	KeQueryPerformanceCounter(&Frequency);
	Rest.QuadPart = -10000LL * BENCH_REST_MS;
	for (i = 0; i < BENCH_BATCHES; i++) {
		ULONG64 Start;
		NTSTATUS Status;

		KeDelayExecutionThread(KernelMode, FALSE, &Rest);
		Start = BenchNow();
		Status = Run(Count);
		Batch[i] = (BenchNow() - Start) * (1000000000 / Frequency.QuadPart);
		if (!NT_SUCCESS(Status)) {
			DbgPrint("wsk_bench: %s failed with 0x%08x\n", Name, Status);
			return Status;
		}
	}
	Result = bench_result(Batch);
	DbgPrint("wsk_bench: row %s %u %I64u %I64u %I64u\n", Name, Count, Result.median, Result.min,
		 Result.max);
	return STATUS_SUCCESS;
}
