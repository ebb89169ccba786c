/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Spin locks with a rank. The enum is the order in which locks may be taken,
 * outermost first, and each rank is one lockdep class: a wrong order is
 * reported in the test lanes. Documentation/contexts-and-locking.md says what each protects.
 */
#ifndef LX_LOCK_H
#define LX_LOCK_H

#ifdef __cplusplus
extern "C" {
#endif

enum lx_lock_rank {
	LX_RANK_CANCEL,		/* the global cancel spin lock (IRPs) */
	LX_RANK_BLOCK,		/* hashed locks of the blocks that drivers register */
	LX_RANK_REGISTRATIONS,	/* the list of live WSK registrations */
	LX_RANK_REGISTRATION,	/* one WSK registration: sockets, calls in progress */
	LX_RANK_SOCKET,		/* one WSK socket: its state and control queue */
	LX_RANK_LANE,		/* one direction of a socket: its request and delivery queue */
	LX_RANK_TRANSPORTS,	/* the list of transports and who waits for it to change */
	LX_RANK_DEFERRED,	/* the queue of completions that have no socket */
	LX_RANK_NMR,		/* NMR's lists of clients, providers, bindings */
	LX_RANK_OBJECT,		/* handle table */
	LX_RANK_WAIT_ALL,	/* outer lock of those who need every dispatcher lock at once */
	LX_RANK_DISPATCHER,	/* hashed locks of KEVENT and other waitable objects */
	LX_RANK_NAMES,		/* names of devices and symbolic links, lists of devices */
	LX_RANK_POOL,		/* hashed locks of the table of page-aligned pool blocks */
	LX_RANK_OWNERS,		/* the list of owner records */
	LX_RANK_OWNER,		/* one owner record's lists of IRPs, pool, threads */
	LX_RANK_SEH,		/* hashed lists of the __try blocks of tasks */
	LX_RANK_LAST,
};

void lx_spin_lock_init(void *lock, enum lx_lock_rank rank);
void lx_spin_lock_bh(void *lock);
void lx_spin_unlock_bh(void *lock);
unsigned long lx_spin_lock_irqsave(void *lock);
void lx_spin_unlock_irqrestore(void *lock, unsigned long flags);
/* A second lock of one rank, legal because every taker of two holds @outer; interrupts are off. */
void lx_spin_lock_nest(void *lock, void *outer);
void lx_spin_lock(void *lock);	/* bottom halves are off already */
void lx_spin_unlock(void *lock);
void lx_spin_lock_assert_held(const void *lock);

#ifdef __cplusplus
}
#endif
#endif
