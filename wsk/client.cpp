// SPDX-License-Identifier: GPL-2.0
/* The NMR client behind a WSK_REGISTRATION block: see client.hpp for its life. */
#include "client.hpp"

#include <ntstatus.h>

#include "cxx/new.hpp"
#include "lx/log.h"
#include "lx/time.h"
#include "provider.hpp"

namespace wsk {
namespace {

constexpr u64 kTellNs = 10ULL * 1000 * 1000 * 1000;
constexpr u64 kTryNs = 100ULL * 1000 * 1000;

} /* namespace */

/* {6D3A1B52-0C0E-4E0B-9A43-5B2C7F1E8D10}: of all that WskRegister makes. */
constinit const NPI_MODULEID kClientModuleId = {
	sizeof(NPI_MODULEID), MIT_GUID,
	{ { 0x6d3a1b52, 0x0c0e, 0x4e0b, { 0x9a, 0x43, 0x5b, 0x2c, 0x7f, 0x1e, 0x8d, 0x10 } } }
};

Client::Client(const WSK_CLIENT_NPI &npi, PWSK_REGISTRATION block, const void *site)
	: npi_(npi), version_(npi.Dispatch->Version), block_(block), site_(site),
	  owner_(nt::owner_of(site)), characteristics_()
{
	nt::link_init(link);
	characteristics_.Length = sizeof(characteristics_);
	characteristics_.ClientAttachProvider = attach_provider;
	characteristics_.ClientDetachProvider = detach_provider;
	characteristics_.ClientCleanupBindingContext = cleanup_binding;

	NPI_REGISTRATION_INSTANCE &instance = characteristics_.ClientRegistrationInstance;

	instance.Size = sizeof(instance);
	instance.NpiId = &NPI_WSK_INTERFACE_ID;
	instance.ModuleId = &kClientModuleId;
}

void Client::last_put()
{
	nt::destroy(this);
}

/*
 * A provider that is there is attached before this returns (NMR-5). One that
 * refuses the version is told of at the capture, one that has no memory now.
 */
NTSTATUS Client::start()
{
	const NTSTATUS status = NmrRegisterClient(&characteristics_, this, &nmr_);

	if (!NT_SUCCESS(status))
		return status;
	if (attach_status_ != STATUS_INSUFFICIENT_RESOURCES)
		return STATUS_SUCCESS;
	NmrDeregisterClient(nmr_);
	NmrWaitForClientDeregisterComplete(nmr_);
	return attach_status_;
}

/* Who was refused has no binding, so no callback tells it that its provider goes. */
bool Client::is_refused() const
{
	return __atomic_load_n(&seen_, __ATOMIC_RELAXED) == Seen::Refused && provider_is_there();
}

NTSTATUS Client::capture_locked(PWSK_PROVIDER_NPI npi, const void *site)
{
	if (ending_)
		return STATUS_DEVICE_NOT_READY;
	switch (block_.phase()) {
	case Phase::Ready:
		/* Only phases need the lock: a capture without it may have filled the count. */
		if (!block_.try_capture())
			return STATUS_INSUFFICIENT_RESOURCES;
		fill(npi, site);
		return STATUS_SUCCESS;
	case Phase::Refused:
		return is_refused() ? STATUS_NOINTERFACE : STATUS_DEVICE_NOT_READY;
	default:
		return STATUS_DEVICE_NOT_READY;
	}
}

NTSTATUS Client::capture(ULONG timeout_ms, PWSK_PROVIDER_NPI npi, const void *site)
{
	NTSTATUS status;
	u64 deadline = nt::WaitQueue::kForever;

	if (timeout_ms == WSK_NO_WAIT) {
		auto guard = lock().acquire();

		return capture_locked(npi, site);
	}
	if (timeout_ms != WSK_INFINITE_WAIT)
		deadline = lx_time_monotonic_ns() + u64(timeout_ms) * 1000 * 1000;
	changed_.wait(lock(), deadline, [&] {
		status = capture_locked(npi, site);
		return status != STATUS_DEVICE_NOT_READY || ending_;
	});
	return status;
}

bool Client::release()
{
	auto guard = lock().acquire();

	if (!block_.release_locked())
		return false;
	if (!block_.captures())
		captures_gone_locked(guard);
	return true;
}

/* Leaves the lock. Neither side of the binding is through before it is told here. */
void Client::captures_gone_locked(nt::SpinLock::Guard &guard)
{
	const bool pends = detach_pends_;
	const HANDLE binding = binding_;
	nt::Ref<Registration> held;

	changed_.wake_all_locked();
	detach_pends_ = false;
	if (pends)
		held = registration_;
	guard.unlock();
	if (!pends)
		return;
	held->drop_hold();
	NmrClientDetachProviderComplete(binding);
}

NTSTATUS Client::query(PWSK_PROVIDER_CHARACTERISTICS range)
{
	auto guard = lock().acquire();

	if (ending_ || (block_.phase() != Phase::Ready && !is_refused()))
		return STATUS_DEVICE_NOT_READY;
	*range = range_;
	return STATUS_SUCCESS;
}

bool Client::is_inside_locked()
{
	return registration_ && registration_->is_inside();
}

bool Client::begin_end_locked()
{
	if (ending_)
		return false;
	ending_ = true;
	block_.set_phase(Phase::Ending);
	changed_.wake_all_locked();
	return true;
}

/* One after the other, the waits of one call tell as one. */
template <class Ready> void Client::wait_and_tell(u64 &next, Ready ready)
{
	for (; !changed_.wait(lock(), next, ready); next = lx_time_monotonic_ns() + kTellNs)
		if (lx_log_may_tell_wait())
			tell();
}

void Client::finish_end()
{
	if (nt::Ref<Registration> r = registration())
		r->end();
	u64 next = lx_time_monotonic_ns() + kTellNs;

	wait_and_tell(next, [this] { return captures_forgotten_ || !block_.captures(); });
	NmrDeregisterClient(nmr_);
	wait_and_tell(next, [this] { return !attaching_ && !binding_; });
	NmrWaitForClientDeregisterComplete(nmr_);
}

void Client::wait_detached()
{
	u64 next = lx_time_monotonic_ns() + kTellNs;

	wait_and_tell(next, [this] { return !attaching_ && !binding_; });
}

void Client::tell()
{
	nt::Ref<Registration> r = registration();

	if (r)
		r->tell("deregister", captures(),
			__atomic_load_n(&captured_at_, __ATOMIC_RELAXED));
	else
		lx_log_info("deregister: %s: registration made at %pS waits for %u captures",
			    nt::owner_name(owner_), site_, captures());
}

bool Client::begin_forced_end()
{
	auto guard = lock().acquire();

	if (ending_)
		return false;
	ending_ = true;
	forced_ = true;
	changed_.wake_all_locked();
	guard.unlock();
	NmrDeregisterClient(nmr_);
	return true;
}

bool Client::try_wait_detached()
{
	return changed_.wait(lock(), lx_time_monotonic_ns() + kTryNs,
			     [this] { return !attaching_ && !binding_; });
}

void Client::finish_forced_end()
{
	NmrWaitForClientDeregisterComplete(nmr_);
}

unsigned int Client::forget_captures(unsigned int held)
{
	auto guard = lock().acquire();
	const unsigned int left = captures();

	if (captures_forgotten_)
		return 0;
	captures_forgotten_ = true;
	captures_gone_locked(guard);
	return left > held ? left : held;
}

bool Client::is_abandoned()
{
	auto guard = lock().acquire();

	return is_abandoned_locked();
}

const char *Client::why_unattached() const
{
	if (__atomic_load_n(&seen_, __ATOMIC_RELAXED) == Seen::Attached)
		return nullptr;
	return is_refused() ? "refused" : "waiting for the provider";
}

nt::Ref<Registration> Client::registration()
{
	auto guard = lock().acquire();

	return registration_;
}

/* What an attach came to; a block that ends keeps its phase. */
void Client::show(Seen seen, Phase phase)
{
	__atomic_store_n(&seen_, seen, __ATOMIC_RELAXED);
	if (!ending_)
		block_.set_phase(phase);
}

/*
 * Offered a provider. Anybody may provide this NPI to clients that register
 * with the NMR themselves; WskRegister promises Winsock Kernel.
 */
NTSTATUS Client::attach(HANDLE binding, PNPI_REGISTRATION_INSTANCE provider)
{
	CONST VOID *dispatch = nullptr;
	PVOID context = nullptr;
	NTSTATUS status;
	{
		auto guard = lock().acquire();

		if (ending_ || attaching_ || binding_ || provider->ModuleId != &kProviderModuleId)
			return STATUS_NOINTERFACE;
		attaching_ = true;
	}
	status = NmrClientAttachProvider(binding, this, npi_.Dispatch, &context, &dispatch);

	auto guard = lock().acquire();

	attaching_ = false;
	attach_status_ = status;
	range_ = *static_cast<const WSK_PROVIDER_CHARACTERISTICS *>(
		provider->NpiSpecificCharacteristics);
	if (NT_SUCCESS(status)) {
		binding_ = binding;
		registration_ = nt::Ref<Registration>(*static_cast<Registration *>(context));
		dispatch_ = static_cast<const WSK_PROVIDER_DISPATCH *>(dispatch);
	}
	if (NT_SUCCESS(status))
		show(Seen::Attached, Phase::Ready);
	else if (status == STATUS_NOINTERFACE)
		show(Seen::Refused, Phase::Refused);
	changed_.wake_all_locked();
	return status;
}

/*
 * Because of WskDeregister, which has seen the last release, or because the
 * provider goes. Captures from now on wait for the next one; those that are
 * held keep this side of the binding.
 */
NTSTATUS Client::detach()
{
	auto guard = lock().acquire();

	if (forced_)
		return STATUS_SUCCESS;
	if (!ending_)
		block_.set_phase(Phase::Waiting);
	if (captures_forgotten_ || !block_.captures())
		return STATUS_SUCCESS;
	detach_pends_ = true;
	registration_->hold();
	return STATUS_PENDING;
}

void Client::cleanup()
{
	nt::Ref<Registration> gone;
	auto guard = lock().acquire();

	binding_ = nullptr;
	__atomic_store_n(&seen_, Seen::NoProvider, __ATOMIC_RELAXED);
	/* A thread that comes late may still capture a block that nobody could mark, or be at it. */
	if (!is_abandoned_locked())
		gone = static_cast<nt::Ref<Registration> &&>(registration_);
	changed_.wake_all_locked();
}

NTSTATUS Client::attach_provider(HANDLE binding, PVOID context, PNPI_REGISTRATION_INSTANCE provider)
{
	return static_cast<Client *>(context)->attach(binding, provider);
}

NTSTATUS Client::detach_provider(PVOID context)
{
	return static_cast<Client *>(context)->detach();
}

VOID Client::cleanup_binding(PVOID context)
{
	static_cast<Client *>(context)->cleanup();
}

} /* namespace wsk */
