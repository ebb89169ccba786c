/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Thread objects, and which one the current task has.
 *
 * References to a Thread: one per handle, one per ObReferenceObject, one of the
 * running thread itself, which its end drops, and for foreign tasks one of the
 * identity table. Its Holding names a thread object that the driver never gave
 * back; the thread that still runs is counted by owner_enter().
 */
#pragma once

#include "cxx/new.hpp"
#include "dispatcher.hpp"
#include "object.hpp"
#include "owner.hpp"

struct lx_task;

namespace nt {

/* The body: what PKTHREAD and PETHREAD point to. */
struct Thread {
	DISPATCHER_HEADER dispatcher;	/* first: it is what waits get */
	LIST_ENTRY link;		/* in the identity table */
	lx_task *task;			/* foreign: with a reference */
	u32 tid;
	u32 exited;			/* atomic; exit_status is valid */
	NTSTATUS exit_status;
	bool foreign;
	bool held;			/* holding is the owner's */
	PKSTART_ROUTINE routine;
	PVOID context;
	Owner *owner;			/* of routine, entered until the thread's end */
	Holding holding;
};

/* Never fails. Context: any but NMI. Return: borrowed, as long as the task lives. */
Thread &thread_current();
/* Return: the current task's thread if PsCreateSystemThread made it, else NULL. */
Thread *thread_current_system();

/* Identities (identity.cpp). */
void identity_enter(Thread &self);
void identity_leave(Thread &self);
int identity_start();
void identity_stop();

Thread *thread_make(Mem mem);
inline ObjectHeader &thread_header(Thread &thread)
{
	return ObjectHeader::of(&thread);
}

/* All of the process objects there are. */
struct Process {
	DISPATCHER_HEADER dispatcher;
};
Process &system_process();

int thread_start();	/* Return: 0 or -errno */
void thread_stop();

} /* namespace nt */
