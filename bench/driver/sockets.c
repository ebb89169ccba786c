// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Rows of Winsock Kernel: capturing the provider, making and closing a socket. */
#include "rows.h"

static BENCH_RUN BenchCapture;
static BENCH_RUN BenchSocket;
static IO_COMPLETION_ROUTINE BenchSignal;

static CONST WSK_CLIENT_DISPATCH BenchDispatch = { MAKE_WSK_VERSION(1, 0), 0, NULL };
static WSK_REGISTRATION BenchRegistration;
static WSK_PROVIDER_NPI BenchProvider;
static BENCH_CALL BenchCall;

static NTSTATUS BenchSignal(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
	UNREFERENCED_PARAMETER(DeviceObject);
	UNREFERENCED_PARAMETER(Irp);

	KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

NTSTATUS BenchBeginCall(PBENCH_CALL Call)
{
	KeInitializeEvent(&Call->Done, SynchronizationEvent, FALSE);
	Call->Irp = IoAllocateIrp(1, FALSE);
	return Call->Irp != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

PIRP BenchCallIrp(PBENCH_CALL Call)
{
	IoReuseIrp(Call->Irp, STATUS_UNSUCCESSFUL);
	IoSetCompletionRoutine(Call->Irp, BenchSignal, &Call->Done, TRUE, TRUE, TRUE);
	return Call->Irp;
}

NTSTATUS BenchWait(PBENCH_CALL Call)
{
	KeWaitForSingleObject(&Call->Done, Executive, KernelMode, FALSE, NULL);
	return Call->Irp->IoStatus.Status;
}

VOID BenchEndCall(PBENCH_CALL Call)
{
	IoFreeIrp(Call->Irp);
}

static NTSTATUS BenchCapture(ULONG Count)
{
	WSK_PROVIDER_NPI Npi;

	while (Count--) {
		const NTSTATUS Status =
			WskCaptureProviderNPI(&BenchRegistration, WSK_NO_WAIT, &Npi);

		if (!NT_SUCCESS(Status))
			return Status;
		WskReleaseProviderNPI(&BenchRegistration);
	}
	return STATUS_SUCCESS;
}

static NTSTATUS BenchSocket(ULONG Count)
{
	while (Count--) {
		PWSK_SOCKET Socket;
		NTSTATUS Status;

		BenchProvider.Dispatch->WskSocket(BenchProvider.Client, AF_INET, SOCK_STREAM,
						  IPPROTO_TCP, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL,
						  NULL, NULL, NULL, BenchCallIrp(&BenchCall));
		Status = BenchWait(&BenchCall);
		if (!NT_SUCCESS(Status))
			return Status;
		Socket = (PWSK_SOCKET)BenchCall.Irp->IoStatus.Information;
		((CONST WSK_PROVIDER_BASIC_DISPATCH *)Socket->Dispatch)
			->WskCloseSocket(Socket, BenchCallIrp(&BenchCall));
		Status = BenchWait(&BenchCall);
		if (!NT_SUCCESS(Status))
			return Status;
	}
	return STATUS_SUCCESS;
}

static NTSTATUS BenchCaptured(VOID)
{
	NTSTATUS Status = BenchMeasure("capture-release", BenchCapture, BENCH_PAIRS);

	if (NT_SUCCESS(Status))
		Status = BenchMeasure("socket-close", BenchSocket, BENCH_SOCKETS);
	return Status;
}

NTSTATUS BenchSocketRows(VOID)
{
	WSK_CLIENT_NPI Client = { NULL, &BenchDispatch };
	NTSTATUS Status = BenchBeginCall(&BenchCall);

	if (!NT_SUCCESS(Status))
		return Status;
	Status = WskRegister(&Client, &BenchRegistration);
	if (NT_SUCCESS(Status)) {
		/* Held for all of the rows, as drivers hold it: the pair that is measured is a second one. */
		Status = WskCaptureProviderNPI(&BenchRegistration, WSK_INFINITE_WAIT, &BenchProvider);
		if (NT_SUCCESS(Status)) {
			Status = BenchCaptured();
			WskReleaseProviderNPI(&BenchRegistration);
		}
		WskDeregister(&BenchRegistration);
	}
	BenchEndCall(&BenchCall);
	return Status;
}
