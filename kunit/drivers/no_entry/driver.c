// SPDX-License-Identifier: GPL-2.0 OR MIT
// No DriverEntry: the build must say so, since nothing could start this driver.
#include <ntddk.h>

VOID NoEntryHelper(VOID);

VOID NoEntryHelper(VOID)
{
	DbgPrint("no_entry: never seen\n");
}
