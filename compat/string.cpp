// SPDX-License-Identifier: GPL-2.0
/*
 * Counted strings: setting up, copying, comparing, appending. (Conversions are
 * string_convert.cpp's, numbers string_number.cpp's.)
 *
 * Case is folded for ASCII and Latin-1 only. Windows folds all of Unicode by
 * its table; names that drivers compare without case are ASCII.
 */
#include <wdm.h>
#include <ntstatus.h>
#include "cxx/types.hpp"
#include "string.hpp"

using nt::min;

namespace {

/* Bytes of the longest text that leaves room for its NUL; Length has 16 bits. */
template <class Char> constexpr usize kMaxBytes = (0xffff & ~(sizeof(Char) - 1)) - sizeof(Char);

template <class Char> usize count(const Char *text)
{
	usize n = 0;

	while (text[n])
		n++;
	return n;
}

/* Return: false if @text was too long; @out then holds as much as there can be. */
template <class String, class Char> bool init(String *out, const Char *text)
{
	const usize bytes = text ? count(text) * sizeof(Char) : 0;
	const usize length = min(bytes, kMaxBytes<Char>);

	out->Buffer = const_cast<Char *>(text);
	out->Length = static_cast<USHORT>(length);
	out->MaximumLength = static_cast<USHORT>(text ? length + sizeof(Char) : 0);
	return length == bytes;
}

template <class String, class Char> NTSTATUS init_ex(String *out, const Char *text)
{
	if (init(out, text))
		return STATUS_SUCCESS;
	init(out, static_cast<const Char *>(nullptr));
	return STATUS_NAME_TOO_LONG;
}

/* Puts a NUL behind the text if there is room: it is not part of a counted string. */
template <class String> void terminate(String *string)
{
	if (usize(string->MaximumLength) >= string->Length + sizeof(*string->Buffer))
		string->Buffer[string->Length / sizeof(*string->Buffer)] = 0;
}

template <class String> void copy(String *out, const String *in)
{
	out->Length = in ? min(in->Length, out->MaximumLength) : 0;
	out->Length &= static_cast<USHORT>(~(sizeof(*out->Buffer) - 1));
	if (!in)
		return;
	if (out->Length)
		__builtin_memmove(out->Buffer, in->Buffer, out->Length);
	terminate(out);
}

u32 fold(WCHAR c) { return nt::upcase(c); }
u32 fold(CHAR c) { return c >= 'a' && c <= 'z' ? c - 32u : static_cast<u8>(c); }
u32 value(WCHAR c) { return static_cast<u16>(c); }
u32 value(CHAR c) { return static_cast<u8>(c); }

template <class String> LONG compare(const String *a, const String *b, bool fold_case)
{
	const usize na = a->Length / sizeof(*a->Buffer), nb = b->Length / sizeof(*b->Buffer);

	for (usize i = 0; i < min(na, nb); i++) {
		const u32 ca = fold_case ? fold(a->Buffer[i]) : value(a->Buffer[i]);
		const u32 cb = fold_case ? fold(b->Buffer[i]) : value(b->Buffer[i]);

		if (ca != cb)
			return static_cast<LONG>(ca) - static_cast<LONG>(cb);
	}
	return static_cast<LONG>(na) - static_cast<LONG>(nb);
}

NTSTATUS append(PUNICODE_STRING out, const WCHAR *text, usize bytes)
{
	if (out->Length + bytes > out->MaximumLength)
		return STATUS_BUFFER_TOO_SMALL;
	if (!bytes)
		return STATUS_SUCCESS;
	__builtin_memmove(out->Buffer + out->Length / sizeof(WCHAR), text, bytes);
	out->Length = static_cast<USHORT>(out->Length + bytes);
	terminate(out);
	return STATUS_SUCCESS;
}

} /* namespace */

/**
 * RtlInitUnicodeString() - let a counted string stand for a NUL-terminated one.
 * @DestinationString: gets @SourceString as its buffer; nothing is copied
 * @SourceString: the text; NULL makes the counted string empty
 *
 * MaximumLength includes the NUL. Text of more than 32766 WCHARs is cut there,
 * which RtlInitUnicodeStringEx() reports. RtlInitAnsiString() and
 * RtlInitString() are the same for narrow text, up to 65534 bytes.
 *
 * Context: any IRQL; any Linux context.
 * Source: "RtlInitUnicodeString" (wdm.h).
 */
extern "C" VOID NTAPI RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString)
{
	init(DestinationString, SourceString);
}

/** RtlInitAnsiString() - RtlInitUnicodeString() for narrow text. */
extern "C" VOID NTAPI RtlInitAnsiString(PANSI_STRING DestinationString, PCSZ SourceString)
{
	init(DestinationString, SourceString);
}

/** RtlInitString() - RtlInitUnicodeString() for narrow text. */
extern "C" VOID NTAPI RtlInitString(PSTRING DestinationString, PCSZ SourceString)
{
	init(DestinationString, SourceString);
}

/**
 * RtlInitUnicodeStringEx() - RtlInitUnicodeString() with an answer.
 * @DestinationString: gets @SourceString as its buffer; empty after a failure
 * @SourceString: the text, or NULL
 *
 * Context: any IRQL; any Linux context.
 * Return: STATUS_SUCCESS; STATUS_NAME_TOO_LONG above 32766 WCHARs.
 * Source: "RtlInitUnicodeStringEx" (wdm.h).
 */
extern "C" NTSTATUS NTAPI RtlInitUnicodeStringEx(PUNICODE_STRING DestinationString,
						 PCWSTR SourceString)
{
	return init_ex(DestinationString, SourceString);
}

/** RtlInitAnsiStringEx() - RtlInitUnicodeStringEx() for narrow text, up to 65534 bytes. */
extern "C" NTSTATUS NTAPI RtlInitAnsiStringEx(PANSI_STRING DestinationString, PCSZ SourceString)
{
	return init_ex(DestinationString, SourceString);
}

/**
 * RtlCopyUnicodeString() - copy as much as fits.
 * @DestinationString: MaximumLength bounds the copy; a NUL follows if it fits
 * @SourceString: NULL makes the destination empty
 *
 * Context: any IRQL; any Linux context.
 * Source: "RtlCopyUnicodeString" (wdm.h).
 */
extern "C" VOID NTAPI RtlCopyUnicodeString(PUNICODE_STRING DestinationString,
					   PCUNICODE_STRING SourceString)
{
	copy(DestinationString, SourceString);
}

/** RtlCopyString() - RtlCopyUnicodeString() for narrow text. */
extern "C" VOID NTAPI RtlCopyString(PSTRING DestinationString, const STRING *SourceString)
{
	copy(DestinationString, SourceString);
}

/**
 * RtlCompareUnicodeString() - order of two strings by their UTF-16 units.
 * @String1: first
 * @String2: second
 * @CaseInSensitive: fold ASCII and Latin-1 letters
 *
 * Context: any IRQL; any Linux context.
 * Return: negative, zero, positive: @String1 is less, equal, greater.
 * Source: "RtlCompareUnicodeString" (wdm.h).
 */
extern "C" LONG NTAPI RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
					      BOOLEAN CaseInSensitive)
{
	return compare(String1, String2, CaseInSensitive);
}

/** RtlEqualUnicodeString() - TRUE if RtlCompareUnicodeString() finds no difference. */
extern "C" BOOLEAN NTAPI RtlEqualUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
					       BOOLEAN CaseInSensitive)
{
	return compare(String1, String2, CaseInSensitive) == 0;
}

/** RtlCompareString() - order of two narrow strings; folds ASCII letters only. */
extern "C" LONG NTAPI RtlCompareString(const STRING *String1, const STRING *String2,
				       BOOLEAN CaseInSensitive)
{
	return compare(String1, String2, CaseInSensitive);
}

/** RtlEqualString() - TRUE if RtlCompareString() finds no difference. */
extern "C" BOOLEAN NTAPI RtlEqualString(const STRING *String1, const STRING *String2,
					BOOLEAN CaseInSensitive)
{
	return compare(String1, String2, CaseInSensitive) == 0;
}

/**
 * RtlPrefixUnicodeString() - does @String2 begin with @String1?
 * @String1: the beginning
 * @String2: the string
 * @CaseInSensitive: fold ASCII and Latin-1 letters
 *
 * Context: any IRQL; any Linux context.
 * Return: TRUE if so.
 * Source: "RtlPrefixUnicodeString" (ntddk.h).
 */
extern "C" BOOLEAN NTAPI RtlPrefixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
						BOOLEAN CaseInSensitive)
{
	UNICODE_STRING start = *String2;

	if (start.Length < String1->Length)
		return FALSE;
	start.Length = String1->Length;
	return compare(String1, static_cast<PCUNICODE_STRING>(&start), CaseInSensitive) == 0;
}

/**
 * RtlUpcaseUnicodeChar() - upper case of one unit, ASCII and Latin-1.
 * @SourceCharacter: the unit
 *
 * Context: any IRQL; any Linux context.
 * Return: the upper-case unit, or @SourceCharacter.
 * Source: "RtlUpcaseUnicodeChar" (wdm.h).
 */
extern "C" WCHAR NTAPI RtlUpcaseUnicodeChar(WCHAR SourceCharacter)
{
	return nt::upcase(SourceCharacter);
}

/**
 * RtlAppendUnicodeStringToString() - append a counted string.
 * @Destination: the string that grows; a NUL follows if it fits
 * @Source: what is appended
 *
 * Context: any IRQL; any Linux context.
 * Return: STATUS_SUCCESS; STATUS_BUFFER_TOO_SMALL, and nothing was appended.
 * Source: "RtlAppendUnicodeStringToString" (wdm.h).
 */
extern "C" NTSTATUS NTAPI RtlAppendUnicodeStringToString(PUNICODE_STRING Destination,
							 PCUNICODE_STRING Source)
{
	return append(Destination, Source->Buffer, Source->Length);
}

/**
 * RtlAppendUnicodeToString() - append NUL-terminated text.
 * @Destination: the string that grows; a NUL follows if it fits
 * @Source: the text; NULL appends nothing
 *
 * Context: any IRQL; any Linux context.
 * Return: STATUS_SUCCESS; STATUS_BUFFER_TOO_SMALL, and nothing was appended.
 * Source: "RtlAppendUnicodeToString" (wdm.h).
 */
extern "C" NTSTATUS NTAPI RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source)
{
	return append(Destination, Source, Source ? count(Source) * sizeof(WCHAR) : 0);
}
