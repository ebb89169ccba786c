// SPDX-License-Identifier: GPL-2.0
/*
 * What debugfs and the kernel log say of a registration: its sockets, and the IRPs that
 * wait in a queue of theirs. One that a pump or a worker has at this moment is in none.
 */
#include "client.hpp"
#include "irp.hpp"
#include "lx/debugfs.h"
#include "lx/log.h"
#include "registration.hpp"
#include "socket.hpp"

namespace wsk {
namespace {

/* Lines of the log, which are written with the lock held. */
constexpr unsigned int kSocketsTold = 8;
constexpr unsigned int kIrpsTold = 2;	/* a socket */

Socket &socket_at(LIST_ENTRY &link)
{
	return nt::Member<Socket, &Socket::registration_link>::object(link);
}

const char *op_name(Op op)
{
	switch (op) {
	case Op::Create:
		return "WskSocket";
	case Op::CreateConnect:
		return "WskSocketConnect";
	case Op::Bind:
		return "WskBind";
	case Op::Connect:
		return "WskConnect";
	case Op::Accept:
		return "WskAccept";
	case Op::Send:
		return "WskSend";
	case Op::Receive:
		return "WskReceive";
	case Op::Disconnect:
	case Op::Abort:
		return "WskDisconnect";
	case Op::Close:
		return "WskCloseSocket";
	case Op::LocalAddress:
		return "WskGetLocalAddress";
	case Op::RemoteAddress:
		return "WskGetRemoteAddress";
	case Op::SetOption:
	case Op::GetOption:
	case Op::EventDisable:
		return "WskControlSocket";
	case Op::Refuse:
		return "refused call";
	case Op::Client:
		return "WskControlClient";
	}
	return "?";
}

} /* namespace */

template <class Tell> void Socket::each_request(Tell tell)
{
	{
		auto guard = lock_.acquire();

		control_.each(tell);
		disables_.each(tell);
		if (connect_irp_)
			tell(*connect_irp_);
		if (close_irp_)
			tell(*close_irp_);
	}
	in.each(tell);
	out.each(tell);
}

void Socket::show(lx_text *text)
{
	static const char *const states[] = { "new", "unbound", "bound", "connecting", "connected",
					      "failed" };
	lx_addr local = {};
	{
		auto guard = lock_.acquire();

		if (sock_ && state_ >= State::Bound && !closing_)
			lx_sock_local(sock_, &local);
		lx_text_printf(text,
			       "  %s socket %s%s%s port %u pending %u in %u out %u made at %pS\n",
			       kind_name(), states[static_cast<int>(state_)],
			       broken_ ? " broken" : "", closing_ ? " closing" : "",
			       __builtin_bswap16(local.port), pending(), in.waiting(),
			       out.waiting(), site_);
	}
	each_request([&](IRP &irp) {
		lx_text_printf(text, "    %s pending, its IRP from %pS\n",
			       op_name(Request(&irp).op()), nt::irp_site(&irp));
	});
}

void Registration::show(lx_text *text)
{
	auto guard = lock_.acquire();

	lx_text_printf(text, "registration %s version %u.%u captures %u busy %u%s%s registered at %pS\n",
		       nt::owner_name(owner_), version_ >> 8, version_ & 0xff,
		       client_ ? client_->captures() : 0, busy_, ending_ ? " deregistering" : "",
		       client_ ? "" : " over NMR", site_);
	transports_each(transport_waiters, [&](IRP &irp) {
		lx_text_printf(text, "  WSK_TRANSPORT_LIST_CHANGE pending, its IRP from %pS\n",
			       nt::irp_site(&irp));
	});
	for (LIST_ENTRY *l = sockets_.Flink; l != &sockets_; l = l->Flink)
		socket_at(*l).show(text);
}

/* The lock of the registration is held. */
void Socket::tell(const char *what)
{
	const char *owner = nt::owner_name(registration_->owner());
	unsigned int told = 0;

	lx_log_info("%s: %s: %s socket made at %pS, %u IRPs pending", what, owner, kind_name(),
		    site_, pending());
	each_request([&](IRP &irp) {
		if (told++ < kIrpsTold)
			lx_log_info("%s: %s: %s pending, its IRP from %pS", what, owner,
				    op_name(Request(&irp).op()), nt::irp_site(&irp));
	});
}

void Registration::tell(const char *what, unsigned int captures, const void *captured_at)
{
	auto guard = lock_.acquire();
	/* Calls in progress, and requests that belong to no socket. */
	unsigned int irps = busy_ - sockets_count_ - held_;
	unsigned int told = 0;

	for (LIST_ENTRY *l = sockets_.Flink; l != &sockets_; l = l->Flink)
		irps += socket_at(*l).pending();
	lx_log_info("%s: %s: registration made at %pS waits for %u captures, %u sockets, %u IRPs",
		    what, nt::owner_name(owner_), site_, captures, sockets_count_, irps);
	if (captures)
		lx_log_info("%s: %s: the last capture was made at %pS", what,
			    nt::owner_name(owner_), captured_at);
	for (LIST_ENTRY *l = sockets_.Flink; l != &sockets_ && told < kSocketsTold;
	     l = l->Flink, told++)
		socket_at(*l).tell(what);
	if (told < sockets_count_)
		lx_log_info("%s: %s: and %u sockets more, see debugfs: wsk/sockets", what,
			    nt::owner_name(owner_), sockets_count_ - told);
}

} /* namespace wsk */
