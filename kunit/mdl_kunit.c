// SPDX-License-Identifier: GPL-2.0
/* MDLs over every kind of kernel memory; partial MDLs; what locking refuses. */
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "nt_worker.h"

#define TAG 0x206c644d	/* "Mdl " */

static UCHAR global_buffer[3 * PAGE_SIZE] __aligned(PAGE_SIZE);

static PMDL allocate(struct kunit *test, PVOID address, ULONG length)
{
	PMDL mdl = IoAllocateMdl(address, length, FALSE, FALSE, NULL);

	KUNIT_ASSERT_NOT_NULL(test, mdl);
	return mdl;
}

static NTSTATUS lock(PMDL mdl, KPROCESSOR_MODE mode, LOCK_OPERATION operation)
{
	NTSTATUS status = STATUS_SUCCESS;

	__try {
		MmProbeAndLockPages(mdl, mode, operation);
	} __except (EXCEPTION_EXECUTE_HANDLER) {
		status = GetExceptionCode();
	}
	return status;
}

/* What this module holds is vmalloc's too, which is_vmalloc_addr() knows on UML only. */
static unsigned long frame_of(const void *address)
{
	const UCHAR *at = address;
	BOOLEAN is_global = at >= global_buffer && at < global_buffer + sizeof(global_buffer);

	return is_global || is_vmalloc_addr(address) ? vmalloc_to_pfn(address) :
						       page_to_pfn(virt_to_page(address));
}

static void expect_frames(struct kunit *test, PMDL mdl)
{
	ULONG pages = ADDRESS_AND_SIZE_TO_SPAN_PAGES(MmGetMdlVirtualAddress(mdl), mdl->ByteCount);
	ULONG i;

	for (i = 0; i < pages; i++)
		KUNIT_EXPECT_EQ(test, MmGetMdlPfnArray(mdl)[i],
				frame_of((UCHAR *)mdl->StartVa + i * PAGE_SIZE));
}

static void check_memory(struct kunit *test, UCHAR *memory, ULONG length)
{
	PMDL mdl = allocate(test, memory, length);

	MmBuildMdlForNonPagedPool(mdl);
	KUNIT_EXPECT_TRUE(test, mdl->MdlFlags & MDL_SOURCE_IS_NONPAGED_POOL);
	KUNIT_EXPECT_PTR_EQ(test, MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority),
			    (PVOID)memory);
	KUNIT_EXPECT_PTR_EQ(test, MmGetMdlVirtualAddress(mdl), (PVOID)memory);
	expect_frames(test, mdl);
	IoFreeMdl(mdl);

	mdl = allocate(test, memory, length);
	NT_EXPECT_STATUS(test, lock(mdl, KernelMode, IoWriteAccess), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, mdl->MdlFlags & MDL_PAGES_LOCKED);
	KUNIT_EXPECT_TRUE(test, mdl->MdlFlags & MDL_WRITE_OPERATION);
	expect_frames(test, mdl);
	KUNIT_EXPECT_PTR_EQ(test, MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority),
			    (PVOID)memory);
	KUNIT_EXPECT_TRUE(test, mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA);
	MmUnlockPages(mdl);
	KUNIT_EXPECT_FALSE(test, mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_MAPPED_TO_SYSTEM_VA |
						  MDL_WRITE_OPERATION));
	IoFreeMdl(mdl);
}

static void mdl_describes_heap(struct kunit *test)
{
	UCHAR *memory = ExAllocatePoolWithTag(NonPagedPoolNx, 5 * PAGE_SIZE, TAG);
	UCHAR *small = ExAllocatePoolWithTag(NonPagedPoolNx, 100, TAG);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	KUNIT_ASSERT_NOT_NULL(test, small);
	check_memory(test, memory, 5 * PAGE_SIZE);
	check_memory(test, memory + 100, 4 * PAGE_SIZE);
	check_memory(test, memory + PAGE_SIZE - 1, 2);
	check_memory(test, small, 100);
	ExFreePool(small);
	ExFreePool(memory);
	WSK_RULES(test, "NT-MmBuildMdlForNonPagedPool NT-MmProbeAndLockPages NT-MmUnlockPages");
}

static void mdl_describes_vmalloc(struct kunit *test)
{
	UCHAR *memory = vmalloc(5 * PAGE_SIZE);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	check_memory(test, memory, 5 * PAGE_SIZE);
	check_memory(test, memory + 4000, 3 * PAGE_SIZE);
	vfree(memory);
	WSK_RULES(test, "NT-MmBuildMdlForNonPagedPool NT-MmProbeAndLockPages");
}

static void mdl_describes_stack_and_globals(struct kunit *test)
{
	UCHAR local[64];

	check_memory(test, local, sizeof(local));
	check_memory(test, global_buffer, sizeof(global_buffer));
	check_memory(test, global_buffer + 1, sizeof(global_buffer) - 1);
	WSK_RULES(test, "NT-MmBuildMdlForNonPagedPool NT-MmProbeAndLockPages");
}

static void allocated_mdl_knows_its_span(struct kunit *test)
{
	static const struct {
		ULONG offset, length, pages;
	} spans[] = {
		{ 0, 0, 0 }, { 0, 1, 1 }, { 0, PAGE_SIZE, 1 }, { 1, PAGE_SIZE, 2 },
		{ PAGE_SIZE - 1, 1, 1 }, { PAGE_SIZE - 1, 2, 2 }, { 100, 3 * PAGE_SIZE, 4 },
		{ 0, 64 << 20, 16384 },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(spans); i++) {
		PVOID address = (PVOID)(0x1234000UL + spans[i].offset);
		PMDL mdl = allocate(test, address, spans[i].length);

		KUNIT_EXPECT_NULL(test, mdl->Next);
		KUNIT_EXPECT_PTR_EQ(test, MmGetMdlVirtualAddress(mdl), address);
		KUNIT_EXPECT_EQ(test, MmGetMdlByteCount(mdl), spans[i].length);
		KUNIT_EXPECT_EQ(test, MmGetMdlByteOffset(mdl), spans[i].offset);
		KUNIT_EXPECT_EQ(test, ADDRESS_AND_SIZE_TO_SPAN_PAGES(address, spans[i].length),
				spans[i].pages);
		KUNIT_EXPECT_EQ(test, MmSizeOfMdl(address, spans[i].length),
				48 + 8 * (SIZE_T)spans[i].pages);
		IoFreeMdl(mdl);
	}
	WSK_RULES(test, "NT-IoAllocateMdl NT-IoFreeMdl NT-MmSizeOfMdl");
}

static void mdl_is_made_and_built_at_dispatch_level(struct kunit *test)
{
	PVOID memory = ExAllocatePoolWithTag(NonPagedPoolNx, 2 * PAGE_SIZE, TAG);
	PVOID address = NULL;
	KIRQL irql;
	PMDL mdl;

	KUNIT_ASSERT_NOT_NULL(test, memory);
	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	mdl = IoAllocateMdl(memory, 2 * PAGE_SIZE, FALSE, FALSE, NULL);
	if (mdl) {
		MmBuildMdlForNonPagedPool(mdl);
		address = MmGetSystemAddressForMdlSafe(mdl, HighPagePriority);
		IoFreeMdl(mdl);
	}
	KeLowerIrql(irql);
	KUNIT_EXPECT_PTR_EQ(test, address, memory);
	ExFreePool(memory);
	WSK_RULES(test, "NT-IoAllocateMdl NT-MmBuildMdlForNonPagedPool");
}

static void memory_that_is_not_the_kernels_raises(struct kunit *test)
{
	PVOID bad[] = { NULL, (PVOID)0x1000, (PVOID)0x20000000, (PVOID)0xdead000000000000 };
	int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		PMDL mdl = allocate(test, bad[i], 16);

		NT_EXPECT_STATUS(test, lock(mdl, KernelMode, IoReadAccess),
				 STATUS_ACCESS_VIOLATION);
		KUNIT_EXPECT_FALSE(test, mdl->MdlFlags & MDL_PAGES_LOCKED);
		IoFreeMdl(mdl);
	}
	WSK_RULES(test, "NT-MmProbeAndLockPages");
}

static void user_mode_is_refused(struct kunit *test)
{
	PMDL mdl = allocate(test, global_buffer, 16);

	NT_EXPECT_STATUS(test, lock(mdl, UserMode, IoReadAccess), STATUS_ACCESS_VIOLATION);
	NT_EXPECT_STATUS(test, lock(mdl, KernelMode, IoReadAccess), STATUS_SUCCESS);
	KUNIT_EXPECT_FALSE(test, mdl->MdlFlags & MDL_WRITE_OPERATION);
	KUNIT_EXPECT_NULL(test, MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE,
							     NormalPagePriority));
	MmUnlockPages(mdl);
	IoFreeMdl(mdl);
	WSK_RULES(test, "NT-MmProbeAndLockPages NT-MmMapLockedPagesSpecifyCache");
}

static void mdls_are_chained_to_their_irp(struct kunit *test)
{
	PIRP irp = IoAllocateIrp(1, FALSE);
	PMDL first, second, third, other;

	KUNIT_ASSERT_NOT_NULL(test, irp);
	first = IoAllocateMdl(global_buffer, 1, FALSE, FALSE, irp);
	second = IoAllocateMdl(global_buffer, 2, TRUE, FALSE, irp);
	third = IoAllocateMdl(global_buffer, 3, TRUE, FALSE, irp);
	KUNIT_ASSERT_TRUE(test, first && second && third);
	KUNIT_EXPECT_PTR_EQ(test, irp->MdlAddress, first);
	KUNIT_EXPECT_PTR_EQ(test, first->Next, second);
	KUNIT_EXPECT_PTR_EQ(test, second->Next, third);
	KUNIT_EXPECT_NULL(test, third->Next);
	other = IoAllocateMdl(global_buffer, 4, FALSE, FALSE, irp);
	KUNIT_ASSERT_NOT_NULL(test, other);
	KUNIT_EXPECT_PTR_EQ(test, irp->MdlAddress, other);
	IoFreeMdl(first);
	IoFreeMdl(second);
	IoFreeMdl(third);
	IoFreeMdl(other);
	IoFreeIrp(irp);
	WSK_RULES(test, "NT-IoAllocateMdl");
}

static void partial_mdl_describes_a_part(struct kunit *test)
{
	static const struct {
		ULONG at, length, expected;
	} parts[] = {
		{ 0, 0, sizeof(global_buffer) - 10 }, { 5, 100, 100 }, { PAGE_SIZE - 10, 1, 1 },
		{ PAGE_SIZE, PAGE_SIZE, PAGE_SIZE }, { 2 * PAGE_SIZE, 0, PAGE_SIZE - 10 },
	};
	PMDL source = allocate(test, global_buffer + 10, sizeof(global_buffer) - 10);
	PMDL target = allocate(test, global_buffer + 10, sizeof(global_buffer) - 10);
	int i;

	MmBuildMdlForNonPagedPool(source);
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		UCHAR *at = global_buffer + 10 + parts[i].at;

		IoBuildPartialMdl(source, target, at, parts[i].length);
		KUNIT_EXPECT_TRUE(test, target->MdlFlags & MDL_PARTIAL);
		KUNIT_EXPECT_EQ(test, MmGetMdlByteCount(target), parts[i].expected);
		KUNIT_EXPECT_PTR_EQ(test, MmGetMdlVirtualAddress(target), (PVOID)at);
		KUNIT_EXPECT_PTR_EQ(test, MmGetSystemAddressForMdlSafe(target, LowPagePriority),
				    (PVOID)at);
		expect_frames(test, target);
		MmPrepareMdlForReuse(target);
	}
	IoFreeMdl(target);
	IoFreeMdl(source);
	WSK_RULES(test, "NT-IoBuildPartialMdl NT-MmPrepareMdlForReuse");
}

static void partial_mdl_of_a_locked_one_is_not_locked_itself(struct kunit *test)
{
	PMDL source = allocate(test, global_buffer, PAGE_SIZE + 1);
	PMDL target = allocate(test, global_buffer, 2);

	NT_EXPECT_STATUS(test, lock(source, KernelMode, IoModifyAccess), STATUS_SUCCESS);
	IoBuildPartialMdl(source, target, global_buffer + 7, 2);
	KUNIT_EXPECT_FALSE(test, target->MdlFlags & MDL_PAGES_LOCKED);
	KUNIT_EXPECT_PTR_EQ(test, MmGetSystemAddressForMdlSafe(target, NormalPagePriority),
			    (PVOID)(global_buffer + 7));
	IoFreeMdl(target);
	KUNIT_EXPECT_TRUE(test, source->MdlFlags & MDL_PAGES_LOCKED);
	MmUnlockPages(source);
	IoFreeMdl(source);
	WSK_RULES(test, "NT-IoBuildPartialMdl");
}

static void part_outside_of_its_source_is_refused(struct kunit *test)
{
	PMDL source = allocate(test, global_buffer + 100, 2 * PAGE_SIZE);
	PMDL target = allocate(test, global_buffer, PAGE_SIZE);
	PMDL unbuilt = allocate(test, global_buffer, 16);
	UCHAR *bad[] = { global_buffer + 99, global_buffer + 100 + 2 * PAGE_SIZE - 5 };
	int i;

	MmBuildMdlForNonPagedPool(source);
	WSK_EXPECT_REPORT(test, "misuse: IoBuildPartialMdl of [0-9]+ bytes outside of the source");
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		IoBuildPartialMdl(source, target, bad[i], 10);
		KUNIT_EXPECT_EQ(test, MmGetMdlByteCount(target), 0);
	}
	/* Three pages do not fit an MDL made for one; an MDL over nothing has no parts. */
	IoBuildPartialMdl(source, target, global_buffer + 100, 0);
	KUNIT_EXPECT_EQ(test, MmGetMdlByteCount(target), 0);
	IoBuildPartialMdl(unbuilt, target, global_buffer, 8);
	KUNIT_EXPECT_EQ(test, MmGetMdlByteCount(target), 0);
	IoFreeMdl(unbuilt);
	IoFreeMdl(target);
	IoFreeMdl(source);
	WSK_RULES(test, "NT-IoBuildPartialMdl");
}

static void mdl_in_the_callers_memory_works(struct kunit *test)
{
	struct {
		MDL mdl;
		PFN_NUMBER frames[4];
		ULONG after;
	} own;

	memset(&own, 0xa5, sizeof(own));
	MmInitializeMdl(&own.mdl, global_buffer + 8, sizeof(global_buffer) - 8);
	MmBuildMdlForNonPagedPool(&own.mdl);
	KUNIT_EXPECT_PTR_EQ(test, MmGetSystemAddressForMdlSafe(&own.mdl, NormalPagePriority),
			    (PVOID)(global_buffer + 8));
	expect_frames(test, &own.mdl);
	KUNIT_EXPECT_EQ(test, own.frames[3], 0xa5a5a5a5a5a5a5a5UL);
	KUNIT_EXPECT_EQ(test, own.after, 0xa5a5a5a5);
	WSK_EXPECT_REPORT(test, "misuse: IoFreeMdl of what IoAllocateMdl did not return");
	IoFreeMdl(&own.mdl);
	WSK_RULES(test, "NT-MmInitializeMdl");
}

static void locking_out_of_turn_is_reported(struct kunit *test)
{
	PMDL mdl = allocate(test, global_buffer, 16);

	WSK_EXPECT_REPORT(test, "misuse: MmUnlockPages of an MDL whose pages are not locked");
	WSK_EXPECT_REPORT(test, "misuse: MmProbeAndLockPages of an MDL that is locked or built");
	WSK_EXPECT_REPORT(test, "misuse: MmMapLockedPagesSpecifyCache of an MDL whose pages are not");
	WSK_EXPECT_REPORT(test, "misuse: IoFreeMdl of an MDL whose pages are locked");
	MmUnlockPages(mdl);
	KUNIT_EXPECT_NULL(test, MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority));
	NT_EXPECT_STATUS(test, lock(mdl, KernelMode, IoReadAccess), STATUS_SUCCESS);
	NT_EXPECT_STATUS(test, lock(mdl, KernelMode, IoReadAccess), STATUS_SUCCESS);
	IoFreeMdl(mdl);
	WSK_RULES(test, "NT-MmProbeAndLockPages NT-MmUnlockPages NT-IoFreeMdl");
}

static void build_over_nothing_is_reported(struct kunit *test)
{
	PMDL mdl = allocate(test, NULL, 16);

	WSK_EXPECT_REPORT(test, "misuse: MmBuildMdlForNonPagedPool of 16 bytes that are not kernel");
	MmBuildMdlForNonPagedPool(mdl);
	KUNIT_EXPECT_FALSE(test, mdl->MdlFlags & MDL_SOURCE_IS_NONPAGED_POOL);
	IoFreeMdl(mdl);
	WSK_RULES(test, "NT-MmBuildMdlForNonPagedPool");
}

static struct kunit_case mdl_cases[] = {
	KUNIT_CASE(mdl_describes_heap),
	KUNIT_CASE(mdl_describes_vmalloc),
	KUNIT_CASE(mdl_describes_stack_and_globals),
	KUNIT_CASE(allocated_mdl_knows_its_span),
	KUNIT_CASE(mdl_is_made_and_built_at_dispatch_level),
	KUNIT_CASE(memory_that_is_not_the_kernels_raises),
	KUNIT_CASE(user_mode_is_refused),
	KUNIT_CASE(mdls_are_chained_to_their_irp),
	KUNIT_CASE(partial_mdl_describes_a_part),
	KUNIT_CASE(partial_mdl_of_a_locked_one_is_not_locked_itself),
	KUNIT_CASE(part_outside_of_its_source_is_refused),
	KUNIT_CASE(mdl_in_the_callers_memory_works),
	KUNIT_CASE(locking_out_of_turn_is_reported),
	KUNIT_CASE(build_over_nothing_is_reported),
	{}
};

static struct kunit_suite mdl_suite = {
	.name = "nt_mdl",
	.test_cases = mdl_cases,
};

kunit_test_suite(mdl_suite);
