// SPDX-License-Identifier: GPL-2.0
/* The module around the suites; each suite registers itself. */
#include <linux/module.h>

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit suites of the NT runtime and of Winsock Kernel");
