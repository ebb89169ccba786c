// SPDX-License-Identifier: GPL-2.0
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <linux/spinlock.h>

#include "word_lock.h"

#ifdef CONFIG_SMP

static_assert(sizeof(arch_spinlock_t) == sizeof(unsigned int));

static arch_spinlock_t *arch_lock(const unsigned int *word)
{
	return (arch_spinlock_t *)word;
}

static void word_lock(unsigned int *word)
{
	arch_spin_lock(arch_lock(word));
}

static int word_trylock(unsigned int *word)
{
	return arch_spin_trylock(arch_lock(word));
}

static void word_unlock(unsigned int *word)
{
	arch_spin_unlock(arch_lock(word));
}

int lx_word_is_locked(const unsigned int *word)
{
	return arch_spin_is_locked(arch_lock(word));
}

#else /* one CPU: with preemption off nobody can wait, the word only remembers */

static void word_lock(unsigned int *word)
{
	WRITE_ONCE(*word, 1);
	barrier();
}

static int word_trylock(unsigned int *word)
{
	if (READ_ONCE(*word))
		return 0;
	word_lock(word);
	return 1;
}

static void word_unlock(unsigned int *word)
{
	barrier();
	WRITE_ONCE(*word, 0);
}

int lx_word_is_locked(const unsigned int *word)
{
	return READ_ONCE(*word) != 0;
}

#endif

void lx_word_lock(unsigned int *word)
{
	preempt_disable();
	word_lock(word);
}

int lx_word_trylock(unsigned int *word)
{
	preempt_disable();
	if (word_trylock(word))
		return 1;
	preempt_enable();
	return 0;
}

int lx_word_unlock(unsigned int *word)
{
	if (!lx_word_is_locked(word))
		return -EPERM;
	word_unlock(word);
	preempt_enable();
	return 0;
}

unsigned long lx_word_lock_irqsave(unsigned int *word)
{
	unsigned long flags;

	local_irq_save(flags);
	preempt_disable();
	word_lock(word);
	return flags;
}

void lx_word_unlock_irqrestore(unsigned int *word, unsigned long flags)
{
	word_unlock(word);
	local_irq_restore(flags);
	preempt_enable();
}
