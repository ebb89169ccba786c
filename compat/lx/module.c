// SPDX-License-Identifier: GPL-2.0
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/version.h>

#include "module.h"

static const struct lx_module_watcher *watcher;

/* Readers: RCU. Writers: module notifications, which may run for two modules at once. */
static struct lx_module *records;
static DEFINE_MUTEX(records_lock);

static DEFINE_MUTEX(hook_lock);
static void (*hook)(int came);

/*
 * Before 6.4 a module has one area that begins with text and one for what is
 * freed after its start; since then each kind of memory has its own.
 */
static void read_layout(const struct module *module, struct lx_module *seen)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
	seen->base = module->core_layout.base;
	seen->size = module->core_layout.size;
	seen->text = (unsigned long)module->core_layout.base;
	seen->text_end = seen->text + module->core_layout.text_size;
	seen->init = (unsigned long)module->init_layout.base;
	seen->init_end = seen->init + module->init_layout.text_size;
#else
	const struct module_memory *text = &module->mem[MOD_TEXT];
	const struct module_memory *init = &module->mem[MOD_INIT_TEXT];

	seen->base = text->base;
	seen->size = text->size;
	seen->text = (unsigned long)text->base;
	seen->text_end = seen->text + text->size;
	seen->init = (unsigned long)init->base;
	seen->init_end = seen->init + init->size;
#endif
}

static void publish(struct lx_module *record)
{
	mutex_lock(&records_lock);
	record->next = records;
	rcu_assign_pointer(records, record);
	mutex_unlock(&records_lock);
}

static struct lx_module *record_of(const struct module *module)
{
	struct lx_module *record;

	mutex_lock(&records_lock);
	for (record = records; record; record = record->next)
		if (record->module == module)
			break;
	mutex_unlock(&records_lock);
	return record;
}

static void unpublish(struct lx_module *record)
{
	struct lx_module **at;

	mutex_lock(&records_lock);
	for (at = &records; *at; at = &(*at)->next) {
		if (*at == record) {
			WRITE_ONCE(*at, record->next);
			break;
		}
	}
	mutex_unlock(&records_lock);
	synchronize_rcu();
}

/*
 * Symbols are resolved before the load is announced, so who is used is known by
 * then: wsk.ko itself, or a driver that is the library of this one.
 */
static bool stands_on_us(struct module *module)
{
#if IS_ENABLED(CONFIG_MODULE_UNLOAD) && defined(MODULE)
	struct module_use *use;

	list_for_each_entry(use, &module->target_list, target_list)
		if (use->target == THIS_MODULE || record_of(use->target))
			return true;
	return false;
#else
	return true;
#endif
}

static int on_coming(struct module *module)
{
	struct lx_module seen = { .module = module };
	struct lx_module *record;

	if (!stands_on_us(module))
		return NOTIFY_DONE;
	read_layout(module, &seen);
	strscpy(seen.name, module->name, sizeof(seen.name));
	record = watcher->coming(&seen);
	if (!record)
		return notifier_from_errno(-ENOMEM);
	publish(record);
	return NOTIFY_OK;
}

static void call_hook(int came)
{
	mutex_lock(&hook_lock);
	if (hook)
		hook(came);
	mutex_unlock(&hook_lock);
}

static int notify(struct notifier_block *block, unsigned long state, void *data)
{
	struct module *module = data;
	struct lx_module *record;

	if (state == MODULE_STATE_COMING)
		return on_coming(module);
	call_hook(state == MODULE_STATE_LIVE);
	record = record_of(module);
	if (!record)
		return NOTIFY_DONE;
	if (state == MODULE_STATE_LIVE) {
		WRITE_ONCE(record->init_end, record->init);
	} else if (state == MODULE_STATE_GOING) {
		watcher->going(record);
		unpublish(record);
		watcher->gone(record);
	}
	return NOTIFY_OK;
}

/* First of all: KUnit, for one, runs the module's suites from a notification of its own. */
static struct notifier_block block = {
	.notifier_call = notify,
	.priority = INT_MAX,
};

int lx_module_watch(const struct lx_module_watcher *with)
{
	watcher = with;
	return register_module_notifier(&block);
}

void lx_module_watch_stop(void)
{
	unregister_module_notifier(&block);
}

void lx_module_set_hook(void (*with)(int came))
{
	mutex_lock(&hook_lock);
	hook = with;
	mutex_unlock(&hook_lock);
}

struct lx_module *lx_module_find(const void *code)
{
	const unsigned long at = (unsigned long)code;
	struct lx_module *record;

	rcu_read_lock();
	for (record = rcu_dereference_raw(records); record;
	     record = rcu_dereference_raw(record->next))
		if ((at >= record->text && at < record->text_end) ||
		    (at >= record->init && at < READ_ONCE(record->init_end)))
			break;
	rcu_read_unlock();
	return record;
}

void lx_module_pin(struct module *module)
{
	__module_get(module);
}
