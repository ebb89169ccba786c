// SPDX-License-Identifier: GPL-2.0
/*
 * One thread ends a registration while three make sockets with it, leave requests pending on them,
 * cancel and close.
 */
#include "socket_race.h"

static PWSK_SOCKET make_connection(struct race_op *op, PWSK_PROVIDER_NPI npi, SOCKADDR_STORAGE *to)
{
	PWSK_SOCKET socket = race_make_socket(op, npi, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
	SOCKADDR_STORAGE any;

	if (!socket)
		return NULL;
	wt_wildcard(&any, op->s->family, 0);
	WT_CONNECTION(socket)->WskBind(socket, (PSOCKADDR)&any, 0, race_op_irp(op, 0));
	race_op_expect(op, STATUS_SUCCESS);
	if (!to)
		return socket;
	WT_CONNECTION(socket)->WskConnect(socket, (PSOCKADDR)to, 0, race_op_irp(op, 0));
	race_op_expect(op, STATUS_SUCCESS);
	return socket;
}

/*
 * The capture is given back before or after @socket is closed, and what is pending
 * on it is cancelled before, or by the close.
 */
static void end_socket(struct race_thread *self, struct socket_race *s, PWSK_SOCKET socket,
		       struct race_op *pended)
{
	struct race_op *op = &s->sync[self->index];
	const BOOLEAN early = race_random(self, 2);

	if (early)
		race_release(s);
	race_pause(self);
	if (pended && race_random(self, 2))
		IoCancelIrp(pended->irp);
	race_close_socket(op, socket);
	if (pended) {
		race_op_expect(pended, STATUS_CANCELLED);
		atomic_inc(&s->cancelled);
	}
	race_op_expect(op, STATUS_SUCCESS);
	if (!early)
		race_release(s);
}

static void listen_and_end(struct race_thread *self, struct socket_race *s, PWSK_PROVIDER_NPI npi)
{
	struct race_op *op = &s->sync[self->index], *pended = &s->pended[self->index];
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener = race_make_listener(op, npi, NULL, NULL, &addr);

	if (!listener)
		return race_release(s);
	WT_LISTEN(listener)->WskAccept(listener, 0, NULL, NULL, NULL, NULL, race_op_irp(pended, 1));
	end_socket(self, s, listener, pended);
}

static void receive_and_end(struct race_thread *self, struct socket_race *s,
			    PWSK_PROVIDER_NPI npi)
{
	struct race_op *op = &s->sync[self->index], *pended = &s->pended[self->index];
	PWSK_SOCKET listener, connection, accepted;
	SOCKADDR_STORAGE addr;

	listener = race_make_listener(op, npi, NULL, NULL, &addr);
	connection = listener ? make_connection(op, npi, &addr) : NULL;
	if (!connection)
		return race_release(s);
	WT_LISTEN(listener)->WskAccept(listener, 0, NULL, NULL, NULL, NULL, race_op_irp(op, 1));
	race_op_expect(op, STATUS_SUCCESS);
	accepted = NT_SUCCESS(op->status) ? (PWSK_SOCKET)op->information : NULL;
	race_close_socket(op, listener);
	race_op_expect(op, STATUS_SUCCESS);
	if (accepted) {
		race_close_socket(op, accepted);
		race_op_expect(op, STATUS_SUCCESS);
	}
	/* Reset by its peer or not yet: the receive ends at once, or with the socket. */
	WT_CONNECTION(connection)->WskReceive(connection, &s->buffers[self->index], 0,
					      race_op_irp(pended, 0));
	race_pause(self);
	race_close_socket(op, connection);
	race_op_wait(pended);
	race_op_expect(op, STATUS_SUCCESS);
	race_release(s);
}

/* From the release on, the request that makes the socket is all that holds the registration. */
static void release_and_end(struct race_thread *self, struct socket_race *s,
			    PWSK_PROVIDER_NPI npi)
{
	struct race_op *op = &s->sync[self->index];

	race_begin_socket(op, npi, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
	race_release(s);
	race_op_expect(op, STATUS_SUCCESS);
	if (!NT_SUCCESS(op->status))
		return;
	race_close_socket(op, (PWSK_SOCKET)op->information);
	race_op_expect(op, STATUS_SUCCESS);
}

/* FALSE: refused. */
static BOOLEAN use_once(struct race_thread *self, struct socket_race *s)
{
	struct race_op *op = &s->sync[self->index];
	WSK_PROVIDER_NPI npi;
	PWSK_SOCKET socket;

	if (!race_capture(self, s, &npi))
		return FALSE;
	switch (race_random(self, 8)) {
	case 0:
		receive_and_end(self, s, &npi);
		break;
	case 1:
	case 2:
	case 3:
		listen_and_end(self, s, &npi);
		break;
	case 4:
	case 5:
		release_and_end(self, s, &npi);
		break;
	default:
		socket = race_random(self, 2) ? make_connection(op, &npi, NULL) :
			 race_make_socket(op, &npi, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
		if (socket)
			end_socket(self, s, socket, NULL);
		else
			race_release(s);
	}
	return TRUE;
}

/* Its own socket is on its way to be closed when WskDeregister begins. */
static void end_with_a_close(struct race_thread *self, struct socket_race *s)
{
	struct race_op *op = &s->sync[self->index];
	WSK_PROVIDER_NPI npi;
	PWSK_SOCKET socket;

	if (!race_capture(self, s, &npi))
		return;
	socket = race_make_socket(op, &npi, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
	race_release(s);
	if (!socket)
		return;
	race_close_socket(op, socket);
	race_end_registration(self->race, s);
	race_expect(self->race, wt_is_set(&op->done));
}

static void socket_round(struct race_thread *self, LONG round)
{
	struct socket_race *s = self->race->context;
	const BOOLEAN ends = round % RACE_THREADS == self->index;
	u32 left = race_random(self, ends ? 2 : 4);
	WSK_PROVIDER_NPI npi;

	if ((round + 1) % RACE_THREADS == self->index)
		race_begin_registration(self->race, s);
	race_meet(self->race);
	while (left-- && use_once(self, s))
		race_pause(self);
	if (!ends)
		return;
	end_with_a_close(self, s);
	race_expect(self->race, !race_capture(self, s, &npi));
}

static void sockets_and_requests_are_waited_for(struct kunit *test)
{
	race_run(test, socket_race_new(test, AF_INET), race_rounds(2), socket_round,
		 socket_race_look);
	WSK_RULES(test, "REG-14 REG-16 REG-17 REG-22 REG-26 REG-31 CAP-19 CLO-26 CLO-27");
}

static void ipv6_sockets_and_requests_are_waited_for(struct kunit *test)
{
	race_run(test, socket_race_new(test, AF_INET6), race_rounds(2), socket_round,
		 socket_race_look);
	WSK_RULES(test, "REG-14 REG-16 REG-17 REG-22 REG-26 REG-31 CAP-19 CLO-26 CLO-27");
}

static struct kunit_case socket_race_cases[] = {
	KUNIT_CASE(sockets_and_requests_are_waited_for),
	KUNIT_CASE(ipv6_sockets_and_requests_are_waited_for),
	{}
};

static struct kunit_suite socket_race_suite = {
	.name = "wsk_registration_sockets",
	.test_cases = socket_race_cases,
};
kunit_test_suite(socket_race_suite);
