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
#include "lx/log.h"
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
	const Hold hold(*this);

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
	}
	while (in.deliver(kBudget))
		;
}

/*
 * A connected socket that counts as open from here on (ACC-22), or NULL: there is
 * none, or no memory, and then the timer looks again: TCP keeps the connection.
 */
Socket *Socket::accept_one(void *context, const void *dispatch, lx_addr *local, lx_addr *remote)
{
	const Config config = { Role::Connection, family_, false, context, dispatch };
	lx_sock *sock;
	int err = lx_sock_accept(sock_, &sock);

	if (err == -LX_EAGAIN)
		return nullptr;
	Socket *child = err ? nullptr : make(*registration_, config, site_);

	if (!child) {
		if (!err)
			lx_sock_release(sock, 1);	/* ACE-18: this connection is reset */
		lx_timer_start(retry_timer_, kRetryMs);
		return nullptr;
	}
	lx_sock_local(sock, local);
	lx_sock_peer(sock, remote);
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
	lx_addr local, remote;
	Socket *child = accept_one(args.context, args.dispatch, &local, &remote);

	if (!child) {
		in.put_back(irp);
		return false;
	}
	if (args.local)
		address_to_windows(local, args.local);
	if (args.remote)
		address_to_windows(remote, args.remote);
	in.finish(irp, STATUS_SUCCESS, reinterpret_cast<ULONG_PTR>(child->handle()));
	while (in.deliver(kBudget))
		;
	return true;
}

/* False: no connection is waiting, or the client does not want to hear of it now. */
bool Socket::indicate_accept()
{
	const auto *dispatch = static_cast<const WSK_CLIENT_LISTEN_DISPATCH *>(dispatch_);
	const WSK_CLIENT_CONNECTION_DISPATCH *child_dispatch = nullptr;
	void *child_context = nullptr;
	SOCKADDR_IN6 local_sockaddr, remote_sockaddr;
	auto *local_out = reinterpret_cast<SOCKADDR *>(&local_sockaddr);
	auto *remote_out = reinterpret_cast<SOCKADDR *>(&remote_sockaddr);
	lx_addr local, remote;
	NTSTATUS status;

	if (!lx_sock_can_accept(sock_) || !begin_callback(WSK_EVENT_ACCEPT))
		return false;
	Socket *child = accept_one(nullptr, nullptr, &local, &remote);

	if (!child) {
		end_callback();
		return false;
	}
	/* ACE-11: a close inside the callback completes after it has returned. */
	const Hold child_hold(*child);

	address_to_windows(local, local_out);
	address_to_windows(remote, remote_out);
	{
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
	return true;
}

void Socket::set_client(void *context, const void *dispatch)
{
	auto guard = lock_.acquire();

	context_ = context;
	dispatch_ = dispatch;
}

} /* namespace wsk */
