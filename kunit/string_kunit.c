// SPDX-License-Identifier: GPL-2.0
/* Counted strings: setting up, copying, comparing, appending, converting, numbers. */
#include "rules.h"
#include <ntddk.h>

#define CHARS(n) ((USHORT)((n) * sizeof(WCHAR)))

static void expect_wide(struct kunit *test, PCUNICODE_STRING got, const WCHAR *want)
{
	UNICODE_STRING expected;

	RtlInitUnicodeString(&expected, want);
	KUNIT_EXPECT_EQ(test, got->Length, expected.Length);
	if (got->Length == expected.Length && got->Length)
		KUNIT_EXPECT_EQ(test, 0, memcmp(got->Buffer, want, got->Length));
}

static void init_counts_bytes_and_includes_the_nul(struct kunit *test)
{
	UNICODE_STRING u;
	ANSI_STRING a;
	STRING s;

	RtlInitUnicodeString(&u, L"abc");
	KUNIT_EXPECT_EQ(test, u.Length, 6);
	KUNIT_EXPECT_EQ(test, u.MaximumLength, 8);
	RtlInitUnicodeString(&u, L"");
	KUNIT_EXPECT_EQ(test, u.Length, 0);
	KUNIT_EXPECT_EQ(test, u.MaximumLength, 2);
	RtlInitUnicodeString(&u, NULL);
	KUNIT_EXPECT_TRUE(test, u.Length == 0 && u.MaximumLength == 0 && u.Buffer == NULL);
	RtlInitAnsiString(&a, "abc");
	KUNIT_EXPECT_EQ(test, a.Length, 3);
	KUNIT_EXPECT_EQ(test, a.MaximumLength, 4);
	RtlInitString(&s, NULL);
	KUNIT_EXPECT_TRUE(test, s.Length == 0 && s.MaximumLength == 0 && s.Buffer == NULL);
	WSK_RULES(test, "RtlInitUnicodeString RtlInitAnsiString RtlInitString");
}

static void text_too_long_for_16_bits_is_cut_or_refused(struct kunit *test)
{
	const int units = 40000;
	PWCHAR wide = kunit_kzalloc(test, (units + 1) * sizeof(WCHAR), GFP_KERNEL);
	UNICODE_STRING u;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, wide);
	for (i = 0; i < units; i++)
		wide[i] = 'x';
	RtlInitUnicodeString(&u, wide);
	KUNIT_EXPECT_EQ(test, u.Length, 0xfffc);
	KUNIT_EXPECT_EQ(test, u.MaximumLength, 0xfffe);
	KUNIT_EXPECT_EQ(test, RtlInitUnicodeStringEx(&u, wide), STATUS_NAME_TOO_LONG);
	KUNIT_EXPECT_NULL(test, u.Buffer);
	wide[0xfffc / sizeof(WCHAR)] = 0;
	KUNIT_EXPECT_EQ(test, RtlInitUnicodeStringEx(&u, wide), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, u.Length, 0xfffc);
	WSK_RULES(test, "RtlInitUnicodeString RtlInitUnicodeStringEx");
}

static void copy_takes_what_fits(struct kunit *test)
{
	static const struct {
		USHORT room, length;
		BOOLEAN nul;
	} rows[] = {
		{ 0, 0, FALSE }, { 1, 0, FALSE }, { 2, 2, FALSE }, { 7, 6, FALSE },
		{ 12, 12, FALSE }, { 13, 12, FALSE }, { 14, 12, TRUE }, { 16, 12, TRUE },
	};
	WCHAR buffer[8];
	UNICODE_STRING from, to = { 0, 0, buffer };
	int i;

	RtlInitUnicodeString(&from, L"abcdef");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		memset(buffer, 0xff, sizeof(buffer));
		to.MaximumLength = rows[i].room;
		RtlCopyUnicodeString(&to, &from);
		KUNIT_EXPECT_EQ_MSG(test, to.Length, rows[i].length, "room %u", rows[i].room);
		KUNIT_EXPECT_EQ(test, 0, memcmp(buffer, from.Buffer, to.Length));
		KUNIT_EXPECT_EQ(test, buffer[rows[i].length / 2], rows[i].nul ? 0 : 0xffff);
	}
	RtlCopyUnicodeString(&to, NULL);
	KUNIT_EXPECT_EQ(test, to.Length, 0);
	KUNIT_EXPECT_EQ(test, buffer[0], 'a');
	from.Length = 0;
	RtlCopyUnicodeString(&to, &from);
	KUNIT_EXPECT_EQ(test, to.Length, 0);
	KUNIT_EXPECT_EQ(test, buffer[0], 0);
	WSK_RULES(test, "RtlCopyUnicodeString");
}

static void comparison_orders_and_folds_case(struct kunit *test)
{
	static const struct {
		const WCHAR *a, *b;
		BOOLEAN fold;
		int sign;
	} rows[] = {
		{ L"abc", L"abc", FALSE, 0 },
		{ L"abc", L"abd", FALSE, -1 },
		{ L"abd", L"abc", FALSE, 1 },
		{ L"ab", L"abc", FALSE, -1 },
		{ L"abc", L"ab", FALSE, 1 },
		{ L"", L"", FALSE, 0 },
		{ L"abc", L"ABC", FALSE, 1 },
		{ L"abc", L"ABC", TRUE, 0 },
		{ L"\x00e9", L"\x00c9", TRUE, 0 },
		{ L"\x00ff", L"\x0178", TRUE, 0 },
		{ L"\x00f7", L"\x00d7", TRUE, 1 },
		{ L"[", L"{", TRUE, -1 },
		{ L"\xffff", L"a", FALSE, 1 },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		UNICODE_STRING a, b;
		LONG order;

		RtlInitUnicodeString(&a, rows[i].a);
		RtlInitUnicodeString(&b, rows[i].b);
		order = RtlCompareUnicodeString(&a, &b, rows[i].fold);
		KUNIT_EXPECT_EQ_MSG(test, (order > 0) - (order < 0), rows[i].sign, "row %d", i);
		KUNIT_EXPECT_EQ(test, RtlEqualUnicodeString(&a, &b, rows[i].fold),
				rows[i].sign == 0);
	}
	WSK_RULES(test, "RtlCompareUnicodeString RtlEqualUnicodeString");
}

static void prefix_and_narrow_comparison(struct kunit *test)
{
	UNICODE_STRING prefix, text;
	STRING a, b;

	RtlInitUnicodeString(&text, L"\\Device\\Echo");
	RtlInitUnicodeString(&prefix, L"\\device");
	KUNIT_EXPECT_TRUE(test, RtlPrefixUnicodeString(&prefix, &text, TRUE));
	KUNIT_EXPECT_FALSE(test, RtlPrefixUnicodeString(&prefix, &text, FALSE));
	KUNIT_EXPECT_FALSE(test, RtlPrefixUnicodeString(&text, &prefix, TRUE));
	RtlInitString(&a, "echo");
	RtlInitString(&b, "ECHO");
	KUNIT_EXPECT_TRUE(test, RtlEqualString(&a, &b, TRUE));
	KUNIT_EXPECT_FALSE(test, RtlEqualString(&a, &b, FALSE));
	KUNIT_EXPECT_GT(test, RtlCompareString(&a, &b, FALSE), 0);
	WSK_RULES(test, "RtlPrefixUnicodeString RtlEqualString RtlCompareString");
}

static void append_changes_nothing_when_it_does_not_fit(struct kunit *test)
{
	WCHAR buffer[4];
	UNICODE_STRING out = { 0, sizeof(buffer), buffer }, more;

	memset(buffer, 0xff, sizeof(buffer));
	KUNIT_EXPECT_EQ(test, RtlAppendUnicodeToString(&out, L"ab"), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, buffer[2], 0);
	KUNIT_EXPECT_EQ(test, RtlAppendUnicodeToString(&out, L"cde"), STATUS_BUFFER_TOO_SMALL);
	expect_wide(test, &out, L"ab");
	RtlInitUnicodeString(&more, L"cd");
	KUNIT_EXPECT_EQ(test, RtlAppendUnicodeStringToString(&out, &more), STATUS_SUCCESS);
	expect_wide(test, &out, L"abcd");
	KUNIT_EXPECT_EQ(test, RtlAppendUnicodeStringToString(&out, &more),
			STATUS_BUFFER_TOO_SMALL);
	KUNIT_EXPECT_EQ(test, RtlAppendUnicodeToString(&out, NULL), STATUS_SUCCESS);
	expect_wide(test, &out, L"abcd");
	WSK_RULES(test, "RtlAppendUnicodeToString RtlAppendUnicodeStringToString");
}

static void conversion_allocates_and_comes_back_the_same(struct kunit *test)
{
	static const struct {
		const WCHAR *wide;
		const char *narrow;
	} rows[] = {
		{ L"", "" },
		{ L"echo", "echo" },
		{ L"\x00e9\x20ac", "\xc3\xa9\xe2\x82\xac" },
		{ L"\xd83d\xde00!", "\xf0\x9f\x98\x80!" },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		UNICODE_STRING from, back = {};
		ANSI_STRING narrow = {};

		RtlInitUnicodeString(&from, rows[i].wide);
		KUNIT_ASSERT_EQ(test, RtlUnicodeStringToAnsiString(&narrow, &from, TRUE),
				STATUS_SUCCESS);
		KUNIT_EXPECT_STREQ(test, narrow.Buffer, rows[i].narrow);
		KUNIT_EXPECT_EQ(test, narrow.Length, strlen(rows[i].narrow));
		KUNIT_EXPECT_EQ(test, narrow.MaximumLength, narrow.Length + 1);
		KUNIT_EXPECT_EQ(test, RtlUnicodeStringToAnsiSize(&from), narrow.MaximumLength);
		KUNIT_ASSERT_EQ(test, RtlAnsiStringToUnicodeString(&back, &narrow, TRUE),
				STATUS_SUCCESS);
		KUNIT_EXPECT_TRUE(test, RtlEqualUnicodeString(&from, &back, FALSE));
		KUNIT_EXPECT_EQ(test, back.Buffer[back.Length / 2], 0);
		KUNIT_EXPECT_EQ(test, RtlAnsiStringToUnicodeSize(&narrow), back.MaximumLength);
		RtlFreeAnsiString(&narrow);
		RtlFreeUnicodeString(&back);
		KUNIT_EXPECT_TRUE(test, !narrow.Buffer && !narrow.Length && !narrow.MaximumLength);
		KUNIT_EXPECT_TRUE(test, !back.Buffer && !back.Length && !back.MaximumLength);
		RtlFreeUnicodeString(&back);
	}
	WSK_RULES(test, "RtlUnicodeStringToAnsiString RtlAnsiStringToUnicodeString"
			" RtlFreeAnsiString RtlFreeUnicodeString");
}

static void conversion_in_place_needs_room_for_the_nul(struct kunit *test)
{
	CHAR narrow_buffer[8];
	WCHAR wide_buffer[8];
	ANSI_STRING narrow = { 3, 0, narrow_buffer }, from_narrow;
	UNICODE_STRING wide = { 2, 0, wide_buffer }, from;

	RtlInitUnicodeString(&from, L"ab\x00e9");
	RtlInitAnsiString(&from_narrow, "ab\xc3\xa9");
	memset(narrow_buffer, '#', sizeof(narrow_buffer));
	narrow.MaximumLength = 4;
	KUNIT_EXPECT_EQ(test, RtlUnicodeStringToAnsiString(&narrow, &from, FALSE),
			STATUS_BUFFER_OVERFLOW);
	KUNIT_EXPECT_EQ(test, narrow.Length, 3);
	KUNIT_EXPECT_EQ(test, narrow_buffer[0], '#');
	narrow.MaximumLength = 5;
	KUNIT_EXPECT_EQ(test, RtlUnicodeStringToAnsiString(&narrow, &from, FALSE), STATUS_SUCCESS);
	KUNIT_EXPECT_STREQ(test, narrow_buffer, "ab\xc3\xa9");
	KUNIT_EXPECT_EQ(test, narrow.Length, 4);

	wide.MaximumLength = CHARS(3) + 1;
	KUNIT_EXPECT_EQ(test, RtlAnsiStringToUnicodeString(&wide, &from_narrow, FALSE),
			STATUS_BUFFER_OVERFLOW);
	KUNIT_EXPECT_EQ(test, wide.Length, 2);
	wide.MaximumLength = CHARS(4);
	KUNIT_EXPECT_EQ(test, RtlAnsiStringToUnicodeString(&wide, &from_narrow, FALSE),
			STATUS_SUCCESS);
	expect_wide(test, &wide, L"ab\x00e9");
	KUNIT_EXPECT_EQ(test, wide_buffer[3], 0);
	WSK_RULES(test, "RtlUnicodeStringToAnsiString RtlAnsiStringToUnicodeString");
}

static void conversion_that_no_string_can_hold_is_refused(struct kunit *test)
{
	const USHORT bytes = 0xfffc;
	PCHAR text = kunit_kzalloc(test, bytes, GFP_KERNEL);
	UNICODE_STRING wide = {}, many = { bytes, bytes, (PWCH)text };
	ANSI_STRING narrow = { bytes, bytes, text }, back = {};

	KUNIT_ASSERT_NOT_NULL(test, text);
	memset(text, 'x', bytes);
	KUNIT_EXPECT_EQ(test, RtlAnsiStringToUnicodeString(&wide, &narrow, TRUE),
			STATUS_INVALID_PARAMETER_2);
	KUNIT_EXPECT_NULL(test, wide.Buffer);
	KUNIT_EXPECT_EQ(test, RtlUnicodeStringToAnsiString(&back, &many, TRUE),
			STATUS_INVALID_PARAMETER_2);
	KUNIT_EXPECT_NULL(test, back.Buffer);
	WSK_RULES(test, "RtlUnicodeStringToAnsiString RtlAnsiStringToUnicodeString");
}

static void utf8_to_utf16_counts_stores_and_replaces(struct kunit *test)
{
	static const struct {
		const char *text;
		ULONG bytes, room;
		NTSTATUS status;
		ULONG actual;
		WCHAR want[4];
	} rows[] = {
		{ "a\xc3\xa9\xf0\x9f\x98\x80", 7, 8, STATUS_SUCCESS, 8,
		  { 'a', 0xe9, 0xd83d, 0xde00 } },
		{ "a\xc3\xa9\xf0\x9f\x98\x80", 7, 7, STATUS_BUFFER_TOO_SMALL, 4, { 'a', 0xe9 } },
		{ "ab", 3, 8, STATUS_SUCCESS, 6, { 'a', 'b', 0 } },
		{ "", 0, 8, STATUS_SUCCESS, 0 },
		{ "\xff", 1, 8, STATUS_SOME_NOT_MAPPED, 2, { 0xfffd } },
		{ "\xe2\x82g", 3, 8, STATUS_SOME_NOT_MAPPED, 4, { 0xfffd, 'g' } },
		{ "\xe2\x82", 2, 8, STATUS_SOME_NOT_MAPPED, 2, { 0xfffd } },
		{ "\xc0\x80", 2, 8, STATUS_SOME_NOT_MAPPED, 4, { 0xfffd, 0xfffd } },
		{ "\xed\xa0\x80", 3, 8, STATUS_SOME_NOT_MAPPED, 6, { 0xfffd, 0xfffd, 0xfffd } },
		{ "\xf4\x90\x80\x80", 4, 8, STATUS_SOME_NOT_MAPPED, 8,
		  { 0xfffd, 0xfffd, 0xfffd, 0xfffd } },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		WCHAR out[4] = {};
		ULONG actual = 99;

		KUNIT_EXPECT_EQ_MSG(test, RtlUTF8ToUnicodeN(out, rows[i].room, &actual,
							    rows[i].text, rows[i].bytes),
				    rows[i].status, "row %d", i);
		KUNIT_EXPECT_EQ_MSG(test, actual, rows[i].actual, "row %d", i);
		KUNIT_EXPECT_EQ_MSG(test, 0, memcmp(out, rows[i].want, sizeof(out)), "row %d", i);
		if (rows[i].status == STATUS_BUFFER_TOO_SMALL)
			continue;
		KUNIT_EXPECT_EQ(test, RtlUTF8ToUnicodeN(NULL, 0, &actual, rows[i].text,
							rows[i].bytes), rows[i].status);
		KUNIT_EXPECT_EQ(test, actual, rows[i].actual);
	}
	WSK_RULES(test, "RtlUTF8ToUnicodeN");
}

static void utf16_to_utf8_checks_its_parameters(struct kunit *test)
{
	static const WCHAR euro[] = { 0x20ac };
	static const WCHAR unpaired[] = { 0xde00, 'x' };
	CHAR out[8] = {};
	ULONG actual;

	KUNIT_EXPECT_EQ(test, RtlUnicodeToUTF8N(out, 3, &actual, euro, 2), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, actual, 3);
	KUNIT_EXPECT_STREQ(test, out, "\xe2\x82\xac");
	KUNIT_EXPECT_EQ(test, RtlUnicodeToUTF8N(out, 2, &actual, euro, 2),
			STATUS_BUFFER_TOO_SMALL);
	KUNIT_EXPECT_EQ(test, actual, 0);
	KUNIT_EXPECT_EQ(test, RtlUnicodeToUTF8N(out, 8, &actual, unpaired, 4),
			STATUS_SOME_NOT_MAPPED);
	KUNIT_EXPECT_EQ(test, actual, 4);
	KUNIT_EXPECT_TRUE(test, NT_SUCCESS(STATUS_SOME_NOT_MAPPED));
	KUNIT_EXPECT_EQ(test, RtlUnicodeToUTF8N(out, 8, NULL, euro, 2), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, RtlUnicodeToUTF8N(NULL, 0, NULL, euro, 2), STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, RtlUnicodeToUTF8N(out, 8, &actual, NULL, 2),
			STATUS_INVALID_PARAMETER_4);
	KUNIT_EXPECT_EQ(test, RtlUnicodeToUTF8N(out, 8, &actual, euro, 1),
			STATUS_INVALID_PARAMETER_5);
	KUNIT_EXPECT_EQ(test, RtlUTF8ToUnicodeN(NULL, 0, NULL, "x", 1), STATUS_INVALID_PARAMETER);
	WSK_RULES(test, "RtlUnicodeToUTF8N RtlUTF8ToUnicodeN");
}

static void number_at_the_start_of_a_string(struct kunit *test)
{
	static const struct {
		const WCHAR *text;
		ULONG base, want;
	} rows[] = {
		{ L"123", 10, 123 }, { L"-345", 10, (ULONG)-345 }, { L"xyz", 10, 0 },
		{ L"+678abc", 10, 678 }, { L"+678abc", 16, 0x678abc }, { L"0x1f", 0, 31 },
		{ L"0o17", 0, 15 }, { L"0b101", 0, 5 }, { L" \t42", 0, 42 },
		{ L"-0x10", 0, (ULONG)-16 }, { L"0", 0, 0 }, { L"019", 8, 1 },
		{ L"102", 2, 2 }, { L"4294967295", 10, 4294967295U },
	};
	UNICODE_STRING text;
	ULONG value;
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		RtlInitUnicodeString(&text, rows[i].text);
		value = 99;
		KUNIT_EXPECT_EQ(test, RtlUnicodeStringToInteger(&text, rows[i].base, &value),
				STATUS_SUCCESS);
		KUNIT_EXPECT_EQ_MSG(test, value, rows[i].want, "row %d", i);
	}
	KUNIT_EXPECT_EQ(test, RtlUnicodeStringToInteger(&text, 7, &value),
			STATUS_INVALID_PARAMETER);
	RtlInitUnicodeString(&text, L"");
	KUNIT_EXPECT_EQ(test, RtlUnicodeStringToInteger(&text, 10, &value),
			STATUS_INVALID_PARAMETER);
	WSK_RULES(test, "RtlUnicodeStringToInteger");
}

static void number_into_a_string(struct kunit *test)
{
	static const struct {
		ULONG value, base;
		const WCHAR *want;
	} rows[] = {
		{ 0, 0, L"0" }, { 1234567, 10, L"1234567" }, { 4294967295U, 0, L"4294967295" },
		{ 0xdeadbeef, 16, L"DEADBEEF" }, { 8, 8, L"10" },
		{ 0x80000001, 2, L"10000000000000000000000000000001" },
	};
	WCHAR buffer[33];
	UNICODE_STRING text = { 0, sizeof(buffer), buffer };
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		KUNIT_EXPECT_EQ(test, RtlIntegerToUnicodeString(rows[i].value, rows[i].base, &text),
				STATUS_SUCCESS);
		expect_wide(test, &text, rows[i].want);
		KUNIT_EXPECT_EQ(test, buffer[text.Length / 2], 0);
	}
	text.MaximumLength = CHARS(4);
	KUNIT_EXPECT_EQ(test, RtlIntegerToUnicodeString(1234, 10, &text), STATUS_BUFFER_OVERFLOW);
	KUNIT_EXPECT_EQ(test, RtlIntegerToUnicodeString(123, 10, &text), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, RtlIntegerToUnicodeString(1, 3, &text), STATUS_INVALID_PARAMETER);
	WSK_RULES(test, "RtlIntegerToUnicodeString");
}

static void memory_and_version(struct kunit *test)
{
	RTL_OSVERSIONINFOEXW more = { .dwOSVersionInfoSize = sizeof(more) };
	RTL_OSVERSIONINFOW version = { .dwOSVersionInfoSize = sizeof(version) };
	char secret[8] = "secret";

	KUNIT_EXPECT_EQ(test, RtlCompareMemory("abcd", "abcd", 4), 4);
	KUNIT_EXPECT_EQ(test, RtlCompareMemory("abcd", "abxd", 4), 2);
	KUNIT_EXPECT_EQ(test, RtlCompareMemory("abcd", "xbcd", 4), 0);
	KUNIT_EXPECT_EQ(test, RtlCompareMemory("", "", 0), 0);
	RtlSecureZeroMemory(secret, sizeof(secret));
	KUNIT_EXPECT_EQ(test, secret[0], 0);
	KUNIT_EXPECT_EQ(test, RtlUshortByteSwap(0x1234), 0x3412);
	KUNIT_EXPECT_EQ(test, RtlUlongByteSwap(0x12345678), 0x78563412);
	KUNIT_EXPECT_EQ(test, RtlUlonglongByteSwap(0x123456789abcdef0ULL), 0xf0debc9a78563412ULL);
	KUNIT_EXPECT_EQ(test, RtlGetVersion(&version), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, version.dwMajorVersion, 10);
	KUNIT_EXPECT_EQ(test, version.dwPlatformId, VER_PLATFORM_WIN32_NT);
	KUNIT_EXPECT_EQ(test, RtlGetVersion((PRTL_OSVERSIONINFOW)&more), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, more.dwBuildNumber, version.dwBuildNumber);
	KUNIT_EXPECT_EQ(test, more.wProductType, VER_NT_WORKSTATION);
	WSK_RULES(test, "RtlCompareMemory RtlSecureZeroMemory RtlUshortByteSwap RtlGetVersion");
}

static struct kunit_case string_cases[] = {
	KUNIT_CASE(init_counts_bytes_and_includes_the_nul),
	KUNIT_CASE(text_too_long_for_16_bits_is_cut_or_refused),
	KUNIT_CASE(copy_takes_what_fits),
	KUNIT_CASE(comparison_orders_and_folds_case),
	KUNIT_CASE(prefix_and_narrow_comparison),
	KUNIT_CASE(append_changes_nothing_when_it_does_not_fit),
	KUNIT_CASE(conversion_allocates_and_comes_back_the_same),
	KUNIT_CASE(conversion_in_place_needs_room_for_the_nul),
	KUNIT_CASE(conversion_that_no_string_can_hold_is_refused),
	KUNIT_CASE(utf8_to_utf16_counts_stores_and_replaces),
	KUNIT_CASE(utf16_to_utf8_checks_its_parameters),
	KUNIT_CASE(number_at_the_start_of_a_string),
	KUNIT_CASE(number_into_a_string),
	KUNIT_CASE(memory_and_version),
	{}
};

static struct kunit_suite string_suite = {
	.name = "nt-string",
	.test_cases = string_cases,
};

kunit_test_suite(string_suite);
