// SPDX-License-Identifier: GPL-2.0
/*
 * System threads. The driver's routine runs between thread_main() and
 * thread_end(), both in wsk.ko: PsTerminateSystemThread goes straight to
 * thread_end(), from which nobody returns into the driver's frames, so that the
 * driver's text may go as soon as owner_leave() has counted the thread out.
 */
#include "thread.hpp"
#include "cxx/list.hpp"
#include "cxx/lock.hpp"
#include "handle.hpp"
#include "lx/irql.h"
#include "lx/log.h"
#include "lx/thread.h"
#include "lx/wait.h"
#include "seh.hpp"
#include <ntddk.h>
#include <ntstatus.h>

namespace nt {

namespace {

struct ThreadObject {
	ObjectHeader header{thread_type};
	Thread thread = {};
};

static_assert(__builtin_offsetof(ThreadObject, thread) == sizeof(ObjectHeader));

struct ProcessObject {
	ObjectHeader header{process_type};
	Process process = {};
};

alignas(ProcessObject) constinit u8 process_storage[sizeof(ProcessObject)] = {};

void thread_destroy(void *body)
{
	Thread &thread = *static_cast<Thread *>(body);

	if (thread.held)
		owner_drop(thread.holding);
	if (thread.foreign && thread.task)
		lx_task_put(thread.task);
	destroy(reinterpret_cast<ThreadObject *>(&thread_header(thread)));
}

/* The System process is nobody's to end: its reference is never dropped. */
void process_destroy(void *)
{
}

using HoldingList = List<Holding, Member<Holding, &Holding::link>>;

/* Thread objects that outlived their drivers, each with one reference. */
struct Orphans : NonMovable {
	SpinLock lock{LX_RANK_OBJECT};	/* protects list */
	HoldingList list;
};

alignas(Orphans) constinit u8 orphan_storage[sizeof(Orphans)] = {};

Orphans &orphans()
{
	return *reinterpret_cast<Orphans *>(orphan_storage);
}

Thread &thread_of(Holding &holding)
{
	u8 *at = reinterpret_cast<u8 *>(&holding) - __builtin_offsetof(Thread, holding);

	return *reinterpret_cast<Thread *>(at);
}

/* The reference is the orphans' from here on. */
bool thread_pin(Holding &holding)
{
	Thread &thread = thread_of(holding);

	if (!thread_header(thread).try_ref())
		return false;
	thread.held = false;
	return true;
}

/*
 * The driver of a thread object is gone. Its handles are closed, but whose the
 * references are cannot be known; the memory goes when no driver is left.
 */
void thread_reclaim(Holding &holding)
{
	handle_close_all(thread_header(thread_of(holding)));

	auto guard = orphans().lock.acquire();

	orphans().list.push_back(holding);
}

void destroy_orphans()
{
	while (Holding *holding = orphans().list.pop_front())
		thread_destroy(&thread_of(*holding));
	orphans().~Orphans();
}

/*
 * The end, for all of them; does not return. Waiters first: a DriverUnload that
 * waits for the thread goes on while this one is still counted, and the glue
 * behind DriverUnload waits for owner_leave(). After that neither the driver's
 * text nor its owner record is touched.
 */
void thread_end(Thread &self, NTSTATUS status)
{
	Owner &owner = *self.owner;

	if (lx_context_is_atomic()) {
		lx_log_misuse("PS-THREAD: thread of %s ends at DISPATCH_LEVEL", owner_name(owner));
		lx_bh_enable();
	}
	identity_leave(self);
	seh_forget_task();
	self.exit_status = status;
	__atomic_store_n(&self.exited, 1, __ATOMIC_RELEASE);
	dispatcher_signal(self.dispatcher, 1);
	thread_header(self).unref();
	owner_leave(owner);
	lx_thread_exit();
	__builtin_trap();	/* not reached: a return would run freed frames */
}

void thread_main(void *context)
{
	Thread &self = *static_cast<Thread *>(context);

	self.task = lx_task_self();
	identity_enter(self);
	self.routine(self.context);
	thread_end(self, STATUS_SUCCESS);
}

/* Whoever creates it, a system thread is System's, whose number is 4. */
HANDLE system_id()
{
	return reinterpret_cast<HANDLE>(4UL);
}

/* The new thread may be over, and its handle closed by itself, before this returns. */
NTSTATUS start(Thread &thread, HANDLE handle, PCLIENT_ID id)
{
	ObjectHeader &object = thread_header(thread);
	Owner &owner = *thread.owner;
	NTSTATUS status = STATUS_SUCCESS;

	object.ref();
	if (lx_thread_start(thread_main, &thread, owner_name(owner), &thread.tid)) {
		status = STATUS_INSUFFICIENT_RESOURCES;
		if (handle_close(handle))
			object.unref();
		object.unref();		/* the thread's own */
		owner_leave(owner);
	} else if (id) {
		id->UniqueProcess = system_id();
		id->UniqueThread = reinterpret_cast<HANDLE>(uptr{thread.tid});
	}
	object.unref();
	return status;
}

/* NULL and NtCurrentProcess() are the System process, the only one there is. */
bool is_system_process(HANDLE process)
{
	return !process || process == reinterpret_cast<HANDLE>(~0UL);
}

} /* namespace */

constinit ObjectType thread_type = { "thread", thread_destroy };
constinit ObjectType process_type = { "process", process_destroy };

Thread *thread_make(Mem mem)
{
	ThreadObject *object = make<ThreadObject>(mem);

	if (!object)
		return nullptr;
	dispatcher_init(object->thread.dispatcher, Waitable::Thread, 0);
	link_init(object->thread.link);
	return &object->thread;
}

Process &system_process()
{
	return reinterpret_cast<ProcessObject *>(process_storage)->process;
}

int thread_start()
{
	new (process_storage) ProcessObject;
	new (orphan_storage) Orphans;
	owner_set_reclaim(Held::Thread, thread_reclaim, thread_pin);
	return identity_start();
}

/* No driver is loaded any more, and no thread runs: each holds the module. */
void thread_stop()
{
	destroy_orphans();
	identity_stop();
}

} /* namespace nt */

using namespace nt;

static constinit POBJECT_TYPE thread_type_pointer = &thread_type;

/* As on Windows a pointer to a pointer: drivers pass *PsThreadType. */
extern "C" {
constinit POBJECT_TYPE *PsThreadType = &thread_type_pointer;
}

/**
 * PsCreateSystemThread() - start a thread in the kernel.
 * @ThreadHandle: receives a handle, for ObReferenceObjectByHandle() and ZwClose(). It is
 *	stored before the thread's first step.
 * @DesiredAccess: ignored; the handle grants all access.
 * @ObjectAttributes: ignored: threads have no names, every handle is a kernel handle.
 * @ProcessHandle: NULL or NtCurrentProcess(); there is one process, System.
 * @ClientId: NULL, or receives the process (4) and the Linux tid.
 * @StartRoutine: the driver's; its return ends the thread with STATUS_SUCCESS.
 * @StartContext: passed to it.
 *
 * The Linux thread has the driver's name. The driver's exit waits for it; the
 * wsk module is in use while it runs.
 * Context: PASSIVE_LEVEL, process context that may sleep.
 * Return: STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES (no memory, or the calling process
 * is being killed); STATUS_INVALID_HANDLE for another @ProcessHandle;
 * STATUS_INVALID_PARAMETER for a NULL @ThreadHandle or @StartRoutine, and, reported as
 * misuse, at DISPATCH_LEVEL.
 */
extern "C" NTSTATUS PsCreateSystemThread(PHANDLE ThreadHandle, ULONG DesiredAccess,
					 POBJECT_ATTRIBUTES ObjectAttributes,
					 HANDLE ProcessHandle, PCLIENT_ID ClientId,
					 PKSTART_ROUTINE StartRoutine, PVOID StartContext)
{
	const void *site = __builtin_return_address(0);

	(void)DesiredAccess;
	(void)ObjectAttributes;
	if (!ThreadHandle || !StartRoutine)
		return STATUS_INVALID_PARAMETER;
	if (!is_system_process(ProcessHandle))
		return STATUS_INVALID_HANDLE;
	if (lx_context_is_atomic()) {
		lx_log_misuse("PS-THREAD: PsCreateSystemThread at DISPATCH_LEVEL");
		return STATUS_INVALID_PARAMETER;
	}

	Thread *thread = thread_make(Mem::Sleep);

	if (!thread)
		return STATUS_INSUFFICIENT_RESOURCES;

	ObjectHeader &object = thread_header(*thread);

	object.ref();	/* the handle's; the first one is the thread's own */

	HANDLE handle = handle_open(object);

	if (!handle) {
		object.unref();
		object.unref();
		return STATUS_INSUFFICIENT_RESOURCES;
	}
	thread->routine = StartRoutine;
	thread->context = StartContext;
	owner_hold(thread->holding, Held::Thread, site);
	thread->held = true;
	thread->owner = &owner_enter(reinterpret_cast<const void *>(StartRoutine));
	*ThreadHandle = handle;

	NTSTATUS status = start(*thread, handle, ClientId);

	if (status != STATUS_SUCCESS)
		*ThreadHandle = nullptr;
	return status;
}

/**
 * PsTerminateSystemThread() - end the current thread.
 * @ExitStatus: what PsGetThreadExitStatus() then answers.
 *
 * It does not return into the driver: the thread's end runs here, on top of frames
 * that are never returned to.
 * Context: PASSIVE_LEVEL, in a thread of PsCreateSystemThread(). At DISPATCH_LEVEL the
 * IRQL is lowered and the misuse reported.
 * Return: only if the current task is no such thread: STATUS_INVALID_PARAMETER.
 */
extern "C" NTSTATUS PsTerminateSystemThread(NTSTATUS ExitStatus)
{
	Thread *self = lx_context_is_task() ? thread_current_system() : nullptr;

	if (!self)
		return STATUS_INVALID_PARAMETER;
	thread_end(*self, ExitStatus);
	return STATUS_SUCCESS;
}

/**
 * PsGetThreadExitStatus() - how a thread ended.
 * Context: IRQL <= DISPATCH_LEVEL; @Thread is referenced.
 * Return: the exit status; STATUS_PENDING while it runs, and for a task of Linux.
 */
extern "C" NTSTATUS PsGetThreadExitStatus(PETHREAD Thread)
{
	auto &thread = *reinterpret_cast<nt::Thread *>(Thread);

	return __atomic_load_n(&thread.exited, __ATOMIC_ACQUIRE) ? thread.exit_status
								  : STATUS_PENDING;
}

/**
 * KeGetCurrentThread() - the object of the current thread, not referenced.
 *
 * Stable and its own for every task, also those that Linux made; those can be
 * compared and referenced but not waited for.
 * Context: IRQL <= DISPATCH_LEVEL; in softirq it is the interrupted task's.
 */
extern "C" PKTHREAD KeGetCurrentThread(VOID)
{
	return reinterpret_cast<PKTHREAD>(&thread_current());
}

/** PsGetCurrentThread() - as KeGetCurrentThread(); both point to the same object. */
extern "C" PETHREAD PsGetCurrentThread(VOID)
{
	return reinterpret_cast<PETHREAD>(&thread_current());
}

/**
 * PsGetCurrentThreadId() - the Linux tid. Not a multiple of four, as on Windows.
 * Context: any.
 */
extern "C" HANDLE PsGetCurrentThreadId(VOID)
{
	return reinterpret_cast<HANDLE>(uptr{lx_task_tid()});
}

/**
 * PsGetCurrentProcess() - the System process, whoever asks: drivers run on behalf of no
 * other. PsGetCurrentProcessId() tells user processes apart.
 * Context: any.
 */
extern "C" PEPROCESS PsGetCurrentProcess(VOID)
{
	return reinterpret_cast<PEPROCESS>(&system_process());
}

/**
 * PsGetCurrentProcessId() - 4, Windows' number of System, in a kernel thread; else the
 * Linux pid of the calling process.
 * Context: any.
 */
extern "C" HANDLE PsGetCurrentProcessId(VOID)
{
	uptr pid = lx_task_user_pid();

	return pid ? reinterpret_cast<HANDLE>(pid) : system_id();
}
