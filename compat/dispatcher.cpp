// SPDX-License-Identifier: GPL-2.0
#include "dispatcher.hpp"
#include "cxx/list.hpp"
#include "cxx/new.hpp"
#include "lx/lock.h"
#include "lx/sizes.h"
#include "lx/wait.h"

namespace nt {

namespace {

constexpr u32 kBuckets = 16;
constexpr u32 kAllBuckets = kBuckets;

/* A cache line each: neighbours in the table are strangers. */
struct alignas(64) Bucket {
	u8 lock[LX_SIZEOF_SPINLOCK];
};

constinit Bucket buckets[kBuckets];
constinit Bucket everything;	/* taken before two or more buckets */

u32 bucket_of(const void *object)
{
	u64 key = reinterpret_cast<uptr>(object) >> 3;

	return static_cast<u32>((key * 0x9E3779B97F4A7C15ULL) >> 60);
}

WaitBlock &block_at(LIST_ENTRY *link)
{
	return *reinterpret_cast<WaitBlock *>(link);
}

bool has_wait_for_all(DISPATCHER_HEADER &object)
{
	LIST_ENTRY &head = dispatcher_waiters(object);

	for (LIST_ENTRY *at = head.Flink; at != &head; at = at->Flink) {
		if (block_at(at).wait->all)
			return true;
	}
	return false;
}

bool all_signalled(const Wait &wait)
{
	for (u32 i = 0; i < wait.count; i++) {
		if (!dispatcher_signalled(*wait.blocks[i].object))
			return false;
	}
	return true;
}

/* Does @block's wait end here and now? The claim decides against a time-out or another object. */
bool satisfy(WaitBlock &block)
{
	Wait &wait = *block.wait;

	if (!wait.all) {
		if (!wait.claim(block.index))
			return false;
		dispatcher_consume(*block.object);
		return true;
	}
	if (!all_signalled(wait) || !wait.claim(0))
		return false;
	for (u32 i = 0; i < wait.count; i++)
		dispatcher_consume(*wait.blocks[i].object);
	return true;
}

} /* namespace */

static_assert(sizeof(DISPATCHER_HEADER) == 24 && sizeof(KEVENT) == 24, "NT's size");
static_assert(__builtin_offsetof(WaitBlock, link) == 0, "block_at() casts");
static_assert((1U << (64 - 60)) == kBuckets, "bucket_of() takes the upper four bits");

bool Wait::claim(u32 result)
{
	u32 expected = kUndecided;

	return __atomic_compare_exchange_n(&outcome, &expected, result, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

DispatcherGuard::DispatcherGuard(const void *object) : bucket_(bucket_of(object))
{
	flags_ = lx_spin_lock_irqsave(buckets[bucket_].lock);
}

DispatcherGuard::DispatcherGuard(All)
{
	lock_all();
}

DispatcherGuard::~DispatcherGuard()
{
	unlock();
}

void DispatcherGuard::widen()
{
	if (bucket_ == kAllBuckets)
		return;
	unlock();
	lock_all();
}

void DispatcherGuard::lock_all()
{
	bucket_ = kAllBuckets;
	flags_ = lx_spin_lock_irqsave(everything.lock);
	for (Bucket &bucket : buckets)
		lx_spin_lock_nest(bucket.lock, everything.lock);
}

void DispatcherGuard::unlock()
{
	if (bucket_ != kAllBuckets) {
		lx_spin_unlock_irqrestore(buckets[bucket_].lock, flags_);
		return;
	}
	for (u32 i = kBuckets; i-- > 0;)
		lx_spin_unlock(buckets[i].lock);
	lx_spin_unlock_irqrestore(everything.lock, flags_);
}

void dispatcher_init(DISPATCHER_HEADER &object, Waitable type, LONG state)
{
	object = {};
	object.Type = static_cast<UCHAR>(type);
	object.SignalState = state;
	link_init(object.WaitListHead);
}

bool dispatcher_is_waitable(const DISPATCHER_HEADER &object)
{
	switch (static_cast<Waitable>(object.Type)) {
	case Waitable::NotificationEvent:
	case Waitable::SynchronizationEvent:
	case Waitable::Thread:
		return true;
	case Waitable::ForeignThread:
		break;
	}
	return false;
}

bool dispatcher_signalled(const DISPATCHER_HEADER &object)
{
	return object.SignalState > 0;
}

void dispatcher_consume(DISPATCHER_HEADER &object)
{
	if (static_cast<Waitable>(object.Type) == Waitable::SynchronizationEvent)
		object.SignalState = 0;
}

/*
 * Zeroed memory that never saw KeInitializeEvent is a notification event without
 * waiters; NT would follow the null list. Its list is made at the first touch.
 */
LIST_ENTRY &dispatcher_waiters(DISPATCHER_HEADER &object)
{
	if (!object.WaitListHead.Flink)
		link_init(object.WaitListHead);
	return object.WaitListHead;
}

LONG dispatcher_signal(DISPATCHER_HEADER &object, LONG state)
{
	DispatcherGuard guard(&object);
	LIST_ENTRY &head = dispatcher_waiters(object);
	LONG before;

	if (has_wait_for_all(object))
		guard.widen();
	before = object.SignalState;
	object.SignalState = state;
	for (LIST_ENTRY *at = head.Flink, *next; at != &head && dispatcher_signalled(object);
	     at = next) {
		next = at->Flink;
		/* Out of the list at once, so that later signals do not pass by a decided wait. */
		if (satisfy(block_at(at))) {
			lx_task *task = block_at(at).wait->task;

			link_remove(*at);
			lx_task_wake(task);
		}
	}
	return before;
}

void dispatcher_start()
{
	for (Bucket &bucket : buckets)
		lx_spin_lock_init(bucket.lock, LX_RANK_DISPATCHER);
	lx_spin_lock_init(everything.lock, LX_RANK_WAIT_ALL);
}

} /* namespace nt */
