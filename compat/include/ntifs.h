/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NTIFS_H
#define _NTIFS_H

#include "ntddk.h"

#endif
