/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One registration of a client or provider with the Network Module Registrar, and
 * the registrar itself: all of them, under one lock, since a new registration and
 * the bindings that follow from it must appear at once (NMR-3 to NMR-5).
 *
 * Lifetime: the registrar holds a registration from NmrRegisterXxx until the wait
 * for its deregistration is over; its bindings lie within that time. Whoever
 * works with one outside the lock beyond that holds a reference.
 */
#pragma once

#include <netioddk.h>

#include "cxx/list.hpp"
#include "cxx/lock.hpp"
#include "cxx/ref.hpp"
#include "cxx/waitqueue.hpp"
#include "nmr_binding.hpp"
#include "owner.hpp"

struct lx_text;

namespace nt {

/* What a leaving driver has not done. */
enum class NmrLeak : u8 { None, NotDeregistered, NotWaitedFor };

class NmrModule : public NmrNamed, public RefCounted<NmrModule> {
public:
	NmrModule(const NPI_CLIENT_CHARACTERISTICS &client, PVOID context, const void *site);
	NmrModule(const NPI_PROVIDER_CHARACTERISTICS &provider, PVOID context, const void *site);

	using Sides = List<NmrBinding::Side, Member<NmrBinding::Side, &NmrBinding::Side::link>>;

	const char *what() const { return role == NmrRole::Client ? "client" : "provider"; }
	PNPI_REGISTRATION_INSTANCE instance() const;
	/* Lock held. */
	bool matches(const NmrModule &of) const;
	bool is_drained() const { return bindings.empty() && noted.empty(); }
	bool is_inside(const lx_task *task);
	/* Its driver is leaving: none of its callbacks is made any more. */
	void abandon();
	template <class F> void each_binding(F f)
	{
		for (NmrBinding::Side *s = bindings.first(); s; s = bindings.next(*s))
			f(*s->binding);
		for (NmrBinding::Side *s = noted.first(); s; s = noted.next(*s))
			f(*s->binding);
	}

	void last_put();

	LIST_ENTRY link;		/* in the registrar's list */
	const NmrRole role;
	/* The driver's, referenced while registered; one of the two. */
	const NPI_CLIENT_CHARACTERISTICS *const client;
	const NPI_PROVIDER_CHARACTERISTICS *const provider;
	const PVOID context;
	const NPIID npi;		/* a copy, for who looks while the driver goes */
	Owner &owner;
	const void *const site;

	/* The registrar's lock protects what follows. */
	Sides bindings;			/* this side has not begun to end them */
	Sides noted;			/* it has */
	WaitQueue drained;
	u32 waiters = 0;		/* in NmrWaitForXxxDeregisterComplete */
	bool ending = false;
	bool abandoned = false;		/* see abandon() */
	bool unnamed = false;		/* abandoned, and not yet named in the log nor ended */
	NmrLeak leak = NmrLeak::None;

private:
	NmrModule(NmrRole of, const NPI_REGISTRATION_INSTANCE &instance, PVOID with,
		  const void *at, const NPI_CLIENT_CHARACTERISTICS *c,
		  const NPI_PROVIDER_CHARACTERISTICS *p);
};

/* Who waits, for at most 10 s at a time. */
constexpr u64 kNmrReportNs = 10ULL * 1000 * 1000 * 1000;

struct NmrRegistrar {
	using Modules = List<NmrModule, Member<NmrModule, &NmrModule::link>>;
	using Offers = List<NmrBinding, Member<NmrBinding, &NmrBinding::offer_link>>;

	SpinLock lock{LX_RANK_NMR};
	NmrNames names;
	Modules modules;

	/*
	 * The new module and a binding to each module that it matches, all or nothing;
	 * then their attach callbacks. Context: PASSIVE_LEVEL. False: no memory.
	 */
	bool add(NmrModule &module, PHANDLE handle);
	/* Lock held. NULL: stale, of another kind, or never one of ours. */
	NmrModule *find(HANDLE handle, NmrRole role);
	NmrBinding *find_binding(HANDLE handle);
	/* @module does not match any more; its bindings end. Context: IRQL <= DISPATCH_LEVEL. */
	void end_bindings(NmrModule &module);
	/* Waits until it has none, and logs every 10 s for what. Context: PASSIVE_LEVEL. */
	void wait(NmrModule &module, void (*log)(const char *text));
	/* False at @deadline (monotonic, ns). */
	bool try_wait(NmrModule &module, u64 deadline);
	void report(NmrModule &module, void (*log)(const char *text));
	/* Its handle is gone. Lock held. */
	void retire(NmrModule &module);
	/* The caller is the binding's runner, which it is no more on return. */
	void run(NmrBinding &binding);
	/* Inside ClientAttachProvider: the second if the first said Go. */
	NmrBinding::Begin begin_provider(HANDLE handle, NmrBinding *&binding);
	NTSTATUS attach_provider(NmrBinding &binding, PVOID client_context,
				 const void *client_dispatch, PVOID *provider_context,
				 const void **provider_dispatch);

private:
	unsigned count_matches(const NmrModule &module);
	void offer(NmrModule &module, Offers &spare, Offers &offers);
	void attach(NmrBinding &binding);
	void detach(NmrBinding &binding, NmrRole role);
	void remove(NmrBinding &binding);
	NmrBinding *take_to_end(NmrModule &module);
	bool describe(NmrModule &module, unsigned index, char *text, unsigned long size);
};

NmrRegistrar &nmr_registrar();

/* /sys/kernel/debug/wsk/nmr. */
void nmr_show(lx_text *out);

} /* namespace nt */
