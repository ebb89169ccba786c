/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

namespace nt {

/* Brings up the NT runtime. Context: process. Return: 0, or -errno with all undone. */
int start();
void stop();

} /* namespace nt */
