// SPDX-License-Identifier: GPL-2.0
#include <linux/lockdep.h>
#include <linux/spinlock.h>

#include "lock.h"

static struct lock_class_key keys[LX_RANK_LAST];

static const char *const names[LX_RANK_LAST] = {
	[LX_RANK_CANCEL]	= "wsk_cancel",
	[LX_RANK_REGISTRATIONS]	= "wsk_registrations",
	[LX_RANK_BLOCK]		= "wsk_block",
	[LX_RANK_REGISTRATION]	= "wsk_registration",
	[LX_RANK_SOCKET]	= "wsk_socket",
	[LX_RANK_LANE]		= "wsk_lane",
	[LX_RANK_TRANSPORTS]	= "wsk_transports",
	[LX_RANK_DEFERRED]	= "wsk_deferred",
	[LX_RANK_NMR]		= "wsk_nmr",
	[LX_RANK_OBJECT]	= "wsk_object",
	[LX_RANK_WAIT_ALL]	= "wsk_wait_all",
	[LX_RANK_DISPATCHER]	= "wsk_dispatcher",
	[LX_RANK_NAMES]		= "wsk_names",
	[LX_RANK_POOL]		= "wsk_pool",
	[LX_RANK_OWNERS]	= "wsk_owners",
	[LX_RANK_OWNER]		= "wsk_owner",
	[LX_RANK_SEH]		= "wsk_seh",
};

void lx_spin_lock_init(void *lock, enum lx_lock_rank rank)
{
	spin_lock_init((spinlock_t *)lock);
	lockdep_set_class_and_name((spinlock_t *)lock, &keys[rank], names[rank]);
}

void lx_spin_lock_bh(void *lock)
{
	spin_lock_bh((spinlock_t *)lock);
}

void lx_spin_unlock_bh(void *lock)
{
	spin_unlock_bh((spinlock_t *)lock);
}

unsigned long lx_spin_lock_irqsave(void *lock)
{
	unsigned long flags;

	spin_lock_irqsave((spinlock_t *)lock, flags);
	return flags;
}

void lx_spin_unlock_irqrestore(void *lock, unsigned long flags)
{
	spin_unlock_irqrestore((spinlock_t *)lock, flags);
}

void lx_spin_lock_nest(void *lock, void *outer)
{
	spin_lock_nest_lock((spinlock_t *)lock, (spinlock_t *)outer);
}

void lx_spin_lock(void *lock)
{
	spin_lock((spinlock_t *)lock);
}

void lx_spin_unlock(void *lock)
{
	spin_unlock((spinlock_t *)lock);
}

void lx_spin_lock_assert_held(const void *lock)
{
	lockdep_assert_held((spinlock_t *)lock);
}
