// SPDX-License-Identifier: GPL-2.0
/*
 * A registration ends while its listener's accept event is called for peers that connect, and what
 * it accepts is closed.
 */
#include "socket_race.h"

#include "plain_peer.h"

/* The accept event: it accepts as long as there is a slot. */
static NTSTATUS accept_some(PVOID context, ULONG flags, PSOCKADDR local, PSOCKADDR remote,
			    PWSK_SOCKET accepted, PVOID *accepted_context,
			    CONST WSK_CLIENT_CONNECTION_DISPATCH **accepted_dispatch)
{
	struct socket_race *s = context;
	NTSTATUS status = STATUS_REQUEST_NOT_ACCEPTED;
	int slot;

	wt_note_event_here(flags);
	race_enter(s->race, s);
	atomic_inc(&s->calls);
	race_expect(s->race, !READ_ONCE(s->quiet));
	slot = accepted ? atomic_inc_return(&s->slot) - 1 : SOCKET_RACE_SLOTS;
	if (slot < SOCKET_RACE_SLOTS) {
		atomic_inc(&s->sockets);
		smp_store_release(&s->slots[slot], accepted);
		status = STATUS_SUCCESS;
	}
	race_leave(s->race, s);
	return status;
}

static const WSK_CLIENT_LISTEN_DISPATCH accept_some_dispatch = {
	.WskAcceptEvent = accept_some,
};

static void close_accepted(struct race_thread *self, struct socket_race *s)
{
	struct race_op *op = &s->sync[self->index];
	BOOLEAN quiet;
	int i;

	/* What was accepted before the listener was closed is seen in the pass behind it. */
	do {
		quiet = READ_ONCE(s->quiet);
		for (i = 0; i < SOCKET_RACE_SLOTS; i++) {
			PWSK_SOCKET socket = smp_load_acquire(&s->slots[i]);

			if (!socket)
				continue;
			s->slots[i] = NULL;
			race_close_socket(op, socket);
			race_op_expect(op, STATUS_SUCCESS);
		}
		wt_sleep(1);
	} while (!quiet);
}

static void connect_some(struct race_thread *self, struct socket_race *s)
{
	int left = 1 + race_random(self, 4);

	while (left--) {
		struct plain_peer *peer = plain_peer_connect(s->port);

		race_pause(self);
		if (peer)
			plain_peer_close(peer);
	}
}

static PWSK_SOCKET begin_listening(struct race_thread *self, struct socket_race *s)
{
	struct race_op *op = &s->sync[self->index];
	PWSK_SOCKET listener;
	SOCKADDR_STORAGE addr;
	WSK_PROVIDER_NPI npi;

	atomic_set(&s->slot, 0);
	race_begin_registration(self->race, s);
	if (!race_capture(self, s, &npi))
		return NULL;
	listener = race_make_listener(op, &npi, s, &accept_some_dispatch, &addr);
	race_release(s);
	if (!listener)
		return NULL;
	s->port = wt_port(&addr);
	race_expect_zero(self->race, wt_set_events(listener, WSK_EVENT_ACCEPT));
	return listener;
}

static void end_listening(struct race_thread *self, struct socket_race *s, PWSK_SOCKET listener)
{
	u32 pauses = race_random(self, 16);

	while (pauses--)
		race_pause(self);
	if (!listener)
		WRITE_ONCE(s->quiet, 1);
	else
		race_close_socket(&s->listening, listener);
	race_end_registration(self->race, s);
}

static void event_round(struct race_thread *self, LONG round)
{
	struct socket_race *s = self->race->context;
	PWSK_SOCKET listener = NULL;
	u32 role = (self->index + round) % RACE_THREADS;

	if (role == 0)
		listener = begin_listening(self, s);
	race_meet(self->race);
	if (role == 0)
		end_listening(self, s, listener);
	else if (role == 1)
		close_accepted(self, s);
	else
		connect_some(self, s);
}

static void accept_events_are_waited_for(struct kunit *test)
{
	race_run(test, socket_race_new(test, AF_INET), race_rounds(10), event_round,
		 socket_race_look);
	WSK_RULES(test, "REG-16 REG-25 REG-26 REG-31 CBK-9 CLO-27");
}

static struct kunit_case accept_race_cases[] = {
	KUNIT_CASE(accept_events_are_waited_for),
	{}
};

static struct kunit_suite accept_race_suite = {
	.name = "wsk_registration_accepts",
	.test_cases = accept_race_cases,
};
kunit_test_suite(accept_race_suite);
