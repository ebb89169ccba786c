// SPDX-License-Identifier: GPL-2.0
#include <linux/rcupdate.h>

#include "rcu.h"

void lx_rcu_read_lock(void)
{
	rcu_read_lock();
}

void lx_rcu_read_unlock(void)
{
	rcu_read_unlock();
}

void lx_rcu_synchronize(void)
{
	synchronize_rcu();
}
