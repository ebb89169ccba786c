// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Linux' side of a driver; scripts/wsk-driver.mk compiles it into each one.
 * The exit function is always there: a driver without DriverUnload is kept in
 * by a reference that wsk.ko takes on its module.
 */
#include <linux/module.h>

#include "lx/host.h"

extern int DriverEntry(void *driver_object, void *registry_path);

static int __init wsk_glue_init(void)
{
	return wsk_driver_load(THIS_MODULE, KBUILD_MODNAME, DriverEntry);
}

static void __exit wsk_glue_exit(void)
{
	wsk_driver_unload(THIS_MODULE);
}

module_init(wsk_glue_init);
module_exit(wsk_glue_exit);

MODULE_LICENSE(WSK_LICENSE);
MODULE_DESCRIPTION(KBUILD_MODNAME ", a driver on Winsock Kernel for Linux");
