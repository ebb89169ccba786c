// SPDX-License-Identifier: GPL-2.0
/*
 * The pump: moves bytes between the requests of a lane and TCP, never sleeps
 * unless it runs in a work item, and calls no client. It is entered by the
 * caller of WskSend or WskReceive, by the tasklet that an edge of the socket
 * raised, and by the work item when a process owned the socket.
 *
 * A break of the connection ends what is pending with a connection status and
 * shuts both lanes; what is issued later is refused at the call (3.6 of the contract).
 */
#include <ntstatus.h>

#include "deferred.hpp"
#include "lx/errno.h"
#include "lx/irql.h"
#include "lx/log.h"
#include "lx/tasklet.h"
#include "lx/work.h"
#include "mdl.hpp"
#include "socket.hpp"
#include "status.hpp"

namespace wsk {
namespace {

/* Pieces of an MDL chain that one call of the shim takes. */
constexpr unsigned int kSegments = 16;
/* Completion routines that one tasklet run calls before it lets others in. */
constexpr unsigned int kBudget = 64;
constexpr unsigned int kRetryMs = 10;
/* Calls of the shim before the pump lets others have the CPU: 4 MiB at most. */
constexpr unsigned int kRounds = 64;

struct Segments {
	lx_segment list[kSegments];
	unsigned int count = 0;
	u64 bytes = 0;
	/* The chain was checked at the call, and is not what it was (BUF-17). */
	bool is_gone;

	Segments(const DataArgs &args, u64 done)
	{
		nt::MdlCursor at(args.mdl, u64(args.offset) + done, args.length - done);

		for (; at.piece() && count < kSegments; at.advance(at.piece_length())) {
			list[count++] = { at.piece(), at.piece_length() };
			bytes += at.piece_length();
		}
		is_gone = at.left() && !at.piece();
	}
};

} /* namespace */

/*
 * ORD-12: the caller's own IRP and no other, and only where the routine may do what
 * it likes. @irp is compared and not followed: it can be gone.
 */
NTSTATUS Socket::deliver_after_call(Lane &lane, PIRP irp)
{
	const bool left = may_call_client_inline() ? lane.deliver_own(irp) : lane.has_done();

	if (left)
		raise(lane);
	return STATUS_PENDING;
}

NTSTATUS Socket::submit_data(Lane &lane, PIRP irp)
{
	const Op op = Request(irp).op();

	if (!lane.push(irp))
		half_done(op, 0);
	pump(lane, LX_LOCK_TRY);
	return deliver_after_call(lane, irp);
}

/* On its lane, since what ended before it completes before it (SND-6, RCV-5). */
NTSTATUS Socket::refuse_data(Lane &lane, PIRP irp, NTSTATUS status)
{
	begin(irp, Op::Refuse);
	lane.refuse(irp, status);
	return deliver_after_call(lane, irp);
}

void Socket::raise(Lane &lane)
{
	lx_tasklet_raise(&lane == &in ? in_tasklet_ : out_tasklet_);
}

void Socket::pump(Lane &lane, lx_lock_mode mode)
{
	if (role_ == Role::Listen || !lane.enter())
		return;
	unsigned int rounds = 0;

	do {
		PIRP irp;

		while (rounds < kRounds && (irp = lane.take())) {
			const Op op = Request(irp).op();
			const Step step = op == Op::Receive ? receive_step(irp, mode, rounds) :
							      send_step(irp, mode, rounds);

			if (step == Step::Next)
				continue;
			const u64 done = Request(irp).done();

			/* Back in its place before anybody is told to look there. */
			if (!lane.put_back(irp)) {
				half_done(op, done);
				continue;
			}
			if (step == Step::Worker)
				queue_work(&lane == &in ? in_work_ : out_work_);
			else if (step == Step::Retry)
				lx_timer_start(retry_timer_, kRetryMs);
			break;
		}
		if (rounds >= kRounds) {
			/*
			 * Let go first: the tasklet may run within raise(), and would leave a
			 * note for a pump that only raises it again.
			 */
			lane.hand_over();
			raise(lane);
			return;
		}
	} while (!lane.leave());
}

Socket::Step Socket::failed_step(Lane &lane, PIRP irp, long error)
{
	switch (error) {
	case -LX_EAGAIN:
		return Step::Wait;
	case -LX_ENOBUFS:
		return Step::Retry;
	case -LX_EBUSY:
		return Step::Worker;
	}
	/* EPIPE says that it broke, not why. */
	const int why = lx_sock_error(sock_);
	const NTSTATUS status = broken_status(why ? why : error);

	break_connection(status);
	lane.finish(irp, status, Request(irp).done());
	return Step::Next;
}

/* What was moved before is reported; a message cut short is no message (CAN-6). */
Socket::Step Socket::taken_back(Lane &lane, PIRP irp)
{
	const u64 done = Request(irp).done();
	const Op op = Request(irp).op();

	lx_log_misuse("BUF-17: MDLs of a pending request were unlocked or changed, %s socket of %pS",
		      kind_name(), site_);
	lane.finish(irp, STATUS_INVALID_PARAMETER, done);
	half_done(op, done);
	return Step::Next;
}

/*
 * Without WSK_FLAG_WAITALL it takes what is buffered (RCV-1), which a call that could have moved
 * more has seen the end of.
 */
Socket::Step Socket::receive_step(PIRP irp, lx_lock_mode mode, unsigned int &rounds)
{
	Request request(irp);
	const DataArgs args = request.args<DataArgs>();
	const bool drain = args.flags & WSK_FLAG_DRAIN;
	const bool all = args.flags & WSK_FLAG_WAITALL;

	while (drain || request.done() < args.length) {
		if (rounds >= kRounds)
			return Step::Later;
		const Segments segments(args, drain ? 0 : request.done());

		if (segments.is_gone)
			return taken_back(in, irp);
		const long moved = lx_sock_recv(sock_, segments.list, segments.count, mode);

		rounds++;
		if (moved < 0 && !all && request.done())
			break;
		if (moved < 0)
			return failed_step(in, irp, moved);
		if (!moved)
			break;	/* the peer's FIN: a short receive is a success (RCV-10) */
		if (drain)
			continue;
		request.set_done(request.done() + moved);
		if (!all && u64(moved) < nt::min<u64>(segments.bytes, LX_SOCK_BUDGET))
			break;
	}
	in.finish(irp, STATUS_SUCCESS, request.done());
	return Step::Next;
}

Socket::Step Socket::send_step(PIRP irp, lx_lock_mode mode, unsigned int &rounds)
{
	Request request(irp);
	const DataArgs args = request.args<DataArgs>();

	/* Sent in another thread while WskDisconnect was called: behind the FIN is no place (SND-14). */
	if (fin_sent_ && request.op() == Op::Send) {
		out.finish(irp, STATUS_INVALID_DEVICE_STATE, 0);
		return Step::Next;
	}
	while (request.done() < args.length) {
		if (rounds >= kRounds)
			return Step::Later;
		Segments segments(args, request.done());

		if (segments.is_gone)
			return taken_back(out, irp);
		const long moved = lx_sock_send(sock_, segments.list, segments.count,
						args.flags & WSK_FLAG_NODELAY, mode);

		rounds++;
		if (moved < 0)
			return failed_step(out, irp, moved);
		request.set_done(request.done() + moved);
	}
	if (request.op() == Op::Disconnect)
		return shutdown_step(irp, mode);
	out.finish(irp, STATUS_SUCCESS, request.done());
	return Step::Next;
}

/* DIS-3: done when the peer has acknowledged the FIN, not when it was queued. */
Socket::Step Socket::shutdown_step(PIRP irp, lx_lock_mode mode)
{
	if (!fin_sent_) {
		if (mode != LX_LOCK_SLEEP)
			return Step::Worker;
		if (const int error = lx_sock_shutdown_send(sock_))
			return failed_step(out, irp, error);
		fin_sent_ = true;
	}
	/* In this order: a reset sets the error before the state in which a FIN is acknowledged. */
	const bool is_acked = lx_sock_fin_acked(sock_);

	if (const int error = lx_sock_error(sock_))
		return failed_step(out, irp, error);
	if (!is_acked)
		return Step::Wait;
	out.finish(irp, STATUS_SUCCESS, 0);
	return Step::Next;
}

/*
 * All at once: who is refused because of it finds both lanes shut, and does not complete before
 * those that wait (SND-6, RCV-5); and whose request it has ended is refused from then on (SND-17).
 */
void Socket::break_connection(NTSTATUS pending_status)
{
	{
		auto guard = lock_.acquire();

		if (broken_)
			return;
		broken_ = true;
		in.shut(pending_status);
		out.shut(pending_status);
	}
	raise(in);
	raise(out);
}

/* A reset that no request has met: those that come later must (SND-17, RCV-27). */
void Socket::notice_break()
{
	int error;
	{
		auto guard = lock_.acquire();

		if (state_ != State::Connected || broken_ || closing_)
			return;
	}
	error = lx_sock_error(sock_);
	if (error)
		break_connection(broken_status(error));
}

/* CAN-6: part of a message is on its way and the rest never will be. */
void Socket::tear_stream()
{
	break_connection(STATUS_CONNECTION_ABORTED);
	{
		auto guard = lock_.acquire();

		abort_wanted_ = true;
	}
	queue_work(control_work_);
}

/*
 * A part of its message stays in the stream when it ends now. A disconnect whose FIN is out has sent
 * all of it. Ours to read: the pump that had the request gave it back after that.
 */
bool Socket::tears_stream(Op op, u64 done)
{
	return done && (op == Op::Send || (op == Op::Disconnect && !fin_sent_));
}

/*
 * What was cancelled with @done bytes of it on their way. A disconnect that had not
 * begun is as if it never was called (CAN-7).
 */
void Socket::half_done(Op op, u64 done)
{
	if (tears_stream(op, done)) {
		tear_stream();
		return;
	}
	auto guard = lock_.acquire();

	if (op == Op::Disconnect && !fin_sent_)
		disconnecting_ = false;
}

void Socket::in_tasklet(void *self)
{
	auto *socket = static_cast<Socket *>(self);

	socket->poll_connect();
	socket->notice_break();
	socket->run_lane(socket->in);
}

void Socket::out_tasklet(void *self)
{
	auto *socket = static_cast<Socket *>(self);

	socket->run_lane(socket->out);
}

/* In softirq. The socket stays: release() waits for this tasklet. */
void Socket::run_lane(Lane &lane)
{
	pump(lane, LX_LOCK_TRY);
	if (lane.deliver(kBudget))
		raise(lane);
}

void Socket::in_work(void *work)
{
	Socket *socket = static_cast<Work *>(work)->socket;

	if (socket->role_ == Role::Listen)
		socket->accept_all();
	else
		socket->work_lane(socket->in);
	socket->drop();
}

void Socket::out_work(void *work)
{
	Socket *socket = static_cast<Work *>(work)->socket;

	socket->work_lane(socket->out);
	socket->drop();
}

void Socket::work_lane(Lane &lane)
{
	pump(lane, LX_LOCK_SLEEP);
	while (lane.deliver(kBudget))
		lx_yield();
}

/* In softirq: no memory a moment ago, for a send or for an accepted socket. */
void Socket::retry_timer(void *self)
{
	auto *socket = static_cast<Socket *>(self);

	if (socket->role_ == Role::Listen)
		socket->queue_work(socket->in_work_);
	else
		socket->raise(socket->out);
}

/* Under the Linux socket lock: notes and nothing else. */
void Socket::on_edge(void *self, unsigned int edges)
{
	auto *socket = static_cast<Socket *>(self);

	if (socket->role_ == Role::Listen) {
		socket->queue_work(socket->in_work_);
		return;
	}
	if (edges & LX_EDGE_READ)
		lx_tasklet_raise(socket->in_tasklet_);
	if (edges & LX_EDGE_WRITE)
		lx_tasklet_raise(socket->out_tasklet_);
}

const lx_sock_ops Socket::kOps = { on_edge };

NTSTATUS Socket::check_can_receive()
{
	auto guard = lock_.acquire();

	if (state_ != State::Connected)
		return STATUS_INVALID_DEVICE_STATE;
	return broken_ || closing_ ? STATUS_FILE_FORCED_CLOSED : STATUS_SUCCESS;
}

NTSTATUS Socket::check_can_send()
{
	const NTSTATUS status = check_can_receive();
	auto guard = lock_.acquire();

	return status ? status : disconnecting_ ? STATUS_INVALID_DEVICE_STATE : STATUS_SUCCESS;
}

NTSTATUS Socket::begin_disconnect()
{
	const NTSTATUS status = check_can_send();
	auto guard = lock_.acquire();

	if (status)
		return status;
	if (disconnecting_)
		return STATUS_INVALID_DEVICE_STATE;
	disconnecting_ = true;
	return STATUS_SUCCESS;
}

} /* namespace wsk */
