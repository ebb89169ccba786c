// SPDX-License-Identifier: GPL-2.0
/* Work items. */
#include <linux/slab.h>

#include "nt_worker.h"

struct job {
	PIO_WORKITEM item;
	KEVENT done;
	LONG runs;
	LONG wanted;
	KIRQL irql;
	PVOID object;
	PIO_WORKITEM seen_item;
	BOOLEAN free_it;
};

static const int object_of_nobody;
#define OBJECT ((PDEVICE_OBJECT)&object_of_nobody)

static void begin(struct kunit *test, struct job *job)
{
	memset(job, 0, sizeof(*job));
	job->wanted = 1;
	KeInitializeEvent(&job->done, NotificationEvent, FALSE);
	job->item = IoAllocateWorkItem(OBJECT);
	KUNIT_ASSERT_NOT_NULL(test, job->item);
}

static void finish(struct job *job, PVOID object)
{
	job->irql = KeGetCurrentIrql();
	job->object = object;
	if (job->free_it)
		IoFreeWorkItem(job->item);
	if (InterlockedIncrement(&job->runs) == job->wanted)
		KeSetEvent(&job->done, IO_NO_INCREMENT, FALSE);
}

static VOID routine(PDEVICE_OBJECT device, PVOID context)
{
	finish(context, device);
}

static VOID routine_ex(PVOID object, PVOID context, PIO_WORKITEM item)
{
	struct job *job = context;

	job->seen_item = item;
	finish(job, object);
}

static void routine_runs_once_at_passive_level(struct kunit *test)
{
	struct job job;

	begin(test, &job);
	IoQueueWorkItem(job.item, routine, DelayedWorkQueue, &job);
	NT_EXPECT_STATUS(test, nt_wait(&job.done), STATUS_SUCCESS);
	nt_sleep_ms(20);
	KUNIT_EXPECT_EQ(test, job.runs, 1);
	KUNIT_EXPECT_EQ(test, job.irql, PASSIVE_LEVEL);
	KUNIT_EXPECT_PTR_EQ(test, job.object, (PVOID)OBJECT);
	IoFreeWorkItem(job.item);
	WSK_RULES(test, "NT-IoAllocateWorkItem NT-IoQueueWorkItem NT-IoFreeWorkItem");
}

static void ex_routine_gets_its_item(struct kunit *test)
{
	struct job job;

	begin(test, &job);
	IoQueueWorkItemEx(job.item, routine_ex, CriticalWorkQueue, &job);
	NT_EXPECT_STATUS(test, nt_wait(&job.done), STATUS_SUCCESS);
	KUNIT_EXPECT_PTR_EQ(test, job.seen_item, job.item);
	KUNIT_EXPECT_PTR_EQ(test, job.object, (PVOID)OBJECT);
	IoFreeWorkItem(job.item);
	WSK_RULES(test, "NT-IoQueueWorkItemEx");
}

static void item_may_be_freed_in_its_routine(struct kunit *test)
{
	struct job job;

	begin(test, &job);
	job.free_it = TRUE;
	IoQueueWorkItem(job.item, routine, DelayedWorkQueue, &job);
	NT_EXPECT_STATUS(test, nt_wait(&job.done), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, job.runs, 1);
	WSK_RULES(test, "NT-IoFreeWorkItem");
}

static VOID routine_again(PDEVICE_OBJECT device, PVOID context)
{
	struct job *job = context;

	if (job->runs + 1 < job->wanted)
		IoQueueWorkItem(job->item, routine_again, DelayedWorkQueue, job);
	else
		job->free_it = TRUE;
	finish(job, device);
}

static void item_may_be_queued_again_in_its_routine(struct kunit *test)
{
	struct job job;

	begin(test, &job);
	job.wanted = 100;
	IoQueueWorkItem(job.item, routine_again, DelayedWorkQueue, &job);
	NT_EXPECT_STATUS(test, nt_wait(&job.done), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, job.runs, 100);
	WSK_RULES(test, "NT-IoQueueWorkItem NT-IoFreeWorkItem");
}

static void item_queued_under_a_spin_lock_runs_at_passive_level(struct kunit *test)
{
	KSPIN_LOCK lock;
	struct job job;
	KIRQL irql;

	begin(test, &job);
	KeInitializeSpinLock(&lock);
	KeAcquireSpinLock(&lock, &irql);
	IoQueueWorkItem(job.item, routine, DelayedWorkQueue, &job);
	KeReleaseSpinLock(&lock, irql);
	NT_EXPECT_STATUS(test, nt_wait(&job.done), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, job.irql, PASSIVE_LEVEL);
	IoFreeWorkItem(job.item);
	WSK_RULES(test, "NT-IoQueueWorkItem");
}

static void items_queued_together_all_run(struct kunit *test)
{
	enum { ITEMS = 64 };
	struct job *jobs = kunit_kcalloc(test, ITEMS, sizeof(*jobs), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, jobs);
	for (i = 0; i < ITEMS; i++)
		begin(test, &jobs[i]);
	for (i = 0; i < ITEMS; i++)
		IoQueueWorkItem(jobs[i].item, routine, DelayedWorkQueue, &jobs[i]);
	for (i = ITEMS - 1; i >= 0; i--)
		NT_EXPECT_STATUS(test, nt_wait(&jobs[i].done), STATUS_SUCCESS);
	for (i = 0; i < ITEMS; i++) {
		KUNIT_EXPECT_EQ(test, jobs[i].runs, 1);
		IoFreeWorkItem(jobs[i].item);
	}
	WSK_RULES(test, "NT-IoQueueWorkItem");
}

struct held_job {
	struct job job;
	KEVENT started;
	KEVENT let_go;
};

static VOID held_routine(PDEVICE_OBJECT device, PVOID context)
{
	struct held_job *held = context;

	KeSetEvent(&held->started, IO_NO_INCREMENT, FALSE);
	nt_wait(&held->let_go);
	finish(&held->job, device);
}

/* On any number of CPUs: an item that is queued anew stays in the queue while its routine still runs. */
static void item_in_the_queue_is_not_queued_twice_or_freed(struct kunit *test)
{
	struct held_job held;
	struct job *job = &held.job;

	begin(test, job);
	job->wanted = 2;
	KeInitializeEvent(&held.started, NotificationEvent, FALSE);
	KeInitializeEvent(&held.let_go, NotificationEvent, FALSE);
	WSK_EXPECT_REPORT(test, "misuse: IoQueueWorkItem of an item that is queued already");
	WSK_EXPECT_REPORT(test, "misuse: IoFreeWorkItem of an item that is queued");
	IoQueueWorkItem(job->item, held_routine, DelayedWorkQueue, &held);
	NT_EXPECT_STATUS(test, nt_wait(&held.started), STATUS_SUCCESS);
	IoQueueWorkItem(job->item, routine, DelayedWorkQueue, job);
	IoQueueWorkItem(job->item, routine, DelayedWorkQueue, job);
	IoFreeWorkItem(job->item);
	KeSetEvent(&held.let_go, IO_NO_INCREMENT, FALSE);
	NT_EXPECT_STATUS(test, nt_wait(&job->done), STATUS_SUCCESS);
	nt_sleep_ms(20);
	KUNIT_EXPECT_EQ(test, job->runs, 2);
	IoFreeWorkItem(job->item);
	WSK_RULES(test, "NT-IoQueueWorkItem NT-IoFreeWorkItem");
}

static void missing_arguments_are_reported(struct kunit *test)
{
	struct job job;

	begin(test, &job);
	WSK_EXPECT_REPORT(test, "misuse: IoQueueWorkItem without a work item or a routine");
	WSK_EXPECT_REPORT(test, "misuse: IoFreeWorkItem of what IoAllocateWorkItem did not return");
	IoQueueWorkItem(NULL, routine, DelayedWorkQueue, &job);
	IoQueueWorkItem(job.item, NULL, DelayedWorkQueue, &job);
	IoQueueWorkItemEx(job.item, NULL, DelayedWorkQueue, &job);
	IoFreeWorkItem(NULL);
	KUNIT_EXPECT_EQ(test, job.runs, 0);
	IoFreeWorkItem(job.item);
	WSK_RULES(test, "NT-IoQueueWorkItem NT-IoQueueWorkItemEx NT-IoFreeWorkItem");
}

enum { SUCCESSORS = 128 };

struct succession {
	struct job first;
	struct job next[SUCCESSORS];
	LONG waited;
};

/* KASAN keeps what is freed from being handed out, up to a part of memory that this is more than. */
static void flush_quarantine(void)
{
	int i;

	for (i = 0; IS_ENABLED(CONFIG_KASAN) && i < 8192; i++)
		kfree(kmalloc(8192, GFP_KERNEL));
}

/* One of the next ones would be where the first was, and behind it in the queue. */
static VOID free_and_wait_for_the_next(PDEVICE_OBJECT device, PVOID context)
{
	struct succession *s = context;
	int i;

	IoFreeWorkItem(s->first.item);
	flush_quarantine();
	for (i = 0; i < SUCCESSORS; i++)
		s->next[i].item = IoAllocateWorkItem(OBJECT);
	for (i = 0; i < SUCCESSORS; i++)
		if (s->next[i].item)
			IoQueueWorkItem(s->next[i].item, routine, DelayedWorkQueue, &s->next[i]);
	/* A wait in vain is the last one: the others would be as long. */
	for (i = 0; i < SUCCESSORS; i++) {
		if (s->next[i].item && nt_wait(&s->next[i].done) != STATUS_SUCCESS)
			break;
		s->waited += s->next[i].item != NULL;
	}
	KeSetEvent(&s->first.done, IO_NO_INCREMENT, FALSE);
}

static void routine_that_freed_its_item_may_wait_for_another(struct kunit *test)
{
	struct succession *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, s);
	begin(test, &s->first);
	for (i = 0; i < SUCCESSORS; i++) {
		s->next[i].wanted = 1;
		KeInitializeEvent(&s->next[i].done, NotificationEvent, FALSE);
	}
	IoQueueWorkItem(s->first.item, free_and_wait_for_the_next, DelayedWorkQueue, s);
	nt_wait_forever(&s->first.done);
	KUNIT_EXPECT_EQ(test, s->waited, SUCCESSORS);
	for (i = 0; i < SUCCESSORS; i++) {
		if (!s->next[i].item)
			continue;
		nt_wait_forever(&s->next[i].done);
		IoFreeWorkItem(s->next[i].item);
	}
	WSK_RULES(test, "NT-IoFreeWorkItem");
}

struct deletion {
	KEVENT deleted;
	KEVENT done;
	PIO_WORKITEM item;
	UCHAR byte;
};

static VOID use_deleted_device(PDEVICE_OBJECT device, PVOID context)
{
	struct deletion *deletion = context;

	nt_wait(&deletion->deleted);
	deletion->byte = *(UCHAR *)device->DeviceExtension;
	KeSetEvent(&deletion->done, IO_NO_INCREMENT, FALSE);
}

static void device_stays_until_the_routine_has_returned(struct kunit *test)
{
	DRIVER_OBJECT *driver = kunit_kzalloc(test, sizeof(*driver), GFP_KERNEL);
	struct deletion deletion = {};
	PDEVICE_OBJECT device = NULL;

	KUNIT_ASSERT_NOT_NULL(test, driver);
	NT_EXPECT_STATUS(test, IoCreateDevice(driver, 8, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device),
			 STATUS_SUCCESS);
	KUNIT_ASSERT_NOT_NULL(test, device);
	KeInitializeEvent(&deletion.deleted, NotificationEvent, FALSE);
	KeInitializeEvent(&deletion.done, NotificationEvent, FALSE);
	deletion.item = IoAllocateWorkItem(device);
	KUNIT_ASSERT_NOT_NULL(test, deletion.item);
	*(UCHAR *)device->DeviceExtension = 0x77;
	IoQueueWorkItem(deletion.item, use_deleted_device, DelayedWorkQueue, &deletion);
	IoDeleteDevice(device);
	KUNIT_EXPECT_NULL(test, driver->DeviceObject);
	KeSetEvent(&deletion.deleted, IO_NO_INCREMENT, FALSE);
	nt_wait_forever(&deletion.done);
	KUNIT_EXPECT_EQ(test, deletion.byte, 0x77);
	IoFreeWorkItem(deletion.item);
	WSK_RULES(test, "NT-IoQueueWorkItem NT-IoDeleteDevice");
}

static struct kunit_case workitem_cases[] = {
	KUNIT_CASE(routine_runs_once_at_passive_level),
	KUNIT_CASE(ex_routine_gets_its_item),
	KUNIT_CASE(item_may_be_freed_in_its_routine),
	KUNIT_CASE(item_may_be_queued_again_in_its_routine),
	KUNIT_CASE(item_queued_under_a_spin_lock_runs_at_passive_level),
	KUNIT_CASE(items_queued_together_all_run),
	KUNIT_CASE(item_in_the_queue_is_not_queued_twice_or_freed),
	KUNIT_CASE(missing_arguments_are_reported),
	KUNIT_CASE(routine_that_freed_its_item_may_wait_for_another),
	KUNIT_CASE(device_stays_until_the_routine_has_returned),
	{}
};

static struct kunit_suite workitem_suite = {
	.name = "nt_workitem",
	.test_cases = workitem_cases,
};

kunit_test_suite(workitem_suite);
