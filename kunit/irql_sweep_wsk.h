/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The life of a connection as a table of calls, for the suite that makes each of them in every
 * context it is allowed in.
 */
#ifndef WSK_KUNIT_IRQL_SWEEP_WSK_H
#define WSK_KUNIT_IRQL_SWEEP_WSK_H

#include "irql_levels.h"
#include "wsk_accept_log.h"

#define WSK_SWEEP_BYTES 100
#define WSK_SWEEP_CALLED_MAX 32

struct wsk_sweep {
	struct kunit *test;
	int where;
	struct wt_env *env;		/* a registration of its own: its first socket is ours */
	struct wt_io *io;		/* of the call to make */
	struct wt_io *accepting, *receiving;
	PWSK_SOCKET listener, client, server;
	SOCKADDR_STORAGE any, addr, out;
	struct wt_data *sent, *received;
	WSK_BUF send_buf, receive_buf;
	WSK_PROVIDER_NPI npi;
	ULONG value;
	const void *called[WSK_SWEEP_CALLED_MAX];
	int calls;
	/* Where the calls of IN_ROUTINE and IN_CALLBACK come from. */
	struct wt_pair helper;
	struct wt_accept_log *log;
	SOCKADDR_STORAGE log_addr;
};

enum wsk_answer { NO_IRP, COMPLETES, STAYS_PENDING };

/* @then looks at what the call answered, Information, once it has returned. */
struct wsk_step {
	const char *name;
	int (*call)(void *context);
	enum wsk_answer answer;
	NTSTATUS status;
	void (*then)(struct wsk_sweep *s, ULONG_PTR answer);
};

/* Ends with a step without a name. */
extern const struct wsk_step wsk_sweep_steps[];

/* Capture, query and release. */
int wsk_sweep_capture(void *context);

/* The slots of a dispatch table that no step has called yet fail @s's case. */
void wsk_sweep_all_called(struct wsk_sweep *s, const char *table, const VOID *slots, int count);

#endif
