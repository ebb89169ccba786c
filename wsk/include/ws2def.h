/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Winsock's definitions with Windows' numbers: AF_INET6 is 23, SOL_SOCKET is
 * 0xffff. Linux' names are undefined first, so in a file that has included its
 * headers before, what follows speaks Windows; wsk.ko translates, nobody else.
 * Tags are private (see <inaddr.h>); the lower-case names are aliases where no
 * Linux header was included.
 */
#ifndef _WS2DEF_
#define _WS2DEF_

#include "inaddr.h"
#include "guiddef.h"
#include "ntdef.h"

NT_EXTERN_C_BEGIN

typedef USHORT ADDRESS_FAMILY;

#undef AF_UNSPEC
#define AF_UNSPEC 0
#undef AF_UNIX
#define AF_UNIX 1
#undef AF_INET
#define AF_INET 2
#undef AF_IPX
#define AF_IPX 6
#undef AF_SNA
#define AF_SNA 11
#undef AF_APPLETALK
#define AF_APPLETALK 16
#undef AF_NETBIOS
#define AF_NETBIOS 17
#undef AF_INET6
#define AF_INET6 23
#undef AF_IRDA
#define AF_IRDA 26
#undef AF_BTH
#define AF_BTH 32
#undef AF_LINK
#define AF_LINK 33
#undef AF_HYPERV
#define AF_HYPERV 34
#undef AF_MAX
#define AF_MAX 35
#undef PF_UNSPEC
#define PF_UNSPEC AF_UNSPEC
#undef PF_UNIX
#define PF_UNIX AF_UNIX
#undef PF_INET
#define PF_INET AF_INET
#undef PF_INET6
#define PF_INET6 AF_INET6
#undef PF_MAX
#define PF_MAX AF_MAX

#undef SOCK_STREAM
#define SOCK_STREAM 1
#undef SOCK_DGRAM
#define SOCK_DGRAM 2
#undef SOCK_RAW
#define SOCK_RAW 3
#undef SOCK_RDM
#define SOCK_RDM 4
#undef SOCK_SEQPACKET
#define SOCK_SEQPACKET 5

typedef int IPPROTO;

#undef IPPROTO_HOPOPTS
#define IPPROTO_HOPOPTS 0
#undef IPPROTO_IP
#define IPPROTO_IP 0
#undef IPPROTO_ICMP
#define IPPROTO_ICMP 1
#undef IPPROTO_IGMP
#define IPPROTO_IGMP 2
#undef IPPROTO_GGP
#define IPPROTO_GGP 3
#undef IPPROTO_IPV4
#define IPPROTO_IPV4 4
#undef IPPROTO_TCP
#define IPPROTO_TCP 6
#undef IPPROTO_EGP
#define IPPROTO_EGP 8
#undef IPPROTO_PUP
#define IPPROTO_PUP 12
#undef IPPROTO_UDP
#define IPPROTO_UDP 17
#undef IPPROTO_IDP
#define IPPROTO_IDP 22
#undef IPPROTO_RDP
#define IPPROTO_RDP 27
#undef IPPROTO_IPV6
#define IPPROTO_IPV6 41
#undef IPPROTO_ROUTING
#define IPPROTO_ROUTING 43
#undef IPPROTO_FRAGMENT
#define IPPROTO_FRAGMENT 44
#undef IPPROTO_ESP
#define IPPROTO_ESP 50
#undef IPPROTO_AH
#define IPPROTO_AH 51
#undef IPPROTO_ICMPV6
#define IPPROTO_ICMPV6 58
#undef IPPROTO_NONE
#define IPPROTO_NONE 59
#undef IPPROTO_DSTOPTS
#define IPPROTO_DSTOPTS 60
#undef IPPROTO_PIM
#define IPPROTO_PIM 103
#undef IPPROTO_PGM
#define IPPROTO_PGM 113
#undef IPPROTO_L2TP
#define IPPROTO_L2TP 115
#undef IPPROTO_SCTP
#define IPPROTO_SCTP 132
#undef IPPROTO_RAW
#define IPPROTO_RAW 255
#undef IPPROTO_MAX
#define IPPROTO_MAX 256

#undef SOL_SOCKET
#define SOL_SOCKET 0xffff
#undef SOL_IP
#define SOL_IP 0xfffb
#undef SOL_IPV6
#define SOL_IPV6 0xfffa
#undef SO_DEBUG
#define SO_DEBUG 0x0001
#undef SO_ACCEPTCONN
#define SO_ACCEPTCONN 0x0002
#undef SO_REUSEADDR
#define SO_REUSEADDR 0x0004
#undef SO_KEEPALIVE
#define SO_KEEPALIVE 0x0008
#undef SO_DONTROUTE
#define SO_DONTROUTE 0x0010
#undef SO_BROADCAST
#define SO_BROADCAST 0x0020
#undef SO_USELOOPBACK
#define SO_USELOOPBACK 0x0040
#undef SO_LINGER
#define SO_LINGER 0x0080
#undef SO_OOBINLINE
#define SO_OOBINLINE 0x0100
#undef SO_DONTLINGER
#define SO_DONTLINGER ((int)(~SO_LINGER))
#undef SO_EXCLUSIVEADDRUSE
#define SO_EXCLUSIVEADDRUSE ((int)(~SO_REUSEADDR))
#undef SO_SNDBUF
#define SO_SNDBUF 0x1001
#undef SO_RCVBUF
#define SO_RCVBUF 0x1002
#undef SO_SNDLOWAT
#define SO_SNDLOWAT 0x1003
#undef SO_RCVLOWAT
#define SO_RCVLOWAT 0x1004
#undef SO_SNDTIMEO
#define SO_SNDTIMEO 0x1005
#undef SO_RCVTIMEO
#define SO_RCVTIMEO 0x1006
#undef SO_ERROR
#define SO_ERROR 0x1007
#undef SO_TYPE
#define SO_TYPE 0x1008
#undef SO_BSP_STATE
#define SO_BSP_STATE 0x1009
#undef SO_GROUP_ID
#define SO_GROUP_ID 0x2001
#undef SO_GROUP_PRIORITY
#define SO_GROUP_PRIORITY 0x2002
#undef SO_MAX_MSG_SIZE
#define SO_MAX_MSG_SIZE 0x2003
#undef SO_CONDITIONAL_ACCEPT
#define SO_CONDITIONAL_ACCEPT 0x3002
#undef SO_PAUSE_ACCEPT
#define SO_PAUSE_ACCEPT 0x3003
#undef SO_COMPARTMENT_ID
#define SO_COMPARTMENT_ID 0x3004
#undef SO_RANDOMIZE_PORT
#define SO_RANDOMIZE_PORT 0x3005
#undef SO_PORT_SCALABILITY
#define SO_PORT_SCALABILITY 0x3006
#undef SO_REUSE_UNICASTPORT
#define SO_REUSE_UNICASTPORT 0x3007
#undef SO_REUSE_MULTICASTPORT
#define SO_REUSE_MULTICASTPORT 0x3008
#undef WSK_SO_BASE
#define WSK_SO_BASE 0x4000
#undef TCP_NODELAY
#define TCP_NODELAY 0x0001
#undef SOMAXCONN
#define SOMAXCONN 0x7fffffff

#undef MSG_OOB
#define MSG_OOB 0x0001
#undef MSG_PEEK
#define MSG_PEEK 0x0002
#undef MSG_DONTROUTE
#define MSG_DONTROUTE 0x0004
#undef MSG_WAITALL
#define MSG_WAITALL 0x0008
#undef MSG_PUSH_IMMEDIATE
#define MSG_PUSH_IMMEDIATE 0x0020
#undef MSG_PARTIAL
#define MSG_PARTIAL 0x8000
#undef MSG_TRUNC
#define MSG_TRUNC 0x0100
#undef MSG_CTRUNC
#define MSG_CTRUNC 0x0200
#undef MSG_BCAST
#define MSG_BCAST 0x0400
#undef MSG_MCAST
#define MSG_MCAST 0x0800
#undef MSG_ERRQUEUE
#define MSG_ERRQUEUE 0x1000

#undef AI_PASSIVE
#define AI_PASSIVE 0x00000001
#undef AI_CANONNAME
#define AI_CANONNAME 0x00000002
#undef AI_NUMERICHOST
#define AI_NUMERICHOST 0x00000004
#undef AI_NUMERICSERV
#define AI_NUMERICSERV 0x00000008
#undef AI_ALL
#define AI_ALL 0x00000100
#undef AI_ADDRCONFIG
#define AI_ADDRCONFIG 0x00000400
#undef AI_V4MAPPED
#define AI_V4MAPPED 0x00000800
#undef NI_NOFQDN
#define NI_NOFQDN 0x01
#undef NI_NUMERICHOST
#define NI_NUMERICHOST 0x02
#undef NI_NAMEREQD
#define NI_NAMEREQD 0x04
#undef NI_NUMERICSERV
#define NI_NUMERICSERV 0x08
#undef NI_DGRAM
#define NI_DGRAM 0x10
#undef NI_MAXHOST
#define NI_MAXHOST 1025
#undef NI_MAXSERV
#define NI_MAXSERV 32
#undef NS_ALL
#define NS_ALL 0
#undef NS_DNS
#define NS_DNS 12

#undef INADDR_ANY
#define INADDR_ANY 0x00000000U
#undef INADDR_LOOPBACK
#define INADDR_LOOPBACK 0x7f000001U
#undef INADDR_BROADCAST
#define INADDR_BROADCAST 0xffffffffU
#undef INADDR_NONE
#define INADDR_NONE 0xffffffffU
#undef IN_MULTICAST
#define IN_MULTICAST(i) (((ULONG)(i) & 0xf0000000U) == 0xe0000000U)

#undef IOC_UNIX
#define IOC_UNIX 0x00000000
#undef IOC_WS2
#define IOC_WS2 0x08000000
#undef IOC_PROTOCOL
#define IOC_PROTOCOL 0x10000000
#undef IOC_VENDOR
#define IOC_VENDOR 0x18000000
#undef IOC_WSK
#define IOC_WSK (IOC_WS2 | 0x07000000)
#undef IOC_VOID
#define IOC_VOID 0x20000000
#undef IOC_OUT
#define IOC_OUT 0x40000000
#undef IOC_IN
#define IOC_IN 0x80000000
#undef IOC_INOUT
#define IOC_INOUT (IOC_IN | IOC_OUT)
#define _WSAIO(x, y) (IOC_VOID | (x) | (y))
#define _WSAIOR(x, y) (IOC_OUT | (x) | (y))
#define _WSAIOW(x, y) (IOC_IN | (x) | (y))
#define _WSAIORW(x, y) (IOC_INOUT | (x) | (y))

#define SIO_GET_BROADCAST_ADDRESS _WSAIOR(IOC_WS2, 5)
#define SIO_ROUTING_INTERFACE_QUERY _WSAIORW(IOC_WS2, 20)
#define SIO_ROUTING_INTERFACE_CHANGE _WSAIOW(IOC_WS2, 21)
#define SIO_ADDRESS_LIST_QUERY _WSAIOR(IOC_WS2, 22)
#define SIO_ADDRESS_LIST_CHANGE _WSAIO(IOC_WS2, 23)
#define SIO_ADDRESS_LIST_SORT _WSAIORW(IOC_WS2, 25)

typedef struct nt_sockaddr {
	ADDRESS_FAMILY sa_family;
	CHAR sa_data[14];
} SOCKADDR, *PSOCKADDR, *LPSOCKADDR;
typedef const SOCKADDR *PCSOCKADDR;

typedef struct nt_sockaddr_in {
	ADDRESS_FAMILY sin_family;
	USHORT sin_port;
	IN_ADDR sin_addr;
	CHAR sin_zero[8];
} SOCKADDR_IN, *PSOCKADDR_IN, *LPSOCKADDR_IN;
typedef const SOCKADDR_IN *PCSOCKADDR_IN;

typedef struct nt_sockaddr_storage {
	ADDRESS_FAMILY ss_family;
	CHAR ss_pad1[6];
	LONGLONG ss_align;
	CHAR ss_pad2[112];
} SOCKADDR_STORAGE_LH, *PSOCKADDR_STORAGE_LH, SOCKADDR_STORAGE, *PSOCKADDR_STORAGE,
	*LPSOCKADDR_STORAGE;

typedef struct _SOCKET_ADDRESS {
	LPSOCKADDR lpSockaddr;
	INT iSockaddrLength;
} SOCKET_ADDRESS, *PSOCKET_ADDRESS, *LPSOCKET_ADDRESS;

typedef struct _SOCKET_ADDRESS_LIST {
	INT iAddressCount;
	SOCKET_ADDRESS Address[1];
} SOCKET_ADDRESS_LIST, *PSOCKET_ADDRESS_LIST, *LPSOCKET_ADDRESS_LIST;
#define SIZEOF_SOCKET_ADDRESS_LIST(n) \
	(FIELD_OFFSET(SOCKET_ADDRESS_LIST, Address) + (n) * sizeof(SOCKET_ADDRESS))

typedef struct _WSABUF {
	ULONG len;
	CHAR *buf;
} WSABUF, *LPWSABUF;

typedef struct _WSAMSG {
	LPSOCKADDR name;
	INT namelen;
	LPWSABUF lpBuffers;
	ULONG dwBufferCount;
	WSABUF Control;
	ULONG dwFlags;
} WSAMSG, *PWSAMSG, *LPWSAMSG;

/* Control data: headers at CMSGHDR's alignment, cmsg_len counts header and data. */
typedef struct nt_cmsghdr {
	SIZE_T cmsg_len;
	INT cmsg_level;
	INT cmsg_type;
} WSACMSGHDR, *PWSACMSGHDR, *LPWSACMSGHDR, CMSGHDR, *PCMSGHDR;

#define WSA_CMSGHDR_ALIGN(length) \
	(((length) + TYPE_ALIGNMENT(WSACMSGHDR) - 1) & ~(TYPE_ALIGNMENT(WSACMSGHDR) - 1))
#define WSA_CMSGDATA_ALIGN(length) \
	(((length) + MAX_NATURAL_ALIGNMENT - 1) & ~(MAX_NATURAL_ALIGNMENT - 1))
#define WSA_CMSG_FIRSTHDR(msg)							\
	(((msg)->Control.len >= sizeof(WSACMSGHDR)) ?				\
	 (LPWSACMSGHDR)(msg)->Control.buf : (LPWSACMSGHDR)NULL)
#define WSA_CMSG_NXTHDR(msg, cmsg)						\
	(((cmsg) == NULL) ? WSA_CMSG_FIRSTHDR(msg) :				\
	 ((((PUCHAR)(cmsg) + WSA_CMSGHDR_ALIGN((cmsg)->cmsg_len) +		\
	    sizeof(WSACMSGHDR)) >						\
	   (PUCHAR)((msg)->Control.buf) + (msg)->Control.len) ?			\
	  (LPWSACMSGHDR)NULL :							\
	  (LPWSACMSGHDR)((PUCHAR)(cmsg) + WSA_CMSGHDR_ALIGN((cmsg)->cmsg_len))))
#define WSA_CMSG_DATA(cmsg) ((PUCHAR)(cmsg) + WSA_CMSGDATA_ALIGN(sizeof(WSACMSGHDR)))
#define WSA_CMSG_SPACE(length) \
	(WSA_CMSGDATA_ALIGN(sizeof(WSACMSGHDR) + WSA_CMSGHDR_ALIGN(length)))
#define WSA_CMSG_LEN(length) (WSA_CMSGDATA_ALIGN(sizeof(WSACMSGHDR)) + (length))

#undef CMSGHDR_ALIGN
#define CMSGHDR_ALIGN WSA_CMSGHDR_ALIGN
#undef CMSGDATA_ALIGN
#define CMSGDATA_ALIGN WSA_CMSGDATA_ALIGN
#undef CMSG_FIRSTHDR
#define CMSG_FIRSTHDR WSA_CMSG_FIRSTHDR
#undef CMSG_NXTHDR
#define CMSG_NXTHDR WSA_CMSG_NXTHDR
#undef CMSG_DATA
#define CMSG_DATA WSA_CMSG_DATA
#undef CMSG_SPACE
#define CMSG_SPACE WSA_CMSG_SPACE
#undef CMSG_LEN
#define CMSG_LEN WSA_CMSG_LEN

typedef struct nt_addrinfoexW {
	int ai_flags;
	int ai_family;
	int ai_socktype;
	int ai_protocol;
	SIZE_T ai_addrlen;
	PWSTR ai_canonname;
	SOCKADDR *ai_addr;
	void *ai_blob;
	SIZE_T ai_bloblen;
	LPGUID ai_provider;
	struct nt_addrinfoexW *ai_next;
} ADDRINFOEXW, *PADDRINFOEXW, *LPADDRINFOEXW;

#ifndef NT_WITH_LINUX
#define sockaddr nt_sockaddr
#define sockaddr_in nt_sockaddr_in
#define sockaddr_storage nt_sockaddr_storage
#define cmsghdr nt_cmsghdr
#define addrinfoexW nt_addrinfoexW
#endif

NT_ASSERT_SIZE(SOCKADDR, 16);
NT_ASSERT_SIZE(SOCKADDR_IN, 16);
NT_ASSERT_SIZE(SOCKADDR_STORAGE, 128);
NT_ASSERT_SIZE(SOCKET_ADDRESS, 16);
NT_ASSERT_OFFSET(SOCKET_ADDRESS_LIST, Address, 8);
NT_ASSERT_SIZE(WSAMSG, 56);
NT_ASSERT_SIZE(WSACMSGHDR, 16);
NT_ASSERT_SIZE(ADDRINFOEXW, 72);

NT_EXTERN_C_END

#endif
