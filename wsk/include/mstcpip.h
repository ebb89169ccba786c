/* SPDX-License-Identifier: GPL-2.0 */
/* Microsoft's additions to TCP/IP: ioctls, and addresses of either family. */
#ifndef _MSTCPIP_
#define _MSTCPIP_

#include "ip2string.h"
#include "ws2def.h"
#include "ws2ipdef.h"

NT_EXTERN_C_BEGIN

struct tcp_keepalive {
	ULONG onoff;
	ULONG keepalivetime;
	ULONG keepaliveinterval;
};

#define SIO_RCVALL _WSAIOW(IOC_VENDOR, 1)
#define SIO_RCVALL_MCAST _WSAIOW(IOC_VENDOR, 2)
#define SIO_RCVALL_IGMPMCAST _WSAIOW(IOC_VENDOR, 3)
#define SIO_KEEPALIVE_VALS _WSAIOW(IOC_VENDOR, 4)
#define SIO_UDP_CONNRESET _WSAIOW(IOC_VENDOR, 12)
#define SIO_LOOPBACK_FAST_PATH _WSAIOW(IOC_VENDOR, 16)
#define SIO_TCP_INITIAL_RTO _WSAIOW(IOC_VENDOR, 17)
#define SIO_QUERY_RSS_SCALABILITY_INFO _WSAIOR(IOC_VENDOR, 210)
#define SIO_QUERY_WFP_CONNECTION_REDIRECT_RECORDS _WSAIOW(IOC_VENDOR, 220)
#define SIO_QUERY_WFP_CONNECTION_REDIRECT_CONTEXT _WSAIOW(IOC_VENDOR, 221)
#define SIO_SET_WFP_CONNECTION_REDIRECT_RECORDS _WSAIOW(IOC_VENDOR, 222)

typedef struct _RSS_SCALABILITY_INFO {
	BOOLEAN RssEnabled;
} RSS_SCALABILITY_INFO, *PRSS_SCALABILITY_INFO;

NT_INLINE BOOLEAN IN4_ADDR_EQUAL(const IN_ADDR *a, const IN_ADDR *b)
{
	return a->S_un.S_addr == b->S_un.S_addr;
}

NT_INLINE BOOLEAN IN4_IS_ADDR_UNSPECIFIED(const IN_ADDR *a)
{
	return a->S_un.S_addr == 0;
}

NT_INLINE BOOLEAN IN4_IS_ADDR_LOOPBACK(const IN_ADDR *a)
{
	return a->S_un.S_un_b.s_b1 == 127;
}

NT_INLINE BOOLEAN IN4_IS_ADDR_BROADCAST(const IN_ADDR *a)
{
	return a->S_un.S_addr == 0xffffffffU;
}

NT_INLINE BOOLEAN IN4_IS_ADDR_MULTICAST(const IN_ADDR *a)
{
	return (a->S_un.S_un_b.s_b1 & 0xf0) == 0xe0;
}

/*
 * The family says how long an address is. A compiler that saw the caller's variable
 * would warn of the branch for the other family, so it is kept from looking.
 */
NT_INLINE PSOCKADDR nt_sockaddr_of_either(const SOCKADDR *a)
{
	PSOCKADDR either = (PSOCKADDR)(ULONG_PTR)a;

	__asm__("" : "+r"(either));
	return either;
}

NT_INLINE BOOLEAN INETADDR_ISANY(const SOCKADDR *a)
{
	a = nt_sockaddr_of_either(a);
	if (a->sa_family == AF_INET6)
		return IN6_IS_ADDR_UNSPECIFIED(&((const SOCKADDR_IN6 *)(const void *)a)->sin6_addr);
	return IN4_IS_ADDR_UNSPECIFIED(&((const SOCKADDR_IN *)(const void *)a)->sin_addr);
}

NT_INLINE BOOLEAN INETADDR_ISLOOPBACK(const SOCKADDR *a)
{
	a = nt_sockaddr_of_either(a);
	if (a->sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&((const SOCKADDR_IN6 *)(const void *)a)->sin6_addr);
	return IN4_IS_ADDR_LOOPBACK(&((const SOCKADDR_IN *)(const void *)a)->sin_addr);
}

NT_INLINE PUCHAR INETADDR_ADDRESS(const SOCKADDR *a)
{
	return (PUCHAR)nt_sockaddr_of_either(a) + (a->sa_family == AF_INET6 ? 8 : 4);
}

/* In network byte order. */
NT_INLINE USHORT INETADDR_PORT(const SOCKADDR *a)
{
	return ((const SOCKADDR_IN *)(const void *)a)->sin_port;
}

NT_INLINE VOID INETADDR_SET_PORT(PSOCKADDR a, USHORT Port)
{
	((PSOCKADDR_IN)(void *)a)->sin_port = Port;
}

NT_INLINE SIZE_T INET_ADDR_LENGTH(ADDRESS_FAMILY af)
{
	return af == AF_INET6 ? sizeof(IN6_ADDR) : sizeof(IN_ADDR);
}

NT_INLINE SIZE_T INET_SOCKADDR_LENGTH(ADDRESS_FAMILY af)
{
	return af == AF_INET6 ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN);
}

/* The family stays, port and the rest become zero. */
NT_INLINE VOID INETADDR_SETANY(PSOCKADDR a)
{
	ADDRESS_FAMILY family = a->sa_family;

	a = nt_sockaddr_of_either(a);
	__builtin_memset(a, 0, INET_SOCKADDR_LENGTH(family));
	a->sa_family = family;
}

NT_INLINE VOID INETADDR_SETLOOPBACK(PSOCKADDR a)
{
	INETADDR_SETANY(a);
	INETADDR_ADDRESS(a)[a->sa_family == AF_INET6 ? 15 : 3] = 1;
	if (a->sa_family == AF_INET)
		INETADDR_ADDRESS(a)[0] = 127;
}

NT_EXTERN_C_END

#endif
