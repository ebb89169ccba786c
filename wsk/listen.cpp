// SPDX-License-Identifier: GPL-2.0
/*
 * Accepting: one loop per listener, in its work item, woken by the edge of a new
 * connection, a new WskAccept, or the accept event being enabled. It takes first the
 * request and then the connection, so that none is taken which nobody wants
 * (ACC-23, ACE-17): what is not wanted stays in TCP's own backlog.
 */
#include <ntstatus.h>

#include "address.hpp"
#include "lx/errno.h"
#include "lx/irql.h"
#include "lx/tasklet.h"
#include "owner.hpp"
#include "socket.hpp"

namespace wsk {
namespace {

constexpr unsigned int kBudget = 64;
constexpr unsigned int kRetryMs = 10;

} /* namespace */

NTSTATUS Socket::submit_accept(PIRP irp)
{
	in.push(irp);
	queue_work(in_work_);
	return STATUS_PENDING;
}

void Socket::accept_all()
{
	bool listening, more = true;
	{
		auto guard = lock_.acquire();

		listening = state_ == State::Bound && !closing_;
	}
	while (listening && more) {
		if (PIRP irp = in.take())
			more = complete_accept(irp);	/* ACC-10: before the event */
		else
			more = indicate_accept();
		lx_yield();
	}
	if (listening)
		indicate_death();
	while (in.deliver(kBudget))
		lx_yield();
}

/*
 * A connected socket that counts as open from here on (ACC-22), with a hold; or
 * NULL: there is none, or no memory, and then the timer looks again: TCP keeps the
 * connection.
 */
Socket *Socket::next_child()
{
	const Config config = { Role::Connection, family_, false, nullptr, nullptr };
	Socket *child = spare_;
	lx_sock *sock;
	int err;

	spare_ = nullptr;
	if (child)
		return child;
	err = lx_sock_accept(sock_, &sock);
	if (err == -LX_EAGAIN)
		return nullptr;
	if (err == -LX_EINVAL) {
		/* It does not listen any more: somebody destroyed it from outside. */
		break_connection(STATUS_FILE_FORCED_CLOSED);
		return nullptr;
	}
	child = err ? nullptr : make(*registration_, config, site_);
	if (!child) {
		if (!err)
			lx_sock_release(sock, 1);	/* ACE-18: this connection is reset */
		lx_timer_start(retry_timer_, kRetryMs);
		return nullptr;
	}
	child->adopt_linux_socket(sock);
	{
		auto guard = child->lock_.acquire();

		child->state_ = State::Connected;
	}
	/* What happened to it before it had an owner made no edge of ours. */
	child->raise(child->in);
	return child;
}

/* False: no connection is waiting. */
bool Socket::complete_accept(PIRP irp)
{
	const AcceptArgs args = Request(irp).args<AcceptArgs>();
	Socket *child = next_child();
	lx_addr addr;

	if (!child) {
		in.put_back(irp);
		return false;
	}
	child->set_client(args.context, args.dispatch);
	if (args.local) {
		lx_sock_local(child->sock_, &addr);
		address_to_windows(addr, args.local);
	}
	if (args.remote) {
		lx_sock_peer(child->sock_, &addr);
		address_to_windows(addr, args.remote);
	}
	in.finish(irp, STATUS_SUCCESS, reinterpret_cast<ULONG_PTR>(child->handle()));
	while (in.deliver(kBudget))
		lx_yield();
	child->drop();
	return true;
}

/*
 * False: no connection is waiting, or the client does not want to hear of it now.
 * The connection comes first and the right to call second, so that no call starts
 * once a disable has found none in progress (EVT-21). If the event was disabled in
 * between, the connection is kept for whoever comes next.
 */
bool Socket::indicate_accept()
{
	const auto *dispatch = static_cast<const WSK_CLIENT_LISTEN_DISPATCH *>(dispatch_);
	const WSK_CLIENT_CONNECTION_DISPATCH *child_dispatch = nullptr;
	void *child_context = nullptr;
	SOCKADDR_IN6 local, remote;
	auto *local_out = reinterpret_cast<SOCKADDR *>(&local);
	auto *remote_out = reinterpret_cast<SOCKADDR *>(&remote);
	lx_addr addr;
	NTSTATUS status;

	if (!wants_callback(WSK_EVENT_ACCEPT))
		return false;
	/* ACE-11: its hold. A close inside the callback completes after it has returned. */
	Socket *child = next_child();

	if (!child)
		return false;
	/* ACC-10: a request that came since the look for one goes before the event as well. */
	if (in.waiting()) {
		spare_ = child;
		return true;
	}
	if (!begin_callback(WSK_EVENT_ACCEPT)) {
		spare_ = child;
		return false;
	}
	lx_sock_local(child->sock_, &addr);
	address_to_windows(addr, local_out);
	lx_sock_peer(child->sock_, &addr);
	address_to_windows(addr, remote_out);
	{
		const Registration::Inside inside(*registration_);
		const nt::DriverCall call(reinterpret_cast<const void *>(dispatch->WskAcceptEvent));

		status = dispatch->WskAcceptEvent(context_, 0, local_out, remote_out,
						  child->handle(), &child_context,
						  &child_dispatch);
	}
	if (status == STATUS_SUCCESS)
		child->set_client(child_context, child_dispatch);
	else
		child->close_by_force();	/* ACE-7, CBK-15 */
	end_callback();
	child->drop();
	return true;
}

/* ACE-12 to ACE-14: a listener that died is said to be dead, once. */
void Socket::indicate_death()
{
	const auto *dispatch = static_cast<const WSK_CLIENT_LISTEN_DISPATCH *>(dispatch_);
	const WSK_CLIENT_CONNECTION_DISPATCH *child_dispatch = nullptr;
	void *child_context = nullptr;
	{
		auto guard = lock_.acquire();

		if (!broken_ || told_dead_)
			return;
		told_dead_ = true;
	}
	if (!begin_callback(WSK_EVENT_ACCEPT))
		return;
	{
		const Registration::Inside inside(*registration_);
		const nt::DriverCall call(reinterpret_cast<const void *>(dispatch->WskAcceptEvent));

		dispatch->WskAcceptEvent(context_, 0, nullptr, nullptr, nullptr, &child_context,
					 &child_dispatch);
	}
	end_callback();
}

void Socket::set_client(void *context, const void *dispatch)
{
	auto guard = lock_.acquire();

	context_ = context;
	dispatch_ = dispatch;
}

} /* namespace wsk */
