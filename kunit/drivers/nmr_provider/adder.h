// SPDX-License-Identifier: GPL-2.0 OR MIT
// A network programming interface that adds: what its clients and providers agree on.
#pragma once

#include <ntddk.h>
#include <netioddk.h>

// {B1D5A1A4-7C5E-4D0B-9E5F-4E4D52414444}
static const NPIID AdderNpiId = {
	0xb1d5a1a4, 0x7c5e, 0x4d0b, { 0x9e, 0x5f, 0x4e, 0x4d, 0x52, 0x41, 0x44, 0x44 }
};

typedef struct _ADDER_CLIENT_DISPATCH {
	ULONG Version;
	ULONG DetachDelay;	// milliseconds for which the provider lets a detach pend
} ADDER_CLIENT_DISPATCH;

typedef struct _ADDER_PROVIDER_DISPATCH {
	ULONG Version;
	ULONG (*Add)(PVOID ProviderBindingContext, ULONG A, ULONG B);
} ADDER_PROVIDER_DISPATCH;
