// SPDX-License-Identifier: GPL-2.0
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/spinlock.h>

#include "log.h"

#define LX_LOG(level, prefix)						\
	do {								\
		struct va_format vaf;					\
		va_list args;						\
									\
		va_start(args, format);					\
		vaf.fmt = format;					\
		vaf.va = &args;						\
		printk(level "wsk: " prefix "%pV\n", &vaf);		\
		va_end(args);						\
	} while (0)

void lx_log_err(const char *format, ...)
{
	LX_LOG(KERN_ERR, "");
}

void lx_log_warn(const char *format, ...)
{
	LX_LOG(KERN_WARNING, "");
}

void lx_log_info(const char *format, ...)
{
	LX_LOG(KERN_INFO, "");
}

#define WAITS_TOLD 32

int lx_log_may_tell_wait(void)
{
	static DEFINE_SPINLOCK(lock);
	static unsigned long since;
	static unsigned int asked;
	unsigned int before;

	spin_lock(&lock);
	if (!asked || time_after_eq(jiffies, since + 10 * HZ)) {
		since = jiffies;
		asked = 0;
	}
	before = asked++;
	spin_unlock(&lock);
	if (before == WAITS_TOLD)
		printk(KERN_INFO "wsk: more than %d waits are long, for the others see debugfs: wsk/sockets, wsk/nmr\n",
		       WAITS_TOLD);
	return before < WAITS_TOLD;
}

void lx_log_misuse(const char *format, ...)
{
	LX_LOG(KERN_ERR, "misuse: ");
	dump_stack();
}

void lx_log_assertion(const char *format, ...)
{
	LX_LOG(KERN_ERR, "assertion failed: ");
	dump_stack();
}

void lx_log_text(int error, const char *text, unsigned long length)
{
	if (error)
		printk(KERN_ERR "%.*s", (int)length, text);
	else
		printk(KERN_INFO "%.*s", (int)length, text);
}

int lx_format(char *buffer, unsigned long size, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vscnprintf(buffer, size, format, args);
	va_end(args);
	return n;
}
