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

void wt_note_place(struct wt_env *env)
{
	const char *wrong = NULL;

	if (in_hardirq())
		wrong = "an interrupt below it";
	else if (irqs_disabled())
		wrong = "interrupts off";
	else
		wrong = provider_lock_held();
	if (wrong && !env->wrong_place)
		env->wrong_place = wrong;
	InterlockedIncrement(&env->places[KeGetCurrentIrql() == DISPATCH_LEVEL]);
}

void wt_note_event(struct wt_env *env, ULONG flags)
{
	wt_note_place(env);
	if ((flags & WSK_FLAG_AT_DISPATCH_LEVEL) && KeGetCurrentIrql() != DISPATCH_LEVEL)
		env->wrong_place = "WSK_FLAG_AT_DISPATCH_LEVEL at PASSIVE_LEVEL";
}
