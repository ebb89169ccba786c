/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What WskRegister puts behind a WSK_REGISTRATION block: a client of the Network
 * Module Registrar, for drivers that do not want to be one themselves. It
 * attaches to wsk.ko's own provider as any other client would, keeps what the
 * provider gave it, and hands that out as captures.
 *
 * Lifetime. The block has one reference until WskDeregister returns, each thread
 * that waits here has its own. What the block points to is therefore there for
 * as long as the block is live; `ending` says so to a thread that slept, since
 * the block may be gone by then.
 *
 * Order. WskDeregister lets no capture in any more, waits for the last release,
 * and only then deregisters from the NMR: a capture entitles to calls into the
 * provider, and the provider's side of the detach ends when those are over.
 */
#pragma once

#include <netioddk.h>
#include <wsk.h>

#include "block.hpp"
#include "cxx/list.hpp"
#include "cxx/ref.hpp"
#include "cxx/waitqueue.hpp"
#include "owner.hpp"
#include "registration.hpp"

namespace wsk {

class Client : public nt::RefCounted<Client> {
public:
	Client(const WSK_CLIENT_NPI &npi, PWSK_REGISTRATION block, const void *site);

	nt::Owner &owner() const { return owner_; }
	const void *site() const { return site_; }
	/* What it asks for, whatever its dispatch says when a provider comes (VER-1). */
	USHORT version() const { return version_; }
	bool has_block(PWSK_REGISTRATION block) const { return block_.is_at(block); }

	/* Registers with the NMR. Context: PASSIVE_LEVEL. */
	NTSTATUS start();

	/* With a capture of the block, made at @site: what it stands for. */
	void fill(PWSK_PROVIDER_NPI npi, const void *site)
	{
		__atomic_store_n(&captured_at_, site, __ATOMIC_RELAXED);
		npi->Client = registration_->as_client();
		npi->Dispatch = dispatch_;
	}
	NTSTATUS capture(ULONG timeout_ms, PWSK_PROVIDER_NPI npi, const void *site);
	/* False if nothing is captured. */
	bool release();
	NTSTATUS query(PWSK_PROVIDER_CHARACTERISTICS range);

	/* The lock is the block's. False if the end had begun, which a forced one had. */
	bool begin_end_locked();
	/* WskDeregister's waits. Context: PASSIVE_LEVEL. */
	void finish_end();
	void wait_detached();
	/* True in code that runs because of this registration (REG-28). */
	bool is_inside_locked();

	/*
	 * Unload. The block is the driver's memory, and one that forgot WskDeregister
	 * may have freed it: from here on it is not touched. False: a thread of the
	 * driver sits in WskDeregister, and is let go by what follows.
	 */
	bool begin_forced_end();
	bool try_wait_detached();
	void finish_forced_end();
	/* Nobody waits for captures any more. Return: those of now, or the @held of before; once. */
	unsigned int forget_captures(unsigned int held);
	/* An unload ended it, or let a thread in WskDeregister go: kept until no thread is left. */
	bool is_abandoned();

	unsigned int captures() const { return block_.captures_if_there(); }
	nt::Ref<Registration> registration();
	/* Why it has no registration now, or NULL. Without a lock, for debugfs. */
	const char *why_unattached() const;

	void last_put();

	LIST_ENTRY link;	/* registrations.cpp's */

private:
	enum class Seen : u8 { NoProvider, Attached, Refused };

	nt::SpinLock &lock() const { return block_.lock(); }
	bool is_refused() const;
	bool is_abandoned_locked() const { return forced_ || captures_forgotten_; }
	NTSTATUS capture_locked(PWSK_PROVIDER_NPI npi, const void *site);
	void captures_gone_locked(nt::SpinLock::Guard &guard);
	NTSTATUS attach(HANDLE binding, PNPI_REGISTRATION_INSTANCE provider);
	NTSTATUS detach();
	void cleanup();
	void show(Seen seen, Phase phase);
	template <class Ready> void wait_and_tell(u64 &next, Ready ready);
	void tell();

	static NTSTATUS attach_provider(HANDLE binding, PVOID context,
					PNPI_REGISTRATION_INSTANCE provider);
	static NTSTATUS detach_provider(PVOID context);
	static VOID cleanup_binding(PVOID context);

	/* Constant. The NPI is copied, the dispatch it names is not (REG-4, REG-5). */
	const WSK_CLIENT_NPI npi_;
	const USHORT version_;
	const Block block_;
	const void *const site_;
	nt::Owner &owner_;
	NPI_CLIENT_CHARACTERISTICS characteristics_;
	HANDLE nmr_ = nullptr;
	const void *captured_at_ = nullptr;	/* atomic: the last capture, for the log */

	/* The block's lock protects what follows. */
	Seen seen_ = Seen::NoProvider;	/* atomic */
	bool ending_ = false;
	bool forced_ = false;
	bool attaching_ = false;
	bool detach_pends_ = false;	/* the provider goes when the captures are released */
	bool captures_forgotten_ = false;
	NTSTATUS attach_status_ = 0;	/* of the last attempt */
	HANDLE binding_ = nullptr;	/* from the attach until its cleanup */
	nt::Ref<Registration> registration_;	/* what the binding made: the PWSK_CLIENT */
	const WSK_PROVIDER_DISPATCH *dispatch_ = nullptr;
	WSK_PROVIDER_CHARACTERISTICS range_ = {};
	nt::WaitQueue changed_;
};

} /* namespace wsk */
