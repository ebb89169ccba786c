// SPDX-License-Identifier: GPL-2.0
/*
 * What is left of the run-time library as functions. memcpy(), memset() and
 * their kin are the kernel's own, byte swaps are compiled in.
 */
#include <wdm.h>
#include <ntstatus.h>
#include "cxx/types.hpp"

/**
 * RtlCompareMemory() - how far two blocks are equal.
 * @Source1: first block
 * @Source2: second block
 * @Length: bytes to compare
 *
 * Context: any IRQL; any Linux context.
 * Return: bytes that are equal from the start on; @Length if all are.
 * Source: "RtlCompareMemory" (wdm.h).
 */
extern "C" SIZE_T RtlCompareMemory(const VOID *Source1, const VOID *Source2, SIZE_T Length)
{
	const u8 *a = static_cast<const u8 *>(Source1), *b = static_cast<const u8 *>(Source2);
	SIZE_T i = 0;

	while (i < Length && a[i] == b[i])
		i++;
	return i;
}

/**
 * RtlGetVersion() - the version of Windows that drivers are to find.
 * @lpVersionInformation: dwOSVersionInfoSize is the caller's, of
 *	RTL_OSVERSIONINFOW or RTL_OSVERSIONINFOEXW; the rest is filled in
 *
 * Always Windows 10 version 22H2, a workstation, which is what a driver should
 * take its decisions for: all of WSK's interfaces are those of that release.
 *
 * Context: any IRQL; any Linux context.
 * Return: STATUS_SUCCESS.
 * Source: "RtlGetVersion" (wdm.h).
 */
extern "C" NTSTATUS RtlGetVersion(PRTL_OSVERSIONINFOW lpVersionInformation)
{
	const ULONG size = lpVersionInformation->dwOSVersionInfoSize;
	const bool extended = size == sizeof(RTL_OSVERSIONINFOEXW);
	const usize filled = extended ? sizeof(RTL_OSVERSIONINFOEXW) : sizeof(RTL_OSVERSIONINFOW);

	__builtin_memset(lpVersionInformation, 0, filled);
	lpVersionInformation->dwOSVersionInfoSize = size;
	lpVersionInformation->dwMajorVersion = 10;
	lpVersionInformation->dwMinorVersion = 0;
	lpVersionInformation->dwBuildNumber = 19045;
	lpVersionInformation->dwPlatformId = VER_PLATFORM_WIN32_NT;
	if (extended) {
		PRTL_OSVERSIONINFOEXW more =
			reinterpret_cast<PRTL_OSVERSIONINFOEXW>(lpVersionInformation);

		more->wProductType = VER_NT_WORKSTATION;
	}
	return STATUS_SUCCESS;
}
