// SPDX-License-Identifier: GPL-2.0
/*
 * Between narrow and wide strings. The ANSI code page is UTF-8, so that every
 * conversion is exact; what is not well formed becomes U+FFFD. On Windows the
 * routines that allocate need PASSIVE_LEVEL; here they work up to DISPATCH_LEVEL.
 */
#include <wdm.h>
#include <ntstatus.h>
#include "cxx/types.hpp"
#include "pool.hpp"
#include "utf.hpp"

using namespace nt;

namespace {

constexpr u32 kStringTag = 'grtS';
constexpr usize kUnicodeMax = 0xfffe, kAnsiMax = 0xffff;

struct Converted {
	usize units;	/* stored, or needed if nothing is stored */
	bool whole;	/* everything fitted */
	bool mapped;	/* everything was well formed */
};

/* @out NULL counts. What does not fit whole is not begun. */
template <class Out, class In>
Converted convert(Out *out, usize room, const In *text, usize units)
{
	Converted result = {0, true, true};

	for (usize i = 0; i < units;) {
		const Decoded c = decode(text + i, units - i);
		Out encoded[4];
		const u32 n = encode(c.code, encoded);

		if (out && result.units + n > room) {
			result.whole = false;
			return result;
		}
		for (u32 k = 0; out && k < n; k++)
			out[result.units + k] = encoded[k];
		result.units += n;
		result.mapped &= c.valid;
		i += c.used;
	}
	return result;
}

/*
 * @max: the most bytes a string of this kind has, with its NUL. Nothing is
 * changed in @out unless the conversion succeeds.
 */
template <class OutString, class InString>
NTSTATUS convert_string(OutString *out, const InString *in, bool allocate, usize max,
			const void *site)
{
	using Out = __typeof__(*out->Buffer);
	using Unit = typename RemoveReference<Out>::Type;
	const usize source = in->Length / sizeof(*in->Buffer);
	const usize units = convert(static_cast<Unit *>(nullptr), 0, in->Buffer, source).units;
	const usize bytes = (units + 1) * sizeof(Unit);

	if (bytes > max)
		return STATUS_INVALID_PARAMETER_2;
	if (allocate) {
		void *buffer = pool_alloc(bytes, kStringTag, site);

		if (!buffer)
			return STATUS_NO_MEMORY;
		out->Buffer = static_cast<Unit *>(buffer);
		out->MaximumLength = static_cast<USHORT>(bytes);
	} else if (bytes > out->MaximumLength) {
		return STATUS_BUFFER_OVERFLOW;
	}
	convert(out->Buffer, units, in->Buffer, source);
	out->Buffer[units] = 0;
	out->Length = static_cast<USHORT>(bytes - sizeof(Unit));
	return STATUS_SUCCESS;
}

template <class String> void free_string(String *string)
{
	if (!string)
		return;
	pool_free(string->Buffer);
	string->Buffer = nullptr;
	string->Length = string->MaximumLength = 0;
}

template <class Out, class In>
NTSTATUS convert_n(Out *out, ULONG room, PULONG actual, const In *text, ULONG bytes)
{
	if (!text)
		return STATUS_INVALID_PARAMETER_4;
	if (!out && !actual)
		return STATUS_INVALID_PARAMETER;
	if (bytes % sizeof(In))
		return STATUS_INVALID_PARAMETER_5;

	const Converted done = convert(out, room / sizeof(Out), text, bytes / sizeof(In));

	if (actual)
		*actual = static_cast<ULONG>(done.units * sizeof(Out));
	if (!done.whole)
		return STATUS_BUFFER_TOO_SMALL;
	return done.mapped ? STATUS_SUCCESS : STATUS_SOME_NOT_MAPPED;
}

} /* namespace */

/**
 * RtlUnicodeStringToAnsiString() - UTF-16 to UTF-8, counted strings.
 * @DestinationString: gets the text and a NUL behind it
 * @SourceString: what is converted
 * @AllocateDestinationString: TRUE allocates the buffer, for RtlFreeAnsiString()
 *
 * Nothing is changed unless it succeeds. A WCHAR may need three bytes.
 *
 * Context: IRQL <= DISPATCH_LEVEL; process or softirq.
 * Return: STATUS_SUCCESS; STATUS_BUFFER_OVERFLOW when text and NUL do not fit;
 * STATUS_NO_MEMORY; STATUS_INVALID_PARAMETER_2 when no STRING could hold it.
 * Source: "RtlUnicodeStringToAnsiString" (wdm.h).
 */
extern "C" NTSTATUS NTAPI RtlUnicodeStringToAnsiString(PANSI_STRING DestinationString,
						       PCUNICODE_STRING SourceString,
						       BOOLEAN AllocateDestinationString)
{
	return convert_string(DestinationString, SourceString, AllocateDestinationString, kAnsiMax,
			      __builtin_return_address(0));
}

/**
 * RtlAnsiStringToUnicodeString() - UTF-8 to UTF-16, counted strings.
 * @DestinationString: gets the text and a NUL behind it
 * @SourceString: what is converted
 * @AllocateDestinationString: TRUE allocates the buffer, for RtlFreeUnicodeString()
 *
 * Nothing is changed unless it succeeds.
 *
 * Context: IRQL <= DISPATCH_LEVEL; process or softirq.
 * Return: STATUS_SUCCESS; STATUS_BUFFER_OVERFLOW when text and NUL do not fit;
 * STATUS_NO_MEMORY; STATUS_INVALID_PARAMETER_2 when no UNICODE_STRING could hold it.
 * Source: "RtlAnsiStringToUnicodeString" (wdm.h).
 */
extern "C" NTSTATUS NTAPI RtlAnsiStringToUnicodeString(PUNICODE_STRING DestinationString,
						       PCANSI_STRING SourceString,
						       BOOLEAN AllocateDestinationString)
{
	return convert_string(DestinationString, SourceString, AllocateDestinationString,
			      kUnicodeMax, __builtin_return_address(0));
}

/**
 * RtlxUnicodeStringToAnsiSize() - behind the macro RtlUnicodeStringToAnsiSize().
 * @UnicodeString: the string
 *
 * Context: any IRQL; any Linux context.
 * Return: bytes that its conversion needs, with the NUL.
 * Source: "RtlUnicodeStringToAnsiSize" (wdm.h).
 */
extern "C" ULONG NTAPI RtlxUnicodeStringToAnsiSize(PCUNICODE_STRING UnicodeString)
{
	return static_cast<ULONG>(convert(static_cast<CHAR *>(nullptr), 0, UnicodeString->Buffer,
					  UnicodeString->Length / sizeof(WCHAR)).units + 1);
}

/**
 * RtlxAnsiStringToUnicodeSize() - behind the macro RtlAnsiStringToUnicodeSize().
 * @AnsiString: the string
 *
 * Context: any IRQL; any Linux context.
 * Return: bytes that its conversion needs, with the NUL.
 * Source: "RtlAnsiStringToUnicodeSize" (wdm.h).
 */
extern "C" ULONG NTAPI RtlxAnsiStringToUnicodeSize(PCANSI_STRING AnsiString)
{
	return static_cast<ULONG>((convert(static_cast<WCHAR *>(nullptr), 0, AnsiString->Buffer,
					   AnsiString->Length).units + 1) * sizeof(WCHAR));
}

/**
 * RtlFreeUnicodeString() - free a buffer that a conversion allocated.
 * @UnicodeString: is empty afterwards; NULL and a NULL buffer are ignored
 *
 * Context: IRQL <= DISPATCH_LEVEL; process or softirq.
 * Source: "RtlFreeUnicodeString" (wdm.h).
 */
extern "C" VOID NTAPI RtlFreeUnicodeString(PUNICODE_STRING UnicodeString)
{
	free_string(UnicodeString);
}

/** RtlFreeAnsiString() - RtlFreeUnicodeString() for narrow text. */
extern "C" VOID NTAPI RtlFreeAnsiString(PANSI_STRING AnsiString)
{
	free_string(AnsiString);
}

/**
 * RtlUTF8ToUnicodeN() - UTF-8 to UTF-16.
 * @UnicodeStringDestination: the buffer; NULL only counts
 * @UnicodeStringMaxByteCount: its bytes
 * @UnicodeStringActualByteCount: bytes stored, or needed if nothing is stored
 * @UTF8StringSource: the text
 * @UTF8StringByteCount: its bytes; a NUL is a character like others
 *
 * Context: any IRQL; any Linux context.
 * Return: STATUS_SUCCESS; STATUS_SOME_NOT_MAPPED, a success: U+FFFD stands for
 * what was not well formed; STATUS_BUFFER_TOO_SMALL, whole characters that fit
 * are stored; STATUS_INVALID_PARAMETER, STATUS_INVALID_PARAMETER_4.
 * Source: "RtlUTF8ToUnicodeN" (wdm.h).
 */
extern "C" NTSTATUS NTAPI RtlUTF8ToUnicodeN(PWSTR UnicodeStringDestination,
					    ULONG UnicodeStringMaxByteCount,
					    PULONG UnicodeStringActualByteCount,
					    PCCH UTF8StringSource, ULONG UTF8StringByteCount)
{
	return convert_n(UnicodeStringDestination, UnicodeStringMaxByteCount,
			 UnicodeStringActualByteCount, UTF8StringSource, UTF8StringByteCount);
}

/**
 * RtlUnicodeToUTF8N() - UTF-16 to UTF-8.
 * @UTF8StringDestination: the buffer; NULL only counts
 * @UTF8StringMaxByteCount: its bytes
 * @UTF8StringActualByteCount: bytes stored, or needed if nothing is stored
 * @UnicodeStringSource: the text
 * @UnicodeStringByteCount: its bytes, an even number
 *
 * Context: any IRQL; any Linux context.
 * Return: as RtlUTF8ToUnicodeN(); STATUS_INVALID_PARAMETER_5 for odd bytes.
 * Source: "RtlUnicodeToUTF8N" (wdm.h).
 */
extern "C" NTSTATUS NTAPI RtlUnicodeToUTF8N(PCHAR UTF8StringDestination,
					    ULONG UTF8StringMaxByteCount,
					    PULONG UTF8StringActualByteCount,
					    PCWCH UnicodeStringSource, ULONG UnicodeStringByteCount)
{
	return convert_n(UTF8StringDestination, UTF8StringMaxByteCount, UTF8StringActualByteCount,
			 UnicodeStringSource, UnicodeStringByteCount);
}
