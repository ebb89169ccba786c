// SPDX-License-Identifier: GPL-2.0
/*
 * Spin locks by their other names, lists under a spin lock, singly linked lists and
 * the fields of an MDL, each at its highest IRQL. See irql_sweep_dispatch_kunit.c.
 */
#include "irql_levels.h"
#include "rules.h"

static int queued_locks(void *context)
{
	KLOCK_QUEUE_HANDLE outer_handle, inner_handle;
	KSPIN_LOCK outer, inner;

	KeInitializeSpinLock(&outer);
	KeInitializeSpinLock(&inner);
	KeAcquireInStackQueuedSpinLock(&outer, &outer_handle);
	LEVEL_MUST(outer_handle.LockQueue.Lock == &outer);
	LEVEL_MUST(!KeTestSpinLock(&outer));
	KeAcquireInStackQueuedSpinLockAtDpcLevel(&inner, &inner_handle);
	LEVEL_MUST(!KeTestSpinLock(&inner));
	KeReleaseInStackQueuedSpinLockFromDpcLevel(&inner_handle);
	KeReleaseInStackQueuedSpinLock(&outer_handle);
	LEVEL_MUST(KeTestSpinLock(&inner) && KeTestSpinLock(&outer));
	return 0;
}

static int dpc_locks(void *context)
{
	KSPIN_LOCK lock;
	KIRQL irql;

	KeInitializeSpinLock(&lock);
	irql = KeAcquireSpinLockForDpc(&lock);
	LEVEL_MUST(irql == DISPATCH_LEVEL);
	LEVEL_MUST(!KeTryToAcquireSpinLockAtDpcLevel(&lock));
	KeReleaseSpinLockForDpc(&lock, irql);
	LEVEL_MUST(KeTryToAcquireSpinLockAtDpcLevel(&lock));
	KeReleaseSpinLockFromDpcLevel(&lock);
	return 0;
}

static int mappings(void *context)
{
	static UCHAR memory[64];
	union {
		MDL mdl;
		UCHAR room[sizeof(MDL) + 2 * sizeof(PFN_NUMBER)];
	} of;

	MmInitializeMdl(&of.mdl, memory, sizeof(memory));
	MmBuildMdlForNonPagedPool(&of.mdl);
	LEVEL_MUST(MmGetSystemAddressForMdl(&of.mdl) == memory);
	MmPrepareMdlForReuse(&of.mdl);
	MmInitializeMdl(&of.mdl, memory, sizeof(memory));
	MmBuildMdlForNonPagedPool(&of.mdl);
	LEVEL_MUST(MmGetSystemAddressForMdl(&of.mdl) == memory);
	return 0;
}

static const struct level_row dispatch_rows[] = {
	LEVEL(KeAcquireInStackQueuedSpinLock, DISPATCH_LEVEL, queued_locks),
	LEVEL(KeAcquireInStackQueuedSpinLockAtDpcLevel, DISPATCH_LEVEL, queued_locks),
	LEVEL(KeAcquireSpinLockForDpc, DISPATCH_LEVEL, dpc_locks),
	LEVEL(KeReleaseInStackQueuedSpinLock, DISPATCH_LEVEL, queued_locks),
	LEVEL(KeReleaseInStackQueuedSpinLockFromDpcLevel, DISPATCH_LEVEL, queued_locks),
	LEVEL(KeReleaseSpinLockForDpc, DISPATCH_LEVEL, dpc_locks),
	LEVEL(KeTryToAcquireSpinLockAtDpcLevel, DISPATCH_LEVEL, dpc_locks),
	LEVEL(MmGetSystemAddressForMdl, DISPATCH_LEVEL, mappings),
	LEVEL(MmPrepareMdlForReuse, DISPATCH_LEVEL, mappings),
};

static int locked_lists(void *context)
{
	LIST_ENTRY head, a, b;
	KSPIN_LOCK lock;

	KeInitializeSpinLock(&lock);
	InitializeListHead(&head);
	LEVEL_MUST(!ExInterlockedInsertTailList(&head, &b, &lock));
	LEVEL_MUST(ExInterlockedInsertHeadList(&head, &a, &lock) == &b);
	LEVEL_MUST(KeTestSpinLock(&lock));
	LEVEL_MUST(ExInterlockedRemoveHeadList(&head, &lock) == &a);
	LEVEL_MUST(ExInterlockedRemoveHeadList(&head, &lock) == &b);
	LEVEL_MUST(!ExInterlockedRemoveHeadList(&head, &lock));
	return 0;
}

static int single_lists(void *context)
{
	SINGLE_LIST_ENTRY head = {}, a, b;
	LIST_ENTRY list, more;
	LIST_ENTRY entry;
	KSPIN_LOCK lock;

	KeInitializeSpinLock(&lock);
	PushEntryList(&head, &a);
	LEVEL_MUST(ExInterlockedPushEntryList(&head, &b, &lock) == &a);
	LEVEL_MUST(ExInterlockedPopEntryList(&head, &lock) == &b);
	LEVEL_MUST(PopEntryList(&head) == &a && !PopEntryList(&head));
	/* What is appended is a ring without a head of its own. */
	InitializeListHead(&list);
	InitializeListHead(&more);
	InsertTailList(&more, &entry);
	RemoveEntryList(&more);
	AppendTailList(&list, &entry);
	LEVEL_MUST(list.Flink == &entry && entry.Flink == &list);
	return 0;
}

static int raised(void *context)
{
	const KIRQL before = KeGetCurrentIrql();
	KIRQL irql = KeRaiseIrqlToDpcLevel();

	LEVEL_MUST(irql == before && KeGetCurrentIrql() == DISPATCH_LEVEL);
	KeLowerIrql(irql);
	return 0;
}

static int mdl_fields(void *context)
{
	MDL mdl;

	LEVEL_MUST(MmSizeOfMdl((PVOID)0x1ff0, 0x20) == sizeof(MDL) + 2 * sizeof(PFN_NUMBER));
	LEVEL_MUST((PVOID)MmGetMdlPfnArray(&mdl) == (PVOID)(&mdl + 1));
	return 0;
}

static const struct level_row high_rows[] = {
	LEVEL(AppendTailList, HIGH_LEVEL, single_lists),
	LEVEL(ExInterlockedInsertHeadList, HIGH_LEVEL, locked_lists),
	LEVEL(ExInterlockedInsertTailList, HIGH_LEVEL, locked_lists),
	LEVEL(ExInterlockedPopEntryList, HIGH_LEVEL, single_lists),
	LEVEL(ExInterlockedPushEntryList, HIGH_LEVEL, single_lists),
	LEVEL(ExInterlockedRemoveHeadList, HIGH_LEVEL, locked_lists),
	LEVEL(KeRaiseIrqlToDpcLevel, HIGH_LEVEL, raised),
	LEVEL(KeTestSpinLock, HIGH_LEVEL, locked_lists),
	LEVEL(MmGetMdlPfnArray, HIGH_LEVEL, mdl_fields),
	LEVEL(MmSizeOfMdl, HIGH_LEVEL, mdl_fields),
	LEVEL(PopEntryList, HIGH_LEVEL, single_lists),
	LEVEL(PushEntryList, HIGH_LEVEL, single_lists),
};

static void locks_work_at_dispatch_level(struct kunit *test)
{
	level_sweep(test, dispatch_rows, ARRAY_SIZE(dispatch_rows), NULL, AT_DISPATCH_FIRST,
		    AT_DISPATCH_LAST);
	WSK_RULES(test, "NT-IRQL-DISPATCH");
}

static void lists_work_at_any_level(struct kunit *test)
{
	level_sweep(test, high_rows, ARRAY_SIZE(high_rows), NULL, AT_DISPATCH_FIRST,
		    INTERRUPTS_OFF);
	WSK_RULES(test, "NT-IRQL-HIGH");
}

static struct kunit_case locks_sweep_cases[] = {
	KUNIT_CASE(locks_work_at_dispatch_level),
	KUNIT_CASE(lists_work_at_any_level),
	{}
};

static struct kunit_suite locks_sweep_suite = {
	.name = "nt_irql_sweep_locks",
	.test_cases = locks_sweep_cases,
};
kunit_test_suite(locks_sweep_suite);
