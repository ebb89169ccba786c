// SPDX-License-Identifier: GPL-2.0
#include <linux/align.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "mem.h"

/* What every NT type can begin at, and a Holding is a multiple of. */
#define LX_MEM_ALIGN 16

static void *allocate(unsigned long bytes, gfp_t gfp, bool may_sleep)
{
	/* vmalloc sleeps, so in atomic context there is the page allocator only. */
	return may_sleep ? kvmalloc(bytes, gfp) : kmalloc(bytes, gfp);
}

void *lx_mem_alloc(unsigned long bytes, unsigned int flags)
{
	gfp_t gfp = flags & LX_MEM_SLEEP ? GFP_KERNEL : GFP_ATOMIC;
	void *memory;

	/* Sizes come from drivers: a failure is theirs to handle, and no report. */
	gfp |= __GFP_NOWARN;
	if (flags & LX_MEM_ZERO)
		gfp |= __GFP_ZERO;
	memory = allocate(bytes, gfp, flags & LX_MEM_SLEEP);
	if (IS_ALIGNED((unsigned long)memory, LX_MEM_ALIGN))
		return memory;
	/*
	 * kmalloc aligns sizes that are powers of two to themselves, but 96 and 192
	 * to 8 only where the slab is debugged (slub_debug=Z or U).
	 */
	kfree(memory);
	return allocate(max(roundup_pow_of_two(bytes), 1UL * LX_MEM_ALIGN), gfp,
			flags & LX_MEM_SLEEP);
}

/* With bottom halves off, vfree() leaves the work to a worker by itself. */
void lx_mem_free(void *memory)
{
	kvfree(memory);
}

int lx_mem_is_vmalloc(const void *address)
{
	unsigned long at = (unsigned long)address;

	/* What is_vmalloc_or_module_addr() does, which 6.1 does not export. */
#if defined(CONFIG_MODULES) && defined(MODULES_VADDR)
	if (at >= MODULES_VADDR && at < MODULES_END)
		return 1;
#endif
	return is_vmalloc_addr((const void *)at);
}

int lx_mem_page_frame(const void *address, unsigned long *frame)
{
	const struct page *page;

	if (lx_mem_is_vmalloc(address))
		page = vmalloc_to_page(address);
	else
		page = virt_addr_valid(address) ? virt_to_page(address) : NULL;
	if (!page)
		return -EFAULT;
	*frame = page_to_pfn(page);
	return 0;
}

int lx_mem_read(void *to, const void *from, unsigned long bytes)
{
	return copy_from_kernel_nofault(to, from, bytes);
}
