/* SPDX-License-Identifier: GPL-2.0 */
/* What was taken out of reach is freed when nobody who found it before looks at it any more. */
#ifndef LX_RCU_H
#define LX_RCU_H

#ifdef __cplusplus
extern "C" {
#endif

/* Context: any; no sleep in between. */
void lx_rcu_read_lock(void);
void lx_rcu_read_unlock(void);
/* Waits for those that are in between. Context: process. */
void lx_rcu_synchronize(void);

#ifdef __cplusplus
}
#endif
#endif
