// SPDX-License-Identifier: GPL-2.0
/* The rounds of the race suites. */
#include "race.h"

#include <linux/jiffies.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/slab.h>

static unsigned int rounds_wanted = 3000;
module_param_named(race_rounds, rounds_wanted, uint, 0444);
MODULE_PARM_DESC(race_rounds, "rounds of each race, 3000 unless said");

/* KUnit gives a case 300 s, and ends its thread while it joins ours. */
#define RACE_SECONDS 240

LONG race_rounds(LONG divisor)
{
	LONG rounds = rounds_wanted / divisor;

	return rounds ? rounds : 1;
}

unsigned long race_until(void)
{
	return jiffies + RACE_SECONDS * HZ;
}

void race_wrong(struct race *race, const char *what, LONG value)
{
	if (atomic_inc_return(&race->wrongs) != 1)
		return;
	race->wrong_value = value;
	race->wrong_round = atomic_read(&race->reached);
	WRITE_ONCE(race->wrong, what);
}

u32 race_random(struct race_thread *self, u32 n)
{
	return prandom_u32_state(&self->random) % n;
}

void race_pause(struct race_thread *self)
{
	u32 spins;

	switch (race_random(self, 8)) {
	case 0:
	case 1:
		yield();
		break;
	case 2:
		for (spins = race_random(self, 100); spins; spins--)
			cpu_relax();
		break;
	default:
		cond_resched();
	}
}

/*
 * The next gate is shut before this one opens: nobody stands behind it any more,
 * as all have passed it to arrive here.
 */
void race_meet(struct race *race)
{
	int n = atomic_inc_return(&race->arrived) - 1;
	int gate = n / RACE_THREADS % 2;

	if (n % RACE_THREADS == RACE_THREADS - 1) {
		race->stop = atomic_read(&race->wrongs) || time_after(jiffies, race->until);
		KeClearEvent(&race->gates[!gate]);
		KeSetEvent(&race->gates[gate], IO_NO_INCREMENT, FALSE);
	} else {
		KeWaitForSingleObject(&race->gates[gate], Executive, KernelMode, FALSE, NULL);
	}
}

static void race_thread_run(void *context)
{
	struct race_thread *self = context;
	struct race *race = self->race;
	LONG round;

	for (round = 0; round < race->rounds; round++) {
		race->round(self, round);
		race_meet(race);
		if (self->index == 0)
			atomic_inc(&race->reached);
		if (race->stop)
			return;
	}
}

/* However long the rounds take, while there is a next one. */
static BOOLEAN race_join(struct race *race, struct wt_thread *thread)
{
	int before;

	do {
		before = atomic_read(&race->reached);
		if (wt_thread_join(thread))
			return TRUE;
	} while (atomic_read(&race->reached) != before);
	return FALSE;
}

static struct race *race_new(struct kunit *test, void *context, LONG rounds,
			     void (*round)(struct race_thread *self, LONG round))
{
	struct race *race = kzalloc(sizeof(*race), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, race);
	race->context = context;
	race->round = round;
	race->rounds = rounds;
	race->until = race_until();
	KeInitializeEvent(&race->gates[0], NotificationEvent, FALSE);
	KeInitializeEvent(&race->gates[1], NotificationEvent, FALSE);
	return race;
}

/* All of them, unless the time was over before. */
static void race_expect_rounds(struct kunit *test, struct race *race)
{
	const LONG reached = atomic_read(&race->reached);

	if (race->stop)
		kunit_info(test, "%d of %d rounds in %d s", reached, race->rounds, RACE_SECONDS);
	else
		KUNIT_EXPECT_EQ(test, reached, race->rounds);
}

BOOLEAN race_run(struct kunit *test, void *context, LONG rounds,
		 void (*round)(struct race_thread *self, LONG round),
		 void (*look)(struct kunit *test, void *context))
{
	struct race *race = race_new(test, context, rounds, round);
	BOOLEAN ended = TRUE;
	int i;

	for (i = 0; i < RACE_THREADS; i++) {
		struct race_thread *self = &race->threads[i];

		self->race = race;
		self->index = i;
		prandom_seed_state(&self->random, 0x5753 + i);
		wt_thread_start(test, &self->thread, race_thread_run, self);
	}
	for (i = 0; i < RACE_THREADS && ended; i++)
		ended = race_join(race, &race->threads[i].thread);
	if (race->wrong)
		KUNIT_FAIL(test, "round %d: %s (%d), and %d times more", race->wrong_round,
			   race->wrong, race->wrong_value, atomic_read(&race->wrongs) - 1);
	if (!ended) {
		KUNIT_FAIL(test, "a thread hangs in round %d", atomic_read(&race->reached));
		return FALSE;
	}
	if (!race->wrong)
		race_expect_rounds(test, race);
	if (look)
		look(test, context);
	wt_expect_places(test);
	kfree(race);
	kfree(context);
	return TRUE;
}
