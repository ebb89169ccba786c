// SPDX-License-Identifier: GPL-2.0
/* The module around the suites; each suite registers itself. */
#include <linux/module.h>
#include <linux/version.h>

MODULE_LICENSE("GPL");
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS(WSK_TESTING);
#else
MODULE_IMPORT_NS("WSK_TESTING");
#endif
MODULE_DESCRIPTION("KUnit suites of the NT runtime and of Winsock Kernel");
