/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Strings with a known room. Cch functions count characters, Cb functions bytes,
 * both with the terminating zero. What does not fit is cut, ends in a zero and is
 * STATUS_BUFFER_OVERFLOW; no room at all is STATUS_INVALID_PARAMETER.
 */
#ifndef _NTSTRSAFE_H_INCLUDED_
#define _NTSTRSAFE_H_INCLUDED_

#include "ntdef.h"
#include "ntstatus.h"

NT_EXTERN_C_BEGIN

#define NTSTRSAFE_MAX_CCH 2147483647
#define NTSTRSAFE_MAX_LENGTH (NTSTRSAFE_MAX_CCH - 1)
#define NTSTRSAFE_UNICODE_STRING_MAX_CCH (0xffff / sizeof(WCHAR))
typedef CHAR *NTSTRSAFE_PSTR;
typedef const CHAR *NTSTRSAFE_PCSTR;
typedef WCHAR *NTSTRSAFE_PWSTR;
typedef const WCHAR *NTSTRSAFE_PCWSTR;
typedef va_list NTSTRSAFE_VA_LIST;

/*
 * The formats of DbgPrint. Both end @out in a zero if @size, in characters, is not
 * 0. Return: how many characters the whole text has, without the zero.
 */
int wsk_nt_vsnprintf_a(char *out, SIZE_T size, const char *format, va_list args);
int wsk_nt_vsnprintf_w(WCHAR *out, SIZE_T size, const WCHAR *format, va_list args);

/* Functions with variable arguments cannot be inlined always; unused ones vanish. */
#define NT_VARARGS static __attribute__((__unused__))

NT_INLINE NTSTATUS RtlStringCchLengthA(const CHAR *psz, SIZE_T cchMax, SIZE_T *pcchLength)
{
	SIZE_T length = 0;

	if (pcchLength)
		*pcchLength = 0;
	if (!psz || cchMax > NTSTRSAFE_MAX_CCH)
		return STATUS_INVALID_PARAMETER;
	while (length < cchMax && psz[length])
		length++;
	if (length == cchMax)
		return STATUS_INVALID_PARAMETER;
	if (pcchLength)
		*pcchLength = length;
	return STATUS_SUCCESS;
}

NT_INLINE NTSTATUS RtlStringCbLengthA(const CHAR *psz, SIZE_T cbMax, SIZE_T *pcbLength)
{
	SIZE_T length;
	NTSTATUS status = RtlStringCchLengthA(psz, cbMax / sizeof(CHAR), &length);

	if (pcbLength)
		*pcbLength = length * sizeof(CHAR);
	return status;
}

/* At most @cchToCopy characters of @pszSrc. */
NT_INLINE NTSTATUS RtlStringCchCopyNA(CHAR *pszDest, SIZE_T cchDest, const CHAR *pszSrc,
				     SIZE_T cchToCopy)
{
	SIZE_T i;

	if (!cchDest || cchDest > NTSTRSAFE_MAX_CCH)
		return STATUS_INVALID_PARAMETER;
	for (i = 0; i < cchToCopy && pszSrc[i]; i++) {
		if (i == cchDest - 1) {
			pszDest[i] = 0;
			return STATUS_BUFFER_OVERFLOW;
		}
		pszDest[i] = pszSrc[i];
	}
	pszDest[i] = 0;
	return STATUS_SUCCESS;
}

NT_INLINE NTSTATUS RtlStringCbCopyNA(CHAR *pszDest, SIZE_T cbDest, const CHAR *pszSrc,
				    SIZE_T cbToCopy)
{
	return RtlStringCchCopyNA(pszDest, cbDest / sizeof(CHAR), pszSrc, cbToCopy / sizeof(CHAR));
}

NT_INLINE NTSTATUS RtlStringCchCopyA(CHAR *pszDest, SIZE_T cchDest, const CHAR *pszSrc)
{
	return RtlStringCchCopyNA(pszDest, cchDest, pszSrc, NTSTRSAFE_MAX_CCH);
}

NT_INLINE NTSTATUS RtlStringCbCopyA(CHAR *pszDest, SIZE_T cbDest, const CHAR *pszSrc)
{
	return RtlStringCchCopyA(pszDest, cbDest / sizeof(CHAR), pszSrc);
}

NT_INLINE NTSTATUS RtlStringCchCatA(CHAR *pszDest, SIZE_T cchDest, const CHAR *pszSrc)
{
	SIZE_T used;
	NTSTATUS status = RtlStringCchLengthA(pszDest, cchDest, &used);

	return NT_SUCCESS(status) ? RtlStringCchCopyA(pszDest + used, cchDest - used, pszSrc) : status;
}

NT_INLINE NTSTATUS RtlStringCbCatA(CHAR *pszDest, SIZE_T cbDest, const CHAR *pszSrc)
{
	return RtlStringCchCatA(pszDest, cbDest / sizeof(CHAR), pszSrc);
}

NT_INLINE NTSTATUS RtlStringCchVPrintfA(CHAR *pszDest, SIZE_T cchDest, const CHAR *pszFormat,
				       va_list argList)
{
	if (!cchDest || cchDest > NTSTRSAFE_MAX_CCH)
		return STATUS_INVALID_PARAMETER;
	if ((SIZE_T)wsk_nt_vsnprintf_a(pszDest, cchDest, pszFormat, argList) >= cchDest)
		return STATUS_BUFFER_OVERFLOW;
	return STATUS_SUCCESS;
}

NT_INLINE NTSTATUS RtlStringCbVPrintfA(CHAR *pszDest, SIZE_T cbDest, const CHAR *pszFormat,
				      va_list argList)
{
	return RtlStringCchVPrintfA(pszDest, cbDest / sizeof(CHAR), pszFormat, argList);
}

NT_VARARGS NTSTATUS RtlStringCchPrintfA(CHAR *pszDest, SIZE_T cchDest, const CHAR *pszFormat, ...)
{
	NTSTATUS status;
	va_list args;

	va_start(args, pszFormat);
	status = RtlStringCchVPrintfA(pszDest, cchDest, pszFormat, args);
	va_end(args);
	return status;
}

NT_VARARGS NTSTATUS RtlStringCbPrintfA(CHAR *pszDest, SIZE_T cbDest, const CHAR *pszFormat, ...)
{
	NTSTATUS status;
	va_list args;

	va_start(args, pszFormat);
	status = RtlStringCbVPrintfA(pszDest, cbDest, pszFormat, args);
	va_end(args);
	return status;
}

NT_INLINE NTSTATUS RtlStringCchLengthW(const WCHAR *psz, SIZE_T cchMax, SIZE_T *pcchLength)
{
	SIZE_T length = 0;

	if (pcchLength)
		*pcchLength = 0;
	if (!psz || cchMax > NTSTRSAFE_MAX_CCH)
		return STATUS_INVALID_PARAMETER;
	while (length < cchMax && psz[length])
		length++;
	if (length == cchMax)
		return STATUS_INVALID_PARAMETER;
	if (pcchLength)
		*pcchLength = length;
	return STATUS_SUCCESS;
}

NT_INLINE NTSTATUS RtlStringCbLengthW(const WCHAR *psz, SIZE_T cbMax, SIZE_T *pcbLength)
{
	SIZE_T length;
	NTSTATUS status = RtlStringCchLengthW(psz, cbMax / sizeof(WCHAR), &length);

	if (pcbLength)
		*pcbLength = length * sizeof(WCHAR);
	return status;
}

/* At most @cchToCopy characters of @pszSrc. */
NT_INLINE NTSTATUS RtlStringCchCopyNW(WCHAR *pszDest, SIZE_T cchDest, const WCHAR *pszSrc,
				     SIZE_T cchToCopy)
{
	SIZE_T i;

	if (!cchDest || cchDest > NTSTRSAFE_MAX_CCH)
		return STATUS_INVALID_PARAMETER;
	for (i = 0; i < cchToCopy && pszSrc[i]; i++) {
		if (i == cchDest - 1) {
			pszDest[i] = 0;
			return STATUS_BUFFER_OVERFLOW;
		}
		pszDest[i] = pszSrc[i];
	}
	pszDest[i] = 0;
	return STATUS_SUCCESS;
}

NT_INLINE NTSTATUS RtlStringCbCopyNW(WCHAR *pszDest, SIZE_T cbDest, const WCHAR *pszSrc,
				    SIZE_T cbToCopy)
{
	return RtlStringCchCopyNW(pszDest, cbDest / sizeof(WCHAR), pszSrc, cbToCopy / sizeof(WCHAR));
}

NT_INLINE NTSTATUS RtlStringCchCopyW(WCHAR *pszDest, SIZE_T cchDest, const WCHAR *pszSrc)
{
	return RtlStringCchCopyNW(pszDest, cchDest, pszSrc, NTSTRSAFE_MAX_CCH);
}

NT_INLINE NTSTATUS RtlStringCbCopyW(WCHAR *pszDest, SIZE_T cbDest, const WCHAR *pszSrc)
{
	return RtlStringCchCopyW(pszDest, cbDest / sizeof(WCHAR), pszSrc);
}

NT_INLINE NTSTATUS RtlStringCchCatW(WCHAR *pszDest, SIZE_T cchDest, const WCHAR *pszSrc)
{
	SIZE_T used;
	NTSTATUS status = RtlStringCchLengthW(pszDest, cchDest, &used);

	return NT_SUCCESS(status) ? RtlStringCchCopyW(pszDest + used, cchDest - used, pszSrc) : status;
}

NT_INLINE NTSTATUS RtlStringCbCatW(WCHAR *pszDest, SIZE_T cbDest, const WCHAR *pszSrc)
{
	return RtlStringCchCatW(pszDest, cbDest / sizeof(WCHAR), pszSrc);
}

NT_INLINE NTSTATUS RtlStringCchVPrintfW(WCHAR *pszDest, SIZE_T cchDest, const WCHAR *pszFormat,
				       va_list argList)
{
	if (!cchDest || cchDest > NTSTRSAFE_MAX_CCH)
		return STATUS_INVALID_PARAMETER;
	if ((SIZE_T)wsk_nt_vsnprintf_w(pszDest, cchDest, pszFormat, argList) >= cchDest)
		return STATUS_BUFFER_OVERFLOW;
	return STATUS_SUCCESS;
}

NT_INLINE NTSTATUS RtlStringCbVPrintfW(WCHAR *pszDest, SIZE_T cbDest, const WCHAR *pszFormat,
				      va_list argList)
{
	return RtlStringCchVPrintfW(pszDest, cbDest / sizeof(WCHAR), pszFormat, argList);
}

NT_VARARGS NTSTATUS RtlStringCchPrintfW(WCHAR *pszDest, SIZE_T cchDest, const WCHAR *pszFormat, ...)
{
	NTSTATUS status;
	va_list args;

	va_start(args, pszFormat);
	status = RtlStringCchVPrintfW(pszDest, cchDest, pszFormat, args);
	va_end(args);
	return status;
}

NT_VARARGS NTSTATUS RtlStringCbPrintfW(WCHAR *pszDest, SIZE_T cbDest, const WCHAR *pszFormat, ...)
{
	NTSTATUS status;
	va_list args;

	va_start(args, pszFormat);
	status = RtlStringCbVPrintfW(pszDest, cbDest, pszFormat, args);
	va_end(args);
	return status;
}

/* The string's Length is set; a counted string needs no zero, but gets one here. */
NT_INLINE NTSTATUS RtlUnicodeStringVPrintf(PUNICODE_STRING DestinationString,
					   const WCHAR *pszFormat, va_list argList)
{
	SIZE_T room = DestinationString->MaximumLength / sizeof(WCHAR);
	SIZE_T length;

	if (!room || !DestinationString->Buffer)
		return STATUS_INVALID_PARAMETER;
	length = (SIZE_T)wsk_nt_vsnprintf_w(DestinationString->Buffer, room, pszFormat, argList);
	DestinationString->Length = (USHORT)((length < room ? length : room - 1) * sizeof(WCHAR));
	return length < room ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}

NT_VARARGS NTSTATUS RtlUnicodeStringPrintf(PUNICODE_STRING DestinationString,
					   const WCHAR *pszFormat, ...)
{
	NTSTATUS status;
	va_list args;

	va_start(args, pszFormat);
	status = RtlUnicodeStringVPrintf(DestinationString, pszFormat, args);
	va_end(args);
	return status;
}

NT_EXTERN_C_END

#ifdef __cplusplus
/* L"" is wchar_t in C++ and WCHAR is not; the two are one size by -fshort-wchar. */
NT_INLINE NTSTATUS RtlStringCchCopyW(PWSTR pszDest, SIZE_T cchDest, const wchar_t *pszSrc)
{
	return RtlStringCchCopyW(pszDest, cchDest, (PCWSTR)pszSrc);
}

NT_INLINE NTSTATUS RtlStringCbCopyW(PWSTR pszDest, SIZE_T cbDest, const wchar_t *pszSrc)
{
	return RtlStringCbCopyW(pszDest, cbDest, (PCWSTR)pszSrc);
}

NT_INLINE NTSTATUS RtlStringCchCatW(PWSTR pszDest, SIZE_T cchDest, const wchar_t *pszSrc)
{
	return RtlStringCchCatW(pszDest, cchDest, (PCWSTR)pszSrc);
}

NT_INLINE NTSTATUS RtlStringCbCatW(PWSTR pszDest, SIZE_T cbDest, const wchar_t *pszSrc)
{
	return RtlStringCbCatW(pszDest, cbDest, (PCWSTR)pszSrc);
}

template <class... Args>
inline NTSTATUS RtlStringCchPrintfW(PWSTR pszDest, SIZE_T cchDest, const wchar_t *pszFormat,
				    Args... args)
{
	return RtlStringCchPrintfW(pszDest, cchDest, (PCWSTR)pszFormat, args...);
}

template <class... Args>
inline NTSTATUS RtlStringCbPrintfW(PWSTR pszDest, SIZE_T cbDest, const wchar_t *pszFormat,
				   Args... args)
{
	return RtlStringCbPrintfW(pszDest, cbDest, (PCWSTR)pszFormat, args...);
}

template <class... Args>
inline NTSTATUS RtlUnicodeStringPrintf(PUNICODE_STRING DestinationString, const wchar_t *pszFormat,
				       Args... args)
{
	return RtlUnicodeStringPrintf(DestinationString, (PCWSTR)pszFormat, args...);
}
#endif

#ifdef UNICODE
#define RtlStringCchPrintf RtlStringCchPrintfW
#define RtlStringCbPrintf RtlStringCbPrintfW
#else
#define RtlStringCchPrintf RtlStringCchPrintfA
#define RtlStringCbPrintf RtlStringCbPrintfA
#endif

#endif
