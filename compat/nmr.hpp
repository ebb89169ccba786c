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
 * Where NmrRegisterClient was called, and whether that driver is being unloaded
 * without having deregistered. @binding: the handle that ProviderAttachClient got,
 * from that callback on until the provider's cleanup callback has returned. Any
 * other handle: NULL, and false. Context: IRQL <= DISPATCH_LEVEL.
 */
const void *nmr_client_site(HANDLE binding);
bool nmr_client_is_abandoned(HANDLE binding);
/* Likewise: whether the client's side of the detach is complete. */
bool nmr_client_has_detached(HANDLE binding);

/*
 * Unload of a driver: names each registration it never gave back and begins to
 * deregister it. The leaving driver's own callbacks are not called any more and its
 * side of each binding counts as detached; the other side's are. Does not wait.
 * May be called again. Context: PASSIVE_LEVEL. Return: how many were named.
 */
unsigned int nmr_abandon(Owner &owner);

/*
 * Waits a moment. True: nothing of those is left. At @report_at (monotonic, ns) it says
 * for what it waits, and the next time 10 s later. Context: PASSIVE_LEVEL.
 */
bool nmr_try_wait_abandoned(Owner &owner, u64 &report_at);

} /* namespace nt */
