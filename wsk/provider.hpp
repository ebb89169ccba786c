/* SPDX-License-Identifier: GPL-2.0 */
/* The provider of NPI_WSK_INTERFACE_ID, and the const tables that its clients call through. */
#pragma once

#include <netioddk.h>
#include <wsk.h>

namespace wsk {

/* The one version this provider speaks (VER-2); its minors would be supersets. */
constexpr USHORT kVersion = MAKE_WSK_VERSION(1, 0);

/* Registers with the NMR, and deregisters: with the last client's last socket. PASSIVE_LEVEL. */
NTSTATUS provider_start();
void provider_stop();
/* From before the first client is attached, and until it begins to go. Any context. */
bool provider_is_there();

/* By address: who is asked to attach whom. */
extern const NPI_MODULEID kProviderModuleId;
extern const NPI_MODULEID kClientModuleId;

/* By value: the client may have its own copy of the constant (SEV-12, EVT-39). */
inline bool is_wsk_npi(const NPIID *id)
{
	return id && !__builtin_memcmp(id, &NPI_WSK_INTERFACE_ID, sizeof(*id));
}

extern const WSK_PROVIDER_DISPATCH kProviderDispatch;
extern const WSK_PROVIDER_LISTEN_DISPATCH kListenDispatch;
extern const WSK_PROVIDER_CONNECTION_DISPATCH kConnectionDispatch;

} /* namespace wsk */
