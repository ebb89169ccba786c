/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include "cxx/types.hpp"

namespace nt {

/* 100 ns units since 1601-01-01, UTC. Any context. */
u64 system_time();

} /* namespace nt */
