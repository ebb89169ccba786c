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

namespace nt {

class Owner;

/* Never fails. Any context. The record outlives all that refers to it. */
Owner &owner_of(const void *code);

const char *owner_name(const Owner &owner);

/*
 * Counts one entry into a driver's code (callback, completion routine, work
 * item, thread) from wsk.ko's own text. The unload of that driver waits until
 * the count is zero, so the last instruction of the driver's routine has run
 * when its text is freed.
 */
class DriverCall : NonMovable {
public:
	explicit DriverCall(const void *routine);
	~DriverCall();

private:
	Owner *owner_;
};

/*
 * What the layer above (Winsock Kernel) does for a driver that unloads with
 * its sockets or registrations alive. Set once at module start.
 */
struct OwnerClient {
	/* Names and ends what @owner left; PASSIVE_LEVEL; may be called again until it returns 0. */
	unsigned int (*end_leaked)(Owner &owner);
};

void owner_set_client(const OwnerClient *client);

} /* namespace nt */
