/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NTDDK_H
#define _NTDDK_H

#include "wdm.h"

#endif
