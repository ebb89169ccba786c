/* SPDX-License-Identifier: GPL-2.0 */
/* Case of one UTF-16 unit: ASCII and Latin-1; see string.cpp. */
#pragma once

#include <ntdef.h>

namespace nt {

inline WCHAR upcase(WCHAR c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 0xe0 && c <= 0xfe && c != 0xf7))
		return static_cast<WCHAR>(c - 32);
	return c == 0xff ? static_cast<WCHAR>(0x178) : c;
}

} /* namespace nt */
