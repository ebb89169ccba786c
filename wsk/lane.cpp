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

	nt::irp_complete(irp, irp->IoStatus.Status, irp->IoStatus.Information);
	socket->drop();
}

void Lane::finish_locked(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
	irp->IoStatus.Status = status;
	irp->IoStatus.Information = information;
	done_.push_back(*irp);
}

void Lane::push(PIRP irp)
{
	auto guard = lock_.acquire();

	if (is_shut_) {
		finish_locked(irp, shut_status_, 0);
		return;
	}
	/* On the queue before it can be cancelled: the routine takes it off. */
	queue_.push_back(*irp);
	waiting_++;
	if (nt::irp_arm_cancel(irp, cancel_))
		return;
	queue_.remove(*irp);
	waiting_--;
	finish_locked(irp, STATUS_CANCELLED, 0);
}

PIRP Lane::take()
{
	auto guard = lock_.acquire();

	while (PIRP irp = queue_.pop_front()) {
		waiting_--;
		if (nt::irp_claim(irp))
			return irp;
		/* Its cancel routine waits for this lock, finds it off the queue, and completes it. */
	}
	return nullptr;
}

bool Lane::put_back(PIRP irp)
{
	auto guard = lock_.acquire();

	if (is_shut_) {
		finish_locked(irp, shut_status_, Request(irp).done());
		return false;
	}
	queue_.push_front(*irp);
	waiting_++;
	if (nt::irp_arm_cancel(irp, cancel_))
		return true;
	queue_.remove(*irp);
	waiting_--;
	finish_locked(irp, STATUS_CANCELLED, Request(irp).done());
	return false;
}

void Lane::finish(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
	auto guard = lock_.acquire();

	finish_locked(irp, status, information);
}

void Lane::shut(NTSTATUS status)
{
	auto guard = lock_.acquire();

	if (is_shut_)
		return;
	is_shut_ = true;
	shut_status_ = status;
	while (PIRP irp = queue_.pop_front()) {
		waiting_--;
		if (nt::irp_claim(irp))
			finish_locked(irp, status, Request(irp).done());
	}
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
