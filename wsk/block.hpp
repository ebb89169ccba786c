/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A driver's WSK_REGISTRATION block: one word that says its phase and counts its
 * captures, and a pointer to the Client behind it.
 *
 * Both are in one word so that a capture is one exchange: it counts while the
 * phase is Ready, or not at all, with nothing in between (REG-24). The word is
 * in the block, and not in what it points to, because a capture may come when
 * WskDeregister has returned and freed that (REG-23). What a counted capture
 * reads of the Client cannot go before its release.
 *
 * Phases change, and captures are given back in any phase but Ready, under the
 * block's lock. The lock is not in the block: that may be freed the moment
 * WskDeregister returns, while a loser of the race is still on its way out of a
 * critical section. Locks are few and shared by address.
 */
#pragma once

#include <wsk.h>

#include "cxx/lock.hpp"
#include "lx/mem.h"

namespace wsk {

enum class Phase : u8 {
	Waiting = 1,	/* for a provider: none is there, or it is leaving */
	Ready,		/* attached */
	Refused,	/* the provider does not speak the client's version */
	Ending,		/* WskDeregister waits; releases still count */
	Ended,		/* WskDeregister has returned; nothing is behind the block */
};

class Block {
public:
	explicit Block(PWSK_REGISTRATION block) : block_(block) {}

	static void start();
	nt::SpinLock &lock() const;

	/* Whoever has not registered the block may find anything in it: see is_live(). */
	Phase phase() const { return phase_of(load()); }
	u32 captures() const { return static_cast<u32>(load()); }
	bool is_live() const
	{
		const u64 word = load();

		return (word & kMagicMask) == kMagic && phase_of(word) >= Phase::Waiting &&
		       phase_of(word) <= Phase::Ending;
	}
	/* Its last registration is over, and said so. */
	bool has_ended() const
	{
		const u64 word = load();

		return (word & kMagicMask) == kMagic && phase_of(word) == Phase::Ended;
	}
	void *context() const { return block_->ReservedRegistrationContext; }
	bool is_at(PWSK_REGISTRATION block) const { return block_ == block; }
	/* For a report, also where nobody vouches for the driver's memory: 0 if it is no block. */
	u32 captures_if_there() const
	{
		u64 word;

		if (lx_mem_read(&word, &block_->ReservedRegistrationState, sizeof(word)) ||
		    (word & kMagicMask) != kMagic)
			return 0;
		return static_cast<u32>(word);
	}

	/* Any thread, no lock. Return: false if the phase is another, or the count is full. */
	bool try_capture() const
	{
		u64 word = load();

		do {
			if (word >> 32 != kReady >> 32 || static_cast<u32>(word) == ~0U)
				return false;
		} while (!exchange(word, word + 1));
		return true;
	}

	/* The same the other way. Return: false if the phase is another, or nothing is captured. */
	bool try_release() const
	{
		u64 word = load();

		do {
			if (word >> 32 != kReady >> 32 || !static_cast<u32>(word))
				return false;
		} while (!exchange(word, word - 1));
		return true;
	}

	/* Lock held, block live. Return: false if nothing is captured. */
	bool release_locked() const
	{
		u64 word = load();

		do {
			if (!static_cast<u32>(word))
				return false;
		} while (!exchange(word, word - 1));
		return true;
	}

	/* Lock held. The captures stay as they are. */
	void set_phase(Phase phase) const
	{
		u64 word = load();

		while (!exchange(word, with(phase) | static_cast<u32>(word)))
			;
	}

	/* Lock held. From nothing, and to what WskDeregister leaves behind. */
	void begin(void *context) const
	{
		block_->ReservedRegistrationContext = context;
		__atomic_store_n(word(), with(Phase::Waiting), __ATOMIC_RELEASE);
	}
	/* @abandoned: a capture that the count knew may still be on its way to the context. */
	void end(bool abandoned) const
	{
		__atomic_store_n(word(), with(Phase::Ended), __ATOMIC_RELEASE);
		if (!abandoned)
			block_->ReservedRegistrationContext = nullptr;
	}

private:
	static constexpr u64 kMagic = 0x57534bULL << 40;	/* "WSK" */
	static constexpr u64 kMagicMask = ~0ULL << 40;

	static constexpr u64 with(Phase phase) { return kMagic | static_cast<u64>(phase) << 32; }
	static constexpr u64 kReady = kMagic | static_cast<u64>(Phase::Ready) << 32;
	static Phase phase_of(u64 word) { return static_cast<Phase>(word >> 32 & 0xff); }

	u64 *word() const { return &block_->ReservedRegistrationState; }
	u64 load() const { return __atomic_load_n(word(), __ATOMIC_ACQUIRE); }
	bool exchange(u64 &seen, u64 wanted) const
	{
		return __atomic_compare_exchange_n(word(), &seen, wanted, false, __ATOMIC_ACQ_REL,
						   __ATOMIC_ACQUIRE);
	}

	PWSK_REGISTRATION block_;
};

} /* namespace wsk */
