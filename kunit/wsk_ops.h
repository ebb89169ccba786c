/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every function that takes an IRP, as a row of a table: what it needs, the call, what
 * a pending call of it waits for, and what comes of it. Cases run over all rows, so
 * that what holds for each IRP is shown for each function.
 */
#ifndef WSK_KUNIT_OPS_H
#define WSK_KUNIT_OPS_H

#include "wsk_fixture.h"

struct wt_op_run;

struct wt_op {
	const char *name;
	void (*prepare)(struct wt_op_run *run);
	/* Any IRQL <= DISPATCH_LEVEL. */
	NTSTATUS (*call)(struct wt_op_run *run, PIRP irp);
	/* Brings about what a call waits for; NULL if it waits for nobody. */
	void (*kick)(struct wt_op_run *run);
	NTSTATUS returns;
	NTSTATUS final;
	/* What a call without IRP returns. */
	NTSTATUS without;
	BOOLEAN makes_socket;	/* which is in Information */
	BOOLEAN closes;
	BOOLEAN client_level;	/* the call is made on no socket */
	BOOLEAN uncancellable;	/* CAN-13: whoever cancels it, its kick has to come */
};

extern const struct wt_op wt_ops[];
extern const int wt_ops_count;
/* The name exists. */
const struct wt_op *wt_op_named(const char *name);

/* A row in use. Made once a case, prepared for each call. */
struct wt_op_run {
	struct wt_env *env;
	const struct wt_op *op;
	PWSK_SOCKET socket;	/* what the call is made on */
	PWSK_SOCKET peer;
	PWSK_SOCKET listener;
	SOCKADDR_STORAGE addr;	/* the listener's */
	SOCKADDR_STORAGE any;
	SOCKADDR_STORAGE out;
	struct wt_data *data;
	struct wt_data *peer_data;
	struct wt_io *peer_io;
	ULONG value;
	WSK_EVENT_CALLBACK_CONTROL control;
	WSK_INSPECT_ID inspect;
	UNICODE_STRING text;
	PADDRINFOEXW result;
	SIZE_T needed;
	WSK_CLIENT_LISTEN_DISPATCH dispatch;
	KEVENT entered;		/* a callback was, and stays until it may go */
	KEVENT go;
};

struct wt_op_run *wt_op_run(struct kunit *test);
void wt_op_prepare(struct wt_op_run *run, const struct wt_op *op);
/* The call, and a closed socket is no longer the fixture's. */
NTSTATUS wt_op_call(struct wt_op_run *run, PIRP irp);
void wt_op_kick(struct wt_op_run *run);
/* What @io made and what wt_op_prepare() made is closed. After wt_io_end(). */
void wt_op_clean(struct wt_op_run *run, NTSTATUS status, ULONG_PTR information);

#endif
