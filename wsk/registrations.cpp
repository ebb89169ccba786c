// SPDX-License-Identifier: GPL-2.0
/*
 * All live registrations. Two readers: /sys/kernel/debug/wsk/sockets, and the
 * unload of a driver that never deregistered, whose sockets are closed here by
 * force and named, since its text goes away whether it is ready or not.
 */
#include "registrations.hpp"

#include "cxx/lock.hpp"
#include "lx/debugfs.h"
#include "lx/log.h"
#include "lx/time.h"
#include "socket.hpp"

namespace wsk {
namespace {

using Registrations = nt::List<Registration, nt::Member<Registration, &Registration::link>>;

struct All {
	nt::SpinLock lock{LX_RANK_REGISTRATIONS};	/* protects: the lists */
	Registrations list;
	Registrations buried;	/* ended by force, for calls that come late */
	nt::List<Socket, nt::Member<Socket, &Socket::forced_link>> forced;	/* likewise, with a reference */
};

/* Of a tenth of a second: try_bury(). */
constexpr unsigned int kRoundsPerReport = 100;

alignas(All) u8 storage[sizeof(All)];

All &all()
{
	return *reinterpret_cast<All *>(storage);
}

/* Walks with the list's lock held: @show only takes locks of lower rank. */
void show(lx_text *out)
{
	auto guard = all().lock.acquire();

	for (Registration *r = all().list.first(); r; r = all().list.next(*r))
		r->show(out);
}

nt::Ref<Registration> find_of(nt::Owner &owner)
{
	auto guard = all().lock.acquire();

	for (Registration *r = all().list.first(); r; r = all().list.next(*r))
		if (&r->owner() == &owner && r->try_ref())
			return nt::Ref<Registration>::adopt(r);
	return nullptr;
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
 * The registration is taken down in the order a careful driver would have used;
 * a thread that has not ended may make another socket meanwhile, so until nothing
 * is left, and from then on nothing can be made.
 */
void end_registration(Registration &r)
{
	const char *name = nt::owner_name(r.owner());
	/* False: a thread of the driver sits in WskDeregister and only waits for the sockets. */
	const bool forgotten = r.end();
	unsigned int rounds = 0;

	if (forgotten)
		lx_log_err("leak: %s: registration never deregistered, made at %pS", name,
			   r.site());
	do {
		close_sockets(r);
		if (unsigned int captures = r.forget_captures())
			lx_log_err("leak: %s: %u captures of the provider NPI never released",
				   name, captures);
		if (++rounds % kRoundsPerReport == 0)
			lx_log_warn("unload: %s: waiting for a registration to end, made at %pS",
				    name, r.site());
	} while (!r.try_bury());
	if (!forgotten) {
		lx_sleep_ms(10);
		return;
	}
	auto guard = all().lock.acquire();

	all().list.remove(r);
	all().buried.push_back(r);
}

unsigned int end_leaked(nt::Owner &owner)
{
	unsigned int ended = 0;

	while (nt::Ref<Registration> r = find_of(owner)) {
		end_registration(*r);
		ended++;
	}
	return ended;
}

template <class List, class Mine>
auto take_first(List &list, Mine mine) -> decltype(list.first())
{
	auto guard = all().lock.acquire();
	auto *object = list.first();

	while (object && !mine(*object))
		object = list.next(*object);
	if (object)
		list.remove(*object);
	return object;
}

/*
 * No code of @owner runs any more. Until now a thread of it could still hold a
 * socket or a registration block that was ended behind its back, and be told so
 * by what is freed here.
 */
void bury(nt::Owner &owner)
{
	while (Socket *socket = take_first(all().forced, [&](Socket &s) {
		       return &s.registration().owner() == &owner;
	       }))
		socket->unref();
	while (Registration *r = take_first(all().buried,
					    [&](Registration &b) { return &b.owner() == &owner; }))
		r->unref();
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

	all().list.push_back(registration);
}

bool registrations_has(const void *registration)
{
	auto guard = all().lock.acquire();

	for (Registration *r = all().list.first(); r; r = all().list.next(*r))
		if (r == registration)
			return true;
	return false;
}

void registrations_remove(Registration &registration)
{
	auto guard = all().lock.acquire();

	all().list.remove(registration);
}

} /* namespace wsk */
