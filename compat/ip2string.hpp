/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the IPv4 and IPv6 halves of ip2string.h share: reading numbers from
 * narrow or wide text, and a small buffer to write into. Every read stops at
 * the first character that does not belong, so nothing is read past the NUL.
 */
#pragma once

#include "cxx/types.hpp"

namespace nt::ip {

/* The value of a digit in @base, or -1. */
constexpr int digit(u32 c, u32 base)
{
	int value = -1;

	if (c >= '0' && c <= '9')
		value = static_cast<int>(c - '0');
	else if (c >= 'a' && c <= 'f')
		value = static_cast<int>(c - 'a' + 10);
	else if (c >= 'A' && c <= 'F')
		value = static_cast<int>(c - 'A' + 10);
	return value < static_cast<int>(base) ? value : -1;
}

template <class Char> u32 unit(Char c)
{
	return sizeof(Char) == 1 ? static_cast<u8>(c) : static_cast<u16>(c);
}

/* Digits in @base, at least one, not above @limit. @at is left behind them. */
template <class Char> bool number(const Char *&at, u32 base, u64 limit, u64 &value)
{
	const Char *start = at;

	for (value = 0; digit(unit(*at), base) >= 0; at++) {
		value = value * base + static_cast<u32>(digit(unit(*at), base));
		if (value > limit)
			return false;
	}
	return at != start;
}

/*
 * The notation of C: 0x hexadecimal, a leading 0 octal, else decimal. An 8 or
 * 9 in an octal number is an error, not the end of the number.
 */
template <class Char> bool c_number(const Char *&at, u64 limit, u64 &value)
{
	if (at[0] != '0')
		return number(at, 10, limit, value);
	if (at[1] == 'x' || at[1] == 'X') {
		at += 2;
		return number(at, 16, limit, value);
	}
	return number(at, 8, limit, value) && digit(unit(*at), 10) < 0;
}

/* Four decimal parts without leading zeros, which could be taken for octal. */
template <class Char> bool strict_v4(const Char *&at, u8 address[4])
{
	for (u32 i = 0; i < 4; i++) {
		const Char *start = at;
		u64 value;

		if (!number(at, 10, 255, value) || (*start == '0' && at - start > 1))
			return false;
		address[i] = static_cast<u8>(value);
		if (i < 3 && *at++ != '.')
			return at--, false;
	}
	return *at != '.';
}

/* ":port" up to the end of the text, or nothing. @port is in network order. */
template <class Char> bool port_and_end(const Char *at, u16 &port)
{
	u64 value = 0;

	if (*at == ':') {
		at++;
		if (!c_number(at, 0xffff, value))
			return false;
	}
	port = __builtin_bswap16(static_cast<u16>(value));
	return *at == 0;
}

/* Holds the longest text there is, "[" IPv6 with dotted end "%" scope "]:" port. */
class Text : NonMovable {
public:
	void put(char c) { text_[length_++] = c; }
	void put_number(u64 value, u32 base)
	{
		char digits[20];
		u32 n = 0;

		do {
			digits[n++] = "0123456789abcdef"[value % base];
			value /= base;
		} while (value);
		while (n)
			put(digits[--n]);
	}
	void put_v4(const u8 address[4])
	{
		for (u32 i = 0; i < 4; i++) {
			if (i)
				put('.');
			put_number(address[i], 10);
		}
	}
	u32 length() const { return length_; }

	/* Return: the NUL behind the text. */
	template <class Char> Char *copy_to(Char *out) const
	{
		for (u32 i = 0; i < length_; i++)
			out[i] = static_cast<Char>(text_[i]);
		out[length_] = 0;
		return out + length_;
	}
	/* @room: characters with the NUL; holds on return what the text needs. */
	template <class Char> bool copy_within(Char *out, u32 &room) const
	{
		const bool fits = room > length_;

		if (fits)
			copy_to(out);
		room = length_ + 1;
		return fits;
	}

private:
	char text_[80];
	u32 length_ = 0;
};

} /* namespace nt::ip */
