/* SPDX-License-Identifier: GPL-2.0 */
/* The const tables that a WSK client calls through. */
#pragma once

#include <wsk.h>

namespace wsk {

/* The one version this provider speaks (VER-2); its minors would be supersets. */
constexpr USHORT kVersion = MAKE_WSK_VERSION(1, 0);

void npi_start();

extern const WSK_PROVIDER_DISPATCH kProviderDispatch;
extern const WSK_PROVIDER_LISTEN_DISPATCH kListenDispatch;
extern const WSK_PROVIDER_CONNECTION_DISPATCH kConnectionDispatch;

} /* namespace wsk */
