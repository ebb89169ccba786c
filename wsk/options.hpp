/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include "request.hpp"

namespace wsk {

/* What WskControlSocket was asked, checked and copied; STATUS_SUCCESS or why not. */
NTSTATUS option_parse_set(u32 level, u32 name, const void *input, u64 size, OptionArgs *args);
NTSTATUS option_parse_get(u32 level, u32 name, void *output, u64 size, OptionArgs *args);

} /* namespace wsk */
