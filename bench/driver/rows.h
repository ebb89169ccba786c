/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#pragma once

#include <ntddk.h>
#include <wsk.h>

#include "../bench.h"

/* Count operations; a status that is no success ends the row. */
typedef NTSTATUS BENCH_RUN(ULONG Count);

/* Measures a row and prints it. */
NTSTATUS BenchMeasure(PCSTR Name, BENCH_RUN *Run, ULONG Count);

/* A call that takes an IRP, and the wait for its completion. */
typedef struct _BENCH_CALL {
	PIRP Irp;
	KEVENT Done;
} BENCH_CALL, *PBENCH_CALL;

NTSTATUS BenchBeginCall(PBENCH_CALL Call);
PIRP BenchCallIrp(PBENCH_CALL Call);
NTSTATUS BenchWait(PBENCH_CALL Call);
VOID BenchEndCall(PBENCH_CALL Call);

/* The rows of the NT kernel API, and those of Winsock Kernel. */
NTSTATUS BenchKernelRows(VOID);
NTSTATUS BenchSocketRows(VOID);
