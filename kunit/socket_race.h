/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A registration that ends while threads use sockets of it. Captures, sockets, requests and running
 * routines are counted where the provider still waits for them, so each count must be 0 when
 * WskDeregister returns, and stay so.
 */
#ifndef WSK_KUNIT_SOCKET_RACE_H
#define WSK_KUNIT_SOCKET_RACE_H

#include "race.h"

struct socket_race;

/* An IRP of one thread, or of one accepted socket. */
struct race_op {
	struct socket_race *s;
	PIRP irp;
	KEVENT done;
	NTSTATUS status;
	ULONG_PTR information;
	int gains;		/* sockets, if it succeeds: 1, 0, or -1 for a close */
};

#define SOCKET_RACE_SLOTS 8

struct socket_race {
	struct race *race;
	WSK_REGISTRATION block;
	ADDRESS_FAMILY family;
	LONG refused;
	LONG returned;
	atomic_t holding;	/* captures */
	atomic_t sockets;	/* made, and their close routine has not run */
	atomic_t pending;	/* requests whose routine has not run */
	atomic_t inside;	/* routines and callbacks that run */
	atomic_t made;		/* sockets in all rounds, as the three below */
	atomic_t cancelled;
	atomic_t waited;	/* rounds in which there was something to wait for */
	atomic_t calls;		/* of the accept event */
	struct race_op sync[RACE_THREADS];
	struct race_op pended[RACE_THREADS];
	WSK_BUF buffers[RACE_THREADS];
	UCHAR bytes[RACE_THREADS][16];
	/* Accepted by the event, to be closed. */
	PWSK_SOCKET slots[SOCKET_RACE_SLOTS];
	atomic_t slot;
	struct race_op listening;
	USHORT port;
	LONG quiet;		/* the listener's close routine has run */
};

/* The context of a race_run(), whose look is socket_race_look(). */
struct socket_race *socket_race_new(struct kunit *test, ADDRESS_FAMILY family);
void socket_race_look(struct kunit *test, void *context);

/* One thread makes the registration of a round, and one ends it. */
void race_begin_registration(struct race *race, struct socket_race *s);
void race_end_registration(struct race *race, struct socket_race *s);

/* FALSE: refused, as the end has begun. */
BOOLEAN race_capture(struct race_thread *self, struct socket_race *s, PWSK_PROVIDER_NPI npi);
void race_release(struct socket_race *s);

/* Around what the provider calls. */
void race_enter(struct race *race, struct socket_race *s);
void race_leave(struct race *race, struct socket_race *s);

/* The IRP for the next call. */
PIRP race_op_irp(struct race_op *op, int gains);
NTSTATUS race_op_wait(struct race_op *op);
void race_op_expect(struct race_op *op, NTSTATUS expected);

void race_begin_socket(struct race_op *op, PWSK_PROVIDER_NPI npi, ULONG flags, void *context,
		       const void *dispatch);
PWSK_SOCKET race_make_socket(struct race_op *op, PWSK_PROVIDER_NPI npi, ULONG flags, void *context,
			     const void *dispatch);
/* On a port of loopback, which @addr gets. */
PWSK_SOCKET race_make_listener(struct race_op *op, PWSK_PROVIDER_NPI npi, void *context,
			       const void *dispatch, SOCKADDR_STORAGE *addr);
void race_close_socket(struct race_op *op, PWSK_SOCKET socket);

#endif
