// SPDX-License-Identifier: GPL-2.0
/* KEVENT: 24 bytes of the driver's, often on a stack; dispatcher.hpp has the rules. */
#include "dispatcher.hpp"
#include "lx/irql.h"
#include "lx/log.h"

using namespace nt;

namespace {

bool is_event(const KEVENT &event)
{
	switch (static_cast<Waitable>(event.Header.Type)) {
	case Waitable::NotificationEvent:
	case Waitable::SynchronizationEvent:
		return true;
	default:
		return false;
	}
}

bool check_event(const KEVENT *event, const char *call)
{
	if (event && is_event(*event))
		return true;
	lx_log_misuse("KE-EVENT: %s on %p, which is no event (type %u)", call, event,
		      event ? event->Header.Type : 0);
	return false;
}

LONG make_unsignalled(KEVENT &event)
{
	DispatcherGuard guard(&event);
	LONG before = event.Header.SignalState;

	event.Header.SignalState = 0;
	return before;
}

} /* namespace */

/**
 * KeInitializeEvent() - make an event of @Event's memory.
 * @Event: 24 bytes of the caller's: heap, global or stack.
 * @Type: NotificationEvent (stays set, releases every wait) or
 *	SynchronizationEvent (releases one wait, in order of arrival, and resets).
 * @State: TRUE to begin signalled.
 *
 * Nothing is allocated and nothing has to be undone: the memory may simply go
 * once no wait and no KeSetEvent is in progress (nt-api.md 5.22).
 * Context: any IRQL; any Linux context.
 */
extern "C" VOID KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State)
{
	Waitable type = Waitable::NotificationEvent;

	if (Type == SynchronizationEvent)
		type = Waitable::SynchronizationEvent;
	else if (Type != NotificationEvent)
		lx_log_misuse("KE-EVENT: KeInitializeEvent with type %d", static_cast<int>(Type));
	dispatcher_init(Event->Header, type, State ? 1 : 0);
}

/**
 * KeSetEvent() - signal an event.
 * @Event: the event.
 * @Increment: priority boost of the waiters; Linux's scheduler decides itself.
 * @Wait: TRUE announces a KeWaitXxx call right behind this one. Windows then keeps
 *	its dispatcher locked in between, which saves a context switch and promises
 *	nothing else; here the two calls are two steps.
 *
 * The event is not touched any more when a wait that it ends has returned.
 * Context: IRQL <= DISPATCH_LEVEL if @Wait is FALSE, else PASSIVE_LEVEL; any
 * Linux context but NMI.
 * Return: the state before: non-zero if it was signalled.
 */
extern "C" LONG KeSetEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait)
{
	(void)Increment;
	if (!check_event(Event, "KeSetEvent"))
		return 0;
	if (Wait && lx_context_is_atomic())
		lx_log_misuse("KE-EVENT: KeSetEvent with Wait=TRUE at DISPATCH_LEVEL");
	return dispatcher_signal(Event->Header, 1);
}

/**
 * KeResetEvent() - make an event not signalled.
 * Context: IRQL <= DISPATCH_LEVEL; any Linux context but NMI.
 * Return: the state before: non-zero if it was signalled.
 */
extern "C" LONG KeResetEvent(PRKEVENT Event)
{
	return check_event(Event, "KeResetEvent") ? make_unsignalled(*Event) : 0;
}

/**
 * KeClearEvent() - as KeResetEvent(), without the answer.
 * Context: IRQL <= DISPATCH_LEVEL; any Linux context but NMI.
 */
extern "C" VOID KeClearEvent(PRKEVENT Event)
{
	if (check_event(Event, "KeClearEvent"))
		make_unsignalled(*Event);
}

/**
 * KeReadStateEvent() - look at an event.
 *
 * It takes the object's lock: who polls an event and then lets its memory go
 * must not overtake the KeSetEvent it has seen.
 * Context: IRQL <= DISPATCH_LEVEL; any Linux context but NMI.
 * Return: non-zero if it is signalled.
 */
extern "C" LONG KeReadStateEvent(PRKEVENT Event)
{
	if (!check_event(Event, "KeReadStateEvent"))
		return 0;
	DispatcherGuard guard(Event);
	return Event->Header.SignalState;
}
