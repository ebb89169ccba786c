/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Waiting inside wsk.ko for a condition that a lock protects. (KEVENT and its
 * kin are wait.cpp's.) wait() drops the lock while it sleeps and holds it when
 * it looks, so a waker that changes the condition under the lock and calls
 * wake_all_locked() is never missed. Sleeps are TASK_IDLE.
 */
#pragma once

#include "list.hpp"
#include "lock.hpp"
#include "lx/time.h"
#include "lx/wait.h"

namespace nt {

class WaitQueue : NonMovable {
public:
	static constexpr u64 kForever = ~0ULL;

	void wake_all_locked()
	{
		for (Waiter *w = waiters_.first(); w; w = waiters_.next(*w))
			lx_task_wake(w->task);
	}

	/*
	 * Returns true once @ready() is true, false at @deadline_ns (monotonic).
	 * Context: PASSIVE_LEVEL; @lock is not held by the caller.
	 */
	template <class Ready>
	bool wait(SpinLock &lock, u64 deadline_ns, Ready ready)
	{
		Waiter self{lx_task_self(), {}};
		bool is_ready, in_time = true;

		link_init(self.link);
		{
			auto guard = lock.acquire();
			waiters_.push_back(self);
		}
		for (;;) {
			lx_wait_prepare();
			{
				auto guard = lock.acquire();
				is_ready = ready();
			}
			if (is_ready || !in_time)
				break;
			in_time = lx_wait_sleep(deadline_ns) == 0;
		}
		lx_wait_finish();
		auto guard = lock.acquire();
		link_remove(self.link);
		return is_ready;
	}

private:
	struct Waiter {
		lx_task *task;
		LIST_ENTRY link;
	};

	List<Waiter, Member<Waiter, &Waiter::link>> waiters_;
};

} /* namespace nt */
