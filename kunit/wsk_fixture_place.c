// SPDX-License-Identifier: GPL-2.0
/* Where the provider calls the suites' code. */
#include <linux/hardirq.h>
#include <linux/irqflags.h>
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "wsk_fixture.h"

/*
 * By name, as compat/lx/lock.h's ranks have them. What a softirq finds held belongs to the task
 * below it, and no lock of the provider can be among that: each turns bottom halves off.
 */
static const char *provider_lock_held(void)
{
#ifdef CONFIG_LOCKDEP
	int i;

	for (i = 0; i < current->lockdep_depth; i++) {
		const struct lockdep_map *map = current->held_locks[i].instance;

		if (map && map->name && !strncmp(map->name, "wsk_", 4))
			return map->name;
	}
#endif
	return NULL;
}

static const char *what_is_wrong(void)
{
	if (in_hardirq())
		return "an interrupt below it";
	if (irqs_disabled())
		return "interrupts off";
	return provider_lock_held();
}

static const char *what_is_wrong_with(ULONG flags)
{
	if ((flags & WSK_FLAG_AT_DISPATCH_LEVEL) && KeGetCurrentIrql() != DISPATCH_LEVEL)
		return "WSK_FLAG_AT_DISPATCH_LEVEL at PASSIVE_LEVEL";
	return NULL;
}

void wt_note_place(struct wt_env *env)
{
	const char *wrong = what_is_wrong();

	if (wrong && !env->wrong_place)
		env->wrong_place = wrong;
	InterlockedIncrement(&env->places[KeGetCurrentIrql() == DISPATCH_LEVEL]);
}

void wt_note_event(struct wt_env *env, ULONG flags)
{
	const char *wrong = what_is_wrong_with(flags);

	wt_note_place(env);
	if (wrong)
		env->wrong_place = wrong;
}

/* Noted where no environment was at hand, and no case has failed with it yet. */
static const char *wrong_here;

void wt_note_place_here(void)
{
	const char *wrong = what_is_wrong();

	if (wrong)
		WRITE_ONCE(wrong_here, wrong);
}

void wt_note_event_here(ULONG flags)
{
	const char *wrong = what_is_wrong_with(flags);

	wt_note_place_here();
	if (wrong)
		WRITE_ONCE(wrong_here, wrong);
}

void wt_expect_places(struct kunit *test)
{
	const char *wrong = READ_ONCE(wrong_here);

	WRITE_ONCE(wrong_here, NULL);
	if (wrong)
		KUNIT_FAIL(test, "the provider called this suite with %s", wrong);
}
