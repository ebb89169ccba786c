/* SPDX-License-Identifier: GPL-2.0 */
/* Windows' SOCKADDR_IN and SOCKADDR_IN6 <-> the shim's struct lx_addr. */
#pragma once

#include <ws2def.h>
#include <ws2ipdef.h>

#include "cxx/types.hpp"
#include "lx/sock.h"

namespace wsk {

/* False if @from is not an address of @family (AF_INET, AF_INET6). Copies: MEM-1. */
bool address_from_windows(const SOCKADDR *from, ADDRESS_FAMILY family, lx_addr *to);

/* Writes 16 bytes for AF_INET, 28 for AF_INET6, and none beyond (MEM-6). */
void address_to_windows(const lx_addr &from, SOCKADDR *to);

int address_shim_family(ADDRESS_FAMILY family);

} /* namespace wsk */
