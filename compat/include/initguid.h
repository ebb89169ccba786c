/* SPDX-License-Identifier: GPL-2.0 */
/* DEFINE_GUID defines from here on. */
#ifndef INITGUID
#define INITGUID
#endif
#include "guiddef.h"
