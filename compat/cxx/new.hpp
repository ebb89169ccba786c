/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Allocation of our own C++ objects. make<T>() returns NULL when memory is
 * short and never throws; the plain operator new stays undeclared on purpose,
 * so that an allocation without a failure path does not compile into the
 * module (it would not link). destroy() is the exact reverse.
 */
#pragma once

#include "types.hpp"
#include "lx/mem.h"

namespace nt {

enum class Mem : unsigned {
	Atomic = 0,		/* callable at DISPATCH_LEVEL */
	Sleep = LX_MEM_SLEEP,	/* PASSIVE_LEVEL, process context */
};

template <class T, class... Args>
[[nodiscard]] T *make(Mem mem, Args &&...args)
{
	static_assert(alignof(T) <= 16, "kmalloc guarantees no more");
	void *at = lx_mem_alloc(sizeof(T), static_cast<unsigned>(mem) | LX_MEM_ZERO);

	return at ? new (at) T(static_cast<Args &&>(args)...) : nullptr;
}

template <class T>
void destroy(T *object)
{
	if (!object)
		return;
	object->~T();
	lx_mem_free(object);
}

} /* namespace nt */
