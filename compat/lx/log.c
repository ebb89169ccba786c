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

/* So many are told of one kind, and no more until a while has passed since the first. */
struct quota {
	const char *kind;
	unsigned long since;
	unsigned int asked;
};

static DEFINE_SPINLOCK(quota_lock);	/* protects every quota */

/* How many have asked before in this while of so many seconds. */
static unsigned int ask(struct quota *quota, unsigned int seconds)
{
	if (!quota->asked || time_after_eq(jiffies, quota->since + seconds * HZ)) {
		quota->since = jiffies;
		quota->asked = 0;
	}
	return quota->asked++;
}

#define WAITS_TOLD 32

int lx_log_may_tell_wait(void)
{
	static struct quota waits;
	unsigned long flags;
	unsigned int before;

	spin_lock_irqsave(&quota_lock, flags);
	before = ask(&waits, 10);
	spin_unlock_irqrestore(&quota_lock, flags);
	if (before == WAITS_TOLD)
		printk(KERN_INFO "wsk: more than %d waits are long, for the others see debugfs: wsk/sockets, wsk/nmr\n",
		       WAITS_TOLD);
	return before < WAITS_TOLD;
}

#define MISUSES_TOLD 128

/* A driver's mistake may come with each packet. A format is a kind; those without a place share one. */
static int may_tell_misuse(const char *format)
{
	static struct quota kinds[128];
	struct quota *quota = kinds;
	unsigned long flags;
	unsigned int before;

	spin_lock_irqsave(&quota_lock, flags);
	while (quota->kind && quota->kind != format && quota < kinds + ARRAY_SIZE(kinds) - 1)
		quota++;
	quota->kind = format;
	before = ask(quota, 60);
	spin_unlock_irqrestore(&quota_lock, flags);
	if (before == MISUSES_TOLD)
		printk(KERN_ERR "wsk: more than %d misuses of this kind within a minute, the others are not told: %s\n",
		       MISUSES_TOLD, format);
	return before < MISUSES_TOLD;
}

void lx_log_misuse(const char *format, ...)
{
	if (!may_tell_misuse(format))
		return;
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
