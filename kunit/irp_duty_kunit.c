// SPDX-License-Identifier: GPL-2.0
/* What a driver owes its IRPs and buffers: when it does not pay, it is told, and nothing breaks. */
#include "wsk_ops.h"

/* Every function refuses an IRP that another has, with one location or with more to spare. */
static void irp_of_a_pending_request_is_refused(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_op_run *run = wt_op_run(test);
	struct wt_data *in = wt_data_new(env, 16), *out = wt_data_new(env, 16);
	WSK_BUF buf = wt_slice(in, 0, 16);
	struct wt_io *io = wt_io_new(env);
	struct wt_pair pair;
	int locations, i;

	WSK_EXPECT_REPORTS(test, 2 * wt_ops_count, "IRP-26: an IRP that another request has");
	wt_pair(env, AF_INET, &pair);
	for (locations = 1; locations <= 2; locations++) {
		PIRP irp = wt_irp(io);

		if (locations == 2) {
			IoFreeIrp(io->irp);
			io->irp = IoAllocateIrp(2, FALSE);
			KUNIT_ASSERT_NOT_NULL(test, io->irp);
			irp = wt_irp(io);
		}
		WT_CALL(io, WT_CONNECTION(pair.client)->WskReceive(pair.client, &buf,
								   WSK_FLAG_WAITALL, irp));
		for (i = 0; i < wt_ops_count; i++) {
			NTSTATUS status;

			wt_op_prepare(run, &wt_ops[i]);
			status = wt_op_call(run, irp);
			/* The client is looked at first in a call that takes none. */
			KUNIT_EXPECT_FALSE_MSG(test, NT_SUCCESS(status), "%s: %#x",
					       wt_ops[i].name, status);
			KUNIT_EXPECT_NE_MSG(test, status, STATUS_PENDING, "%s", wt_ops[i].name);
			wt_op_clean(run, STATUS_UNSUCCESSFUL, 0);
		}
		KUNIT_EXPECT_FALSE(test, wt_io_completed(io));
		wt_data_fill(out, 0, (UCHAR)locations);
		WT_EXPECT_STATUS(test, wt_send(env, pair.server, out, 16), STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, 16, 0, (UCHAR)locations), 16ULL);
	}
	WSK_RULES(test, "IRP-26 IRP-4");
}

static NTSTATUS never_dispatched(PDEVICE_OBJECT device, PIRP irp)
{
	IoCompleteRequest(irp, IO_NO_INCREMENT);
	return STATUS_SUCCESS;
}

static NTSTATUS harm(PDEVICE_OBJECT device, PIRP irp, int how)
{
	switch (how % 4) {
	case 0:
		IoFreeIrp(irp);
		break;
	case 1:
		IoReuseIrp(irp, STATUS_SUCCESS);
		break;
	case 2:
		IoCompleteRequest(irp, IO_NO_INCREMENT);
		break;
	default:
		return IoCallDriver(device, irp);
	}
	return STATUS_INVALID_PARAMETER;
}

/* Whether a cancellation could reach the request or not. */
static void irp_of_a_pending_request_is_left_alone(struct kunit *test)
{
	DRIVER_OBJECT *driver = kunit_kzalloc(test, sizeof(*driver), GFP_KERNEL);
	struct wt_env *env = wt_env(test);
	struct wt_op_run *run = wt_op_run(test);
	struct wt_io *io = wt_io_new(env);
	PDEVICE_OBJECT device;
	int i, harms = 0;

	KUNIT_ASSERT_NOT_NULL(test, driver);
	driver->Type = IO_TYPE_DRIVER;
	driver->Size = sizeof(*driver);
	driver->MajorFunction[0] = never_dispatched;
	WT_ASSERT_STATUS(test, IoCreateDevice(driver, 0, NULL, FILE_DEVICE_NETWORK, 0, FALSE,
					      &device), STATUS_SUCCESS);
	/* Where few of them are fit for it, twice, so that each harm has its turn. */
	for (i = 0; i < 2 * wt_ops_count; i++) {
		const struct wt_op *op = &wt_ops[i % wt_ops_count];
		NTSTATUS status, sent = STATUS_INVALID_PARAMETER;
		BOOLEAN cancel = !op->kick && i / 4 % 2;
		KIRQL before;
		PIRP irp;

		/* On another CPU what waits for nobody may end between the look and the harm. */
		if (!op->kick && num_online_cpus() > 1)
			continue;
		wt_op_prepare(run, op);
		irp = wt_irp(io);
		/* Nothing of it can end here, but for what ends in the call. */
		KeRaiseIrql(DISPATCH_LEVEL, &before);
		WT_CALL(io, wt_op_call(run, irp));
		/* Not waiting for the completion after a cancellation: the classic one. */
		if (cancel && io->completions < io->submissions)
			IoCancelIrp(irp);
		if (io->completions < io->submissions)
			sent = harm(device, irp, harms++);
		KeLowerIrql(before);
		WT_EXPECT_STATUS(test, sent, STATUS_INVALID_PARAMETER);
		if (!cancel)
			wt_op_kick(run);
		status = wt_io_end(io);
		KUNIT_EXPECT_TRUE_MSG(test, status == op->final ||
				      status == STATUS_CANCELLED, "%s: %#x", op->name,
				      status);
		wt_op_clean(run, status, io->information);
	}
	IoDeleteDevice(device);
	/* In turn, so that each harm was done as often as this. */
	KUNIT_EXPECT_GE(test, harms, 4);
	WSK_EXPECT_REPORTS(test, (harms + 3) / 4, "IRP-26: IoFreeIrp of an IRP that a request");
	WSK_EXPECT_REPORTS(test, (harms + 2) / 4, "IRP-26: IoReuseIrp of an IRP that a request");
	WSK_EXPECT_REPORTS(test, (harms + 1) / 4, "IRP-4: completion of an IRP that a request");
	WSK_EXPECT_REPORTS(test, harms / 4, "IRP-26: IoCallDriver with an IRP that a request");
	WSK_RULES(test, "IRP-26 IRP-4");
}

static void irp_without_location_is_refused(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_op_run *run = wt_op_run(test);
	struct wt_io *io = wt_io_new(env);
	PIRP irp = IoAllocateIrp(1, FALSE);
	IRP nothing = {}, before;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, irp);
	IoSetNextIrpStackLocation(irp);
	before = *irp;
	WSK_EXPECT_REPORTS(test, wt_ops_count, "IRP-27: an IRP without a stack location");
	WSK_EXPECT_REPORTS(test, DIV_ROUND_UP(wt_ops_count, 4), "IRP-26: an IRP that was freed");
	for (i = 0; i < wt_ops_count; i++) {
		wt_op_prepare(run, &wt_ops[i]);
		KUNIT_EXPECT_FALSE_MSG(test, NT_SUCCESS(wt_op_call(run, irp)), "%s",
				       wt_ops[i].name);
		if (i % 4 == 0)
			KUNIT_EXPECT_FALSE_MSG(test, NT_SUCCESS(wt_op_call(run, &nothing)), "%s",
					       wt_ops[i].name);
		/* Nothing has happened: the call works with a good one. */
		WT_CALL(io, wt_op_call(run, wt_irp(io)));
		wt_op_kick(run);
		WT_EXPECT_STATUS(test, wt_io_end(io), wt_ops[i].final);
		wt_op_clean(run, wt_ops[i].final, io->information);
	}
	KUNIT_EXPECT_EQ(test, memcmp(&before, irp, sizeof(before)), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(&nothing, 0, sizeof(nothing)));
	IoFreeIrp(irp);
	WSK_RULES(test, "IRP-27");
}

/* A routine that does not take its own IRP. */
struct untaken {
	KEVENT done;
	LONG calls;
};

static NTSTATUS take_nothing(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct untaken *untaken = context;

	wt_note_place_here();
	untaken->calls++;
	KeSetEvent(&untaken->done, IO_NO_INCREMENT, FALSE);
	return STATUS_SUCCESS;
}

static void irp_that_no_routine_takes_is_reported(struct kunit *test)
{
	struct untaken *untaken = kunit_kzalloc(test, sizeof(*untaken), GFP_KERNEL);
	struct wt_op_run *run = wt_op_run(test);
	PIRP *irps = kunit_kcalloc(test, wt_ops_count, sizeof(*irps), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_TRUE(test, untaken && irps);
	KeInitializeEvent(&untaken->done, SynchronizationEvent, FALSE);
	WSK_EXPECT_REPORTS(test, wt_ops_count, "IRP-25: no completion routine took the IRP");
	for (i = 0; i < wt_ops_count; i++) {
		PIRP irp = irps[i] = IoAllocateIrp(1, FALSE);

		KUNIT_ASSERT_NOT_NULL(test, irp);
		wt_op_prepare(run, &wt_ops[i]);
		IoSetCompletionRoutine(irp, take_nothing, untaken, TRUE, TRUE, TRUE);
		wt_op_call(run, irp);
		wt_op_kick(run);
		KUNIT_ASSERT_TRUE(test, wt_wait(&untaken->done, WT_PATIENCE_MS));
		wt_op_clean(run, irp->IoStatus.Status, irp->IoStatus.Information);
		KUNIT_EXPECT_EQ(test, untaken->calls, i + 1);
	}
	/* WskDeregister waits for the walks, which go on behind the routines. */
	wt_env_exit(test);
	for (i = 0; i < wt_ops_count; i++)
		IoFreeIrp(irps[i]);
	WSK_RULES(test, "IRP-25 IRP-4");
}

/* A routine that waits for another request, which can only end when the routine has. */
struct waiting {
	PWSK_SOCKET socket;
	struct wt_io *inner;
	SOCKADDR_STORAGE addr;
	NTSTATUS waited;
	KIRQL irql;
};

static void wait_inside(struct wt_io *io)
{
	struct waiting *waiting = io->hook_context;
	LARGE_INTEGER timeout = { .QuadPart = -10000LL * 50 };

	waiting->irql = KeGetCurrentIrql();
	WT_CALL(waiting->inner,
		WT_CONNECTION(waiting->socket)->WskGetLocalAddress(waiting->socket,
								   (PSOCKADDR)&waiting->addr,
								   wt_irp(waiting->inner)));
	waiting->waited = KeWaitForSingleObject(&waiting->inner->done, Executive, KernelMode,
						FALSE, &timeout);
}

static struct waiting *waiting_new(struct kunit *test, PWSK_SOCKET socket)
{
	struct waiting *waiting = kunit_kzalloc(test, sizeof(*waiting), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, waiting);
	waiting->socket = socket;
	waiting->inner = wt_io_new(wt_env(test));
	return waiting;
}

static void wait_in_a_worker_ends_with_its_time_out(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	PWSK_SOCKET socket = wt_bound(env, AF_INET);
	struct waiting *waiting = waiting_new(test, socket);
	struct wt_io *io = wt_io_new(env);
	SOCKADDR_STORAGE addr;

	io->hook = wait_inside;
	io->hook_context = waiting;
	WT_CALL(io, WT_CONNECTION(socket)->WskGetLocalAddress(socket, (PSOCKADDR)&addr,
							      wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, waiting->irql, PASSIVE_LEVEL);
	WT_EXPECT_STATUS(test, waiting->waited, STATUS_TIMEOUT);
	WT_EXPECT_STATUS(test, wt_io_end(waiting->inner), STATUS_SUCCESS);
	KUNIT_EXPECT_NE(test, wt_port(&waiting->addr), 0);
	WSK_RULES(test, "IRP-23");
}

static void wait_at_dispatch_level_is_reported(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, 4), *out = wt_data_new(env, 4);
	struct wt_io *io = wt_io_new(env);
	struct waiting *waiting;
	struct wt_pair pair;
	KIRQL before;

	wt_pair(env, AF_INET, &pair);
	waiting = waiting_new(test, pair.client);
	io->hook = wait_inside;
	io->hook_context = waiting;
	WSK_EXPECT_REPORT(test, "1x misuse: KE-WAIT: wait with a time-out other than zero");
	WT_EXPECT_STATUS(test, wt_send(env, pair.server, out, 4), STATUS_SUCCESS);
	wt_sleep(5);
	KeRaiseIrql(DISPATCH_LEVEL, &before);
	wt_receive_start(io, pair.client, in, 0, 4, 0);
	KeLowerIrql(before);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, waiting->irql, DISPATCH_LEVEL);
	/* The inner request may have ended first, on another processor. */
	KUNIT_EXPECT_TRUE_MSG(test, waiting->waited == STATUS_INVALID_PARAMETER ||
			      waiting->waited == STATUS_SUCCESS, "%#x", waiting->waited);
	WT_EXPECT_STATUS(test, wt_io_end(waiting->inner), STATUS_SUCCESS);
	wt_exchange(env, pair.client, pair.server, 100, 1);
	WSK_RULES(test, "IRP-23");
}

static PMDL locked(struct kunit *test, PVOID base, ULONG length)
{
	PMDL mdl = IoAllocateMdl(base, length, FALSE, FALSE, NULL);

	KUNIT_ASSERT_NOT_NULL(test, mdl);
	MmProbeAndLockPages(mdl, KernelMode, IoModifyAccess);
	return mdl;
}

/* Unlocked while the request waits: not a byte goes where it pointed to. */
static void unlocked_memory_is_not_written(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *memory = wt_data_new(env, 64), *out = wt_data_new(env, 64);
	struct wt_io *io = wt_io_new(env);
	PMDL mdl = locked(test, memory->base, 64);
	WSK_BUF buf = { mdl, 0, 64 };
	struct wt_pair pair;
	SIZE_T received;

	wt_pair(env, AF_INET, &pair);
	wt_data_fill(out, 0, 1);
	WT_CALL(io, WT_CONNECTION(pair.server)->WskReceive(pair.server, &buf, WSK_FLAG_WAITALL,
							   wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, out, 10), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, WT_AWAIT(READ_ONCE(memory->base[9]) == wt_pattern(9, 1)));
	/* And nobody is in the midst of asking for more. */
	wt_settle();
	WSK_EXPECT_REPORT(test, "1x misuse: BUF-17: MDLs of a pending request were unlocked");
	MmUnlockPages(mdl);
	wt_data_fill(out, 10, 1);
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, out, 20), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, (u64)io->information, 10ULL);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(memory, 10, 0, 1), 10ULL);
	KUNIT_EXPECT_EQ(test, memory->base[10], 0xa5);
	/* What it did not get is the next one's. */
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, memory, 20, WSK_FLAG_WAITALL,
					  &received), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(memory, 20, 10, 1), 20ULL);
	IoFreeMdl(mdl);
	WSK_RULES(test, "BUF-17 RCV-12");
}

static void unlocked_memory_is_not_sent(struct kunit *test)
{
	const SIZE_T length = 8 << 20;
	struct wt_env *env = wt_env(test);
	struct wt_data *out = wt_data_vmalloc(env, length), *in = wt_data_vmalloc(env, length);
	struct wt_io *io = wt_io_new(env), *rest = wt_io_new(env);
	PMDL mdl = locked(test, out->base, length);
	WSK_BUF buf = { mdl, 0, length };
	struct wt_pair pair;
	SIZE_T received;

	wt_pair(env, AF_INET, &pair);
	wt_data_fill(out, 0, 2);
	WT_CALL(io, WT_CONNECTION(pair.client)->WskSend(pair.client, &buf, 0, wt_irp(io)));
	/* A part of it was sent. */
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, 1000, WSK_FLAG_WAITALL, &received),
			 STATUS_SUCCESS);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(io));
	WSK_EXPECT_REPORT(test, "1x misuse: BUF-17: MDLs of a pending request were unlocked");
	MmUnlockPages(mdl);
	wt_receive_start(rest, pair.server, in, 1000, length - 1000, WSK_FLAG_WAITALL);
	wt_io_end(rest);
	received += rest->information;
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_LT(test, (u64)io->information, (u64)length);
	KUNIT_EXPECT_LE(test, (u64)received, (u64)io->information);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, received, 0, 2), (u64)received);
	IoFreeMdl(mdl);
	WSK_RULES(test, "BUF-17");
}

/* The chain was long enough at the call, and then its driver took a piece of it away. */
static void shortened_chain_is_not_followed(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_chain(env, 100, 20, 0), *out = wt_data_new(env, 100);
	struct wt_io *io = wt_io_new(env);
	struct wt_pair pair;
	PMDL rest;

	wt_pair(env, AF_INET, &pair);
	wt_receive_start(io, pair.server, in, 0, 100, WSK_FLAG_WAITALL);
	rest = in->mdl->Next;
	in->mdl->Next = NULL;
	WSK_EXPECT_REPORT(test, "1x misuse: BUF-17: MDLs of a pending request were unlocked");
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, out, 100), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_LE(test, (u64)io->information, 20ULL);
	KUNIT_EXPECT_EQ(test, in->base[20], 0xa5);
	in->mdl->Next = rest;
	WSK_RULES(test, "BUF-17");
}

static struct kunit_case irp_duty_cases[] = {
	KUNIT_CASE(irp_of_a_pending_request_is_refused),
	KUNIT_CASE(irp_of_a_pending_request_is_left_alone),
	KUNIT_CASE(irp_without_location_is_refused),
	KUNIT_CASE(irp_that_no_routine_takes_is_reported),
	KUNIT_CASE(wait_in_a_worker_ends_with_its_time_out),
	KUNIT_CASE(wait_at_dispatch_level_is_reported),
	KUNIT_CASE(unlocked_memory_is_not_written),
	KUNIT_CASE(unlocked_memory_is_not_sent),
	KUNIT_CASE(shortened_chain_is_not_followed),
	{}
};

static struct kunit_suite irp_duty_suite = {
	.name = "wsk_irp_duty",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = irp_duty_cases,
};
kunit_test_suite(irp_duty_suite);
