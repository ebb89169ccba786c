/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#pragma once

#include <Ntddk.h>
#include <Wsk.h>
#include <Ntstrsafe.h>

#include <pshpack1.h>
typedef struct _PACKED_HEADER {
	UCHAR Kind;
	ULONG Length;
} PACKED_HEADER, *PPACKED_HEADER;
#include <poppack.h>

EXTERN_C_START

_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS
CxxTest(_In_ PUNICODE_STRING Name, _Inout_updates_bytes_(Length) PVOID Buffer, _In_ ULONG Length);

EXTERN_C_END
