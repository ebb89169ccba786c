// SPDX-License-Identifier: GPL-2.0
/*
 * Which events a client hears of: static ones from birth, the others by
 * SO_WSK_EVENT_CALLBACK. Disabling is a barrier: it is complete when no call of the
 * callback is in progress, and it never waits itself, so a callback may disable
 * the very event it is called for (EVT-22).
 */
#include <ntstatus.h>

#include "socket.hpp"

namespace wsk {
namespace {

constexpr ULONG kConnectionEvents =
	WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT | WSK_EVENT_SEND_BACKLOG;

bool is_one_bit(ULONG mask)
{
	return mask && !(mask & (mask - 1));
}

} /* namespace */

/* SEV-13: a static event without a callback is not delivered. */
bool Socket::wants_callback_locked(ULONG event)
{
	const auto *dispatch = static_cast<const WSK_CLIENT_LISTEN_DISPATCH *>(dispatch_);

	return !closing_ && events_ & event && dispatch && dispatch->WskAcceptEvent;
}

bool Socket::wants_callback(ULONG event)
{
	auto guard = lock_.acquire();

	return wants_callback_locked(event);
}

bool Socket::begin_callback(ULONG event)
{
	auto guard = lock_.acquire();

	if (!wants_callback_locked(event))
		return false;
	callbacks_++;
	return true;
}

void Socket::end_callback()
{
	IrpList ended;
	{
		auto guard = lock_.acquire();

		if (!--callbacks_)
			ended.splice_back(disables_);
	}
	while (PIRP irp = ended.pop_front()) {
		irp->IoStatus.Status = STATUS_SUCCESS;
		irp->IoStatus.Information = 0;
		complete_request(irp);
	}
}

NTSTATUS Socket::enable_events(ULONG events)
{
	const auto *dispatch = static_cast<const WSK_CLIENT_LISTEN_DISPATCH *>(dispatch_);
	auto guard = lock_.acquire();
	const State ready = role_ == Role::Listen ? State::Bound : State::Connected;

	if (broken_ || closing_)
		return STATUS_FILE_FORCED_CLOSED;
	if (state_ != ready)
		return STATUS_INVALID_DEVICE_STATE;
	if (events & kConnectionEvents)
		return STATUS_NOT_IMPLEMENTED;
	if (!dispatch || !dispatch->WskAcceptEvent)
		return STATUS_INVALID_PARAMETER;
	events_ |= events;
	guard.unlock();
	queue_work(in_work_);	/* EVT-28: for those that wait already */
	return STATUS_SUCCESS;
}

NTSTATUS Socket::disable_event(ULONG event, PIRP irp)
{
	auto guard = lock_.acquire();

	if (static_events_ & event)
		return STATUS_INVALID_DEVICE_REQUEST;	/* SEV-7 */
	events_ &= ~event;
	if (event != WSK_EVENT_ACCEPT || !callbacks_)
		return STATUS_SUCCESS;
	if (!irp)
		return STATUS_EVENT_PENDING;	/* EVT-19 */
	begin(irp, Op::EventDisable);
	disables_.push_back(*irp);
	return STATUS_PENDING;
}

/* Completes @irp, if there is one, with what it returns (EVT-14, EVT-17). */
NTSTATUS Socket::control_events(ULONG mask, PIRP irp)
{
	const ULONG events = mask & ~WSK_EVENT_DISABLE;
	const ULONG valid =
		role_ == Role::Listen ? WSK_EVENT_ACCEPT | kConnectionEvents : kConnectionEvents;
	NTSTATUS status;

	if (!events || events & ~valid)
		status = STATUS_INVALID_PARAMETER;
	else if (!(mask & WSK_EVENT_DISABLE))
		status = enable_events(events);
	else if (is_one_bit(events))
		status = disable_event(events, irp);
	else
		status = STATUS_INVALID_PARAMETER;
	if (irp && status != STATUS_PENDING)
		return answer(irp, status);
	return status;
}

} /* namespace wsk */
