// SPDX-License-Identifier: GPL-2.0
/*
 * An end to what a socket still does by itself. A tasklet that an edge raised goes through both
 * lanes, whether there is anything in them or not. Where it stands still meanwhile, a call finds
 * the lane taken: its request is then moved and completed by the tasklet, and not in the call.
 */
#include <linux/interrupt.h>
#include <linux/percpu.h>
#include <linux/smp.h>

#include "wsk_fixture.h"

static DEFINE_PER_CPU(struct tasklet_struct, marks);

static void do_nothing(struct tasklet_struct *mark)
{
}

static void raise_mark(void *unused)
{
	tasklet_schedule(this_cpu_ptr(&marks));
}

/* A processor runs its tasklets in the order in which they were raised there. */
void wt_settle(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		tasklet_setup(per_cpu_ptr(&marks, cpu), do_nothing);
	on_each_cpu(raise_mark, NULL, 1);
	for_each_possible_cpu(cpu)
		tasklet_kill(per_cpu_ptr(&marks, cpu));
}
