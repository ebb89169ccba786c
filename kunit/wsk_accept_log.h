/* SPDX-License-Identifier: GPL-2.0 */
/* A listening socket's context that records what its WskAcceptEvent was told. */
#ifndef WSK_KUNIT_ACCEPT_LOG_H
#define WSK_KUNIT_ACCEPT_LOG_H

#include "wsk_fixture.h"

#define WT_ACCEPT_MAX 32

struct wt_accept_log {
	struct wt_env *env;
	KEVENT fired;
	LONG calls;
	LONG wrong_flag;	/* WSK_FLAG_AT_DISPATCH_LEVEL at PASSIVE_LEVEL */
	LONG wrong_preset;	/* context or dispatch not NULL on entry, or no place for them */
	LONG wrong_family;
	ULONG flags;		/* of the last call, and where it was */
	KIRQL irql;
	HANDLE thread;	/* its id */
	PWSK_SOCKET listener;
	NTSTATUS answer;
	PVOID give_context;
	const WSK_CLIENT_CONNECTION_DISPATCH *give_dispatch;
	LONG stamp;		/* at the end of the last call */
	PWSK_SOCKET sockets[WT_ACCEPT_MAX];
	SOCKADDR_STORAGE local[WT_ACCEPT_MAX];
	SOCKADDR_STORAGE remote[WT_ACCEPT_MAX];
	/* Runs inside the callback. */
	void (*inside)(struct wt_accept_log *log, PWSK_SOCKET accepted);
	PVOID inside_context;
};

extern const WSK_CLIENT_LISTEN_DISPATCH wt_accept_dispatch;

struct wt_accept_log *wt_accept_log_new(struct wt_env *env);
/* A listener with @log as context, on the loopback address of @family. */
PWSK_SOCKET wt_logged_listener(struct wt_accept_log *log, ADDRESS_FAMILY family,
			       SOCKADDR_STORAGE *addr);
/* FALSE if there were not @calls in time. */
BOOLEAN wt_accept_calls(struct wt_accept_log *log, LONG calls);
/* The socket of call @index. It is closed at the end of the case. */
PWSK_SOCKET wt_accept_take(struct wt_accept_log *log, int index);

#endif
