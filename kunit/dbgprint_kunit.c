// SPDX-License-Identifier: GPL-2.0
/* What DbgPrint and failed assertions leave in the kernel log. */
#define DBG 1
#include "nt_worker.h"
#include <linux/kmsg_dump.h>

#define MARK "dbgprint-kunit"

struct log_reader {
	struct kmsg_dump_iter at;
	char line[1024];
};

/* The next line of ours, from its level on: "<6>[time] driver: text". NULL at the end. */
static const char *next_line(struct log_reader *log)
{
	size_t length;

	while (kmsg_dump_get_line(&log->at, true, log->line, sizeof(log->line) - 1, &length)) {
		log->line[length] = 0;
		if (strstr(log->line, MARK))
			return log->line;
	}
	return NULL;
}

/*
 * The next line, which was printed. Nobody reads beyond a line that another processor has begun and
 * not finished, and it may stand still there.
 */
static const char *printed_line(struct log_reader *log)
{
	const ULONGLONG end = KeQueryInterruptTime() + NT_PATIENCE_MS * 10000ULL;
	const char *line;

	while (!(line = next_line(log)) && KeQueryInterruptTime() < end)
		nt_sleep_ms(1);
	return line;
}

static struct log_reader *log_from_here(struct kunit *test)
{
	struct log_reader *log = kunit_kzalloc(test, sizeof(*log), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, log);
	kmsg_dump_rewind(&log->at);
	while (next_line(log))
		;
	return log;
}

static void expect_line(struct kunit *test, struct log_reader *log, const char *level,
			const char *text)
{
	const char *line = printed_line(log), *found;

	KUNIT_EXPECT_NOT_NULL_MSG(test, line, "no line '%s'", text);
	if (!line)
		return;
	KUNIT_EXPECT_EQ_MSG(test, 0, strncmp(line, level, strlen(level)), "line '%s'", line);
	found = strstr(line, ": " MARK);
	KUNIT_EXPECT_NOT_NULL_MSG(test, found, "line '%s'", line);
	if (found)
		KUNIT_EXPECT_STREQ(test, found + 2, text);
}

static void a_message_is_a_line_with_the_drivers_name(struct kunit *test)
{
	struct log_reader *log = log_from_here(test);
	const char *line;

	KUNIT_EXPECT_EQ(test, DbgPrint(MARK " %d %ws\n", 5, L"wide"), STATUS_SUCCESS);
	expect_line(test, log, "<6>", MARK " 5 wide\n");
	KUNIT_EXPECT_NOT_NULL(test, strstr(log->line, KBUILD_MODNAME ": " MARK));
	DbgPrint(KBUILD_MODNAME ": " MARK " names itself\n");
	line = printed_line(log);
	KUNIT_ASSERT_NOT_NULL(test, line);
	line = strstr(line, KBUILD_MODNAME);
	KUNIT_ASSERT_NOT_NULL(test, line);
	KUNIT_EXPECT_STREQ(test, line, KBUILD_MODNAME ": " MARK " names itself\n");
	KUNIT_EXPECT_NULL(test, next_line(log));
	WSK_RULES(test, "DbgPrint");
}

static void lines_are_split_and_ended(struct kunit *test)
{
	struct log_reader *log = log_from_here(test);

	DbgPrint(MARK " no end");
	DbgPrint(MARK " one\r\n\n" MARK " two\n" MARK " three");
	DbgPrint("\n");
	DbgPrint("%s", "");
	expect_line(test, log, "<6>", MARK " no end\n");
	expect_line(test, log, "<6>", MARK " one\n");
	expect_line(test, log, "<6>", MARK " two\n");
	expect_line(test, log, "<6>", MARK " three\n");
	KUNIT_EXPECT_NULL(test, next_line(log));
	WSK_RULES(test, "DbgPrint");
}

static void error_level_is_an_error(struct kunit *test)
{
	static const struct {
		ULONG level;
		const char *printk;
	} rows[] = {
		{ DPFLTR_ERROR_LEVEL, "<3>" },
		{ DPFLTR_WARNING_LEVEL, "<6>" },
		{ DPFLTR_TRACE_LEVEL, "<6>" },
		{ DPFLTR_INFO_LEVEL, "<6>" },
		{ DPFLTR_MASK | 1, "<3>" },
		{ DPFLTR_MASK | 8, "<6>" },
	};
	struct log_reader *log = log_from_here(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		KUNIT_EXPECT_EQ(test, DbgPrintEx(DPFLTR_IHVNETWORK_ID, rows[i].level, MARK "\n"),
				STATUS_SUCCESS);
		expect_line(test, log, rows[i].printk, MARK "\n");
	}
	KUNIT_EXPECT_EQ(test, (int)DPFLTR_TCPIP_ID, 30);
	KUNIT_EXPECT_EQ(test, (int)DPFLTR_NETAPI_ID, 36);
	WSK_RULES(test, "DbgPrintEx");
}

static void a_message_is_cut_at_512_bytes_between_characters(struct kunit *test)
{
	static const struct {
		int fill;
		const char *last;
		int kept;
	} rows[] = {
		{ 600, "", 512 },
		{ 512, "", 512 },
		{ 511, "\xc3\xa9", 511 },
		{ 510, "\xc3\xa9", 512 },
		{ 509, "\xf0\x9f\x98\x80", 509 },
		{ 510, "\xe2\x82\xac", 510 },
		{ 508, "\xf0\x9f\x98\x80", 512 },
	};
	struct log_reader *log = log_from_here(test);
	char *text = kunit_kzalloc(test, 601, GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, text);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *found;

		memset(text, 'z', 600);
		memcpy(text, MARK, strlen(MARK));
		text[rows[i].fill] = 0;
		DbgPrint("%s%s\n", text, rows[i].last);
		found = printed_line(log);
		KUNIT_ASSERT_NOT_NULL(test, found);
		found = strstr(found, MARK);
		KUNIT_EXPECT_EQ_MSG(test, (int)strlen(found), rows[i].kept + 1, "row %d", i);
	}
	WSK_RULES(test, "DbgPrint");
}

static void control_characters_cannot_fake_a_line(struct kunit *test)
{
	struct log_reader *log = log_from_here(test);

	DbgPrint("\0010" MARK "\a\tx\n");
	KUNIT_ASSERT_NOT_NULL(test, printed_line(log));
	KUNIT_EXPECT_EQ(test, 0, strncmp(log->line, "<6>", 3));
	KUNIT_EXPECT_NOT_NULL(test, strstr(log->line, ":  0" MARK " \tx\n"));
	WSK_RULES(test, "DbgPrint");
}

static void text_is_printed_with_interrupts_off(struct kunit *test)
{
	struct log_reader *log = log_from_here(test);
	unsigned long flags;

	local_irq_save(flags);
	DbgPrint(MARK " %wZ\n", NULL);
	local_irq_restore(flags);
	expect_line(test, log, "<6>", MARK " (null)\n");
	WSK_RULES(test, "DbgPrint");
}

static void a_failed_assertion_is_reported_and_goes_on(struct kunit *test)
{
	struct log_reader *log = log_from_here(test);
	int evaluated = 0;

	WSK_EXPECT_REPORT(test, "wsk: assertion failed: evaluated == 5 && ");
	WSK_EXPECT_REPORT(test, "wsk: assertion failed: \\+\\+evaluated > 5 && ");
	ASSERT(evaluated == 0);
	KUNIT_EXPECT_NULL(test, next_line(log));
	ASSERT(evaluated == 5 && MARK);
	KUNIT_ASSERT_NOT_NULL(test, printed_line(log));
	KUNIT_EXPECT_EQ(test, 0, strncmp(log->line, "<3>", 3));
	KUNIT_EXPECT_NOT_NULL(test, strstr(log->line, "dbgprint_kunit.c:"));
	KUNIT_EXPECT_FALSE(test, NT_VERIFY(++evaluated > 5 && MARK));
	KUNIT_EXPECT_EQ(test, evaluated, 1);
	KUNIT_EXPECT_TRUE(test, NT_VERIFY(++evaluated == 2));
	PAGED_CODE();
	WSK_EXPECT_REPORT(test, "wsk: assertion failed: DbgRaiseAssertionFailure\\(\\), ");
	DbgRaiseAssertionFailure();
	WSK_RULES(test, "RtlAssert DbgRaiseAssertionFailure NT_ASSERT NT_VERIFY PAGED_CODE");
}

static struct kunit_case dbgprint_cases[] = {
	KUNIT_CASE(a_message_is_a_line_with_the_drivers_name),
	KUNIT_CASE(lines_are_split_and_ended),
	KUNIT_CASE(error_level_is_an_error),
	KUNIT_CASE(a_message_is_cut_at_512_bytes_between_characters),
	KUNIT_CASE(control_characters_cannot_fake_a_line),
	KUNIT_CASE(text_is_printed_with_interrupts_off),
	KUNIT_CASE(a_failed_assertion_is_reported_and_goes_on),
	{}
};

static struct kunit_suite dbgprint_suite = {
	.name = "nt-dbgprint",
	.test_cases = dbgprint_cases,
};

kunit_test_suite(dbgprint_suite);
