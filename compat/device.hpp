/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include "object.hpp"
#include <ntddk.h>

namespace nt {

void device_start();
/* Whatever @object is: NULL, or one more reference if it is a device that is not deleted. */
ObjectHeader *device_ref(const void *object);
/* What the I/O manager does when DriverEntry has returned: the devices made in it are ready. */
void device_initialized(PDRIVER_OBJECT driver);

} /* namespace nt */
