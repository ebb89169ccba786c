/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#pragma once

#include <ntddk.h>

#define STRESS_TAG 'rtSS'
#define MAX_THREADS 4
#define PATIENCE_MS 15000

typedef struct _STRESS_THREAD {
	PKSTART_ROUTINE Routine;
	PVOID Context;
} STRESS_THREAD, *PSTRESS_THREAD;

/* Runs Count threads until all have returned. Return: FALSE if one does not, in time. */
BOOLEAN RunThreads(PSTRESS_THREAD Threads, ULONG Count);

/* Each part of the test has half a second; FALSE when it is over. */
VOID BeginPart(VOID);
BOOLEAN PartGoesOn(VOID);

/* FALSE, said once, if Object is not signaled for so long that it never will be. */
BOOLEAN Await(PVOID Object, PCSTR What);
BOOLEAN Failed(VOID);
VOID Fail(PCSTR What, LONG Seen, LONG Expected);
/* Return: how much was done; Fail() is called if it was done wrong. */
LONG StressEvents(VOID);
LONG StressWaitAny(VOID);
LONG StressWaitAll(VOID);
LONG StressRequests(VOID);
LONG StressLists(VOID);
LONG StressLocks(VOID);
LONG StressWorkItems(VOID);
