/* SPDX-License-Identifier: GPL-2.0 */
/* What Linux knows about the context we run in; irql.cpp gives it NT's words. */
#ifndef LX_IRQL_H
#define LX_IRQL_H

#ifdef __cplusplus
extern "C" {
#endif

/* Return: non-zero if bottom halves are off, in softirq, or interrupts are off. */
int lx_context_is_atomic(void);
/* Return: non-zero in a hard interrupt or NMI. */
int lx_context_is_hardirq(void);
/* Return: non-zero if the current task runs, not an interrupt or softirq on its back. */
int lx_context_is_task(void);
void lx_bh_disable(void);
void lx_bh_enable(void);
/* Reports, in kernels that check, a caller that must not sleep. */
void lx_might_sleep(void);
int lx_cpu(void);
/* Lets others run, if they wait. Context: process, may sleep. */
void lx_yield(void);
/* Bytes of kernel stack left below the caller. */
unsigned long lx_stack_left(void);

#ifdef __cplusplus
}
#endif
#endif
