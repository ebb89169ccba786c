// SPDX-License-Identifier: GPL-2.0
/* A row of wsk_ops.c in use: prepared, called, kicked, and cleaned up after. */
#include "wsk_ops.h"

#define BYTES 64

const struct wt_op *wt_op_named(const char *name)
{
	const struct wt_op *op = wt_ops;

	while (strcmp(op->name, name))
		op++;
	return op;
}

struct wt_op_run *wt_op_run(struct kunit *test)
{
	struct wt_op_run *run = kunit_kzalloc(test, sizeof(*run), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, run);
	run->env = wt_env(test);
	run->data = wt_data_new(run->env, BYTES);
	run->peer_data = wt_data_new(run->env, BYTES);
	run->peer_io = wt_io_new(run->env);
	KeInitializeEvent(&run->entered, NotificationEvent, FALSE);
	KeInitializeEvent(&run->go, NotificationEvent, FALSE);
	RtlInitUnicodeString(&run->text, L"127.0.0.1");
	wt_wildcard(&run->any, AF_INET, 0);
	return run;
}

void wt_op_prepare(struct wt_op_run *run, const struct wt_op *op)
{
	run->op = op;
	run->socket = run->peer = run->listener = NULL;
	memset(&run->dispatch, 0, sizeof(run->dispatch));
	KeClearEvent(&run->entered);
	KeClearEvent(&run->go);
	op->prepare(run);
}

NTSTATUS wt_op_call(struct wt_op_run *run, PIRP irp)
{
	const struct wt_op *op = run->op;
	PWSK_SOCKET socket = run->socket;
	NTSTATUS status = op->call(run, irp);

	if (op->closes && status == STATUS_PENDING) {
		wt_untrack(run->env, socket);
		run->socket = NULL;
	}
	return status;
}

void wt_op_kick(struct wt_op_run *run)
{
	if (run->op->kick)
		run->op->kick(run);
}

static void close_if_any(struct wt_op_run *run, PWSK_SOCKET *socket)
{
	if (*socket)
		WT_EXPECT_STATUS(run->env->test, wt_close(run->env, *socket), STATUS_SUCCESS);
	*socket = NULL;
}

void wt_op_clean(struct wt_op_run *run, NTSTATUS status, ULONG_PTR information)
{
	PWSK_SOCKET made = NULL;

	/* The close of its listener waits for it. */
	KeSetEvent(&run->go, IO_NO_INCREMENT, FALSE);
	if (run->op->makes_socket && status == STATUS_SUCCESS) {
		made = (PWSK_SOCKET)information;
		KUNIT_ASSERT_NOT_NULL(run->env->test, made);
		wt_track(run->env, made, FALSE);
	}
	close_if_any(run, &made);
	close_if_any(run, &run->socket);
	close_if_any(run, &run->peer);
	close_if_any(run, &run->listener);
}
