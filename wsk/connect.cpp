// SPDX-License-Identifier: GPL-2.0
/*
 * Connecting without waiting: the SYN is sent by the control work item, the IRP is
 * parked, and the state_change callback has the tasklet look at the outcome.
 * Nobody sits in connect(), so close and cancel end the attempt now (CON-12)
 * and not after the retransmissions.
 */
#include <ntstatus.h>

#include "lx/errno.h"
#include "socket.hpp"
#include "status.hpp"

namespace wsk {

/* @to by value: once the IRP is parked it may end and be freed at any moment. */
void Socket::start_connect(PIRP irp, lx_addr to)
{
	bool parked;
	int err;
	{
		auto guard = lock_.acquire();

		if (state_ != State::Bound) {	/* CON-7, CON-8 */
			guard.unlock();
			finish_control(irp, STATUS_INVALID_DEVICE_STATE);
			return;
		}
		state_ = State::Connecting;
		/* Closing first would have left nobody to end this request. */
		parked = !closing_ && nt::irp_arm_cancel(irp, on_cancel);
		if (parked)
			connect_irp_ = irp;
	}
	if (!parked) {
		finish_connect(irp, STATUS_CANCELLED);
		return;
	}
	err = lx_sock_connect(sock_, &to);
	if (!err || err == -LX_EINPROGRESS) {
		{
			auto guard = lock_.acquire();

			syn_sent_ = true;
		}
		poll_connect();
		return;
	}
	if (PIRP mine = take_connect())
		finish_connect(mine, connection_status(err));
}

/* The parked IRP, ours to complete; NULL if there is none or its cancel routine has it. */
PIRP Socket::take_connect()
{
	auto guard = lock_.acquire();

	return take_connect_locked();
}

PIRP Socket::take_connect_locked()
{
	PIRP irp = connect_irp_;

	if (!irp || !nt::irp_claim(irp))
		return nullptr;
	connect_irp_ = nullptr;
	return irp;
}

/* Context: IRQL <= DISPATCH_LEVEL; the control work item and the tasklet. */
void Socket::poll_connect()
{
	bool connecting;
	int err;
	{
		auto guard = lock_.acquire();

		/* Before the SYN a closed TCP socket is no answer. */
		connecting = connect_irp_ && syn_sent_;
	}
	if (!connecting)
		return;
	err = lx_sock_connect_result(sock_);
	if (err == -LX_EINPROGRESS)
		return;
	if (PIRP irp = take_connect())
		finish_connect(irp, connection_status(err));
}

/* @irp is nobody's but ours. After a cancelled attempt the handshake is torn down too (CAN-4). */
void Socket::finish_connect(PIRP irp, NTSTATUS status)
{
	const bool creating = Request(irp).op() == Op::CreateConnect;
	const bool good = status == STATUS_SUCCESS;
	bool abort;
	{
		auto guard = lock_.acquire();

		if (connect_irp_ == irp)
			connect_irp_ = nullptr;
		state_ = good ? State::Connected : State::Failed;
		abort = status == STATUS_CANCELLED && !closing_ && !creating;
		abort_wanted_ |= abort;
	}
	if (abort)
		queue_work(control_work_);

	const Hold hold(*this);

	/* A reset that came before the state did has made its edge already (SND-17, RCV-27). */
	if (good)
		raise(in);

	complete_here_or_later(in, irp, status,
			       good && creating ? reinterpret_cast<ULONG_PTR>(handle()) : 0);
	/* SCN-5, CAN-8: of a failed WskSocketConnect nothing is left. */
	if (creating && !good)
		close_by_force();
}

} /* namespace wsk */
