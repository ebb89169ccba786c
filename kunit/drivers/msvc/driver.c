// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What Microsoft's compiler takes for granted, in one C file: it is compiled in
 * every dialect, and as a driver it runs through all of it when it is loaded.
 */
#include "msvc.h"
#include "driver.tmh"

#define MSVC_TAG 'cvsM'

#pragma warning(disable : 4201)
#ifdef ALLOC_PRAGMA
#pragma alloc_text(INIT, DriverEntry)
#endif

#define WPP_CONTROL_GUIDS							\
	WPP_DEFINE_CONTROL_GUID(MsvcGuid, (81b20fea, 73a8, 4b62, 95bc, 354477c97a6f), \
				WPP_DEFINE_BIT(TRACE_ALL))

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD MsvcUnload;
_Function_class_(IO_COMPLETION_ROUTINE)
static IO_COMPLETION_ROUTINE MsvcComplete;
static DRIVER_CANCEL MsvcCancel;
KSTART_ROUTINE MsvcThread;

typedef struct DECLSPEC_ALIGN(16) _MSVC_STATE {
	SLIST_ENTRY Entry;
	__int64 Total;
	volatile long Raw;
	volatile LONG Count;
	union {
		ULONG Flags;
		struct {
			ULONG First : 1;
			ULONG Second : 1;
		};
	};
	_Guarded_by_(Lock) LIST_ENTRY List;
	KSPIN_LOCK Lock;
	_Field_size_bytes_(Length) PUCHAR Data;
	ULONG Length;
} MSVC_STATE, *PMSVC_STATE;

typedef struct __declspec(align(8)) _ALIGNED {
	CHAR Byte;
} ALIGNED;

static __declspec(noinline) NTSTATUS __stdcall RaiseInside(IN NTSTATUS Status, OUT PULONG Steps OPTIONAL)
{
	NTSTATUS status = STATUS_SUCCESS;

	__try {
		*Steps += 1;
		ExRaiseStatus(Status);
		*Steps += 1;
	} __except (GetExceptionCode() == Status ? EXCEPTION_EXECUTE_HANDLER :
						   EXCEPTION_CONTINUE_SEARCH) {
		status = GetExceptionCode();
		goto Error;
	}
	return STATUS_UNSUCCESSFUL;
Error:
	return status;
}

static NTSTATUS Seh(void)
{
	ULONG steps = 0, finals = 0;
	NTSTATUS status = RaiseInside(STATUS_ACCESS_VIOLATION, &steps);

	if (status != STATUS_ACCESS_VIOLATION || steps != 2)
		return STATUS_UNSUCCESSFUL;
	try {
		try {
			if (steps == 2)
				leave;
			steps = 99;
		} finally {
			finals++;
		}
	} except (EXCEPTION_EXECUTE_HANDLER) {
		steps = 98;
	}
	if (steps != 2 || finals != 1)
		return STATUS_UNSUCCESSFUL;
	/* What no filter takes goes to the block around it. */
	__try {
		__try {
			ExRaiseStatus(STATUS_DATA_ERROR);
		} __except (EXCEPTION_CONTINUE_SEARCH) {
			steps = 97;
		}
	} __except (EXCEPTION_EXECUTE_HANDLER) {
		finals = GetExceptionCode() == STATUS_DATA_ERROR ? 7 : 0;
	}
	return steps == 2 && finals == 7 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

_Use_decl_annotations_
static NTSTATUS MsvcComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
	UNREFERENCED_PARAMETER(DeviceObject);
	if (Irp->PendingReturned)
		KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static VOID MsvcCancel(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
	UNREFERENCED_PARAMETER(DeviceObject);
	IoReleaseCancelSpinLock(Irp->CancelIrql);
}

static NTSTATUS Irps(void)
{
	PIRP irp = IoAllocateIrp(1, FALSE);
	KEVENT event;

	if (!irp)
		return STATUS_INSUFFICIENT_RESOURCES;
	KeInitializeEvent(&event, NotificationEvent, FALSE);
	IoSetCompletionRoutine(irp, MsvcComplete, &event, TRUE, TRUE, TRUE);
	IoSetCancelRoutine(irp, MsvcCancel);
	IoSetCancelRoutine(irp, NULL);
	IoReuseIrp(irp, STATUS_UNSUCCESSFUL);
	IoFreeIrp(irp);
	return STATUS_SUCCESS;
}

static __forceinline BOOLEAN Interlocked(PMSVC_STATE State)
{
	InterlockedIncrement(&State->Count);
	InterlockedIncrement(&State->Raw);
	InterlockedExchangePointer((PVOID *)&State->Data, NULL);
	return InterlockedCompareExchange(&State->Count, 5, 1) == 1 && State->Count == 5 &&
	       InterlockedAdd64(&State->Total, 3) == 3 && State->Raw == 1 &&
	       InterlockedExchangeAdd(&State->Count, 1) == 5 &&
	       !InterlockedBitTestAndSet((LONG *)&State->Flags, 1) && State->Second;
}

static NTSTATUS State(void)
{
	PMSVC_STATE state = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*state), MSVC_TAG);
	SLIST_HEADER head;
	NTSTATUS status = STATUS_UNSUCCESSFUL;
	KIRQL irql;

	if (state == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	KeInitializeSpinLock(&state->Lock);
	InitializeListHead(&state->List);
	InitializeSListHead(&head);
	KeAcquireSpinLock(&state->Lock, &irql);
	if (IsListEmpty(&state->List) && !InterlockedPushEntrySList(&head, &state->Entry))
		status = STATUS_SUCCESS;
	KeReleaseSpinLock(&state->Lock, irql);
	if (CONTAINING_RECORD(InterlockedFlushSList(&head), MSVC_STATE, Entry) != state ||
	    !Interlocked(state))
		status = STATUS_UNSUCCESSFUL;
	ExFreePoolWithTag(state, MSVC_TAG);
	return status;
}

_Use_decl_annotations_
static VOID MsvcUnload(PDRIVER_OBJECT DriverObject)
{
	UNREFERENCED_PARAMETER(DriverObject);
	WPP_CLEANUP(DriverObject);
	KdPrint(("msvc: %wZ ends\n", &DriverObject->DriverName));
	DbgPrint("msvc: DriverUnload\n");
}

_Use_decl_annotations_
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
	static const UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\Msvc");
	UNICODE_STRING copy = name;
	ALIGNED aligned = { 0 };
	NTSTATUS status;

	PAGED_CODE();
	WPP_INIT_TRACING(DriverObject, RegistryPath);
	DoTraceMessage(TRACE_ALL, "%!FUNC! %!STATUS!", STATUS_SUCCESS);
	ExInitializeDriverRuntime(DrvRtPoolNxOptIn);
	C_ASSERT(sizeof(PACKED_HEADER) == 5);
	C_ASSERT(sizeof(ALIGNED) == 8);
	C_ASSERT((CHAR)-1 < 0);
	C_ASSERT(__alignof__(MSVC_STATE) == 16);
	NT_ASSERT(min(1, 2) == 1 && max(1u, 2u) == 2);
	ASSERT(name.Length == 12 * sizeof(WCHAR));
	DriverObject->DriverUnload = MsvcUnload;

	status = Seh();
	if (NT_SUCCESS(status))
		status = State();
	if (NT_SUCCESS(status))
		status = Irps();
	if (NT_SUCCESS(status))
		status = CxxTest(&copy, &aligned, sizeof(aligned));
	DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_INFO_LEVEL, "msvc: DriverEntry %wZ %ws %I64u: 0x%08x\n",
		   RegistryPath, L"wide", (ULONG64)1, status);
	return status;
}
