/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#pragma once

#include <ntddk.h>
#include <wsk.h>

#define THREADS 4

// Rounds of each kind in one load; who wants more loads the driver again.
#define ROUNDS 250

typedef struct _RACER {
	ULONG Index;
	ULONG Seed;
	VOID (*Round)(struct _RACER *Racer, LONG Round);
} RACER, *PRACER;

extern const WSK_CLIENT_NPI Client;

// Runs Round in THREADS threads, ROUNDS times; they begin and end each round together.
VOID RunRounds(VOID (*Round)(PRACER Racer, LONG Round));
// Within a round: until all threads are here.
VOID Meet(VOID);
// Less than Limit.
ULONG Random(PRACER Racer, ULONG Limit);
// Lets others run, or spins a little, or goes on.
VOID Pause(PRACER Racer);

BOOLEAN Failed(VOID);
VOID Fail(PCSTR What, LONG Seen);
// What must be 0.
#define EXPECT_ZERO(Value)				\
	do {						\
		LONG _Seen = (Value);			\
							\
		if (_Seen != 0)				\
			Fail(#Value, _Seen);		\
	} while (0)

// Return: how much was done; Fail() is called if something was wrong.
LONG RaceCaptures(VOID);
LONG RaceSockets(VOID);
