// SPDX-License-Identifier: GPL-2.0
/*
 * What drivers link to. The declarations name symbols and not their types,
 * which are Windows' and not for a file that sees Linux headers.
 */
#include <linux/export.h>

#define EXPORT(symbol)		\
	extern int symbol;	\
	EXPORT_SYMBOL_GPL(symbol)

EXPORT(NPI_WSK_INTERFACE_ID);
EXPORT(WskCaptureProviderNPI);
EXPORT(WskDeregister);
EXPORT(WskQueryProviderCharacteristics);
EXPORT(WskRegister);
EXPORT(WskReleaseProviderNPI);
