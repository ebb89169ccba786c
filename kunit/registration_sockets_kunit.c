// SPDX-License-Identifier: GPL-2.0
/*
 * One thread ends a registration while three make sockets with it, leave requests
 * pending on them, cancel and close. Captures, sockets, requests and running
 * routines are counted where the provider still waits for them, so each count
 * must be 0 when WskDeregister returns, and stay so.
 */
#include "race.h"

#include <linux/slab.h>

#include "plain_peer.h"

static const WSK_CLIENT_DISPATCH version_1_0 = { MAKE_WSK_VERSION(1, 0), 0, NULL };
static WSK_CLIENT_NPI client = { NULL, &version_1_0 };

struct socket_race;

/* An IRP of one thread, or of one accepted socket. */
struct op {
	struct socket_race *s;
	PIRP irp;
	KEVENT done;
	NTSTATUS status;
	ULONG_PTR information;
	int gains;		/* sockets, if it succeeds: 1, 0, or -1 for a close */
};

#define SLOTS 8

struct socket_race {
	struct race *race;
	WSK_REGISTRATION block;
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
	struct op sync[RACE_THREADS];
	struct op pended[RACE_THREADS];
	WSK_BUF buffers[RACE_THREADS];
	UCHAR bytes[RACE_THREADS][16];
	/* Accepted by the event, to be closed. */
	PWSK_SOCKET slots[SLOTS];
	atomic_t slot;
	struct op listening;
	USHORT port;
	LONG quiet;		/* the listener's close routine has run */
};

static void enter_routine(struct race *race, struct socket_race *s)
{
	atomic_inc(&s->inside);
	if (READ_ONCE(s->returned))
		race_wrong(race, "the client was called after WskDeregister had returned", 0);
}

static void leave_routine(struct race *race, struct socket_race *s)
{
	int spins = 50;

	/* Time for a WskDeregister that does not wait for this. */
	while (spins--)
		cpu_relax();
	if (READ_ONCE(s->returned))
		race_wrong(race, "WskDeregister has returned while the client runs", 0);
	atomic_dec(&s->inside);
}

static NTSTATUS op_complete(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct op *op = context;
	struct socket_race *s = op->s;
	struct race *race = s->race;

	enter_routine(race, s);
	op->status = irp->IoStatus.Status;
	op->information = irp->IoStatus.Information;
	if (NT_SUCCESS(op->status) && op->gains) {
		atomic_add(op->gains, &s->sockets);
		if (op->gains > 0)
			atomic_inc(&s->made);
	}
	if (op == &s->listening)
		WRITE_ONCE(s->quiet, 1);
	atomic_dec(&s->pending);
	/* From here on it may be used again. */
	KeSetEvent(&op->done, IO_NO_INCREMENT, FALSE);
	leave_routine(race, s);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

/* For the next call. */
static PIRP op_irp(struct op *op, int gains)
{
	op->gains = gains;
	KeClearEvent(&op->done);
	IoReuseIrp(op->irp, WT_POISON);
	IoSetCompletionRoutine(op->irp, op_complete, op, TRUE, TRUE, TRUE);
	atomic_inc(&op->s->pending);
	return op->irp;
}

static NTSTATUS op_wait(struct op *op)
{
	KeWaitForSingleObject(&op->done, Executive, KernelMode, FALSE, NULL);
	return op->status;
}

static void op_expect(struct op *op, NTSTATUS expected)
{
	NTSTATUS status = op_wait(op);

	if (status != expected)
		race_wrong(op->s->race, "the status of a request", status);
}

static void begin_socket(struct op *op, PWSK_PROVIDER_NPI npi, ULONG flags, void *context,
			 const void *dispatch)
{
	npi->Dispatch->WskSocket(npi->Client, AF_INET, SOCK_STREAM, IPPROTO_TCP, flags, context,
				 dispatch, NULL, NULL, NULL, op_irp(op, 1));
}

static PWSK_SOCKET make_socket(struct op *op, PWSK_PROVIDER_NPI npi, ULONG flags, void *context,
			       const void *dispatch)
{
	begin_socket(op, npi, flags, context, dispatch);
	op_expect(op, STATUS_SUCCESS);
	return NT_SUCCESS(op->status) ? (PWSK_SOCKET)op->information : NULL;
}

static void close_socket(struct op *op, PWSK_SOCKET socket)
{
	WT_BASIC(socket)->WskCloseSocket(socket, op_irp(op, -1));
}

static PWSK_SOCKET make_listener(struct op *op, PWSK_PROVIDER_NPI npi, void *context,
				 const void *dispatch, SOCKADDR_STORAGE *addr)
{
	PWSK_SOCKET socket = make_socket(op, npi, WSK_FLAG_LISTEN_SOCKET, context, dispatch);

	if (!socket)
		return NULL;
	wt_loopback(addr, AF_INET, 0);
	WT_LISTEN(socket)->WskBind(socket, (PSOCKADDR)addr, 0, op_irp(op, 0));
	op_expect(op, STATUS_SUCCESS);
	WT_LISTEN(socket)->WskGetLocalAddress(socket, (PSOCKADDR)addr, op_irp(op, 0));
	op_expect(op, STATUS_SUCCESS);
	return socket;
}

static PWSK_SOCKET make_connection(struct op *op, PWSK_PROVIDER_NPI npi, SOCKADDR_STORAGE *to)
{
	PWSK_SOCKET socket = make_socket(op, npi, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
	SOCKADDR_STORAGE any;

	if (!socket)
		return NULL;
	wt_wildcard(&any, AF_INET, 0);
	WT_CONNECTION(socket)->WskBind(socket, (PSOCKADDR)&any, 0, op_irp(op, 0));
	op_expect(op, STATUS_SUCCESS);
	if (!to)
		return socket;
	WT_CONNECTION(socket)->WskConnect(socket, (PSOCKADDR)to, 0, op_irp(op, 0));
	op_expect(op, STATUS_SUCCESS);
	return socket;
}

static void release(struct socket_race *s)
{
	atomic_dec(&s->holding);
	WskReleaseProviderNPI(&s->block);
}

/*
 * The capture is given back before or after @socket is closed, and what is pending
 * on it is cancelled before, or by the close.
 */
static void end_socket(struct race_thread *self, struct socket_race *s, PWSK_SOCKET socket,
		       struct op *pended)
{
	struct op *op = &s->sync[self->index];
	const BOOLEAN early = race_random(self, 2);

	if (early)
		release(s);
	race_pause(self);
	if (pended && race_random(self, 2))
		IoCancelIrp(pended->irp);
	close_socket(op, socket);
	if (pended) {
		op_expect(pended, STATUS_CANCELLED);
		atomic_inc(&s->cancelled);
	}
	op_expect(op, STATUS_SUCCESS);
	if (!early)
		release(s);
}

static void listen_and_end(struct race_thread *self, struct socket_race *s, PWSK_PROVIDER_NPI npi)
{
	struct op *op = &s->sync[self->index], *pended = &s->pended[self->index];
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener = make_listener(op, npi, NULL, NULL, &addr);

	if (!listener)
		return release(s);
	WT_LISTEN(listener)->WskAccept(listener, 0, NULL, NULL, NULL, NULL, op_irp(pended, 1));
	end_socket(self, s, listener, pended);
}

static void receive_and_end(struct race_thread *self, struct socket_race *s,
			    PWSK_PROVIDER_NPI npi)
{
	struct op *op = &s->sync[self->index], *pended = &s->pended[self->index];
	PWSK_SOCKET listener, connection, accepted;
	SOCKADDR_STORAGE addr;

	listener = make_listener(op, npi, NULL, NULL, &addr);
	connection = listener ? make_connection(op, npi, &addr) : NULL;
	if (!connection)
		return release(s);
	WT_LISTEN(listener)->WskAccept(listener, 0, NULL, NULL, NULL, NULL, op_irp(op, 1));
	op_expect(op, STATUS_SUCCESS);
	accepted = NT_SUCCESS(op->status) ? (PWSK_SOCKET)op->information : NULL;
	close_socket(op, listener);
	op_expect(op, STATUS_SUCCESS);
	if (accepted) {
		close_socket(op, accepted);
		op_expect(op, STATUS_SUCCESS);
	}
	/* Reset by its peer or not yet: the receive ends at once, or with the socket. */
	WT_CONNECTION(connection)->WskReceive(connection, &s->buffers[self->index], 0,
					      op_irp(pended, 0));
	race_pause(self);
	close_socket(op, connection);
	op_wait(pended);
	op_expect(op, STATUS_SUCCESS);
	release(s);
}

/* From the release on, the request that makes the socket is all that holds the registration. */
static void release_and_end(struct race_thread *self, struct socket_race *s,
			    PWSK_PROVIDER_NPI npi)
{
	struct op *op = &s->sync[self->index];

	begin_socket(op, npi, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
	release(s);
	op_expect(op, STATUS_SUCCESS);
	if (!NT_SUCCESS(op->status))
		return;
	close_socket(op, (PWSK_SOCKET)op->information);
	op_expect(op, STATUS_SUCCESS);
}

/* FALSE: refused. */
static BOOLEAN capture(struct race_thread *self, struct socket_race *s, PWSK_PROVIDER_NPI npi)
{
	BOOLEAN returned = READ_ONCE(s->returned), refused = READ_ONCE(s->refused);
	NTSTATUS status;

	status = WskCaptureProviderNPI(&s->block, race_random(self, 2) ? WSK_NO_WAIT :
				       WSK_INFINITE_WAIT, npi);
	if (status != STATUS_SUCCESS) {
		if (status != STATUS_DEVICE_NOT_READY)
			race_wrong(self->race, "the status of a capture", status);
		WRITE_ONCE(s->refused, 1);
		return FALSE;
	}
	atomic_inc(&s->holding);
	if (refused || returned)
		race_wrong(self->race, "captured after a refusal or a return", returned);
	return TRUE;
}

/* FALSE: refused. */
static BOOLEAN use_once(struct race_thread *self, struct socket_race *s)
{
	struct op *op = &s->sync[self->index];
	WSK_PROVIDER_NPI npi;
	PWSK_SOCKET socket;

	if (!capture(self, s, &npi))
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
			 make_socket(op, &npi, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
		if (socket)
			end_socket(self, s, socket, NULL);
		else
			release(s);
	}
	return TRUE;
}

static void begin_round(struct race *race, struct socket_race *s)
{
	s->race = race;
	s->refused = s->returned = s->quiet = 0;
	race_expect_zero(race, WskRegister(&client, &s->block));
}

static void expect_nothing_left(struct race *race, struct socket_race *s)
{
	race_expect_zero(race, atomic_read(&s->holding));
	race_expect_zero(race, atomic_read(&s->sockets));
	race_expect_zero(race, atomic_read(&s->pending));
	race_expect_zero(race, atomic_read(&s->inside));
}

static void end_round(struct race *race, struct socket_race *s)
{
	if (atomic_read(&s->holding) || atomic_read(&s->sockets))
		atomic_inc(&s->waited);
	WskDeregister(&s->block);
	expect_nothing_left(race, s);
	WRITE_ONCE(s->returned, 1);
}

/* Its own socket is on its way to be closed when WskDeregister begins. */
static void end_with_a_close(struct race_thread *self, struct socket_race *s)
{
	struct op *op = &s->sync[self->index];
	WSK_PROVIDER_NPI npi;
	PWSK_SOCKET socket;

	if (!capture(self, s, &npi))
		return;
	socket = make_socket(op, &npi, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
	release(s);
	if (!socket)
		return;
	close_socket(op, socket);
	end_round(self->race, s);
	race_expect(self->race, wt_is_set(&op->done));
}

static void socket_round(struct race_thread *self, LONG round)
{
	struct socket_race *s = self->race->context;
	const BOOLEAN ends = round % RACE_THREADS == self->index;
	u32 left = race_random(self, ends ? 2 : 4);
	WSK_PROVIDER_NPI npi;

	if ((round + 1) % RACE_THREADS == self->index)
		begin_round(self->race, s);
	race_meet(self->race);
	while (left-- && use_once(self, s))
		race_pause(self);
	if (!ends)
		return;
	end_with_a_close(self, s);
	race_expect(self->race, !capture(self, s, &npi));
}

/* The accept event: it accepts as long as there is a slot. */
static NTSTATUS accept_some(PVOID context, ULONG flags, PSOCKADDR local, PSOCKADDR remote,
			    PWSK_SOCKET accepted, PVOID *accepted_context,
			    CONST WSK_CLIENT_CONNECTION_DISPATCH **accepted_dispatch)
{
	struct socket_race *s = context;
	NTSTATUS status = STATUS_REQUEST_NOT_ACCEPTED;
	int slot;

	enter_routine(s->race, s);
	atomic_inc(&s->calls);
	race_expect(s->race, !READ_ONCE(s->quiet));
	slot = accepted ? atomic_inc_return(&s->slot) - 1 : SLOTS;
	if (slot < SLOTS) {
		atomic_inc(&s->sockets);
		smp_store_release(&s->slots[slot], accepted);
		status = STATUS_SUCCESS;
	}
	leave_routine(s->race, s);
	return status;
}

static const WSK_CLIENT_LISTEN_DISPATCH accept_some_dispatch = {
	.WskAcceptEvent = accept_some,
};

static void close_accepted(struct race_thread *self, struct socket_race *s)
{
	struct op *op = &s->sync[self->index];
	BOOLEAN quiet;
	int i;

	/* What was accepted before the listener was closed is seen in the pass behind it. */
	do {
		quiet = READ_ONCE(s->quiet);
		for (i = 0; i < SLOTS; i++) {
			PWSK_SOCKET socket = smp_load_acquire(&s->slots[i]);

			if (!socket)
				continue;
			s->slots[i] = NULL;
			close_socket(op, socket);
			op_expect(op, STATUS_SUCCESS);
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
	struct op *op = &s->sync[self->index];
	PWSK_SOCKET listener;
	SOCKADDR_STORAGE addr;
	WSK_PROVIDER_NPI npi;

	atomic_set(&s->slot, 0);
	begin_round(self->race, s);
	if (!capture(self, s, &npi))
		return NULL;
	listener = make_listener(op, &npi, s, &accept_some_dispatch, &addr);
	release(s);
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
		close_socket(&s->listening, listener);
	end_round(self->race, s);
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

static void op_init(struct kunit *test, struct socket_race *s, struct op *op)
{
	op->s = s;
	op->irp = IoAllocateIrp(1, FALSE);
	KUNIT_ASSERT_NOT_NULL(test, op->irp);
	KeInitializeEvent(&op->done, NotificationEvent, FALSE);
}

static struct socket_race *socket_race_new(struct kunit *test)
{
	struct socket_race *s = kzalloc(sizeof(*s), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, s);
	op_init(test, s, &s->listening);
	for (i = 0; i < RACE_THREADS; i++) {
		op_init(test, s, &s->sync[i]);
		op_init(test, s, &s->pended[i]);
		s->buffers[i].Length = sizeof(s->bytes[i]);
		s->buffers[i].Mdl = IoAllocateMdl(s->bytes[i], sizeof(s->bytes[i]), FALSE, FALSE,
						  NULL);
		KUNIT_ASSERT_NOT_NULL(test, s->buffers[i].Mdl);
		MmBuildMdlForNonPagedPool(s->buffers[i].Mdl);
	}
	return s;
}

static void look_at_sockets(struct kunit *test, void *context)
{
	struct socket_race *s = context;
	int i;

	kunit_info(test, "%d sockets, %d requests cancelled, %d accept events",
		   atomic_read(&s->made), atomic_read(&s->cancelled), atomic_read(&s->calls));
	kunit_info(test, "WskDeregister waited in %d rounds", atomic_read(&s->waited));
	KUNIT_EXPECT_GT(test, atomic_read(&s->made), 0);
	KUNIT_EXPECT_GT(test, atomic_read(&s->cancelled) + atomic_read(&s->calls), 0);
	KUNIT_EXPECT_GT(test, atomic_read(&s->waited), 0);
	IoFreeIrp(s->listening.irp);
	for (i = 0; i < RACE_THREADS; i++) {
		IoFreeIrp(s->sync[i].irp);
		IoFreeIrp(s->pended[i].irp);
		IoFreeMdl(s->buffers[i].Mdl);
	}
}

static void sockets_and_requests_are_waited_for(struct kunit *test)
{
	race_run(test, socket_race_new(test), race_rounds(1), socket_round, look_at_sockets);
	WSK_RULES(test, "REG-14 REG-16 REG-17 REG-22 REG-26 REG-31 CAP-19 CLO-26 CLO-27");
}

static void accept_events_are_waited_for(struct kunit *test)
{
	race_run(test, socket_race_new(test), race_rounds(10), event_round, look_at_sockets);
	WSK_RULES(test, "REG-16 REG-25 REG-26 REG-31 CBK-9 CLO-27");
}

static struct kunit_case socket_race_cases[] = {
	KUNIT_CASE(sockets_and_requests_are_waited_for),
	KUNIT_CASE(accept_events_are_waited_for),
	{}
};

static struct kunit_suite socket_race_suite = {
	.name = "wsk_registration_sockets",
	.test_cases = socket_race_cases,
};
kunit_test_suite(socket_race_suite);
