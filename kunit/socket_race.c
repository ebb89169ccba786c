// SPDX-License-Identifier: GPL-2.0
/*
 * What the races of sockets count, and the calls that they count.
 */
#include "socket_race.h"

#include <linux/slab.h>

static const WSK_CLIENT_DISPATCH version_1_0 = { MAKE_WSK_VERSION(1, 0), 0, NULL };
static WSK_CLIENT_NPI client = { NULL, &version_1_0 };

void race_enter(struct race *race, struct socket_race *s)
{
	atomic_inc(&s->inside);
	if (READ_ONCE(s->returned))
		race_wrong(race, "the client was called after WskDeregister had returned", 0);
}

void race_leave(struct race *race, struct socket_race *s)
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
	struct race_op *op = context;
	struct socket_race *s = op->s;
	struct race *race = s->race;

	wt_note_place_here();
	race_enter(race, s);
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
	race_leave(race, s);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

PIRP race_op_irp(struct race_op *op, int gains)
{
	op->gains = gains;
	KeClearEvent(&op->done);
	IoReuseIrp(op->irp, WT_POISON);
	IoSetCompletionRoutine(op->irp, op_complete, op, TRUE, TRUE, TRUE);
	atomic_inc(&op->s->pending);
	return op->irp;
}

NTSTATUS race_op_wait(struct race_op *op)
{
	KeWaitForSingleObject(&op->done, Executive, KernelMode, FALSE, NULL);
	return op->status;
}

void race_op_expect(struct race_op *op, NTSTATUS expected)
{
	NTSTATUS status = race_op_wait(op);

	if (status != expected)
		race_wrong(op->s->race, "the status of a request", status);
}

void race_begin_socket(struct race_op *op, PWSK_PROVIDER_NPI npi, ULONG flags, void *context,
		       const void *dispatch)
{
	npi->Dispatch->WskSocket(npi->Client, op->s->family, SOCK_STREAM, IPPROTO_TCP, flags,
				 context, dispatch, NULL, NULL, NULL, race_op_irp(op, 1));
}

PWSK_SOCKET race_make_socket(struct race_op *op, PWSK_PROVIDER_NPI npi, ULONG flags, void *context,
			     const void *dispatch)
{
	race_begin_socket(op, npi, flags, context, dispatch);
	race_op_expect(op, STATUS_SUCCESS);
	return NT_SUCCESS(op->status) ? (PWSK_SOCKET)op->information : NULL;
}

void race_close_socket(struct race_op *op, PWSK_SOCKET socket)
{
	WT_BASIC(socket)->WskCloseSocket(socket, race_op_irp(op, -1));
}

PWSK_SOCKET race_make_listener(struct race_op *op, PWSK_PROVIDER_NPI npi, void *context,
			       const void *dispatch, SOCKADDR_STORAGE *addr)
{
	PWSK_SOCKET socket = race_make_socket(op, npi, WSK_FLAG_LISTEN_SOCKET, context, dispatch);

	if (!socket)
		return NULL;
	wt_loopback(addr, op->s->family, 0);
	WT_LISTEN(socket)->WskBind(socket, (PSOCKADDR)addr, 0, race_op_irp(op, 0));
	race_op_expect(op, STATUS_SUCCESS);
	WT_LISTEN(socket)->WskGetLocalAddress(socket, (PSOCKADDR)addr, race_op_irp(op, 0));
	race_op_expect(op, STATUS_SUCCESS);
	return socket;
}

void race_release(struct socket_race *s)
{
	atomic_dec(&s->holding);
	WskReleaseProviderNPI(&s->block);
}

BOOLEAN race_capture(struct race_thread *self, struct socket_race *s, PWSK_PROVIDER_NPI npi)
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

void race_begin_registration(struct race *race, struct socket_race *s)
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

void race_end_registration(struct race *race, struct socket_race *s)
{
	if (atomic_read(&s->holding) || atomic_read(&s->sockets))
		atomic_inc(&s->waited);
	WskDeregister(&s->block);
	expect_nothing_left(race, s);
	WRITE_ONCE(s->returned, 1);
}

static void op_init(struct kunit *test, struct socket_race *s, struct race_op *op)
{
	op->s = s;
	op->irp = IoAllocateIrp(1, FALSE);
	KUNIT_ASSERT_NOT_NULL(test, op->irp);
	KeInitializeEvent(&op->done, NotificationEvent, FALSE);
}

struct socket_race *socket_race_new(struct kunit *test, ADDRESS_FAMILY family)
{
	struct socket_race *s = kzalloc(sizeof(*s), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->family = family;
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

void socket_race_look(struct kunit *test, void *context)
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
