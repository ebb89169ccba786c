// SPDX-License-Identifier: GPL-2.0
/*
 * A request on the queue has a cancel routine. Whoever takes the routine back
 * (irp_claim) owns the request; if IoCancelIrp was first, its routine completes
 * the request and all others leave it alone (CAN-15).
 */
#include "lane.hpp"

#include "socket.hpp"

namespace wsk {

void complete_request(PIRP irp)
{
	Socket *socket = Request(irp).socket();
	{
		const Registration::Inside inside(socket->registration());

		nt::irp_complete(irp, irp->IoStatus.Status, irp->IoStatus.Information);
	}
	socket->end();
}

void Lane::finish_locked(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
	irp->IoStatus.Status = status;
	irp->IoStatus.Information = information;
	done_.push_back(*irp);
}

/*
 * On the queue before it can be cancelled: the cancel routine takes it off. False
 * if it was cancelled before anybody could be told; what was moved so far is
 * reported (RCV-12, CAN-6).
 */
bool Lane::queue_locked(PIRP irp, bool in_front)
{
	if (in_front)
		queue_.push_front(*irp);
	else
		queue_.push_back(*irp);
	waiting_++;
	if (nt::irp_arm_cancel(irp, cancel_))
		return true;
	queue_.remove(*irp);
	waiting_--;
	finish_locked(irp, STATUS_CANCELLED, Request(irp).done());
	return false;
}

/* The end of a shut lane: everything that waits, in order, and what was refused meanwhile. */
void Lane::flush_locked()
{
	if (!is_shut_ || taken_)
		return;
	while (PIRP irp = queue_.pop_front()) {
		waiting_--;
		if (nt::irp_claim(irp))
			finish_locked(irp, shut_status_, Request(irp).done());
	}
	while (PIRP irp = refused_.pop_front())
		done_.push_back(*irp);
}

bool Lane::push(PIRP irp)
{
	auto guard = lock_.acquire();

	if (!is_shut_ || taken_)
		return queue_locked(irp, false);
	finish_locked(irp, shut_status_, 0);
	return false;
}

PIRP Lane::take()
{
	auto guard = lock_.acquire();

	while (PIRP irp = torn_ ? nullptr : queue_.pop_front()) {
		waiting_--;
		if (nt::irp_claim(irp)) {
			taken_ = irp;
			return irp;
		}
		/*
		 * Its cancel routine waits for this lock, finds it off the queue, and completes
		 * it. If it tore the stream, nothing may follow: the lane is being shut (CAN-6).
		 */
		const Request request(irp);

		torn_ = torn_ || request.socket()->tears_stream(request.op(), request.done());
	}
	return nullptr;
}

bool Lane::put_back(PIRP irp)
{
	auto guard = lock_.acquire();

	taken_ = nullptr;
	if (is_shut_) {
		finish_locked(irp, shut_status_, Request(irp).done());
		flush_locked();
		return false;
	}
	return queue_locked(irp, true);
}

void Lane::finish(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
	auto guard = lock_.acquire();

	finish_locked(irp, status, information);
	if (irp != taken_)
		return;
	taken_ = nullptr;
	flush_locked();
}

void Lane::refuse(PIRP irp, NTSTATUS status)
{
	auto guard = lock_.acquire();

	irp->IoStatus.Status = status;
	irp->IoStatus.Information = 0;
	(is_shut_ && taken_ ? refused_ : done_).push_back(*irp);
}

void Lane::shut(NTSTATUS status)
{
	auto guard = lock_.acquire();

	if (is_shut_)
		return;
	is_shut_ = true;
	shut_status_ = status;
	flush_locked();
}

void Lane::remove(PIRP irp)
{
	auto guard = lock_.acquire();

	if (!nt::link_in_list(irp->Tail.Overlay.ListEntry))
		return;
	queue_.remove(*irp);
	waiting_--;
}

unsigned int Lane::waiting()
{
	auto guard = lock_.acquire();

	return waiting_;
}

bool Lane::has_done()
{
	auto guard = lock_.acquire();

	return !done_.empty();
}

bool Lane::enter()
{
	auto guard = lock_.acquire();

	if (pumping_) {
		pump_again_ = true;
		return false;
	}
	pumping_ = true;
	return true;
}

bool Lane::leave()
{
	auto guard = lock_.acquire();

	if (pump_again_) {
		pump_again_ = false;
		return false;
	}
	pumping_ = false;
	return true;
}

void Lane::hand_over()
{
	auto guard = lock_.acquire();

	pump_again_ = false;
	pumping_ = false;
}

bool Lane::deliver(unsigned int budget)
{
	{
		auto guard = lock_.acquire();

		if (delivering_)
			return false;
		delivering_ = true;
	}
	for (;;) {
		PIRP irp;
		{
			auto guard = lock_.acquire();

			irp = budget ? done_.pop_front() : nullptr;
			if (!irp) {
				delivering_ = false;
				return !done_.empty();
			}
		}
		budget--;
		complete_request(irp);
	}
}

bool Lane::deliver_own(PIRP irp)
{
	{
		auto guard = lock_.acquire();

		if (delivering_ || done_.first() != irp)
			return !delivering_ && !done_.empty();
		delivering_ = true;
		done_.pop_front();
	}
	complete_request(irp);

	auto guard = lock_.acquire();

	delivering_ = false;
	return !done_.empty();
}

} /* namespace wsk */
