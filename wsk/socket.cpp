// SPDX-License-Identifier: GPL-2.0
/* Making, closing and releasing a socket: see socket.hpp for what holds it. */
#include "socket.hpp"

#include <ntstatus.h>

#include "cxx/new.hpp"
#include "deferred.hpp"
#include "lx/irql.h"
#include "lx/log.h"
#include "lx/tasklet.h"
#include "lx/work.h"
#include "provider.hpp"

namespace wsk {

Socket *Socket::make(Registration &registration, const Config &config, const void *site)
{
	static_assert(__builtin_offsetof(WSK_SOCKET, Dispatch) == 0);
	const auto mem = lx_context_is_atomic() ? nt::Mem::Atomic : nt::Mem::Sleep;
	void *at = lx_mem_alloc(sizeof(Socket), static_cast<unsigned>(mem) | LX_MEM_ZERO);

	if (!at)
		return nullptr;
	auto *socket = new (at) Socket(registration, config, site);

	registration.add_socket(*socket);
	return socket;
}

Socket::Socket(Registration &registration, const Config &config, const void *site)
	: role_(config.role), is_datagram_(config.is_datagram), family_(config.family),
	  site_(site), registration_(registration), context_(config.context),
	  dispatch_(config.dispatch)
{
	const ULONG usable = role_ == Role::Listen ? WSK_EVENT_ACCEPT : 0;

	Dispatch = role_ == Role::Listen ? static_cast<const void *>(&kListenDispatch) :
					   &kConnectionDispatch;
	nt::link_init(registration_link);
	nt::link_init(forced_link);
	lx_ref_set(&holds_, 2);		/* until it is closed, and the maker's */
	static_events_ = registration.static_events() & usable;
	events_ = static_events_;

	Work *const works[] = { &control_work_, &in_work_, &out_work_, &release_work_ };
	void (*const functions[])(void *) = { control_work, in_work, out_work, release_work };

	for (int i = 0; i < 4; i++) {
		works[i]->socket = this;
		lx_work_init(works[i], functions[i]);
	}
	lx_tasklet_init(in_tasklet_, in_tasklet, this);
	lx_tasklet_init(out_tasklet_, out_tasklet, this);
	lx_timer_init(retry_timer_, retry_timer, this);
}

Socket *Socket::hold_handle(PWSK_SOCKET handle)
{
	auto *socket = static_cast<Socket *>(handle);

	if (!socket || __atomic_load_n(&socket->canary_, __ATOMIC_RELAXED) != kLive)
		return nullptr;
	return socket->try_hold() ? socket : nullptr;
}

void Socket::last_put()
{
	canary_ = 0;
	nt::destroy(this);
}

/* The last hold: nobody is in the socket any more, and nobody can come back. */
void Socket::drop()
{
	if (lx_ref_put(&holds_))
		lx_work_queue(&release_work_, LX_QUEUE_CONTROL);
}

void Socket::queue_work(Work &work)
{
	if (!try_hold())
		return;
	if (!lx_work_queue(&work, LX_QUEUE_CONTROL))
		drop();
}

bool Socket::is_closing()
{
	auto guard = lock_.acquire();

	return closing_;
}

Request Socket::begin(PIRP irp, Op op)
{
	hold();
	__atomic_fetch_add(&pending_, 1, __ATOMIC_RELAXED);
	return Request::begin(irp, this, op);
}

void Socket::end()
{
	__atomic_fetch_sub(&pending_, 1, __ATOMIC_RELAXED);
	drop();
}

/*
 * From here on every call finds the socket closed and every request ends. The
 * close IRP waits in close_irp_: it needs no memory (CLO-9) and cannot be cancelled (CAN-12).
 */
bool Socket::begin_close(PIRP irp)
{
	PIRP connect;
	{
		auto guard = lock_.acquire();

		if (closing_)
			return false;
		connect = take_connect_locked();
		if (connect)
			state_ = State::Failed;
		closing_ = true;
		close_irp_ = irp;
		if (irp)
			__atomic_fetch_add(&pending_, 1, __ATOMIC_RELAXED);
		__atomic_store_n(&canary_, kClosing, __ATOMIC_RELAXED);
		events_ = 0;
		/* By the tasklet: the caller may hold what its connect routine waits for (ORD-12). */
		if (connect)
			in.finish(connect, STATUS_CANCELLED, 0);
		/* With closing_, as in break_connection(). */
		in.shut(STATUS_CANCELLED);
		out.shut(STATUS_CANCELLED);
	}
	raise(in);
	raise(out);
	return true;
}

NTSTATUS Socket::close(PIRP irp)
{
	/* Not begin(): the holds that this IRP waits for are the others'. */
	Request::begin(irp, this, Op::Close);
	if (!begin_close(irp)) {
		/* Two threads close at once: the client breaks CLO-15, and one of them is answered. */
		lx_log_misuse("CLO-15: WskCloseSocket called twice for a %s socket made at %pS",
			      kind_name(), site_);
		nt::irp_complete(irp, STATUS_FILE_FORCED_CLOSED, 0);
		return STATUS_PENDING;
	}
	drop();
	return STATUS_PENDING;
}

void Socket::close_by_force()
{
	if (begin_close(nullptr))
		drop();
}

void Socket::release_work(void *work)
{
	static_cast<Work *>(work)->socket->release();
}

/*
 * No edge comes once the Linux socket is detached. What an earlier one started is waited for: the
 * tasklet of receives may have seen a socket that was not closing, and raises that of sends at a
 * break, as the timer may. And that one, late out of its pump, raises the tasklet of receives, which
 * finds a socket that closes and both lanes empty, and raises nothing. Then the memory is free to go.
 */
void Socket::release()
{
	PIRP close_irp;
	bool quiet;

	if (spare_) {
		spare_->close_by_force();
		spare_->drop();
	}
	if (sock_)
		lx_sock_detach(sock_);
	lx_tasklet_kill(in_tasklet_);
	lx_tasklet_kill(out_tasklet_);
	lx_timer_stop(retry_timer_);
	lx_tasklet_kill(out_tasklet_);
	lx_tasklet_kill(in_tasklet_);
	if (sock_) {
		/* CLO-16 to CLO-18: quiet only if both sides have said their last word. */
		quiet = fin_sent_ && lx_sock_fin_acked(sock_) && lx_sock_peer_finished(sock_);
		lx_sock_release(sock_, !quiet);
		sock_ = nullptr;
	}
	{
		auto guard = lock_.acquire();

		close_irp = close_irp_;
		close_irp_ = nullptr;
	}
	if (close_irp) {
		const Registration::Inside inside(*registration_);

		nt::irp_complete(close_irp, STATUS_SUCCESS, 0);
	}
	/* After the routine has returned: WskDeregister may then (CLO-27). */
	registration_->remove_socket(*this);
	unref();
}

void Socket::on_cancel(PDEVICE_OBJECT, PIRP irp)
{
	Socket *socket = Request(irp).socket();

	/* The hold of the IRP keeps the socket until complete_request(). */
	IoReleaseCancelSpinLock(irp->CancelIrql);
	socket->cancelled(irp);
}

/* Here, unless this is a routine that such a completion called: the stack has an end. */
void Socket::complete_here_or_later(Lane &lane, PIRP irp, NTSTATUS status, ULONG_PTR information)
{
	const Hold hold(*this);
	const InlineCompletion here;

	if (here.is_nested()) {
		lane.finish(irp, status, information);
		raise(lane);
		return;
	}
	irp->IoStatus.Status = status;
	irp->IoStatus.Information = information;
	complete_request(irp);
}

/*
 * Completes in IoCancelIrp's own call, as a rule: its caller may free the IRP next.
 * A message that was cut is dealt with while it is still in front of the others.
 */
void Socket::cancelled(PIRP irp)
{
	const Request request(irp);
	const Op op = request.op();
	const u64 done = request.done();
	Lane &lane = op == Op::Send || op == Op::Disconnect ? out : in;

	if (op == Op::Connect || op == Op::CreateConnect) {
		finish_connect(irp, STATUS_CANCELLED);
		return;
	}
	half_done(op, done);
	lane.remove(irp);
	/* What came behind a FIN waits for an answer and not for the network (SND-14). */
	if (op == Op::Disconnect)
		raise(lane);
	complete_here_or_later(lane, irp, STATUS_CANCELLED, done);
}

const char *Socket::kind_name() const
{
	return role_ == Role::Listen ? "listening" : "connection";
}

} /* namespace wsk */
