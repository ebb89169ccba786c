/* SPDX-License-Identifier: GPL-2.0 */
/* Debug text and assertions. Formats are NT's: %wZ %ws %S %I64u ... */
#ifndef _WDM_DBG_H
#define _WDM_DBG_H

#include "../ntdef.h"
#include "ke.h"

#ifndef DBG
#define DBG 0
#endif

NT_EXTERN_C_BEGIN

#define DPFLTR_ERROR_LEVEL 0
#define DPFLTR_WARNING_LEVEL 1
#define DPFLTR_TRACE_LEVEL 2
#define DPFLTR_INFO_LEVEL 3
#define DPFLTR_MASK 0x80000000

enum _DPFLTR_TYPE {
	DPFLTR_SYSTEM_ID = 0,
	DPFLTR_TCPIP_ID = 30,
	DPFLTR_NETAPI_ID = 36,
	DPFLTR_IHVDRIVER_ID = 77,
	DPFLTR_IHVNETWORK_ID = 80,
	DPFLTR_DEFAULT_ID = 101,
};

/* Each text goes to the kernel log with the driver's name. Return: STATUS_SUCCESS. */
ULONG DbgPrint(PCSTR Format, ...);
NTSYSAPI ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...);
NTSYSAPI ULONG vDbgPrintEx(ULONG ComponentId, ULONG Level, PCCH Format, va_list arglist);

#if DBG
#define KdPrint(args) ((void)DbgPrint args)
#define KdPrintEx(args) ((void)DbgPrintEx args)
#else
#define KdPrint(args) ((void)0)
#define KdPrintEx(args) ((void)0)
#endif
#define KdBreakPoint() ((void)0)
#define DbgBreakPoint() ((void)0)
#define KD_DEBUGGER_ENABLED FALSE

/* Say what failed, and where, and go on: there is no debugger to stop in. */
NTSYSAPI VOID RtlAssert(PVOID FailedAssertion, PVOID FileName, ULONG LineNumber, PCHAR Message);
#define NT_FAILED_ASSERTION(text) \
	RtlAssert((PVOID)(text), (PVOID)__FILE__, (ULONG)__LINE__, (PCHAR)NULL)
#define DbgRaiseAssertionFailure() NT_FAILED_ASSERTION("DbgRaiseAssertionFailure()")

#undef NT_VERIFY
#undef RTL_VERIFY
#if DBG
#define NT_ASSERT(e) ((e) ? (void)0 : NT_FAILED_ASSERTION(#e))
#define NT_ASSERTMSG(msg, e) ((e) ? (void)0 : NT_FAILED_ASSERTION(msg))
#define NT_VERIFY(e) ((e) ? TRUE : (NT_FAILED_ASSERTION(#e), FALSE))
#else
#define NT_ASSERT(e) ((void)sizeof(!(e)))
#define NT_ASSERTMSG(msg, e) ((void)sizeof(!(e)))
#define NT_VERIFY(e) ((e) ? TRUE : FALSE)
#endif
#define NT_ASSERTMSGW(msg, e) NT_ASSERT(e)
#define NT_FRE_ASSERT(e) ((e) ? (void)0 : NT_FAILED_ASSERTION(#e))
#define RTL_VERIFY(e) NT_VERIFY(e)
#ifndef ASSERT
#define ASSERT(e) NT_ASSERT(e)
#endif
#ifndef ASSERTMSG
#define ASSERTMSG(msg, e) NT_ASSERTMSG(msg, e)
#endif
#define RTL_SOFT_ASSERT(e) NT_ASSERT(e)

#if DBG
#define PAGED_CODE() NT_ASSERT(KeGetCurrentIrql() <= APC_LEVEL)
#else
#define PAGED_CODE() ((void)0)
#endif
#define PAGED_CODE_LOCKED() ((void)0)

#define KdDebuggerEnabled FALSE
#define KdDebuggerNotPresent TRUE

NT_EXTERN_C_END

#endif
