// SPDX-License-Identifier: GPL-2.0
#include "nmr_binding.hpp"

#include <ntstatus.h>

namespace nt {

NmrBinding::NmrBinding() : NmrNamed(Kind::Binding), sides_{}
{
	link_init(offer_link);
	for (Side &s : sides_) {
		link_init(s.link);
		s.binding = this;
	}
}

void NmrBinding::join(NmrModule &client, NmrModule &provider)
{
	side(NmrRole::Client).module = &client;
	side(NmrRole::Provider).module = &provider;
}

bool NmrBinding::try_run(lx_task *self)
{
	if (running_)
		return false;
	link_remove(offer_link);
	running_ = true;
	task_ = self;
	return true;
}

NmrBinding::Step NmrBinding::rest()
{
	running_ = false;
	return { Step::Rest, NmrRole::Client };
}

bool NmrBinding::owes_detach(const Side &s) const
{
	return s.joined && !s.abandoned && s.detach == Side::Detach::NotCalled;
}

bool NmrBinding::is_through(const Side &s) const
{
	if (!s.joined || s.detach == Side::Detach::Complete)
		return true;
	return s.abandoned && s.detach != Side::Detach::Running;
}

NmrBinding::Step NmrBinding::next()
{
	if (phase_ == Phase::Offered) {
		if (ending_)
			return { Step::Remove, NmrRole::Client };
		phase_ = Phase::Attaching;
		return { Step::Attach, NmrRole::Client };
	}
	if (phase_ == Phase::Attached) {
		if (!ending_)
			return rest();
		phase_ = Phase::Detaching;
	}
	if (phase_ == Phase::Detaching) {
		/* Both are told before either needs to be through: NMR-17. */
		for (NmrRole role : kNmrRoles) {
			if (owes_detach(side(role))) {
				side(role).detach = Side::Detach::Running;
				return { Step::Detach, role };
			}
		}
		for (NmrRole role : kNmrRoles)
			if (!is_through(side(role)))
				return rest();
		phase_ = Phase::Cleaning;
	}
	for (NmrRole role : kNmrRoles) {
		Side &s = side(role);

		if (!s.joined || s.abandoned || s.cleaned)
			continue;
		s.cleaned = true;
		return { Step::Cleanup, role };
	}
	return { Step::Remove, NmrRole::Client };
}

/*
 * The client's callback runs in the runner's thread, so a call from there and from
 * nowhere else is "inside". A provider whose deregistration has begun is not called.
 */
NmrBinding::Begin NmrBinding::begin_provider(const lx_task *self)
{
	if (phase_ != Phase::Attaching || !is_run_by(self) || provider_called_)
		return Begin::NotInside;
	if (side(NmrRole::Provider).joined)
		return Begin::Twice;
	if (ending_) {
		refusal_ = STATUS_DEVICE_NOT_READY;
		return Begin::Ending;
	}
	provider_called_ = true;
	return Begin::Go;
}

void NmrBinding::end_provider(NTSTATUS status, PVOID client_context, PVOID provider_context)
{
	provider_called_ = false;
	refusal_ = NT_SUCCESS(status) ? STATUS_SUCCESS : status;
	if (!NT_SUCCESS(status))
		return;
	side(NmrRole::Client).context = client_context;
	side(NmrRole::Provider).context = provider_context;
	side(NmrRole::Provider).joined = true;
}

/*
 * There is a binding if both say so. A client that fails although the provider has
 * joined is taken at its word: nothing more is called of it (NMR-11), and the
 * provider, which knows of no failure, is detached.
 */
NmrBinding::Attached NmrBinding::attach_returned(NTSTATUS status)
{
	const bool success = NT_SUCCESS(status);

	if (!side(NmrRole::Provider).joined) {
		phase_ = Phase::Cleaning;
		if (success)
			return Attached::ToldWrongly;
		return refusal_ && refusal_ != status ? Attached::OtherStatus : Attached::AsTold;
	}
	phase_ = Phase::Attached;
	side(NmrRole::Client).joined = success;
	ending_ = ending_ || !success;
	return success ? Attached::AsTold : Attached::Dropped;
}

void NmrBinding::abandon(NmrRole role)
{
	side(role).abandoned = true;
	ending_ = true;
}

bool NmrBinding::detach_returned(NmrRole role, bool pending)
{
	Side &s = side(role);

	s.detach = pending && !s.completed_early ? Side::Detach::Pending : Side::Detach::Complete;
	return pending || !s.completed_early;
}

bool NmrBinding::detach_complete(NmrRole role)
{
	Side &s = side(role);

	if (s.detach == Side::Detach::Running && !s.completed_early) {
		s.completed_early = true;
		return true;
	}
	if (s.detach != Side::Detach::Pending)
		return false;
	s.detach = Side::Detach::Complete;
	return true;
}

const char *NmrBinding::state_name() const
{
	switch (phase_) {
	case Phase::Offered:
		return "waits for its attach";
	case Phase::Attaching:
		return "attaching";
	case Phase::Attached:
		return "attached";
	case Phase::Detaching:
		return "detaching";
	case Phase::Cleaning:
		return "cleaning up";
	}
	return "?";
}

const char *NmrBinding::detach_name(NmrRole role) const
{
	const Side &s = sides_[static_cast<unsigned>(role)];

	if (!s.joined)
		return "not attached";
	if (s.abandoned && s.detach != Side::Detach::Running)
		return "gone";
	switch (s.detach) {
	case Side::Detach::NotCalled:
		return "not called";
	case Side::Detach::Running:
		return s.completed_early ? "running, completed" : "running";
	case Side::Detach::Pending:
		return "pending";
	case Side::Detach::Complete:
		return "complete";
	}
	return "?";
}

} /* namespace nt */
