/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads that go through rounds together: they begin each round at the same
 * moment, do what the case gives them to do to each other, and end it together.
 * What must not be is noted where it is seen, and the case fails with it; after
 * the round in which it happened the threads end. Their choices come from a
 * generator with a fixed seed for each thread, what they meet does not.
 *
 * A thread that hangs fails the case, and what it still uses is leaked.
 */
#ifndef WSK_KUNIT_RACE_H
#define WSK_KUNIT_RACE_H

#include <linux/atomic.h>
#include <linux/prandom.h>

#include "wsk_fixture.h"

#define RACE_THREADS 4

struct race;

struct race_thread {
	struct race *race;
	int index;
	struct rnd_state random;
	struct wt_thread thread;
};

struct race {
	void *context;
	void (*round)(struct race_thread *self, LONG round);
	LONG rounds;
	unsigned long until;	/* a machine that is slow makes fewer */
	atomic_t reached;	/* rounds that all threads have ended */
	atomic_t arrived;
	KEVENT gates[2];
	BOOLEAN stop;		/* written before a gate opens, read behind it */
	atomic_t wrongs;
	const char *wrong;	/* the first of them */
	LONG wrong_round;
	LONG wrong_value;
	struct race_thread threads[RACE_THREADS];
};

/* The module's parameter race_rounds; a case whose rounds are long makes fewer. */
LONG race_rounds(LONG divisor);
/* In jiffies: until when a case that begins now may go on with its rounds. */
unsigned long race_until(void);

/*
 * Runs @round in RACE_THREADS threads, @rounds times or until race_until(). @context
 * is one that kfree() takes: it is freed at the end, or leaked with the threads. @look,
 * if any, sees it before. FALSE if a thread hung.
 */
BOOLEAN race_run(struct kunit *test, void *context, LONG rounds,
		 void (*round)(struct race_thread *self, LONG round),
		 void (*look)(struct kunit *test, void *context));

/* Within a round: until all threads are here. Every thread calls it as often as the others. */
void race_meet(struct race *race);
/* Any thread, any IRQL: this must not be. */
void race_wrong(struct race *race, const char *what, LONG value);
#define race_expect(race, condition)					\
	do {								\
		if (!(condition))					\
			race_wrong(race, "not so: " #condition, 0);	\
	} while (0)
#define race_expect_zero(race, value)					\
	do {								\
		LONG __value = (value);					\
									\
		if (__value)						\
			race_wrong(race, "not 0: " #value, __value);	\
	} while (0)

/* Less than @n. */
u32 race_random(struct race_thread *self, u32 n);
/* Lets others run, or not, or spins a little. At PASSIVE_LEVEL. */
void race_pause(struct race_thread *self);

#endif
