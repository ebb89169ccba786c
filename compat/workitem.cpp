// SPDX-License-Identifier: GPL-2.0
/*
 * Work items: a driver's routine, run once for each time it is queued, at
 * PASSIVE_LEVEL on a thread of the system.
 *
 * From IoQueueWorkItem() until the routine has returned, the item counts as an
 * entry into the routine's driver, whose unload waits for it. The item itself
 * is the driver's again from the routine's first instruction: it may queue it
 * anew or free it there, so everything the call needs is read before.
 *
 * Its memory stays for as long as the routine runs: Linux tells works apart by
 * their address, and one that got the address of a work that still runs would
 * be queued behind it, where its owner may be waiting for it.
 */
#include "workitem.hpp"

#include <ntddk.h>

#include "cxx/new.hpp"
#include "device.hpp"
#include "lx/log.h"
#include "lx/ref.h"
#include "lx/sizes.h"
#include "lx/work.h"
#include "owner.hpp"

struct _IO_WORKITEM {
	alignas(8) u8 work[LX_SIZEOF_WORK];	/* first: the shim hands back its address */
	nt::Holding holding;
	unsigned int refs;			/* the driver's, and one for each round */
	PVOID io_object;
	PIO_WORKITEM_ROUTINE routine;		/* one of the two */
	PIO_WORKITEM_ROUTINE_EX routine_ex;
	PVOID context;
	nt::ObjectHeader *device;		/* referenced while queued, if io_object is one */
	nt::Owner *owner;			/* entered while queued */
	bool queued;				/* atomic */
};

namespace nt {
namespace {

void put(PIO_WORKITEM item)
{
	if (lx_ref_put(&item->refs))
		destroy(item);
}

void run(void *work)
{
	auto *item = static_cast<PIO_WORKITEM>(work);
	const PVOID io_object = item->io_object;
	const PIO_WORKITEM_ROUTINE routine = item->routine;
	const PIO_WORKITEM_ROUTINE_EX routine_ex = item->routine_ex;
	const PVOID context = item->context;
	ObjectHeader *const device = item->device;
	Owner &owner = *item->owner;

	__atomic_store_n(&item->queued, false, __ATOMIC_RELEASE);
	if (routine_ex)
		routine_ex(io_object, context, item);
	else
		routine(static_cast<PDEVICE_OBJECT>(io_object), context);
	if (device)
		device->unref();
	put(item);
	owner_leave(owner);
}

/* Takes the item for one round; false, reported, if it waits for its routine already. */
bool take(PIO_WORKITEM item, const void *routine)
{
	if (!item || !routine) {
		lx_log_misuse("IoQueueWorkItem without a work item or a routine");
		return false;
	}
	if (__atomic_exchange_n(&item->queued, true, __ATOMIC_ACQUIRE)) {
		lx_log_misuse("IoQueueWorkItem of an item that is queued already");
		return false;
	}
	return true;
}

void queue(PIO_WORKITEM item, PIO_WORKITEM_ROUTINE routine, PIO_WORKITEM_ROUTINE_EX routine_ex,
	   PVOID context)
{
	const void *code = routine ? reinterpret_cast<const void *>(routine)
				   : reinterpret_cast<const void *>(routine_ex);

	if (!take(item, code))
		return;
	item->routine = routine;
	item->routine_ex = routine_ex;
	item->context = context;
	item->device = device_ref(item->io_object);
	item->owner = &owner_enter(code);
	lx_ref_get(&item->refs);
	lx_work_queue(item->work, LX_QUEUE_DRIVER);
}

/* Only idle items are left when this runs: queued ones were waited for. */
void reclaim(Holding &holding)
{
	put(CONTAINING_RECORD(&holding, _IO_WORKITEM, holding));
}

/* Return: false if it is not for the caller, or if the unload of its allocator has it in hand. */
bool take_to_free(PIO_WORKITEM item)
{
	const Freeing freeing;

	if (!item || !owner_holds(item->holding, Held::WorkItem)) {
		lx_log_misuse("IoFreeWorkItem of what IoAllocateWorkItem did not return");
		return false;
	}
	if (__atomic_load_n(&item->queued, __ATOMIC_ACQUIRE)) {
		lx_log_misuse("IoFreeWorkItem of an item that is queued");
		return false;
	}
	return owner_drop(item->holding);
}

} /* namespace */

void workitem_start()
{
	owner_set_reclaim(Held::WorkItem, reclaim);
}

} /* namespace nt */

using namespace nt;

extern "C" {

/**
 * IoAllocateWorkItem() - allocate a work item.
 * @DeviceObject: passed to the routine. A device stays until the routine has
 *	returned, also if it is deleted meanwhile; a driver without one may pass what
 *	it has, which is not looked at.
 *
 * Context: IRQL <= DISPATCH_LEVEL.
 * Return: the item, or NULL when memory is short.
 */
PIO_WORKITEM IoAllocateWorkItem(PDEVICE_OBJECT DeviceObject)
{
	PIO_WORKITEM item = make<_IO_WORKITEM>(Mem::Atomic);

	if (!item)
		return nullptr;
	lx_work_init(item->work, run);
	lx_ref_set(&item->refs, 1);
	item->io_object = DeviceObject;
	owner_hold(item->holding, Held::WorkItem, __builtin_return_address(0));
	return item;
}

/**
 * IoFreeWorkItem() - release a work item.
 * @IoWorkItem: not queued; its routine may be running, and may be the caller.
 *
 * One that waits for its routine is reported as misuse and left alone.
 *
 * Context: IRQL <= DISPATCH_LEVEL; also inside the routine.
 */
VOID IoFreeWorkItem(PIO_WORKITEM IoWorkItem)
{
	if (take_to_free(IoWorkItem))
		put(IoWorkItem);
}

/**
 * IoQueueWorkItem() - have a routine called at PASSIVE_LEVEL.
 * @IoWorkItem: not queued; it may be queued again as soon as the routine runs.
 * @WorkerRoutine: receives the device object of the item and @Context.
 * @QueueType: ignored: all items run on one unbound queue, in no order.
 * @Context: passed on.
 *
 * The routine may sleep and wait. Runs of one item do not overlap, where on
 * Windows an item queued again by its routine may. An item that is queued
 * already is reported as misuse and runs once.
 *
 * Context: IRQL <= DISPATCH_LEVEL.
 */
VOID IoQueueWorkItem(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE WorkerRoutine,
		     WORK_QUEUE_TYPE QueueType, PVOID Context)
{
	(void)QueueType;
	queue(IoWorkItem, WorkerRoutine, nullptr, Context);
}

/**
 * IoQueueWorkItemEx() - IoQueueWorkItem() whose routine also gets its work item.
 * @IoWorkItem: see IoQueueWorkItem().
 * @WorkerRoutine: receives the device object, @Context and @IoWorkItem.
 * @QueueType: see IoQueueWorkItem().
 * @Context: passed on.
 *
 * Context: IRQL <= DISPATCH_LEVEL.
 */
VOID IoQueueWorkItemEx(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE_EX WorkerRoutine,
		       WORK_QUEUE_TYPE QueueType, PVOID Context)
{
	(void)QueueType;
	queue(IoWorkItem, nullptr, WorkerRoutine, Context);
}

} /* extern "C" */
