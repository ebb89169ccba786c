/* SPDX-License-Identifier: GPL-2.0 */
/* GUID, and DEFINE_GUID: a declaration, or after <initguid.h> the definition. */
#ifndef _GUIDDEF_H
#define _GUIDDEF_H

#include "ntdef.h"

typedef GUID *LPGUID;
typedef const GUID *LPCGUID;
typedef GUID IID, *LPIID;

#ifdef __cplusplus
#define REFGUID const GUID &
#define IsEqualGUID(a, b) (!__builtin_memcmp(&(a), &(b), sizeof(GUID)))
#else
#define REFGUID const GUID *
#define IsEqualGUID(a, b) (!__builtin_memcmp(a, b, sizeof(GUID)))
#endif
#define InlineIsEqualGUID(a, b) IsEqualGUID(a, b)

#endif

/* May be included again behind <initguid.h>. */
#undef DEFINE_GUID
#ifdef INITGUID
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)		\
	EXTERN_C const GUID DECLSPEC_SELECTANY name;				\
	EXTERN_C const GUID DECLSPEC_SELECTANY name =				\
		{ l, w1, w2, { b1, b2, b3, b4, b5, b6, b7, b8 } }
#else
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
	EXTERN_C const GUID name
#endif
