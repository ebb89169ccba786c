/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Completing an IRP that no socket stands behind: a parameter that was wrong, an
 * allocation that failed.
 */
#pragma once

#include <wdm.h>

#include "cxx/types.hpp"

namespace wsk {

/*
 * Completes @irp with @status, at once if the caller runs at PASSIVE_LEVEL with
 * stack to spare, else from a tasklet. The IRP was begun (Request::begin), so
 * the call that made it returns STATUS_PENDING.
 */
NTSTATUS complete_begun(PIRP irp, NTSTATUS status, ULONG_PTR information = 0);

/* Marks @irp pending and completes it with @status: for calls refused early. */
NTSTATUS refuse(PIRP irp, NTSTATUS status);

/* Completes @irp with @status and returns it, not pending: CON-2, IRP-30. */
NTSTATUS refuse_inline(PIRP irp, NTSTATUS status);

/* Room for a client's routine on this stack, and nothing forbids to sleep. */
bool may_call_client_inline();

void deferred_start();
void deferred_stop();

} /* namespace wsk */
