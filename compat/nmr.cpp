// SPDX-License-Identifier: GPL-2.0
/*
 * The Network Module Registrar: what drivers call. The arguments are judged here;
 * what they lead to is nmr_registrar.cpp's.
 */
#include "nmr.hpp"

#include "cxx/new.hpp"
#include "lx/irql.h"
#include "lx/log.h"
#include "nmr_module.hpp"
#include <ntstatus.h>

namespace nt {
namespace {

bool is_complete(const NPI_REGISTRATION_INSTANCE &instance)
{
	return instance.NpiId && instance.ModuleId;
}

bool has_sizes(const NPI_REGISTRATION_INSTANCE &instance)
{
	return !instance.Version && instance.Size == sizeof(instance) &&
	       instance.ModuleId->Length == sizeof(NPI_MODULEID);
}

bool is_complete(const NPI_CLIENT_CHARACTERISTICS &c)
{
	return c.ClientAttachProvider && c.ClientDetachProvider &&
	       is_complete(c.ClientRegistrationInstance);
}

bool is_complete(const NPI_PROVIDER_CHARACTERISTICS &p)
{
	return p.ProviderAttachClient && p.ProviderDetachClient &&
	       is_complete(p.ProviderRegistrationInstance);
}

bool has_sizes(const NPI_CLIENT_CHARACTERISTICS &c)
{
	return !c.Version && c.Length == sizeof(c) && has_sizes(c.ClientRegistrationInstance);
}

bool has_sizes(const NPI_PROVIDER_CHARACTERISTICS &p)
{
	return !p.Version && p.Length == sizeof(p) && has_sizes(p.ProviderRegistrationInstance);
}

template <class Characteristics>
NTSTATUS enter(const Characteristics *characteristics, PVOID context, PHANDLE handle,
	       const char *call, const void *site)
{
	if (!characteristics || !handle || !is_complete(*characteristics))
		return STATUS_INVALID_PARAMETER;
	if (!has_sizes(*characteristics)) {
		lx_log_misuse("NMR-30: %s with a Version that is not 0 or a Length that is not the structure's, called from %pS",
			      call, site);
		return STATUS_INVALID_PARAMETER;
	}
	if (lx_context_is_atomic()) {
		lx_log_misuse("NMR-28: %s above PASSIVE_LEVEL, called from %pS", call, site);
		return STATUS_INVALID_PARAMETER;
	}
	lx_might_sleep();

	auto *module = make<NmrModule>(Mem::Sleep, *characteristics, context, site);

	if (!module)
		return STATUS_INSUFFICIENT_RESOURCES;
	if (nmr_registrar().add(*module, handle))
		return STATUS_SUCCESS;
	destroy(module);
	return STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS begin_end(HANDLE handle, NmrRole role, const char *call, const void *site)
{
	NmrRegistrar &nmr = nmr_registrar();
	Ref<NmrModule> module;
	bool twice;
	{
		auto guard = nmr.lock.acquire();
		NmrModule *found = nmr.find(handle, role);

		if (!found)
			return STATUS_INVALID_PARAMETER;
		twice = found->ending;
		found->ending = true;
		module = Ref<NmrModule>(*found);
	}
	if (twice) {
		lx_log_misuse("NMR-22: %s of a %s that is deregistered already, called from %pS",
			      call, module->what(), site);
		return STATUS_INVALID_PARAMETER;
	}
	nmr.end_bindings(*module);
	return STATUS_PENDING;
}

void log_info(const char *text)
{
	lx_log_info("%s", text);
}

/* Counts as a waiter, so that an unload does not name as forgotten what is waited for here. */
NTSTATUS wait_end(HANDLE handle, NmrRole role, const char *call, const void *site)
{
	NmrRegistrar &nmr = nmr_registrar();
	Ref<NmrModule> module;
	bool inside;

	if (lx_context_is_atomic()) {
		lx_log_misuse("NMR-24: %s above PASSIVE_LEVEL, called from %pS", call, site);
		return STATUS_INVALID_PARAMETER;
	}
	lx_might_sleep();
	{
		auto guard = nmr.lock.acquire();
		NmrModule *found = nmr.find(handle, role);

		if (!found || !found->ending)
			return STATUS_INVALID_PARAMETER;
		inside = found->is_inside(lx_task_self());
		if (!inside)
			found->waiters++;
		module = Ref<NmrModule>(*found);
	}
	if (inside) {
		lx_log_misuse("NMR-24: %s inside a callback of the same %s, called from %pS", call,
			      module->what(), site);
		return STATUS_INVALID_PARAMETER;
	}
	nmr.wait(*module, log_info);

	auto guard = nmr.lock.acquire();

	module->waiters--;
	nmr.retire(*module);
	return STATUS_SUCCESS;
}

void complete(HANDLE handle, NmrRole role, const char *call, const void *site)
{
	NmrRegistrar &nmr = nmr_registrar();
	NmrBinding *binding;
	bool obeyed, run = false;
	{
		auto guard = nmr.lock.acquire();

		binding = nmr.find_binding(handle);
		obeyed = binding && binding->detach_complete(role);
		if (obeyed)
			run = binding->try_run(lx_task_self());
	}
	if (!obeyed)
		lx_log_misuse("NMR-18: %s of a binding whose detach is not pending, called from %pS",
			      call, site);
	if (run)
		nmr.run(*binding);
}

} /* namespace */

} /* namespace nt */

using namespace nt;

extern "C" {

/**
 * NmrRegisterClient() - register a client of a network programming interface (NPI).
 * @ClientCharacteristics: callbacks and identity; not copied, stays while registered.
 * @ClientContext: what ClientAttachProvider gets.
 * @NmrClientHandle: receives the handle, before the first callback.
 *
 * Calls ClientAttachProvider for each provider of the same NPI (by value) that is
 * registered, in this thread, before it returns; later, in the thread of each
 * provider that comes.
 *
 * Context: IRQL == PASSIVE_LEVEL; process context, may sleep.
 * Return: STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES, and nothing was called;
 *	STATUS_INVALID_PARAMETER for a NULL argument, callback (but cleanup) or id, a
 *	Version that is not 0 or a Length that is wrong, or above PASSIVE_LEVEL.
 * Rules: NMR-1, NMR-3, NMR-5, NMR-6, NMR-7, NMR-28 to NMR-31.
 */
NTSTATUS NmrRegisterClient(PNPI_CLIENT_CHARACTERISTICS ClientCharacteristics, PVOID ClientContext,
			   PHANDLE NmrClientHandle)
{
	return enter(ClientCharacteristics, ClientContext, NmrClientHandle, "NmrRegisterClient",
		     __builtin_return_address(0));
}

/**
 * NmrRegisterProvider() - register a provider of a network programming interface.
 * @ProviderCharacteristics: callbacks and identity; not copied, stays while registered.
 * @ProviderContext: what ProviderAttachClient gets.
 * @NmrProviderHandle: receives the handle, before the first callback.
 *
 * Calls ClientAttachProvider of each client of the same NPI that is registered, in
 * this thread, before it returns.
 *
 * Context: IRQL == PASSIVE_LEVEL; process context, may sleep.
 * Return: as NmrRegisterClient().
 * Rules: NMR-2, NMR-4 to NMR-7, NMR-27 to NMR-31.
 */
NTSTATUS NmrRegisterProvider(PNPI_PROVIDER_CHARACTERISTICS ProviderCharacteristics,
			     PVOID ProviderContext, PHANDLE NmrProviderHandle)
{
	return enter(ProviderCharacteristics, ProviderContext, NmrProviderHandle,
		     "NmrRegisterProvider", __builtin_return_address(0));
}

/**
 * NmrDeregisterClient() - begin to end a client.
 * @NmrClientHandle: valid until NmrWaitForClientDeregisterComplete() has succeeded.
 *
 * Calls the detach callbacks of both sides of each binding in this thread, and waits
 * for nothing. A binding whose attach runs in another thread is detached by that
 * thread when the attach has ended.
 *
 * Context: IRQL <= DISPATCH_LEVEL.
 * Return: STATUS_PENDING, also when nothing is attached; STATUS_INVALID_PARAMETER for
 *	what is not the handle of a client, and, reported, the second time.
 * Rules: NMR-14, NMR-16, NMR-22, NMR-23, NMR-26.
 */
NTSTATUS NmrDeregisterClient(HANDLE NmrClientHandle)
{
	return begin_end(NmrClientHandle, NmrRole::Client, "NmrDeregisterClient",
			 __builtin_return_address(0));
}

/**
 * NmrDeregisterProvider() - begin to end a provider.
 * @NmrProviderHandle: valid until NmrWaitForProviderDeregisterComplete() has succeeded.
 *
 * See NmrDeregisterClient().
 *
 * Context: IRQL <= DISPATCH_LEVEL.
 * Return: STATUS_PENDING, also when nothing is attached; STATUS_INVALID_PARAMETER for
 *	what is not the handle of a provider, and, reported, the second time.
 * Rules: NMR-15, NMR-16, NMR-22, NMR-23.
 */
NTSTATUS NmrDeregisterProvider(HANDLE NmrProviderHandle)
{
	return begin_end(NmrProviderHandle, NmrRole::Provider, "NmrDeregisterProvider",
			 __builtin_return_address(0));
}

/**
 * NmrWaitForClientDeregisterComplete() - wait until a client is gone.
 * @NmrClientHandle: NmrDeregisterClient() was called for it.
 *
 * Returns when both sides of each binding have completed their detach and their
 * cleanup callbacks have returned; the handle is not valid any more then. Every 10
 * seconds the log says what it waits for. In a callback of the same client it could
 * never end: that is reported, and the handle stays valid.
 *
 * Context: IRQL == PASSIVE_LEVEL; sleeps.
 * Return: STATUS_SUCCESS; STATUS_INVALID_PARAMETER for what is not the handle of a
 *	client that deregisters, or where it must not wait.
 * Rules: NMR-23 to NMR-25.
 */
NTSTATUS NmrWaitForClientDeregisterComplete(HANDLE NmrClientHandle)
{
	return wait_end(NmrClientHandle, NmrRole::Client, "NmrWaitForClientDeregisterComplete",
			__builtin_return_address(0));
}

/**
 * NmrWaitForProviderDeregisterComplete() - wait until a provider is gone.
 * @NmrProviderHandle: NmrDeregisterProvider() was called for it.
 *
 * See NmrWaitForClientDeregisterComplete().
 *
 * Context: IRQL == PASSIVE_LEVEL; sleeps.
 * Return: STATUS_SUCCESS; STATUS_INVALID_PARAMETER for what is not the handle of a
 *	provider that deregisters, or where it must not wait.
 * Rules: NMR-23 to NMR-25.
 */
NTSTATUS NmrWaitForProviderDeregisterComplete(HANDLE NmrProviderHandle)
{
	return wait_end(NmrProviderHandle, NmrRole::Provider,
			"NmrWaitForProviderDeregisterComplete", __builtin_return_address(0));
}

/**
 * NmrClientAttachProvider() - attach to the provider that ClientAttachProvider was told of.
 * @NmrBindingHandle: what ClientAttachProvider got.
 * @ClientBindingContext: what the client's detach and cleanup callbacks get.
 * @ClientDispatch: the client's functions for the provider; NULL if the NPI has none.
 * @ProviderBindingContext: receives the provider's context, on success only.
 * @ProviderDispatch: receives the provider's functions, on success only.
 *
 * Calls ProviderAttachClient. After a refusal it may be called again, with
 * another dispatch. Only inside ClientAttachProvider, in the thread of that callback.
 *
 * Context: IRQL == PASSIVE_LEVEL; process context, may sleep.
 * Return: what ProviderAttachClient returned, STATUS_NOINTERFACE by convention where the
 *	two do not fit; STATUS_DEVICE_NOT_READY if one of the two has begun to deregister:
 *	the provider was not called; STATUS_INVALID_PARAMETER, reported, outside of the
 *	callback, after a success, or above PASSIVE_LEVEL, and for a NULL argument.
 * Rules: NMR-8 to NMR-10, NMR-13, NMR-28.
 */
NTSTATUS NmrClientAttachProvider(HANDLE NmrBindingHandle, PVOID ClientBindingContext,
				 CONST VOID *ClientDispatch, PVOID *ProviderBindingContext,
				 CONST VOID **ProviderDispatch)
{
	const void *site = __builtin_return_address(0);

	if (!ProviderBindingContext || !ProviderDispatch)
		return STATUS_INVALID_PARAMETER;
	if (lx_context_is_atomic()) {
		lx_log_misuse("NMR-28: NmrClientAttachProvider above PASSIVE_LEVEL, called from %pS",
			      site);
		return STATUS_INVALID_PARAMETER;
	}
	NmrBinding *binding;

	switch (nmr_registrar().begin_provider(NmrBindingHandle, binding)) {
	case NmrBinding::Begin::Go:
		break;
	case NmrBinding::Begin::Ending:
		return STATUS_DEVICE_NOT_READY;
	case NmrBinding::Begin::Twice:
		lx_log_misuse("NMR-12: NmrClientAttachProvider after one that succeeded, called from %pS",
			      site);
		return STATUS_INVALID_PARAMETER;
	case NmrBinding::Begin::NotInside:
		lx_log_misuse("NMR-13: NmrClientAttachProvider outside of ClientAttachProvider, called from %pS",
			      site);
		return STATUS_INVALID_PARAMETER;
	}
	return nmr_registrar().attach_provider(*binding, ClientBindingContext, ClientDispatch,
					       ProviderBindingContext, ProviderDispatch);
}

/**
 * NmrClientDetachProviderComplete() - a client has completed a detach that was pending.
 * @NmrBindingHandle: the binding whose ClientDetachProvider returned, or is about to
 *	return, STATUS_PENDING.
 *
 * If the provider has completed its side as well, the cleanup callbacks of both are
 * called here. Without a detach that is pending it is reported and does nothing.
 *
 * Context: IRQL <= DISPATCH_LEVEL; any thread.
 * Rules: NMR-17, NMR-18, NMR-20.
 */
VOID NmrClientDetachProviderComplete(HANDLE NmrBindingHandle)
{
	complete(NmrBindingHandle, NmrRole::Client, "NmrClientDetachProviderComplete",
		 __builtin_return_address(0));
}

/**
 * NmrProviderDetachClientComplete() - a provider has completed a detach that was pending.
 * @NmrBindingHandle: the binding whose ProviderDetachClient returned, or is about to
 *	return, STATUS_PENDING.
 *
 * See NmrClientDetachProviderComplete().
 *
 * Context: IRQL <= DISPATCH_LEVEL; any thread.
 * Rules: NMR-17, NMR-18, NMR-20.
 */
VOID NmrProviderDetachClientComplete(HANDLE NmrBindingHandle)
{
	complete(NmrBindingHandle, NmrRole::Provider, "NmrProviderDetachClientComplete",
		 __builtin_return_address(0));
}

} /* extern "C" */
