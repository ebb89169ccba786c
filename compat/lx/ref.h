/* SPDX-License-Identifier: GPL-2.0 */
/* refcount_t on a plain word: saturating, reported by the kernel when misused. */
#ifndef LX_REF_H
#define LX_REF_H

#ifdef __cplusplus
extern "C" {
#endif

void lx_ref_set(unsigned int *ref, unsigned int n);
void lx_ref_get(unsigned int *ref);
/* Return: non-zero if this was the last reference. */
int lx_ref_put(unsigned int *ref);
/* Return: zero if the object is already dying. */
int lx_ref_try_get(unsigned int *ref);

#ifdef __cplusplus
}
#endif
#endif
