// SPDX-License-Identifier: GPL-2.0
/*
 * Making IRPs, sending them down a stack and releasing them. The completion
 * walk is irp_complete.cpp's, cancellation irp_cancel.cpp's.
 *
 * Lifetime: an IRP from IoAllocateIrp() belongs to whoever allocated it, before
 * it is sent and again from the moment its completion routine is entered. In
 * between, the provider has it and nobody else touches it. wsk.ko never frees a
 * driver's IRP by itself, other than as a named leak at unload.
 */
#include "irp.hpp"

#include <ntstatus.h>

#include "irp_private.hpp"
#include "lx/irql.h"
#include "lx/log.h"
#include "lx/mem.h"
#include "owner.hpp"

namespace nt {
namespace {

/*
 * Irp->AllocationFlags of an IRP that has a Holding in front. The field is the
 * I/O manager's own, and the one that IoReuseIrp() keeps.
 */
constexpr UCHAR kAllocatedHere = 0x04;

struct HeldIrp {
	Holding holding;
	IRP irp;
};

HeldIrp *held(PIRP irp)
{
	return CONTAINING_RECORD(irp, HeldIrp, irp);
}

/*
 * CCHAR has a sign on Windows, and none in a kernel since 6.2. CurrentLocation
 * goes one beyond the last location, and must still fit.
 */
bool is_stack_size(CCHAR stack_size)
{
	const auto n = static_cast<signed char>(stack_size);

	return n > 0 && n < 127;
}

void initialize(PIRP irp, USHORT bytes, CCHAR stack_size)
{
	__builtin_memset(irp, 0, bytes);
	irp->Type = IO_TYPE_IRP;
	irp->Size = bytes;
	irp->StackCount = stack_size;
	irp->CurrentLocation = static_cast<CCHAR>(stack_size + 1);
	irp->ThreadListEntry.Flink = irp->ThreadListEntry.Blink = &irp->ThreadListEntry;
	irp->Tail.Overlay.CurrentStackLocation = irp_slots(irp) + stack_size;
}

/* A request still has it: one that outlived its socket, or one of another driver's socket. */
void reclaim(Holding &holding)
{
	PIRP irp = &reinterpret_cast<HeldIrp *>(&holding)->irp;

	if (irp_is_taken(irp) || irp->CancelRoutine) {
		lx_log_err("leak: the IRP allocated at %pS is in use and stays", holding.site);
		return;
	}
	irp->Type = 0;
	lx_mem_free(&holding);
}

/* Return: false if it is not for the caller, or if the unload of its allocator has it in hand. */
bool take_to_free(PIRP irp)
{
	const Freeing freeing;

	if (!irp || irp->Type != IO_TYPE_IRP || !(irp->AllocationFlags & kAllocatedHere) ||
	    !owner_holds(held(irp)->holding, Held::Irp)) {
		lx_log_misuse("IRP-11: IoFreeIrp of what IoAllocateIrp did not return");
		return false;
	}
	if (irp_is_taken(irp) || irp->CancelRoutine) {
		lx_log_misuse("IRP-26: IoFreeIrp of an IRP that a request still has");
		return false;
	}
	return owner_drop(held(irp)->holding);
}

} /* namespace */

const void *irp_site(PIRP irp)
{
	return irp->AllocationFlags & kAllocatedHere ? held(irp)->holding.site : nullptr;
}

void irp_start()
{
	owner_set_reclaim(Held::Irp, reclaim);
	irp_cancel_start();
}

} /* namespace nt */

using namespace nt;

extern "C" {

/**
 * IoAllocateIrp() - allocate an IRP.
 * @StackSize: number of I/O stack locations, one for each driver it will be
 *	sent to; a Winsock Kernel request needs one. From 1 to 126.
 * @ChargeQuota: ignored; there are no quotas.
 *
 * Context: IRQL <= DISPATCH_LEVEL; at PASSIVE_LEVEL it may sleep for memory.
 * Return: the IRP, zeroed and initialised; NULL when memory is short or
 *	@StackSize is out of range (reported as misuse).
 * Rules: IRP-12, IRP-27. What is never given to IoFreeIrp() is named at unload.
 */
PIRP IoAllocateIrp(CCHAR StackSize, BOOLEAN ChargeQuota)
{
	(void)ChargeQuota;
	if (!is_stack_size(StackSize)) {
		lx_log_misuse("IRP-27: IoAllocateIrp with %d stack locations",
			      static_cast<signed char>(StackSize));
		return nullptr;
	}

	const USHORT bytes = IoSizeOfIrp(StackSize);
	const usize total = __builtin_offsetof(HeldIrp, irp) + bytes;
	auto *memory = static_cast<HeldIrp *>(
		lx_mem_alloc(total, lx_context_is_atomic() ? 0 : LX_MEM_SLEEP));

	if (!memory)
		return nullptr;
	initialize(&memory->irp, bytes, StackSize);
	memory->irp.AllocationFlags = kAllocatedHere;
	owner_hold(memory->holding, Held::Irp, __builtin_return_address(0), bytes);
	return &memory->irp;
}

/**
 * IoFreeIrp() - release an IRP that IoAllocateIrp() returned.
 * @Irp: the IRP; no request has it, or its completion routine is running and
 *	returns STATUS_MORE_PROCESSING_REQUIRED.
 *
 * An IRP in the driver's own memory (IoInitializeIrp()), one freed before and
 * one that a request still has are reported as misuse and left alone.
 *
 * Context: IRQL <= DISPATCH_LEVEL; also inside the completion routine.
 * Rules: IRP-11, CAN-20.
 */
VOID IoFreeIrp(PIRP Irp)
{
	if (!take_to_free(Irp))
		return;
	Irp->Type = 0;
	lx_mem_free(held(Irp));
}

/**
 * IoInitializeIrp() - make an IRP of the caller's own memory.
 * @Irp: at least @PacketSize bytes of nonpaged memory: pool, a stack frame that
 *	outlives the request, part of another structure. Any contents.
 * @PacketSize: IoSizeOfIrp(@StackSize) or more.
 * @StackSize: number of I/O stack locations.
 *
 * Not for an IRP from IoAllocateIrp(), which IoFreeIrp() would no longer know:
 * IoReuseIrp() is. Memory initialised here is released by its owner, not by
 * IoFreeIrp().
 *
 * Context: IRQL <= DISPATCH_LEVEL.
 * Rules: IRP-15. A size that does not fit is reported as misuse; then nothing is
 *	written.
 */
VOID IoInitializeIrp(PIRP Irp, USHORT PacketSize, CCHAR StackSize)
{
	if (!Irp || !is_stack_size(StackSize) || PacketSize < IoSizeOfIrp(StackSize)) {
		lx_log_misuse("IRP-15: IoInitializeIrp with %u bytes for %d stack locations",
			      PacketSize, StackSize);
		return;
	}
	initialize(Irp, PacketSize, StackSize);
}

/**
 * IoReuseIrp() - make a completed IRP ready for its next request.
 * @Irp: from IoAllocateIrp() or IoInitializeIrp(); no request has it.
 * @Status: initial IoStatus.Status.
 *
 * Everything else is as after allocation: a completion routine must be set again.
 *
 * Context: IRQL <= DISPATCH_LEVEL; also inside the completion routine, if that
 *	returns STATUS_MORE_PROCESSING_REQUIRED.
 * Rules: IRP-11, IRP-17.
 */
VOID IoReuseIrp(PIRP Irp, NTSTATUS Status)
{
	if (!Irp || Irp->Type != IO_TYPE_IRP || irp_is_taken(Irp) || Irp->CancelRoutine) {
		lx_log_misuse("IRP-26: IoReuseIrp of an IRP that a request still has, or of none");
		return;
	}

	const UCHAR flags = Irp->AllocationFlags;

	initialize(Irp, Irp->Size, Irp->StackCount);
	Irp->AllocationFlags = flags;
	Irp->IoStatus.Status = Status;
}

/**
 * IofCallDriver() - send an IRP to a driver's device object (IoCallDriver).
 * @DeviceObject: the target.
 * @Irp: its next stack location has been filled by the caller.
 *
 * Context: IRQL <= DISPATCH_LEVEL; the dispatch routine runs in the caller's
 *	context and counts as running code of its driver.
 * Return: what the dispatch routine returned; STATUS_INVALID_PARAMETER, reported
 *	as misuse, if the IRP has no stack location left or a request still has it: it
 *	is not sent then, nor completed.
 */
NTSTATUS IofCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
	if (Irp && irp_is_taken(Irp)) {
		lx_log_misuse("IRP-26: IoCallDriver with an IRP that a request still has");
		return STATUS_INVALID_PARAMETER;
	}
	if (!DeviceObject || !Irp || Irp->CurrentLocation <= 1) {
		lx_log_misuse("IRP-27: IoCallDriver with no stack location left");
		return STATUS_INVALID_PARAMETER;
	}
	IoSetNextIrpStackLocation(Irp);

	PIO_STACK_LOCATION slot = IoGetCurrentIrpStackLocation(Irp);
	PDRIVER_OBJECT driver = DeviceObject->DriverObject;
	const UCHAR major = nt::min<UCHAR>(slot->MajorFunction, IRP_MJ_MAXIMUM_FUNCTION);

	slot->DeviceObject = DeviceObject;

	const PDRIVER_DISPATCH routine = driver->MajorFunction[major];
	nt::DriverCall call(reinterpret_cast<const void *>(routine));

	return routine(DeviceObject, Irp);
}

/**
 * IoSetCompletionRoutineEx() - set a completion routine that its driver's unload waits for.
 * @DeviceObject: the caller's device; not used, see below.
 * @Irp: the IRP; the routine goes to its next stack location.
 * @CompletionRoutine: the routine.
 * @Context: its argument.
 * @InvokeOnSuccess: run it for a success status,
 * @InvokeOnError: for an error status,
 * @InvokeOnCancel: for an IRP that was cancelled.
 *
 * On Windows this keeps the driver loaded until the routine has returned. Here the
 * unload waits for every routine that runs, and for every request of Winsock
 * Kernel that is pending on a socket of the driver's own; not for one on another
 * driver's socket, nor for an IRP that another driver holds: before its unload
 * the driver waits for those itself, as with IoSetCompletionRoutine().
 *
 * Context: IRQL <= DISPATCH_LEVEL.
 * Return: STATUS_SUCCESS.
 */
NTSTATUS IoSetCompletionRoutineEx(PDEVICE_OBJECT DeviceObject, PIRP Irp,
				  PIO_COMPLETION_ROUTINE CompletionRoutine, PVOID Context,
				  BOOLEAN InvokeOnSuccess, BOOLEAN InvokeOnError,
				  BOOLEAN InvokeOnCancel)
{
	(void)DeviceObject;
	IoSetCompletionRoutine(Irp, CompletionRoutine, Context, InvokeOnSuccess, InvokeOnError,
			       InvokeOnCancel);
	return STATUS_SUCCESS;
}

} /* extern "C" */
