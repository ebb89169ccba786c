/* SPDX-License-Identifier: GPL-2.0 */
/* IP's part of Winsock's definitions; about Linux' names see <ws2def.h>. */
#ifndef _WS2IPDEF_
#define _WS2IPDEF_

#include "in6addr.h"
#include "ws2def.h"

NT_EXTERN_C_BEGIN

typedef struct _SCOPE_ID {
	union {
		struct {
			ULONG Zone : 28;
			ULONG Level : 4;
		};
		ULONG Value;
	};
} SCOPE_ID, *PSCOPE_ID;

typedef struct nt_sockaddr_in6 {
	ADDRESS_FAMILY sin6_family;
	USHORT sin6_port;
	ULONG sin6_flowinfo;
	IN6_ADDR sin6_addr;
	union {
		ULONG sin6_scope_id;
		SCOPE_ID sin6_scope_struct;
	};
} SOCKADDR_IN6_LH, *PSOCKADDR_IN6_LH, SOCKADDR_IN6, *PSOCKADDR_IN6, *LPSOCKADDR_IN6;
typedef const SOCKADDR_IN6 *PCSOCKADDR_IN6;

typedef union _SOCKADDR_INET {
	SOCKADDR_IN Ipv4;
	SOCKADDR_IN6 Ipv6;
	ADDRESS_FAMILY si_family;
} SOCKADDR_INET, *PSOCKADDR_INET;
typedef const SOCKADDR_INET *PCSOCKADDR_INET;

typedef struct nt_sockaddr_in6_pair {
	PSOCKADDR_IN6 SourceAddress;
	PSOCKADDR_IN6 DestinationAddress;
} SOCKADDR_IN6_PAIR, *PSOCKADDR_IN6_PAIR;

typedef struct nt_ip_mreq {
	IN_ADDR imr_multiaddr;
	IN_ADDR imr_interface;
} IP_MREQ, *PIP_MREQ;

typedef struct nt_ipv6_mreq {
	IN6_ADDR ipv6mr_multiaddr;
	ULONG ipv6mr_interface;
} IPV6_MREQ, *PIPV6_MREQ;

typedef struct nt_in_pktinfo {
	IN_ADDR ipi_addr;
	ULONG ipi_ifindex;
} IN_PKTINFO, *PIN_PKTINFO;

typedef struct nt_in6_pktinfo {
	IN6_ADDR ipi6_addr;
	ULONG ipi6_ifindex;
} IN6_PKTINFO, *PIN6_PKTINFO;

typedef struct nt_in_recverr {
	IPPROTO protocol;
	ULONG info;
	UINT8 type;
	UINT8 code;
} IN_RECVERR, *PIN_RECVERR;

#ifndef NT_WITH_LINUX
#define sockaddr_in6 nt_sockaddr_in6
#define sockaddr_in6_pair nt_sockaddr_in6_pair
#define ip_mreq nt_ip_mreq
#define ipv6_mreq nt_ipv6_mreq
#define in_pktinfo nt_in_pktinfo
#define in6_pktinfo nt_in6_pktinfo
#endif

#undef IP_OPTIONS
#define IP_OPTIONS 1
#undef IP_HDRINCL
#define IP_HDRINCL 2
#undef IP_TOS
#define IP_TOS 3
#undef IP_TTL
#define IP_TTL 4
#undef IP_MULTICAST_IF
#define IP_MULTICAST_IF 9
#undef IP_MULTICAST_TTL
#define IP_MULTICAST_TTL 10
#undef IP_MULTICAST_LOOP
#define IP_MULTICAST_LOOP 11
#undef IP_ADD_MEMBERSHIP
#define IP_ADD_MEMBERSHIP 12
#undef IP_DROP_MEMBERSHIP
#define IP_DROP_MEMBERSHIP 13
#undef IP_DONTFRAGMENT
#define IP_DONTFRAGMENT 14
#undef IP_ADD_SOURCE_MEMBERSHIP
#define IP_ADD_SOURCE_MEMBERSHIP 15
#undef IP_DROP_SOURCE_MEMBERSHIP
#define IP_DROP_SOURCE_MEMBERSHIP 16
#undef IP_BLOCK_SOURCE
#define IP_BLOCK_SOURCE 17
#undef IP_UNBLOCK_SOURCE
#define IP_UNBLOCK_SOURCE 18
#undef IP_PKTINFO
#define IP_PKTINFO 19
#undef IP_HOPLIMIT
#define IP_HOPLIMIT 21
#undef IP_RECVTTL
#define IP_RECVTTL 21
#undef IP_RECEIVE_BROADCAST
#define IP_RECEIVE_BROADCAST 22
#undef IP_RECVIF
#define IP_RECVIF 24
#undef IP_RECVDSTADDR
#define IP_RECVDSTADDR 25
#undef IP_IFLIST
#define IP_IFLIST 28
#undef IP_ADD_IFLIST
#define IP_ADD_IFLIST 29
#undef IP_DEL_IFLIST
#define IP_DEL_IFLIST 30
#undef IP_UNICAST_IF
#define IP_UNICAST_IF 31
#undef IP_RTHDR
#define IP_RTHDR 32
#undef IP_GET_IFLIST
#define IP_GET_IFLIST 33
#undef IP_RECVRTHDR
#define IP_RECVRTHDR 38
#undef IP_TCLASS
#define IP_TCLASS 39
#undef IP_RECVTCLASS
#define IP_RECVTCLASS 40
#undef IP_RECVTOS
#define IP_RECVTOS 40
#undef IP_ORIGINAL_ARRIVAL_IF
#define IP_ORIGINAL_ARRIVAL_IF 47
#undef IP_ECN
#define IP_ECN 50
#undef IP_RECVECN
#define IP_RECVECN 50
#undef IP_PKTINFO_EX
#define IP_PKTINFO_EX 51
#undef IP_WFP_REDIRECT_RECORDS
#define IP_WFP_REDIRECT_RECORDS 60
#undef IP_WFP_REDIRECT_CONTEXT
#define IP_WFP_REDIRECT_CONTEXT 70
#undef IP_MTU_DISCOVER
#define IP_MTU_DISCOVER 71
#undef IP_MTU
#define IP_MTU 73
#undef IP_NRT_INTERFACE
#define IP_NRT_INTERFACE 74
#undef IP_RECVERR
#define IP_RECVERR 75
#undef IP_USER_MTU
#define IP_USER_MTU 76

#undef IPV6_HOPOPTS
#define IPV6_HOPOPTS 1
#undef IPV6_HDRINCL
#define IPV6_HDRINCL 2
#undef IPV6_UNICAST_HOPS
#define IPV6_UNICAST_HOPS 4
#undef IPV6_MULTICAST_IF
#define IPV6_MULTICAST_IF 9
#undef IPV6_MULTICAST_HOPS
#define IPV6_MULTICAST_HOPS 10
#undef IPV6_MULTICAST_LOOP
#define IPV6_MULTICAST_LOOP 11
#undef IPV6_ADD_MEMBERSHIP
#define IPV6_ADD_MEMBERSHIP 12
#undef IPV6_JOIN_GROUP
#define IPV6_JOIN_GROUP IPV6_ADD_MEMBERSHIP
#undef IPV6_DROP_MEMBERSHIP
#define IPV6_DROP_MEMBERSHIP 13
#undef IPV6_LEAVE_GROUP
#define IPV6_LEAVE_GROUP IPV6_DROP_MEMBERSHIP
#undef IPV6_DONTFRAG
#define IPV6_DONTFRAG 14
#undef IPV6_PKTINFO
#define IPV6_PKTINFO 19
#undef IPV6_HOPLIMIT
#define IPV6_HOPLIMIT 21
#undef IPV6_PROTECTION_LEVEL
#define IPV6_PROTECTION_LEVEL 23
#undef IPV6_RECVIF
#define IPV6_RECVIF 24
#undef IPV6_RECVDSTADDR
#define IPV6_RECVDSTADDR 25
#undef IPV6_CHECKSUM
#define IPV6_CHECKSUM 26
#undef IPV6_V6ONLY
#define IPV6_V6ONLY 27
#undef IPV6_IFLIST
#define IPV6_IFLIST 28
#undef IPV6_ADD_IFLIST
#define IPV6_ADD_IFLIST 29
#undef IPV6_DEL_IFLIST
#define IPV6_DEL_IFLIST 30
#undef IPV6_UNICAST_IF
#define IPV6_UNICAST_IF 31
#undef IPV6_RTHDR
#define IPV6_RTHDR 32
#undef IPV6_GET_IFLIST
#define IPV6_GET_IFLIST 33
#undef IPV6_RECVRTHDR
#define IPV6_RECVRTHDR 38
#undef IPV6_TCLASS
#define IPV6_TCLASS 39
#undef IPV6_RECVTCLASS
#define IPV6_RECVTCLASS 40
#undef IPV6_ECN
#define IPV6_ECN 50
#undef IPV6_RECVECN
#define IPV6_RECVECN 50
#undef IPV6_PKTINFO_EX
#define IPV6_PKTINFO_EX 51
#undef IPV6_WFP_REDIRECT_RECORDS
#define IPV6_WFP_REDIRECT_RECORDS 60
#undef IPV6_WFP_REDIRECT_CONTEXT
#define IPV6_WFP_REDIRECT_CONTEXT 70
#undef IPV6_MTU_DISCOVER
#define IPV6_MTU_DISCOVER 71
#undef IPV6_MTU
#define IPV6_MTU 72
#undef IPV6_NRT_INTERFACE
#define IPV6_NRT_INTERFACE 74
#undef IPV6_RECVERR
#define IPV6_RECVERR 75
#undef IPV6_USER_MTU
#define IPV6_USER_MTU 76

#undef TCP_EXPEDITED_1122
#define TCP_EXPEDITED_1122 2
#undef TCP_KEEPALIVE
#define TCP_KEEPALIVE 3
#undef TCP_MAXSEG
#define TCP_MAXSEG 4
#undef TCP_MAXRT
#define TCP_MAXRT 5
#undef TCP_STDURG
#define TCP_STDURG 6
#undef TCP_NOURG
#define TCP_NOURG 7
#undef TCP_ATMARK
#define TCP_ATMARK 8
#undef TCP_NOSYNRETRIES
#define TCP_NOSYNRETRIES 9
#undef TCP_TIMESTAMPS
#define TCP_TIMESTAMPS 10
#undef TCP_CONGESTION_ALGORITHM
#define TCP_CONGESTION_ALGORITHM 12
#undef TCP_DELAY_FIN_ACK
#define TCP_DELAY_FIN_ACK 13
#undef TCP_MAXRTMS
#define TCP_MAXRTMS 14
#undef TCP_FASTOPEN
#define TCP_FASTOPEN 15
#undef TCP_KEEPCNT
#define TCP_KEEPCNT 16
#undef TCP_KEEPIDLE
#define TCP_KEEPIDLE TCP_KEEPALIVE
#undef TCP_KEEPINTVL
#define TCP_KEEPINTVL 17

#undef UDP_NOCHECKSUM
#define UDP_NOCHECKSUM 1
#undef UDP_SEND_MSG_SIZE
#define UDP_SEND_MSG_SIZE 2
#undef UDP_RECV_MAX_COALESCED_SIZE
#define UDP_RECV_MAX_COALESCED_SIZE 3
#undef UDP_COALESCED_INFO
#define UDP_COALESCED_INFO 3
#undef UDP_CHECKSUM_COVERAGE
#define UDP_CHECKSUM_COVERAGE 20

#undef IN6ADDR_ANY_INIT
#define IN6ADDR_ANY_INIT { { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 } } }
#undef IN6ADDR_LOOPBACK_INIT
#define IN6ADDR_LOOPBACK_INIT { { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 } } }
#undef INET_ADDRSTRLEN
#define INET_ADDRSTRLEN 22
#undef INET6_ADDRSTRLEN
#define INET6_ADDRSTRLEN 65

/* The kernel has and exports them, with the same bytes. */
#ifndef NT_WITH_LINUX
extern const IN6_ADDR in6addr_any;
extern const IN6_ADDR in6addr_loopback;
#endif

NT_INLINE BOOLEAN IN6_ADDR_EQUAL(const IN6_ADDR *x, const IN6_ADDR *y)
{
	return !__builtin_memcmp(x, y, sizeof(*x));
}
#define IN6_ARE_ADDR_EQUAL IN6_ADDR_EQUAL

NT_INLINE BOOLEAN IN6_IS_ADDR_UNSPECIFIED(const IN6_ADDR *a)
{
	static const IN6_ADDR any = IN6ADDR_ANY_INIT;

	return IN6_ADDR_EQUAL(a, &any);
}

NT_INLINE BOOLEAN IN6_IS_ADDR_LOOPBACK(const IN6_ADDR *a)
{
	static const IN6_ADDR loopback = IN6ADDR_LOOPBACK_INIT;

	return IN6_ADDR_EQUAL(a, &loopback);
}

NT_INLINE BOOLEAN IN6_IS_ADDR_MULTICAST(const IN6_ADDR *a)
{
	return a->u.Byte[0] == 0xff;
}

NT_INLINE BOOLEAN IN6_IS_ADDR_LINKLOCAL(const IN6_ADDR *a)
{
	return a->u.Byte[0] == 0xfe && (a->u.Byte[1] & 0xc0) == 0x80;
}

NT_INLINE BOOLEAN IN6_IS_ADDR_SITELOCAL(const IN6_ADDR *a)
{
	return a->u.Byte[0] == 0xfe && (a->u.Byte[1] & 0xc0) == 0xc0;
}

NT_INLINE BOOLEAN IN6_IS_ADDR_V4MAPPED(const IN6_ADDR *a)
{
	return !a->u.Word[0] && !a->u.Word[1] && !a->u.Word[2] && !a->u.Word[3] &&
	       !a->u.Word[4] && a->u.Word[5] == 0xffff;
}

NT_INLINE const UCHAR *IN6_GET_ADDR_V4MAPPED(const IN6_ADDR *a)
{
	return a->u.Byte + 12;
}

NT_INLINE VOID IN6_SET_ADDR_V4MAPPED(PIN6_ADDR a6, const IN_ADDR *a4)
{
	__builtin_memset(a6, 0, sizeof(*a6));
	a6->u.Word[5] = 0xffff;
	__builtin_memcpy(a6->u.Byte + 12, a4, sizeof(*a4));
}

/* In network byte order. */
#define SS_PORT(ssp) (((PSOCKADDR_IN)(ssp))->sin_port)

NT_ASSERT_SIZE(SOCKADDR_IN6, 28);
NT_ASSERT_OFFSET(SOCKADDR_IN6, sin6_addr, 8);
NT_ASSERT_OFFSET(SOCKADDR_IN6, sin6_scope_id, 24);
NT_ASSERT_SIZE(SOCKADDR_INET, 28);
NT_ASSERT_SIZE(IN_PKTINFO, 8);
NT_ASSERT_SIZE(IN6_PKTINFO, 20);
NT_ASSERT_SIZE(IN_RECVERR, 12);
NT_ASSERT_SIZE(IPV6_MREQ, 20);

NT_EXTERN_C_END

#endif
