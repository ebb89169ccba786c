// SPDX-License-Identifier: GPL-2.0
/* /sys/kernel/debug/wsk/nmr: each registration, and its bindings below it. */
#include "lx/debugfs.h"
#include "nmr_module.hpp"

namespace nt {
namespace {

void show_binding(lx_text *out, const NmrModule &module, NmrBinding &binding)
{
	const NmrModule &peer = *binding.side(other(module.role)).module;

	lx_text_printf(out, "  binding %lx with the %s of %s: %s, client detach %s, provider detach %s\n",
		       binding.name, peer.what(), owner_name(peer.owner), binding.state_name(),
		       binding.detach_name(NmrRole::Client),
		       binding.detach_name(NmrRole::Provider));
}

} /* namespace */

void nmr_show(lx_text *out)
{
	NmrRegistrar &nmr = nmr_registrar();
	auto guard = nmr.lock.acquire();

	for (NmrModule *m = nmr.modules.first(); m; m = nmr.modules.next(*m)) {
		lx_text_printf(out, "%s %lx of %s npi %pUl made at %pS%s%s\n", m->what(), m->name,
			       owner_name(m->owner), static_cast<const void *>(&m->npi), m->site,
			       m->ending ? " deregistering" : "", m->waiters ? ", waited for" : "");
		m->each_binding([&](NmrBinding &b) { show_binding(out, *m, b); });
	}
}

} /* namespace nt */
