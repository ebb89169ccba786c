/* SPDX-License-Identifier: GPL-2.0 */
/* NT's time-outs on Linux's monotonic clock. */
#pragma once

#include "cxx/types.hpp"
#include <wdm.h>

namespace nt {

struct Deadline {
	static constexpr u64 kForever = ~0ULL;

	bool poll;		/* look once, do not sleep */
	u64 ns;			/* on lx_time_monotonic_ns()'s clock */
};

/*
 * NULL is for ever, 0 is a poll, a negative value counts 100 ns units from now, a
 * positive one is a system time since 1601. A system time is turned into a
 * distance once, here: a clock that is set during the wait moves Windows' end
 * of it and not ours.
 */
Deadline deadline_of(const LARGE_INTEGER *timeout);

} /* namespace nt */
