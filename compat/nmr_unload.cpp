// SPDX-License-Identifier: GPL-2.0
/* The unload of a driver that did not give back what it registered. */
#include "lx/log.h"
#include "lx/time.h"
#include "nmr.hpp"
#include "nmr_module.hpp"

namespace nt {
namespace {

void log_unload(const char *text)
{
	lx_log_info("unload: %s", text);
}

/* All at once: the driver may have bound two of them to each other. */
void abandon_all(Owner &owner)
{
	NmrRegistrar &nmr = nmr_registrar();
	auto guard = nmr.lock.acquire();

	for (NmrModule *m = nmr.modules.first(); m; m = nmr.modules.next(*m))
		if (&m->owner == &owner && !m->abandoned)
			m->abandon();
}

Ref<NmrModule> take_unnamed(Owner &owner)
{
	NmrRegistrar &nmr = nmr_registrar();
	auto guard = nmr.lock.acquire();

	for (NmrModule *m = nmr.modules.first(); m; m = nmr.modules.next(*m)) {
		if (&m->owner != &owner || !m->unnamed)
			continue;
		m->unnamed = false;
		return Ref<NmrModule>(*m);
	}
	return nullptr;
}

Ref<NmrModule> any_abandoned(Owner &owner)
{
	NmrRegistrar &nmr = nmr_registrar();
	auto guard = nmr.lock.acquire();

	for (NmrModule *m = nmr.modules.first(); m; m = nmr.modules.next(*m))
		if (&m->owner == &owner && m->abandoned)
			return Ref<NmrModule>(*m);
	return nullptr;
}

} /* namespace */

unsigned int nmr_abandon(Owner &owner)
{
	unsigned int named = 0;

	abandon_all(owner);
	while (Ref<NmrModule> module = take_unnamed(owner)) {
		if (module->leak == NmrLeak::NotDeregistered)
			lx_log_err("leak: %s: NMR %s never deregistered, made at %pS",
				   owner_name(owner), module->what(), module->site);
		else if (module->leak == NmrLeak::NotWaitedFor)
			lx_log_err("leak: %s: deregistration of NMR %s never waited for, made at %pS",
				   owner_name(owner), module->what(), module->site);
		named += module->leak != NmrLeak::None;
		nmr_registrar().end_bindings(*module);
	}
	return named;
}

bool nmr_try_wait_abandoned(Owner &owner, u64 &report_at)
{
	constexpr u64 kMomentNs = 100ULL * 1000 * 1000;
	NmrRegistrar &nmr = nmr_registrar();

	while (Ref<NmrModule> module = any_abandoned(owner)) {
		const u64 until = lx_time_monotonic_ns() + kMomentNs;

		if (!nmr.try_wait(*module, until)) {
			if (until < report_at)
				return false;
			nmr.report(*module, log_unload);
			report_at += kNmrReportNs;
			return false;
		}
		auto guard = nmr.lock.acquire();

		nmr.retire(*module);
	}
	return true;
}

} /* namespace nt */
