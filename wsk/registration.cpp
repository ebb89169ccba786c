// SPDX-License-Identifier: GPL-2.0
/*
 * The counts behind one registration. Captures and everything else are counted
 * apart, since a client must release what it captured and nothing more; both
 * are under one lock, together with the flag that ends the registration, so
 * that a capture either counts or fails, with nothing in between (REG-24).
 */
#include "registration.hpp"

#include "cxx/new.hpp"
#include "lx/debugfs.h"
#include "lx/irql.h"
#include "socket.hpp"

namespace wsk {
namespace {

Socket &socket_at(LIST_ENTRY &link)
{
	return nt::Member<Socket, &Socket::registration_link>::object(link);
}

} /* namespace */

Registration::Registration(const WSK_CLIENT_NPI &npi, const void *site)
	: dispatch_(npi.Dispatch), context_(npi.ClientContext), owner_(nt::owner_of(site)),
	  site_(site)
{
	nt::link_init(link);
	nt::link_init(sockets_);
	nt::link_init(insides_);
}

void Registration::last_put()
{
	magic_ = 0;
	nt::destroy(this);
}

Registration *Registration::from_client(PWSK_CLIENT client)
{
	auto *registration = static_cast<Registration *>(client);

	return registration && registration->magic_ == kMagic ? registration : nullptr;
}

bool Registration::capture()
{
	auto guard = lock_.acquire();

	if (ending_)
		return false;
	captures_++;
	return true;
}

bool Registration::release_capture()
{
	auto guard = lock_.acquire();

	if (!captures_)
		return false;
	captures_--;
	wake_if_drained_locked();
	return true;
}

unsigned int Registration::forget_captures()
{
	auto guard = lock_.acquire();
	unsigned int forgotten = captures_;

	captures_ = 0;
	wake_if_drained_locked();
	return forgotten;
}

bool Registration::enter()
{
	auto guard = lock_.acquire();

	if (buried_)
		return false;
	busy_++;
	return true;
}

void Registration::leave()
{
	auto guard = lock_.acquire();

	busy_--;
	wake_if_drained_locked();
}

void Registration::wake_if_drained_locked()
{
	if (ending_ && drained_locked())
		drained_.wake_all_locked();
}

bool Registration::end()
{
	{
		auto guard = lock_.acquire();

		if (ending_)
			return false;
		ending_ = true;
	}
	transports_cancel(transport_waiters);
	return true;
}

void Registration::wait_drained()
{
	drained_.wait(lock_, nt::WaitQueue::kForever, [this] { return drained_locked(); });
}

bool Registration::try_bury()
{
	const u64 deadline = lx_time_monotonic_ns() + 100 * 1000 * 1000;

	return drained_.wait(lock_, deadline, [this] { return buried_ = drained_locked(); });
}

Registration::Inside::Inside(Registration &registration)
	: registration_(lx_context_is_atomic() ? nullptr : &registration), task_(lx_task_self())
{
	if (!registration_)
		return;
	auto guard = registration_->lock_.acquire();

	nt::link_insert_after(registration_->insides_, link_);
}

Registration::Inside::~Inside()
{
	if (!registration_)
		return;
	auto guard = registration_->lock_.acquire();

	nt::link_remove(link_);
}

bool Registration::is_inside()
{
	auto guard = lock_.acquire();
	const lx_task *self = lx_task_self();

	for (LIST_ENTRY *l = insides_.Flink; l != &insides_; l = l->Flink)
		if (nt::Member<Inside, &Inside::link_>::object(*l).task_ == self)
			return true;
	return false;
}

bool Registration::set_static_events(ULONG mask)
{
	auto guard = lock_.acquire();

	if (has_had_sockets_)
		return false;
	static_events_ = mask;
	return true;
}

ULONG Registration::static_events()
{
	auto guard = lock_.acquire();

	return static_events_;
}

void Registration::add_socket(Socket &socket)
{
	auto guard = lock_.acquire();

	has_had_sockets_ = true;
	busy_++;
	nt::link_insert_after(*sockets_.Blink, socket.registration_link);
}

void Registration::remove_socket(Socket &socket)
{
	auto guard = lock_.acquire();

	nt::link_remove(socket.registration_link);
	busy_--;
	wake_if_drained_locked();
}

nt::Ref<Socket> Registration::any_socket()
{
	auto guard = lock_.acquire();

	for (LIST_ENTRY *l = sockets_.Flink; l != &sockets_; l = l->Flink) {
		Socket &socket = socket_at(*l);

		if (!socket.is_closing() && socket.try_ref())
			return nt::Ref<Socket>::adopt(&socket);
	}
	return nullptr;
}

void Registration::show(lx_text *out)
{
	auto guard = lock_.acquire();

	lx_text_printf(out, "registration %s version %u.%u captures %u busy %u%s registered at %pS\n",
		       nt::owner_name(owner_), version() >> 8, version() & 0xff, captures_, busy_,
		       ending_ ? " deregistering" : "", site_);
	for (LIST_ENTRY *l = sockets_.Flink; l != &sockets_; l = l->Flink)
		socket_at(*l).show(out);
}

} /* namespace wsk */
