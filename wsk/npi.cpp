// SPDX-License-Identifier: GPL-2.0
/*
 * WskRegister and the four functions around it: the driver's WSK_REGISTRATION
 * block, in front of the Registration that it stands for.
 *
 * A block goes none -> registered -> ending -> ended. Its lock is not in it: the
 * block may be freed the moment WskDeregister returns, while a loser of the race
 * is still on its way out of a critical section.
 */
#include <ntstatus.h>
#include <wsk.h>

#include "cxx/lock.hpp"
#include "cxx/new.hpp"
#include "lx/irql.h"
#include "lx/log.h"
#include "provider.hpp"
#include "registrations.hpp"

namespace wsk {
namespace {

enum BlockState : ULONGLONG {
	kRegistered = 0x57534b5245470001ULL,
	kEnding,	/* WskDeregister waits; releases still count */
	kEnded,		/* WskDeregister has returned; nothing is behind the block */
};

/* Few registrations, rarely touched: a handful of locks shared by address. */
struct BlockLock {
	nt::SpinLock lock{LX_RANK_BLOCK};
};

constexpr unsigned kLocks = 16;
alignas(BlockLock) u8 storage[kLocks * sizeof(BlockLock)];

nt::SpinLock &lock_of(const WSK_REGISTRATION *block)
{
	auto *locks = reinterpret_cast<BlockLock *>(storage);

	return locks[(reinterpret_cast<uptr>(block) >> 4) % kLocks].lock;
}

Registration &behind(const WSK_REGISTRATION *block)
{
	return *static_cast<Registration *>(block->ReservedRegistrationContext);
}

bool is_live(const WSK_REGISTRATION *block)
{
	return block->ReservedRegistrationState == kRegistered ||
	       block->ReservedRegistrationState == kEnding;
}

bool accepts(USHORT version)
{
	return WSK_MAJOR_VERSION(version) == WSK_MAJOR_VERSION(kVersion) &&
	       WSK_MINOR_VERSION(version) <= WSK_MINOR_VERSION(kVersion);
}

} /* namespace */

void npi_start()
{
	for (unsigned i = 0; i < kLocks; i++)
		new (storage + i * sizeof(BlockLock)) BlockLock;
}

} /* namespace wsk */

using namespace wsk;

extern "C" {

/* {2227E803-8D8B-11D4-ABAD-009027719E09} */
constinit const NPIID NPI_WSK_INTERFACE_ID = {
	0x2227e803, 0x8d8b, 0x11d4, { 0xab, 0xad, 0x00, 0x90, 0x27, 0x71, 0x9e, 0x09 }
};

/**
 * WskRegister() - register a client of Winsock Kernel.
 * @WskClientNpi: context and dispatch; the structure is copied, the
 *	WSK_CLIENT_DISPATCH it names must stay until WskDeregister() has returned.
 * @WskRegistration: the caller's block; it stays allocated while registered.
 *
 * May be called several times with different blocks; each is independent.
 *
 * Context: IRQL == PASSIVE_LEVEL; process context, may sleep.
 * Return: STATUS_SUCCESS; STATUS_INVALID_PARAMETER for a NULL argument;
 *	STATUS_INSUFFICIENT_RESOURCES.
 * Rules: REG-1 to REG-4. An unsupported version is refused at capture (VER-6).
 */
NTSTATUS WskRegister(PWSK_CLIENT_NPI WskClientNpi, PWSK_REGISTRATION WskRegistration)
{
	if (!WskClientNpi || !WskClientNpi->Dispatch || !WskRegistration)
		return STATUS_INVALID_PARAMETER;
	lx_might_sleep();
	auto *registration = nt::make<Registration>(nt::Mem::Sleep, *WskClientNpi,
						    __builtin_return_address(0));
	if (!registration)
		return STATUS_INSUFFICIENT_RESOURCES;
	registrations_add(*registration);

	auto guard = lock_of(WskRegistration).acquire();

	/*
	 * The block's memory may never have been initialised, so what it says is
	 * believed only if there is such a registration.
	 */
	if (is_live(WskRegistration) &&
	    registrations_has(WskRegistration->ReservedRegistrationContext))
		lx_log_misuse("REG-13: WskRegister of a block that is registered; what was behind it is lost, called from %pS",
			      __builtin_return_address(0));
	WskRegistration->ReservedRegistrationContext = registration;
	WskRegistration->ReservedRegistrationState = kRegistered;
	return STATUS_SUCCESS;
}

/**
 * WskCaptureProviderNPI() - get the provider's dispatch table.
 * @WskRegistration: a registered block.
 * @WaitTimeout: milliseconds to wait for the provider, WSK_NO_WAIT or
 *	WSK_INFINITE_WAIT. wsk.ko is the provider and always there, so the answer
 *	comes at once.
 * @WskProviderNpi: receives Client and Dispatch on success only.
 *
 * Context: IRQL <= DISPATCH_LEVEL with WSK_NO_WAIT, else PASSIVE_LEVEL.
 * Return: STATUS_SUCCESS, to be paired with WskReleaseProviderNPI();
 *	STATUS_NOINTERFACE if the client's version is not supported;
 *	STATUS_DEVICE_NOT_READY once WskDeregister() has begun;
 *	STATUS_INVALID_PARAMETER for a NULL argument.
 * Rules: CAP-1 to CAP-11, REG-22, REG-23, VER-3, VER-6.
 */
NTSTATUS WskCaptureProviderNPI(PWSK_REGISTRATION WskRegistration, ULONG WaitTimeout,
			       PWSK_PROVIDER_NPI WskProviderNpi)
{
	if (!WskRegistration || !WskProviderNpi)
		return STATUS_INVALID_PARAMETER;
	if (WaitTimeout != WSK_NO_WAIT)
		lx_might_sleep();

	auto guard = lock_of(WskRegistration).acquire();

	if (WskRegistration->ReservedRegistrationState != kRegistered)
		return STATUS_DEVICE_NOT_READY;
	Registration &registration = behind(WskRegistration);

	if (!accepts(registration.version()))
		return STATUS_NOINTERFACE;
	if (!registration.capture())
		return STATUS_DEVICE_NOT_READY;
	WskProviderNpi->Client = registration.as_client();
	WskProviderNpi->Dispatch = &kProviderDispatch;
	return STATUS_SUCCESS;
}

/**
 * WskReleaseProviderNPI() - give one capture back.
 * @WskRegistration: the block of the capture. Sockets made through it live on.
 *
 * Context: IRQL <= DISPATCH_LEVEL; any thread.
 * Rules: CAP-8, CAP-13, CAP-16, CAP-18.
 */
VOID WskReleaseProviderNPI(PWSK_REGISTRATION WskRegistration)
{
	if (!WskRegistration)
		return;
	bool released = false;
	{
		auto guard = lock_of(WskRegistration).acquire();

		if (is_live(WskRegistration))
			released = behind(WskRegistration).release_capture();
	}
	if (!released)
		lx_log_misuse("CAP-13: WskReleaseProviderNPI without a capture, called from %pS",
			      __builtin_return_address(0));
}

/**
 * WskQueryProviderCharacteristics() - the versions the provider speaks.
 * @WskRegistration: a registered block; no capture is needed.
 * @WskProviderCharacteristics: receives highest and lowest version.
 *
 * Context: IRQL <= DISPATCH_LEVEL.
 * Return: STATUS_SUCCESS; STATUS_DEVICE_NOT_READY once WskDeregister() has
 *	begun; STATUS_INVALID_PARAMETER for a NULL argument.
 * Rules: CAP-21 to CAP-25.
 */
NTSTATUS WskQueryProviderCharacteristics(PWSK_REGISTRATION WskRegistration,
					 PWSK_PROVIDER_CHARACTERISTICS WskProviderCharacteristics)
{
	if (!WskRegistration || !WskProviderCharacteristics)
		return STATUS_INVALID_PARAMETER;

	auto guard = lock_of(WskRegistration).acquire();

	if (WskRegistration->ReservedRegistrationState != kRegistered)
		return STATUS_DEVICE_NOT_READY;
	WskProviderCharacteristics->HighestVersion = kVersion;
	WskProviderCharacteristics->LowestVersion = kVersion;
	return STATUS_SUCCESS;
}

/**
 * WskDeregister() - end a registration.
 * @WskRegistration: the block. It may be registered again afterwards.
 *
 * Returns when every capture is released, every call through the provider's
 * dispatch has returned, every socket is closed and the routines of all their
 * IRPs have returned. Cancels pending WSK_TRANSPORT_LIST_CHANGE requests and
 * nothing else: a socket nobody closes keeps it waiting.
 *
 * Called where it would wait for itself, above PASSIVE_LEVEL or in a callback or
 * completion routine of the same registration, it is reported and returns at once
 * with the registration alive.
 *
 * Context: IRQL == PASSIVE_LEVEL; sleeps.
 * Rules: REG-14 to REG-28, CLO-27.
 */
VOID WskDeregister(PWSK_REGISTRATION WskRegistration)
{
	const void *site = __builtin_return_address(0);
	Registration *registration = nullptr;
	bool ours = false;

	if (!WskRegistration)
		return;
	if (lx_context_is_atomic()) {
		lx_log_misuse("REG-28: WskDeregister above PASSIVE_LEVEL, called from %pS", site);
		return;
	}
	lx_might_sleep();
	{
		auto guard = lock_of(WskRegistration).acquire();

		if (WskRegistration->ReservedRegistrationState == kRegistered) {
			registration = &behind(WskRegistration);
			if (registration->is_inside()) {
				guard.unlock();
				lx_log_misuse("REG-28: WskDeregister inside a callback or completion routine of the same registration, called from %pS",
					      site);
				return;
			}
			WskRegistration->ReservedRegistrationState = kEnding;
			/* False: it was ended by force, and its memory is not ours to free. */
			ours = registration->end();
		}
	}
	if (!registration) {
		lx_log_misuse("REG-12: WskDeregister of a block that is not registered, called from %pS",
			      site);
		return;
	}
	registration->wait_drained();
	{
		auto guard = lock_of(WskRegistration).acquire();

		WskRegistration->ReservedRegistrationState = kEnded;
		WskRegistration->ReservedRegistrationContext = nullptr;
	}
	if (!ours)
		return;
	registrations_remove(*registration);
	registration->unref();
}

} /* extern "C" */
