/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a case says about itself in its log, for the reader of the results:
 * the rules of the contract that it proved, as its last statement, and the
 * reports in the kernel log that it provokes, before it provokes them. A
 * report nobody declared fails the run, and so does a declared one that is
 * missing.
 */
#ifndef WSK_KUNIT_RULES_H
#define WSK_KUNIT_RULES_H

#include <kunit/test.h>

#define WSK_RULES(test, ids) kunit_info(test, "# rules: " ids)
#define WSK_EXPECT_REPORT(test, regex) kunit_info(test, "# expect-report: " regex)
/* As many as a table has rows. */
#define WSK_EXPECT_REPORTS(test, count, regex) \
	kunit_info(test, "# expect-report: %dx " regex, (int)(count))
/* Other lines of wsk.ko. For all: "3x ..." is exactly three in the case, "0x ..." none. */
#define WSK_EXPECT_LOG(test, regex) kunit_info(test, "# expect-log: " regex)

#endif
