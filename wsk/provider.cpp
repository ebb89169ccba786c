// SPDX-License-Identifier: GPL-2.0
/*
 * wsk.ko as a provider of the Network Module Registrar. Every client, those that
 * WskRegister makes and those that drivers make themselves, is attached here,
 * gets a Registration as its PWSK_CLIENT, and is detached when that has nothing
 * left (NMR-32 to NMR-39).
 */
#include "provider.hpp"

#include <ntstatus.h>

#include "client.hpp"
#include "cxx/new.hpp"
#include "lx/log.h"
#include "nmr.hpp"
#include "registrations.hpp"
#include "wsk_testing.h"

namespace wsk {

/* {0E5B8C4A-7A51-4C7E-8B0D-2F64D1A93C77} */
constinit const NPI_MODULEID kProviderModuleId = {
	sizeof(NPI_MODULEID), MIT_GUID,
	{ { 0x0e5b8c4a, 0x7a51, 0x4c7e, { 0x8b, 0x0d, 0x2f, 0x64, 0xd1, 0xa9, 0x3c, 0x77 } } }
};

namespace {

constexpr WSK_PROVIDER_CHARACTERISTICS kRange = { .HighestVersion = kVersion,
						  .LowestVersion = kVersion };

constinit HANDLE provider = nullptr;
constinit bool is_there = false;	/* atomic */

void set_there(bool there)
{
	__atomic_store_n(&is_there, there, __ATOMIC_RELEASE);
}

bool accepts(USHORT version)
{
	return version >= kRange.LowestVersion && version <= kRange.HighestVersion;
}

NTSTATUS attach_client(HANDLE binding, PVOID, PNPI_REGISTRATION_INSTANCE instance, PVOID context,
		       CONST VOID *client_dispatch, PVOID *binding_context, CONST VOID **dispatch)
{
	const auto *theirs = static_cast<const WSK_CLIENT_DISPATCH *>(client_dispatch);
	/* WskRegister's clients are ours, and stand for the driver that called it. */
	Client *client = instance->ModuleId == &kClientModuleId ? static_cast<Client *>(context) :
								  nullptr;
	const void *site = client ? client->site() : nt::nmr_client_site(binding);

	if (!theirs)
		return STATUS_INVALID_PARAMETER;
	const USHORT version = client ? client->version() : theirs->Version;

	if (!accepts(version))
		return STATUS_NOINTERFACE;
	auto *registration = nt::make<Registration>(nt::Mem::Sleep, binding, version, client, site);
	if (!registration)
		return STATUS_INSUFFICIENT_RESOURCES;
	registrations_add(*registration);
	*binding_context = registration->as_client();
	*dispatch = &kProviderDispatch;
	return STATUS_SUCCESS;
}

NTSTATUS detach_client(PVOID binding_context)
{
	return static_cast<Registration *>(binding_context)->detach() ? STATUS_SUCCESS :
									 STATUS_PENDING;
}

VOID cleanup_client(PVOID binding_context)
{
	auto &registration = *static_cast<Registration *>(binding_context);

	registrations_retire(registration, nt::nmr_client_is_abandoned(registration.binding()));
}

constexpr NPI_PROVIDER_CHARACTERISTICS kCharacteristics = {
	.Version = 0,
	.Length = sizeof(NPI_PROVIDER_CHARACTERISTICS),
	.ProviderAttachClient = attach_client,
	.ProviderDetachClient = detach_client,
	.ProviderCleanupBindingContext = cleanup_client,
	.ProviderRegistrationInstance = {
		.Version = 0,
		.Size = sizeof(NPI_REGISTRATION_INSTANCE),
		.NpiId = &NPI_WSK_INTERFACE_ID,
		.ModuleId = &kProviderModuleId,
		.Number = 0,
		.NpiSpecificCharacteristics = &kRange,
	},
};

} /* namespace */

NTSTATUS provider_start()
{
	set_there(true);
	const NTSTATUS status = NmrRegisterProvider(&kCharacteristics, nullptr, &provider);

	if (!NT_SUCCESS(status))
		set_there(false);
	return status;
}

void provider_stop()
{
	if (!provider)
		return;
	set_there(false);
	NmrDeregisterProvider(provider);
	NmrWaitForProviderDeregisterComplete(provider);
	provider = nullptr;
}

bool provider_is_there()
{
	return __atomic_load_n(&is_there, __ATOMIC_ACQUIRE);
}

} /* namespace wsk */

extern "C" {

/* {2227E803-8D8B-11D4-ABAD-009027719E09} */
constinit const NPIID NPI_WSK_INTERFACE_ID = {
	0x2227e803, 0x8d8b, 0x11d4, { 0xab, 0xad, 0x00, 0x90, 0x27, 0x71, 0x9e, 0x09 }
};

/**
 * wsk_testing_provider_stop() - Winsock Kernel goes, as far as its clients can tell.
 *
 * For tests of what a client sees of an absent provider; one caller at a time.
 * Returns when every capture is released and every socket closed.
 *
 * Context: IRQL == PASSIVE_LEVEL; sleeps.
 */
VOID wsk_testing_provider_stop(VOID)
{
	wsk::provider_stop();
}

/**
 * wsk_testing_provider_start() - it comes back, and attaches who is registered.
 *
 * Context: IRQL == PASSIVE_LEVEL; sleeps.
 * Return: STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES, with no provider there;
 *	STATUS_INVALID_DEVICE_STATE if it had not gone.
 */
NTSTATUS wsk_testing_provider_start(VOID)
{
	return wsk::provider ? STATUS_INVALID_DEVICE_STATE : wsk::provider_start();
}

} /* extern "C" */
