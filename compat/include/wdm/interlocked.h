/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interlocked operations. They are macros over the compiler's builtins, so that
 * LONG and a driver's own "volatile long" are both right, in C and in C++. Full
 * barriers, as on Windows; the NoFence forms order nothing.
 */
#ifndef _WDM_INTERLOCKED_H
#define _WDM_INTERLOCKED_H

#include "../ntdef.h"

#define InterlockedIncrement(p) __sync_add_and_fetch((p), 1)
#define InterlockedDecrement(p) __sync_sub_and_fetch((p), 1)
#define InterlockedAdd(p, v) __sync_add_and_fetch((p), (v))
#define InterlockedExchangeAdd(p, v) __sync_fetch_and_add((p), (v))
#define InterlockedExchange(p, v) \
	__extension__({ __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST); })
#define InterlockedCompareExchange(p, v, comparand) \
	__extension__({ __sync_val_compare_and_swap((p), (comparand), (v)); })
#define InterlockedOr(p, v) __sync_fetch_and_or((p), (v))
#define InterlockedAnd(p, v) __sync_fetch_and_and((p), (v))
#define InterlockedXor(p, v) __sync_fetch_and_xor((p), (v))

#define InterlockedIncrement16(p) InterlockedIncrement(p)
#define InterlockedDecrement16(p) InterlockedDecrement(p)
#define InterlockedExchange16(p, v) InterlockedExchange(p, v)
#define InterlockedCompareExchange16(p, v, comparand) InterlockedCompareExchange(p, v, comparand)
#define InterlockedOr16(p, v) InterlockedOr(p, v)
#define InterlockedAnd16(p, v) InterlockedAnd(p, v)

#define InterlockedExchange8(p, v) InterlockedExchange(p, v)
#define InterlockedOr8(p, v) InterlockedOr(p, v)
#define InterlockedAnd8(p, v) InterlockedAnd(p, v)
#define InterlockedXor8(p, v) InterlockedXor(p, v)

#define InterlockedIncrement64(p) InterlockedIncrement(p)
#define InterlockedDecrement64(p) InterlockedDecrement(p)
#define InterlockedAdd64(p, v) InterlockedAdd(p, v)
#define InterlockedExchangeAdd64(p, v) InterlockedExchangeAdd(p, v)
#define InterlockedExchange64(p, v) InterlockedExchange(p, v)
#define InterlockedCompareExchange64(p, v, comparand) InterlockedCompareExchange(p, v, comparand)
#define InterlockedOr64(p, v) InterlockedOr(p, v)
#define InterlockedAnd64(p, v) InterlockedAnd(p, v)
#define InterlockedXor64(p, v) InterlockedXor(p, v)

#define InterlockedIncrementSizeT(p) InterlockedIncrement(p)
#define InterlockedDecrementSizeT(p) InterlockedDecrement(p)
#define InterlockedExchangeAddSizeT(p, v) InterlockedExchangeAdd(p, v)

#define InterlockedExchangePointer(p, v) InterlockedExchange(p, v)
#define InterlockedCompareExchangePointer(p, v, comparand) \
	InterlockedCompareExchange(p, v, comparand)

#define InterlockedIncrementAcquire(p) InterlockedIncrement(p)
#define InterlockedIncrementRelease(p) InterlockedIncrement(p)
#define InterlockedDecrementAcquire(p) InterlockedDecrement(p)
#define InterlockedDecrementRelease(p) InterlockedDecrement(p)
#define InterlockedCompareExchangeAcquire(p, v, c) InterlockedCompareExchange(p, v, c)
#define InterlockedCompareExchangeRelease(p, v, c) InterlockedCompareExchange(p, v, c)

#define InterlockedIncrementNoFence(p) __atomic_add_fetch((p), 1, __ATOMIC_RELAXED)
#define InterlockedDecrementNoFence(p) __atomic_sub_fetch((p), 1, __ATOMIC_RELAXED)
#define InterlockedExchangeAddNoFence(p, v) __atomic_fetch_add((p), (v), __ATOMIC_RELAXED)
#define InterlockedExchangeAddNoFence64(p, v) InterlockedExchangeAddNoFence(p, v)
#define InterlockedIncrementNoFence64(p) InterlockedIncrementNoFence(p)

#define ReadNoFence(p) __atomic_load_n((p), __ATOMIC_RELAXED)
#define WriteNoFence(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define ReadAcquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define WriteRelease(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define ReadNoFence8(p) ReadNoFence(p)
#define ReadNoFence64(p) ReadNoFence(p)
#define WriteNoFence64(p, v) WriteNoFence(p, v)
#define ReadAcquire64(p) ReadAcquire(p)
#define WriteRelease64(p, v) WriteRelease(p, v)
#define ReadPointerNoFence(p) ReadNoFence(p)
#define ReadPointerAcquire(p) ReadAcquire(p)
#define WritePointerNoFence(p, v) WriteNoFence(p, v)
#define WritePointerRelease(p, v) WriteRelease(p, v)
#define ReadULongNoFence(p) ReadNoFence(p)
#define ReadULongAcquire(p) ReadAcquire(p)
#define ReadBooleanNoFence(p) ReadNoFence(p)

#define KeMemoryBarrier() __sync_synchronize()
#define MemoryBarrier() __sync_synchronize()
#define KeMemoryBarrierWithoutFence() __asm__ __volatile__("" ::: "memory")
#if defined(__x86_64__) || defined(__i386__)
#define YieldProcessor() __builtin_ia32_pause()
#else
#define YieldProcessor() __asm__ __volatile__("yield" ::: "memory")
#endif

/* @Bit counts from @Base and may be beyond its first word. Return: the old bit. */
NT_INLINE BOOLEAN InterlockedBitTestAndSet(LONG volatile *Base, LONG Bit)
{
	LONG mask = (LONG)(1U << (Bit & 31));

	return (__sync_fetch_and_or(Base + (Bit >> 5), mask) & mask) != 0;
}

NT_INLINE BOOLEAN InterlockedBitTestAndReset(LONG volatile *Base, LONG Bit)
{
	LONG mask = (LONG)(1U << (Bit & 31));

	return (__sync_fetch_and_and(Base + (Bit >> 5), ~mask) & mask) != 0;
}

NT_INLINE BOOLEAN InterlockedBitTestAndSet64(LONG64 volatile *Base, LONG64 Bit)
{
	LONG64 mask = (LONG64)(1ULL << (Bit & 63));

	return (__sync_fetch_and_or(Base + (Bit >> 6), mask) & mask) != 0;
}

NT_INLINE BOOLEAN InterlockedBitTestAndReset64(LONG64 volatile *Base, LONG64 Bit)
{
	LONG64 mask = (LONG64)(1ULL << (Bit & 63));

	return (__sync_fetch_and_and(Base + (Bit >> 6), ~mask) & mask) != 0;
}

#endif
