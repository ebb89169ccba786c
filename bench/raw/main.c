// SPDX-License-Identifier: GPL-2.0
/*
 * wsk_bench_raw.ko: loading it measures the rows of primitives.c and starts the echo server;
 *
 *	echo NAME PORT > /sys/module/wsk_bench_raw/parameters/client
 *
 * measures round trips with the server at PORT, and returns when that is done.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "raw.h"

static int set_client(const char *words, const struct kernel_param *param)
{
	char name[64];
	u16 port;

	if (sscanf(words, "%63s %hu", name, &port) != 2)
		return -EINVAL;
	return bench_client(name, port);
}

static const struct kernel_param_ops client_ops = { .set = set_client };
module_param_cb(client, &client_ops, NULL, 0200);

static int __init bench_init(void)
{
	int error = bench_primitives();

	return error ?: bench_server_start();
}

static void __exit bench_exit(void)
{
	bench_server_stop();
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("References for the benchmarks of Winsock Kernel");
