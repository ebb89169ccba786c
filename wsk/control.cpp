// SPDX-License-Identifier: GPL-2.0
/*
 * Control operations: what sleeps. They run in the order of the calls, in the
 * socket's own work item, with the worker's credentials and memory account and
 * never with a driver's (design decision 14).
 */
#include <ntstatus.h>

#include "address.hpp"
#include "deferred.hpp"
#include "lx/errno.h"
#include "lx/work.h"
#include "socket.hpp"
#include "status.hpp"

namespace wsk {

NTSTATUS Socket::submit_control(PIRP irp)
{
	{
		auto guard = lock_.acquire();

		control_.push_back(*irp);
	}
	queue_work(control_work_);
	return STATUS_PENDING;
}

NTSTATUS Socket::refuse(PIRP irp, NTSTATUS status)
{
	begin(irp, Op::Refuse);
	irp->IoStatus.Status = status;
	return submit_control(irp);
}

NTSTATUS Socket::answer(PIRP irp, NTSTATUS status)
{
	return complete_inline(irp, status, registration()) ? status : refuse(irp, status);
}

NTSTATUS Socket::submit_abort(PIRP irp)
{
	begin(irp, Op::Abort);
	break_connection(STATUS_CONNECTION_ABORTED);
	return submit_control(irp);
}

void Socket::control_work(void *work)
{
	Socket *socket = static_cast<Work *>(work)->socket;

	for (;;) {
		PIRP irp;
		bool abort;
		{
			auto guard = socket->lock_.acquire();

			abort = socket->abort_wanted_;
			socket->abort_wanted_ = false;
			irp = socket->control_.pop_front();
		}
		if (abort && socket->sock_)
			lx_sock_abort(socket->sock_);
		if (irp)
			socket->run_control(irp);
		else if (!abort)
			break;
	}
	socket->drop();
}

void Socket::finish_control(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
	irp->IoStatus.Status = status;
	irp->IoStatus.Information = information;
	complete_request(irp);
}

void Socket::run_control(PIRP irp)
{
	const Op op = Request(irp).op();

	if (op == Op::Refuse) {
		complete_request(irp);
		return;
	}
	if (is_closing()) {
		finish_control(irp, STATUS_CANCELLED);	/* CLO-2 */
		return;
	}
	switch (op) {
	case Op::Create:
	case Op::CreateConnect:
		create(irp);
		return;
	case Op::Bind:
		bind(irp);
		return;
	case Op::Connect:
		start_connect(irp, Request(irp).args<AddressArgs>().addr);
		return;
	case Op::Abort:
		/* Everything pending has ended already: break_connection(). */
		lx_sock_abort(sock_);
		finish_control(irp, STATUS_SUCCESS);
		return;
	case Op::LocalAddress:
	case Op::RemoteAddress:
		names(irp);
		return;
	default:
		options(irp);
		return;
	}
}

int Socket::make_linux_socket()
{
	lx_sock *sock;
	int err = lx_sock_create(&sock, address_shim_family(family_));

	if (err)
		return err;
	adopt_linux_socket(sock);
	return 0;
}

void Socket::adopt_linux_socket(lx_sock *sock)
{
	sock_ = sock;
	lx_sock_attach(sock_, &kOps, this);
}

void Socket::create(PIRP irp)
{
	const Op op = Request(irp).op();
	/* CAT-11: made without one, since its bind is refused anyway. */
	const int err = is_datagram_ ? 0 : make_linux_socket();
	int bound = 0;

	if (!err) {
		auto guard = lock_.acquire();

		state_ = State::Unbound;
	}
	if (!err && op == Op::CreateConnect)
		bound = bind_linux_socket(endpoints_[0]);
	if (!err && !bound && op == Op::CreateConnect) {
		start_connect(irp, endpoints_[1]);
		return;
	}
	if (!err && !bound) {
		finish_control(irp, STATUS_SUCCESS, reinterpret_cast<ULONG_PTR>(handle()));
		return;
	}
	/* SCN-5, SOC-15: nothing for the client to close; the first hold ends here. */
	finish_control(irp, general_status(err ? err : bound));
	close_by_force();
}

int Socket::bind_linux_socket(const lx_addr &addr)
{
	int err;

	/*
	 * SHR-16: Windows lets a listener take its port again right after close, Linux
	 * only if asked to ignore TIME_WAIT. Two living listeners still conflict.
	 */
	if (role_ == Role::Listen)
		lx_sock_set_option(sock_, LX_OPT_REUSEADDR, 1);
	err = lx_sock_bind(sock_, &addr);
	if (!err && role_ == Role::Listen)
		err = listen_linux_socket();
	if (err)
		return err;
	auto guard = lock_.acquire();

	state_ = State::Bound;
	return 0;
}

/*
 * Somebody may listen between our bind and our listen. Linux keeps the binding,
 * Windows would not (BND-15): begin with a fresh socket then.
 */
int Socket::listen_linux_socket()
{
	const int err = lx_sock_listen(sock_);
	lx_sock *const old = sock_;

	if (!err)
		return 0;
	if (make_linux_socket()) {
		auto guard = lock_.acquire();

		state_ = State::Failed;	/* bound below: no other bind can succeed */
		return err;
	}
	lx_sock_release(old, 0);
	apply_options();
	return err;
}

void Socket::apply_options()
{
	for (int option = LX_OPT_REUSEADDR; option <= LX_OPT_NODELAY; option++)
		if (option != LX_OPT_V6ONLY || family_ == AF_INET6)
			lx_sock_set_option(sock_, static_cast<lx_option>(option),
					   options_[option]);
}

void Socket::bind(PIRP irp)
{
	const lx_addr addr = Request(irp).args<AddressArgs>().addr;
	State state;
	int err;
	{
		auto guard = lock_.acquire();

		state = state_;
	}
	if (is_datagram_) {
		finish_control(irp, STATUS_NOT_IMPLEMENTED);
		return;
	}
	if (state != State::Unbound) {
		finish_control(irp, STATUS_INVALID_DEVICE_STATE);
		return;
	}
	err = bind_linux_socket(addr);
	finish_control(irp, general_status(err));
	if (!err && role_ == Role::Listen)
		queue_work(in_work_);	/* SEV-5: accept events start here */
}

void Socket::names(PIRP irp)
{
	const Request request(irp);
	SOCKADDR *const out_addr = request.args<OutputArgs>().out;
	const bool remote = request.op() == Op::RemoteAddress;
	lx_addr addr;
	State state;
	{
		auto guard = lock_.acquire();

		state = state_;
	}
	if (remote ? state != State::Connected : !sock_ || state < State::Bound) {
		finish_control(irp, STATUS_INVALID_DEVICE_STATE);
		return;
	}
	if (remote)
		lx_sock_peer(sock_, &addr);
	else
		lx_sock_local(sock_, &addr);
	address_to_windows(addr, out_addr);
	finish_control(irp, STATUS_SUCCESS);
}

void Socket::set_endpoints(const lx_addr &local, const lx_addr &remote)
{
	endpoints_[0] = local;
	endpoints_[1] = remote;
}

bool Socket::was_bound()
{
	auto guard = lock_.acquire();

	return state_ >= State::Bound;
}

NTSTATUS Socket::check_bound()
{
	auto guard = lock_.acquire();

	if (closing_ || broken_)
		return STATUS_FILE_FORCED_CLOSED;	/* ACC-21 */
	return state_ == State::Bound ? STATUS_SUCCESS : STATUS_INVALID_DEVICE_STATE;
}

} /* namespace wsk */
