// SPDX-License-Identifier: GPL-2.0
/*
 * Winsock Kernel's headers: layouts, slots and numbers are Windows', also in a
 * file that has included Linux' headers first, as this one has. What a compiler
 * can decide is decided by the headers' own assertions; here are the values.
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/sock.h>
#include <kunit/test.h>

#include <ntddk.h>
#include <wsk.h>
#include <mstcpip.h>

#include "rules.h"

#define EXPECT_OFFSET(test, type, member, offset) \
	KUNIT_EXPECT_EQ_MSG(test, offsetof(type, member), (size_t)(offset), #type "." #member)
#define EXPECT_SIZE(test, type, size) \
	KUNIT_EXPECT_EQ_MSG(test, sizeof(type), (size_t)(size), #type)
#define EXPECT_VALUE(test, name, value) \
	KUNIT_EXPECT_EQ_MSG(test, (unsigned int)(name), (unsigned int)(value), #name)
/* A slot of a provider's table, in pointers. */
#define EXPECT_SLOT(test, table, member, slot) \
	EXPECT_OFFSET(test, WSK_PROVIDER_##table##_DISPATCH, member, (slot) * sizeof(void *))

static void structures_have_windows_layout(struct kunit *test)
{
	EXPECT_SIZE(test, WSK_PROVIDER_CHARACTERISTICS, 4);
	EXPECT_SIZE(test, WSK_TRANSPORT, 28);
	EXPECT_OFFSET(test, WSK_TRANSPORT, ProviderId, 12);
	EXPECT_SIZE(test, WSK_BUF, 24);
	EXPECT_OFFSET(test, WSK_BUF, Offset, 8);
	EXPECT_OFFSET(test, WSK_BUF, Length, 16);
	EXPECT_SIZE(test, WSK_BUF_LIST, 32);
	EXPECT_OFFSET(test, WSK_BUF_LIST, Buffer, 8);
	EXPECT_SIZE(test, WSK_DATA_INDICATION, 32);
	EXPECT_SIZE(test, WSK_DATAGRAM_INDICATION, 56);
	EXPECT_OFFSET(test, WSK_DATAGRAM_INDICATION, ControlInfo, 32);
	EXPECT_OFFSET(test, WSK_DATAGRAM_INDICATION, ControlInfoLength, 40);
	EXPECT_OFFSET(test, WSK_DATAGRAM_INDICATION, RemoteAddress, 48);
	EXPECT_SIZE(test, WSK_INSPECT_ID, 16);
	EXPECT_SIZE(test, WSK_EVENT_CALLBACK_CONTROL, 16);
	EXPECT_OFFSET(test, WSK_EVENT_CALLBACK_CONTROL, EventMask, 8);
	EXPECT_SIZE(test, WSK_EXTENSION_CONTROL_IN, 24);
	EXPECT_SIZE(test, WSK_EXTENSION_CONTROL_OUT, 16);
	EXPECT_SIZE(test, WSK_TDI_MAP, 16);
	EXPECT_SIZE(test, WSK_TDI_MAP_INFO, 16);
	EXPECT_SIZE(test, WSK_CLIENT_NPI, 16);
	EXPECT_SIZE(test, WSK_PROVIDER_NPI, 16);
	EXPECT_SIZE(test, WSK_REGISTRATION, 24);
	EXPECT_OFFSET(test, WSK_PROVIDER_CHARACTERISTICS, HighestVersion, 0);
	EXPECT_OFFSET(test, WSK_PROVIDER_CHARACTERISTICS, LowestVersion, 2);
	EXPECT_SIZE(test, ULONG, 4);
	EXPECT_SIZE(test, LONG, 4);
	EXPECT_SIZE(test, INT, 4);
	KUNIT_EXPECT_LT(test, (CHAR)-1, (CHAR)0);
	EXPECT_SIZE(test, SIZE_T, sizeof(void *));
	EXPECT_SIZE(test, ULONG_PTR, sizeof(void *));
	WSK_RULES(test, "HDR-2 HDR-14 HDR-17");
}

static void provider_tables_have_their_slots(struct kunit *test)
{
	EXPECT_SLOT(test, BASIC, WskControlSocket, 0);
	EXPECT_SLOT(test, BASIC, WskCloseSocket, 1);
	EXPECT_SLOT(test, LISTEN, WskControlSocket, 0);
	EXPECT_SLOT(test, LISTEN, WskCloseSocket, 1);
	EXPECT_SLOT(test, LISTEN, WskBind, 2);
	EXPECT_SLOT(test, LISTEN, WskAccept, 3);
	EXPECT_SLOT(test, LISTEN, WskInspectComplete, 4);
	EXPECT_SLOT(test, LISTEN, WskGetLocalAddress, 5);
	EXPECT_SLOT(test, DATAGRAM, WskCloseSocket, 1);
	EXPECT_SLOT(test, DATAGRAM, WskBind, 2);
	EXPECT_SLOT(test, DATAGRAM, WskSendTo, 3);
	EXPECT_SLOT(test, DATAGRAM, WskReceiveFrom, 4);
	EXPECT_SLOT(test, DATAGRAM, WskRelease, 5);
	EXPECT_SLOT(test, DATAGRAM, WskGetLocalAddress, 6);
	EXPECT_SLOT(test, DATAGRAM, WskSendMessages, 7);
	EXPECT_SLOT(test, CONNECTION, WskCloseSocket, 1);
	EXPECT_SLOT(test, CONNECTION, WskBind, 2);
	EXPECT_SLOT(test, CONNECTION, WskConnect, 3);
	EXPECT_SLOT(test, CONNECTION, WskGetLocalAddress, 4);
	EXPECT_SLOT(test, CONNECTION, WskGetRemoteAddress, 5);
	EXPECT_SLOT(test, CONNECTION, WskSend, 6);
	EXPECT_SLOT(test, CONNECTION, WskReceive, 7);
	EXPECT_SLOT(test, CONNECTION, WskDisconnect, 8);
	EXPECT_SLOT(test, CONNECTION, WskRelease, 9);
	EXPECT_SLOT(test, CONNECTION, WskConnectEx, 10);
	EXPECT_SLOT(test, CONNECTION, WskSendEx, 11);
	EXPECT_SLOT(test, CONNECTION, WskReceiveEx, 12);
	EXPECT_SLOT(test, STREAM, WskCloseSocket, 1);
	EXPECT_SLOT(test, STREAM, WskBind, 2);
	EXPECT_SLOT(test, STREAM, WskAccept, 3);
	EXPECT_SLOT(test, STREAM, WskConnect, 4);
	EXPECT_SLOT(test, STREAM, WskListen, 5);
	EXPECT_SLOT(test, STREAM, WskSend, 6);
	EXPECT_SLOT(test, STREAM, WskReceive, 7);
	EXPECT_SLOT(test, STREAM, WskDisconnect, 8);
	EXPECT_SLOT(test, STREAM, WskRelease, 9);
	EXPECT_SLOT(test, STREAM, WskGetLocalAddress, 10);
	EXPECT_SLOT(test, STREAM, WskGetRemoteAddress, 11);
	EXPECT_SLOT(test, STREAM, WskConnectEx, 12);
	EXPECT_SLOT(test, STREAM, WskSendEx, 13);
	EXPECT_SLOT(test, STREAM, WskReceiveEx, 14);
	EXPECT_OFFSET(test, WSK_PROVIDER_DISPATCH, Version, 0);
	EXPECT_OFFSET(test, WSK_PROVIDER_DISPATCH, WskSocket, 8);
	EXPECT_OFFSET(test, WSK_PROVIDER_DISPATCH, WskSocketConnect, 16);
	EXPECT_OFFSET(test, WSK_PROVIDER_DISPATCH, WskControlClient, 24);
	EXPECT_OFFSET(test, WSK_PROVIDER_DISPATCH, WskGetAddressInfo, 32);
	EXPECT_OFFSET(test, WSK_PROVIDER_DISPATCH, WskFreeAddressInfo, 40);
	EXPECT_OFFSET(test, WSK_PROVIDER_DISPATCH, WskGetNameInfo, 48);
	/* That C sees the basic slots without a name is shown by the lines above. */
	WSK_RULES(test, "HDR-3 HDR-4 HDR-5 HDR-6 HDR-7 HDR-8 HDR-9 HDR-16");
}

static void client_tables_have_their_members(struct kunit *test)
{
	EXPECT_OFFSET(test, WSK_CLIENT_DISPATCH, Version, 0);
	EXPECT_OFFSET(test, WSK_CLIENT_DISPATCH, Reserved, 2);
	EXPECT_OFFSET(test, WSK_CLIENT_DISPATCH, WskClientEvent, 8);
	EXPECT_OFFSET(test, WSK_CLIENT_LISTEN_DISPATCH, WskAcceptEvent, 0);
	EXPECT_OFFSET(test, WSK_CLIENT_LISTEN_DISPATCH, WskInspectEvent, 8);
	EXPECT_OFFSET(test, WSK_CLIENT_LISTEN_DISPATCH, WskAbortEvent, 16);
	EXPECT_OFFSET(test, WSK_CLIENT_CONNECTION_DISPATCH, WskReceiveEvent, 0);
	EXPECT_OFFSET(test, WSK_CLIENT_CONNECTION_DISPATCH, WskDisconnectEvent, 8);
	EXPECT_OFFSET(test, WSK_CLIENT_CONNECTION_DISPATCH, WskSendBacklogEvent, 16);
	EXPECT_SIZE(test, WSK_CLIENT_DATAGRAM_DISPATCH, 8);
	EXPECT_OFFSET(test, WSK_CLIENT_STREAM_DISPATCH, Listen, 0);
	EXPECT_OFFSET(test, WSK_CLIENT_STREAM_DISPATCH, Connect, 8);
	WSK_RULES(test, "HDR-10");
}

static void wsk_constants_are_windows_numbers(struct kunit *test)
{
	EXPECT_VALUE(test, WSK_INFINITE_WAIT, 0xffffffff);
	EXPECT_VALUE(test, WSK_FLAG_STREAM_SOCKET, 8);
	EXPECT_VALUE(test, WSK_FLAG_NODELAY, 2);
	EXPECT_VALUE(test, WSK_FLAG_WAITALL, 2);
	EXPECT_VALUE(test, WSK_FLAG_DRAIN, 4);
	EXPECT_VALUE(test, WSK_FLAG_AT_DISPATCH_LEVEL, 8);
	EXPECT_VALUE(test, WSK_EVENT_SEND_BACKLOG, 0x10);
	EXPECT_VALUE(test, WSK_EVENT_RECEIVE, 0x40);
	EXPECT_VALUE(test, WSK_EVENT_DISCONNECT, 0x80);
	EXPECT_VALUE(test, WSK_EVENT_RECEIVE_FROM, 0x100);
	EXPECT_VALUE(test, WSK_EVENT_ACCEPT, 0x200);
	EXPECT_VALUE(test, WSK_EVENT_DISABLE, 0x80000000);
	EXPECT_VALUE(test, WSK_TRANSPORT_LIST_QUERY, 2);
	EXPECT_VALUE(test, WSK_SET_STATIC_EVENT_CALLBACKS, 7);
	EXPECT_VALUE(test, WSK_TDI_BEHAVIOR, 8);
	EXPECT_VALUE(test, SO_WSK_SECURITY, 0x4001);
	EXPECT_VALUE(test, SO_WSK_EVENT_CALLBACK, 0x4002);
	EXPECT_VALUE(test, SIO_WSK_SET_REMOTE_ADDRESS, 0x8f000001);
	EXPECT_VALUE(test, SIO_WSK_REGISTER_EXTENSION, 0xcf000002);
	EXPECT_VALUE(test, SIO_WSK_QUERY_IDEAL_SEND_BACKLOG, 0x4f000003);
	EXPECT_VALUE(test, SIO_WSK_QUERY_RECEIVE_BACKLOG, 0x4f000004);
	EXPECT_VALUE(test, SIO_WSK_QUERY_INSPECT_ID, 0x4f000005);
	EXPECT_VALUE(test, SIO_WSK_SET_SENDTO_ADDRESS, 0x8f000006);
	EXPECT_VALUE(test, SIO_WSK_SET_TCP_SILENT_MODE, 0x2f000007);
	EXPECT_VALUE(test, WskInspectReject, 0);
	EXPECT_VALUE(test, WskInspectAccept, 1);
	EXPECT_VALUE(test, WskInspectPend, 2);
	EXPECT_VALUE(test, WskSetOption, 0);
	EXPECT_VALUE(test, WskGetOption, 1);
	EXPECT_VALUE(test, WskIoctl, 2);
	EXPECT_SIZE(test, WSK_INSPECT_ACTION, 4);
	EXPECT_SIZE(test, WSK_CONTROL_SOCKET_TYPE, 4);
	EXPECT_VALUE(test, MAKE_WSK_VERSION(1, 0), 0x0100);
	EXPECT_VALUE(test, MAKE_WSK_VERSION(1, 0x102), 0x0102);
	EXPECT_VALUE(test, WSK_MAJOR_VERSION(0x0102), 1);
	EXPECT_VALUE(test, WSK_MINOR_VERSION(0x0102), 2);
	WSK_RULES(test, "HDR-12 HDR-13");
}

static void winsock_constants_are_windows_numbers_behind_linux(struct kunit *test)
{
	EXPECT_VALUE(test, AF_INET, 2);
	EXPECT_VALUE(test, AF_INET6, 23);
	EXPECT_VALUE(test, AF_HYPERV, 34);
	EXPECT_VALUE(test, SOL_SOCKET, 0xffff);
	EXPECT_VALUE(test, SO_REUSEADDR, 0x0004);
	EXPECT_VALUE(test, SO_KEEPALIVE, 0x0008);
	EXPECT_VALUE(test, SO_BROADCAST, 0x0020);
	EXPECT_VALUE(test, SO_LINGER, 0x0080);
	EXPECT_VALUE(test, SO_EXCLUSIVEADDRUSE, 0xfffffffb);
	EXPECT_VALUE(test, SO_SNDBUF, 0x1001);
	EXPECT_VALUE(test, SO_RCVBUF, 0x1002);
	EXPECT_VALUE(test, SO_ERROR, 0x1007);
	EXPECT_VALUE(test, SO_TYPE, 0x1008);
	EXPECT_VALUE(test, SO_CONDITIONAL_ACCEPT, 0x3002);
	EXPECT_VALUE(test, SO_REUSE_UNICASTPORT, 0x3007);
	EXPECT_VALUE(test, TCP_KEEPALIVE, 3);
	EXPECT_VALUE(test, TCP_FASTOPEN, 15);
	EXPECT_VALUE(test, TCP_KEEPCNT, 16);
	EXPECT_VALUE(test, TCP_KEEPINTVL, 17);
	EXPECT_VALUE(test, IP_OPTIONS, 1);
	EXPECT_VALUE(test, IP_TOS, 3);
	EXPECT_VALUE(test, IP_TTL, 4);
	EXPECT_VALUE(test, IP_MULTICAST_TTL, 10);
	EXPECT_VALUE(test, IP_ADD_MEMBERSHIP, 12);
	EXPECT_VALUE(test, IP_DONTFRAGMENT, 14);
	EXPECT_VALUE(test, IP_PKTINFO, 19);
	EXPECT_VALUE(test, IP_ECN, 50);
	EXPECT_VALUE(test, IP_RECVERR, 75);
	EXPECT_VALUE(test, IPV6_UNICAST_HOPS, 4);
	EXPECT_VALUE(test, IPV6_PKTINFO, 19);
	EXPECT_VALUE(test, IPV6_V6ONLY, 27);
	EXPECT_VALUE(test, IPV6_TCLASS, 39);
	EXPECT_VALUE(test, IPV6_RECVERR, 75);
	EXPECT_VALUE(test, UDP_SEND_MSG_SIZE, 2);
	EXPECT_VALUE(test, UDP_COALESCED_INFO, 3);
	EXPECT_VALUE(test, MSG_TRUNC, 0x0100);
	EXPECT_VALUE(test, MSG_CTRUNC, 0x0200);
	EXPECT_VALUE(test, MSG_ERRQUEUE, 0x1000);
	EXPECT_VALUE(test, IOC_IN, 0x80000000);
	EXPECT_VALUE(test, SIO_ADDRESS_LIST_QUERY, 0x48000016);
	EXPECT_VALUE(test, SIO_ADDRESS_LIST_CHANGE, 0x28000017);
	EXPECT_VALUE(test, SIO_ADDRESS_LIST_SORT, 0xc8000019);
	EXPECT_VALUE(test, SIO_LOOPBACK_FAST_PATH, 0x98000010);
	EXPECT_VALUE(test, SIO_QUERY_RSS_SCALABILITY_INFO, 0x580000d2);
	EXPECT_VALUE(test, SIO_QUERY_WFP_CONNECTION_REDIRECT_RECORDS, 0x980000dc);
	EXPECT_VALUE(test, SIO_SET_WFP_CONNECTION_REDIRECT_RECORDS, 0x980000de);
#ifdef WSK_INVALID_HANDLE
	KUNIT_FAIL(test, "WSK_INVALID_HANDLE exists");
#endif
	WSK_RULES(test, "HDR-11 HDR-20");
}

static void addresses_and_control_data_have_windows_layout(struct kunit *test)
{
	SOCKADDR_IN6 loopback = { .sin6_family = AF_INET6 };
	SOCKADDR_IN four = { .sin_family = AF_INET };

	EXPECT_SIZE(test, SOCKADDR_IN, 16);
	EXPECT_SIZE(test, SOCKADDR_IN6, 28);
	EXPECT_SIZE(test, SOCKADDR_STORAGE, 128);
	EXPECT_SIZE(test, CMSGHDR, 16);
	EXPECT_OFFSET(test, CMSGHDR, cmsg_level, 8);
	EXPECT_OFFSET(test, CMSGHDR, cmsg_type, 12);
	EXPECT_SIZE(test, IN_PKTINFO, 8);
	EXPECT_OFFSET(test, IN_PKTINFO, ipi_ifindex, 4);
	EXPECT_SIZE(test, IN6_PKTINFO, 20);
	EXPECT_SIZE(test, SOCKET_ADDRESS, 16);
	EXPECT_OFFSET(test, ADDRINFOEXW, ai_next, 64);
	EXPECT_VALUE(test, WSA_CMSG_LEN(4), 20);
	EXPECT_VALUE(test, WSA_CMSG_SPACE(4), 24);
	EXPECT_VALUE(test, WSA_CMSG_SPACE(8), 24);
	INETADDR_SETLOOPBACK((PSOCKADDR)&loopback);
	KUNIT_EXPECT_TRUE(test, INETADDR_ISLOOPBACK((PSOCKADDR)&loopback));
	INETADDR_SETLOOPBACK((PSOCKADDR)&four);
	KUNIT_EXPECT_EQ(test, four.sin_addr.S_un.S_addr, htonl(0x7f000001));
	KUNIT_EXPECT_FALSE(test, INETADDR_ISANY((PSOCKADDR)&four));
	WSK_RULES(test, "CMS-2");
}

static struct kunit_case headers_cases[] = {
	KUNIT_CASE(structures_have_windows_layout),
	KUNIT_CASE(provider_tables_have_their_slots),
	KUNIT_CASE(client_tables_have_their_members),
	KUNIT_CASE(wsk_constants_are_windows_numbers),
	KUNIT_CASE(winsock_constants_are_windows_numbers_behind_linux),
	KUNIT_CASE(addresses_and_control_data_have_windows_layout),
	{}
};

static struct kunit_suite headers_suite = {
	.name = "wsk_headers",
	.test_cases = headers_cases,
};

kunit_test_suite(headers_suite);
