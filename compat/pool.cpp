// SPDX-License-Identifier: GPL-2.0
/*
 * Pool. There is one kind of memory behind all pool types: never paged out,
 * never executable. What the type decides is alignment and whether a caller at
 * DISPATCH_LEVEL may ask for it.
 *
 * A block of less than a page has its Holding in front. A larger one begins at
 * a page boundary, as Windows promises, so its Holding is elsewhere, found in a
 * table by the block's address: a header in the same allocation would cost a
 * page, or double a size that is a power of two.
 */
#include "pool.hpp"

#include <excpt.h>
#include <ntddk.h>
#include <ntstatus.h>

#include "cxx/list.hpp"
#include "cxx/lock.hpp"
#include "cxx/new.hpp"
#include "lx/irql.h"
#include "lx/log.h"
#include "lx/mem.h"
#include "owner.hpp"

namespace nt {
namespace {

constexpr usize kCacheLine = 64;
/* Beyond any machine, and far below where a size plus a header wraps around. */
constexpr usize kLargest = 1ul << 46;
constexpr u32 kDefaultTag = 0x656e6f4e;	/* 'None', Windows' own for ExAllocatePool */
constexpr u32 kProtected = 0x80000000;

/* What a large block has instead of a header. */
struct Large {
	Holding holding;
	LIST_ENTRY link;
	void *memory;
};

struct Bucket {
	SpinLock lock{LX_RANK_POOL};	/* protects: blocks */
	List<Large, Member<Large, &Large::link>> blocks;
};

constexpr unsigned kBuckets = 256;
alignas(Bucket) u8 storage[kBuckets * sizeof(Bucket)];

Bucket &bucket_of(const void *memory)
{
	const uptr page = reinterpret_cast<uptr>(memory) / PAGE_SIZE;

	return reinterpret_cast<Bucket *>(storage)[(page ^ page >> 8) % kBuckets];
}

struct Request {
	usize bytes;
	u32 tag;
	bool zero;
	bool cache_aligned;
	const void *site;
};

unsigned int memory_flags(const Request &request)
{
	return (lx_context_is_atomic() ? 0 : LX_MEM_SLEEP) | (request.zero ? LX_MEM_ZERO : 0);
}

bool is_page_aligned(const void *memory)
{
	return reinterpret_cast<uptr>(memory) % PAGE_SIZE == 0;
}

/* Whole pages come at a page boundary from the slab, the page allocator and vmalloc alike. */
void *allocate_large(const Request &request)
{
	Large *large = make<Large>(lx_context_is_atomic() ? Mem::Atomic : Mem::Sleep);

	if (!large)
		return nullptr;
	large->memory = lx_mem_alloc(ROUND_TO_PAGES(request.bytes), memory_flags(request));
	if (!large->memory) {
		destroy(large);
		return nullptr;
	}
	owner_hold(large->holding, Held::Pool, request.site, request.bytes, request.tag);

	Bucket &bucket = bucket_of(large->memory);
	auto guard = bucket.lock.acquire();

	bucket.blocks.push_front(*large);
	return large->memory;
}

/*
 * Takes the entry of @memory out of the table, and has @act look at it within the lock that the
 * unload takes before it frees the entry. Return: false if there is none.
 */
template <class Act> bool take_large(const void *memory, Act act)
{
	Bucket &bucket = bucket_of(memory);
	auto guard = bucket.lock.acquire();

	for (Large *large = bucket.blocks.first(); large; large = bucket.blocks.next(*large)) {
		if (large->memory == memory) {
			bucket.blocks.remove(*large);
			act(*large);
			return true;
		}
	}
	return false;
}

/* A size that is a power of two is what the slab aligns by itself. */
usize round_up_to_power(usize bytes)
{
	usize power = kCacheLine;

	while (power < bytes)
		power *= 2;
	return power;
}

void *allocate_small(const Request &request)
{
	const usize front = request.cache_aligned ? kCacheLine : sizeof(Holding);
	const usize bytes = front + request.bytes;
	auto *start = static_cast<u8 *>(
		lx_mem_alloc(request.cache_aligned ? round_up_to_power(bytes) : bytes,
			     memory_flags(request)));

	if (!start)
		return nullptr;

	auto *holding = reinterpret_cast<Holding *>(start + front) - 1;

	holding->front = static_cast<u8>(front / 16);
	owner_hold(*holding, Held::Pool, request.site, request.bytes, request.tag);
	return holding + 1;
}

void *allocate(const Request &request)
{
	if (request.bytes > kLargest)
		return nullptr;
	return request.bytes >= PAGE_SIZE ? allocate_large(request) : allocate_small(request);
}

void free_small(Holding &holding)
{
	lx_mem_free(reinterpret_cast<u8 *>(&holding + 1) - holding.front * 16);
}

void free_large(Large *large)
{
	lx_mem_free(large->memory);
	destroy(large);
}

void check_tag(const Holding &holding, u32 tag)
{
	if (tag && (holding.tag & ~kProtected) != (tag & ~kProtected))
		lx_log_misuse("ExFreePoolWithTag with tag %08x of a block with tag %08x", tag,
			      holding.tag);
}

/* Small blocks of vmalloc begin behind their header; in front of a page there is a guard page. */
bool has_no_header(const void *memory)
{
	return is_page_aligned(memory) && lx_mem_is_vmalloc(memory);
}

/*
 * Only a large block is in the table, but a small one may begin at a page
 * boundary too, so the table is asked first and the header after it.
 * Return: false if it is not pool, or if the unload of the driver that it was
 * allocated for has it in hand, and frees it.
 */
bool take(void *memory, u32 tag, Large *&large)
{
	const Freeing freeing;
	bool is_ours = false;

	large = nullptr;
	if (is_page_aligned(memory) && take_large(memory, [&](Large &found) {
		    check_tag(found.holding, tag);
		    is_ours = owner_drop(found.holding);
		    large = &found;
	    }))
		return is_ours;

	Holding *holding = static_cast<Holding *>(memory) - 1;

	if (has_no_header(memory) || !owner_holds(*holding, Held::Pool)) {
		lx_log_misuse("ExFreePool of what is not allocated, or not from pool");
		return false;
	}
	check_tag(*holding, tag);
	return owner_drop(*holding);
}

void release(void *memory, u32 tag)
{
	Large *large;

	if (!take(memory, tag, large))
		return;
	if (large)
		free_large(large);
	else
		free_small(static_cast<Holding *>(memory)[-1]);
}

/* Leaked: the size tells a large block's entry from a small block's header. */
void reclaim(Holding &holding)
{
	if (holding.bytes < PAGE_SIZE) {
		free_small(holding);
		return;
	}

	auto *large = reinterpret_cast<Large *>(&holding);

	(void)take_large(large->memory, [](Large &) {});
	free_large(large);
}

/* Return: false, reported, where Windows' own verifier would stop the machine. */
bool may_allocate(bool paged)
{
	if (!paged || !lx_context_is_atomic())
		return true;
	lx_log_misuse("paged pool asked for at DISPATCH_LEVEL");
	return false;
}

constexpr u32 kKnownTypeBits = PagedPool | NonPagedPoolMustSucceed | NonPagedPoolCacheAligned |
			       POOL_QUOTA_FAIL_INSTEAD_OF_RAISE |
			       POOL_RAISE_IF_ALLOCATION_FAILURE | POOL_COLD_ALLOCATION |
			       POOL_NX_ALLOCATION | POOL_ZERO_ALLOCATION | 32 /* session */;

void *allocate_by_type(u32 type, usize bytes, u32 tag, bool raise, const void *site)
{
	const Request request = {
		.bytes = bytes,
		.tag = tag ? tag : kDefaultTag,
		.zero = (type & POOL_ZERO_ALLOCATION) != 0,
		.cache_aligned = (type & NonPagedPoolCacheAligned) != 0,
		.site = site,
	};
	void *memory = nullptr;

	if (!(type & ~kKnownTypeBits) && may_allocate(type & PagedPool))
		memory = allocate(request);
	if (!memory && (raise || (type & POOL_RAISE_IF_ALLOCATION_FAILURE)))
		wsk_seh_raise(STATUS_INSUFFICIENT_RESOURCES);
	return memory;
}

/* The lower half of the flags is required: what is not known there is refused. */
constexpr u64 kRequiredFlags = 0xffffffffULL;
constexpr u64 kPoolKinds = POOL_FLAG_NON_PAGED | POOL_FLAG_NON_PAGED_EXECUTE | POOL_FLAG_PAGED;
constexpr u64 kKnownFlags = kPoolKinds | POOL_FLAG_USE_QUOTA | POOL_FLAG_UNINITIALIZED |
			    POOL_FLAG_SESSION | POOL_FLAG_CACHE_ALIGNED |
			    POOL_FLAG_RAISE_ON_FAILURE;

bool are_valid(u64 flags)
{
	const u64 kind = flags & kPoolKinds;

	return !(flags & kRequiredFlags & ~kKnownFlags) && kind && !(kind & (kind - 1));
}

} /* namespace */

void *pool_alloc(usize bytes, u32 tag, const void *site)
{
	return allocate({ .bytes = bytes, .tag = tag, .zero = false, .cache_aligned = false,
			  .site = site });
}

void pool_free(void *memory)
{
	if (memory)
		release(memory, 0);
}

void pool_start()
{
	for (unsigned i = 0; i < kBuckets; i++)
		new (storage + i * sizeof(Bucket)) Bucket;
	owner_set_reclaim(Held::Pool, reclaim);
}

} /* namespace nt */

using namespace nt;

extern "C" {

/**
 * ExAllocatePool() - allocate pool memory without a tag.
 * @PoolType: see ExAllocatePoolWithTag().
 * @NumberOfBytes: see ExAllocatePoolWithTag().
 *
 * Context: IRQL <= DISPATCH_LEVEL.
 * Return: see ExAllocatePoolWithTag(); a leak is named with the tag 'None'.
 */
PVOID ExAllocatePool(POOL_TYPE PoolType, SIZE_T NumberOfBytes)
{
	return allocate_by_type(PoolType, NumberOfBytes, 0, false, __builtin_return_address(0));
}

/**
 * ExAllocatePoolWithTag() - allocate pool memory.
 * @PoolType: nonpaged or paged, cache-aligned or not, POOL_ZERO_ALLOCATION,
 *	POOL_RAISE_IF_ALLOCATION_FAILURE. None is paged out, none is executable.
 * @NumberOfBytes: any size; 0 yields a block that can be freed.
 * @Tag: four characters, by which a leak is named; 0 stands for 'None'.
 *
 * From PAGE_SIZE on the block begins at a page boundary; below, it is aligned to
 * 16 bytes (cache-aligned types: to 64) and physically contiguous, but it may
 * cross a page boundary, which on Windows it does not.
 *
 * Context: IRQL <= DISPATCH_LEVEL for nonpaged types (bottom halves off: memory
 *	that is at hand, physically contiguous), PASSIVE_LEVEL for paged ones; at
 *	PASSIVE_LEVEL it may sleep for memory.
 * Return: uninitialised memory; NULL when memory is short, the type is unknown,
 *	or paged pool is asked for at DISPATCH_LEVEL (reported as misuse). With
 *	POOL_RAISE_IF_ALLOCATION_FAILURE it also raises
 *	STATUS_INSUFFICIENT_RESOURCES then (see excpt.h).
 */
PVOID ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
	return allocate_by_type(PoolType, NumberOfBytes, Tag, false, __builtin_return_address(0));
}

/**
 * ExAllocatePoolWithQuotaTag() - ExAllocatePoolWithTag() that raises on failure.
 * @PoolType: as there; POOL_QUOTA_FAIL_INSTEAD_OF_RAISE: return NULL only.
 * @NumberOfBytes: as there.
 * @Tag: as there.
 *
 * There are no quotas to charge.
 *
 * Context: as ExAllocatePoolWithTag().
 * Return: memory; NULL on failure, with STATUS_INSUFFICIENT_RESOURCES raised
 *	unless POOL_QUOTA_FAIL_INSTEAD_OF_RAISE is given.
 */
PVOID ExAllocatePoolWithQuotaTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
	return allocate_by_type(PoolType, NumberOfBytes, Tag,
				!(PoolType & POOL_QUOTA_FAIL_INSTEAD_OF_RAISE),
				__builtin_return_address(0));
}

/**
 * ExAllocatePool2() - allocate pool memory, zeroed.
 * @Flags: exactly one of POOL_FLAG_NON_PAGED, POOL_FLAG_NON_PAGED_EXECUTE (which
 *	is not executable here) and POOL_FLAG_PAGED; optionally
 *	POOL_FLAG_UNINITIALIZED, POOL_FLAG_CACHE_ALIGNED, POOL_FLAG_RAISE_ON_FAILURE;
 *	POOL_FLAG_USE_QUOTA and POOL_FLAG_SESSION change nothing. Unknown flags in the
 *	upper half are ignored, as documented, in the lower half refused.
 * @NumberOfBytes: not 0.
 * @Tag: four characters, not 0.
 *
 * Alignment is that of ExAllocatePoolWithTag().
 *
 * Context: IRQL <= DISPATCH_LEVEL for nonpaged memory, PASSIVE_LEVEL for paged.
 * Return: memory, zeroed unless POOL_FLAG_UNINITIALIZED; NULL when memory is
 *	short or an argument is invalid. With POOL_FLAG_RAISE_ON_FAILURE a NULL comes
 *	with STATUS_INSUFFICIENT_RESOURCES or STATUS_INVALID_PARAMETER raised.
 */
PVOID ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag)
{
	const Request request = {
		.bytes = NumberOfBytes,
		.tag = Tag,
		.zero = !(Flags & POOL_FLAG_UNINITIALIZED),
		.cache_aligned = (Flags & POOL_FLAG_CACHE_ALIGNED) != 0,
		.site = __builtin_return_address(0),
	};
	const bool valid = are_valid(Flags) && NumberOfBytes && Tag;
	void *memory = nullptr;

	if (valid && may_allocate(Flags & POOL_FLAG_PAGED))
		memory = allocate(request);
	if (!memory && (Flags & POOL_FLAG_RAISE_ON_FAILURE))
		wsk_seh_raise(valid ? STATUS_INSUFFICIENT_RESOURCES : STATUS_INVALID_PARAMETER);
	return memory;
}

/**
 * ExFreePool() - free pool memory.
 * @P: from any of the allocation routines, whatever driver called it.
 *
 * NULL, a block freed before and memory that is not from pool are reported as
 * misuse and ignored, where Windows stops the machine.
 *
 * Context: IRQL <= DISPATCH_LEVEL.
 */
VOID ExFreePool(PVOID P)
{
	ExFreePoolWithTag(P, 0);
}

/**
 * ExFreePoolWithTag() - free pool memory.
 * @P: from any of the allocation routines, whatever driver called it.
 * @Tag: the tag it was allocated with, or 0. Another is reported as misuse; the
 *	block is freed.
 *
 * Context: IRQL <= DISPATCH_LEVEL.
 */
VOID ExFreePoolWithTag(PVOID P, ULONG Tag)
{
	if (!P) {
		lx_log_misuse("ExFreePool of NULL");
		return;
	}
	release(P, Tag);
}

} /* extern "C" */
