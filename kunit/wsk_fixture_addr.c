// SPDX-License-Identifier: GPL-2.0
/* Socket addresses of the WSK suites. */
#include "wsk_fixture.h"

static PSOCKADDR_IN v4(SOCKADDR_STORAGE *addr)
{
	return (PSOCKADDR_IN)addr;
}

static PSOCKADDR_IN6 v6(SOCKADDR_STORAGE *addr)
{
	return (PSOCKADDR_IN6)addr;
}

void wt_wildcard(SOCKADDR_STORAGE *addr, ADDRESS_FAMILY family, USHORT port)
{
	memset(addr, 0, sizeof(*addr));
	addr->ss_family = family;
	if (family == AF_INET)
		v4(addr)->sin_port = RtlUshortByteSwap(port);
	else
		v6(addr)->sin6_port = RtlUshortByteSwap(port);
}

void wt_ipv4(SOCKADDR_STORAGE *addr, ULONG host_order, USHORT port)
{
	ULONG network_order = RtlUlongByteSwap(host_order);

	wt_wildcard(addr, AF_INET, port);
	memcpy(&v4(addr)->sin_addr, &network_order, 4);
}

void wt_mapped(SOCKADDR_STORAGE *addr, ULONG host_order, USHORT port)
{
	ULONG network_order = RtlUlongByteSwap(host_order);
	PUCHAR bytes;

	wt_wildcard(addr, AF_INET6, port);
	bytes = (PUCHAR)&v6(addr)->sin6_addr;
	bytes[10] = 0xff;
	bytes[11] = 0xff;
	memcpy(bytes + 12, &network_order, 4);
}

void wt_loopback(SOCKADDR_STORAGE *addr, ADDRESS_FAMILY family, USHORT port)
{
	if (family == AF_INET) {
		wt_ipv4(addr, 0x7f000001, port);
		return;
	}
	wt_wildcard(addr, family, port);
	((PUCHAR)&v6(addr)->sin6_addr)[15] = 1;
}

USHORT wt_port(const SOCKADDR_STORAGE *addr)
{
	SOCKADDR_STORAGE copy = *addr;

	return RtlUshortByteSwap(copy.ss_family == AF_INET ? v4(&copy)->sin_port
							   : v6(&copy)->sin6_port);
}

SIZE_T wt_addr_size(ADDRESS_FAMILY family)
{
	return family == AF_INET ? sizeof(SOCKADDR_IN) : sizeof(SOCKADDR_IN6);
}

/* Family, port and address; not the flow label. */
BOOLEAN wt_addr_equal(const SOCKADDR_STORAGE *a, const SOCKADDR_STORAGE *b)
{
	SOCKADDR_STORAGE x = *a, y = *b;

	if (x.ss_family != y.ss_family || wt_port(a) != wt_port(b))
		return FALSE;
	if (x.ss_family == AF_INET)
		return !memcmp(&v4(&x)->sin_addr, &v4(&y)->sin_addr, 4);
	return !memcmp(&v6(&x)->sin6_addr, &v6(&y)->sin6_addr, 16);
}

BOOLEAN wt_addr_is_wildcard(const SOCKADDR_STORAGE *addr)
{
	SOCKADDR_STORAGE wildcard;

	wt_wildcard(&wildcard, addr->ss_family, wt_port(addr));
	return wt_addr_equal(addr, &wildcard);
}

void wt_addr_poison(SOCKADDR_STORAGE *addr)
{
	memset(addr, 0xa5, sizeof(*addr));
}

BOOLEAN wt_addr_only_size_written(const SOCKADDR_STORAGE *addr)
{
	const UCHAR *bytes = (const UCHAR *)addr;
	SIZE_T i;

	for (i = wt_addr_size(addr->ss_family); i < sizeof(*addr); i++)
		if (bytes[i] != 0xa5)
			return FALSE;
	return TRUE;
}
