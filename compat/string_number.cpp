// SPDX-License-Identifier: GPL-2.0
/* Numbers as counted strings, and back. */
#include <wdm.h>
#include <ntstatus.h>
#include "cxx/types.hpp"
#include "ip2string.hpp"

using nt::ip::digit;

namespace {

bool base_is_valid(ULONG base)
{
	return base == 0 || base == 2 || base == 8 || base == 10 || base == 16;
}

/* A base of 0 is told by the prefix, which is skipped. */
ULONG base_of(ULONG base, const WCHAR *&at, const WCHAR *end)
{
	if (base)
		return base;
	if (end - at < 2 || at[0] != '0')
		return 10;
	base = at[1] == 'x' ? 16 : at[1] == 'o' ? 8 : at[1] == 'b' ? 2 : 0;
	if (!base)
		return 10;
	at += 2;
	return base;
}

} /* namespace */

/**
 * RtlUnicodeStringToInteger() - the number a string begins with.
 * @String: blanks, a sign, digits; what follows is ignored
 * @Base: 2, 8, 10, 16, or 0: told by "0b", "0o" or "0x", otherwise 10
 * @Value: the number modulo 2^32, 0 if the string begins with none
 *
 * Context: any IRQL; any Linux context.
 * Return: STATUS_SUCCESS; STATUS_INVALID_PARAMETER for an empty string or
 * another base.
 * Source: "RtlUnicodeStringToInteger" (wdm.h).
 */
extern "C" NTSTATUS NTAPI RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base,
						    PULONG Value)
{
	const WCHAR *at = String->Buffer, *end = at + String->Length / sizeof(WCHAR);
	bool negative = false;
	ULONG value = 0;

	if (at == end || !base_is_valid(Base) || !Value)
		return STATUS_INVALID_PARAMETER;
	while (at < end && *at <= ' ')
		at++;
	if (at < end && (*at == '-' || *at == '+'))
		negative = *at++ == '-';
	Base = base_of(Base, at, end);
	for (; at < end && digit(*at, Base) >= 0; at++)
		value = value * Base + static_cast<ULONG>(digit(*at, Base));
	*Value = negative ? 0 - value : value;
	return STATUS_SUCCESS;
}

/**
 * RtlIntegerToUnicodeString() - digits of a number, with a NUL behind them.
 * @Value: the number
 * @Base: 2, 8, 16, and 10 or 0 for decimal; digits above 9 are upper case
 * @String: gets the digits; unchanged after a failure
 *
 * Context: any IRQL; any Linux context.
 * Return: STATUS_SUCCESS; STATUS_BUFFER_OVERFLOW when digits and NUL do not
 * fit; STATUS_INVALID_PARAMETER for another base.
 * Source: "RtlIntegerToUnicodeString" (wdm.h).
 */
extern "C" NTSTATUS NTAPI RtlIntegerToUnicodeString(ULONG Value, ULONG Base,
						    PUNICODE_STRING String)
{
	WCHAR digits[32];
	usize count = 0;

	if (!base_is_valid(Base))
		return STATUS_INVALID_PARAMETER;
	if (!Base)
		Base = 10;
	do {
		digits[count++] = static_cast<WCHAR>("0123456789ABCDEF"[Value % Base]);
		Value /= Base;
	} while (Value);
	if ((count + 1) * sizeof(WCHAR) > String->MaximumLength)
		return STATUS_BUFFER_OVERFLOW;
	for (usize i = 0; i < count; i++)
		String->Buffer[i] = digits[count - 1 - i];
	String->Buffer[count] = 0;
	String->Length = static_cast<USHORT>(count * sizeof(WCHAR));
	return STATUS_SUCCESS;
}
