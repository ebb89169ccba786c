/* SPDX-License-Identifier: GPL-2.0 */
/* Threads, handles to them, and references to what a handle names. */
#ifndef _WDM_PS_H
#define _WDM_PS_H

#include "ke.h"

NT_EXTERN_C_BEGIN

typedef struct _CLIENT_ID {
	HANDLE UniqueProcess;
	HANDLE UniqueThread;
} CLIENT_ID, *PCLIENT_ID;

struct _OBJECT_TYPE;
typedef struct _OBJECT_TYPE *POBJECT_TYPE;

typedef struct _OBJECT_HANDLE_INFORMATION {
	ULONG HandleAttributes;
	ACCESS_MASK GrantedAccess;
} OBJECT_HANDLE_INFORMATION, *POBJECT_HANDLE_INFORMATION;

#define DELETE 0x00010000
#define READ_CONTROL 0x00020000
#define WRITE_DAC 0x00040000
#define WRITE_OWNER 0x00080000
#define SYNCHRONIZE 0x00100000
#define STANDARD_RIGHTS_REQUIRED 0x000f0000
#define STANDARD_RIGHTS_READ READ_CONTROL
#define STANDARD_RIGHTS_WRITE READ_CONTROL
#define STANDARD_RIGHTS_ALL 0x001f0000
#define MAXIMUM_ALLOWED 0x02000000
#define GENERIC_READ 0x80000000U
#define GENERIC_WRITE 0x40000000U
#define GENERIC_EXECUTE 0x20000000U
#define GENERIC_ALL 0x10000000U
#define EVENT_QUERY_STATE 0x0001
#define EVENT_MODIFY_STATE 0x0002
#define EVENT_ALL_ACCESS (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0x3)
#define THREAD_TERMINATE 0x0001
#define THREAD_SUSPEND_RESUME 0x0002
#define THREAD_SET_INFORMATION 0x0020
#define THREAD_QUERY_INFORMATION 0x0040
#define THREAD_ALL_ACCESS (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0xffff)

#define NtCurrentProcess() ((HANDLE)(LONG_PTR)-1)
#define ZwCurrentProcess() NtCurrentProcess()
#define NtCurrentThread() ((HANDLE)(LONG_PTR)-2)
#define ZwCurrentThread() NtCurrentThread()

typedef VOID KSTART_ROUTINE(PVOID StartContext);
typedef KSTART_ROUTINE *PKSTART_ROUTINE;

/* What *PsThreadType points to is opaque; ObReferenceObjectByHandle checks it. */
extern POBJECT_TYPE *PsThreadType;

NTKERNELAPI NTSTATUS PsCreateSystemThread(PHANDLE ThreadHandle, ULONG DesiredAccess,
					  POBJECT_ATTRIBUTES ObjectAttributes,
					  HANDLE ProcessHandle, PCLIENT_ID ClientId,
					  PKSTART_ROUTINE StartRoutine, PVOID StartContext);
/* Ends the calling thread; does not return. */
NTKERNELAPI NTSTATUS PsTerminateSystemThread(NTSTATUS ExitStatus);

/* STATUS_PENDING while it runs. */
NTKERNELAPI NTSTATUS PsGetThreadExitStatus(PETHREAD Thread);

NTKERNELAPI PETHREAD PsGetCurrentThread(VOID);
NTKERNELAPI HANDLE PsGetCurrentThreadId(VOID);
NTKERNELAPI PEPROCESS PsGetCurrentProcess(VOID);
NTKERNELAPI HANDLE PsGetCurrentProcessId(VOID);
#define IoGetCurrentProcess() PsGetCurrentProcess()

NTKERNELAPI NTSTATUS ObReferenceObjectByHandle(HANDLE Handle, ACCESS_MASK DesiredAccess,
					       POBJECT_TYPE ObjectType,
					       KPROCESSOR_MODE AccessMode, PVOID *Object,
					       POBJECT_HANDLE_INFORMATION HandleInformation);
/* Return: 0 for what is no object, else 1; Windows' count is for debuggers only. */
NTKERNELAPI LONG_PTR ObReferenceObject(PVOID Object);
NTKERNELAPI LONG_PTR ObDereferenceObject(PVOID Object);
#define ObfReferenceObject(Object) ObReferenceObject(Object)
#define ObfDereferenceObject(Object) ObDereferenceObject(Object)

NTSYSAPI NTSTATUS ZwClose(HANDLE Handle);

NT_ASSERT_SIZE(CLIENT_ID, 16);

NT_EXTERN_C_END

#endif
