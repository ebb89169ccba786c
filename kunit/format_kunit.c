// SPDX-License-Identifier: GPL-2.0
/* NT's printf formats, through what RtlStringCbPrintf and DbgPrint are made of. */
#include "rules.h"
#include <ntddk.h>
#include <ntstrsafe.h>

static int print_a(char *out, SIZE_T size, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = wsk_nt_vsnprintf_a(out, size, format, args);
	va_end(args);
	return n;
}

static int print_w(WCHAR *out, SIZE_T size, const WCHAR *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = wsk_nt_vsnprintf_w(out, size, format, args);
	va_end(args);
	return n;
}

static int wide_length(const WCHAR *text)
{
	int n = 0;

	while (text[n])
		n++;
	return n;
}

static void expect_text(struct kunit *test, const char *want, const char *format, ...)
{
	char out[128];
	va_list args;
	int n;

	va_start(args, format);
	n = wsk_nt_vsnprintf_a(out, sizeof(out), format, args);
	va_end(args);
	KUNIT_EXPECT_STREQ_MSG(test, out, want, "format '%s'", format);
	KUNIT_EXPECT_EQ(test, n, (int)strlen(want));
}

static void expect_wide(struct kunit *test, const WCHAR *want, const WCHAR *format, ...)
{
	int length = wide_length(want), n;
	WCHAR out[128];
	va_list args;

	va_start(args, format);
	n = wsk_nt_vsnprintf_w(out, ARRAY_SIZE(out), format, args);
	va_end(args);
	KUNIT_EXPECT_EQ(test, n, length);
	KUNIT_EXPECT_EQ(test, 0, memcmp(out, want, (length + 1) * sizeof(*want)));
}

struct number_row {
	const char *format;
	ULONGLONG value;
	const char *want;
};

static void expect_numbers(struct kunit *test, const struct number_row *row, int rows)
{
	for (; rows--; row++)
		expect_text(test, row->want, row->format, row->value);
}

static void a_long_has_32_bits(struct kunit *test)
{
	static const struct number_row rows[] = {
		{ "%ld", 0xffffffff, "-1" },
		{ "%li", 0x80000000, "-2147483648" },
		{ "%lu", ~0ULL, "4294967295" },
		{ "%lx", 0x1234567890abcdefULL, "90abcdef" },
		{ "%lX", 0x1234567890abcdefULL, "90ABCDEF" },
		{ "%d", 0xfffffffb, "-5" },
		{ "%u", 0xfffffffb, "4294967291" },
		{ "%I32d", 0x1ffffffffULL, "-1" },
	};

	expect_numbers(test, rows, ARRAY_SIZE(rows));
	WSK_RULES(test, "printf-size-specification LLP64");
}

static void sizes_select_the_bits(struct kunit *test)
{
	static const struct number_row rows[] = {
		{ "%lld", 1ULL << 63, "-9223372036854775808" },
		{ "%I64d", ~0ULL, "-1" },
		{ "%I64u", ~0ULL, "18446744073709551615" },
		{ "%I64x", 0xabcdef0123456789ULL, "abcdef0123456789" },
		{ "%Iu", ~0ULL, "18446744073709551615" },
		{ "%zx", 0x123456789ULL, "123456789" },
		{ "%jd", ~0ULL, "-1" },
		{ "%td", ~0ULL, "-1" },
		{ "%hd", 0x18000, "-32768" },
		{ "%hu", 0x1ffff, "65535" },
		{ "%hhd", 0x1ff, "-1" },
		{ "%hhx", 0x1ff, "ff" },
		{ "%I64o", ~0ULL, "1777777777777777777777" },
	};

	expect_numbers(test, rows, ARRAY_SIZE(rows));
	WSK_RULES(test, "printf-size-specification");
}

static void flags_width_and_precision_of_numbers(struct kunit *test)
{
	static const struct number_row rows[] = {
		{ "[%5d]", 42, "[   42]" },
		{ "[%-5d]", 42, "[42   ]" },
		{ "[%05d]", 42, "[00042]" },
		{ "[%-05d]", 42, "[42   ]" },
		{ "[%+d]", 42, "[+42]" },
		{ "[% d]", 42, "[ 42]" },
		{ "[%+ d]", 42, "[+42]" },
		{ "[%.4d]", 42, "[0042]" },
		{ "[%6.4d]", 42, "[  0042]" },
		{ "[%06.4d]", 42, "[  0042]" },
		{ "[%.0d]", 0, "[]" },
		{ "[%05d]", (ULONG)-42, "[-0042]" },
		{ "[%#x]", 42, "[0x2a]" },
		{ "[%#X]", 42, "[0X2A]" },
		{ "[%#x]", 0, "[0]" },
		{ "[%#08x]", 42, "[0x00002a]" },
		{ "[%#o]", 8, "[010]" },
		{ "[%#o]", 0, "[0]" },
		{ "[%08lx]", 0xc000000d, "[c000000d]" },
		{ "[%x]", 0, "[0]" },
	};

	expect_numbers(test, rows, ARRAY_SIZE(rows));
	expect_text(test, "  7|7  |007", "%*d|%*d|%.*d", 3, 7, -3, 7, 3, 7);
	expect_text(test, "7|07", "%.*d|%0*d", -1, 7, 2, 7);
	WSK_RULES(test, "printf-width-specification printf-precision-specification");
}

static void a_pointer_is_16_upper_case_digits(struct kunit *test)
{
	static const struct number_row rows[] = {
		{ "%p", 0xdeadbeef, "00000000DEADBEEF" },
		{ "%p", 0xffff888012345678ULL, "FFFF888012345678" },
		{ "%p", 0, "0000000000000000" },
		{ "[%18p]", 1, "[  0000000000000001]" },
		{ "[%-18p]", 1, "[0000000000000001  ]" },
	};

	expect_numbers(test, rows, ARRAY_SIZE(rows));
	WSK_RULES(test, "printf-type-field-characters");
}

static void text_of_either_width(struct kunit *test)
{
	expect_text(test, "abc|wide", "%s|%S", "abc", L"wide");
	expect_text(test, "wide|wide|abc|abc", "%ws|%ls|%hs|%hS", L"wide", L"wide", "abc", "abc");
	expect_text(test, "[ab]|[  abc]|[abc  ]", "[%.2s]|[%5s]|[%-5s]", "abc", "abc", "abc");
	expect_text(test, "[wi]|[  wide]", "[%.2ws]|[%6S]", L"wide", L"wide");
	expect_text(test, "AB", "%c%C", 'A', L'B');
	expect_text(test, "[  A]|[A  ]", "[%3c]|[%-3c]", 'A', 'A');
	expect_text(test, "BCD", "%lc%wc%hc", L'B', L'C', 'D');
	expect_text(test, "ab", "%.*s", 2, "abcdef");
	expect_text(test, "abc", "%.*s", -1, "abc");
	expect_text(test, "(null)|(null)|(null)", "%s|%ws|%S", NULL, NULL, NULL);
	expect_text(test, "100%", "100%%");
	WSK_RULES(test, "printf-type-field-characters");
}

static void wide_functions_swap_s_and_S(struct kunit *test)
{
	expect_wide(test, L"wide|abc", L"%s|%S", L"wide", "abc");
	expect_wide(test, L"wide|abc|abc", L"%ws|%hs|%hS", L"wide", "abc", "abc");
	expect_wide(test, L"AB", L"%c%C", L'A', 'B');
	expect_wide(test, L"  7|(null)", L"%3d|%s", 7, NULL);
	expect_wide(test, L"00000000000000AB", L"%p", (PVOID)0xab);
	WSK_RULES(test, "printf-type-field-characters");
}

static void counted_strings_need_no_nul(struct kunit *test)
{
	WCHAR wide[3] = { 'a', 'b', 'c' };
	char narrow[2] = { 'h', 'i' };
	UNICODE_STRING u = { sizeof(wide), sizeof(wide), wide };
	ANSI_STRING a = { sizeof(narrow), sizeof(narrow), narrow };
	UNICODE_STRING empty = { 0, 0, NULL };
	UNICODE_STRING none = { 0, sizeof(wide), wide };

	expect_text(test, "abc|hi|hi", "%wZ|%Z|%hZ", &u, &a, &a);
	expect_text(test, "[  abc]|[ab]|[h ]", "[%5wZ]|[%.2wZ]|[%-2.1Z]", &u, &u, &a);
	expect_text(test, "(null)|(null)|[]", "%wZ|%wZ|[%wZ]", NULL, &empty, &none);
	expect_text(test, "abc|hi", "%.3ws|%.2s", wide, narrow);
	expect_wide(test, L"abc|hi", L"%wZ|%Z", &u, &a);
	WSK_RULES(test, "printf-type-field-characters DbgPrint");
}

static void wide_text_becomes_utf8_and_back(struct kunit *test)
{
	static const WCHAR unpaired[] = { 0xd83d, 'x', 0 };
	static const WCHAR cut[] = { 0xd83d, 0xde00 };

	expect_text(test, "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "%ws",
		    L"\x00e9 \x20ac \xd83d\xde00");
	expect_text(test, "\xef\xbf\xbdx", "%ws", unpaired);
	expect_text(test, "\xef\xbf\xbd", "%.1ws", cut);
	expect_text(test, "\xc3\xa9", "%C", 0xe9);
	expect_wide(test, L"\x00e9 \xd83d\xde00", L"%S", "\xc3\xa9 \xf0\x9f\x98\x80");
	expect_wide(test, L"\xfffd\xfffdx", L"%S", "\xc3\xffx");
	WSK_RULES(test, "DbgPrint");
}

static void unknown_conversions_are_copied(struct kunit *test)
{
	int stored = 11;

	expect_text(test, "%k 5", "%k %d", 5);
	expect_text(test, "%-5.2k|7", "%-5.2k|%d", 7);
	expect_text(test, "%", "%");
	expect_text(test, "%5", "%5");
	expect_text(test, "%f %e %g", "%f %e %g");
	expect_text(test, "%n7", "%n%d", &stored, 7);
	KUNIT_EXPECT_EQ(test, stored, 11);
	WSK_RULES(test, "DbgPrint");
}

static void a_short_buffer_is_cut_and_the_length_told(struct kunit *test)
{
	char out[8];
	WCHAR wide[4];
	int size;

	for (size = 1; size <= 8; size++) {
		memset(out, '#', sizeof(out));
		KUNIT_EXPECT_EQ(test, print_a(out, size, "%s", "abcdefghij"), 10);
		KUNIT_EXPECT_EQ(test, 0, memcmp(out, "abcdefghij", size - 1));
		KUNIT_EXPECT_EQ(test, out[size - 1], 0);
		if (size < 8)
			KUNIT_EXPECT_EQ(test, out[size], '#');
	}
	memset(out, '#', sizeof(out));
	KUNIT_EXPECT_EQ(test, print_a(out, 0, "%d", 12345), 5);
	KUNIT_EXPECT_EQ(test, out[0], '#');
	KUNIT_EXPECT_EQ(test, print_a(NULL, 0, "%2000000000d", 5), 2000000000);
	KUNIT_EXPECT_EQ(test, print_a(NULL, 0, "%2000000000d%2000000000d", 5, 5), INT_MAX);
	KUNIT_EXPECT_EQ(test, print_a(out, 4, "%20000d", 5), 20000);
	KUNIT_EXPECT_STREQ(test, out, "   ");
	KUNIT_EXPECT_EQ(test, print_w(wide, 4, L"%s", L"abcdef"), 6);
	KUNIT_EXPECT_EQ(test, wide[3], 0);
	WSK_RULES(test, "RtlStringCbPrintfA");
}

static void strsafe_turns_the_length_into_a_status(struct kunit *test)
{
	char out[8];

	KUNIT_EXPECT_EQ(test, RtlStringCbPrintfA(out, sizeof(out), "%d", 1234567), STATUS_SUCCESS);
	KUNIT_EXPECT_STREQ(test, out, "1234567");
	KUNIT_EXPECT_EQ(test, RtlStringCbPrintfA(out, sizeof(out), "%d", 12345678),
			STATUS_BUFFER_OVERFLOW);
	KUNIT_EXPECT_STREQ(test, out, "1234567");
	KUNIT_EXPECT_EQ(test, RtlStringCbPrintfA(out, 0, "x"), STATUS_INVALID_PARAMETER);
	WSK_RULES(test, "RtlStringCbPrintfA");
}

static struct kunit_case format_cases[] = {
	KUNIT_CASE(a_long_has_32_bits),
	KUNIT_CASE(sizes_select_the_bits),
	KUNIT_CASE(flags_width_and_precision_of_numbers),
	KUNIT_CASE(a_pointer_is_16_upper_case_digits),
	KUNIT_CASE(text_of_either_width),
	KUNIT_CASE(wide_functions_swap_s_and_S),
	KUNIT_CASE(counted_strings_need_no_nul),
	KUNIT_CASE(wide_text_becomes_utf8_and_back),
	KUNIT_CASE(unknown_conversions_are_copied),
	KUNIT_CASE(a_short_buffer_is_cut_and_the_length_told),
	KUNIT_CASE(strsafe_turns_the_length_into_a_status),
	{}
};

static struct kunit_suite format_suite = {
	.name = "nt-format",
	.test_cases = format_cases,
};

kunit_test_suite(format_suite);
