// SPDX-License-Identifier: GPL-2.0
/*
 * Matching clients with providers, and running their bindings. Every callback into
 * a module is made here, with no lock held; the order of what happens to one
 * binding is nmr_binding.cpp's.
 */
#include "cxx/new.hpp"
#include "lx/debugfs.h"
#include "lx/log.h"
#include "nmr.hpp"
#include "nmr_module.hpp"
#include <ntstatus.h>

namespace nt {
namespace {

alignas(NmrRegistrar) u8 storage[sizeof(NmrRegistrar)];

template <class Routine> const void *code(Routine *routine)
{
	return reinterpret_cast<const void *>(routine);
}

bool call_detach(const NmrModule &module, PVOID context)
{
	PNPI_CLIENT_DETACH_PROVIDER_FN routine = module.client
		? module.client->ClientDetachProvider : module.provider->ProviderDetachClient;
	DriverCall call(code(routine));

	return routine(context) == STATUS_PENDING;
}

void call_cleanup(const NmrModule &module, PVOID context)
{
	PNPI_CLIENT_CLEANUP_BINDING_CONTEXT_FN routine = module.client
		? module.client->ClientCleanupBindingContext
		: module.provider->ProviderCleanupBindingContext;

	if (!routine)
		return;
	DriverCall call(code(routine));

	routine(context);
}

void free_all(NmrRegistrar::Offers &spare)
{
	while (NmrBinding *binding = spare.pop_front())
		destroy(binding);
}

void report_attach(NmrBinding::Attached outcome, const void *callback, NTSTATUS status,
		   NTSTATUS refusal)
{
	switch (outcome) {
	case NmrBinding::Attached::AsTold:
		break;
	case NmrBinding::Attached::ToldWrongly:
		lx_log_misuse("NMR-12: ClientAttachProvider %pS returns %#x without having attached",
			      callback, status);
		break;
	case NmrBinding::Attached::Dropped:
		lx_log_misuse("NMR-12: ClientAttachProvider %pS returns %#x after it has attached",
			      callback, status);
		break;
	case NmrBinding::Attached::OtherStatus:
		lx_log_misuse("NMR-12: ClientAttachProvider %pS returns %#x, not that of its last attach, %#x",
			      callback, status, refusal);
		break;
	}
}

Ref<NmrModule> client_of(HANDLE handle)
{
	NmrRegistrar &nmr = nmr_registrar();
	auto guard = nmr.lock.acquire();
	NmrBinding *binding = nmr.find_binding(handle);

	return binding ? Ref<NmrModule>(*binding->side(NmrRole::Client).module)
		       : Ref<NmrModule>();
}

} /* namespace */

NmrRegistrar &nmr_registrar()
{
	return *reinterpret_cast<NmrRegistrar *>(storage);
}

unsigned NmrRegistrar::count_matches(const NmrModule &module)
{
	unsigned n = 0;

	for (NmrModule *m = modules.first(); m; m = modules.next(*m))
		n += m->matches(module);
	return n;
}

/* In the order in which they registered. */
void NmrRegistrar::offer(NmrModule &module, Offers &spare, Offers &offers)
{
	for (NmrModule *m = modules.first(); m; m = modules.next(*m)) {
		if (!m->matches(module))
			continue;
		NmrBinding &binding = *spare.pop_front();

		if (module.role == NmrRole::Client)
			binding.join(module, *m);
		else
			binding.join(*m, module);
		module.bindings.push_back(binding.side(module.role));
		m->bindings.push_back(binding.side(m->role));
		names.add(binding);
		offers.push_back(binding);
	}
}

/*
 * A pair is made by whichever of the two registers second, inside the same critical
 * section that makes it visible to a third: so there is exactly one. The memory for
 * the pairs is at hand before, so nothing needs to be taken back.
 */
bool NmrRegistrar::add(NmrModule &module, PHANDLE handle)
{
	Offers spare, offers;
	unsigned at_hand = 0;

	for (;;) {
		{
			auto guard = lock.acquire();

			if (count_matches(module) <= at_hand) {
				names.add(module);
				*handle = module.handle();
				offer(module, spare, offers);
				modules.push_back(module);
				break;
			}
		}
		auto *binding = make<NmrBinding>(Mem::Sleep);

		if (!binding) {
			free_all(spare);
			return false;
		}
		spare.push_back(*binding);
		at_hand++;
	}
	free_all(spare);

	/* From here on @module may be deregistered, waited for and freed by another thread. */
	for (;;) {
		NmrBinding *binding;
		{
			auto guard = lock.acquire();

			binding = offers.first();
			if (!binding)
				return true;
			binding->try_run(lx_task_self());
		}
		run(*binding);
	}
}

NmrModule *NmrRegistrar::find(HANDLE handle, NmrRole role)
{
	return static_cast<NmrModule *>(names.find(handle, role == NmrRole::Client
							   ? NmrNamed::Kind::Client
							   : NmrNamed::Kind::Provider));
}

NmrBinding *NmrRegistrar::find_binding(HANDLE handle)
{
	return static_cast<NmrBinding *>(names.find(handle, NmrNamed::Kind::Binding));
}

void NmrRegistrar::attach(NmrBinding &binding)
{
	const NmrModule &client = *binding.side(NmrRole::Client).module;
	const NmrModule &provider = *binding.side(NmrRole::Provider).module;
	NTSTATUS status;
	{
		DriverCall call(code(client.client->ClientAttachProvider));

		status = client.client->ClientAttachProvider(binding.handle(), client.context,
							     provider.instance());
	}
	NmrBinding::Attached outcome;
	{
		auto guard = lock.acquire();

		outcome = binding.attach_returned(status);
	}
	report_attach(outcome, code(client.client->ClientAttachProvider), status,
		      binding.refusal());
}

NmrBinding::Begin NmrRegistrar::begin_provider(HANDLE handle, NmrBinding *&binding)
{
	auto guard = lock.acquire();

	binding = find_binding(handle);
	return binding ? binding->begin_provider(lx_task_self()) : NmrBinding::Begin::NotInside;
}

NTSTATUS NmrRegistrar::attach_provider(NmrBinding &binding, PVOID client_context,
				       const void *client_dispatch, PVOID *provider_context,
				       const void **provider_dispatch)
{
	const NmrModule &client = *binding.side(NmrRole::Client).module;
	const NmrModule &provider = *binding.side(NmrRole::Provider).module;
	const PNPI_PROVIDER_ATTACH_CLIENT_FN routine = provider.provider->ProviderAttachClient;
	const void *dispatch = nullptr;
	PVOID context = nullptr;
	NTSTATUS status;
	{
		DriverCall call(code(routine));

		status = routine(binding.handle(), provider.context, client.instance(),
				 client_context, client_dispatch, &context, &dispatch);
	}
	{
		auto guard = lock.acquire();

		binding.end_provider(status, client_context, context);
	}
	if (NT_SUCCESS(status)) {
		*provider_context = context;
		*provider_dispatch = dispatch;
	}
	return status;
}

void NmrRegistrar::detach(NmrBinding &binding, NmrRole role)
{
	NmrBinding::Side &side = binding.side(role);
	const bool pending = call_detach(*side.module, side.context);
	bool obeyed;
	{
		auto guard = lock.acquire();

		obeyed = binding.detach_returned(role, pending);
	}
	/* Still the runner, so the module is there. */
	if (!obeyed)
		lx_log_misuse("NMR-18: the detach callback of the %s %s was completed and did not return STATUS_PENDING",
			      side.module->what(), owner_name(side.module->owner));
}

/* Lock held. A waiter of either module may return as soon as the lock is released. */
void NmrRegistrar::remove(NmrBinding &binding)
{
	names.remove(binding);
	for (NmrRole role : kNmrRoles) {
		NmrBinding::Side &side = binding.side(role);

		link_remove(side.link);
		if (side.module->is_drained())
			side.module->drained.wake_all_locked();
	}
}

void NmrRegistrar::run(NmrBinding &binding)
{
	for (;;) {
		NmrBinding::Step step;
		{
			auto guard = lock.acquire();

			step = binding.next();
			if (step.kind == NmrBinding::Step::Remove)
				remove(binding);
		}
		switch (step.kind) {
		case NmrBinding::Step::Rest:
			return;
		case NmrBinding::Step::Attach:
			attach(binding);
			break;
		case NmrBinding::Step::Detach:
			detach(binding, step.role);
			break;
		case NmrBinding::Step::Cleanup:
			call_cleanup(*binding.side(step.role).module,
				     binding.side(step.role).context);
			break;
		case NmrBinding::Step::Remove:
			destroy(&binding);
			return;
		}
	}
}

/* The next binding that this side has not ended yet, with the caller as its runner; or NULL. */
NmrBinding *NmrRegistrar::take_to_end(NmrModule &module)
{
	auto guard = lock.acquire();

	while (NmrBinding::Side *side = module.bindings.pop_front()) {
		NmrBinding &binding = *side->binding;

		module.noted.push_back(*side);
		binding.end();
		if (binding.try_run(lx_task_self()))
			return &binding;
	}
	return nullptr;
}

void NmrRegistrar::end_bindings(NmrModule &module)
{
	while (NmrBinding *binding = take_to_end(module))
		run(*binding);
}

void NmrRegistrar::retire(NmrModule &module)
{
	if (!link_in_list(module.link))
		return;
	names.remove(module);
	Modules::remove(module);
	module.unref();
}

/* One line for the log about a binding that is waited for. False: there are not so many. */
bool NmrRegistrar::describe(NmrModule &module, unsigned index, char *text, unsigned long size)
{
	auto guard = lock.acquire();
	NmrBinding *binding = nullptr;

	module.each_binding([&](NmrBinding &b) {
		if (!index--)
			binding = &b;
	});
	if (!binding)
		return false;
	const NmrModule &peer = *binding->side(other(module.role)).module;

	lx_format(text, size,
		  "NMR: the %s of %s, made at %pS, waits for the %s of %s, made at %pS: %s, ClientDetachProvider %s, ProviderDetachClient %s",
		  module.what(), owner_name(module.owner), module.site, peer.what(),
		  owner_name(peer.owner), peer.site, binding->state_name(),
		  binding->detach_name(NmrRole::Client), binding->detach_name(NmrRole::Provider));
	return true;
}

void NmrRegistrar::report(NmrModule &module, void (*log)(const char *text))
{
	constexpr unsigned kMaxLines = 8;
	char text[384];

	for (unsigned i = 0; i < kMaxLines && describe(module, i, text, sizeof(text)); i++)
		log(text);
}

bool NmrRegistrar::try_wait(NmrModule &module, u64 deadline)
{
	return module.drained.wait(lock, deadline, [&] { return module.is_drained(); });
}

void NmrRegistrar::wait(NmrModule &module, void (*log)(const char *text))
{
	while (!try_wait(module, lx_time_monotonic_ns() + kNmrReportNs))
		if (lx_log_may_tell_wait())
			report(module, log);
}

void nmr_start()
{
	new (storage) NmrRegistrar;
	lx_debugfs_add("nmr", nmr_show);
}

void nmr_stop()
{
	nmr_registrar().~NmrRegistrar();
}

const void *nmr_client_site(HANDLE binding)
{
	Ref<NmrModule> client = client_of(binding);

	return client ? client->site : nullptr;
}

bool nmr_client_is_abandoned(HANDLE binding)
{
	Ref<NmrModule> client = client_of(binding);

	return client && __atomic_load_n(&client->abandoned, __ATOMIC_RELAXED);
}

bool nmr_client_has_detached(HANDLE handle)
{
	NmrRegistrar &nmr = nmr_registrar();
	auto guard = nmr.lock.acquire();
	NmrBinding *binding = nmr.find_binding(handle);

	return binding && binding->side(NmrRole::Client).detach ==
				  NmrBinding::Side::Detach::Complete;
}

} /* namespace nt */
