// SPDX-License-Identifier: GPL-2.0
/*
 * WskRegister and the four functions around it. Each looks at the driver's
 * WSK_REGISTRATION block first; what is behind that is a client of the NMR.
 */
#include <ntstatus.h>
#include <wsk.h>

#include "block.hpp"
#include "client.hpp"
#include "cxx/new.hpp"
#include "lx/irql.h"
#include "lx/log.h"
#include "registrations.hpp"

namespace wsk {
namespace {

/* Few registrations, rarely touched: a handful of locks shared by address. */
struct BlockLock {
	nt::SpinLock lock{LX_RANK_BLOCK};
};

constexpr unsigned kLocks = 16;
alignas(BlockLock) u8 storage[kLocks * sizeof(BlockLock)];

/* Of a live block. */
Client &behind(const Block &block)
{
	return *static_cast<Client *>(block.context());
}

/*
 * What is behind @block, whose lock is held. The block is the driver's memory, and may never have
 * been initialised, so what it says is believed only if a client says the same.
 */
Match look(PWSK_REGISTRATION registration)
{
	const Block block(registration);

	if (block.has_ended())
		return Match::None;
	return clients_match(block.is_live() ? block.context() : nullptr, registration);
}

void report_damage(const char *call, const void *site)
{
	lx_log_misuse("REG-7: %s with a WSK_REGISTRATION that was written to, or is a copy; what it was made for stays, called from %pS",
		      call, site);
}

/* The client behind @registration with a reference, or NULL; whether that was reported. */
struct Found {
	nt::Ref<Client> client;
	bool is_reported;
};

Found find(PWSK_REGISTRATION registration, const char *call, const void *site)
{
	const Block block(registration);
	Match match;
	{
		auto guard = block.lock().acquire();

		match = look(registration);
		if (match == Match::Same)
			return { nt::Ref<Client>(behind(block)), false };
	}
	if (match == Match::None)
		return { nullptr, false };
	report_damage(call, site);
	return { nullptr, true };
}

void begin(PWSK_REGISTRATION registration, Client &client, const void *site)
{
	const Block block(registration);
	auto guard = block.lock().acquire();
	const Match match = look(registration);

	/* What was copied here never made this one a registered block. */
	if (match == Match::Same || match == Match::Written)
		lx_log_misuse("REG-13: WskRegister of a block that is registered; what was behind it is lost, called from %pS",
			      site);
	block.begin(&client);
}

void end(const Block &block, bool abandoned)
{
	auto guard = block.lock().acquire();

	block.end(abandoned);
}

} /* namespace */

void Block::start()
{
	for (unsigned i = 0; i < kLocks; i++)
		new (storage + i * sizeof(BlockLock)) BlockLock;
}

nt::SpinLock &Block::lock() const
{
	auto *locks = reinterpret_cast<BlockLock *>(storage);

	return locks[(reinterpret_cast<uptr>(block_) >> 4) % kLocks].lock;
}

} /* namespace wsk */

using namespace wsk;

extern "C" {

/**
 * WskRegister() - register a client of Winsock Kernel.
 * @WskClientNpi: context and dispatch; the structure is copied, the
 *	WSK_CLIENT_DISPATCH it names must stay until WskDeregister() has returned.
 * @WskRegistration: the caller's block; it stays allocated while registered.
 *
 * May be called several times with different blocks; each is independent. Succeeds
 * also when no provider is there: WskCaptureProviderNPI() can wait for one.
 *
 * Context: IRQL == PASSIVE_LEVEL; process context, may sleep.
 * Return: STATUS_SUCCESS; STATUS_INVALID_PARAMETER for a NULL argument, or above
 *	PASSIVE_LEVEL, which is reported; STATUS_INSUFFICIENT_RESOURCES.
 * Rules: REG-1 to REG-4, REG-8, REG-9. An unsupported version is refused at capture (VER-6).
 */
NTSTATUS WskRegister(PWSK_CLIENT_NPI WskClientNpi, PWSK_REGISTRATION WskRegistration)
{
	const void *site = __builtin_return_address(0);
	NTSTATUS status;

	if (!WskClientNpi || !WskClientNpi->Dispatch || !WskRegistration)
		return STATUS_INVALID_PARAMETER;
	if (lx_context_is_atomic()) {
		lx_log_misuse("REG-8: WskRegister above PASSIVE_LEVEL, called from %pS", site);
		return STATUS_INVALID_PARAMETER;
	}
	lx_might_sleep();
	if (WskClientNpi->Dispatch->Reserved)
		lx_log_misuse("REG-9: WskRegister with a WSK_CLIENT_DISPATCH whose Reserved is not 0, called from %pS",
			      site);
	auto *client = nt::make<Client>(nt::Mem::Sleep, *WskClientNpi, WskRegistration, site);

	if (!client)
		return STATUS_INSUFFICIENT_RESOURCES;
	begin(WskRegistration, *client, site);
	status = client->start();
	if (!NT_SUCCESS(status)) {
		end(Block(WskRegistration), false);
		client->unref();
		return status;
	}
	/* Not before: an unload ends by force what it finds here. */
	clients_add(*client);
	return STATUS_SUCCESS;
}

/**
 * WskCaptureProviderNPI() - get the provider's dispatch table.
 * @WskRegistration: a registered block.
 * @WaitTimeout: milliseconds to wait for the provider, WSK_NO_WAIT or
 *	WSK_INFINITE_WAIT. wsk.ko is the provider and there as long as it is
 *	loaded, so outside tests the answer comes at once.
 * @WskProviderNpi: receives Client and Dispatch on success only.
 *
 * Context: IRQL <= DISPATCH_LEVEL with WSK_NO_WAIT, else PASSIVE_LEVEL; a wait
 *	above that is reported, and does not take place.
 * Return: STATUS_SUCCESS, to be paired with WskReleaseProviderNPI();
 *	STATUS_NOINTERFACE if the client's version is not supported;
 *	STATUS_DEVICE_NOT_READY if the time is over without a provider, and once
 *	WskDeregister() has begun; STATUS_INVALID_PARAMETER for a NULL argument;
 *	STATUS_INSUFFICIENT_RESOURCES when 2^32 - 1 captures are held.
 * Rules: CAP-1 to CAP-11, CAP-14, REG-22 to REG-24, VER-3, VER-6.
 */
NTSTATUS WskCaptureProviderNPI(PWSK_REGISTRATION WskRegistration, ULONG WaitTimeout,
			       PWSK_PROVIDER_NPI WskProviderNpi)
{
	if (!WskRegistration || !WskProviderNpi)
		return STATUS_INVALID_PARAMETER;
	const void *site = __builtin_return_address(0);
	const Block block(WskRegistration);

	/* Also when there is nothing to wait for, or it would be found on the day there is. */
	if (WaitTimeout != WSK_NO_WAIT && lx_context_is_atomic()) {
		lx_log_misuse("CAP-14: WskCaptureProviderNPI with a wait above PASSIVE_LEVEL, called from %pS",
			      site);
		WaitTimeout = WSK_NO_WAIT;
	}
	if (block.try_capture()) {
		behind(block).fill(WskProviderNpi, site);
		return STATUS_SUCCESS;
	}
	const Found found = find(WskRegistration, "WskCaptureProviderNPI", site);

	return found.client ? found.client->capture(WaitTimeout, WskProviderNpi, site) :
			      STATUS_DEVICE_NOT_READY;
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
	const Block block(WskRegistration);

	if (block.try_release())
		return;
	const Found found = find(WskRegistration, "WskReleaseProviderNPI",
				 __builtin_return_address(0));

	if (!found.is_reported && !(found.client && found.client->release()))
		lx_log_misuse("CAP-13: WskReleaseProviderNPI without a capture, called from %pS",
			      __builtin_return_address(0));
}

/**
 * WskQueryProviderCharacteristics() - the versions the provider speaks.
 * @WskRegistration: a registered block; no capture is needed.
 * @WskProviderCharacteristics: receives highest and lowest version.
 *
 * Context: IRQL <= DISPATCH_LEVEL.
 * Return: STATUS_SUCCESS, also when the client's own version is refused;
 *	STATUS_DEVICE_NOT_READY while no provider is there, and once WskDeregister()
 *	has begun; STATUS_INVALID_PARAMETER for a NULL argument.
 * Rules: CAP-21 to CAP-25.
 */
NTSTATUS WskQueryProviderCharacteristics(PWSK_REGISTRATION WskRegistration,
					 PWSK_PROVIDER_CHARACTERISTICS WskProviderCharacteristics)
{
	if (!WskRegistration || !WskProviderCharacteristics)
		return STATUS_INVALID_PARAMETER;
	const Found found = find(WskRegistration, "WskQueryProviderCharacteristics",
				 __builtin_return_address(0));

	return found.client ? found.client->query(WskProviderCharacteristics) :
			      STATUS_DEVICE_NOT_READY;
}

/**
 * WskDeregister() - end a registration.
 * @WskRegistration: the block. It may be registered again afterwards.
 *
 * Returns when every capture is released, every call through the provider's
 * dispatch has returned, every socket is closed and the routines of all their
 * IRPs have returned. Cancels nothing but WSK_TRANSPORT_LIST_CHANGE: a socket
 * nobody closes keeps it waiting, and every ten seconds the log says for what.
 *
 * Called where it would wait for itself, above PASSIVE_LEVEL or in a callback or
 * completion routine of the same registration, it is reported and returns at once
 * with the registration alive. So it is with a block that the driver wrote to, or a
 * copy of one: the registration ends with the driver.
 *
 * Context: IRQL == PASSIVE_LEVEL; sleeps.
 * Rules: REG-7, REG-14 to REG-28, CLO-27.
 */
VOID WskDeregister(PWSK_REGISTRATION WskRegistration)
{
	const void *site = __builtin_return_address(0);
	nt::Ref<Client> client;
	bool ours;

	if (!WskRegistration)
		return;
	if (lx_context_is_atomic()) {
		lx_log_misuse("REG-28: WskDeregister above PASSIVE_LEVEL, called from %pS", site);
		return;
	}
	lx_might_sleep();
	const Block block(WskRegistration);
	{
		auto guard = block.lock().acquire();
		const Match match = look(WskRegistration);

		if (match == Match::Written || match == Match::Copied) {
			guard.unlock();
			report_damage("WskDeregister", site);
			return;
		}
		if (match == Match::None || block.phase() == Phase::Ending) {
			guard.unlock();
			lx_log_misuse("REG-12: WskDeregister of a block that is not registered, called from %pS",
				      site);
			return;
		}
		if (behind(block).is_inside_locked()) {
			guard.unlock();
			lx_log_misuse("REG-28: WskDeregister inside a callback or completion routine of the same registration, called from %pS",
				      site);
			return;
		}
		client = nt::Ref<Client>(behind(block));
		/* False: the driver's unload has ended it by force, and finishes that. */
		ours = client->begin_end_locked();
	}
	if (ours)
		client->finish_end();
	else
		client->wait_detached();
	const bool abandoned = client->is_abandoned();

	end(block, abandoned);
	if (ours)
		clients_retire(*client, abandoned);
}

} /* extern "C" */
