/* SPDX-License-Identifier: GPL-2.0 */
/* The frames of __try blocks, by task; excpt.h declares what drivers see. */
#pragma once

namespace nt {

void seh_start();
void seh_stop();
/* Unlinks the frames of a thread that ends without returning: its stack goes. */
void seh_forget_task();

} /* namespace nt */
