// SPDX-License-Identifier: GPL-2.0
/*
 * One defect for each thing that watches a lane's kernel: insmod canary.ko which=NAME commits it. A lane
 * whose log does not have the report afterwards does not see, and fails (scripts/scan-canaries.sh).
 *
 * Each is as harmless as it can be, so that several of them share a guest: nothing is left locked,
 * linked or running.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

static char *which = "";
module_param(which, charp, 0);
MODULE_PARM_DESC(which, "the defect to commit");

static noinline int canary_warn(void)
{
	WARN(1, "canary\n");
	return 0;
}

static DEFINE_SPINLOCK(canary_spin);

static noinline int canary_sleep(void)
{
	spin_lock(&canary_spin);
	/* What a mutex would say first is lockdep's, which then is silent for the rest of the guest's life. */
	might_sleep();
	spin_unlock(&canary_spin);
	return 0;
}

static DEFINE_SPINLOCK(canary_a);
static DEFINE_SPINLOCK(canary_b);

static noinline int canary_abba(void)
{
	spin_lock(&canary_a);
	spin_lock(&canary_b);
	spin_unlock(&canary_b);
	spin_unlock(&canary_a);
	spin_lock(&canary_b);
	spin_lock(&canary_a);
	spin_unlock(&canary_a);
	spin_unlock(&canary_b);
	return 0;
}

/* Several, as a register or an old stack may still hold the address of the last. */
static noinline int canary_leak(void)
{
	int i;

	for (i = 0; i < 16; i++) {
		u8 *lost = kmalloc(300, GFP_KERNEL);

		if (!lost)
			return -ENOMEM;
		WRITE_ONCE(lost[0], 1);
	}
	return 0;
}

static noinline int canary_reference(void)
{
	refcount_t count = REFCOUNT_INIT(1);

	if (!refcount_dec_and_test(&count))
		return -EIO;
	return refcount_dec_and_test(&count) ? -EIO : 0;
}

static noinline int canary_use_after_free(void)
{
	int *freed = kmalloc(sizeof(*freed), GFP_KERNEL);

	if (!freed)
		return -ENOMEM;
	WRITE_ONCE(*freed, 1);
	/* What the compiler cannot see through. */
	OPTIMIZER_HIDE_VAR(freed);
	kfree(freed);
	OPTIMIZER_HIDE_VAR(freed);
	return READ_ONCE(*freed) == 12345 ? -EIO : 0;
}

static struct {
	int in[4];
	int behind;
} canary_array;
static volatile unsigned int canary_index = 4;

static noinline int canary_bounds(void)
{
	canary_array.in[canary_index] = 1;
	return 0;
}

static noinline int canary_list(void)
{
	LIST_HEAD(head);
	struct list_head entry;

	list_add(&entry, &head);
	list_del(&entry);
	list_del(&entry);
	return 0;
}

static void canary_tick(struct timer_list *timer)
{
}

/* A timer that runs is set up again; the kernel stops it first, having said so. */
static noinline int canary_object(void)
{
	struct timer_list *timer = kmalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return -ENOMEM;
	timer_setup(timer, canary_tick, 0);
	mod_timer(timer, jiffies + 3600 * HZ);
	timer_setup(timer, canary_tick, 0);
	del_timer_sync(timer);
	kfree(timer);
	return 0;
}

static unsigned long canary_count;

static int canary_racer(void *unused)
{
	unsigned long end = jiffies + 3 * HZ;

	while (time_before(jiffies, end) && !kthread_should_stop()) {
		int i;

		for (i = 0; i < 1000; i++) {
			canary_count++;
			barrier();
		}
		cond_resched();
	}
	while (!kthread_should_stop())
		msleep(20);
	return 0;
}

static noinline int canary_race(void)
{
	struct task_struct *other = kthread_run(canary_racer, NULL, "canary");
	unsigned long end = jiffies + 3 * HZ;

	if (IS_ERR(other))
		return PTR_ERR(other);
	while (time_before(jiffies, end)) {
		canary_count++;
		cond_resched();
	}
	kthread_stop(other);
	return 0;
}

static const struct {
	const char *name;
	int (*commit)(void);
} canaries[] = {
	{ "warn", canary_warn },
	{ "sleep", canary_sleep },
	{ "abba", canary_abba },
	{ "leak", canary_leak },
	{ "reference", canary_reference },
	{ "use-after-free", canary_use_after_free },
	{ "bounds", canary_bounds },
	{ "list", canary_list },
	{ "object", canary_object },
	{ "race", canary_race },
};

static int __init canary_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(canaries); i++)
		if (!strcmp(which, canaries[i].name))
			return canaries[i].commit();
	return -EINVAL;
}
module_init(canary_init);

static void __exit canary_exit(void)
{
}
module_exit(canary_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Defects that the lanes must see");
