// SPDX-License-Identifier: GPL-2.0
/*
 * What drivers link to. The declarations name symbols and not their types,
 * which are Windows' and not for a file that sees Linux headers.
 */
#include <linux/export.h>
#include <linux/version.h>

#define EXPORT(symbol)		\
	extern int symbol;	\
	EXPORT_SYMBOL_GPL(symbol)

/* For wsk_kunit.ko alone: <wsk_testing.h>. The namespace is a string since 6.13. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define EXPORT_FOR_TESTING(symbol)	\
	extern int symbol;		\
	EXPORT_SYMBOL_NS_GPL(symbol, WSK_TESTING)
#else
#define EXPORT_FOR_TESTING(symbol)	\
	extern int symbol;		\
	EXPORT_SYMBOL_NS_GPL(symbol, "WSK_TESTING")
#endif

EXPORT(NPI_WSK_INTERFACE_ID);
EXPORT(WskCaptureProviderNPI);
EXPORT(WskDeregister);
EXPORT(WskQueryProviderCharacteristics);
EXPORT(WskRegister);
EXPORT(WskReleaseProviderNPI);

EXPORT_FOR_TESTING(wsk_testing_provider_start);
EXPORT_FOR_TESTING(wsk_testing_provider_stop);
EXPORT_FOR_TESTING(wsk_testing_transport_hide);
EXPORT_FOR_TESTING(wsk_testing_transport_show);
