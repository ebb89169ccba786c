// SPDX-License-Identifier: GPL-2.0
/* IRPs that come down a stack of drivers to Winsock Kernel, and go up again. */
#include "wsk_fixture.h"

/* What the driver in the middle does with an IRP before it passes it on. */
enum pass {
	PASS_WITH_ROUTINE,	/* sets one, which lets completion go on */
	PASS_KEEPING,		/* its routine takes the IRP; completed again later */
	PASS_WITHOUT_ROUTINE,	/* copies its location, sets none */
	PASS_SKIPPING,		/* gives its own location away */
	PASSES,
};

enum request { REQUEST_RECEIVE, REQUEST_SEND, REQUEST_LOCAL, REQUEST_CONNECT_UNBOUND, REQUESTS };

struct middle {
	struct kunit *test;
	DRIVER_OBJECT driver;
	PDEVICE_OBJECT device;
	enum pass pass;
	enum request request;
	PWSK_SOCKET socket;
	WSK_BUF buf;
	SOCKADDR_STORAGE addr;
	LONG dispatched;
	LONG routine_calls;
	PDEVICE_OBJECT routine_device;
	BOOLEAN routine_pending;
	NTSTATUS passed;	/* what Winsock Kernel returned */
	KEVENT kept;
	PIRP kept_irp;
};

/* The driver on top, whose IRP it is. */
struct top {
	KEVENT done;
	LONG calls;
	PDEVICE_OBJECT device;
	NTSTATUS status;
	ULONG_PTR information;
	BOOLEAN pending_returned;
};

static NTSTATUS middle_completed(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct middle *middle = context;

	wt_note_place_here();
	middle->routine_calls++;
	middle->routine_device = device;
	middle->routine_pending = irp->PendingReturned;
	if (middle->pass == PASS_KEEPING) {
		middle->kept_irp = irp;
		KeSetEvent(&middle->kept, IO_NO_INCREMENT, FALSE);
		return STATUS_MORE_PROCESSING_REQUIRED;
	}
	if (irp->PendingReturned)
		IoMarkIrpPending(irp);
	return STATUS_CONTINUE_COMPLETION;
}

static NTSTATUS middle_call(struct middle *middle, PIRP irp)
{
	PWSK_SOCKET s = middle->socket;

	switch (middle->request) {
	case REQUEST_RECEIVE:
		return WT_CONNECTION(s)->WskReceive(s, &middle->buf, 0, irp);
	case REQUEST_SEND:
		return WT_CONNECTION(s)->WskSend(s, &middle->buf, 0, irp);
	case REQUEST_LOCAL:
		return WT_CONNECTION(s)->WskGetLocalAddress(s, (PSOCKADDR)&middle->addr, irp);
	default:
		return WT_CONNECTION(s)->WskConnect(s, (PSOCKADDR)&middle->addr, 0, irp);
	}
}

static NTSTATUS middle_dispatch(PDEVICE_OBJECT device, PIRP irp)
{
	struct middle *middle = *(struct middle **)device->DeviceExtension;

	middle->dispatched++;
	switch (middle->pass) {
	case PASS_KEEPING:
		IoMarkIrpPending(irp);
		fallthrough;
	case PASS_WITH_ROUTINE:
		IoCopyCurrentIrpStackLocationToNext(irp);
		IoSetCompletionRoutine(irp, middle_completed, middle, TRUE, TRUE, TRUE);
		break;
	case PASS_WITHOUT_ROUTINE:
		IoCopyCurrentIrpStackLocationToNext(irp);
		break;
	default:
		IoSkipCurrentIrpStackLocation(irp);
	}
	middle->passed = middle_call(middle, irp);
	return middle->pass == PASS_KEEPING ? STATUS_PENDING : middle->passed;
}

static NTSTATUS top_completed(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct top *top = context;

	wt_note_place_here();
	top->calls++;
	top->device = device;
	top->status = irp->IoStatus.Status;
	top->information = irp->IoStatus.Information;
	top->pending_returned = irp->PendingReturned;
	KeSetEvent(&top->done, IO_NO_INCREMENT, FALSE);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static struct middle *middle_new(struct kunit *test)
{
	struct middle *middle = kunit_kzalloc(test, sizeof(*middle), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, middle);
	middle->test = test;
	middle->driver.Type = IO_TYPE_DRIVER;
	middle->driver.Size = sizeof(middle->driver);
	middle->driver.MajorFunction[IRP_MJ_INTERNAL_DEVICE_CONTROL] = middle_dispatch;
	KeInitializeEvent(&middle->kept, NotificationEvent, FALSE);
	WT_ASSERT_STATUS(test, IoCreateDevice(&middle->driver, sizeof(middle), NULL,
					      FILE_DEVICE_NETWORK, 0, FALSE, &middle->device),
			 STATUS_SUCCESS);
	*(struct middle **)middle->device->DeviceExtension = middle;
	return middle;
}

struct stacks {
	struct middle *middle;
	struct top top;
	struct wt_pair pair;
	PWSK_SOCKET unbound;
	struct wt_data *data;
	struct wt_data *peer_data;
};

static struct stacks *stacks_new(struct kunit *test)
{
	struct stacks *stacks = kunit_kzalloc(test, sizeof(*stacks), GFP_KERNEL);
	struct wt_env *env = wt_env(test);

	KUNIT_ASSERT_NOT_NULL(test, stacks);
	stacks->middle = middle_new(test);
	wt_pair(env, AF_INET, &stacks->pair);
	stacks->unbound = wt_connection_socket(env, AF_INET);
	stacks->data = wt_data_new(env, 16);
	stacks->peer_data = wt_data_new(env, 16);
	return stacks;
}

static NTSTATUS expected_status(enum request request)
{
	return request == REQUEST_CONNECT_UNBOUND ? STATUS_INVALID_DEVICE_STATE : STATUS_SUCCESS;
}

/* One IRP from the top to the socket and back. */
static void send_down(struct kunit *test, struct stacks *stacks, PIRP irp, enum pass pass,
		      enum request request)
{
	const BOOLEAN is_inline = request == REQUEST_CONNECT_UNBOUND;
	struct middle *middle = stacks->middle;
	struct top *top = &stacks->top;
	NTSTATUS returned;
	SIZE_T received;

	memset(top, 0, sizeof(*top));
	KeInitializeEvent(&top->done, NotificationEvent, FALSE);
	KeClearEvent(&middle->kept);
	middle->pass = pass;
	middle->request = request;
	middle->dispatched = middle->routine_calls = 0;
	middle->socket = is_inline ? stacks->unbound : stacks->pair.client;
	middle->buf = wt_slice(stacks->data, 0, 16);
	middle->addr = stacks->pair.addr;
	IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_INTERNAL_DEVICE_CONTROL;
	IoSetCompletionRoutine(irp, top_completed, top, TRUE, TRUE, TRUE);
	returned = IoCallDriver(middle->device, irp);
	WT_EXPECT_STATUS(test, middle->passed, is_inline ? expected_status(request) :
							   STATUS_PENDING);
	if (request == REQUEST_RECEIVE) {
		KUNIT_EXPECT_EQ(test, top->calls, 0);
		WT_EXPECT_STATUS(test, wt_send(wt_env(test), stacks->pair.server,
					       stacks->peer_data, 16), STATUS_SUCCESS);
	}
	if (pass == PASS_KEEPING) {
		KUNIT_ASSERT_TRUE(test, wt_wait(&middle->kept, WT_PATIENCE_MS));
		wt_sleep(2);
		KUNIT_EXPECT_EQ(test, top->calls, 0);
		KUNIT_EXPECT_PTR_EQ(test, middle->kept_irp, irp);
		IoCompleteRequest(irp, IO_NO_INCREMENT);
	}
	KUNIT_ASSERT_TRUE(test, wt_wait(&top->done, WT_PATIENCE_MS));
	KUNIT_EXPECT_EQ(test, middle->dispatched, 1);
	KUNIT_EXPECT_EQ(test, middle->routine_calls, pass < PASS_WITHOUT_ROUTINE);
	if (pass < PASS_WITHOUT_ROUTINE) {
		KUNIT_EXPECT_PTR_EQ(test, middle->routine_device, middle->device);
		KUNIT_EXPECT_EQ(test, middle->routine_pending, !is_inline);
	}
	KUNIT_EXPECT_EQ(test, top->calls, 1);
	KUNIT_EXPECT_NULL(test, top->device);
	WT_EXPECT_STATUS(test, top->status, expected_status(request));
	KUNIT_EXPECT_EQ(test, (u64)top->information,
			request <= REQUEST_SEND ? 16ULL : 0ULL);
	KUNIT_EXPECT_EQ(test, top->pending_returned, returned == STATUS_PENDING);
	/* All locations are the top driver's again. */
	KUNIT_EXPECT_EQ(test, irp->CurrentLocation, irp->StackCount + 1);
	if (request == REQUEST_SEND)
		WT_EXPECT_STATUS(test, wt_receive(wt_env(test), stacks->pair.server,
						  stacks->peer_data, 16, WSK_FLAG_WAITALL,
						  &received), STATUS_SUCCESS);
}

static void irp_goes_down_and_up_a_stack(struct kunit *test)
{
	struct stacks *stacks = stacks_new(test);
	PIRP irp = IoAllocateIrp(2, FALSE);
	int round, pass, request;

	KUNIT_ASSERT_NOT_NULL(test, irp);
	for (round = 0; round < 2; round++) {
		for (pass = 0; pass < PASSES; pass++) {
			for (request = 0; request < REQUESTS; request++) {
				send_down(test, stacks, irp, pass, request);
				/* Both are legal: to make it new, or to send it as it came back. */
				if (round)
					IoReuseIrp(irp, STATUS_SUCCESS);
			}
		}
	}
	IoFreeIrp(irp);
	IoDeleteDevice(stacks->middle->device);
	WSK_RULES(test, "IRP-6 IRP-7 IRP-10 IRP-12 IRP-14 IRP-16 IRP-17 NT-IoCallDriver "
			"NT-IoSkipCurrentIrpStackLocation NT-IoCopyCurrentIrpStackLocationToNext "
			"NT-IoMarkIrpPending");
}

/* Skipping needs no location but the top driver's own. */
static void one_location_is_enough_for_who_skips(struct kunit *test)
{
	struct stacks *stacks = stacks_new(test);
	PIRP irp = IoAllocateIrp(1, FALSE);
	int request;

	KUNIT_ASSERT_NOT_NULL(test, irp);
	for (request = 0; request < REQUESTS; request++)
		send_down(test, stacks, irp, PASS_SKIPPING, request);
	IoFreeIrp(irp);
	IoDeleteDevice(stacks->middle->device);
	WSK_RULES(test, "IRP-12 IRP-16 NT-IoSkipCurrentIrpStackLocation");
}

struct flagged {
	KEVENT upper_done;
	LONG upper;
	LONG lower;
	NTSTATUS status;
};

static NTSTATUS count_lower(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	wt_note_place_here();
	((struct flagged *)context)->lower++;
	return STATUS_CONTINUE_COMPLETION;
}

static NTSTATUS count_upper(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct flagged *flagged = context;

	wt_note_place_here();
	flagged->upper++;
	flagged->status = irp->IoStatus.Status;
	KeSetEvent(&flagged->upper_done, IO_NO_INCREMENT, FALSE);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

enum ending { ENDS_WELL, ENDS_BADLY, ENDS_CANCELLED, ENDINGS };

static void routine_runs_for_what_it_was_set_for(struct kunit *test)
{
	static const NTSTATUS statuses[] = { STATUS_SUCCESS, STATUS_INVALID_DEVICE_STATE,
					     STATUS_CANCELLED };
	struct flagged *flagged = kunit_kzalloc(test, sizeof(*flagged), GFP_KERNEL);
	struct wt_env *env = wt_env(test);
	struct wt_data *data = wt_data_new(env, 8);
	PIRP irp = IoAllocateIrp(2, FALSE);
	SOCKADDR_STORAGE addr;
	struct wt_pair pair;
	PWSK_SOCKET bound = wt_bound(env, AF_INET), s;
	int flags, ending;

	KUNIT_ASSERT_TRUE(test, flagged && irp);
	wt_pair(env, AF_INET, &pair);
	s = pair.client;
	for (flags = 0; flags < 8; flags++) {
		for (ending = 0; ending < ENDINGS; ending++) {
			BOOLEAN on_success = !!(flags & 1), on_error = !!(flags & 2);
			BOOLEAN on_cancel = !!(flags & 4);
			BOOLEAN wanted = ending == ENDS_WELL ? on_success :
					 ending == ENDS_BADLY ? on_error : on_error || on_cancel;

			memset(flagged, 0, sizeof(*flagged));
			KeInitializeEvent(&flagged->upper_done, NotificationEvent, FALSE);
			IoReuseIrp(irp, STATUS_SUCCESS);
			IoSetCompletionRoutine(irp, count_upper, flagged, TRUE, TRUE, TRUE);
			IoSetNextIrpStackLocation(irp);
			IoSetCompletionRoutine(irp, count_lower, flagged, on_success, on_error,
					       on_cancel);
			switch (ending) {
			case ENDS_WELL:
				WT_CONNECTION(s)->WskGetRemoteAddress(s, (PSOCKADDR)&addr, irp);
				break;
			case ENDS_BADLY:
				WT_CONNECTION(bound)->WskGetRemoteAddress(bound, (PSOCKADDR)&addr,
									  irp);
				break;
			default:
				WT_CONNECTION(s)->WskReceive(s, &data->buf, 0, irp);
				IoCancelIrp(irp);
			}
			KUNIT_ASSERT_TRUE(test, wt_wait(&flagged->upper_done, WT_PATIENCE_MS));
			WT_EXPECT_STATUS(test, flagged->status, statuses[ending]);
			KUNIT_EXPECT_EQ(test, flagged->upper, 1);
			KUNIT_EXPECT_EQ_MSG(test, flagged->lower, wanted, "flags %d, ending %d",
					    flags, ending);
		}
	}
	IoFreeIrp(irp);
	WSK_RULES(test, "IRP-8 IRP-9 IRP-16");
}

static struct kunit_case irp_stack_cases[] = {
	KUNIT_CASE(irp_goes_down_and_up_a_stack),
	KUNIT_CASE(one_location_is_enough_for_who_skips),
	KUNIT_CASE(routine_runs_for_what_it_was_set_for),
	{}
};

static struct kunit_suite irp_stack_suite = {
	.name = "wsk_irp_stack",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = irp_stack_cases,
};
kunit_test_suite(irp_stack_suite);
