// SPDX-License-Identifier: GPL-2.0
/*
 * The numbers of Winsock Kernel and Winsock are Windows', also in a file that has included Linux'
 * headers first, as this one has: section 1.5 of the contract, line by line.
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

struct value {
	const char *name;
	unsigned int here;
	unsigned int on_windows;
};
#define VALUE(name, value) { #name, (unsigned int)(name), value }

static const struct value of_wsk[] = {
	VALUE(WSK_NO_WAIT, 0),
	VALUE(WSK_INFINITE_WAIT, 0xffffffff),
	VALUE(WSK_FLAG_BASIC_SOCKET, 0),
	VALUE(WSK_FLAG_LISTEN_SOCKET, 1),
	VALUE(WSK_FLAG_CONNECTION_SOCKET, 2),
	VALUE(WSK_FLAG_DATAGRAM_SOCKET, 4),
	VALUE(WSK_FLAG_STREAM_SOCKET, 8),
	VALUE(WSK_FLAG_ABORTIVE, 1),
	VALUE(WSK_FLAG_OOB, 1),
	VALUE(WSK_FLAG_NODELAY, 2),
	VALUE(WSK_FLAG_WAITALL, 2),
	VALUE(WSK_FLAG_DRAIN, 4),
	VALUE(WSK_FLAG_RELEASE_ASAP, 2),
	VALUE(WSK_FLAG_ENTIRE_MESSAGE, 4),
	VALUE(WSK_FLAG_AT_DISPATCH_LEVEL, 8),
	VALUE(WSK_EVENT_SEND_BACKLOG, 0x10),
	VALUE(WSK_EVENT_RECEIVE, 0x40),
	VALUE(WSK_EVENT_DISCONNECT, 0x80),
	VALUE(WSK_EVENT_RECEIVE_FROM, 0x100),
	VALUE(WSK_EVENT_ACCEPT, 0x200),
	VALUE(WSK_EVENT_DISABLE, 0x80000000),
	VALUE(WSK_TRANSPORT_LIST_QUERY, 2),
	VALUE(WSK_TRANSPORT_LIST_CHANGE, 3),
	VALUE(WSK_CACHE_SD, 4),
	VALUE(WSK_RELEASE_SD, 5),
	VALUE(WSK_TDI_DEVICENAME_MAPPING, 6),
	VALUE(WSK_SET_STATIC_EVENT_CALLBACKS, 7),
	VALUE(WSK_TDI_BEHAVIOR, 8),
	VALUE(WSK_TDI_BEHAVIOR_BYPASS_TDI, 1),
	VALUE(WSK_SO_BASE, 0x4000),
	VALUE(SO_WSK_SECURITY, 0x4001),
	VALUE(SO_WSK_EVENT_CALLBACK, 0x4002),
	VALUE(IOC_WSK, 0x0f000000),
	VALUE(SIO_WSK_SET_REMOTE_ADDRESS, 0x8f000001),
	VALUE(SIO_WSK_REGISTER_EXTENSION, 0xcf000002),
	VALUE(SIO_WSK_QUERY_IDEAL_SEND_BACKLOG, 0x4f000003),
	VALUE(SIO_WSK_QUERY_RECEIVE_BACKLOG, 0x4f000004),
	VALUE(SIO_WSK_QUERY_INSPECT_ID, 0x4f000005),
	VALUE(SIO_WSK_SET_SENDTO_ADDRESS, 0x8f000006),
	VALUE(SIO_WSK_SET_TCP_SILENT_MODE, 0x2f000007),
};

static const struct value of_winsock[] = {
	VALUE(SIO_ADDRESS_LIST_QUERY, 0x48000016),
	VALUE(SIO_ADDRESS_LIST_CHANGE, 0x28000017),
	VALUE(SIO_ADDRESS_LIST_SORT, 0xc8000019),
	VALUE(SIO_LOOPBACK_FAST_PATH, 0x98000010),
	VALUE(SIO_QUERY_RSS_SCALABILITY_INFO, 0x580000d2),
	VALUE(SIO_QUERY_WFP_CONNECTION_REDIRECT_RECORDS, 0x980000dc),
	VALUE(SIO_QUERY_WFP_CONNECTION_REDIRECT_CONTEXT, 0x980000dd),
	VALUE(SIO_SET_WFP_CONNECTION_REDIRECT_RECORDS, 0x980000de),
	VALUE(IOC_VOID, 0x20000000),
	VALUE(IOC_OUT, 0x40000000),
	VALUE(IOC_IN, 0x80000000),
	VALUE(IOC_VENDOR, 0x18000000),
	VALUE(IOC_WS2, 0x08000000),
	VALUE(AF_UNSPEC, 0),
	VALUE(AF_INET, 2),
	VALUE(AF_INET6, 23),
	VALUE(AF_HYPERV, 34),
	VALUE(SOCK_STREAM, 1),
	VALUE(SOCK_DGRAM, 2),
	VALUE(SOCK_RAW, 3),
	VALUE(SOL_SOCKET, 0xffff),
	VALUE(IPPROTO_IP, 0),
	VALUE(IPPROTO_ICMP, 1),
	VALUE(IPPROTO_TCP, 6),
	VALUE(IPPROTO_UDP, 17),
	VALUE(IPPROTO_IPV6, 41),
	VALUE(IPPROTO_ICMPV6, 58),
	VALUE(IPPROTO_RAW, 255),
	VALUE(SO_REUSEADDR, 0x0004),
	VALUE(SO_KEEPALIVE, 0x0008),
	VALUE(SO_BROADCAST, 0x0020),
	VALUE(SO_LINGER, 0x0080),
	VALUE(SO_EXCLUSIVEADDRUSE, 0xfffffffb),
	VALUE(SO_SNDBUF, 0x1001),
	VALUE(SO_RCVBUF, 0x1002),
	VALUE(SO_ERROR, 0x1007),
	VALUE(SO_TYPE, 0x1008),
	VALUE(SO_CONDITIONAL_ACCEPT, 0x3002),
	VALUE(SO_PAUSE_ACCEPT, 0x3003),
	VALUE(SO_RANDOMIZE_PORT, 0x3005),
	VALUE(SO_PORT_SCALABILITY, 0x3006),
	VALUE(SO_REUSE_UNICASTPORT, 0x3007),
	VALUE(TCP_NODELAY, 1),
	VALUE(TCP_KEEPALIVE, 3),
	VALUE(TCP_FASTOPEN, 15),
	VALUE(TCP_KEEPCNT, 16),
	VALUE(TCP_KEEPINTVL, 17),
	VALUE(IP_OPTIONS, 1),
	VALUE(IP_HDRINCL, 2),
	VALUE(IP_TOS, 3),
	VALUE(IP_TTL, 4),
	VALUE(IP_MULTICAST_IF, 9),
	VALUE(IP_MULTICAST_TTL, 10),
	VALUE(IP_MULTICAST_LOOP, 11),
	VALUE(IP_ADD_MEMBERSHIP, 12),
	VALUE(IP_DROP_MEMBERSHIP, 13),
	VALUE(IP_DONTFRAGMENT, 14),
	VALUE(IP_PKTINFO, 19),
	VALUE(IP_RECVTTL, 21),
	VALUE(IP_HOPLIMIT, 21),
	VALUE(IP_UNICAST_IF, 31),
	VALUE(IP_RTHDR, 32),
	VALUE(IP_TCLASS, 39),
	VALUE(IP_RECVTOS, 40),
	VALUE(IP_ECN, 50),
	VALUE(IP_PKTINFO_EX, 51),
	VALUE(IP_MTU_DISCOVER, 71),
	VALUE(IP_MTU, 73),
	VALUE(IP_RECVERR, 75),
	VALUE(IP_USER_MTU, 76),
	VALUE(IPV6_UNICAST_HOPS, 4),
	VALUE(IPV6_DONTFRAG, 14),
	VALUE(IPV6_PKTINFO, 19),
	VALUE(IPV6_HOPLIMIT, 21),
	VALUE(IPV6_V6ONLY, 27),
	VALUE(IPV6_UNICAST_IF, 31),
	VALUE(IPV6_RTHDR, 32),
	VALUE(IPV6_TCLASS, 39),
	VALUE(IPV6_RECVTCLASS, 40),
	VALUE(IPV6_ECN, 50),
	VALUE(IPV6_RECVERR, 75),
	VALUE(UDP_SEND_MSG_SIZE, 2),
	VALUE(UDP_RECV_MAX_COALESCED_SIZE, 3),
	VALUE(UDP_COALESCED_INFO, 3),
	VALUE(MSG_TRUNC, 0x0100),
	VALUE(MSG_CTRUNC, 0x0200),
	VALUE(MSG_BCAST, 0x0400),
	VALUE(MSG_MCAST, 0x0800),
	VALUE(MSG_ERRQUEUE, 0x1000),
	VALUE(AI_PASSIVE, 1),
	VALUE(AI_CANONNAME, 2),
	VALUE(AI_NUMERICHOST, 4),
	VALUE(AI_NUMERICSERV, 8),
	VALUE(NI_NOFQDN, 1),
	VALUE(NI_NUMERICHOST, 2),
	VALUE(NI_NAMEREQD, 4),
	VALUE(NI_NUMERICSERV, 8),
	VALUE(NI_DGRAM, 0x10),
	VALUE(NS_ALL, 0),
	VALUE(NS_DNS, 12),
};

static const struct value of_enums[] = {
	VALUE(WskInspectReject, 0),
	VALUE(WskInspectAccept, 1),
	VALUE(WskInspectPend, 2),
	VALUE(WskInspectMax, 3),
	VALUE(WskSetOption, 0),
	VALUE(WskGetOption, 1),
	VALUE(WskIoctl, 2),
	VALUE(WskControlMax, 3),
};

static void expect_values(struct kunit *test, const struct value *values, int count)
{
	int i;

	for (i = 0; i < count; i++)
		KUNIT_EXPECT_EQ_MSG(test, values[i].here, values[i].on_windows, "%s",
				    values[i].name);
}

static void constants_are_windows_numbers(struct kunit *test)
{
	expect_values(test, of_wsk, ARRAY_SIZE(of_wsk));
	expect_values(test, of_winsock, ARRAY_SIZE(of_winsock));
	WSK_RULES(test, "HDR-11");
}

static void enums_are_windows_numbers_in_four_bytes(struct kunit *test)
{
	expect_values(test, of_enums, ARRAY_SIZE(of_enums));
	KUNIT_EXPECT_EQ(test, sizeof(WSK_INSPECT_ACTION), 4UL);
	KUNIT_EXPECT_EQ(test, sizeof(WSK_CONTROL_SOCKET_TYPE), 4UL);
	WSK_RULES(test, "HDR-12");
}

static void versions_are_made_of_two_bytes(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, MAKE_WSK_VERSION(1, 0), 0x0100);
	KUNIT_EXPECT_EQ(test, MAKE_WSK_VERSION(1, 0x102), 0x0102);
	KUNIT_EXPECT_EQ(test, WSK_MAJOR_VERSION(0x0102), 1);
	KUNIT_EXPECT_EQ(test, WSK_MINOR_VERSION(0x0102), 2);
	WSK_RULES(test, "HDR-13");
}

/* {2227E803-8D8B-11D4-ABAD-009027719E09}, byte by byte as it lies in memory. */
static void interface_has_windows_guid(struct kunit *test)
{
	static const UCHAR bytes[16] = {
		0x03, 0xe8, 0x27, 0x22, 0x8b, 0x8d, 0xd4, 0x11,
		0xab, 0xad, 0x00, 0x90, 0x27, 0x71, 0x9e, 0x09,
	};

	KUNIT_EXPECT_EQ(test, sizeof(NPI_WSK_INTERFACE_ID), sizeof(bytes));
	KUNIT_EXPECT_EQ(test, memcmp(&NPI_WSK_INTERFACE_ID, bytes, sizeof(bytes)), 0);
	WSK_RULES(test, "HDR-15");
}

/* A macro, a constant, a type or an object of that name in any header would not let this one be. */
enum { WSK_INVALID_HANDLE = 0x5753 };

static void what_no_header_has_does_not_exist(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, (int)WSK_INVALID_HANDLE, 0x5753);
	WSK_RULES(test, "HDR-20");
}

static struct kunit_case constants_cases[] = {
	KUNIT_CASE(constants_are_windows_numbers),
	KUNIT_CASE(enums_are_windows_numbers_in_four_bytes),
	KUNIT_CASE(versions_are_made_of_two_bytes),
	KUNIT_CASE(interface_has_windows_guid),
	KUNIT_CASE(what_no_header_has_does_not_exist),
	{}
};

static struct kunit_suite constants_suite = {
	.name = "wsk_constants",
	.test_cases = constants_cases,
};

kunit_test_suite(constants_suite);
