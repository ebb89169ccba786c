// SPDX-License-Identifier: GPL-2.0
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/timekeeping.h>

#include "time.h"

unsigned long long lx_time_monotonic_ns(void)
{
	return ktime_get_ns();
}

unsigned long long lx_time_real_ns(void)
{
	return ktime_get_real_ns();
}

unsigned long long lx_time_boot_ns(void)
{
	return ktime_get_boottime_ns();
}

void lx_sleep_ms(unsigned int ms)
{
	msleep(ms);
}
