// SPDX-License-Identifier: GPL-2.0
/* System threads, their objects and handles, and who the current thread is. */
#include "nt_worker.h"

struct facts {
	PETHREAD self;
	HANDLE tid;
	HANDLE handle;
	KEVENT go;
	LONG ran;
	LONG after_end;
};

static struct facts *new_facts(struct kunit *test)
{
	struct facts *facts = kunit_kzalloc(test, sizeof(*facts), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, facts);
	KeInitializeEvent(&facts->go, NotificationEvent, FALSE);
	return facts;
}

static NTSTATUS create(struct facts *facts, PKSTART_ROUTINE routine)
{
	return PsCreateSystemThread(&facts->handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, routine,
				    facts);
}

static NTSTATUS lookup(HANDLE handle, POBJECT_TYPE type, PVOID *object)
{
	return ObReferenceObjectByHandle(handle, SYNCHRONIZE, type, KernelMode, object, NULL);
}

static PETHREAD start(struct kunit *test, PKSTART_ROUTINE routine, struct facts *facts)
{
	PVOID object = NULL;

	KUNIT_ASSERT_EQ(test, create(facts, routine), STATUS_SUCCESS);
	KUNIT_ASSERT_EQ(test, lookup(facts->handle, *PsThreadType, &object), STATUS_SUCCESS);
	return object;
}

static void join(struct kunit *test, PETHREAD thread)
{
	NTSTATUS status = nt_wait(thread);

	NT_EXPECT_STATUS(test, status, STATUS_SUCCESS);
	if (status != STATUS_SUCCESS)
		nt_wait_forever(thread);
}

static VOID record_and_return(PVOID context)
{
	struct facts *facts = context;

	facts->self = PsGetCurrentThread();
	facts->tid = PsGetCurrentThreadId();
	InterlockedIncrement(&facts->ran);
}

static VOID wait_and_return(PVOID context)
{
	struct facts *facts = context;

	nt_wait_forever(&facts->go);
	InterlockedIncrement(&facts->ran);
}

static noinline void end_thread(NTSTATUS status)
{
	PsTerminateSystemThread(status);
}

static VOID terminate_from_a_deeper_frame(PVOID context)
{
	struct facts *facts = context;

	InterlockedIncrement(&facts->ran);
	end_thread(STATUS_CANCELLED);
	InterlockedIncrement(&facts->after_end);
}

static void a_threads_end_signals_its_object_for_good(struct kunit *test)
{
	struct facts *facts = new_facts(test);
	PETHREAD thread = start(test, wait_and_return, facts);

	NT_EXPECT_STATUS(test, nt_poll(thread), STATUS_TIMEOUT);
	NT_EXPECT_STATUS(test, PsGetThreadExitStatus(thread), STATUS_PENDING);
	KeSetEvent(&facts->go, IO_NO_INCREMENT, FALSE);
	join(test, thread);
	NT_EXPECT_STATUS(test, nt_poll(thread), STATUS_SUCCESS);
	NT_EXPECT_STATUS(test, nt_wait_forever(thread), STATUS_SUCCESS);
	NT_EXPECT_STATUS(test, PsGetThreadExitStatus(thread), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, facts->ran, 1);
	ObDereferenceObject(thread);
	NT_EXPECT_STATUS(test, ZwClose(facts->handle), STATUS_SUCCESS);
	WSK_RULES(test, "NT-PsCreateSystemThread NT-KeWaitForSingleObject");
}

static void terminate_ends_the_thread_there_and_then(struct kunit *test)
{
	struct facts *facts = new_facts(test);
	PETHREAD thread = start(test, terminate_from_a_deeper_frame, facts);

	join(test, thread);
	NT_EXPECT_STATUS(test, PsGetThreadExitStatus(thread), STATUS_CANCELLED);
	KUNIT_EXPECT_EQ(test, facts->ran, 1);
	KUNIT_EXPECT_EQ(test, facts->after_end, 0);
	ObDereferenceObject(thread);
	ZwClose(facts->handle);
	WSK_RULES(test, "NT-PsTerminateSystemThread");
}

static void terminate_elsewhere_is_refused(struct kunit *test)
{
	NT_EXPECT_STATUS(test, PsTerminateSystemThread(STATUS_SUCCESS), STATUS_INVALID_PARAMETER);
	WSK_RULES(test, "NT-PsTerminateSystemThread");
}

static VOID terminate_at_dispatch_level(PVOID context)
{
	struct facts *facts = context;
	KIRQL old;

	InterlockedIncrement(&facts->ran);
	KeRaiseIrql(DISPATCH_LEVEL, &old);
	PsTerminateSystemThread(STATUS_SUCCESS);
}

static void an_end_at_dispatch_level_is_reported_and_done(struct kunit *test)
{
	struct facts *facts = new_facts(test);
	PETHREAD thread;

	WSK_EXPECT_REPORT(test, "misuse: PS-THREAD: thread of .* ends at DISPATCH_LEVEL");
	thread = start(test, terminate_at_dispatch_level, facts);
	join(test, thread);
	KUNIT_EXPECT_EQ(test, facts->ran, 1);
	ObDereferenceObject(thread);
	ZwClose(facts->handle);
	WSK_RULES(test, "NT-PsTerminateSystemThread");
}

static void a_thread_outlives_its_handle_and_references(struct kunit *test)
{
	struct facts *facts = new_facts(test);
	KEVENT *done = &facts->go;
	PETHREAD thread = start(test, wait_and_return, facts);
	int patience;

	ObDereferenceObject(thread);
	NT_EXPECT_STATUS(test, ZwClose(facts->handle), STATUS_SUCCESS);
	KeSetEvent(done, IO_NO_INCREMENT, FALSE);
	for (patience = NT_PATIENCE_MS; patience && !READ_ONCE(facts->ran); patience--)
		nt_sleep_ms(1);
	KUNIT_EXPECT_EQ(test, facts->ran, 1);
	/* The routine's last step is past; the frame below it is wsk.ko's. */
	nt_sleep_ms(10);
	WSK_RULES(test, "NT-PsCreateSystemThread NT-ZwClose");
}

static void a_reference_outlives_the_handle(struct kunit *test)
{
	struct facts *facts = new_facts(test);
	PETHREAD thread = start(test, wait_and_return, facts);
	PVOID again = NULL;

	NT_EXPECT_STATUS(test, ZwClose(facts->handle), STATUS_SUCCESS);
	NT_EXPECT_STATUS(test, ZwClose(facts->handle), STATUS_INVALID_HANDLE);
	NT_EXPECT_STATUS(test, lookup(facts->handle, NULL, &again), STATUS_INVALID_HANDLE);
	KUNIT_EXPECT_PTR_EQ(test, again, NULL);
	KeSetEvent(&facts->go, IO_NO_INCREMENT, FALSE);
	join(test, thread);
	ObReferenceObject(thread);
	ObDereferenceObject(thread);
	NT_EXPECT_STATUS(test, nt_poll(thread), STATUS_SUCCESS);
	ObDereferenceObject(thread);
	WSK_RULES(test, "NT-ObReferenceObjectByHandle NT-ZwClose NT-ObDereferenceObject");
}

static void handles_are_typed_multiples_of_four(struct kunit *test)
{
	OBJECT_HANDLE_INFORMATION information = {};
	struct facts *facts = new_facts(test);
	PETHREAD thread = start(test, record_and_return, facts);
	POBJECT_TYPE other = (POBJECT_TYPE)&information;
	PVOID object = NULL;

	KUNIT_EXPECT_EQ(test, (ULONG_PTR)facts->handle % 4, 0);
	KUNIT_EXPECT_PTR_NE(test, facts->handle, NULL);
	NT_EXPECT_STATUS(test, lookup(facts->handle, other, &object), STATUS_OBJECT_TYPE_MISMATCH);
	KUNIT_EXPECT_PTR_EQ(test, object, NULL);
	NT_EXPECT_STATUS(test, ObReferenceObjectByHandle(facts->handle, 0, NULL, KernelMode,
							 &object, &information), STATUS_SUCCESS);
	KUNIT_EXPECT_PTR_EQ(test, object, (PVOID)thread);
	KUNIT_EXPECT_EQ(test, information.GrantedAccess, THREAD_ALL_ACCESS);
	ObDereferenceObject(object);
	NT_EXPECT_STATUS(test, lookup(NtCurrentProcess(), *PsThreadType, &object),
			 STATUS_OBJECT_TYPE_MISMATCH);
	NT_EXPECT_STATUS(test, lookup(NULL, NULL, &object), STATUS_INVALID_HANDLE);
	NT_EXPECT_STATUS(test, lookup((HANDLE)(ULONG_PTR)0x7ffffffc, NULL, &object),
			 STATUS_INVALID_HANDLE);
	NT_EXPECT_STATUS(test, ZwClose(NULL), STATUS_INVALID_HANDLE);
	NT_EXPECT_STATUS(test, ZwClose((HANDLE)(ULONG_PTR)0x7ffffffc), STATUS_INVALID_HANDLE);
	join(test, thread);
	ObDereferenceObject(thread);
	ZwClose(facts->handle);
	WSK_RULES(test, "NT-ObReferenceObjectByHandle NT-ZwClose");
}

static void a_reference_to_what_is_no_object_is_answered(struct kunit *test)
{
	ULONG_PTR memory[16] = {};

	WSK_EXPECT_REPORT(test, "misuse: OB-OBJECT: ObReferenceObject on");
	WSK_EXPECT_REPORT(test, "misuse: OB-OBJECT: ObDereferenceObject on");
	KUNIT_EXPECT_EQ(test, ObReferenceObject(&memory[8]), 0);
	KUNIT_EXPECT_EQ(test, ObDereferenceObject(&memory[8]), 0);
	KUNIT_EXPECT_EQ(test, ObDereferenceObject(NULL), 0);
	WSK_RULES(test, "NT-ObDereferenceObject");
}

static void the_current_thread_is_the_object_of_its_handle(struct kunit *test)
{
	struct facts *facts = new_facts(test);
	CLIENT_ID id = {};
	PVOID thread = NULL;

	KUNIT_ASSERT_EQ(test, PsCreateSystemThread(&facts->handle, 0, NULL, NtCurrentProcess(),
						   &id, record_and_return, facts),
			STATUS_SUCCESS);
	KUNIT_ASSERT_EQ(test, lookup(facts->handle, *PsThreadType, &thread), STATUS_SUCCESS);
	join(test, thread);
	KUNIT_EXPECT_PTR_EQ(test, (PVOID)facts->self, thread);
	KUNIT_EXPECT_PTR_EQ(test, facts->tid, id.UniqueThread);
	KUNIT_EXPECT_PTR_EQ(test, id.UniqueProcess, (HANDLE)4);
	KUNIT_EXPECT_PTR_NE(test, facts->tid, PsGetCurrentThreadId());
	ObDereferenceObject(thread);
	ZwClose(facts->handle);
	WSK_RULES(test, "NT-PsGetCurrentThread NT-PsGetCurrentThreadId NT-PsCreateSystemThread");
}

static void a_task_of_linux_has_an_identity_too(struct kunit *test)
{
	PETHREAD self = PsGetCurrentThread();
	PVOID object = NULL;
	KIRQL old;

	KUNIT_EXPECT_PTR_NE(test, (PVOID)self, NULL);
	KUNIT_EXPECT_PTR_EQ(test, (PVOID)PsGetCurrentThread(), (PVOID)self);
	KUNIT_EXPECT_PTR_EQ(test, (PVOID)KeGetCurrentThread(), (PVOID)self);
	KeRaiseIrql(DISPATCH_LEVEL, &old);
	KUNIT_EXPECT_PTR_EQ(test, (PVOID)PsGetCurrentThread(), (PVOID)self);
	KeLowerIrql(old);
	NT_EXPECT_STATUS(test, lookup(NtCurrentThread(), *PsThreadType, &object), STATUS_SUCCESS);
	KUNIT_EXPECT_PTR_EQ(test, object, (PVOID)self);
	ObDereferenceObject(object);
	KUNIT_EXPECT_PTR_EQ(test, (PVOID)PsGetCurrentProcess(), (PVOID)PsGetCurrentProcess());
	NT_EXPECT_STATUS(test, PsGetThreadExitStatus(self), STATUS_PENDING);

	WSK_EXPECT_REPORT(test, "misuse: KE-WAIT: wait on .* not waitable");
	NT_EXPECT_STATUS(test, nt_wait_ms(self, 1), STATUS_OBJECT_TYPE_MISMATCH);
	WSK_RULES(test, "NT-PsGetCurrentThread NT-PsGetCurrentProcess");
}

static void missing_arguments_are_answered(struct kunit *test)
{
	HANDLE handle = NULL;
	struct facts *facts = new_facts(test);

	NT_EXPECT_STATUS(test, PsCreateSystemThread(NULL, 0, NULL, NULL, NULL, record_and_return,
						    facts), STATUS_INVALID_PARAMETER);
	NT_EXPECT_STATUS(test, PsCreateSystemThread(&handle, 0, NULL, NULL, NULL, NULL, NULL),
			 STATUS_INVALID_PARAMETER);
	NT_EXPECT_STATUS(test, PsCreateSystemThread(&handle, 0, NULL, (HANDLE)(ULONG_PTR)64, NULL,
						    record_and_return, facts),
			 STATUS_INVALID_HANDLE);
	KUNIT_EXPECT_PTR_EQ(test, handle, NULL);
	KUNIT_EXPECT_EQ(test, facts->ran, 0);
	WSK_RULES(test, "NT-PsCreateSystemThread");
}

static void creation_at_dispatch_level_is_refused(struct kunit *test)
{
	struct facts *facts = new_facts(test);
	HANDLE handle = NULL;
	NTSTATUS status;
	KIRQL old;

	WSK_EXPECT_REPORT(test, "misuse: PS-THREAD: PsCreateSystemThread at DISPATCH_LEVEL");
	KeRaiseIrql(DISPATCH_LEVEL, &old);
	status = PsCreateSystemThread(&handle, 0, NULL, NULL, NULL, record_and_return, facts);
	KeLowerIrql(old);
	NT_EXPECT_STATUS(test, status, STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_PTR_EQ(test, handle, NULL);
	WSK_RULES(test, "NT-PsCreateSystemThread");
}

static void object_attributes_are_accepted(struct kunit *test)
{
	struct facts *facts = new_facts(test);
	OBJECT_ATTRIBUTES attributes;
	PVOID thread = NULL;

	InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
	KUNIT_ASSERT_EQ(test, PsCreateSystemThread(&facts->handle, 0, &attributes, NULL, NULL,
						   record_and_return, facts), STATUS_SUCCESS);
	KUNIT_ASSERT_EQ(test, lookup(facts->handle, NULL, &thread), STATUS_SUCCESS);
	join(test, thread);
	ObDereferenceObject(thread);
	ZwClose(facts->handle);
	WSK_RULES(test, "NT-PsCreateSystemThread");
}

static VOID close_own_handle_first(PVOID context)
{
	struct facts *facts = context;

	/* The handle is stored before the thread's first step. */
	if (ZwClose(facts->handle) == STATUS_SUCCESS)
		InterlockedIncrement(&facts->ran);
	KeSetEvent(&facts->go, IO_NO_INCREMENT, FALSE);
}

static void a_thread_may_close_its_own_handle(struct kunit *test)
{
	struct facts *facts = new_facts(test);
	int i;

	for (i = 0; i < 50; i++) {
		KUNIT_ASSERT_EQ(test, create(facts, close_own_handle_first), STATUS_SUCCESS);
		NT_EXPECT_STATUS(test, nt_wait(&facts->go), STATUS_SUCCESS);
		KeClearEvent(&facts->go);
	}
	KUNIT_EXPECT_EQ(test, facts->ran, 50);
	nt_sleep_ms(10);
	WSK_RULES(test, "NT-PsCreateSystemThread NT-ZwClose");
}

#define MANY 100

static void a_hundred_threads_end_in_any_order(struct kunit *test)
{
	struct facts *facts = new_facts(test);
	PETHREAD *threads = kunit_kzalloc(test, sizeof(*threads) * MANY, GFP_KERNEL);
	HANDLE *handles = kunit_kzalloc(test, sizeof(*handles) * MANY, GFP_KERNEL);
	PKWAIT_BLOCK blocks = kunit_kzalloc(test, sizeof(*blocks) * MAXIMUM_WAIT_OBJECTS,
					    GFP_KERNEL);
	int i, j;

	for (i = 0; i < MANY; i++) {
		threads[i] = start(test, wait_and_return, facts);
		handles[i] = facts->handle;
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_PTR_NE(test, handles[j], handles[i]);
	}
	KUNIT_EXPECT_EQ(test, facts->ran, 0);
	KeSetEvent(&facts->go, IO_NO_INCREMENT, FALSE);
	NT_EXPECT_STATUS(test, KeWaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS, (PVOID *)threads,
							WaitAll, Executive, KernelMode, FALSE,
							NULL, blocks), STATUS_WAIT_0);
	for (i = MANY; i-- > 0;) {
		join(test, threads[i]);
		ObDereferenceObject(threads[i]);
		NT_EXPECT_STATUS(test, ZwClose(handles[i]), STATUS_SUCCESS);
	}
	KUNIT_EXPECT_EQ(test, facts->ran, MANY);
	WSK_RULES(test, "NT-PsCreateSystemThread NT-KeWaitForMultipleObjects");
}

static struct kunit_case thread_cases[] = {
	KUNIT_CASE(a_threads_end_signals_its_object_for_good),
	KUNIT_CASE(terminate_ends_the_thread_there_and_then),
	KUNIT_CASE(terminate_elsewhere_is_refused),
	KUNIT_CASE(an_end_at_dispatch_level_is_reported_and_done),
	KUNIT_CASE(a_thread_outlives_its_handle_and_references),
	KUNIT_CASE(a_reference_outlives_the_handle),
	KUNIT_CASE(handles_are_typed_multiples_of_four),
	KUNIT_CASE(a_reference_to_what_is_no_object_is_answered),
	KUNIT_CASE(the_current_thread_is_the_object_of_its_handle),
	KUNIT_CASE(a_task_of_linux_has_an_identity_too),
	KUNIT_CASE(missing_arguments_are_answered),
	KUNIT_CASE(creation_at_dispatch_level_is_refused),
	KUNIT_CASE(object_attributes_are_accepted),
	KUNIT_CASE(a_thread_may_close_its_own_handle),
	KUNIT_CASE(a_hundred_threads_end_in_any_order),
	{}
};

static struct kunit_suite thread_suite = {
	.name = "nt_thread",
	.test_cases = thread_cases,
};

kunit_test_suite(thread_suite);
