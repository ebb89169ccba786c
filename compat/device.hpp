/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <ntddk.h>

namespace nt {

void device_start();
/* What the I/O manager does when DriverEntry has returned: the devices made in it are ready. */
void device_initialized(PDRIVER_OBJECT driver);

} /* namespace nt */
