/* SPDX-License-Identifier: GPL-2.0 */
/* The run-time library: memory, counted strings, byte order, the system's version. */
#ifndef _WDM_RTL_H
#define _WDM_RTL_H

#include "../ntdef.h"
#include "../ntstatus.h"

NT_EXTERN_C_BEGIN

/* What the C library would declare, as far as the kernel has it. */
#ifndef NT_WITH_LINUX
void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t size);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *what);
#endif

#define RtlCopyMemory(Destination, Source, Length) memcpy((Destination), (Source), (Length))
#define RtlMoveMemory(Destination, Source, Length) memmove((Destination), (Source), (Length))
#define RtlFillMemory(Destination, Length, Fill) memset((Destination), (Fill), (Length))
#define RtlZeroMemory(Destination, Length) memset((Destination), 0, (Length))
#define RtlEqualMemory(Source1, Source2, Length) (!memcmp((Source1), (Source2), (Length)))
#define RtlCopyBytes RtlCopyMemory
#define RtlZeroBytes RtlZeroMemory
#define RtlCopyMemoryNonTemporal(d, s, l) RtlCopyMemory(d, s, l)
#define CopyMemory RtlCopyMemory
#define MoveMemory RtlMoveMemory
#define FillMemory RtlFillMemory
#define ZeroMemory RtlZeroMemory

/* Return: how many bytes are equal from the start on. */
NTSYSAPI SIZE_T RtlCompareMemory(const VOID *Source1, const VOID *Source2, SIZE_T Length);

/* Not removed by the compiler, even if nobody reads @Pointer again. */
NT_INLINE PVOID RtlSecureZeroMemory(PVOID Pointer, SIZE_T Size)
{
	memset(Pointer, 0, Size);
	__asm__ __volatile__("" : : "r"(Pointer) : "memory");
	return Pointer;
}

#define RtlUshortByteSwap(x) __builtin_bswap16((USHORT)(x))
#define RtlUlongByteSwap(x) __builtin_bswap32((ULONG)(x))
#define RtlUlonglongByteSwap(x) __builtin_bswap64((ULONGLONG)(x))
#define _byteswap_ushort(x) RtlUshortByteSwap(x)
#define _byteswap_ulong(x) RtlUlongByteSwap(x)
#define _byteswap_uint64(x) RtlUlonglongByteSwap(x)

NTSYSAPI VOID RtlInitString(PSTRING DestinationString, PCSZ SourceString);
NTSYSAPI VOID RtlInitAnsiString(PANSI_STRING DestinationString, PCSZ SourceString);
NTSYSAPI VOID RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString);
NTSYSAPI VOID RtlCopyUnicodeString(PUNICODE_STRING DestinationString,
				   PCUNICODE_STRING SourceString);
NTSYSAPI LONG RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
				      BOOLEAN CaseInSensitive);
NTSYSAPI BOOLEAN RtlEqualUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
				       BOOLEAN CaseInSensitive);
NTSYSAPI NTSTATUS RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source);
NTSYSAPI NTSTATUS RtlAppendUnicodeStringToString(PUNICODE_STRING Destination,
						 PCUNICODE_STRING Source);
/* The code page is UTF-8. What these allocate, RtlFree*String() frees. */
NTSYSAPI NTSTATUS RtlUnicodeStringToAnsiString(PANSI_STRING DestinationString,
					       PCUNICODE_STRING SourceString,
					       BOOLEAN AllocateDestinationString);
NTSYSAPI NTSTATUS RtlAnsiStringToUnicodeString(PUNICODE_STRING DestinationString,
					       PCANSI_STRING SourceString,
					       BOOLEAN AllocateDestinationString);
NTSYSAPI VOID RtlFreeUnicodeString(PUNICODE_STRING UnicodeString);
NTSYSAPI VOID RtlFreeAnsiString(PANSI_STRING AnsiString);
NTSYSAPI ULONG RtlxUnicodeStringToAnsiSize(PCUNICODE_STRING UnicodeString);
NTSYSAPI ULONG RtlxAnsiStringToUnicodeSize(PCANSI_STRING AnsiString);
#define RtlUnicodeStringToAnsiSize(STRING) RtlxUnicodeStringToAnsiSize(STRING)
#define RtlAnsiStringToUnicodeSize(STRING) RtlxAnsiStringToUnicodeSize(STRING)
NTSYSAPI NTSTATUS RtlUTF8ToUnicodeN(PWSTR UnicodeStringDestination,
				    ULONG UnicodeStringMaxByteCount,
				    PULONG UnicodeStringActualByteCount, PCCH UTF8StringSource,
				    ULONG UTF8StringByteCount);
NTSYSAPI NTSTATUS RtlUnicodeToUTF8N(PCHAR UTF8StringDestination, ULONG UTF8StringMaxByteCount,
				    PULONG UTF8StringActualByteCount, PCWCH UnicodeStringSource,
				    ULONG UnicodeStringByteCount);

NTSYSAPI NTSTATUS RtlInitUnicodeStringEx(PUNICODE_STRING DestinationString, PCWSTR SourceString);
NTSYSAPI NTSTATUS RtlInitAnsiStringEx(PANSI_STRING DestinationString, PCSZ SourceString);
NTSYSAPI VOID RtlCopyString(PSTRING DestinationString, const STRING *SourceString);
NTSYSAPI LONG RtlCompareString(const STRING *String1, const STRING *String2,
			       BOOLEAN CaseInSensitive);
NTSYSAPI BOOLEAN RtlEqualString(const STRING *String1, const STRING *String2,
				BOOLEAN CaseInSensitive);
NTSYSAPI BOOLEAN RtlPrefixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
					BOOLEAN CaseInSensitive);
NTSYSAPI WCHAR RtlUpcaseUnicodeChar(WCHAR SourceCharacter);
NTSYSAPI NTSTATUS RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base, PULONG Value);
NTSYSAPI NTSTATUS RtlIntegerToUnicodeString(ULONG Value, ULONG Base, PUNICODE_STRING String);

NT_INLINE VOID RtlInitEmptyUnicodeString(PUNICODE_STRING UnicodeString, PWCHAR Buffer,
					 USHORT BufferSize)
{
	UnicodeString->Length = 0;
	UnicodeString->MaximumLength = BufferSize;
	UnicodeString->Buffer = Buffer;
}

NT_INLINE VOID RtlInitEmptyAnsiString(PANSI_STRING AnsiString, PCHAR Buffer, USHORT BufferSize)
{
	AnsiString->Length = 0;
	AnsiString->MaximumLength = BufferSize;
	AnsiString->Buffer = Buffer;
}

#define DECLARE_UNICODE_STRING_SIZE(var, size)					\
	WCHAR var##_buffer[size];						\
	UNICODE_STRING var = { 0, (size) * sizeof(WCHAR), var##_buffer }
/*
 * An initializer for UNICODE_STRING from L"", for ANSI_STRING from "". C++ knows
 * the type of the literal but not which string it initializes; nt_literal is both.
 */
#ifndef __cplusplus
#define RTL_CONSTANT_STRING(s) { sizeof(s) - sizeof((s)[0]), sizeof(s), (PVOID)(s) }
#else
NT_EXTERN_C_END
extern "C++" {	/* whatever linkage the driver includes this file with */
struct nt_wide_literal {
	USHORT length;
	const wchar_t *text;
	operator UNICODE_STRING() const
	{
		return { length, (USHORT)(length + sizeof(WCHAR)), (PWCH)text };
	}
};
struct nt_narrow_literal {
	USHORT length;
	const char *text;
	constexpr operator STRING() const
	{
		return { length, (USHORT)(length + 1), const_cast<char *>(text) };
	}
};
template <SIZE_T N> constexpr nt_wide_literal nt_literal(const wchar_t (&text)[N])
{
	return { (USHORT)((N - 1) * sizeof(WCHAR)), text };
}
template <SIZE_T N> constexpr nt_narrow_literal nt_literal(const char (&text)[N])
{
	return { (USHORT)(N - 1), text };
}
#define RTL_CONSTANT_STRING(s) nt_literal(s)

/* L"" is wchar_t in C++ and WCHAR is not; the two are one size by -fshort-wchar. */
NT_INLINE VOID RtlInitUnicodeString(PUNICODE_STRING DestinationString, const wchar_t *SourceString)
{
	RtlInitUnicodeString(DestinationString, (PCWSTR)SourceString);
}
NT_INLINE VOID RtlInitUnicodeString(PUNICODE_STRING DestinationString, decltype(nullptr))
{
	RtlInitUnicodeString(DestinationString, (PCWSTR)0);
}
NT_INLINE NTSTATUS RtlInitUnicodeStringEx(PUNICODE_STRING DestinationString,
					  const wchar_t *SourceString)
{
	return RtlInitUnicodeStringEx(DestinationString, (PCWSTR)SourceString);
}
NT_INLINE NTSTATUS RtlAppendUnicodeToString(PUNICODE_STRING Destination, const wchar_t *Source)
{
	return RtlAppendUnicodeToString(Destination, (PCWSTR)Source);
}
}
NT_EXTERN_C_BEGIN
#endif
#define DECLARE_CONST_UNICODE_STRING(var, string) \
	const UNICODE_STRING var = RTL_CONSTANT_STRING(string)

typedef struct _OSVERSIONINFOW {
	ULONG dwOSVersionInfoSize;
	ULONG dwMajorVersion;
	ULONG dwMinorVersion;
	ULONG dwBuildNumber;
	ULONG dwPlatformId;
	WCHAR szCSDVersion[128];
} OSVERSIONINFOW, *POSVERSIONINFOW, RTL_OSVERSIONINFOW, *PRTL_OSVERSIONINFOW;

typedef struct _OSVERSIONINFOEXW {
	ULONG dwOSVersionInfoSize;
	ULONG dwMajorVersion;
	ULONG dwMinorVersion;
	ULONG dwBuildNumber;
	ULONG dwPlatformId;
	WCHAR szCSDVersion[128];
	USHORT wServicePackMajor;
	USHORT wServicePackMinor;
	USHORT wSuiteMask;
	UCHAR wProductType;
	UCHAR wReserved;
} OSVERSIONINFOEXW, *POSVERSIONINFOEXW, RTL_OSVERSIONINFOEXW, *PRTL_OSVERSIONINFOEXW;

#define VER_PLATFORM_WIN32_NT 2
#define VER_NT_WORKSTATION 1
#define VER_NT_SERVER 3

NTSYSAPI NTSTATUS RtlGetVersion(PRTL_OSVERSIONINFOW lpVersionInformation);

NT_ASSERT_SIZE(RTL_OSVERSIONINFOW, 276);
NT_ASSERT_SIZE(RTL_OSVERSIONINFOEXW, 284);

NT_EXTERN_C_END

#endif
