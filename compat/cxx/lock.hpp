/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Internal spin locks of wsk.ko (KSPIN_LOCK, the public one, is spinlock.cpp's).
 *
 * Every lock is made with its rank, the order of which is lx/lock.h's enum and
 * which is also its lockdep class. Two guards: acquire() is for locks that are
 * taken at IRQL <= DISPATCH_LEVEL only (bottom halves off), acquire_irqsave()
 * for the few that any Linux context may reach.
 */
#pragma once

#include "types.hpp"
#include "lx/lock.h"
#include "lx/sizes.h"

namespace nt {

class SpinLock : NonMovable {
public:
	class [[nodiscard]] Guard : NonMovable {
	public:
		explicit Guard(SpinLock &lock) : lock_(&lock) { lx_spin_lock_bh(&lock.storage_); }
		~Guard() { unlock(); }
		/* Leaves the critical section early; the destructor then does nothing. */
		void unlock()
		{
			if (lock_)
				lx_spin_unlock_bh(&lock_->storage_);
			lock_ = nullptr;
		}

	private:
		SpinLock *lock_;
	};

	class [[nodiscard]] IrqGuard : NonMovable {
	public:
		explicit IrqGuard(SpinLock &lock)
			: lock_(&lock), flags_(lx_spin_lock_irqsave(&lock.storage_))
		{
		}
		~IrqGuard() { unlock(); }
		void unlock()
		{
			if (lock_)
				lx_spin_unlock_irqrestore(&lock_->storage_, flags_);
			lock_ = nullptr;
		}

	private:
		SpinLock *lock_;
		unsigned long flags_;
	};

	explicit SpinLock(lx_lock_rank rank) { lx_spin_lock_init(&storage_, rank); }

	[[nodiscard]] Guard acquire() { return Guard(*this); }
	[[nodiscard]] IrqGuard acquire_irqsave() { return IrqGuard(*this); }
	void assert_held() const { lx_spin_lock_assert_held(&storage_); }

private:
	alignas(8) mutable u8 storage_[LX_SIZEOF_SPINLOCK];
};

} /* namespace nt */
