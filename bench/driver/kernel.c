// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Rows of the NT kernel API. */
#include "rows.h"

static BENCH_RUN BenchNops;
static BENCH_RUN BenchIrp;
static BENCH_RUN BenchEvent;
static IO_COMPLETION_ROUTINE BenchTake;

C_ASSERT(BENCH_IRP_BYTES == sizeof(IRP) + sizeof(IO_STACK_LOCATION));

static NTSTATUS BenchNops(ULONG Count)
{
	BENCH_LOOP(BENCH_TEN_NOPS, Count);
	return STATUS_SUCCESS;
}

static NTSTATUS BenchTake(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
	UNREFERENCED_PARAMETER(DeviceObject);
	UNREFERENCED_PARAMETER(Irp);
	UNREFERENCED_PARAMETER(Context);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

/* What an IRP costs by itself: allocated, sent nowhere, completed, freed. */
static NTSTATUS BenchIrp(ULONG Count)
{
	while (Count--) {
		PIRP Irp = IoAllocateIrp(1, FALSE);

		if (Irp == NULL)
			return STATUS_INSUFFICIENT_RESOURCES;
		IoSetCompletionRoutine(Irp, BenchTake, NULL, TRUE, TRUE, TRUE);
		IoSetNextIrpStackLocation(Irp);
		Irp->IoStatus.Status = STATUS_SUCCESS;
		Irp->IoStatus.Information = 0;
		IoCompleteRequest(Irp, IO_NO_INCREMENT);
		IoFreeIrp(Irp);
	}
	return STATUS_SUCCESS;
}

/* Set, then waited for: a wait that does not sleep. */
static NTSTATUS BenchEvent(ULONG Count)
{
	KEVENT Event;

	KeInitializeEvent(&Event, SynchronizationEvent, FALSE);
	while (Count--) {
		KeSetEvent(&Event, IO_NO_INCREMENT, FALSE);
		KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, NULL);
	}
	return STATUS_SUCCESS;
}

NTSTATUS BenchKernelRows(VOID)
{
	NTSTATUS Status = BenchMeasure("driver-nops", BenchNops, BENCH_PAIRS);

	if (NT_SUCCESS(Status))
		Status = BenchMeasure("irp", BenchIrp, BENCH_PAIRS);
	if (NT_SUCCESS(Status))
		Status = BenchMeasure("event", BenchEvent, BENCH_PAIRS);
	return Status;
}
