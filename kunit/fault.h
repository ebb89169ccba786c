/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Failing allocations by Linux' fault injection, in a file that sees no NT
 * header. Each counts per task: the Nth slab allocation from now on fails, once.
 * Sleeping allocations take part only if the guest has written N to
 * /sys/kernel/debug/failslab/ignore-gfp-wait.
 */
#ifndef WSK_KUNIT_FAULT_H
#define WSK_KUNIT_FAULT_H

#include <linux/types.h>

/* The kernel can do it, and sleeping allocations take part. */
bool fault_works(void);
/* 0 disarms. */
void fault_arm_self(int nth);
/* Every worker of every workqueue. */
void fault_arm_workers(int nth);
/*
 * While on, every slab allocation of this thread fails, those of the softirqs that
 * interrupt it do not. The guest allows so many of them, failslab/times, and no more:
 * what would try for ever ends, and fault_starves() is false from then on.
 */
void fault_starve_self(bool on);
bool fault_starves(void);

#endif
