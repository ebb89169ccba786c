// SPDX-License-Identifier: GPL-2.0
/* WSK_BUF and MDL chains: offsets, pieces, kinds of memory, and buffers that do not exist. */
#include "wsk_fixture.h"

static const SIZE_T pieces[] = { 1, 7, 100, 4096, 5000 };

static void chains_are_moved_in_order(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_pair pair;
	int i, j;

	wt_pair(env, AF_INET, &pair);
	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		for (j = 0; j < ARRAY_SIZE(pieces); j++) {
			/* Hundreds of MDLs, and not thousands: an emulated debug kernel has to make them. */
			const SIZE_T length = min_t(SIZE_T, 5555, 300 * min(pieces[i], pieces[j]));
			struct wt_io *sending = wt_io_new(env), *receiving = wt_io_new(env);
			struct wt_data *out = wt_data_chain(env, length, pieces[i], 3);
			struct wt_data *in = wt_data_chain(env, length, pieces[j], 5);

			wt_data_fill(out, 0, (UCHAR)(i + j));
			wt_receive_start(receiving, pair.server, in, 0, length,
					 WSK_FLAG_WAITALL);
			wt_send_start(sending, pair.client, out, 0, length, 0);
			WT_EXPECT_STATUS(test, wt_io_end(sending), STATUS_SUCCESS);
			WT_EXPECT_STATUS(test, wt_io_end(receiving), STATUS_SUCCESS);
			KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, length, 0, (UCHAR)(i + j)),
					(u64)length);
			/* The gaps between the pieces still hold their poison. */
			KUNIT_EXPECT_EQ(test, in->base[min(length, pieces[j])], 0xa5);
			KUNIT_EXPECT_EQ(test, in->base[min(length, pieces[j]) + 4], 0xa5);
			wt_io_put(sending);
			wt_io_put(receiving);
		}
	}
	WSK_RULES(test, "BUF-1 BUF-5 BUF-6 BUF-13");
}

static void offset_and_length_cut_the_chain(struct kunit *test)
{
	static const struct { ULONG offset; SIZE_T length; } cuts[] = {
		{ 0, 1 }, { 99, 1 }, { 99, 2 }, { 1, 99 }, { 50, 250 }, { 0, 1000 }, { 99, 901 },
	};
	struct wt_env *env = wt_env(test);
	struct wt_pair pair;
	int i;

	wt_pair(env, AF_INET, &pair);
	for (i = 0; i < ARRAY_SIZE(cuts); i++) {
		ULONG offset = cuts[i].offset;
		SIZE_T length = cuts[i].length;
		struct wt_io *sending = wt_io_new(env), *receiving = wt_io_new(env);
		struct wt_data *out = wt_data_chain(env, 1000, 100, 0);
		struct wt_data *in = wt_data_chain(env, 1000, 100, 0);

		wt_data_fill(out, 0, 9);
		wt_receive_start(receiving, pair.server, in, offset, length, WSK_FLAG_WAITALL);
		wt_send_start(sending, pair.client, out, offset, length, 0);
		WT_EXPECT_STATUS(test, wt_io_end(sending), STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, (u64)sending->information, (u64)length);
		WT_EXPECT_STATUS(test, wt_io_end(receiving), STATUS_SUCCESS);
		/* Without gaps the chain is one piece of memory. */
		KUNIT_EXPECT_EQ(test, (u64)wt_match(in->base + offset, length, offset, 9),
				(u64)length);
		if (offset)
			KUNIT_EXPECT_EQ(test, in->base[offset - 1], 0xa5);
		if (offset + length < 1000)
			KUNIT_EXPECT_EQ(test, in->base[offset + length], 0xa5);
	}
	WSK_RULES(test, "BUF-1 BUF-5 BUF-6 BUF-7 RCV-31");
}

static void chain_is_left_as_it_was(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *out = wt_data_chain(env, 3000, 1000, 0);
	struct wt_data *in = wt_data_chain(env, 3000, 1000, 0);
	struct wt_data *both[] = { out, in };
	struct wt_io *sending = wt_io_new(env), *receiving = wt_io_new(env);
	struct wt_pair pair;
	MDL before[2][3];
	PMDL mdl;
	int i, j;

	wt_pair(env, AF_INET, &pair);
	for (i = 0; i < 2; i++)
		for (j = 0, mdl = both[i]->mdl; mdl; j++, mdl = mdl->Next)
			before[i][j] = *mdl;
	wt_receive_start(receiving, pair.server, in, 10, 2900, WSK_FLAG_WAITALL);
	wt_send_start(sending, pair.client, out, 10, 2900, 0);
	WT_EXPECT_STATUS(test, wt_io_end(sending), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(receiving), STATUS_SUCCESS);
	for (i = 0; i < 2; i++) {
		for (j = 0, mdl = both[i]->mdl; mdl; j++, mdl = mdl->Next) {
			KUNIT_EXPECT_PTR_EQ(test, mdl->Next, before[i][j].Next);
			KUNIT_EXPECT_EQ(test, mdl->ByteCount, before[i][j].ByteCount);
			KUNIT_EXPECT_EQ(test, mdl->ByteOffset, before[i][j].ByteOffset);
			KUNIT_EXPECT_EQ(test, (int)mdl->MdlFlags, (int)before[i][j].MdlFlags);
		}
		KUNIT_EXPECT_EQ(test, j, 3);
	}
	WSK_RULES(test, "BUF-9");
}

static void mdl_address_of_the_irp_is_the_drivers(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *data = wt_data_new(env, 10);
	struct wt_io *io = wt_io_new(env);
	struct wt_pair pair;
	WSK_BUF buf;
	PIRP irp;

	wt_pair(env, AF_INET, &pair);
	buf = wt_slice(data, 0, 10);
	irp = wt_irp(io);
	irp->MdlAddress = data->mdl;
	WT_CALL(io, WT_CONNECTION(pair.client)->WskSend(pair.client, &buf, 0, irp));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	KUNIT_EXPECT_PTR_EQ(test, irp->MdlAddress, data->mdl);
	irp->MdlAddress = NULL;
	WSK_RULES(test, "IRP-35");
}

static void vmalloc_memory_is_moved(struct kunit *test)
{
	const SIZE_T length = 300000, part = length - 10;
	struct wt_env *env = wt_env(test);
	struct wt_data *out = wt_data_vmalloc(env, length), *in = wt_data_vmalloc(env, length);
	struct wt_io *sending = wt_io_new(env), *receiving = wt_io_new(env);
	struct wt_pair pair;

	wt_pair(env, AF_INET, &pair);
	wt_data_fill(out, 0, 4);
	wt_receive_start(receiving, pair.server, in, 5, part, WSK_FLAG_WAITALL);
	wt_send_start(sending, pair.client, out, 3, part, 0);
	WT_EXPECT_STATUS(test, wt_io_end(sending), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(receiving), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)wt_match(in->base + 5, part, 3, 4), (u64)part);
	KUNIT_EXPECT_EQ(test, in->base[4], 0xa5);
	KUNIT_EXPECT_EQ(test, in->base[5 + part], 0xa5);
	WSK_RULES(test, "BUF-1 BUF-7");
}

/* Memory on the stack: built, locked, and locked and mapped. */
static void stack_and_locked_memory_is_moved(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	UCHAR out[50], in[50];
	struct wt_io *sending = wt_io_new(env), *receiving = wt_io_new(env);
	PMDL out_mdl = IoAllocateMdl(out, sizeof(out), FALSE, FALSE, NULL);
	PMDL in_mdl = IoAllocateMdl(in, sizeof(in), FALSE, FALSE, NULL);
	WSK_BUF out_buf = { out_mdl, 0, sizeof(out) }, in_buf = { in_mdl, 0, sizeof(in) };
	struct wt_pair pair;
	int mapped;

	KUNIT_ASSERT_NOT_NULL(test, out_mdl);
	KUNIT_ASSERT_NOT_NULL(test, in_mdl);
	wt_pair(env, AF_INET, &pair);
	MmBuildMdlForNonPagedPool(out_mdl);
	MmProbeAndLockPages(in_mdl, KernelMode, IoWriteAccess);
	for (mapped = 0; mapped < 2; mapped++) {
		if (mapped)
			KUNIT_EXPECT_NOT_NULL(test, MmGetSystemAddressForMdlSafe(
							    in_mdl, NormalPagePriority));
		wt_fill(out, sizeof(out), 0, 8 + mapped);
		WT_CALL(receiving,
			WT_CONNECTION(pair.server)->WskReceive(pair.server, &in_buf,
							       WSK_FLAG_WAITALL,
							       wt_irp(receiving)));
		WT_CALL(sending, WT_CONNECTION(pair.client)->WskSend(pair.client, &out_buf, 0,
								     wt_irp(sending)));
		WT_EXPECT_STATUS(test, wt_io_end(sending), STATUS_SUCCESS);
		/* The stack may not go before the IRP did. */
		WT_ASSERT_STATUS(test, wt_io_end(receiving), STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, (u64)wt_match(in, sizeof(in), 0, 8 + mapped),
				(u64)sizeof(in));
	}
	if (in_mdl->MdlFlags & MDL_PAGES_LOCKED)
		MmUnlockPages(in_mdl);
	IoFreeMdl(in_mdl);
	IoFreeMdl(out_mdl);
	WSK_RULES(test, "BUF-8");
}

static void free_buffer(struct wt_io *io)
{
	struct wt_data *data = io->hook_context;

	memset(data->base, 0x5a, data->size);
}

/* From its completion on the memory is the driver's: it overwrites it inside the routine. */
static void sent_memory_is_free_at_completion(struct kunit *test)
{
	const SIZE_T length = 500000;
	struct wt_env *env = wt_env(test);
	struct wt_data *out = wt_data_new(env, length), *in = wt_data_new(env, length);
	struct wt_io *io = wt_io_new(env);
	struct wt_pair pair;
	SIZE_T received;

	wt_pair(env, AF_INET, &pair);
	wt_data_fill(out, 0, 6);
	io->hook = free_buffer;
	io->hook_context = out;
	wt_send_start(io, pair.client, out, 0, length, 0);
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, length, WSK_FLAG_WAITALL,
					  &received), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, length, 0, 6), (u64)length);
	WSK_RULES(test, "BUF-18 SND-3");
}

/* What takes a buffer refuses @buf, with data there that a receive could have had. */
static void expect_invalid(struct kunit *test, struct wt_pair *pair, struct wt_data *data,
			   WSK_BUF buf)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *ios[4];
	int i;

	for (i = 0; i < ARRAY_SIZE(ios); i++)
		ios[i] = wt_io_new(env);
	WT_CALL(ios[0], WT_CONNECTION(pair->client)->WskSend(pair->client, &buf, 0,
							     wt_irp(ios[0])));
	WT_CALL(ios[1], WT_CONNECTION(pair->client)->WskDisconnect(pair->client, &buf, 0,
								   wt_irp(ios[1])));
	WT_CALL(ios[2], WT_CONNECTION(pair->server)->WskReceive(pair->server, &buf, 0,
								wt_irp(ios[2])));
	WT_CALL(ios[3], WT_CONNECTION(pair->server)->WskReceive(pair->server, &buf,
								WSK_FLAG_WAITALL,
								wt_irp(ios[3])));
	for (i = 0; i < ARRAY_SIZE(ios); i++) {
		WT_EXPECT_STATUS(test, ios[i]->returned, STATUS_PENDING);
		WT_EXPECT_STATUS(test, wt_io_end(ios[i]), STATUS_INVALID_PARAMETER);
		KUNIT_EXPECT_EQ(test, (u64)ios[i]->information, 0ULL);
		wt_io_put(ios[i]);
	}
	KUNIT_EXPECT_NULL(test, memchr_inv(data->base, 0xa5, data->size));
}

#define QUEUED 500

static void buffers_beyond_their_chain_are_refused(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *one = wt_data_new(env, 100), *chain = wt_data_chain(env, 1000, 100, 0);
	struct wt_data *queued = wt_data_new(env, QUEUED), *in = wt_data_new(env, QUEUED);
	WSK_BUF nothing = { NULL, 0, 1 };
	struct wt_pair pair;
	SIZE_T received;

	wt_pair(env, AF_INET, &pair);
	wt_data_fill(queued, 0, 7);
	WT_EXPECT_STATUS(test, wt_send(env, pair.client, queued, QUEUED), STATUS_SUCCESS);
	wt_sleep(20);
	expect_invalid(test, &pair, one, wt_slice(one, 0, 101));
	expect_invalid(test, &pair, one, wt_slice(one, 1, 100));
	expect_invalid(test, &pair, one, wt_slice(one, 100, 1));
	expect_invalid(test, &pair, one, wt_slice(one, 0xffffffff, 1));
	expect_invalid(test, &pair, one, wt_slice(one, 0xffffffff, 0xffffffff));
	expect_invalid(test, &pair, one, wt_slice(one, 0, ~(SIZE_T)0));
	expect_invalid(test, &pair, one, wt_slice(one, 2, ~(SIZE_T)0));
	expect_invalid(test, &pair, one, wt_slice(one, 1, ~(SIZE_T)0));
	expect_invalid(test, &pair, chain, wt_slice(chain, 0, 1001));
	expect_invalid(test, &pair, chain, wt_slice(chain, 1, 1000));
	expect_invalid(test, &pair, chain, wt_slice(chain, 0, ~(SIZE_T)0 - 99));
	expect_invalid(test, &pair, chain, nothing);
	/* Nothing was taken out of the stream or put into it, and it has not ended. */
	WT_EXPECT_STATUS(test, wt_receive(env, pair.server, in, QUEUED, WSK_FLAG_WAITALL,
					  &received), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, QUEUED, 0, 7), (u64)QUEUED);
	wt_exchange(env, pair.client, pair.server, 100, 1);
	wt_exchange(env, pair.server, pair.client, 100, 2);
	WT_EXPECT_STATUS(test, wt_disconnect(env, pair.client, 0), STATUS_SUCCESS);
	WSK_RULES(test, "BUF-14 BUF-15 BUF-16 IRP-32");
}

static struct kunit_case buffers_cases[] = {
	KUNIT_CASE(chains_are_moved_in_order),
	KUNIT_CASE(offset_and_length_cut_the_chain),
	KUNIT_CASE(chain_is_left_as_it_was),
	KUNIT_CASE(mdl_address_of_the_irp_is_the_drivers),
	KUNIT_CASE(vmalloc_memory_is_moved),
	KUNIT_CASE(stack_and_locked_memory_is_moved),
	KUNIT_CASE(sent_memory_is_free_at_completion),
	KUNIT_CASE(buffers_beyond_their_chain_are_refused),
	{}
};

static struct kunit_suite buffers_suite = {
	.name = "wsk_buffers",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = buffers_cases,
};
kunit_test_suite(buffers_suite);
