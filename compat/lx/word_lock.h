/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A spin lock in 32 bits, zero when free: what fits into a KSPIN_LOCK or an
 * SLIST_HEADER, whatever spinlock_t weighs in this configuration. The waiter
 * spins on the architecture's own lock; lockdep does not see it.
 *
 * Preemption is off from lock to unlock. Bottom halves and interrupts are the
 * caller's business, except in the irqsave pair.
 */
#ifndef LX_WORD_LOCK_H
#define LX_WORD_LOCK_H

#ifdef __cplusplus
extern "C" {
#endif

void lx_word_lock(unsigned int *word);
int lx_word_trylock(unsigned int *word);		/* Return: non-zero if taken */
int lx_word_unlock(unsigned int *word);			/* Return: 0, -EPERM if it was not held */
int lx_word_is_locked(const unsigned int *word);

unsigned long lx_word_lock_irqsave(unsigned int *word);
void lx_word_unlock_irqrestore(unsigned int *word, unsigned long flags);

#ifdef __cplusplus
}
#endif
#endif
