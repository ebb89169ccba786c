/* SPDX-License-Identifier: GPL-2.0 */
/* Memory: slab below, vmalloc above what the page allocator gives gladly. */
#ifndef LX_MEM_H
#define LX_MEM_H

#ifdef __cplusplus
extern "C" {
#endif

#define LX_MEM_SLEEP 1u /* may sleep (process context) */
#define LX_MEM_ZERO  2u

/**
 * lx_mem_alloc() - allocate @bytes; at least 16-byte aligned.
 * Context: any; LX_MEM_SLEEP in process context only.
 * Return: memory, or NULL.
 */
void *lx_mem_alloc(unsigned long bytes, unsigned int flags);

/**
 * lx_mem_free() - free what lx_mem_alloc() returned; NULL is ignored.
 * Context: process or softirq, bottom halves may be off.
 */
void lx_mem_free(void *memory);

/**
 * lx_mem_is_vmalloc() - is @address in vmalloc space (vmalloc, stack, module data)?
 */
int lx_mem_is_vmalloc(const void *address);

/**
 * lx_mem_page_frame() - the number of the page frame behind a kernel @address.
 * Return: 0, or -EFAULT if no kernel memory is there.
 */
int lx_mem_page_frame(const void *address, unsigned long *frame);

/**
 * lx_mem_read() - read memory that may not be there any more.
 * Return: 0, or -errno with @to undefined.
 */
int lx_mem_read(void *to, const void *from, unsigned long bytes);

#ifdef __cplusplus
}
#endif
#endif
