// SPDX-License-Identifier: GPL-2.0
#include "nmr_module.hpp"

#include "cxx/new.hpp"

namespace nt {

void NmrNames::add(NmrNamed &named)
{
	named.name = next_;
	next_ += kStep;
	bucket(named.name).push_back(named);
}

NmrNamed *NmrNames::find(HANDLE handle, NmrNamed::Kind kind)
{
	const uptr name = reinterpret_cast<uptr>(handle);
	Bucket &in = bucket(name);

	for (NmrNamed *n = in.first(); n; n = in.next(*n))
		if (n->name == name)
			return n->kind == kind ? n : nullptr;
	return nullptr;
}

NmrModule::NmrModule(NmrRole of, const NPI_REGISTRATION_INSTANCE &instance, PVOID with,
		     const void *at, const NPI_CLIENT_CHARACTERISTICS *c,
		     const NPI_PROVIDER_CHARACTERISTICS *p)
	: NmrNamed(of == NmrRole::Client ? Kind::Client : Kind::Provider), role(of), client(c),
	  provider(p), context(with), npi(*instance.NpiId), owner(owner_of(at)), site(at)
{
	link_init(link);
}

NmrModule::NmrModule(const NPI_CLIENT_CHARACTERISTICS &c, PVOID with, const void *at)
	: NmrModule(NmrRole::Client, c.ClientRegistrationInstance, with, at, &c, nullptr)
{
}

NmrModule::NmrModule(const NPI_PROVIDER_CHARACTERISTICS &p, PVOID with, const void *at)
	: NmrModule(NmrRole::Provider, p.ProviderRegistrationInstance, with, at, nullptr, &p)
{
}

PNPI_REGISTRATION_INSTANCE NmrModule::instance() const
{
	return client ? &client->ClientRegistrationInstance
		      : &provider->ProviderRegistrationInstance;
}

bool NmrModule::matches(const NmrModule &of) const
{
	return role != of.role && !ending && IsEqualGUID(npi, of.npi);
}

bool NmrModule::is_inside(const lx_task *task)
{
	bool inside = false;

	each_binding([&](NmrBinding &b) { inside = inside || b.is_run_by(task); });
	return inside;
}

/* Who waits for it is on the way out and will find it gone. */
void NmrModule::abandon()
{
	leak = !ending ? NmrLeak::NotDeregistered : waiters ? NmrLeak::None
							      : NmrLeak::NotWaitedFor;
	ending = abandoned = unnamed = true;
	bindings.splice_back(noted);
	each_binding([&](NmrBinding &b) { b.abandon(role); });
}

void NmrModule::last_put()
{
	destroy(this);
}

} /* namespace nt */
