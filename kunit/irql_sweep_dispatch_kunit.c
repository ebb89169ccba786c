// SPDX-License-Identifier: GPL-2.0
/*
 * Every function of the NT API that may be called at DISPATCH_LEVEL and no higher, called in
 * each context that is DISPATCH_LEVEL. scripts/check-sweep.sh finds the one that has no row.
 */
#include <linux/sched.h>

#include "irql_levels.h"
#include "nt_worker.h"

#define TAG 0x70656577	/* "weep" */

/* What cannot be made at DISPATCH_LEVEL, made before and looked at afterwards. */
struct sweep {
	PDEVICE_OBJECT device;
	DRIVER_OBJECT driver;
	LONG items;	/* work items whose routine has not run */
	PIO_WORKITEM plain[LEVEL_CONTEXTS];
	int plains;
};

static int is_filled(PVOID memory, int byte, SIZE_T length)
{
	const UCHAR *at = memory;
	SIZE_T i;

	for (i = 0; i < length; i++)
		if (at[i] != byte)
			return 0;
	return 1;
}

static int pool(void *context)
{
	PVOID memory[6];
	int i;

	memory[0] = ExAllocatePool(NonPagedPoolNx, 100);
	memory[1] = ExAllocatePool2(POOL_FLAG_NON_PAGED, 100, TAG);
	memory[2] = ExAllocatePoolWithTag(NonPagedPoolNx, 3 * PAGE_SIZE, TAG);
	memory[3] = ExAllocatePoolZero(NonPagedPoolNx, 100, TAG);
	memory[4] = ExAllocatePoolUninitialized(NonPagedPoolNx, 100, TAG);
	memory[5] = ExAllocatePoolWithQuotaTag(NonPagedPoolNx, 100, TAG);
	for (i = 0; i < ARRAY_SIZE(memory); i++)
		LEVEL_MUST(memory[i]);
	LEVEL_MUST(is_filled(memory[1], 0, 100));
	LEVEL_MUST(is_filled(memory[3], 0, 100));
	LEVEL_MUST(!((ULONG_PTR)memory[2] % PAGE_SIZE));
	for (i = 0; i < ARRAY_SIZE(memory); i++) {
		memset(memory[i], 0xa5, 100);
		if (i == 0)
			ExFreePool(memory[i]);
		else
			ExFreePoolWithTag(memory[i], TAG);
	}
	return 0;
}

static int spin_locks(void *context)
{
	KSPIN_LOCK outer, inner;
	KIRQL irql;

	KeInitializeSpinLock(&outer);
	KeInitializeSpinLock(&inner);
	KeAcquireSpinLock(&outer, &irql);
	LEVEL_MUST(irql == DISPATCH_LEVEL);
	KeAcquireSpinLockAtDpcLevel(&inner);
	KeReleaseSpinLockFromDpcLevel(&inner);
	KeReleaseSpinLock(&outer, irql);
	irql = KeAcquireSpinLockRaiseToDpc(&outer);
	LEVEL_MUST(irql == DISPATCH_LEVEL);
	KeReleaseSpinLock(&outer, irql);
	return 0;
}

static int events(void *context)
{
	LARGE_INTEGER now = {};
	PVOID objects[2];
	KEVENT event[2];

	KeInitializeEvent(&event[0], NotificationEvent, FALSE);
	KeInitializeEvent(&event[1], SynchronizationEvent, TRUE);
	LEVEL_MUST(KeSetEvent(&event[0], IO_NO_INCREMENT, FALSE) == 0);
	LEVEL_MUST(KeReadStateEvent(&event[0]) == 1);
	LEVEL_MUST(KeResetEvent(&event[0]) == 1);
	LEVEL_MUST(KeWaitForSingleObject(&event[0], Executive, KernelMode, FALSE, &now) ==
		   STATUS_TIMEOUT);
	objects[0] = &event[0];
	objects[1] = &event[1];
	LEVEL_MUST(KeWaitForMultipleObjects(2, objects, WaitAny, Executive, KernelMode, FALSE,
					    &now, NULL) == STATUS_WAIT_1);
	LEVEL_MUST(KeWaitForMultipleObjects(2, objects, WaitAny, Executive, KernelMode, FALSE,
					    &now, NULL) == STATUS_TIMEOUT);
	KeSetEvent(&event[1], IO_NO_INCREMENT, FALSE);
	LEVEL_MUST(KeWaitForSingleObject(&event[1], Executive, KernelMode, FALSE, &now) ==
		   STATUS_SUCCESS);
	KeSetEvent(&event[0], IO_NO_INCREMENT, FALSE);
	KeClearEvent(&event[0]);
	LEVEL_MUST(KeReadStateEvent(&event[0]) == 0);
	return 0;
}

struct completion_seen {
	int runs;
	NTSTATUS status;
	KIRQL irql;
};

static NTSTATUS note_completion(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct completion_seen *seen = context;

	seen->runs++;
	seen->status = irp->IoStatus.Status;
	seen->irql = KeGetCurrentIrql();
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static VOID cancel_irp(PDEVICE_OBJECT device, PIRP irp)
{
	IoReleaseCancelSpinLock(irp->CancelIrql);
	irp->IoStatus.Status = STATUS_CANCELLED;
	IoCompleteRequest(irp, IO_NO_INCREMENT);
}

/* The device's only function: completes what it gets, or leaves it to IoCancelIrp. */
static NTSTATUS device_control(PDEVICE_OBJECT device, PIRP irp)
{
	if (IoGetCurrentIrpStackLocation(irp)->MinorFunction) {
		IoSetCancelRoutine(irp, cancel_irp);
		IoMarkIrpPending(irp);
		return STATUS_PENDING;
	}
	irp->IoStatus.Status = STATUS_SUCCESS;
	IoCompleteRequest(irp, IO_NO_INCREMENT);
	return STATUS_SUCCESS;
}

static NTSTATUS send(struct sweep *sweep, PIRP irp, struct completion_seen *seen, UCHAR minor)
{
	PIO_STACK_LOCATION next = IoGetNextIrpStackLocation(irp);

	next->MajorFunction = IRP_MJ_DEVICE_CONTROL;
	next->MinorFunction = minor;
	IoSetCompletionRoutine(irp, note_completion, seen, TRUE, TRUE, TRUE);
	return IoCallDriver(sweep->device, irp);
}

static int irps(void *context)
{
	struct completion_seen seen = {};
	struct sweep *sweep = context;
	PIRP irp = IoAllocateIrp(2, FALSE);

	LEVEL_MUST(irp);
	LEVEL_MUST(send(sweep, irp, &seen, 0) == STATUS_SUCCESS);
	LEVEL_MUST(seen.runs == 1 && seen.status == STATUS_SUCCESS);
	LEVEL_MUST(seen.irql == DISPATCH_LEVEL);
	IoReuseIrp(irp, STATUS_UNSUCCESSFUL);
	LEVEL_MUST(irp->IoStatus.Status == STATUS_UNSUCCESSFUL);
	LEVEL_MUST(send(sweep, irp, &seen, 1) == STATUS_PENDING);
	LEVEL_MUST(IoCancelIrp(irp));
	LEVEL_MUST(seen.runs == 2 && seen.status == STATUS_CANCELLED);
	LEVEL_MUST(!IoCancelIrp(irp));
	IoFreeIrp(irp);
	return 0;
}

static int irps_of_the_driver(void *context)
{
	const USHORT size = IoSizeOfIrp(1);
	PIRP irp = ExAllocatePoolWithTag(NonPagedPoolNx, size, TAG);
	struct completion_seen seen = {};
	struct sweep *sweep = context;

	LEVEL_MUST(irp);
	IoInitializeIrp(irp, size, 1);
	LEVEL_MUST(IoSetCompletionRoutineEx(sweep->device, irp, note_completion, &seen, TRUE, TRUE,
					    TRUE) == STATUS_SUCCESS);
	IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_DEVICE_CONTROL;
	LEVEL_MUST(IofCallDriver(sweep->device, irp) == STATUS_SUCCESS);
	LEVEL_MUST(seen.runs == 1 && seen.status == STATUS_SUCCESS);
	ExFreePoolWithTag(irp, TAG);
	return 0;
}

static int cancel_lock(void *context)
{
	KIRQL irql, inside;

	IoAcquireCancelSpinLock(&irql);
	inside = KeGetCurrentIrql();
	IoReleaseCancelSpinLock(irql);
	LEVEL_MUST(irql == DISPATCH_LEVEL && inside == DISPATCH_LEVEL);
	return 0;
}

static int lock_pages(PMDL mdl)
{
	int locked = 0;

	__try {
		MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
		locked = 1;
	} __except (EXCEPTION_EXECUTE_HANDLER) {
		locked = 0;
	}
	return locked;
}

static int mdls(void *context)
{
	const ULONG length = 2 * PAGE_SIZE;
	UCHAR *memory = ExAllocatePoolWithTag(NonPagedPoolNx, length, TAG);
	PMDL whole, part;

	LEVEL_MUST(memory);
	whole = IoAllocateMdl(memory, length, FALSE, FALSE, NULL);
	part = IoAllocateMdl(memory, length, FALSE, FALSE, NULL);
	LEVEL_MUST(whole && part);
	MmBuildMdlForNonPagedPool(whole);
	LEVEL_MUST(MmGetSystemAddressForMdlSafe(whole, NormalPagePriority) == memory);
	IoBuildPartialMdl(whole, part, memory + 100, PAGE_SIZE);
	LEVEL_MUST(MmGetMdlByteCount(part) == PAGE_SIZE);
	LEVEL_MUST(MmGetSystemAddressForMdlSafe(part, NormalPagePriority) == memory + 100);
	IoFreeMdl(part);
	IoFreeMdl(whole);
	ExFreePoolWithTag(memory, TAG);
	return 0;
}

static int locked_mdls(void *context)
{
	UCHAR *memory = ExAllocatePoolWithTag(NonPagedPoolNx, PAGE_SIZE, TAG);
	PVOID mapped;
	PMDL mdl;

	LEVEL_MUST(memory);
	mdl = IoAllocateMdl(memory, PAGE_SIZE, FALSE, FALSE, NULL);
	LEVEL_MUST(mdl);
	LEVEL_MUST(lock_pages(mdl));
	mapped = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE,
					      NormalPagePriority);
	LEVEL_MUST(mapped == memory);
	MmUnmapLockedPages(mapped, mdl);
	MmUnlockPages(mdl);
	LEVEL_MUST(!(mdl->MdlFlags & MDL_PAGES_LOCKED));
	IoFreeMdl(mdl);
	ExFreePoolWithTag(memory, TAG);
	return 0;
}

static VOID work(PDEVICE_OBJECT device, PVOID context)
{
	struct sweep *sweep = context;

	InterlockedDecrement(&sweep->items);
}

static VOID work_ex(PVOID object, PVOID context, PIO_WORKITEM item)
{
	IoFreeWorkItem(item);
	work(object, context);
}

static int work_items(void *context)
{
	struct sweep *sweep = context;
	PIO_WORKITEM item = IoAllocateWorkItem(sweep->device);

	LEVEL_MUST(item);
	IoFreeWorkItem(item);
	item = IoAllocateWorkItem(sweep->device);
	LEVEL_MUST(item);
	InterlockedIncrement(&sweep->items);
	IoQueueWorkItemEx(item, work_ex, DelayedWorkQueue, sweep);
	return 0;
}

/* Its routine is not told the item, so the case frees it. */
static int plain_work_items(void *context)
{
	struct sweep *sweep = context;
	PIO_WORKITEM item = IoAllocateWorkItem(sweep->device);

	LEVEL_MUST(item);
	sweep->plain[sweep->plains++] = item;
	InterlockedIncrement(&sweep->items);
	IoQueueWorkItem(item, work, DelayedWorkQueue, sweep);
	return 0;
}

static int threads(void *context)
{
	PETHREAD thread = PsGetCurrentThread();

	LEVEL_MUST(thread);
	LEVEL_MUST((PVOID)KeGetCurrentThread() == (PVOID)thread);
	LEVEL_MUST(PsGetCurrentProcess());
	/* Of the idle task, on whose back a softirq may run, it is 0. */
	LEVEL_MUST(PsGetCurrentThreadId() == (HANDLE)(ULONG_PTR)current->pid);
	LEVEL_MUST(PsGetCurrentProcessId());
	LEVEL_MUST(PsGetThreadExitStatus(thread) == STATUS_PENDING);
	LEVEL_MUST(ObReferenceObject(thread) == 1);
	LEVEL_MUST(ObDereferenceObject(thread) == 1);
	return 0;
}

static const struct level_row rows[] = {
	LEVEL(ExAllocatePool, DISPATCH_LEVEL, pool),
	LEVEL(ExAllocatePool2, DISPATCH_LEVEL, pool),
	LEVEL(ExAllocatePoolUninitialized, DISPATCH_LEVEL, pool),
	LEVEL(ExAllocatePoolWithQuotaTag, DISPATCH_LEVEL, pool),
	LEVEL(ExAllocatePoolWithTag, DISPATCH_LEVEL, pool),
	LEVEL(ExAllocatePoolZero, DISPATCH_LEVEL, pool),
	LEVEL(ExFreePool, DISPATCH_LEVEL, pool),
	LEVEL(ExFreePoolWithTag, DISPATCH_LEVEL, pool),
	LEVEL(IoAcquireCancelSpinLock, DISPATCH_LEVEL, cancel_lock),
	LEVEL(IoAllocateIrp, DISPATCH_LEVEL, irps),
	LEVEL(IoAllocateMdl, DISPATCH_LEVEL, mdls),
	LEVEL(IoAllocateWorkItem, DISPATCH_LEVEL, work_items),
	LEVEL(IoBuildPartialMdl, DISPATCH_LEVEL, mdls),
	LEVEL(IoCallDriver, DISPATCH_LEVEL, irps),
	LEVEL(IoCancelIrp, DISPATCH_LEVEL, irps),
	LEVEL(IoCompleteRequest, DISPATCH_LEVEL, irps),
	LEVEL(IoFreeIrp, DISPATCH_LEVEL, irps),
	LEVEL(IoFreeMdl, DISPATCH_LEVEL, mdls),
	LEVEL(IoFreeWorkItem, DISPATCH_LEVEL, work_items),
	LEVEL(IoInitializeIrp, DISPATCH_LEVEL, irps_of_the_driver),
	LEVEL(IoQueueWorkItem, DISPATCH_LEVEL, plain_work_items),
	LEVEL(IoQueueWorkItemEx, DISPATCH_LEVEL, work_items),
	LEVEL(IoReleaseCancelSpinLock, DISPATCH_LEVEL, cancel_lock),
	LEVEL(IoReuseIrp, DISPATCH_LEVEL, irps),
	LEVEL(IoSetCancelRoutine, DISPATCH_LEVEL, irps),
	LEVEL(IoSetCompletionRoutine, DISPATCH_LEVEL, irps),
	LEVEL(IoSetCompletionRoutineEx, DISPATCH_LEVEL, irps_of_the_driver),
	LEVEL(IofCallDriver, DISPATCH_LEVEL, irps_of_the_driver),
	LEVEL(IofCompleteRequest, DISPATCH_LEVEL, irps_of_the_driver),
	LEVEL(KeAcquireSpinLock, DISPATCH_LEVEL, spin_locks),
	LEVEL(KeAcquireSpinLockAtDpcLevel, DISPATCH_LEVEL, spin_locks),
	LEVEL(KeAcquireSpinLockRaiseToDpc, DISPATCH_LEVEL, spin_locks),
	LEVEL(KeClearEvent, DISPATCH_LEVEL, events),
	LEVEL(KeGetCurrentThread, DISPATCH_LEVEL, threads),
	LEVEL(KeInitializeSpinLock, DISPATCH_LEVEL, spin_locks),
	LEVEL(KeReadStateEvent, DISPATCH_LEVEL, events),
	LEVEL(KeReleaseSpinLock, DISPATCH_LEVEL, spin_locks),
	LEVEL(KeReleaseSpinLockFromDpcLevel, DISPATCH_LEVEL, spin_locks),
	LEVEL(KeResetEvent, DISPATCH_LEVEL, events),
	LEVEL(KeSetEvent, DISPATCH_LEVEL, events),
	LEVEL(KeWaitForMultipleObjects, DISPATCH_LEVEL, events),
	LEVEL(KeWaitForSingleObject, DISPATCH_LEVEL, events),
	LEVEL(MmBuildMdlForNonPagedPool, DISPATCH_LEVEL, mdls),
	LEVEL(MmGetSystemAddressForMdlSafe, DISPATCH_LEVEL, mdls),
	LEVEL(MmMapLockedPagesSpecifyCache, DISPATCH_LEVEL, locked_mdls),
	LEVEL(MmProbeAndLockPages, DISPATCH_LEVEL, locked_mdls),
	LEVEL(MmUnlockPages, DISPATCH_LEVEL, locked_mdls),
	LEVEL(MmUnmapLockedPages, DISPATCH_LEVEL, locked_mdls),
	LEVEL(ObDereferenceObject, DISPATCH_LEVEL, threads),
	LEVEL(ObReferenceObject, DISPATCH_LEVEL, threads),
	LEVEL(PsGetCurrentProcess, DISPATCH_LEVEL, threads),
	LEVEL(PsGetCurrentProcessId, DISPATCH_LEVEL, threads),
	LEVEL(PsGetCurrentThread, DISPATCH_LEVEL, threads),
	LEVEL(PsGetCurrentThreadId, DISPATCH_LEVEL, threads),
	LEVEL(PsGetThreadExitStatus, DISPATCH_LEVEL, threads),
};

static struct sweep *sweep_begin(struct kunit *test)
{
	struct sweep *sweep = kunit_kzalloc(test, sizeof(*sweep), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, sweep);
	sweep->driver.Type = IO_TYPE_DRIVER;
	sweep->driver.Size = sizeof(sweep->driver);
	sweep->driver.MajorFunction[IRP_MJ_DEVICE_CONTROL] = device_control;
	KUNIT_ASSERT_EQ(test, IoCreateDevice(&sweep->driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE,
					     &sweep->device), STATUS_SUCCESS);
	sweep->device->Flags &= ~DO_DEVICE_INITIALIZING;
	return sweep;
}

static void sweep_end(struct kunit *test, struct sweep *sweep)
{
	int patience;

	for (patience = NT_PATIENCE_MS; READ_ONCE(sweep->items) && patience; patience--)
		nt_sleep_ms(1);
	KUNIT_EXPECT_EQ(test, sweep->items, 0);
	while (sweep->plains)
		IoFreeWorkItem(sweep->plain[--sweep->plains]);
	IoDeleteDevice(sweep->device);
}

static void every_function_works_at_dispatch_level(struct kunit *test)
{
	struct sweep *sweep = sweep_begin(test);

	level_sweep(test, rows, ARRAY_SIZE(rows), sweep, AT_DISPATCH_FIRST, AT_DISPATCH_LAST);
	KUNIT_EXPECT_EQ(test, sweep->plains, AT_DISPATCH_LAST - AT_DISPATCH_FIRST + 1);
	sweep_end(test, sweep);
	WSK_RULES(test, "NT-IRQL-DISPATCH");
}

static struct kunit_case dispatch_cases[] = {
	KUNIT_CASE(every_function_works_at_dispatch_level),
	{}
};

static struct kunit_suite dispatch_suite = {
	.name = "nt_irql_sweep_dispatch",
	.test_cases = dispatch_cases,
};

kunit_test_suite(dispatch_suite);
