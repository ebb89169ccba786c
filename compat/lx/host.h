/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the module glue of a ported driver calls (scripts/wsk-glue.c), from its
 * module_init and module_exit. Both run the driver's code and return when none
 * of it runs any more, or when the driver is up.
 */
#ifndef LX_HOST_H
#define LX_HOST_H

#ifdef __cplusplus
extern "C" {
#endif

struct module;

/*
 * Calls @driver_entry, a DRIVER_INITIALIZE, with a driver object named @name.
 * Return: 0, or the negative errno that its status stands for; then everything
 * the driver had begun has been ended.
 */
int wsk_driver_load(struct module *module, const char *name, void *driver_entry);

/* Calls DriverUnload, waits for the driver's code to return, names and frees its leaks. */
void wsk_driver_unload(struct module *module);

#ifdef __cplusplus
}
#endif
#endif
