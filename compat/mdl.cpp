// SPDX-License-Identifier: GPL-2.0
/*
 * MDLs over kernel memory of any kind: heap, vmalloc, stacks, data of modules.
 *
 * Difference from Windows: all of it is mapped and never paged out, so building
 * and locking come to the same. They check that there is memory at every page,
 * write the page frame numbers behind the MDL and set the documented flags;
 * "mapping" yields the address that the driver itself gave. No page is pinned:
 * the memory has to stay until the MDL is done with, as it has on Windows.
 */
#include "mdl.hpp"

#include <excpt.h>
#include <ntstatus.h>

#include "lx/irql.h"
#include "lx/log.h"
#include "lx/mem.h"
#include "owner.hpp"

namespace nt {
namespace {

/* In MdlFlags: this one came from IoAllocateMdl() and has a Holding in front. */
constexpr CSHORT kAllocatedHere = MDL_ALLOCATED_FIXED_SIZE;

/* Longer than any chain with a purpose; what is longer has no end. */
constexpr unsigned kLongestChain = 1u << 16;

struct HeldMdl {
	Holding holding;
	MDL mdl;
};

HeldMdl *held(PMDL mdl)
{
	return CONTAINING_RECORD(mdl, HeldMdl, mdl);
}

void reclaim(Holding &holding)
{
	lx_mem_free(&holding);
}

ULONG pages_of(const MDL *mdl)
{
	return ADDRESS_AND_SIZE_TO_SPAN_PAGES(static_cast<uptr>(mdl->ByteOffset), mdl->ByteCount);
}

/* How many page frame numbers fit behind @mdl. Size alone is too narrow for large ones. */
usize capacity_of(PMDL mdl)
{
	const usize bytes = mdl->MdlFlags & kAllocatedHere ? held(mdl)->holding.bytes
							   : static_cast<USHORT>(mdl->Size);

	return (bytes - sizeof(MDL)) / sizeof(PFN_NUMBER);
}

/* False if a page of the range is not kernel memory. */
bool fill_frames(PMDL mdl)
{
	auto *frames = MmGetMdlPfnArray(mdl);
	const ULONG pages = pages_of(mdl);
	const u8 *at = static_cast<const u8 *>(mdl->StartVa);

	for (ULONG i = 0; i < pages; i++, at += PAGE_SIZE) {
		if (lx_mem_page_frame(at, &frames[i]))
			return false;
	}
	return true;
}

void set_flags(PMDL mdl, int flags)
{
	mdl->MdlFlags = static_cast<CSHORT>(mdl->MdlFlags | flags);
}

void clear_flags(PMDL mdl, int flags)
{
	mdl->MdlFlags = static_cast<CSHORT>(mdl->MdlFlags & ~flags);
}

/* The Irp's own MDL, or with @secondary the last of its chain. */
void associate(PMDL mdl, PIRP irp, bool secondary)
{
	PMDL *at = &irp->MdlAddress;

	while (secondary && *at)
		at = &(*at)->Next;
	*at = mdl;
}

/* Return: false if it is none, or if the unload of its allocator has it in hand. */
bool take_to_free(PMDL mdl)
{
	const Freeing freeing;

	if (!mdl || !(mdl->MdlFlags & kAllocatedHere) ||
	    !owner_holds(held(mdl)->holding, Held::Mdl)) {
		lx_log_misuse("IoFreeMdl of what IoAllocateMdl did not return");
		return false;
	}
	if ((mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_PARTIAL)) == MDL_PAGES_LOCKED)
		lx_log_misuse("IoFreeMdl of an MDL whose pages are locked");
	return owner_drop(held(mdl)->holding);
}

} /* namespace */

bool mdl_chain_covers(PMDL mdl, u64 offset, u64 length)
{
	u64 before = 0;	/* ends before the range begins: less than 2^48, no overflow */
	u64 need = length;

	for (unsigned n = 0; mdl && n < kLongestChain; n++, mdl = mdl->Next) {
		const u64 end = before + mdl->ByteCount;

		if (need == 0 && offset <= end)
			return true;
		if (offset < end) {
			const u64 here = end - max(offset, before);

			if (here && !mdl_address(mdl))
				return false;
			if (here >= need)
				return true;
			need -= here;
		}
		before = end;
	}
	return !mdl && need == 0 && offset <= before;
}

void mdl_start()
{
	owner_set_reclaim(Held::Mdl, reclaim);
}

} /* namespace nt */

using namespace nt;

extern "C" {

/**
 * IoAllocateMdl() - allocate an MDL for a buffer.
 * @VirtualAddress: the buffer; not looked at.
 * @Length: its length in bytes; may be 0.
 * @SecondaryBuffer: with @Irp, append to the chain at Irp->MdlAddress instead of
 *	replacing it.
 * @ChargeQuota: ignored; there are no quotas.
 * @Irp: NULL, or the IRP to associate the MDL with.
 *
 * The MDL describes nothing until MmBuildMdlForNonPagedPool(),
 * MmProbeAndLockPages() or IoBuildPartialMdl() has filled it.
 *
 * Context: IRQL <= DISPATCH_LEVEL; at PASSIVE_LEVEL it may sleep for memory.
 * Return: the MDL, or NULL when memory is short.
 */
PMDL IoAllocateMdl(PVOID VirtualAddress, ULONG Length, BOOLEAN SecondaryBuffer,
		   BOOLEAN ChargeQuota, struct _IRP *Irp)
{
	(void)ChargeQuota;
	const usize bytes = MmSizeOfMdl(VirtualAddress, Length);
	auto *memory = static_cast<HeldMdl *>(
		lx_mem_alloc(__builtin_offsetof(HeldMdl, mdl) + bytes,
			     LX_MEM_ZERO | (lx_context_is_atomic() ? 0 : LX_MEM_SLEEP)));

	if (!memory)
		return nullptr;
	MmInitializeMdl(&memory->mdl, VirtualAddress, Length);
	memory->mdl.MdlFlags = kAllocatedHere;
	owner_hold(memory->holding, Held::Mdl, __builtin_return_address(0), bytes);
	if (Irp)
		associate(&memory->mdl, Irp, SecondaryBuffer);
	return &memory->mdl;
}

/**
 * IoFreeMdl() - release an MDL that IoAllocateMdl() returned.
 * @Mdl: the MDL, not the ones behind it in a chain; its pages are not locked.
 *
 * One that is locked is reported as misuse and freed; one from elsewhere, or
 * freed before, is reported and left alone.
 *
 * Context: IRQL <= DISPATCH_LEVEL.
 */
VOID IoFreeMdl(PMDL Mdl)
{
	if (!take_to_free(Mdl))
		return;
	Mdl->MdlFlags = 0;
	lx_mem_free(held(Mdl));
}

/**
 * MmBuildMdlForNonPagedPool() - fill an MDL for a buffer that is never paged out.
 * @MemoryDescriptorList: from IoAllocateMdl() or MmInitializeMdl().
 *
 * Any kernel memory will do, also vmalloc, stack and data of a module. A buffer
 * that is none is reported as misuse and leaves the MDL unfilled; requests with
 * it are refused.
 *
 * Context: IRQL <= DISPATCH_LEVEL.
 */
VOID MmBuildMdlForNonPagedPool(PMDL MemoryDescriptorList)
{
	PMDL mdl = MemoryDescriptorList;

	if (!fill_frames(mdl)) {
		lx_log_misuse("MmBuildMdlForNonPagedPool of %u bytes that are not kernel memory",
			      mdl->ByteCount);
		return;
	}
	mdl->MappedSystemVa = MmGetMdlVirtualAddress(mdl);
	set_flags(mdl, MDL_SOURCE_IS_NONPAGED_POOL);
}

/**
 * MmProbeAndLockPages() - check a buffer and lock its pages.
 * @MemoryDescriptorList: from IoAllocateMdl() or MmInitializeMdl(), not locked.
 * @AccessMode: KernelMode; there is no user side, and UserMode raises.
 * @Operation: IoReadAccess, or IoWriteAccess or IoModifyAccess if the buffer
 *	will be written to.
 *
 * Raises STATUS_ACCESS_VIOLATION, which a __try around the call sees, if the
 * buffer is not kernel memory: the MDL is not locked then.
 *
 * Context: IRQL <= DISPATCH_LEVEL.
 */
VOID MmProbeAndLockPages(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode,
			 LOCK_OPERATION Operation)
{
	PMDL mdl = MemoryDescriptorList;

	if (mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_SOURCE_IS_NONPAGED_POOL | MDL_PARTIAL)) {
		lx_log_misuse("MmProbeAndLockPages of an MDL that is locked or built already");
		return;
	}
	if (AccessMode != KernelMode || !fill_frames(mdl)) {
		wsk_seh_raise(STATUS_ACCESS_VIOLATION);
		return;
	}
	set_flags(mdl, MDL_PAGES_LOCKED | (Operation == IoReadAccess ? 0 : MDL_WRITE_OPERATION));
}

/**
 * MmUnlockPages() - undo MmProbeAndLockPages(), and a mapping made since.
 * @MemoryDescriptorList: a locked MDL; another is reported as misuse.
 *
 * Context: IRQL <= DISPATCH_LEVEL.
 */
VOID MmUnlockPages(PMDL MemoryDescriptorList)
{
	if (!(MemoryDescriptorList->MdlFlags & MDL_PAGES_LOCKED)) {
		lx_log_misuse("MmUnlockPages of an MDL whose pages are not locked");
		return;
	}
	MemoryDescriptorList->MappedSystemVa = nullptr;
	clear_flags(MemoryDescriptorList,
		    MDL_PAGES_LOCKED | MDL_MAPPED_TO_SYSTEM_VA | MDL_WRITE_OPERATION);
}

/**
 * MmMapLockedPagesSpecifyCache() - the system address of a locked MDL.
 * @MemoryDescriptorList: locked, or a partial MDL of one that is.
 * @AccessMode: KernelMode; UserMode yields NULL, there is no user side.
 * @CacheType: ignored, the memory is mapped as it is.
 * @RequestedAddress: ignored, as Windows does for KernelMode.
 * @BugCheckOnFailure: ignored, a failure is returned.
 * @Priority: ignored.
 *
 * Context: IRQL <= DISPATCH_LEVEL.
 * Return: the address, or NULL.
 */
PVOID MmMapLockedPagesSpecifyCache(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode,
				   MEMORY_CACHING_TYPE CacheType, PVOID RequestedAddress,
				   ULONG BugCheckOnFailure, ULONG Priority)
{
	PMDL mdl = MemoryDescriptorList;

	(void)CacheType, (void)RequestedAddress, (void)BugCheckOnFailure, (void)Priority;
	if (AccessMode != KernelMode)
		return nullptr;

	PVOID address = mdl_address(mdl);

	if (!address) {
		lx_log_misuse("MmMapLockedPagesSpecifyCache of an MDL whose pages are not locked");
		return nullptr;
	}
	mdl->MappedSystemVa = address;
	set_flags(mdl, MDL_MAPPED_TO_SYSTEM_VA |
			       (mdl->MdlFlags & MDL_PARTIAL ? MDL_PARTIAL_HAS_BEEN_MAPPED : 0));
	return address;
}

/**
 * MmUnmapLockedPages() - undo MmMapLockedPagesSpecifyCache().
 * @BaseAddress: what that returned; ignored.
 * @MemoryDescriptorList: the MDL.
 *
 * Context: IRQL <= DISPATCH_LEVEL.
 */
VOID MmUnmapLockedPages(PVOID BaseAddress, PMDL MemoryDescriptorList)
{
	(void)BaseAddress;
	clear_flags(MemoryDescriptorList, MDL_MAPPED_TO_SYSTEM_VA | MDL_PARTIAL_HAS_BEEN_MAPPED);
}

/**
 * IoBuildPartialMdl() - describe a part of what another MDL describes.
 * @SourceMdl: built, locked or itself partial; outlives @TargetMdl.
 * @TargetMdl: large enough for the part's pages; its Next is kept.
 * @VirtualAddress: where the part begins, within what
 *	MmGetMdlVirtualAddress(@SourceMdl) and its ByteCount span.
 * @Length: its length; 0 for everything up to the end of @SourceMdl.
 *
 * A part that does not lie within @SourceMdl or does not fit @TargetMdl is
 * reported as misuse and leaves @TargetMdl describing nothing.
 *
 * Context: IRQL <= DISPATCH_LEVEL.
 */
VOID IoBuildPartialMdl(PMDL SourceMdl, PMDL TargetMdl, PVOID VirtualAddress, ULONG Length)
{
	const uptr source = reinterpret_cast<uptr>(MmGetMdlVirtualAddress(SourceMdl));
	const uptr start = reinterpret_cast<uptr>(VirtualAddress);
	const uptr offset = start - source;
	const bool begins_inside = start >= source && offset <= SourceMdl->ByteCount;
	const ULONG left = begins_inside ? SourceMdl->ByteCount - static_cast<ULONG>(offset) : 0;
	const ULONG length = Length ? Length : left;
	const ULONG pages = ADDRESS_AND_SIZE_TO_SPAN_PAGES(start, length);
	u8 *base = mdl_address(SourceMdl);
	const CSHORT kept = TargetMdl->MdlFlags & kAllocatedHere;

	if (!base || !begins_inside || length > left || pages > capacity_of(TargetMdl)) {
		lx_log_misuse("IoBuildPartialMdl of %u bytes outside of the source or too many for "
			      "the target", length);
		TargetMdl->ByteCount = 0;
		TargetMdl->MdlFlags = kept;
		return;
	}

	const uptr first = (SourceMdl->ByteOffset + offset) >> PAGE_SHIFT;

	__builtin_memcpy(MmGetMdlPfnArray(TargetMdl), MmGetMdlPfnArray(SourceMdl) + first,
			 pages * sizeof(PFN_NUMBER));
	TargetMdl->StartVa = reinterpret_cast<PVOID>(start & ~static_cast<uptr>(PAGE_SIZE - 1));
	TargetMdl->ByteOffset = BYTE_OFFSET(start);
	TargetMdl->ByteCount = length;
	TargetMdl->MappedSystemVa = base + offset;
	TargetMdl->MdlFlags = static_cast<CSHORT>(
		kept | MDL_PARTIAL | MDL_PARENT_MAPPED_SYSTEM_VA |
		(SourceMdl->MdlFlags & (MDL_SOURCE_IS_NONPAGED_POOL | MDL_WRITE_OPERATION)) |
		MDL_MAPPED_TO_SYSTEM_VA);
}

} /* extern "C" */
