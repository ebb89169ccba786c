/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pool for what wsk.ko allocates in a driver's name (a converted string, for
 * one): the driver frees it with the documented routine, and a leak is named
 * as its own.
 */
#pragma once

#include "cxx/types.hpp"

namespace nt {

/* @site: the return address in the driver, which makes it the owner. NULL when memory is short. */
void *pool_alloc(usize bytes, u32 tag, const void *site);
/* NULL is ignored. IRQL <= DISPATCH_LEVEL. */
void pool_free(void *memory);

void pool_start();

} /* namespace nt */
