// SPDX-License-Identifier: GPL-2.0
/* Pool: sizes, alignment, zeroing, flags, and who may free what and when. */
#include "nt_worker.h"

#define TAG 0x6c6f6f50	/* "Pool" */
#define KINDS (POOL_FLAG_NON_PAGED | POOL_FLAG_PAGED | POOL_FLAG_NON_PAGED_EXECUTE)

static const SIZE_T sizes[] = {
	1, 15, 16, 17, 48, 63, 64, 65, 500, 2000, 4047, 4048, 4095,
	4096, 4097, 8191, 8192, 8193, 65536, 65537, 300000, 4 << 20,
};

static BOOLEAN is_filled(const UCHAR *memory, SIZE_T size, UCHAR value)
{
	return !size || (memory[0] == value && !memcmp(memory, memory + 1, size - 1));
}

static void blocks_are_aligned_and_hold_what_is_written(struct kunit *test)
{
	UCHAR *blocks[ARRAY_SIZE(sizes)] = {};
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		blocks[i] = ExAllocatePoolWithTag(NonPagedPoolNx, sizes[i], TAG);
		KUNIT_ASSERT_NOT_NULL(test, blocks[i]);
		KUNIT_EXPECT_EQ_MSG(test,
				    (ULONG_PTR)blocks[i] % (sizes[i] < PAGE_SIZE ? 16 : PAGE_SIZE),
				    0, "%lu bytes at %px", (unsigned long)sizes[i], blocks[i]);
		memset(blocks[i], i + 1, sizes[i]);
	}
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		KUNIT_EXPECT_TRUE(test, is_filled(blocks[i], sizes[i], i + 1));
	/* First the odd ones, so that neighbours in any table go one by one. */
	for (i = 1; i < ARRAY_SIZE(sizes); i += 2)
		ExFreePoolWithTag(blocks[i], TAG);
	for (i = 0; i < ARRAY_SIZE(sizes); i += 2)
		ExFreePool(blocks[i]);
	WSK_RULES(test, "NT-ExAllocatePoolWithTag NT-ExFreePoolWithTag NT-ExFreePool");
}

/* Every class of the slab has its own alignment, and not the same where it is debugged. */
static void small_blocks_are_aligned_whatever_their_size(struct kunit *test)
{
	PVOID blocks[16];
	SIZE_T size;
	int i;

	for (size = 0; size <= 320; size++) {
		for (i = 0; i < ARRAY_SIZE(blocks); i++) {
			blocks[i] = ExAllocatePoolWithTag(NonPagedPoolNx, size, TAG);
			KUNIT_EXPECT_NOT_NULL(test, blocks[i]);
			KUNIT_EXPECT_EQ_MSG(test, (ULONG_PTR)blocks[i] % 16, 0, "%lu bytes at %px",
					    (unsigned long)size, blocks[i]);
		}
		for (i = 0; i < ARRAY_SIZE(blocks); i++)
			if (blocks[i])
				ExFreePoolWithTag(blocks[i], TAG);
	}
	WSK_RULES(test, "NT-ExAllocatePoolWithTag");
}

static void cache_aligned_types_begin_at_a_cache_line(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		PVOID a = ExAllocatePoolWithTag(NonPagedPoolNxCacheAligned, sizes[i], TAG);
		PVOID b = ExAllocatePool2(POOL_FLAG_PAGED | POOL_FLAG_CACHE_ALIGNED, sizes[i], TAG);

		KUNIT_EXPECT_NOT_NULL(test, a);
		KUNIT_EXPECT_NOT_NULL(test, b);
		KUNIT_EXPECT_EQ(test, (ULONG_PTR)a % 64, 0);
		KUNIT_EXPECT_EQ(test, (ULONG_PTR)b % 64, 0);
		if (a)
			memset(a, 0xa5, sizes[i]);
		if (b)
			KUNIT_EXPECT_TRUE(test, is_filled(b, sizes[i], 0));
		if (a)
			ExFreePoolWithTag(a, TAG);
		if (b)
			ExFreePoolWithTag(b, TAG);
	}
	WSK_RULES(test, "NT-ExAllocatePoolWithTag NT-ExAllocatePool2");
}

static void pool2_is_zeroed_and_so_is_zero_pool(struct kunit *test)
{
	int i, round;

	/* The second round is likely to get the memory that the first has dirtied. */
	for (round = 0; round < 2; round++) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			PVOID a = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizes[i], TAG);
			PVOID b = ExAllocatePoolZero(PagedPool, sizes[i], TAG);

			KUNIT_EXPECT_NOT_NULL(test, a);
			KUNIT_EXPECT_NOT_NULL(test, b);
			if (a) {
				KUNIT_EXPECT_TRUE(test, is_filled(a, sizes[i], 0));
				memset(a, 0xff, sizes[i]);
				ExFreePoolWithTag(a, TAG);
			}
			if (b) {
				KUNIT_EXPECT_TRUE(test, is_filled(b, sizes[i], 0));
				memset(b, 0xff, sizes[i]);
				ExFreePoolWithTag(b, TAG);
			}
		}
	}
	WSK_RULES(test, "NT-ExAllocatePool2 NT-ExAllocatePoolZero");
}

static void uninitialized_pool_is_allocated_too(struct kunit *test)
{
	PVOID a = ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_UNINITIALIZED, 100, TAG);
	PVOID b = ExAllocatePoolUninitialized(NonPagedPoolNx, 100, TAG);
	PVOID c = ExAllocatePool(NonPagedPool, 100);

	KUNIT_EXPECT_NOT_NULL(test, a);
	KUNIT_EXPECT_NOT_NULL(test, b);
	KUNIT_EXPECT_NOT_NULL(test, c);
	if (a)
		ExFreePool(a);
	if (b)
		ExFreePoolWithTag(b, 0);
	if (c)
		ExFreePool(c);
	WSK_RULES(test, "NT-ExAllocatePool2 NT-ExAllocatePoolUninitialized NT-ExAllocatePool");
}

static void pool2_refuses_bad_arguments(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, ExAllocatePool2(0, 16, TAG));
	KUNIT_EXPECT_NULL(test, ExAllocatePool2(POOL_FLAG_UNINITIALIZED, 16, TAG));
	KUNIT_EXPECT_NULL(test, ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_PAGED, 16, TAG));
	KUNIT_EXPECT_NULL(test, ExAllocatePool2(KINDS, 16, TAG));
	KUNIT_EXPECT_NULL(test, ExAllocatePool2(POOL_FLAG_NON_PAGED | 0x10, 16, TAG));
	KUNIT_EXPECT_NULL(test, ExAllocatePool2(POOL_FLAG_NON_PAGED | 0x80000000, 16, TAG));
	KUNIT_EXPECT_NULL(test, ExAllocatePool2(POOL_FLAG_NON_PAGED, 0, TAG));
	KUNIT_EXPECT_NULL(test, ExAllocatePool2(POOL_FLAG_NON_PAGED, 16, 0));
	WSK_RULES(test, "NT-ExAllocatePool2");
}

static void unknown_optional_flags_are_ignored(struct kunit *test)
{
	PVOID memory = ExAllocatePool2(POOL_FLAG_NON_PAGED | (1ULL << 32) | (1ULL << 50), 16, TAG);

	KUNIT_EXPECT_NOT_NULL(test, memory);
	if (memory)
		ExFreePool(memory);
	WSK_RULES(test, "NT-ExAllocatePool2");
}

static void impossible_sizes_fail_without_wrapping(struct kunit *test)
{
	static const SIZE_T huge[] = {
		~0UL, ~0UL - 15, ~0UL - 47, ~0UL - 48, ~0UL - 4095, 1UL << 63, 1UL << 47, 1UL << 45,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(huge); i++) {
		KUNIT_EXPECT_NULL(test, ExAllocatePoolWithTag(NonPagedPoolNx, huge[i], TAG));
		KUNIT_EXPECT_NULL(test, ExAllocatePool2(POOL_FLAG_PAGED, huge[i], TAG));
		KUNIT_EXPECT_NULL(test, ExAllocatePool2(POOL_FLAG_NON_PAGED |
							POOL_FLAG_CACHE_ALIGNED, huge[i], TAG));
	}
	WSK_RULES(test, "NT-ExAllocatePoolWithTag NT-ExAllocatePool2");
}

static NTSTATUS code_of_pool2(POOL_FLAGS flags, SIZE_T bytes, ULONG tag)
{
	NTSTATUS status = STATUS_SUCCESS;

	__try {
		ExAllocatePool2(flags, bytes, tag);
	} __except (EXCEPTION_EXECUTE_HANDLER) {
		status = GetExceptionCode();
	}
	return status;
}

static NTSTATUS code_of_quota(ULONG type, SIZE_T bytes)
{
	NTSTATUS status = STATUS_SUCCESS;

	__try {
		ExAllocatePoolWithQuotaTag(type, bytes, TAG);
	} __except (EXCEPTION_EXECUTE_HANDLER) {
		status = GetExceptionCode();
	}
	return status;
}

static void failure_is_raised_where_asked_for(struct kunit *test)
{
	POOL_FLAGS raise = POOL_FLAG_NON_PAGED | POOL_FLAG_RAISE_ON_FAILURE;

	NT_EXPECT_STATUS(test, code_of_pool2(raise, 1UL << 50, TAG), STATUS_INSUFFICIENT_RESOURCES);
	NT_EXPECT_STATUS(test, code_of_pool2(raise, 16, 0), STATUS_INVALID_PARAMETER);
	NT_EXPECT_STATUS(test, code_of_pool2(raise | POOL_FLAG_PAGED, 16, TAG),
			 STATUS_INVALID_PARAMETER);
	NT_EXPECT_STATUS(test, code_of_pool2(POOL_FLAG_NON_PAGED, 1UL << 50, TAG), STATUS_SUCCESS);
	NT_EXPECT_STATUS(test, code_of_quota(NonPagedPoolNx, 1UL << 50),
			 STATUS_INSUFFICIENT_RESOURCES);
	NT_EXPECT_STATUS(test, code_of_quota(NonPagedPoolNx | POOL_QUOTA_FAIL_INSTEAD_OF_RAISE,
					     1UL << 50), STATUS_SUCCESS);
	WSK_RULES(test, "NT-ExAllocatePool2 NT-ExAllocatePoolWithQuotaTag");
}

static void zero_bytes_are_a_block(struct kunit *test)
{
	PVOID a = ExAllocatePoolWithTag(NonPagedPoolNx, 0, TAG);
	PVOID b = ExAllocatePoolWithTag(NonPagedPoolNx, 0, TAG);

	KUNIT_EXPECT_NOT_NULL(test, a);
	KUNIT_EXPECT_NOT_NULL(test, b);
	KUNIT_EXPECT_PTR_NE(test, a, b);
	if (a)
		ExFreePool(a);
	if (b)
		ExFreePool(b);
	WSK_RULES(test, "NT-ExAllocatePoolWithTag");
}

static void paged_pool_is_refused_at_dispatch_level(struct kunit *test)
{
	PVOID paged, pool2, nonpaged;
	KIRQL irql;

	WSK_EXPECT_REPORT(test, "misuse: paged pool asked for at DISPATCH_LEVEL");
	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	paged = ExAllocatePoolWithTag(PagedPool, 16, TAG);
	pool2 = ExAllocatePool2(POOL_FLAG_PAGED, 16, TAG);
	nonpaged = ExAllocatePoolWithTag(NonPagedPoolNx, 16, TAG);
	KeLowerIrql(irql);
	KUNIT_EXPECT_NULL(test, paged);
	KUNIT_EXPECT_NULL(test, pool2);
	KUNIT_EXPECT_NOT_NULL(test, nonpaged);
	if (nonpaged)
		ExFreePool(nonpaged);
	WSK_RULES(test, "NT-ExAllocatePoolWithTag NT-ExAllocatePool2");
}

static void pool_lives_and_dies_under_a_spin_lock(struct kunit *test)
{
	PVOID small = NULL, page = NULL, large;
	KSPIN_LOCK lock;
	KIRQL irql;

	/* Too large for contiguous memory, so that what is freed below is vmalloc's. */
	large = ExAllocatePoolWithTag(NonPagedPoolNx, 8 << 20, TAG);
	KUNIT_ASSERT_NOT_NULL(test, large);
	KeInitializeSpinLock(&lock);
	KeAcquireSpinLock(&lock, &irql);
	small = ExAllocatePoolWithTag(NonPagedPoolNx, 100, TAG);
	page = ExAllocatePool2(POOL_FLAG_NON_PAGED, PAGE_SIZE, TAG);
	if (small)
		ExFreePoolWithTag(small, TAG);
	if (page)
		ExFreePoolWithTag(page, TAG);
	ExFreePoolWithTag(large, TAG);
	KeReleaseSpinLock(&lock, irql);
	KUNIT_EXPECT_NOT_NULL(test, small);
	KUNIT_EXPECT_NOT_NULL(test, page);
	WSK_RULES(test, "NT-ExAllocatePoolWithTag NT-ExFreePoolWithTag");
}

static void many_large_blocks_are_told_apart(struct kunit *test)
{
	enum { BLOCKS = 300 };
	UCHAR **blocks = kunit_kcalloc(test, BLOCKS, sizeof(*blocks), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, blocks);
	for (i = 0; i < BLOCKS; i++) {
		blocks[i] = ExAllocatePoolWithTag(PagedPool, PAGE_SIZE + i, TAG);
		KUNIT_ASSERT_NOT_NULL(test, blocks[i]);
		memset(blocks[i], i, PAGE_SIZE + i);
	}
	for (i = 0; i < BLOCKS; i++) {
		UCHAR *block = blocks[i * 7 % BLOCKS];

		KUNIT_EXPECT_TRUE(test, is_filled(block, PAGE_SIZE + i * 7 % BLOCKS,
						  i * 7 % BLOCKS));
		ExFreePoolWithTag(block, TAG);
	}
	WSK_RULES(test, "NT-ExAllocatePoolWithTag NT-ExFreePoolWithTag");
}

static void wrong_tag_is_reported_and_the_block_freed(struct kunit *test)
{
	PVOID small = ExAllocatePoolWithTag(NonPagedPoolNx, 16, TAG);
	PVOID large = ExAllocatePoolWithTag(NonPagedPoolNx, PAGE_SIZE, TAG);

	KUNIT_ASSERT_NOT_NULL(test, small);
	KUNIT_ASSERT_NOT_NULL(test, large);
	WSK_EXPECT_REPORT(test, "misuse: ExFreePoolWithTag with tag 00000001 of a block with tag");
	ExFreePoolWithTag(small, 1);
	ExFreePoolWithTag(large, 1);
	WSK_RULES(test, "NT-ExFreePoolWithTag");
}

static void null_and_foreign_memory_are_reported(struct kunit *test)
{
	UCHAR *memory = ExAllocatePool2(POOL_FLAG_NON_PAGED, 256, TAG);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	WSK_EXPECT_REPORT(test, "misuse: ExFreePool of NULL");
	WSK_EXPECT_REPORT(test, "misuse: ExFreePool of what is not allocated, or not from pool");
	ExFreePool(NULL);
	ExFreePool(memory + 128);
	KUNIT_EXPECT_TRUE(test, is_filled(memory, 256, 0));
	ExFreePoolWithTag(memory, TAG);
	WSK_RULES(test, "NT-ExFreePool");
}

/* Too large for the slab, so that nothing is mapped in front of it. */
static void second_free_of_a_large_block_is_reported(struct kunit *test)
{
	PVOID memory = ExAllocatePool2(POOL_FLAG_NON_PAGED, 16 << 20, TAG);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	WSK_EXPECT_REPORT(test, "misuse: ExFreePool of what is not allocated, or not from pool");
	ExFreePool(memory);
	ExFreePool(memory);
	WSK_RULES(test, "NT-ExFreePool");
}

static struct kunit_case pool_cases[] = {
	KUNIT_CASE(blocks_are_aligned_and_hold_what_is_written),
	KUNIT_CASE(small_blocks_are_aligned_whatever_their_size),
	KUNIT_CASE(cache_aligned_types_begin_at_a_cache_line),
	KUNIT_CASE(pool2_is_zeroed_and_so_is_zero_pool),
	KUNIT_CASE(uninitialized_pool_is_allocated_too),
	KUNIT_CASE(pool2_refuses_bad_arguments),
	KUNIT_CASE(unknown_optional_flags_are_ignored),
	KUNIT_CASE(impossible_sizes_fail_without_wrapping),
	KUNIT_CASE(failure_is_raised_where_asked_for),
	KUNIT_CASE(zero_bytes_are_a_block),
	KUNIT_CASE(paged_pool_is_refused_at_dispatch_level),
	KUNIT_CASE(pool_lives_and_dies_under_a_spin_lock),
	KUNIT_CASE(many_large_blocks_are_told_apart),
	KUNIT_CASE(wrong_tag_is_reported_and_the_block_freed),
	KUNIT_CASE(null_and_foreign_memory_are_reported),
	KUNIT_CASE(second_free_of_a_large_block_is_reported),
	{}
};

static struct kunit_suite pool_suite = {
	.name = "nt_pool",
	.test_cases = pool_cases,
};

kunit_test_suite(pool_suite);
