// SPDX-License-Identifier: GPL-2.0
/*
 * Winsock Kernel's headers: layouts, slots and numbers are Windows', also in a
 * file that has included Linux' headers first, as this one has. Numbers are constants_kunit.c's.
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

/* What stands behind a type is as large as the type, also where only a pointer to it is used. */
struct whole {
	const char *name;
	size_t size, pointed_at, on_windows;
};
#define WHOLE(type, size) { #type, sizeof(type), sizeof(*(P##type)NULL), size }

/* A size of its own: what follows may leave a hole in which a larger one would not be seen. */
struct member {
	const char *name;
	size_t offset, size, windows_offset, windows_size;
};
#define MEMBER(type, member, offset, size) \
	{ #type "." #member, offsetof(type, member), sizeof_field(type, member), offset, size }

/* Section 1.1 of the contract, structure by structure and member by member. */
static const struct whole structures[] = {
	WHOLE(WSK_SOCKET, 8),
	WHOLE(WSK_PROVIDER_CHARACTERISTICS, 4),
	WHOLE(WSK_TRANSPORT, 28),
	WHOLE(WSK_BUF, 24),
	WHOLE(WSK_BUF_LIST, 32),
	WHOLE(WSK_DATA_INDICATION, 32),
	WHOLE(WSK_DATAGRAM_INDICATION, 56),
	WHOLE(WSK_INSPECT_ID, 16),
	WHOLE(WSK_EVENT_CALLBACK_CONTROL, 16),
	WHOLE(WSK_EXTENSION_CONTROL_IN, 24),
	WHOLE(WSK_EXTENSION_CONTROL_OUT, 16),
	WHOLE(WSK_TDI_MAP, 16),
	WHOLE(WSK_TDI_MAP_INFO, 16),
	WHOLE(WSK_CLIENT_NPI, 16),
	WHOLE(WSK_PROVIDER_NPI, 16),
	WHOLE(WSK_REGISTRATION, 24),
};

static const struct member members[] = {
	MEMBER(WSK_SOCKET, Dispatch, 0, 8),
	MEMBER(WSK_PROVIDER_CHARACTERISTICS, HighestVersion, 0, 2),
	MEMBER(WSK_PROVIDER_CHARACTERISTICS, LowestVersion, 2, 2),
	MEMBER(WSK_TRANSPORT, Version, 0, 2),
	MEMBER(WSK_TRANSPORT, SocketType, 2, 2),
	MEMBER(WSK_TRANSPORT, Protocol, 4, 4),
	MEMBER(WSK_TRANSPORT, AddressFamily, 8, 2),
	MEMBER(WSK_TRANSPORT, ProviderId, 12, 16),
	MEMBER(WSK_BUF, Mdl, 0, 8),
	MEMBER(WSK_BUF, Offset, 8, 4),
	MEMBER(WSK_BUF, Length, 16, 8),
	MEMBER(WSK_BUF_LIST, Next, 0, 8),
	MEMBER(WSK_BUF_LIST, Buffer, 8, 24),
	MEMBER(WSK_DATA_INDICATION, Next, 0, 8),
	MEMBER(WSK_DATA_INDICATION, Buffer, 8, 24),
	MEMBER(WSK_DATAGRAM_INDICATION, Next, 0, 8),
	MEMBER(WSK_DATAGRAM_INDICATION, Buffer, 8, 24),
	MEMBER(WSK_DATAGRAM_INDICATION, ControlInfo, 32, 8),
	MEMBER(WSK_DATAGRAM_INDICATION, ControlInfoLength, 40, 4),
	MEMBER(WSK_DATAGRAM_INDICATION, RemoteAddress, 48, 8),
	MEMBER(WSK_INSPECT_ID, Key, 0, 8),
	MEMBER(WSK_INSPECT_ID, SerialNumber, 8, 4),
	MEMBER(WSK_EVENT_CALLBACK_CONTROL, NpiId, 0, 8),
	MEMBER(WSK_EVENT_CALLBACK_CONTROL, EventMask, 8, 4),
	MEMBER(WSK_EXTENSION_CONTROL_IN, NpiId, 0, 8),
	MEMBER(WSK_EXTENSION_CONTROL_IN, ClientContext, 8, 8),
	MEMBER(WSK_EXTENSION_CONTROL_IN, ClientDispatch, 16, 8),
	MEMBER(WSK_EXTENSION_CONTROL_OUT, ProviderContext, 0, 8),
	MEMBER(WSK_EXTENSION_CONTROL_OUT, ProviderDispatch, 8, 8),
	MEMBER(WSK_TDI_MAP, SocketType, 0, 2),
	MEMBER(WSK_TDI_MAP, AddressFamily, 2, 2),
	MEMBER(WSK_TDI_MAP, Protocol, 4, 4),
	MEMBER(WSK_TDI_MAP, TdiDeviceName, 8, 8),
	MEMBER(WSK_TDI_MAP_INFO, ElementCount, 0, 4),
	MEMBER(WSK_TDI_MAP_INFO, Map, 8, 8),
	MEMBER(WSK_CLIENT_NPI, ClientContext, 0, 8),
	MEMBER(WSK_CLIENT_NPI, Dispatch, 8, 8),
	MEMBER(WSK_PROVIDER_NPI, Client, 0, 8),
	MEMBER(WSK_PROVIDER_NPI, Dispatch, 8, 8),
	MEMBER(WSK_REGISTRATION, ReservedRegistrationState, 0, 8),
	MEMBER(WSK_REGISTRATION, ReservedRegistrationContext, 8, 8),
	MEMBER(WSK_REGISTRATION, ReservedRegistrationLock, 16, 8),
};

static void expect_whole(struct kunit *test, const struct whole *wholes, int count)
{
	const struct whole *w;

	for (w = wholes; w < wholes + count; w++) {
		KUNIT_EXPECT_EQ_MSG(test, w->size, w->on_windows, "%s", w->name);
		KUNIT_EXPECT_EQ_MSG(test, w->pointed_at, w->on_windows, "P%s", w->name);
	}
}

static void expect_members(struct kunit *test, const struct member *all, int count)
{
	const struct member *m;

	for (m = all; m < all + count; m++) {
		KUNIT_EXPECT_EQ_MSG(test, m->offset, m->windows_offset, "%s", m->name);
		KUNIT_EXPECT_EQ_MSG(test, m->size, m->windows_size, "%s", m->name);
	}
}

static void structures_have_windows_layout(struct kunit *test)
{
	expect_whole(test, structures, ARRAY_SIZE(structures));
	expect_members(test, members, ARRAY_SIZE(members));
	EXPECT_SIZE(test, PWSK_CLIENT, 8);
	EXPECT_SIZE(test, KSPIN_LOCK, 8);
	WSK_RULES(test, "HDR-2 HDR-14");
}

static void types_have_windows_sizes(struct kunit *test)
{
	EXPECT_SIZE(test, ULONG, 4);
	EXPECT_SIZE(test, LONG, 4);
	EXPECT_SIZE(test, INT, 4);
	KUNIT_EXPECT_LT(test, (CHAR)-1, (CHAR)0);
	EXPECT_SIZE(test, SIZE_T, sizeof(void *));
	EXPECT_SIZE(test, ULONG_PTR, sizeof(void *));
	WSK_RULES(test, "HDR-17");
}

static const struct whole provider_tables[] = {
	WHOLE(WSK_PROVIDER_BASIC_DISPATCH, 2 * 8),
	WHOLE(WSK_PROVIDER_LISTEN_DISPATCH, 6 * 8),
	WHOLE(WSK_PROVIDER_DATAGRAM_DISPATCH, 8 * 8),
	WHOLE(WSK_PROVIDER_CONNECTION_DISPATCH, 13 * 8),
	WHOLE(WSK_PROVIDER_STREAM_DISPATCH, 15 * 8),
	WHOLE(WSK_PROVIDER_DISPATCH, 56),
};

static const struct member provider_members[] = {
	MEMBER(WSK_PROVIDER_DISPATCH, Version, 0, 2),
	MEMBER(WSK_PROVIDER_DISPATCH, Reserved, 2, 2),
	MEMBER(WSK_PROVIDER_DISPATCH, WskSocket, 8, 8),
	MEMBER(WSK_PROVIDER_DISPATCH, WskSocketConnect, 16, 8),
	MEMBER(WSK_PROVIDER_DISPATCH, WskControlClient, 24, 8),
	MEMBER(WSK_PROVIDER_DISPATCH, WskGetAddressInfo, 32, 8),
	MEMBER(WSK_PROVIDER_DISPATCH, WskFreeAddressInfo, 40, 8),
	MEMBER(WSK_PROVIDER_DISPATCH, WskGetNameInfo, 48, 8),
};

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
	EXPECT_SLOT(test, DATAGRAM, WskControlSocket, 0);
	EXPECT_SLOT(test, DATAGRAM, WskCloseSocket, 1);
	EXPECT_SLOT(test, DATAGRAM, WskBind, 2);
	EXPECT_SLOT(test, DATAGRAM, WskSendTo, 3);
	EXPECT_SLOT(test, DATAGRAM, WskReceiveFrom, 4);
	EXPECT_SLOT(test, DATAGRAM, WskRelease, 5);
	EXPECT_SLOT(test, DATAGRAM, WskGetLocalAddress, 6);
	EXPECT_SLOT(test, DATAGRAM, WskSendMessages, 7);
	EXPECT_SLOT(test, CONNECTION, WskControlSocket, 0);
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
	EXPECT_SLOT(test, STREAM, WskControlSocket, 0);
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
	expect_whole(test, provider_tables, ARRAY_SIZE(provider_tables));
	expect_members(test, provider_members, ARRAY_SIZE(provider_members));
	/*
	 * That C sees the basic slots without a name is shown by the lines above; that C++ has
	 * them as Basic, by the assertions of wsk.h, which no C++ file compiles without.
	 */
	WSK_RULES(test, "HDR-3 HDR-4 HDR-5 HDR-6 HDR-7 HDR-8 HDR-9 HDR-16");
}

static const struct whole client_tables[] = {
	WHOLE(WSK_CLIENT_DISPATCH, 16),
	WHOLE(WSK_CLIENT_LISTEN_DISPATCH, 24),
	WHOLE(WSK_CLIENT_DATAGRAM_DISPATCH, 8),
	WHOLE(WSK_CLIENT_CONNECTION_DISPATCH, 24),
	WHOLE(WSK_CLIENT_STREAM_DISPATCH, 16),
};

static const struct member client_members[] = {
	MEMBER(WSK_CLIENT_DISPATCH, Version, 0, 2),
	MEMBER(WSK_CLIENT_DISPATCH, Reserved, 2, 2),
	MEMBER(WSK_CLIENT_DISPATCH, WskClientEvent, 8, 8),
	MEMBER(WSK_CLIENT_LISTEN_DISPATCH, WskAcceptEvent, 0, 8),
	MEMBER(WSK_CLIENT_LISTEN_DISPATCH, WskInspectEvent, 8, 8),
	MEMBER(WSK_CLIENT_LISTEN_DISPATCH, WskAbortEvent, 16, 8),
	MEMBER(WSK_CLIENT_DATAGRAM_DISPATCH, WskReceiveFromEvent, 0, 8),
	MEMBER(WSK_CLIENT_CONNECTION_DISPATCH, WskReceiveEvent, 0, 8),
	MEMBER(WSK_CLIENT_CONNECTION_DISPATCH, WskDisconnectEvent, 8, 8),
	MEMBER(WSK_CLIENT_CONNECTION_DISPATCH, WskSendBacklogEvent, 16, 8),
	MEMBER(WSK_CLIENT_STREAM_DISPATCH, Listen, 0, 8),
	MEMBER(WSK_CLIENT_STREAM_DISPATCH, Connect, 8, 8),
};

static void client_tables_have_their_members(struct kunit *test)
{
	expect_whole(test, client_tables, ARRAY_SIZE(client_tables));
	expect_members(test, client_members, ARRAY_SIZE(client_members));
	WSK_RULES(test, "HDR-10");
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
	KUNIT_CASE(types_have_windows_sizes),
	KUNIT_CASE(provider_tables_have_their_slots),
	KUNIT_CASE(client_tables_have_their_members),
	KUNIT_CASE(addresses_and_control_data_have_windows_layout),
	{}
};

static struct kunit_suite headers_suite = {
	.name = "wsk_headers",
	.test_cases = headers_cases,
};

kunit_test_suite(headers_suite);
