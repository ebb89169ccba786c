// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>

#include "start.h"

static int __init wsk_module_init(void)
{
	return wsk_start();
}

static void __exit wsk_module_exit(void)
{
	wsk_stop();
}

module_init(wsk_module_init);
module_exit(wsk_module_exit);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("WSK for Linux");
MODULE_DESCRIPTION("Winsock Kernel provider and NT driver runtime");
