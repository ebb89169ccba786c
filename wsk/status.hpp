/* SPDX-License-Identifier: GPL-2.0 */
/*
 * errno -> NTSTATUS for Winsock Kernel: one table for what TCP reports, and the
 * few places where the same errno means different things to a WSK client.
 */
#pragma once

#include <ntdef.h>

namespace wsk {

/* A connection attempt (contract 3.6, CON-5). */
NTSTATUS connection_status(int error);

/* Why an established connection is gone (contract 3.6, SND-16). */
NTSTATUS broken_status(int error);

/* Everything else: creation, bind (BND-16, BND-17), options, address queries. */
NTSTATUS general_status(int error);

} /* namespace wsk */
