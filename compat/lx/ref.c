// SPDX-License-Identifier: GPL-2.0
#include <linux/build_bug.h>
#include <linux/refcount.h>

#include "ref.h"

static refcount_t *to_refcount(unsigned int *ref)
{
	BUILD_BUG_ON(sizeof(refcount_t) != sizeof(*ref));
	return (refcount_t *)ref;
}

void lx_ref_set(unsigned int *ref, unsigned int n)
{
	refcount_set(to_refcount(ref), n);
}

void lx_ref_get(unsigned int *ref)
{
	refcount_inc(to_refcount(ref));
}

int lx_ref_put(unsigned int *ref)
{
	return refcount_dec_and_test(to_refcount(ref));
}

int lx_ref_try_get(unsigned int *ref)
{
	return refcount_inc_not_zero(to_refcount(ref));
}
