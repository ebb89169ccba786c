/* SPDX-License-Identifier: GPL-2.0 */
/* WSK_TRANSPORT_LIST_QUERY and WSK_TRANSPORT_LIST_CHANGE. */
#pragma once

#include <wsk.h>

#include "cxx/lock.hpp"
#include "request.hpp"

namespace wsk {

class Registration;

/* The WSK_TRANSPORT_LIST_CHANGE IRPs of one registration; transports.cpp's lock protects all of it. */
struct TransportWaiters : nt::NonMovable {
	TransportWaiters() { nt::link_init(link); }

	LIST_ENTRY link;	/* among those that have any */
	IrpList irps;
	bool is_over = false;	/* the registration ends: none may wait any more */
};

void transports_start();
void transports_stop();

/* STATUS_SUCCESS, or why nothing was written to @out; *@needed is stored unless a parameter is wrong. */
NTSTATUS transports_query(SIZE_T size, void *out, SIZE_T *needed);

/* Takes @irp, which check_irp() let pass, in a call in progress. Returns STATUS_PENDING. */
NTSTATUS transports_wait(Registration &registration, PIRP irp);

/*
 * The registration ends: what waits, and what comes from now on, ends with
 * STATUS_CANCELLED. Calls no routine itself. Context: IRQL <= DISPATCH_LEVEL.
 */
void transports_cancel(TransportWaiters &waiters);

nt::SpinLock &transports_lock();
/* Calls @tell for each IRP that waits, with the lock. */
template <class Tell> void transports_each(TransportWaiters &waiters, Tell tell)
{
	auto guard = transports_lock().acquire();

	waiters.irps.each(tell);
}

} /* namespace wsk */
