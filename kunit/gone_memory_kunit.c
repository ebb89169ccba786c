// SPDX-License-Identifier: GPL-2.0
/*
 * When MDLs and pages are the driver's again: each routine here poisons and frees those of its
 * request, so that what TCP has of them by then must be its own.
 */
#include "full_window.h"

#define TAG	0x656e6f67	/* "gone" */

/* Memory that its request's routine takes back: described, poisoned, freed. */
struct gone {
	PUCHAR base;
	SIZE_T size;
	PMDL mdl;
	LONG frees;
};

static struct gone *gone_new(struct kunit *test, SIZE_T size)
{
	struct gone *gone = kunit_kzalloc(test, sizeof(*gone), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, gone);
	gone->size = size;
	gone->base = ExAllocatePoolWithTag(NonPagedPoolNx, size, TAG);
	KUNIT_ASSERT_NOT_NULL(test, gone->base);
	gone->mdl = IoAllocateMdl(gone->base, (ULONG)size, FALSE, FALSE, NULL);
	KUNIT_ASSERT_NOT_NULL(test, gone->mdl);
	MmBuildMdlForNonPagedPool(gone->mdl);
	return gone;
}

static void take_back(struct wt_io *io)
{
	struct gone *gone = io->hook_context;

	memset(gone->base, 0x5a, gone->size);
	ExFreePoolWithTag(gone->base, TAG);
	memset(gone->mdl + 1, 0x5a, sizeof(PFN_NUMBER));
	IoFreeMdl(gone->mdl);
	gone->frees++;
}

static struct wt_io *start_gone(struct kunit *test, PWSK_SOCKET socket, BOOLEAN sends,
				struct gone *gone, ULONG flags)
{
	struct wt_io *io = wt_io_new(wt_env(test));
	WSK_BUF buf = { gone->mdl, 0, gone->size };

	io->hook = take_back;
	io->hook_context = gone;
	if (sends)
		WT_CALL(io, WT_CONNECTION(socket)->WskSend(socket, &buf, flags, wt_irp(io)));
	else
		WT_CALL(io, WT_CONNECTION(socket)->WskReceive(socket, &buf, flags, wt_irp(io)));
	return io;
}

static void memory_is_gone_once_the_request_completed(struct kunit *test)
{
	const SIZE_T length = 300000;
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, length), *out = wt_data_new(env, length);
	struct gone *sent = gone_new(test, length), *received = gone_new(test, length);
	struct wt_io *sending, *receiving;
	struct wt_pair pair;
	SIZE_T bytes;

	wt_pair(env, AF_INET, &pair);
	wt_fill(sent->base, length, 0, 6);
	sending = start_gone(test, pair.client, TRUE, sent, 0);
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, length, WSK_FLAG_WAITALL, &bytes),
			 STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(sending), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, sent->frees, 1);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, length, 0, 6), (u64)length);

	receiving = start_gone(test, pair.server, FALSE, received, WSK_FLAG_WAITALL);
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, out, length), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(receiving), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, received->frees, 1);
	/* More that comes finds nothing of them. */
	wt_exchange(env, pair.client, pair.server, 1000, 1);
	WSK_RULES(test, "BUF-18");
}

static void memory_is_gone_once_the_request_was_cancelled(struct kunit *test)
{
	const SIZE_T length = 8 << 20;
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_vmalloc(env, length), *out = wt_data_new(env, 5000);
	struct gone *sent = gone_new(test, length), *received = gone_new(test, 100000);
	struct wt_io *sending, *receiving, *draining = wt_io_new(env);
	struct wt_pair pair;
	SIZE_T bytes;

	wt_pair(env, AF_INET, &pair);
	/* A part is there, and the rest comes when the memory is gone. */
	memset(received->base, 0, received->size);
	receiving = start_gone(test, pair.server, FALSE, received, WSK_FLAG_WAITALL);
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, out, 5000), STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, WT_AWAIT(READ_ONCE(received->base[4999]) == 0xa5));
	IoCancelIrp(receiving->irp);
	WT_EXPECT_STATUS(test, wt_io_end(receiving), STATUS_CANCELLED);
	KUNIT_EXPECT_EQ(test, (u64)receiving->information, 5000ULL);
	KUNIT_EXPECT_EQ(test, received->frees, 1);
	wt_exchange(env, pair.client, pair.server, 200000, 2);

	/* TCP has a part of it, and what TCP took arrives after the memory has gone. */
	wt_fill(sent->base, length, 0, 9);
	sending = start_gone(test, pair.client, TRUE, sent, 0);
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, 1000, WSK_FLAG_WAITALL, &bytes),
			 STATUS_SUCCESS);
	KUNIT_EXPECT_FALSE(test, wt_io_completed(sending));
	wt_receive_start(draining, pair.server, in, 1000, 1 << 16, WSK_FLAG_WAITALL);
	IoCancelIrp(sending->irp);
	WT_EXPECT_STATUS(test, wt_io_end(sending), STATUS_CANCELLED);
	KUNIT_EXPECT_EQ(test, sent->frees, 1);
	wt_io_end(draining);
	bytes += draining->information;
	KUNIT_EXPECT_LE(test, (u64)bytes, (u64)sending->information);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, bytes, 0, 9), (u64)bytes);
	WSK_RULES(test, "CAN-5 CAN-17 BUF-18 IRP-33");
}

static void memory_is_gone_once_the_socket_closed(struct kunit *test)
{
	const SIZE_T length = 8 << 20;
	struct wt_env *env = wt_env(test);
	struct gone *sent = gone_new(test, length), *received = gone_new(test, 100000);
	struct wt_data *in = wt_data_vmalloc(env, length);
	struct wt_io *sending, *receiving;
	struct wt_pair pair;
	SIZE_T bytes;

	wt_pair(env, AF_INET, &pair);
	receiving = start_gone(test, pair.client, FALSE, received, WSK_FLAG_WAITALL);
	sending = start_gone(test, pair.client, TRUE, sent, 0);
	wt_sleep(10);
	WT_EXPECT_STATUS(test, wt_close(env, pair.client), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(sending), STATUS_CANCELLED);
	WT_EXPECT_STATUS(test, wt_io_end(receiving), STATUS_CANCELLED);
	KUNIT_EXPECT_EQ(test, sent->frees + received->frees, 2);
	wt_receive(env, pair.server, in, length, WSK_FLAG_WAITALL, &bytes);
	WSK_RULES(test, "BUF-18 CLO-2");
}

#define LAST_SEED 3

/* The last data of a disconnect. */
static struct wt_io *start_disconnect(struct kunit *test, PWSK_SOCKET socket, struct gone *last)
{
	struct wt_io *io = wt_io_new(wt_env(test));
	WSK_BUF buf = { last->mdl, 0, last->size };

	wt_fill(last->base, last->size, 0, LAST_SEED);
	io->hook = take_back;
	io->hook_context = last;
	WT_CALL(io, WT_CONNECTION(socket)->WskDisconnect(socket, &buf, 0, wt_irp(io)));
	memset(&buf, 0x5a, sizeof(buf));
	return io;
}

static void cancel_disconnect(struct kunit *test, struct wt_io *ending, struct gone *last)
{
	KUNIT_EXPECT_FALSE(test, wt_io_completed(ending));
	IoCancelIrp(ending->irp);
	WT_EXPECT_STATUS(test, wt_io_end(ending), STATUS_CANCELLED);
	KUNIT_EXPECT_EQ(test, last->frees, 1);
}

/* The peer's TCP acknowledges the FIN, and the peer reads when the memory has gone. */
static void disconnects_memory_is_gone_once_it_completed(struct kunit *test)
{
	const SIZE_T length = 2000;
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, length);
	struct gone *last = gone_new(test, length);
	struct wt_io *ending;
	struct wt_pair pair;
	SIZE_T received;

	wt_pair(env, AF_INET, &pair);
	ending = start_disconnect(test, pair.client, last);
	WT_EXPECT_STATUS(test, wt_io_end(ending), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, last->frees, 1);
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, length, WSK_FLAG_WAITALL,
					  &received), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)received, (u64)length);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, length, 0, LAST_SEED), (u64)length);
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, length, 0, &received),
			 STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)received, 0ULL);
	wt_exchange(env, pair.server, pair.client, 1000, 1);
	WSK_RULES(test, "BUF-18 DIS-2");
}

/* Until the FIN; what comes behind the first @before bytes is the last data. */
static void receive_last(struct kunit *test, struct plain_peer *peer, SIZE_T before, SIZE_T *got)
{
	UCHAR bytes[128];
	SIZE_T from;
	int part;

	while ((part = plain_peer_receive(peer, bytes, sizeof(bytes))) > 0) {
		from = before > *got ? min_t(SIZE_T, before - *got, part) : 0;
		KUNIT_EXPECT_EQ(test, (u64)wt_match(bytes + from, part - from,
						    *got + from - before, LAST_SEED),
				(u64)(part - from));
		*got += part;
	}
	KUNIT_EXPECT_EQ(test, part, 0);
}

/* TCP has it all, behind a window that is full, and sends it long after the memory has gone. */
static void disconnects_memory_is_gone_once_cancelled_behind_its_fin(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct gone *last = gone_new(test, 100);
	struct plain_peer *peer;
	struct wt_io *ending;
	PWSK_SOCKET client;
	SIZE_T got = 0;

	peer = wt_leave_much_to_tcp(env, &client);
	ending = start_disconnect(test, client, last);
	KUNIT_EXPECT_TRUE(test, wt_await_fin(peer, WT_LEFT + 100));
	cancel_disconnect(test, ending, last);
	receive_last(test, peer, WT_LEFT, &got);
	KUNIT_EXPECT_EQ(test, (u64)got, WT_LEFT + 100ULL);
	wt_expect_heard(env, peer, client);
	plain_peer_close(peer);
	WSK_RULES(test, "BUF-18 CAN-7 CAN-17");
}

/* TCP never takes the whole send, so not a byte is sent: as if disconnect was never called. */
static void disconnects_memory_is_gone_once_cancelled_behind_a_send(struct kunit *test)
{
	const SIZE_T length = 8 << 20;
	struct wt_env *env = wt_env(test);
	struct wt_data *out = wt_data_vmalloc(env, length), *in = wt_data_vmalloc(env, length);
	struct wt_io *sending = wt_io_new(env), *ending;
	struct gone *last = gone_new(test, 100);
	struct wt_pair pair;
	SIZE_T received;

	wt_pair(env, AF_INET, &pair);
	wt_send_start(sending, pair.client, out, 0, length, 0);
	ending = start_disconnect(test, pair.client, last);
	wt_sleep(20);
	cancel_disconnect(test, ending, last);
	KUNIT_EXPECT_EQ(test, (u64)ending->information, 0ULL);
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, length, WSK_FLAG_WAITALL, &received),
			 STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)received, (u64)length);
	WT_EXPECT_STATUS(test, wt_io_end(sending), STATUS_SUCCESS);
	wt_exchange(env, pair.client, pair.server, 1000, 1);
	wt_exchange(env, pair.server, pair.client, 1000, 2);
	WT_EXPECT_STATUS(test, wt_disconnect(env, pair.client, 0), STATUS_SUCCESS);
	WSK_RULES(test, "BUF-18 CAN-7 CAN-17");
}

/* TCP has a part of it. */
static void disconnects_memory_is_gone_once_cancelled_in_the_middle(struct kunit *test)
{
	const SIZE_T length = 8 << 20, first = 1 << 16;
	struct wt_env *env = wt_env(test);
	struct wt_data *in = wt_data_new(env, 1000 + first);
	struct gone *last = gone_new(test, length);
	struct wt_io *receiving = wt_io_new(env), *ending;
	struct wt_pair pair;
	SIZE_T bytes;

	wt_pair(env, AF_INET, &pair);
	ending = start_disconnect(test, pair.client, last);
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, 1000, WSK_FLAG_WAITALL, &bytes),
			 STATUS_SUCCESS);
	wt_receive_start(receiving, pair.server, in, 1000, first, WSK_FLAG_WAITALL);
	cancel_disconnect(test, ending, last);
	wt_io_end(receiving);
	bytes += receiving->information;
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, bytes, 0, LAST_SEED), (u64)bytes);
	WSK_RULES(test, "BUF-18 CAN-17");
}

static struct kunit_case gone_memory_cases[] = {
	KUNIT_CASE(memory_is_gone_once_the_request_completed),
	KUNIT_CASE(memory_is_gone_once_the_request_was_cancelled),
	KUNIT_CASE(memory_is_gone_once_the_socket_closed),
	KUNIT_CASE(disconnects_memory_is_gone_once_it_completed),
	KUNIT_CASE(disconnects_memory_is_gone_once_cancelled_behind_its_fin),
	KUNIT_CASE(disconnects_memory_is_gone_once_cancelled_behind_a_send),
	KUNIT_CASE(disconnects_memory_is_gone_once_cancelled_in_the_middle),
	{}
};

static struct kunit_suite gone_memory_suite = {
	.name = "wsk_gone_memory",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = gone_memory_cases,
};
kunit_test_suite(gone_memory_suite);
