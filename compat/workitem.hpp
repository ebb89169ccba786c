/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

namespace nt {

void workitem_start();

} /* namespace nt */
