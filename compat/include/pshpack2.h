/* SPDX-License-Identifier: GPL-2.0 */
/* Included any number of times; <poppack.h> ends it. */
#include "wdm/compiler.h"
#pragma pack(push, 2)
