/* SPDX-License-Identifier: GPL-2.0 */
/* NT's printf formats; format.cpp says which, and where Linux differs. */
#pragma once

#include "cxx/types.hpp"
#include <ntdef.h>

namespace nt {

/*
 * Like vsnprintf: at most @size units are stored, the last a NUL; nothing when
 * @size is 0. Return: the units the whole text has, without the NUL.
 * Any context; reads no more of an argument than its format allows.
 */
int format_a(char *out, usize size, const char *format, __builtin_va_list args);
int format_w(WCHAR *out, usize size, const WCHAR *format, __builtin_va_list args);

} /* namespace nt */

extern "C" {
int wsk_nt_vsnprintf_a(char *out, SIZE_T size, const char *format, __builtin_va_list args);
int wsk_nt_vsnprintf_w(WCHAR *out, SIZE_T size, const WCHAR *format, __builtin_va_list args);
}
