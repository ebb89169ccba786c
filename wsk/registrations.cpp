// SPDX-License-Identifier: GPL-2.0
/*
 * All live clients and registrations. Two readers: /sys/kernel/debug/wsk/sockets,
 * and the unload of a driver that never deregistered, whose sockets are closed
 * here by force and named, since its text goes away whether it is ready or not.
 */
#include "registrations.hpp"

#include "cxx/lock.hpp"
#include "lx/debugfs.h"
#include "lx/log.h"
#include "lx/time.h"
#include "socket.hpp"

namespace wsk {
namespace {

using Clients = nt::List<Client, nt::Member<Client, &Client::link>>;
using Registrations = nt::List<Registration, nt::Member<Registration, &Registration::link>>;

struct All {
	nt::SpinLock lock{LX_RANK_REGISTRATIONS};	/* protects: the lists */
	Clients clients;
	Registrations registrations;
	/* Ended by force, for calls that come late: */
	Clients buried_clients;
	Registrations buried;
	nt::List<Socket, nt::Member<Socket, &Socket::forced_link>> forced;	/* with a reference */
};

/* Of a tenth of a second in try_wait_detached(). */
constexpr unsigned int kRoundsPerReport = 100;

alignas(All) u8 storage[sizeof(All)];

All &all()
{
	return *reinterpret_cast<All *>(storage);
}

template <class T, class List, class Mine> nt::Ref<T> find(List &list, Mine mine)
{
	auto guard = all().lock.acquire();

	for (T *object = list.first(); object; object = list.next(*object))
		if (mine(*object) && object->try_ref())
			return nt::Ref<T>::adopt(object);
	return nullptr;
}

template <class T, class List, class Mine> T *take_first(List &list, Mine mine)
{
	auto guard = all().lock.acquire();
	T *object = list.first();

	while (object && !mine(*object))
		object = list.next(*object);
	if (object)
		list.remove(*object);
	return object;
}

/* A client that is attached is shown by its registration. */
void show_unattached(lx_text *out)
{
	/*
	 * The clients' own locks are taken before the list's, so each is found by its
	 * number and looked at with a reference and no lock.
	 */
	for (unsigned int n = 0;; n++) {
		unsigned int i = 0;
		nt::Ref<Client> client =
			find<Client>(all().clients, [&](Client &) { return i++ == n; });

		if (!client)
			return;
		if (client->registration())
			continue;
		lx_text_printf(out, "registration %s version %u.%u captures %u %s registered at %pS\n",
			       nt::owner_name(client->owner()), client->version() >> 8,
			       client->version() & 0xff, client->captures(), client->state_name(),
			       client->site());
	}
}

/* Walks with the list's lock held: what it calls only takes locks of lower rank. */
void show(lx_text *out)
{
	{
		auto guard = all().lock.acquire();
		Registrations &list = all().registrations;

		for (Registration *r = list.first(); r; r = list.next(*r))
			r->show(out);
	}
	show_unattached(out);
}

/* Returns how many sockets were closed. They stay in memory until bury(): see there. */
unsigned int close_sockets(Registration &r)
{
	unsigned int closed = 0;

	while (nt::Ref<Socket> socket = r.any_socket()) {
		lx_log_err("leak: %s: %s socket never closed, made at %pS", nt::owner_name(r.owner()),
			   socket->kind_name(), socket->site());
		socket->close_by_force();

		auto guard = all().lock.acquire();

		all().forced.push_back(*socket.into_raw());
		closed++;
	}
	return closed;
}

/*
 * The driver's exit has run, and its text is still there, because this is running.
 * The client is taken down in the order a careful driver would have used; a
 * thread that has not ended may make another socket meanwhile, so until nothing
 * is left, and from then on nothing can be made.
 */
void end_client(Client &client)
{
	const char *name = nt::owner_name(client.owner());
	nt::Ref<Registration> r = client.registration();
	unsigned int rounds = 0;

	if (r)
		r->set_forced();
	/* False: a thread of the driver sits in WskDeregister and only waits for the sockets. */
	const bool forgotten = client.begin_forced_end();

	if (forgotten)
		lx_log_err("leak: %s: registration never deregistered, made at %pS", name,
			   client.site());
	do {
		if (r)
			close_sockets(*r);
		if (unsigned int captures = client.forget_captures())
			lx_log_err("leak: %s: %u captures of the provider NPI never released",
				   name, captures);
		if (++rounds % kRoundsPerReport == 0 && r)
			r->tell("unload", 0);
	} while (!client.try_wait_detached());
	if (!forgotten) {
		lx_sleep_ms(10);
		return;
	}
	client.finish_forced_end();

	auto guard = all().lock.acquire();

	all().clients.remove(client);
	all().buried_clients.push_back(client);
}

/* One that a driver attached through the NMR, which detaches it; the sockets are ours to end. */
unsigned int end_attached(nt::Owner &owner)
{
	unsigned int ended = 0;

	while (nt::Ref<Registration> r =
		       find<Registration>(all().registrations, [&](Registration &candidate) {
			       return &candidate.owner() == &owner && !candidate.client() &&
				      !candidate.is_forced();
		       })) {
		r->set_forced();
		ended++;
		/* A call that was in progress may still make one. */
		for (unsigned int n = 0; n < kRoundsPerReport && !r->is_detached(); n++) {
			ended += close_sockets(*r);
			lx_sleep_ms(1);
		}
	}
	return ended;
}

unsigned int end_leaked(nt::Owner &owner)
{
	unsigned int ended = 0;

	while (nt::Ref<Client> client = find<Client>(
		       all().clients, [&](Client &c) { return &c.owner() == &owner; })) {
		end_client(*client);
		ended++;
	}
	return ended + end_attached(owner);
}

/*
 * No code of @owner runs any more. Until now a thread of it could still hold a
 * socket or a registration block that was ended behind its back, and be told so
 * by what is freed here.
 */
void bury(nt::Owner &owner)
{
	while (Socket *socket = take_first<Socket>(all().forced, [&](Socket &s) {
		       return &s.registration().owner() == &owner;
	       }))
		socket->unref();
	while (Registration *r = take_first<Registration>(
		       all().buried, [&](Registration &b) { return &b.owner() == &owner; }))
		r->unref();
	while (Client *client = take_first<Client>(
		       all().buried_clients, [&](Client &b) { return &b.owner() == &owner; }))
		client->unref();
}

constexpr nt::OwnerClient kOwnerClient = { end_leaked, bury };

} /* namespace */

void registrations_start()
{
	new (storage) All;
	nt::owner_set_client(&kOwnerClient);
	lx_debugfs_add("sockets", show);
}

void registrations_stop()
{
	nt::owner_set_client(nullptr);
	all().~All();
}

void registrations_add(Registration &registration)
{
	auto guard = all().lock.acquire();

	all().registrations.push_back(registration);
}

void registrations_retire(Registration &registration)
{
	{
		auto guard = all().lock.acquire();

		all().registrations.remove(registration);
		if (registration.is_forced()) {
			all().buried.push_back(registration);
			return;
		}
	}
	registration.unref();
}

void clients_add(Client &client)
{
	auto guard = all().lock.acquire();

	all().clients.push_back(client);
}

void clients_remove(Client &client)
{
	auto guard = all().lock.acquire();

	all().clients.remove(client);
}

bool clients_has(const void *client)
{
	auto guard = all().lock.acquire();
	Clients &list = all().clients;

	for (Client *c = list.first(); c; c = list.next(*c))
		if (c == client)
			return true;
	return false;
}

} /* namespace wsk */
