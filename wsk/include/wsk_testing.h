/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What the suites do to the provider that nothing else can: not for drivers. Its
 * functions are exported in the namespace WSK_TESTING.
 */
#ifndef NT_WSK_TESTING_H
#define NT_WSK_TESTING_H

#include <wsk.h>

NT_EXTERN_C_BEGIN

/*
 * Takes the transports of a family off the list of WSK_TRANSPORT_LIST_QUERY, as if
 * it had gone, or puts them back if the kernel has it. Sockets are not affected.
 * Context: IRQL <= DISPATCH_LEVEL.
 */
void wsk_testing_transport_hide(ADDRESS_FAMILY family);
void wsk_testing_transport_show(ADDRESS_FAMILY family);

/*
 * Winsock Kernel goes, as far as its clients can tell: returns when every capture is
 * released and every socket closed. And it comes back, and attaches who is registered.
 * One caller at a time. Context: PASSIVE_LEVEL.
 */
VOID wsk_testing_provider_stop(VOID);
NTSTATUS wsk_testing_provider_start(VOID);

NT_EXTERN_C_END

#endif
