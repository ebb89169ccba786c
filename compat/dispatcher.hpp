/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Waitable objects: what KEVENT, threads and later timers, mutexes and
 * semaphores share. Each begins with a DISPATCHER_HEADER, of NT's size and
 * self-contained: drivers keep them on stacks and in memory of their own, and a
 * frame that held an event may be gone the moment its wait has returned.
 *
 * So the locks are outside the objects, hashed by address, and two rules keep a
 * setter away from a dead frame:
 *
 *  - all a setter does to an object and to its waiters (the wake-up included)
 *    happens inside the object's lock;
 *  - a waiter takes the lock of every object it waited on before it returns,
 *    and so does whoever looks at a state to act on it.
 *
 * A wait is decided exactly once, by an atomic claim of its outcome. A wait for
 * all of several objects needs all of their states at one moment: who signals
 * an object with such a waiter takes every lock (DispatcherGuard::widen), which
 * is rare enough to be simple.
 */
#pragma once

#include "cxx/types.hpp"
#include <wdm.h>

struct lx_task;

namespace nt {

/* DISPATCHER_HEADER.Type, with NT's numbers. Every other value is not waitable. */
enum class Waitable : u8 {
	NotificationEvent = 0,
	SynchronizationEvent = 1,
	Thread = 6,
	/* A task that PsCreateSystemThread did not make: an identity, not waitable. */
	ForeignThread = 0x46,
};

struct Wait;

/* One object of one wait: linked into the object while the waiter sleeps. */
struct WaitBlock {
	LIST_ENTRY link;
	Wait *wait;
	DISPATCHER_HEADER *object;
	u32 index;
};

/* One wait, on its waiter's stack. */
struct Wait {
	static constexpr u32 kUndecided = ~0U;
	static constexpr u32 kTimedOut = ~0U - 1;

	lx_task *task;
	WaitBlock *blocks;
	u32 count;
	bool all;
	u32 outcome = kUndecided;	/* atomic: index of the object, or one of the above */

	bool claim(u32 result);
	bool decided() const { return __atomic_load_n(&outcome, __ATOMIC_ACQUIRE) != kUndecided; }
};

/* Holds the lock of one object's bucket, or of all buckets; interrupts are off. */
class [[nodiscard]] DispatcherGuard : NonMovable {
public:
	struct All {};

	explicit DispatcherGuard(const void *object);
	explicit DispatcherGuard(All);
	~DispatcherGuard();
	/* From one bucket to all. Drops the lock in between: look again at what was seen. */
	void widen();

private:
	void lock_all();
	void unlock();

	u32 bucket_;
	unsigned long flags_;
};

void dispatcher_init(DISPATCHER_HEADER &object, Waitable type, LONG state);
bool dispatcher_is_waitable(const DISPATCHER_HEADER &object);

/* The object's lock, or all, is held for these three. */
bool dispatcher_signalled(const DISPATCHER_HEADER &object);
void dispatcher_consume(DISPATCHER_HEADER &object);	/* what a satisfied wait does to it */
LIST_ENTRY &dispatcher_waiters(DISPATCHER_HEADER &object);

/*
 * Makes @object's state @state and satisfies the waits that this satisfies, first
 * come first served. Any context. The object may be gone when this returns.
 * Return: the state before.
 */
LONG dispatcher_signal(DISPATCHER_HEADER &object, LONG state);

void dispatcher_start();

} /* namespace nt */
