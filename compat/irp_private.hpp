/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the files that implement IRPs. */
#pragma once

#include <wdm.h>

namespace nt {

/* The stack locations follow the IRP; the first is the lowest driver's. */
inline PIO_STACK_LOCATION irp_slots(PIRP irp)
{
	return reinterpret_cast<PIO_STACK_LOCATION>(irp + 1);
}

/* The device of the current location's driver; none above the top one. */
inline PDEVICE_OBJECT irp_current_device(PIRP irp)
{
	return irp->CurrentLocation <= irp->StackCount
		       ? irp->Tail.Overlay.CurrentStackLocation->DeviceObject
		       : nullptr;
}

void irp_cancel_start();

} /* namespace nt */
