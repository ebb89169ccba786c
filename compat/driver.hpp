/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

namespace nt {

void driver_start();

} /* namespace nt */
