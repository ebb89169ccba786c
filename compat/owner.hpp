/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Owner records: which driver module a call, an object or a routine belongs to.
 *
 * Nothing pins a driver's module (else rmmod could never start), so wsk.ko keeps
 * one record per driver, found by code address: the caller's return address
 * when it asks for something, the routine's address when it is called. Records
 * are made and retired by module notifications, before the driver's first
 * instruction and after its last. Code of nobody (the kernel, wsk.ko itself)
 * belongs to the "kernel" record, which is never waited for.
 */
#pragma once

#include "cxx/types.hpp"
#include "lx/rcu.h"
#include <ntdef.h>

struct module;

namespace nt {

class Owner;

/* Never fails. Any context. The record outlives all that refers to it. */
Owner &owner_of(const void *code);

const char *owner_name(const Owner &owner);

/* The driver's module, and where it lies in memory; NULL for the kernel record. */
module *owner_module(const Owner &owner);
void *owner_base(const Owner &owner, usize &bytes);

/*
 * One entry into a driver's code that may lie ahead: taken when the routine is
 * queued (work item, thread start, deferred completion), given back when it has
 * returned. The unload of that driver waits until the count is zero.
 */
Owner &owner_enter(const void *routine);
void owner_leave(Owner &owner);

/*
 * The same for a call that happens now: counts from before the first
 * instruction of the driver's routine until after its last, from wsk.ko's text.
 */
class DriverCall : NonMovable {
public:
	explicit DriverCall(const void *routine) : owner_(&owner_enter(routine)) {}
	~DriverCall() { owner_leave(*owner_); }

private:
	Owner *owner_;
};

/* What a driver was given and has to give back, in the order its leaks are ended. */
enum class Held : u8 { Thread, WorkItem, Link, Device, Irp, Mdl, Pool };
constexpr unsigned kHeldKinds = 7;

/*
 * In front of, or inside, what a driver holds. Which owner it counts for is
 * decided by @site, the return address in the driver; who gives it back does
 * not matter, since Windows lets one driver free another's pool and IRPs.
 */
struct Holding {
	LIST_ENTRY link;
	Owner *owner;
	const void *site;
	Held kind;
	u8 front;	/* pool: 16-byte units between the start of the allocation and its user */
	u16 mark;	/* while held: a second release, or a stranger, is told by it */
	u32 tag;
	usize bytes;
};

static_assert(sizeof(Holding) == 48, "what follows a Holding is 16-byte aligned");

/* Context: IRQL <= DISPATCH_LEVEL. @holding stays where it is until owner_drop(). */
void owner_hold(Holding &holding, Held kind, const void *site, usize bytes = 0, u32 tag = 0);
/* Return: false if it was dropped already, or taken by the unload. */
bool owner_drop(Holding &holding);
/* For memory that may not be a Holding at all: says whether it is one, and of @kind. */
bool owner_holds(const Holding &holding, Held kind);

/*
 * Around a free, from its first look at the memory to owner_drop(). A driver may free what another
 * one was given, which unloads meanwhile: until here the unload frees none of it, nor its owner.
 */
class Freeing : NonMovable {
public:
	Freeing() { lx_rcu_read_lock(); }
	~Freeing() { lx_rcu_read_unlock(); }
};

/*
 * Ends one leaked object, which counts for no owner any more: lets go of it.
 * A kind that other drivers may refer to is pinned first, inside the owner's
 * lock. Return: false if its last reference is gone; its destruction then drops it.
 */
using Reclaim = void (*)(Holding &holding);
using Pin = bool (*)(Holding &holding);
void owner_set_reclaim(Held kind, Reclaim reclaim, Pin pin = nullptr);

/*
 * After the driver's exit: waits until none of its code runs or is about to,
 * has the layer above end its sockets and registrations, then names and frees
 * whatever it leaked. Context: PASSIVE_LEVEL; may wait for ever, on a thread of
 * the driver that does not end.
 * Return: how many leaks were named.
 */
unsigned int owner_quiesce(Owner &owner);

/*
 * What the layer above (Winsock Kernel) does for a driver that unloads with
 * its sockets or registrations alive. Set once at module start.
 */
struct OwnerClient {
	/* Names and ends what @owner left; PASSIVE_LEVEL; may be called again until it returns 0. */
	unsigned int (*end_leaked)(Owner &owner);
	/* For what of @owner's it waits, in the log. */
	void (*tell)(Owner &owner);
	/* No code of @owner runs any more: what end_leaked() kept for late calls can go. */
	void (*forget)(Owner &owner);
};

void owner_set_client(const OwnerClient *client);

/* Before any export of ours can be called. Return: 0 or -errno. */
int owner_start();
void owner_end_kernel();	/* before all that a leak needs to be ended stops */
void owner_stop();

} /* namespace nt */
