// SPDX-License-Identifier: GPL-2.0
/*
 * From the current task to its thread object. Threads of PsCreateSystemThread
 * are in the table while they run. Any other task (the one that runs insmod, a
 * worker, whoever a softirq interrupts, as a DPC does on Windows) gets an
 * object when it is first asked for, which stays its identity until it dies.
 *
 * A module is not told when a task exits. So a foreign object holds its task,
 * and each insertion sweeps two lists of the table for tasks that are gone: what
 * lingers is bounded by what was inserted since the sweep last came round, and
 * no address is handed out twice while its task lives. Memory short, all share one
 * object: wrong for who compares identities, harmless for who passes one on.
 */
#include "cxx/list.hpp"
#include "cxx/lock.hpp"
#include "lx/errno.h"
#include "lx/thread.h"
#include "lx/wait.h"
#include "thread.hpp"

namespace nt {

namespace {

using ThreadList = List<Thread, Member<Thread, &Thread::link>>;

constexpr u32 kLists = 64;

class Identities : NonMovable {
public:
	Thread *find(lx_task *task);
	void insert(Thread &thread);
	void sweep(ThreadList &list, ThreadList &gone);
	void insert_and_sweep(Thread &thread, ThreadList &gone);
	void take_all(ThreadList &gone);

	SpinLock lock{LX_RANK_OBJECT};	/* protects the lists; any context */

private:
	ThreadList &list_of(const lx_task *task)
	{
		u64 key = reinterpret_cast<uptr>(task) >> 6;

		return lists_[(key * 0x9E3779B97F4A7C15ULL) >> 58];
	}

	ThreadList lists_[kLists];
	u32 sweep_ = 0;
};

static_assert((1U << (64 - 58)) == kLists);

Thread *Identities::find(lx_task *task)
{
	ThreadList &list = list_of(task);

	for (Thread *at = list.first(); at; at = list.next(*at)) {
		if (at->task == task)
			return at;
	}
	return nullptr;
}

void Identities::insert(Thread &thread)
{
	list_of(thread.task).push_front(thread);
}

void Identities::sweep(ThreadList &list, ThreadList &gone)
{
	for (Thread *at = list.first(), *next; at; at = next) {
		next = list.next(*at);
		if (at->foreign && lx_task_has_exited(at->task)) {
			ThreadList::remove(*at);
			gone.push_back(*at);
		}
	}
}

void Identities::insert_and_sweep(Thread &thread, ThreadList &gone)
{
	sweep(list_of(thread.task), gone);
	sweep(lists_[sweep_++ % kLists], gone);
	insert(thread);
}

void Identities::take_all(ThreadList &gone)
{
	for (ThreadList &list : lists_)
		gone.splice_back(list);
}

alignas(Identities) constinit u8 storage[sizeof(Identities)] = {};
constinit Thread *nobody;	/* what tasks share when memory is short */

Identities &identities()
{
	return *reinterpret_cast<Identities *>(storage);
}

void unref_all(ThreadList &gone)
{
	while (Thread *thread = gone.pop_front())
		thread_header(*thread).unref();
}

Thread *find_current()
{
	auto guard = identities().lock.acquire_irqsave();

	return identities().find(lx_task_self());
}

/* A softirq on this task's back may have been faster. */
Thread &enter_foreign(Thread &made)
{
	ThreadList gone;
	Thread *winner;
	{
		auto guard = identities().lock.acquire_irqsave();

		winner = identities().find(made.task);
		if (!winner) {
			identities().insert_and_sweep(made, gone);
			winner = &made;
		}
	}
	if (winner != &made)
		thread_header(made).unref();
	unref_all(gone);
	return *winner;
}

} /* namespace */

Thread &thread_current()
{
	/* A softirq on the back of a task that has ended: what it had for an identity is swept away. */
	if (lx_task_has_exited(lx_task_self()))
		return *nobody;
	if (Thread *known = find_current())
		return *known;

	Thread *made = thread_make(Mem::Atomic);

	if (!made)
		return *nobody;
	made->foreign = true;
	made->dispatcher.Type = static_cast<UCHAR>(Waitable::ForeignThread);
	made->task = lx_task_self();
	lx_task_get(made->task);
	made->tid = lx_task_tid();
	return enter_foreign(*made);
}

Thread *thread_current_system()
{
	Thread *known = find_current();

	return known && !known->foreign ? known : nullptr;
}

/* A foreign object may be there, made by a softirq before the thread's first step: replaced. */
void identity_enter(Thread &self)
{
	Thread *stale;
	ThreadList gone;
	{
		auto guard = identities().lock.acquire_irqsave();

		stale = identities().find(self.task);
		if (stale) {
			ThreadList::remove(*stale);
			gone.push_back(*stale);
		}
		identities().insert(self);
	}
	unref_all(gone);
}

void identity_leave(Thread &self)
{
	auto guard = identities().lock.acquire_irqsave();

	ThreadList::remove(self);
}

int identity_start()
{
	nobody = thread_make(Mem::Sleep);
	if (!nobody)
		return -LX_ENOMEM;
	nobody->foreign = true;
	nobody->dispatcher.Type = static_cast<UCHAR>(Waitable::ForeignThread);
	new (storage) Identities;
	return 0;
}

void identity_stop()
{
	ThreadList gone;

	identities().take_all(gone);
	unref_all(gone);
	identities().~Identities();
	thread_header(*nobody).unref();
}

} /* namespace nt */
