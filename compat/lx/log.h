/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel log. Every line of ours begins "wsk: "; lines about a driver name
 * it. Formats are Linux's (%pS prints a code address as function+offset).
 */
#ifndef LX_LOG_H
#define LX_LOG_H

#ifdef __cplusplus
extern "C" {
#endif

void lx_log_err(const char *format, ...) __attribute__((format(printf, 1, 2)));
void lx_log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void lx_log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
/*
 * Whether one more wait that is long may be told in these ten seconds. A console is slow: the lines of
 * a thousand waits would hold up who is to end them. That there are more is said once.
 * Context: process.
 */
int lx_log_may_tell_wait(void);
/* Text as it is, without the prefix: what a driver prints with DbgPrint. */
void lx_log_text(int error, const char *text, unsigned long length);
/*
 * "wsk: misuse: <text>" at error level with a stack dump; never a WARN. A driver that does it
 * with each packet does not fill the log: of one format a minute tells 128.
 */
void lx_log_misuse(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "wsk: assertion failed: <text>", likewise: a driver's own ASSERT. */
void lx_log_assertion(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* snprintf of the kernel; Return: characters stored, without the NUL. */
int lx_format(char *buffer, unsigned long size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#ifdef __cplusplus
}
#endif
#endif
