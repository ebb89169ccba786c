// SPDX-License-Identifier: GPL-2.0
/*
 * Debug text and assertions of drivers, in the kernel log.
 *
 * A message has at most 512 bytes, as on Windows; the rest is dropped, never in
 * the middle of a character. Each of its lines becomes a line of the log that
 * begins with the driver's name, unless it begins with it anyway. Windows
 * glues messages without newline together; here each is a line of its own, since
 * those of other CPUs come between. Empty lines are left out, and control
 * characters become blanks, so that no text can pretend to be a line of the kernel.
 *
 * Filters: Windows shows what the component's mask in the registry lets
 * through. Here everything reaches the log, DPFLTR_ERROR_LEVEL as KERN_ERR, all
 * else as KERN_INFO, and the console's log level is the filter.
 */
#include <wdm.h>
#include <ntstatus.h>
#include "cxx/types.hpp"
#include "format.hpp"
#include "lx/log.h"
#include "owner.hpp"

using namespace nt;

namespace {

constexpr usize kMessageMax = 512;
constexpr usize kPrefixMax = 64;	/* a module's name and ": " */

bool is_continuation(char c)
{
	return (static_cast<u8>(c) & 0xc0) == 0x80;
}

/* Of a text cut at @length: without the bytes of a character that the cut divides. */
usize whole_characters(const char *text, usize length)
{
	usize start = length;

	while (start && length - start < 3 && is_continuation(text[start - 1]))
		start--;
	if (!start)
		return length;
	const u8 lead = static_cast<u8>(text[start - 1]);
	const usize wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;

	return length - start + 1 < wanted ? start - 1 : length;
}

char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool begins_with(const char *text, usize length, const char *name)
{
	usize i = 0;

	while (name[i] && i < length && lower(text[i]) == lower(name[i]))
		i++;
	return !name[i];
}

/*
 * @start and @end delimit the line, *@end may be overwritten. The name goes in
 * front of it, over what has been printed already.
 */
void put_line(char *start, char *end, const char *name, bool error)
{
	usize length = 0;

	if (end > start && end[-1] == '\r')
		end--;
	if (end == start)
		return;
	for (char *c = start; c < end; c++)
		if (static_cast<u8>(*c) < ' ' && *c != '\t')
			*c = ' ';
	if (!begins_with(start, static_cast<usize>(end - start), name)) {
		while (name[length] && length < kPrefixMax - 2)
			length++;
		start -= length + 2;
		__builtin_memcpy(start, name, length);
		start[length] = ':';
		start[length + 1] = ' ';
	}
	*end++ = '\n';
	lx_log_text(error, start, static_cast<usize>(end - start));
}

ULONG print(ULONG level, const char *format, va_list args, const void *site)
{
	/* In front of the text room for a name, behind it for a newline. */
	char buffer[kPrefixMax + kMessageMax + 1];
	char *const text = buffer + kPrefixMax;
	usize length = static_cast<usize>(format_a(text, kMessageMax + 1, format, args));
	const char *name = owner_name(owner_of(site));
	const bool error = level < 32 ? level == DPFLTR_ERROR_LEVEL : level & 1;

	if (length > kMessageMax)
		length = whole_characters(text, kMessageMax);
	for (usize start = 0; start < length;) {
		usize end = start;

		while (end < length && text[end] != '\n')
			end++;
		put_line(text + start, text + end, name, error);
		start = end + 1;
	}
	return STATUS_SUCCESS;
}

} /* namespace */

/**
 * DbgPrint() - write to the kernel log.
 * @Format: format.cpp's head has the conversions
 *
 * As DbgPrintEx() with DPFLTR_DEFAULT_ID and DPFLTR_INFO_LEVEL. Differs from
 * Windows: wide text can be printed at any IRQL; the head of this file says how
 * lines are made.
 *
 * Context: any IRQL; any Linux context.
 * Return: STATUS_SUCCESS.
 * Source: "DbgPrint" (wdm.h).
 */
extern "C" ULONG DbgPrint(PCSTR Format, ...)
{
	va_list args;

	va_start(args, Format);
	const ULONG status = print(DPFLTR_INFO_LEVEL, Format, args, __builtin_return_address(0));
	va_end(args);
	return status;
}

/**
 * DbgPrintEx() - write to the kernel log, with a severity.
 * @ComponentId: not looked at
 * @Level: DPFLTR_ERROR_LEVEL, or a mask with bit 0 (32 and above), is KERN_ERR,
 *	all else KERN_INFO; nothing is filtered
 * @Format: format.cpp's head has the conversions
 *
 * Context: any IRQL; any Linux context.
 * Return: STATUS_SUCCESS.
 * Source: "DbgPrintEx" (wdm.h).
 */
extern "C" ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...)
{
	va_list args;

	(void)ComponentId;
	va_start(args, Format);
	const ULONG status = print(Level, Format, args, __builtin_return_address(0));
	va_end(args);
	return status;
}

/**
 * vDbgPrintEx() - DbgPrintEx() with a list of arguments.
 * @ComponentId: not looked at
 * @Level: as for DbgPrintEx()
 * @Format: format.cpp's head has the conversions
 * @arglist: the arguments
 *
 * Context: any IRQL; any Linux context.
 * Return: STATUS_SUCCESS.
 * Source: "vDbgPrintEx" (wdm.h).
 */
extern "C" ULONG vDbgPrintEx(ULONG ComponentId, ULONG Level, PCCH Format, va_list arglist)
{
	(void)ComponentId;
	return print(Level, Format, arglist, __builtin_return_address(0));
}

/**
 * RtlAssert() - what a failed ASSERT, NT_ASSERT or NT_VERIFY calls, and
 *	DbgRaiseAssertionFailure().
 * @FailedAssertion: the expression, as text
 * @FileName: where it stands
 * @LineNumber: where it stands
 * @Message: text of ASSERTMSG, or NULL
 *
 * Reports the assertion, with a stack dump, and returns; Windows breaks into
 * the debugger or stops the machine.
 *
 * Context: any IRQL; any Linux context.
 * Source: "RtlAssert" (ntddk.h).
 */
extern "C" VOID RtlAssert(PVOID FailedAssertion, PVOID FileName, ULONG LineNumber, PCHAR Message)
{
	const void *site = __builtin_return_address(0);

	lx_log_assertion("%s%s%s, %s:%u, at %pS", Message ? Message : "", Message ? ": " : "",
			 static_cast<const char *>(FailedAssertion),
			 static_cast<const char *>(FileName), LineNumber, site);
}
