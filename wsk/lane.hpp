/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One direction of a socket: requests that wait, in call order, and requests
 * that are finished and wait for their completion routine, in the order in which they
 * finished. Receives, sends and accepts each have a lane.
 *
 * Two owner states keep clients apart from data. The pump (enter, leave) moves
 * data and calls nobody. The runner (deliver) calls completion routines with no
 * lock held. There is at most one of each; whoever comes second leaves a note
 * that the first one reads before it goes, so no wake-up is lost and nothing
 * recurses: a completion routine that issues the next request finds the runner
 * busy, and its request is delivered by the loop that called it.
 */
#pragma once

#include "cxx/lock.hpp"
#include "request.hpp"

namespace wsk {

class Lane : nt::NonMovable {
public:
	/* @cancel releases the cancel lock and calls Socket::cancelled(). */
	explicit Lane(PDRIVER_CANCEL cancel) : cancel_(cancel) {}

	/*
	 * Behind what waits; false if it is finished instead, because it was cancelled
	 * before or the lane is shut. The IRP can be gone before this returns.
	 */
	bool push(PIRP irp);

	/* The first waiting request, ours alone until put_back() or finish(). */
	PIRP take();
	/*
	 * Back to the front; false if it was cancelled or the lane shut meanwhile: then
	 * it is finished, and may be gone already.
	 */
	bool put_back(PIRP irp);
	/* A taken request, or one that never was in the queue, behind what is finished. */
	void finish(PIRP irp, NTSTATUS status, ULONG_PTR information);
	/* One that never is in the queue; of a shut lane, behind those that the end of the taken one ends. */
	void refuse(PIRP irp, NTSTATUS status);
	/*
	 * Every request, also those still to come, ends with @status. The first call
	 * decides. While one is taken the rest wait for it: they end in call order.
	 */
	void shut(NTSTATUS status);
	/* For the cancel routine: off the queue, if it is still on it. */
	void remove(PIRP irp);

	unsigned int waiting();
	/* Those that wait, in order, and then those whose routine is to be called. Its lock is held. */
	template <class Tell> void each(Tell tell)
	{
		auto guard = lock_.acquire();

		queue_.each(tell);
		refused_.each(tell);
		done_.each(tell);
	}
	bool has_done();

	/* True: the caller is the pump. False: the pump will look again. */
	bool enter();
	/* False: something changed since; pump again. */
	bool leave();
	/* Whatever has changed: the caller sees to it that somebody pumps again. */
	void hand_over();

	/* Calls completion routines until none is left or @budget is used; true if some are left. */
	bool deliver(unsigned int budget);
	/* Completes @irp if nothing is queued before it; true if something is left for the tasklet. */
	bool deliver_own(PIRP irp);

private:
	void finish_locked(PIRP irp, NTSTATUS status, ULONG_PTR information);
	bool queue_locked(PIRP irp, bool in_front);
	void flush_locked();

	nt::SpinLock lock_{LX_RANK_LANE};	/* protects what follows */
	IrpList queue_;
	IrpList refused_;
	IrpList done_;
	PIRP taken_ = nullptr;
	unsigned int waiting_ = 0;
	bool pumping_ = false;
	bool pump_again_ = false;
	bool delivering_ = false;
	bool torn_ = false;	/* a send was cancelled in its midst: no more, until shut() */
	bool is_shut_ = false;
	NTSTATUS shut_status_ = 0;

	const PDRIVER_CANCEL cancel_;
};

/* Calls the completion routine and lets go of the socket. The IRP is not touched again. */
void complete_request(PIRP irp);

} /* namespace wsk */
