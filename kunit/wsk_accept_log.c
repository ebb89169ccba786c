// SPDX-License-Identifier: GPL-2.0
/* The WskAcceptEvent of the WSK suites. */
#include "wsk_accept_log.h"

static void copy_address(SOCKADDR_STORAGE *to, PSOCKADDR from)
{
	wt_addr_poison(to);
	memcpy(to, from, wt_addr_size(from->sa_family));
}

static NTSTATUS wt_accept_event(PVOID context, ULONG flags, PSOCKADDR local, PSOCKADDR remote,
				PWSK_SOCKET accepted, PVOID *accepted_context,
				CONST WSK_CLIENT_CONNECTION_DISPATCH **accepted_dispatch)
{
	struct wt_accept_log *log = context;
	LONG index = log->calls;

	wt_note_event(log->env, flags);
	log->flags = flags;
	log->irql = KeGetCurrentIrql();
	log->thread = PsGetCurrentThreadId();
	if ((flags & WSK_FLAG_AT_DISPATCH_LEVEL) && log->irql != DISPATCH_LEVEL)
		log->wrong_flag++;
	if (!accepted_context || !accepted_dispatch || *accepted_context || *accepted_dispatch)
		log->wrong_preset++;
	if (index < WT_ACCEPT_MAX && accepted) {
		log->sockets[index] = accepted;
		copy_address(&log->local[index], local);
		copy_address(&log->remote[index], remote);
	}
	if (log->give_context)
		*accepted_context = log->give_context;
	if (log->give_dispatch)
		*accepted_dispatch = log->give_dispatch;
	/* Before anything can go wrong with the case: its end closes the socket. */
	if (accepted && log->answer == STATUS_SUCCESS)
		wt_track(log->env, accepted, FALSE);
	if (log->inside)
		log->inside(log, accepted);
	log->stamp = wt_stamp();
	InterlockedIncrement(&log->calls);
	KeSetEvent(&log->fired, IO_NO_INCREMENT, FALSE);
	return log->answer;
}

const WSK_CLIENT_LISTEN_DISPATCH wt_accept_dispatch = {
	.WskAcceptEvent = wt_accept_event,
};

struct wt_accept_log *wt_accept_log_new(struct wt_env *env)
{
	struct wt_accept_log *log = kunit_kzalloc(env->test, sizeof(*log), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(env->test, log);
	log->env = env;
	log->answer = STATUS_SUCCESS;
	KeInitializeEvent(&log->fired, SynchronizationEvent, FALSE);
	return log;
}

PWSK_SOCKET wt_logged_listener(struct wt_accept_log *log, ADDRESS_FAMILY family,
			       SOCKADDR_STORAGE *addr)
{
	struct wt_env *env = log->env;

	log->listener = wt_listen_socket(env, family, log, &wt_accept_dispatch);
	wt_loopback(addr, family, 0);
	WT_ASSERT_STATUS(env->test, wt_bind(env, log->listener, addr), STATUS_SUCCESS);
	WT_ASSERT_STATUS(env->test, wt_local_address(env, log->listener, addr), STATUS_SUCCESS);
	return log->listener;
}

BOOLEAN wt_accept_calls(struct wt_accept_log *log, LONG calls)
{
	while (log->calls < calls)
		if (!wt_wait(&log->fired, WT_PATIENCE_MS))
			return FALSE;
	return TRUE;
}

PWSK_SOCKET wt_accept_take(struct wt_accept_log *log, int index)
{
	struct kunit *test = log->env->test;

	KUNIT_ASSERT_TRUE_MSG(test, wt_accept_calls(log, index + 1), "%d accept events, not %d",
			      log->calls, index + 1);
	KUNIT_ASSERT_NOT_NULL(test, log->sockets[index]);
	return log->sockets[index];
}
