/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls a function where a driver may stand: at PASSIVE_LEVEL, and in each of the
 * contexts that are DISPATCH_LEVEL. What a callee must leave as it was is looked
 * at before and after: the IRQL, the preemption count, the locks held.
 */
#ifndef WSK_KUNIT_IRQL_LEVELS_H
#define WSK_KUNIT_IRQL_LEVELS_H

#include <linux/completion.h>
#include <kunit/test.h>

#include <ntddk.h>

enum level_context {
	AT_PASSIVE,
	RAISED,			/* KeRaiseIrql */
	UNDER_SPIN_LOCK,	/* a KSPIN_LOCK is held */
	BH_OFF,			/* what spin_lock_bh() of a Linux driver is */
	IN_TASKLET,
	IN_TIMER,
	INTERRUPTS_OFF,		/* for what Windows allows above DISPATCH_LEVEL */
	LEVEL_CONTEXTS,
};

/* Of a context, or of many: the table of a sweep. */
#define AT_DISPATCH_FIRST RAISED
#define AT_DISPATCH_LAST IN_TIMER

struct level_state {
	KIRQL irql;
	int preempt_count;
	unsigned int locks;
	BOOLEAN interrupts_off;
};

struct level_run {
	int (*call)(void *context);
	void *context;
	int result;
	struct level_state before;
	struct level_state after;
	struct completion done;
};

const char *level_name(enum level_context where);
/* Returns when @run->call has; its result and both states are in @run. */
void level_call(struct level_run *run, enum level_context where);
/* The call itself, for who is in the right place already. */
void level_call_here(struct level_run *run);
/* IRQ-15, and that the call was made at @irql. */
void level_expect_kept(struct kunit *test, const struct level_run *run, KIRQL irql,
		       const char *what, const char *where);

/* One row: a name of nt-names.tsv, its highest IRQL there, and a function that calls it. */
struct level_row {
	const char *name;
	KIRQL highest;
	int (*call)(void *context);	/* 0, or the line of what was not as documented */
};
#define LEVEL(name, highest, call) { #name, highest, call }
#define LEVEL_MUST(condition) do { if (!(condition)) return __LINE__; } while (0)

/* Every row in every context from @first to @last. */
void level_sweep(struct kunit *test, const struct level_row *rows, int count, void *context,
		 enum level_context first, enum level_context last);

#endif
