/* SPDX-License-Identifier: GPL-2.0 */
/* The frames of __try blocks, by task; excpt.h declares what drivers see. */
#pragma once

namespace nt {

void seh_start();
void seh_stop();
/* A thread that ends without returning leaves its frames linked, and its stack goes: unlink them. */
void seh_forget_task();

} /* namespace nt */
