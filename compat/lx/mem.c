// SPDX-License-Identifier: GPL-2.0
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "mem.h"

void *lx_mem_alloc(unsigned long bytes, unsigned int flags)
{
	gfp_t gfp = flags & LX_MEM_SLEEP ? GFP_KERNEL : GFP_ATOMIC;

	if (flags & LX_MEM_ZERO)
		gfp |= __GFP_ZERO;
	/* vmalloc sleeps, so in atomic context there is the page allocator only. */
	if (flags & LX_MEM_SLEEP)
		return kvmalloc(bytes, gfp);
	return kmalloc(bytes, gfp | __GFP_NOWARN);
}

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
