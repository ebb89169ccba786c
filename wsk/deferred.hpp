/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Completing an IRP that no socket stands behind: a parameter of a client-level
 * call that was wrong, an allocation that failed.
 */
#pragma once

#include <wdm.h>

#include "cxx/types.hpp"

namespace wsk {

class Registration;

/*
 * Marks @irp pending and completes it with @status: at once if the caller runs at
 * PASSIVE_LEVEL with stack to spare, else from a tasklet. @registration waits
 * for it in WskDeregister. Returns STATUS_PENDING.
 */
NTSTATUS refuse(PIRP irp, NTSTATUS status, Registration &registration);

/* Completes @irp with @status and returns it, not pending: CON-2, IRP-30, EVT-14. */
NTSTATUS complete_inline(PIRP irp, NTSTATUS status);

/*
 * STATUS_SUCCESS, or why @irp cannot be sent: there is none (IRP-28), or it has no
 * stack location left because another call has it (IRP-26) or it never had one
 * (IRP-27). It is not touched then.
 */
NTSTATUS check_irp(PIRP irp, const void *site);

/* Room for a client's routine on this stack, and nothing forbids to sleep. */
bool may_call_client_inline();

void deferred_start();
void deferred_stop();

} /* namespace wsk */
