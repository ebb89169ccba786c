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

/* With the list's lock, under which a client and its owner are there. */
void show(Client &client, lx_text *out)
{
	const char *why = client.why_unattached();

	/* One that is attached is shown by its registration. */
	if (why)
		lx_text_printf(out, "registration %s version %u.%u %s registered at %pS\n",
			       nt::owner_name(client.owner()), client.version() >> 8,
			       client.version() & 0xff, why, client.site());
}

void show_all(lx_text *out)
{
	auto guard = all().lock.acquire();
	Registrations &registrations = all().registrations;
	Clients &clients = all().clients;

	for (Registration *r = registrations.first(); r; r = registrations.next(*r))
		r->show(out);
	for (Client *c = clients.first(); c; c = clients.next(*c))
		show(*c, out);
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

/* What is left goes down in the order a careful driver would have used. Returns the leaks named. */
unsigned int take_down(Client &client, Registration *r)
{
	/* Before a thread that has not ended may give them back, as its sockets are closed. */
	const unsigned int held = client.captures();
	unsigned int named = 0, rounds = 0;

	do {
		/* A thread that has not ended may make another one meanwhile. */
		if (r)
			named += close_sockets(*r);
		if (unsigned int captures = client.forget_captures(held)) {
			lx_log_err("leak: %s: %u captures of the provider NPI never released",
				   nt::owner_name(client.owner()), captures);
			named++;
		}
		if (++rounds % kRoundsPerReport == 0 && r)
			r->tell("unload", 0);
	} while (!client.try_wait_detached());
	return named;
}

/*
 * The driver's exit has run, and its text is still there, because this is running.
 * If a thread of it sits in WskDeregister, that thread finishes what it began, once
 * it has nothing to wait for any more.
 */
unsigned int end_client(Client &client)
{
	nt::Ref<Registration> r = client.registration();

	if (r)
		r->set_forced();
	if (!client.begin_forced_end()) {
		const unsigned int named = take_down(client, r.get());

		lx_sleep_ms(10);
		return named;
	}
	lx_log_err("leak: %s: registration never deregistered, made at %pS",
		   nt::owner_name(client.owner()), client.site());
	const unsigned int named = take_down(client, r.get());

	client.finish_forced_end();
	auto guard = all().lock.acquire();

	all().clients.remove(client);
	all().buried_clients.push_back(client);
	return named + 1;
}

/*
 * One that a driver attached through the NMR, which has begun to detach it; the
 * sockets are ours to end, also those that a call in progress may still make.
 */
unsigned int end_attached(nt::Owner &owner)
{
	unsigned int named = 0;

	while (nt::Ref<Registration> r =
		       find<Registration>(all().registrations, [&](Registration &candidate) {
			       return &candidate.owner() == &owner && !candidate.client() &&
				      (!candidate.is_forced() || candidate.any_socket());
		       })) {
		r->set_forced();
		named += close_sockets(*r);
	}
	return named;
}

/* Clients of WskRegister are told of where they are taken down. */
void tell_attached(nt::Owner &owner)
{
	auto guard = all().lock.acquire();

	all().registrations.each([&](Registration &r) {
		if (&r.owner() == &owner && !r.client())
			r.tell("unload", 0);
	});
}

unsigned int end_leaked(nt::Owner &owner)
{
	unsigned int named = 0;

	while (nt::Ref<Client> client = find<Client>(
		       all().clients, [&](Client &c) { return &c.owner() == &owner; }))
		named += end_client(*client);
	return named + end_attached(owner);
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

constexpr nt::OwnerClient kOwnerClient = { end_leaked, tell_attached, bury };

} /* namespace */

void registrations_start()
{
	new (storage) All;
	nt::owner_set_client(&kOwnerClient);
	lx_debugfs_add("sockets", show_all);
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

void registrations_retire(Registration &registration, bool is_abandoned)
{
	{
		auto guard = all().lock.acquire();

		all().registrations.remove(registration);
		if (registration.is_forced() || is_abandoned) {
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

void clients_retire(Client &client, bool is_abandoned)
{
	{
		auto guard = all().lock.acquire();

		all().clients.remove(client);
		if (is_abandoned) {
			all().buried_clients.push_back(client);
			return;
		}
	}
	client.unref();
}

Match clients_match(const void *client, PWSK_REGISTRATION block)
{
	auto guard = all().lock.acquire();
	Match match = Match::None;
	bool same = false;

	all().clients.each([&](const Client &c) {
		if (c.has_block(block))
			match = Match::Written;
		else if (&c == client && match == Match::None)
			match = Match::Copied;
		same = same || (&c == client && c.has_block(block));
	});
	/* Their blocks may be gone, and be others now: only who says so itself is one of them. */
	all().buried_clients.each([&](const Client &c) {
		same = same || (&c == client && c.has_block(block));
	});
	return same ? Match::Same : match;
}

} /* namespace wsk */
