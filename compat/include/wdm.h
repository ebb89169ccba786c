/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel API for drivers, by concept in wdm/. */
#ifndef _WDM_H
#define _WDM_H

#include "ntdef.h"
#include "driverspecs.h"
#include "guiddef.h"
#include "ntstatus.h"
#include "excpt.h"
#include "wdm/rtl.h"
#include "wdm/ke.h"
#include "wdm/interlocked.h"
#include "wdm/list.h"
#include "wdm/ex.h"
#include "wdm/mm.h"
#include "wdm/ps.h"
#include "wdm/io.h"
#include "wdm/irp.h"
#include "wdm/dbg.h"
#include "wpp.h"

#endif
