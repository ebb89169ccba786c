/* SPDX-License-Identifier: GPL-2.0 */
/* What wsk.ko does when it is loaded and before it goes; wsk/start.cpp. */
#ifndef WSK_START_H
#define WSK_START_H

#ifdef __cplusplus
extern "C" {
#endif

/**
 * wsk_start() - bring up the NT runtime, then the provider.
 * Context: process context, may sleep.
 * Return: 0, or a negative error number with everything undone.
 */
int wsk_start(void);

/**
 * wsk_stop() - take down what wsk_start() brought up.
 * No driver uses wsk.ko any more: each holds a reference to the module.
 * Context: process context, may sleep.
 */
void wsk_stop(void);

#ifdef __cplusplus
}
#endif
#endif
