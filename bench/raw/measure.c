// SPDX-License-Identifier: GPL-2.0
/* Under QEMU's -icount shift=0 the time stamp counter is the number of retired instructions. */
#include <linux/delay.h>
#include <linux/printk.h>
#include <asm/msr.h>

#include "raw.h"

int bench_measure(const struct bench_row *row)
{
	static unsigned long long batch[BENCH_BATCHES];
	int i, error = row->run(row->context, row->warm_up);
	struct bench_result result;

	for (i = 0; i < BENCH_BATCHES && error >= 0; i++) {
		u64 start;

		if (row->rest_ms)
			msleep(row->rest_ms);
		start = rdtsc();
		error = row->run(row->context, row->count);
		batch[i] = rdtsc() - start;
	}
	if (error < 0) {
		pr_err("wsk_bench_raw: %s failed with %d\n", row->name, error);
		return error;
	}
	result = bench_result(batch);
	pr_info("wsk_bench_raw: row %s %u %llu %llu %llu\n", row->name, row->count, result.median,
		result.min, result.max);
	return 0;
}
