// SPDX-License-Identifier: GPL-2.0
/*
 * KeWaitXxx and KeDelayExecutionThread. Waits sleep in TASK_IDLE: they are no
 * load, no hung task, and no signal ends them. There are no APCs here, so
 * Alertable and WaitMode change nothing and STATUS_ALERTED and STATUS_USER_APC
 * are never returned.
 */
#include "wait.hpp"
#include "cxx/list.hpp"
#include "dispatcher.hpp"
#include "lx/irql.h"
#include "lx/log.h"
#include "lx/time.h"
#include "lx/wait.h"
#include "time.hpp"
#include <ntstatus.h>

namespace nt {

Deadline deadline_of(const LARGE_INTEGER *timeout)
{
	constexpr u64 kLatest = ~0ULL >> 1;	/* ktime_t is signed */
	u64 units;

	if (!timeout)
		return {false, Deadline::kForever};
	if (timeout->QuadPart > 0) {
		u64 now = system_time();

		if (static_cast<u64>(timeout->QuadPart) <= now)
			return {true, 0};
		units = static_cast<u64>(timeout->QuadPart) - now;
	} else {
		units = 0 - static_cast<u64>(timeout->QuadPart);
	}
	if (!units)
		return {true, 0};

	u64 now_ns = lx_time_monotonic_ns();

	if (units > (kLatest - now_ns) / 100)
		return {false, Deadline::kForever};
	return {false, now_ns + units * 100};
}

namespace {

static_assert(sizeof(WaitBlock) <= sizeof(KWAIT_BLOCK), "wait blocks are the driver's memory");

NTSTATUS status_of(u32 outcome)
{
	if (outcome == Wait::kTimedOut)
		return STATUS_TIMEOUT;
	return STATUS_WAIT_0 + static_cast<NTSTATUS>(outcome);
}

void block_init(Wait &wait, u32 index, PVOID object)
{
	WaitBlock &block = wait.blocks[index];

	block.wait = &wait;
	block.object = static_cast<DISPATCHER_HEADER *>(object);
	block.index = index;
	link_init(block.link);
}

void block_enqueue(WaitBlock &block)
{
	link_insert_after(*dispatcher_waiters(*block.object).Blink, block.link);
}

/*
 * The two begin functions return how many objects the wait was linked into: at
 * none it has been decided, or it is a poll.
 *
 * A wait for any: looks at one object after the other. What has been linked
 * before can end the wait while a later object is looked at; the claim decides.
 */
u32 begin_any(Wait &wait, bool poll)
{
	u32 linked = 0;

	for (u32 i = 0; i < wait.count && !wait.decided(); i++) {
		WaitBlock &block = wait.blocks[i];
		DispatcherGuard guard(block.object);

		if (dispatcher_signalled(*block.object)) {
			if (wait.claim(i))
				dispatcher_consume(*block.object);
		} else if (!poll) {
			block_enqueue(block);
			linked++;
		}
	}
	return linked;
}

/* A wait for all: every state is looked at, and taken, at one moment. */
u32 begin_all(Wait &wait, bool poll)
{
	DispatcherGuard guard(DispatcherGuard::All{});
	bool all = true;

	for (u32 i = 0; i < wait.count; i++)
		all = all && dispatcher_signalled(*wait.blocks[i].object);
	if (all) {
		wait.claim(0);
		for (u32 i = 0; i < wait.count; i++)
			dispatcher_consume(*wait.blocks[i].object);
		return 0;
	}
	if (poll)
		return 0;
	for (u32 i = 0; i < wait.count; i++)
		block_enqueue(wait.blocks[i]);
	return wait.count;
}

void sleep_until_decided(Wait &wait, u64 deadline_ns)
{
	for (;;) {
		lx_wait_prepare();
		if (wait.decided())
			break;
		if (lx_wait_sleep(deadline_ns)) {
			wait.claim(Wait::kTimedOut);	/* or a setter was first */
			break;
		}
	}
	lx_wait_finish();
}

/* Also where a setter that has decided this wait lets go of its object (nt-api.md 5.22). */
void end(Wait &wait)
{
	for (u32 i = 0; i < wait.count; i++) {
		DispatcherGuard guard(wait.blocks[i].object);

		link_remove(wait.blocks[i].link);
	}
}

/*
 * At DISPATCH_LEVEL nothing may sleep. Windows stops the machine there; here a
 * wait that is satisfied at once is satisfied, any other is refused, both are
 * reported.
 */
NTSTATUS run(Wait &wait, const LARGE_INTEGER *timeout)
{
	bool polls = timeout && timeout->QuadPart == 0;
	bool misused = !polls && lx_context_is_atomic();
	Deadline deadline = deadline_of(timeout);

	if (misused) {
		lx_log_misuse("KE-WAIT: wait with a time-out other than zero at DISPATCH_LEVEL");
		deadline.poll = true;
	}
	if (!deadline.poll)
		lx_might_sleep();
	if (wait.all ? begin_all(wait, deadline.poll) : begin_any(wait, deadline.poll)) {
		sleep_until_decided(wait, deadline.ns);
		end(wait);
	}
	if (wait.decided())
		return status_of(wait.outcome);
	return misused ? STATUS_INVALID_PARAMETER : STATUS_TIMEOUT;
}

NTSTATUS check_object(const void *object)
{
	if (!object) {
		lx_log_misuse("KE-WAIT: wait on NULL");
		return STATUS_INVALID_PARAMETER;
	}
	if (!dispatcher_is_waitable(*static_cast<const DISPATCHER_HEADER *>(object))) {
		lx_log_misuse("KE-WAIT: wait on %p, which is not waitable (type %u)", object,
			      static_cast<const DISPATCHER_HEADER *>(object)->Type);
		return STATUS_OBJECT_TYPE_MISMATCH;
	}
	return STATUS_SUCCESS;
}

} /* namespace */

} /* namespace nt */

using namespace nt;

/**
 * KeWaitForSingleObject() - wait until an object is signalled.
 * @Object: an event or a thread; it stays valid until the wait returns.
 * @WaitReason: for debuggers; ignored.
 * @WaitMode: ignored: no wait is ended by APCs or signals.
 * @Alertable: ignored, for the same reason.
 * @Timeout: NULL: for ever; 0: look, do not wait; negative: 100 ns units from now;
 *	positive: system time, in 100 ns units since 1601.
 *
 * When it returns, nobody touches @Object any more on this wait's behalf: an
 * event on the caller's stack may go (nt-api.md 5.22).
 * Context: IRQL PASSIVE_LEVEL, process context that may sleep; at DISPATCH_LEVEL
 * (softirq, bottom halves off) with a @Timeout of 0 only.
 * Return: STATUS_SUCCESS; STATUS_TIMEOUT; STATUS_OBJECT_TYPE_MISMATCH for memory that
 * is no waitable object; STATUS_INVALID_PARAMETER for NULL, and for a wait at
 * DISPATCH_LEVEL that would have slept (Windows stops the machine). The last
 * three are reported as misuse.
 */
extern "C" NTSTATUS KeWaitForSingleObject(PVOID Object, KWAIT_REASON WaitReason,
					  KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
					  PLARGE_INTEGER Timeout)
{
	WaitBlock block;
	Wait wait{lx_task_self(), &block, 1, false};
	NTSTATUS status = check_object(Object);

	(void)WaitReason;
	(void)WaitMode;
	(void)Alertable;
	if (status != STATUS_SUCCESS)
		return status;
	block_init(wait, 0, Object);
	return run(wait, Timeout);
}

/**
 * KeWaitForMultipleObjects() - wait for one of several objects, or for all.
 * @Count: 1 to THREAD_WAIT_OBJECTS, with @WaitBlockArray to MAXIMUM_WAIT_OBJECTS.
 * @Object: the objects; each stays valid until the wait returns.
 * @WaitType: WaitAny: the first to be signalled ends the wait, of several that
 *	already are the one with the lowest index. WaitAll: ends at a moment when
 *	all are signalled; until then none is taken.
 * @WaitReason: ignored.
 * @WaitMode: ignored.
 * @Alertable: ignored.
 * @Timeout: as for KeWaitForSingleObject().
 * @WaitBlockArray: @Count blocks in memory that stays valid until the return; NULL for
 *	up to THREAD_WAIT_OBJECTS.
 *
 * Context: as KeWaitForSingleObject().
 * Return: STATUS_WAIT_0 + index (WaitAny); STATUS_WAIT_0 (WaitAll); STATUS_TIMEOUT;
 * STATUS_INVALID_PARAMETER for a wrong @Count, @WaitType or NULL, or at
 * DISPATCH_LEVEL; STATUS_OBJECT_TYPE_MISMATCH. The last two are reported as misuse.
 */
extern "C" NTSTATUS KeWaitForMultipleObjects(ULONG Count, PVOID Object[], WAIT_TYPE WaitType,
					     KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode,
					     BOOLEAN Alertable, PLARGE_INTEGER Timeout,
					     PKWAIT_BLOCK WaitBlockArray)
{
	WaitBlock own[THREAD_WAIT_OBJECTS];
	Wait wait{lx_task_self(), own, Count, WaitType == WaitAll};

	(void)WaitReason;
	(void)WaitMode;
	(void)Alertable;
	if (!Count || Count > MAXIMUM_WAIT_OBJECTS ||
	    (WaitType != WaitAll && WaitType != WaitAny) ||
	    (Count > THREAD_WAIT_OBJECTS && !WaitBlockArray)) {
		lx_log_misuse("KE-WAIT: wait for %u objects, type %d, wait blocks %p", Count,
			      static_cast<int>(WaitType), WaitBlockArray);
		return STATUS_INVALID_PARAMETER;
	}
	if (Count > THREAD_WAIT_OBJECTS)
		wait.blocks = reinterpret_cast<WaitBlock *>(WaitBlockArray);
	for (ULONG i = 0; i < Count; i++) {
		NTSTATUS status = check_object(Object[i]);

		if (status != STATUS_SUCCESS)
			return status;
		block_init(wait, i, Object[i]);
	}
	return run(wait, Timeout);
}

/**
 * KeDelayExecutionThread() - sleep.
 * @WaitMode: ignored.
 * @Alertable: ignored.
 * @Interval: as the time-out of KeWaitForSingleObject(); 0 gives up the processor.
 *
 * Context: PASSIVE_LEVEL, process context that may sleep.
 * Return: STATUS_SUCCESS after the interval; STATUS_INVALID_PARAMETER, reported as
 * misuse, for NULL and at DISPATCH_LEVEL.
 */
extern "C" NTSTATUS KeDelayExecutionThread(KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
					   PLARGE_INTEGER Interval)
{
	Wait never{lx_task_self(), nullptr, 0, false};

	(void)WaitMode;
	(void)Alertable;
	if (!Interval || lx_context_is_atomic()) {
		lx_log_misuse("KE-WAIT: KeDelayExecutionThread %s",
			      Interval ? "at DISPATCH_LEVEL" : "without an interval");
		return STATUS_INVALID_PARAMETER;
	}

	Deadline deadline = deadline_of(Interval);

	lx_might_sleep();
	if (deadline.poll)
		lx_yield();
	else
		sleep_until_decided(never, deadline.ns);
	return STATUS_SUCCESS;
}
