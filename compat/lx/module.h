/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loaded modules that stand on wsk.ko, by address. Linux exports no search by
 * code address to modules, so the text of each is noted when its load is
 * announced, before its first instruction, and forgotten after its last.
 */
#ifndef LX_MODULE_H
#define LX_MODULE_H

#ifdef __cplusplus
extern "C" {
#endif

struct module;

/* Embedded in the record of one module. Filled here, before @coming is called. */
struct lx_module {
	struct lx_module *next;
	struct module *module;
	unsigned long text, text_end;	/* stays until the module is gone */
	unsigned long init, init_end;	/* freed once the module has started: then empty */
	void *base;			/* what is the module's own: text, and data where it is contiguous */
	unsigned long size;
	char name[64];
};

struct lx_module_watcher {
	/* Before any code of the module runs. Returns its record, published on return, or NULL. */
	struct lx_module *(*coming)(const struct lx_module *seen);
	/* After the module's exit, its text still there. May sleep. */
	void (*going)(struct lx_module *record);
	/* The record is in nobody's hands any more. */
	void (*gone)(struct lx_module *record);
};

/* Return: 0 or -errno. @watcher lives until lx_module_watch_stop(). */
int lx_module_watch(const struct lx_module_watcher *watcher);
void lx_module_watch_stop(void);

/**
 * lx_module_find() - the record of the module that @code lies in.
 * Context: any. The record stays as long as the module does, which the caller
 *	knows to be there: it was called by it or is about to call it.
 * Return: the record, or NULL for code of nobody who stands on wsk.ko.
 */
struct lx_module *lx_module_find(const void *code);

/**
 * lx_module_set_hook() - have @hook called for each module of the system, ours or not.
 * @hook: after the module's init has returned 0 (@came 1), and after its exit or
 *	failed init (@came 0), in the module's notification: it must not load one,
 *	nor wait for who does. NULL: none; no call is in progress on return.
 */
void lx_module_set_hook(void (*hook)(int came));

/* One reference on @module that is never dropped: it stays loaded. */
void lx_module_pin(struct module *module);

#ifdef __cplusplus
}
#endif
#endif
