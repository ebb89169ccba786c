// SPDX-License-Identifier: GPL-2.0
/*
 * The count behind one registration, and its end: the detach completes with the
 * last leave(), which may be at DISPATCH_LEVEL, and the object can be gone then.
 */
#include "registration.hpp"

#include "client.hpp"
#include "cxx/new.hpp"
#include "deferred.hpp"
#include "lx/irql.h"
#include "lx/log.h"
#include "nmr.hpp"
#include "socket.hpp"

namespace wsk {
namespace {

Socket &socket_at(LIST_ENTRY &link)
{
	return nt::Member<Socket, &Socket::registration_link>::object(link);
}

} /* namespace */

Registration::Registration(HANDLE binding, USHORT version, const Client *client, const void *site)
	: binding_(binding), version_(version), client_(client), owner_(nt::owner_of(site)),
	  site_(site)
{
	nt::link_init(link);
	nt::link_init(detached_link);
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

bool Registration::enter()
{
	auto guard = lock_.acquire();

	if (detached_ || forced_)
		return false;
	busy_++;
	return true;
}

void Registration::enter_again()
{
	auto guard = lock_.acquire();

	busy_++;
}

void Registration::hold()
{
	auto guard = lock_.acquire();

	held_ = true;
	busy_++;
}

void Registration::drop_hold()
{
	auto guard = lock_.acquire();

	held_ = false;
	leave_locked(guard);
}

void Registration::leave()
{
	auto guard = lock_.acquire();

	leave_locked(guard);
}

void Registration::leave_locked(nt::SpinLock::Guard &guard)
{
	const bool is_last = !--busy_ && detaching_;
	const HANDLE binding = binding_;

	detached_ = is_last;
	guard.unlock();
	if (!is_last)
		return;
	/*
	 * A driver that is an NMR client itself is called by this. What may not sleep
	 * may hold a lock of that driver (ORD-12), as for completion routines.
	 */
	if (!client_ && lx_context_is_atomic())
		detach_defer(*this);
	else
		NmrProviderDetachClientComplete(binding);
}

/* Entered, so WskDeregister has not returned: client and block are there. */
bool Registration::is_captured() const
{
	return !client_ || client_->captures();
}

bool Registration::client_has_detached()
{
	{
		auto guard = lock_.acquire();

		if (client_ || !detaching_)
			return false;
	}
	return nt::nmr_client_has_detached(binding_);
}

void Registration::set_forced()
{
	auto guard = lock_.acquire();

	__atomic_store_n(&forced_, true, __ATOMIC_RELAXED);
}

void Registration::end()
{
	{
		auto guard = lock_.acquire();

		if (ending_)
			return;
		ending_ = true;
	}
	transports_cancel(transport_waiters);
}

bool Registration::detach()
{
	end();

	auto guard = lock_.acquire();

	detaching_ = true;
	detached_ = !busy_;
	return detached_;
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
	sockets_count_++;
	busy_++;
	nt::link_insert_after(*sockets_.Blink, socket.registration_link);
}

void Registration::remove_socket(Socket &socket)
{
	auto guard = lock_.acquire();

	nt::link_remove(socket.registration_link);
	sockets_count_--;
	leave_locked(guard);
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

} /* namespace wsk */
