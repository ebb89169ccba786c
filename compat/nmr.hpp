/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The Network Module Registrar, as the rest of wsk.ko sees it: providers of our own
 * register by the same functions as a driver (netioddk.h), and the unload of a
 * driver ends what it forgot here.
 */
#pragma once

#include <netioddk.h>

#include "owner.hpp"

namespace nt {

void nmr_start();
void nmr_stop();

/*
 * Who called NmrRegisterClient, and where. @binding: the handle that ProviderAttachClient
 * got, from that callback on until the provider's cleanup callback has returned.
 * Any other handle: the kernel's record, and NULL. Context: IRQL <= DISPATCH_LEVEL.
 */
Owner &nmr_client_owner(HANDLE binding);
const void *nmr_client_site(HANDLE binding);

/*
 * Unload of a driver: names each registration it never gave back and begins to
 * deregister it. The leaving driver's own callbacks are not called any more and its
 * side of each binding counts as detached; the other side's are. Does not wait.
 * May be called again. Context: PASSIVE_LEVEL. Return: how many were named.
 */
unsigned int nmr_abandon(Owner &owner);

/* Waits until nothing of those is left, and says every 10 s for what. Context: PASSIVE_LEVEL. */
void nmr_wait_abandoned(Owner &owner);

} /* namespace nt */
