/* SPDX-License-Identifier: GPL-2.0 */
/*
 * UTF-8 and UTF-16, one character at a time. UTF-8 is the "ANSI code page" of
 * this runtime: what Windows converts through the system's code page goes
 * through here, so nothing is lost on the way. Text that is not well formed
 * yields U+FFFD, one for each maximal part that could have begun a character
 * (Unicode 15, section 3.9); an unpaired surrogate likewise.
 */
#pragma once

#include "cxx/types.hpp"
#include <ntdef.h>

namespace nt {

inline constexpr u32 kReplacement = 0xfffd;

struct Decoded {
	u32 code;
	u32 used;	/* source units, at least one */
	bool valid;
};

inline bool utf16_is_high(u32 unit) { return unit >= 0xd800 && unit <= 0xdbff; }
inline bool utf16_is_low(u32 unit) { return unit >= 0xdc00 && unit <= 0xdfff; }

/* @units: what may be read, at least one. A pair cut off by the end is unpaired. */
inline Decoded decode(const WCHAR *text, usize units)
{
	const u32 first = static_cast<u16>(text[0]);

	if (!utf16_is_high(first) && !utf16_is_low(first))
		return {first, 1, true};
	if (utf16_is_high(first) && units > 1 && utf16_is_low(static_cast<u16>(text[1])))
		return {0x10000 + ((first - 0xd800) << 10) + (static_cast<u16>(text[1]) - 0xdc00),
			2, true};
	return {kReplacement, 1, false};
}

/*
 * The second byte decides about overlong forms, surrogates and what is above
 * U+10FFFF; from the third on any continuation byte will do. Bytes past the
 * first bad one are not read, so a text that ends with NUL needs no length.
 */
inline Decoded decode(const char *text, usize bytes)
{
	const u8 first = static_cast<u8>(text[0]);
	u32 code, more;
	u8 low = 0x80, high = 0xbf;

	if (first < 0x80)
		return {first, 1, true};
	if (first >= 0xc2 && first <= 0xdf) {
		more = 1;
		code = first & 0x1f;
	} else if (first >= 0xe0 && first <= 0xef) {
		more = 2;
		code = first & 0x0f;
		low = first == 0xe0 ? 0xa0 : low;
		high = first == 0xed ? 0x9f : high;
	} else if (first >= 0xf0 && first <= 0xf4) {
		more = 3;
		code = first & 0x07;
		low = first == 0xf0 ? 0x90 : low;
		high = first == 0xf4 ? 0x8f : high;
	} else {
		return {kReplacement, 1, false};
	}
	for (u32 i = 1; i <= more; i++) {
		const u8 next = i < bytes ? static_cast<u8>(text[i]) : 0;

		if (next < low || next > high)
			return {kReplacement, i, false};
		code = code << 6 | (next & 0x3f);
		low = 0x80;
		high = 0xbf;
	}
	return {code, more + 1, true};
}

/* Return: units stored, 1 or 2. @code is a character, never a surrogate. */
inline u32 encode(u32 code, WCHAR out[4])
{
	if (code < 0x10000) {
		out[0] = static_cast<WCHAR>(code);
		return 1;
	}
	out[0] = static_cast<WCHAR>(0xd800 + ((code - 0x10000) >> 10));
	out[1] = static_cast<WCHAR>(0xdc00 + (code & 0x3ff));
	return 2;
}

/* Return: bytes stored, 1 to 4. */
inline u32 encode(u32 code, char out[4])
{
	u32 more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
	static constexpr u8 kLead[4] = {0x00, 0xc0, 0xe0, 0xf0};

	for (u32 i = more; i > 0; i--) {
		out[i] = static_cast<char>(0x80 | (code & 0x3f));
		code >>= 6;
	}
	out[0] = static_cast<char>(kLead[more] | code);
	return more + 1;
}

} /* namespace nt */
