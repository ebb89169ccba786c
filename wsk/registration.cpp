// SPDX-License-Identifier: GPL-2.0
/*
 * The count behind one registration, and its end: the detach completes with the
 * last leave(), which may be at DISPATCH_LEVEL, and the object can be gone then.
 */
#include "registration.hpp"

#include "client.hpp"
#include "cxx/new.hpp"
#include "deferred.hpp"
#include "lx/debugfs.h"
#include "lx/irql.h"
#include "lx/log.h"
#include "socket.hpp"

namespace wsk {
namespace {

/* Lines of the log, which are written with the lock held. */
constexpr unsigned int kTellAtMost = 8;

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

void Registration::show(lx_text *out)
{
	auto guard = lock_.acquire();

	lx_text_printf(out, "registration %s version %u.%u captures %u busy %u%s%s registered at %pS\n",
		       nt::owner_name(owner_), version_ >> 8, version_ & 0xff,
		       client_ ? client_->captures() : 0, busy_, ending_ ? " deregistering" : "",
		       client_ ? "" : " over NMR", site_);
	for (LIST_ENTRY *l = sockets_.Flink; l != &sockets_; l = l->Flink)
		socket_at(*l).show(out);
}

void Registration::tell(const char *what, unsigned int captures)
{
	auto guard = lock_.acquire();
	/* Calls in progress, and requests that belong to no socket. */
	unsigned int irps = busy_ - sockets_count_ - held_;

	for (LIST_ENTRY *l = sockets_.Flink; l != &sockets_; l = l->Flink)
		irps += socket_at(*l).pending();
	lx_log_info("%s: %s: registration made at %pS waits for %u captures, %u sockets, %u IRPs",
		    what, nt::owner_name(owner_), site_, captures, sockets_count_, irps);
	unsigned int told = 0;

	for (LIST_ENTRY *l = sockets_.Flink; l != &sockets_ && told < kTellAtMost;
	     l = l->Flink, told++) {
		const Socket &socket = socket_at(*l);

		lx_log_info("%s: %s: %s socket made at %pS, %u IRPs pending", what,
			    nt::owner_name(owner_), socket.kind_name(), socket.site(),
			    socket.pending());
	}
	if (told < sockets_count_)
		lx_log_info("%s: %s: and %u sockets more, see debugfs: wsk/sockets", what,
			    nt::owner_name(owner_), sockets_count_ - told);
}

} /* namespace wsk */
