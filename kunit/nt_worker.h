/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A thread of PsCreateSystemThread with a handle on its end, for suites that need
 * a second party. Joins are bounded: a thread that hangs fails its case; what it
 * still uses must then not be on the case's stack any more, so such a worker
 * is waited for once more, without a bound, before the case returns.
 */
#ifndef WSK_KUNIT_NT_WORKER_H
#define WSK_KUNIT_NT_WORKER_H

#include <kunit/test.h>

#include <ntddk.h>

#include "rules.h"

#define NT_MS(ms)	(-10000LL * (ms))	/* a relative time-out */
#define NT_PATIENCE_MS	30000

#define NT_EXPECT_STATUS(test, actual, expected)				\
	do {									\
		NTSTATUS __actual = (actual), __expected = (expected);		\
										\
		KUNIT_EXPECT_EQ_MSG(test, __actual, __expected, "%#x, not %#x (%s)",	\
				    __actual, __expected, #expected);		\
	} while (0)

struct nt_worker {
	PETHREAD object;
	void (*run)(void *context);
	void *context;
};

static inline NTSTATUS nt_wait_ms(PVOID object, LONGLONG ms)
{
	LARGE_INTEGER timeout = { .QuadPart = NT_MS(ms) };

	return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, &timeout);
}

static inline NTSTATUS nt_wait(PVOID object)
{
	return nt_wait_ms(object, NT_PATIENCE_MS);
}

static inline NTSTATUS nt_wait_forever(PVOID object)
{
	return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, NULL);
}

static inline NTSTATUS nt_poll(PVOID object)
{
	return nt_wait_ms(object, 0);
}

static inline void nt_sleep_ms(LONGLONG ms)
{
	LARGE_INTEGER interval = { .QuadPart = NT_MS(ms) };

	KeDelayExecutionThread(KernelMode, FALSE, &interval);
}

static inline VOID nt_worker_main(PVOID context)
{
	struct nt_worker *worker = context;

	worker->run(worker->context);
}

/* In the case's own thread. */
static inline void nt_worker_start(struct kunit *test, struct nt_worker *worker,
				   void (*run)(void *context), void *context)
{
	HANDLE handle = NULL;

	worker->run = run;
	worker->context = context;
	KUNIT_ASSERT_EQ(test, PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL,
						   nt_worker_main, worker), STATUS_SUCCESS);
	KUNIT_ASSERT_EQ(test, ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, *PsThreadType,
							KernelMode, (PVOID *)&worker->object, NULL),
			STATUS_SUCCESS);
	KUNIT_ASSERT_EQ(test, ZwClose(handle), STATUS_SUCCESS);
}

static inline void nt_worker_join(struct kunit *test, struct nt_worker *worker)
{
	NTSTATUS status = nt_wait(worker->object);

	NT_EXPECT_STATUS(test, status, STATUS_SUCCESS);
	if (status != STATUS_SUCCESS)
		nt_wait_forever(worker->object);
	ObDereferenceObject(worker->object);
}

/* How many waits are linked into an object; the case knows that none can leave meanwhile. */
static inline ULONG nt_waiters(DISPATCHER_HEADER *object)
{
	LIST_ENTRY *at;
	ULONG n = 0;

	for (at = object->WaitListHead.Flink; at != &object->WaitListHead; at = at->Flink)
		n++;
	return n;
}

/* FALSE if they do not come in time. */
static inline BOOLEAN nt_await_waiters(PKEVENT event, ULONG count)
{
	int patience;

	for (patience = NT_PATIENCE_MS; patience > 0; patience--) {
		if (nt_waiters(&event->Header) >= count)
			return TRUE;
		nt_sleep_ms(1);
	}
	return FALSE;
}

#endif
