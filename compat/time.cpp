// SPDX-License-Identifier: GPL-2.0
/* NT's clocks: all in 100 ns units, which is also the frequency of the counter. */
#include "time.hpp"
#include "lx/time.h"
#include <wdm.h>

namespace nt {

namespace {

constexpr u64 kUnitNs = 100;
constexpr u64 kUnitsPerSecond = 10000000;
/* 1601-01-01 to 1970-01-01: 369 years, 89 of them leap years. */
constexpr u64 kEpochSeconds = (369ULL * 365 + 89) * 24 * 3600;

static_assert(kEpochSeconds == 11644473600ULL);

} /* namespace */

u64 system_time()
{
	return lx_time_real_ns() / kUnitNs + kEpochSeconds * kUnitsPerSecond;
}

} /* namespace nt */

using namespace nt;

/**
 * KeQuerySystemTimePrecise() - the time of day, in 100 ns units since 1601, UTC.
 * Context: any IRQL; any Linux context but NMI.
 */
extern "C" VOID KeQuerySystemTimePrecise(PLARGE_INTEGER CurrentTime)
{
	CurrentTime->QuadPart = static_cast<LONGLONG>(system_time());
}

/**
 * KeQuerySystemTime() - as KeQuerySystemTimePrecise(): Linux has the precise time for
 * nothing, so the coarse one of Windows' clock interrupt does not exist here.
 * Context: any IRQL; any Linux context but NMI.
 */
extern "C" VOID KeQuerySystemTime(PLARGE_INTEGER CurrentTime)
{
	CurrentTime->QuadPart = static_cast<LONGLONG>(system_time());
}

/**
 * KeQueryInterruptTime() - 100 ns units since the machine was started, sleep included.
 * Context: any IRQL; any Linux context but NMI.
 */
extern "C" ULONGLONG KeQueryInterruptTime(VOID)
{
	return lx_time_boot_ns() / kUnitNs;
}

/**
 * KeQueryPerformanceCounter() - a counter that only grows.
 * @PerformanceFrequency: its ticks per second, 10,000,000 as on today's Windows; may be NULL.
 * Context: any IRQL; any Linux context but NMI.
 */
extern "C" LARGE_INTEGER KeQueryPerformanceCounter(PLARGE_INTEGER PerformanceFrequency)
{
	LARGE_INTEGER now;

	if (PerformanceFrequency)
		PerformanceFrequency->QuadPart = kUnitsPerSecond;
	now.QuadPart = static_cast<LONGLONG>(lx_time_monotonic_ns() / kUnitNs);
	return now;
}
