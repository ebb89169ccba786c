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

struct All {
	nt::SpinLock lock{LX_RANK_REGISTRATIONS};	/* protects: list */
	nt::List<Registration, nt::Member<Registration, &Registration::link>> list;
};

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

/*
 * The driver's exit has run and its text is still there, because this is
 * running: callbacks in progress end, nothing new begins, and the registration
 * is taken down in the order a careful driver would have used.
 */
void end_registration(Registration &r)
{
	const char *name = nt::owner_name(r.owner());
	/* False: a thread of the driver sits in WskDeregister and only waits for the sockets. */
	const bool forgotten = r.end();

	if (forgotten)
		lx_log_err("leak: %s: registration never deregistered, made at %pS", name,
			   r.site());
	while (nt::Ref<Socket> socket = r.any_socket()) {
		lx_log_err("leak: %s: %s socket never closed, made at %pS", name,
			   socket->kind_name(), socket->site());
		socket->close_by_force();
	}
	if (unsigned int captures = r.forget_captures())
		lx_log_err("leak: %s: %u captures of the provider NPI never released", name,
			   captures);
	r.wait_drained();
	if (!forgotten) {
		lx_sleep_ms(10);
		return;
	}
	registrations_remove(r);
	r.unref();
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

constexpr nt::OwnerClient kOwnerClient = { end_leaked };

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

void registrations_remove(Registration &registration)
{
	auto guard = all().lock.acquire();

	all().list.remove(registration);
}

} /* namespace wsk */
