// SPDX-License-Identifier: GPL-2.0
/* IPv4 and IPv6 addresses, text and back. */
#include "rules.h"
#include <ntddk.h>
#include <ip2string.h>

/* INET_ADDRSTRLEN and INET6_ADDRSTRLEN of Windows; Linux has others of these names. */
#define V4_TEXT_MAX 22
#define V6_TEXT_MAX 65

static USHORT net(unsigned int port)
{
	return RtlUshortByteSwap(port);
}

static void widen(WCHAR *out, const char *text)
{
	while ((*out++ = (UCHAR)*text++))
		;
}

static void narrow(char *out, const WCHAR *text)
{
	while ((*out++ = (char)*text++))
		;
}

struct v4_row {
	const char *text;
	BOOLEAN strict;
	const char *want;	/* NULL: no address */
	int used;
};

static void expect_v4(struct kunit *test, const struct v4_row *row)
{
	WCHAR wide[64], wide_back[16];
	char back[16] = "", back_w[16] = "";
	IN_ADDR a, w;
	LPCWSTR end_w;
	PCSTR end;
	NTSTATUS status = RtlIpv4StringToAddressA(row->text, row->strict, &end, &a);

	widen(wide, row->text);
	KUNIT_EXPECT_EQ_MSG(test, status, row->want ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER,
			    "text '%s'", row->text);
	KUNIT_EXPECT_EQ(test, RtlIpv4StringToAddressW(wide, row->strict, &end_w, &w), status);
	if (status || !row->want)
		return;
	KUNIT_EXPECT_EQ_MSG(test, (int)(end - row->text), row->used, "text '%s'", row->text);
	KUNIT_EXPECT_EQ(test, (int)(end_w - wide), row->used);
	KUNIT_EXPECT_PTR_EQ(test, RtlIpv4AddressToStringA(&a, back), back + strlen(row->want));
	KUNIT_EXPECT_STREQ(test, back, row->want);
	KUNIT_EXPECT_PTR_EQ(test, RtlIpv4AddressToStringW(&w, wide_back),
			    wide_back + strlen(row->want));
	narrow(back_w, wide_back);
	KUNIT_EXPECT_STREQ(test, back_w, row->want);
}

static void strict_ipv4_is_four_decimal_parts(struct kunit *test)
{
	static const struct v4_row rows[] = {
		{ "1.2.3.4", TRUE, "1.2.3.4", 7 },
		{ "0.0.0.0", TRUE, "0.0.0.0", 7 },
		{ "255.255.255.255x", TRUE, "255.255.255.255", 15 },
		{ "10.0.0.1:80", TRUE, "10.0.0.1", 8 },
		{ "256.1.1.1", TRUE, NULL },
		{ "1.2.3", TRUE, NULL },
		{ "1", TRUE, NULL },
		{ "1.2.3.4.5", TRUE, NULL },
		{ "1.2.3.4.", TRUE, NULL },
		{ "1..3.4", TRUE, NULL },
		{ "01.2.3.4", TRUE, NULL },
		{ "0x1.2.3.4", TRUE, NULL },
		{ " 1.2.3.4", TRUE, NULL },
		{ "a.b.c.d", TRUE, NULL },
		{ "", TRUE, NULL },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		expect_v4(test, &rows[i]);
	WSK_RULES(test, "RtlIpv4StringToAddress RtlIpv4AddressToString");
}

static void loose_ipv4_takes_one_to_four_parts_in_three_bases(struct kunit *test)
{
	static const struct v4_row rows[] = {
		{ "1.2.3.4", FALSE, "1.2.3.4", 7 },
		{ "1.2.3", FALSE, "1.2.0.3", 5 },
		{ "1.2", FALSE, "1.0.0.2", 3 },
		{ "1", FALSE, "0.0.0.1", 1 },
		{ "0", FALSE, "0.0.0.0", 1 },
		{ "0x7f000001", FALSE, "127.0.0.1", 10 },
		{ "0X7F.1", FALSE, "127.0.0.1", 6 },
		{ "0177.1", FALSE, "127.0.0.1", 6 },
		{ "4294967295", FALSE, "255.255.255.255", 10 },
		{ "1.16777215", FALSE, "1.255.255.255", 10 },
		{ "1.2.65535", FALSE, "1.2.255.255", 9 },
		{ "1.2.3.4 ", FALSE, "1.2.3.4", 7 },
		{ "4294967296", FALSE, NULL },
		{ "99999999999999999999", FALSE, NULL },
		{ "1.16777216", FALSE, NULL },
		{ "1.2.65536", FALSE, NULL },
		{ "256.1", FALSE, NULL },
		{ "08.1.1.1", FALSE, NULL },
		{ "0x", FALSE, NULL },
		{ "1.2.", FALSE, NULL },
		{ "1.2.3.4.5", FALSE, NULL },
		{ "", FALSE, NULL },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		expect_v4(test, &rows[i]);
	WSK_RULES(test, "RtlIpv4StringToAddress");
}

static void ipv4_with_port_takes_the_whole_text(struct kunit *test)
{
	static const struct {
		const char *text;
		BOOLEAN strict;
		const char *want;
		int port;
	} rows[] = {
		{ "1.2.3.4:80", TRUE, "1.2.3.4", 80 },
		{ "1.2.3.4", TRUE, "1.2.3.4", 0 },
		{ "1.2.3.4:65535", TRUE, "1.2.3.4", 65535 },
		{ "127.1:0x50", FALSE, "127.0.0.1", 80 },
		{ "1.2.3.4:", TRUE, NULL },
		{ "1.2.3.4:65536", TRUE, NULL },
		{ "1.2.3.4:80x", TRUE, NULL },
		{ "1.2.3.4:-1", TRUE, NULL },
		{ "1.2.3.4 ", TRUE, NULL },
		{ "127.1:80", TRUE, NULL },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		char back[16];
		WCHAR wide[32];
		IN_ADDR a = {}, w = {};
		USHORT port = 0x5555, port_w = 0x5555;
		NTSTATUS want = rows[i].want ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;

		widen(wide, rows[i].text);
		KUNIT_EXPECT_EQ_MSG(test, RtlIpv4StringToAddressExA(rows[i].text, rows[i].strict,
								    &a, &port),
				    want, "text '%s'", rows[i].text);
		KUNIT_EXPECT_EQ(test, RtlIpv4StringToAddressExW(wide, rows[i].strict, &w, &port_w),
				want);
		KUNIT_EXPECT_EQ(test, port, rows[i].want ? net(rows[i].port) : 0x5555);
		KUNIT_EXPECT_EQ(test, port, port_w);
		if (!rows[i].want)
			continue;
		RtlIpv4AddressToStringA(&a, back);
		KUNIT_EXPECT_STREQ(test, back, rows[i].want);
		KUNIT_EXPECT_EQ(test, 0, memcmp(&a, &w, sizeof(a)));
	}
	WSK_RULES(test, "RtlIpv4StringToAddressEx");
}

static void ipv4_text_with_port_says_its_length(struct kunit *test)
{
	static const UCHAR bytes[4] = { 127, 0, 0, 1 };
	const IN_ADDR *a = (const IN_ADDR *)bytes;
	char text[V4_TEXT_MAX];
	WCHAR wide[V4_TEXT_MAX];
	ULONG length = sizeof(text);

	KUNIT_EXPECT_EQ(test, RtlIpv4AddressToStringExA(a, net(8080), text, &length),
			STATUS_SUCCESS);
	KUNIT_EXPECT_STREQ(test, text, "127.0.0.1:8080");
	KUNIT_EXPECT_EQ(test, length, 15);
	KUNIT_EXPECT_EQ(test, RtlIpv4AddressToStringExW(a, net(8080), wide, &length),
			STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, wide[13], '0');
	KUNIT_EXPECT_EQ(test, wide[14], 0);
	length = 14;
	memset(text, '#', sizeof(text));
	KUNIT_EXPECT_EQ(test, RtlIpv4AddressToStringExA(a, net(8080), text, &length),
			STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, length, 15);
	KUNIT_EXPECT_EQ(test, text[0], '#');
	length = 10;
	KUNIT_EXPECT_EQ(test, RtlIpv4AddressToStringExA(a, 0, text, &length), STATUS_SUCCESS);
	KUNIT_EXPECT_STREQ(test, text, "127.0.0.1");
	KUNIT_EXPECT_EQ(test, RtlIpv4AddressToStringExA(a, 0, NULL, &length),
			STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, RtlIpv4AddressToStringExA(a, 0, text, NULL),
			STATUS_INVALID_PARAMETER);
	WSK_RULES(test, "RtlIpv4AddressToStringEx");
}

struct v6_row {
	const char *text;
	const char *want;	/* NULL: no address */
	int used;
};

static void expect_v6(struct kunit *test, const struct v6_row *row)
{
	WCHAR wide[80], wide_back[46];
	char back[46] = "", back_w[46] = "";
	IN6_ADDR a, w;
	PCWSTR end_w;
	PCSTR end;
	NTSTATUS status = RtlIpv6StringToAddressA(row->text, &end, &a);

	widen(wide, row->text);
	KUNIT_EXPECT_EQ_MSG(test, status, row->want ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER,
			    "text '%s'", row->text);
	KUNIT_EXPECT_EQ(test, RtlIpv6StringToAddressW(wide, &end_w, &w), status);
	if (status || !row->want)
		return;
	KUNIT_EXPECT_EQ_MSG(test, (int)(end - row->text), row->used, "text '%s'", row->text);
	KUNIT_EXPECT_EQ(test, (int)(end_w - wide), row->used);
	KUNIT_EXPECT_PTR_EQ(test, RtlIpv6AddressToStringA(&a, back), back + strlen(row->want));
	KUNIT_EXPECT_STREQ(test, back, row->want);
	KUNIT_EXPECT_PTR_EQ(test, RtlIpv6AddressToStringW(&w, wide_back),
			    wide_back + strlen(row->want));
	narrow(back_w, wide_back);
	KUNIT_EXPECT_STREQ(test, back_w, row->want);
}

static void ipv6_text_is_read_and_written_compressed(struct kunit *test)
{
	static const struct v6_row rows[] = {
		{ "::", "::", 2 },
		{ "::1", "::1", 3 },
		{ "1::", "1::", 3 },
		{ "fe80::1%4", "fe80::1", 7 },
		{ "::1]", "::1", 3 },
		{ "2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1", 20 },
		{ "0:0:1:0:0:0:1:1", "0:0:1::1:1", 15 },
		{ "0:0:0:1::", "0:0:0:1::", 9 },
		{ "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", 15 },
		{ "1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8", 15 },
		{ "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0", 15 },
		{ "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8", 15 },
		{ "0001:0020:0300:4000::", "1:20:300:4000::", 21 },
		{ "1:2:3:4:5:6:7::8", NULL },
		{ "1:2:3:4:5:6:7:8:9", NULL },
		{ "1:2:3", NULL },
		{ "1::2::3", NULL },
		{ ":::", NULL },
		{ ":1", NULL },
		{ "1:", NULL },
		{ "12345::", NULL },
		{ "00001::", NULL },
		{ "g::", NULL },
		{ "", NULL },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		expect_v6(test, &rows[i]);
	WSK_RULES(test, "RtlIpv6StringToAddress RtlIpv6AddressToString");
}

static void ipv6_that_carries_ipv4_is_dotted(struct kunit *test)
{
	static const struct v6_row rows[] = {
		{ "::1.2.3.4", "::1.2.3.4", 9 },
		{ "::ffff:1.2.3.4", "::ffff:1.2.3.4", 14 },
		{ "::ffff:102:304", "::ffff:1.2.3.4", 14 },
		{ "::ffff:0.0.0.1", "::ffff:0.0.0.1", 14 },
		{ "::ffff:0:1.2.3.4", "::ffff:0:1.2.3.4", 16 },
		{ "fe80::5efe:1.2.3.4", "fe80::5efe:1.2.3.4", 18 },
		{ "2001:db8::200:5efe:1.2.3.4", "2001:db8::200:5efe:1.2.3.4", 26 },
		{ "1:2:3:4:0:5efe:1.2.3.4", "1:2:3:4:0:5efe:1.2.3.4", 22 },
		{ "64:ff9b::1.2.3.4", "64:ff9b::102:304", 16 },
		{ "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304", 19 },
		{ "::2", "::2", 3 },
		{ "::1:2", "::0.1.0.2", 5 },
		{ "::1.2.3", NULL },
		{ "::1.2.3.256", NULL },
		{ "::1.2.3.4.5", NULL },
		{ "1:2:3:4:5:6:7:1.2.3.4", NULL },
		{ "1.2.3.4", NULL },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		expect_v6(test, &rows[i]);
	WSK_RULES(test, "RtlIpv6StringToAddress RtlIpv6AddressToString");
}

static void ipv6_with_scope_and_port_comes_back_the_same(struct kunit *test)
{
	static const struct {
		const char *text;
		const char *want;
		ULONG scope;
		int port;
	} rows[] = {
		{ "::1", "::1", 0, 0 },
		{ "[::1]", "::1", 0, 0 },
		{ "[::1]:80", "[::1]:80", 0, 80 },
		{ "fe80::1%4", "fe80::1%4", 4, 0 },
		{ "[fe80::1%4]:65535", "[fe80::1%4]:65535", 4, 65535 },
		{ "::1%4294967295", "::1%4294967295", 4294967295U, 0 },
		{ "[1111:2222:3333:4444:0:5efe:123.123.123.123%4294967295]:65535",
		  "[1111:2222:3333:4444:0:5efe:123.123.123.123%4294967295]:65535",
		  4294967295U, 65535 },
		{ "[::1", NULL },
		{ "::1]", NULL },
		{ "[::1]80", NULL },
		{ "[::1]:", NULL },
		{ "[::1]:65536", NULL },
		{ "[::1]:80 ", NULL },
		{ "::1%", NULL },
		{ "::1%4294967296", NULL },
		{ "::1%eth0", NULL },
		{ "", NULL },
		{ "[", NULL },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *text = rows[i].text, *want = rows[i].want;
		NTSTATUS status = want ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
		ULONG scope = 0x5555, scope_w = 0x5555, length = V6_TEXT_MAX;
		USHORT port = 0x5555, port_w = 0x5555;
		char back[V6_TEXT_MAX];
		IN6_ADDR a, w;
		WCHAR wide[80];

		widen(wide, text);
		KUNIT_EXPECT_EQ_MSG(test, RtlIpv6StringToAddressExA(text, &a, &scope, &port),
				    status, "text '%s'", text);
		KUNIT_EXPECT_EQ(test, RtlIpv6StringToAddressExW(wide, &w, &scope_w, &port_w),
				status);
		KUNIT_EXPECT_EQ(test, scope, want ? rows[i].scope : 0x5555);
		KUNIT_EXPECT_EQ(test, port, want ? net(rows[i].port) : 0x5555);
		KUNIT_EXPECT_TRUE(test, scope == scope_w && port == port_w);
		if (!want)
			continue;
		KUNIT_EXPECT_EQ(test, 0, memcmp(&a, &w, sizeof(a)));
		KUNIT_EXPECT_EQ(test, RtlIpv6AddressToStringExA(&a, scope, port, back, &length),
				STATUS_SUCCESS);
		KUNIT_EXPECT_STREQ(test, back, want);
		KUNIT_EXPECT_EQ(test, length, (ULONG)strlen(want) + 1);
		length--;
		KUNIT_EXPECT_EQ(test, RtlIpv6AddressToStringExA(&a, scope, port, back, &length),
				STATUS_INVALID_PARAMETER);
		KUNIT_EXPECT_EQ(test, length, (ULONG)strlen(want) + 1);
		KUNIT_EXPECT_EQ(test, RtlIpv6AddressToStringExW(&w, scope, port, wide, &length),
				STATUS_SUCCESS);
		narrow(back, wide);
		KUNIT_EXPECT_STREQ(test, back, want);
	}
	WSK_RULES(test, "RtlIpv6StringToAddressEx RtlIpv6AddressToStringEx");
}

static struct kunit_case ip2string_cases[] = {
	KUNIT_CASE(strict_ipv4_is_four_decimal_parts),
	KUNIT_CASE(loose_ipv4_takes_one_to_four_parts_in_three_bases),
	KUNIT_CASE(ipv4_with_port_takes_the_whole_text),
	KUNIT_CASE(ipv4_text_with_port_says_its_length),
	KUNIT_CASE(ipv6_text_is_read_and_written_compressed),
	KUNIT_CASE(ipv6_that_carries_ipv4_is_dotted),
	KUNIT_CASE(ipv6_with_scope_and_port_comes_back_the_same),
	{}
};

static struct kunit_suite ip2string_suite = {
	.name = "nt-ip2string",
	.test_cases = ip2string_cases,
};

kunit_test_suite(ip2string_suite);
