/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LX_TIME_H
#define LX_TIME_H

#ifdef __cplusplus
extern "C" {
#endif

unsigned long long lx_time_monotonic_ns(void);
/* Nanoseconds since 1970, UTC. */
unsigned long long lx_time_real_ns(void);
/* Nanoseconds since boot, sleep of the machine included. */
unsigned long long lx_time_boot_ns(void);
void lx_sleep_ms(unsigned int ms);

#ifdef __cplusplus
}
#endif
#endif
