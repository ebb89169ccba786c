// SPDX-License-Identifier: GPL-2.0
/* Long MDL chains over every kind of memory. */
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "wsk_fixture.h"

#define PIECES	64
#define TAG	0x6e696863	/* "chin" */

/* Odd lengths and odd gaps; each fifth piece is empty, but not the first. */
static SIZE_T piece_length(int i)
{
	return i % 5 == 4 ? 0 : 1 + (i + 3) * 37 % 97 * 2;
}

static SIZE_T piece_gap(int i)
{
	return 1 + (i * 13) % 11 * 2;
}

static SIZE_T chain_length(void)
{
	SIZE_T length = 0;
	int i;

	for (i = 0; i < PIECES; i++)
		length += piece_length(i);
	return length;
}

static SIZE_T chain_span(void)
{
	SIZE_T span = chain_length() + 1;
	int i;

	for (i = 0; i < PIECES; i++)
		span += piece_gap(i);
	return span;
}

/* How its pages were described. */
enum described { BUILT, LOCKED, MAPPED, DESCRIPTIONS };

struct chain {
	PUCHAR base;
	enum described how;
	PMDL mdls[PIECES];
	MDL before[PIECES];
	PFN_NUMBER frames[PIECES];	/* the first of each */
};

static void chain_make(struct kunit *test, struct chain *chain, PUCHAR base, enum described how)
{
	PUCHAR at = base + 1;
	int i;

	chain->base = base;
	chain->how = how;
	memset(base, 0xa5, chain_span());
	for (i = 0; i < PIECES; i++) {
		PMDL mdl = IoAllocateMdl(at, (ULONG)piece_length(i), FALSE, FALSE, NULL);

		KUNIT_ASSERT_NOT_NULL(test, mdl);
		if (how == BUILT)
			MmBuildMdlForNonPagedPool(mdl);
		else
			MmProbeAndLockPages(mdl, KernelMode, IoModifyAccess);
		if (how == MAPPED)
			KUNIT_ASSERT_NOT_NULL(test, MmGetSystemAddressForMdlSafe(mdl,
										 NormalPagePriority));
		chain->mdls[i] = mdl;
		if (i)
			chain->mdls[i - 1]->Next = mdl;
		at += piece_length(i) + piece_gap(i);
	}
	for (i = 0; i < PIECES; i++) {
		chain->before[i] = *chain->mdls[i];
		chain->frames[i] = piece_length(i) ? MmGetMdlPfnArray(chain->mdls[i])[0] : 0;
	}
}

static void chain_free(struct chain *chain)
{
	int i;

	for (i = 0; i < PIECES; i++) {
		if (chain->how != BUILT)
			MmUnlockPages(chain->mdls[i]);
		IoFreeMdl(chain->mdls[i]);
	}
}

static void chain_fill(struct chain *chain, UCHAR seed)
{
	PUCHAR at = chain->base + 1;
	SIZE_T position = 0;
	int i;

	for (i = 0; i < PIECES; i++) {
		wt_fill(at, piece_length(i), position, seed);
		position += piece_length(i);
		at += piece_length(i) + piece_gap(i);
	}
}

/* [from, to) of the described bytes hold the pattern; all other bytes are as they were. */
static SIZE_T chain_errors(struct chain *chain, SIZE_T from, SIZE_T to, UCHAR seed)
{
	SIZE_T position = 0, errors = chain->base[0] != 0xa5, j;
	PUCHAR at = chain->base + 1;
	int i;

	for (i = 0; i < PIECES; i++) {
		for (j = 0; j < piece_length(i); j++, position++, at++) {
			if (position >= from && position < to)
				errors += *at != wt_pattern(position, seed);
			else
				errors += *at != 0xa5;
		}
		for (j = 0; j < piece_gap(i); j++, at++)
			errors += *at != 0xa5;
	}
	return errors;
}

/* Links, flags, addresses, counts: nothing of the headers has changed. */
static int chain_changes(struct chain *chain)
{
	int i, changes = 0;

	for (i = 0; i < PIECES; i++) {
		changes += !!memcmp(chain->mdls[i], &chain->before[i], sizeof(MDL));
		if (piece_length(i))
			changes += MmGetMdlPfnArray(chain->mdls[i])[0] != chain->frames[i];
	}
	return changes;
}

/* WSK_BUF in memory that is gone when the call has returned. */
static PWSK_BUF buffer_new(struct kunit *test, PMDL mdl, ULONG offset, SIZE_T length)
{
	PWSK_BUF buf = kmalloc(sizeof(*buf), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	buf->Mdl = mdl;
	buf->Offset = offset;
	buf->Length = length;
	return buf;
}

static void buffer_gone(PWSK_BUF buf)
{
	memset(buf, 0x5a, sizeof(*buf));
	kfree(buf);
}

static void start(struct kunit *test, struct wt_io *io, PWSK_SOCKET socket, BOOLEAN sends,
		  struct chain *chain, ULONG offset, SIZE_T length)
{
	PWSK_BUF buf = buffer_new(test, chain->mdls[0], offset, length);

	if (sends)
		WT_CALL(io, WT_CONNECTION(socket)->WskSend(socket, buf, 0, wt_irp(io)));
	else
		WT_CALL(io, WT_CONNECTION(socket)->WskReceive(socket, buf, WSK_FLAG_WAITALL,
							      wt_irp(io)));
	buffer_gone(buf);
}

/* From one memory to another, whole and in part; what is described otherwise stays. */
static void move(struct kunit *test, struct wt_pair *pair, PUCHAR from, PUCHAR to,
		 enum described how)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *sending = wt_io_new(env), *receiving = wt_io_new(env);
	struct chain *out = kzalloc(sizeof(*out), GFP_KERNEL);
	struct chain *in = kzalloc(sizeof(*in), GFP_KERNEL);
	/* The first MDL has 29 bytes. No length is that to the end, and -1 is one byte less. */
	static const struct { ULONG offset; LONG length; } cuts[] = {
		{ 0, 0 }, { 0, 1 }, { 0, 700 }, { 0, -1 }, { 1, 0 }, { 13, 700 }, { 27, 3 },
		{ 27, -1 },
	};
	int i;

	KUNIT_ASSERT_TRUE(test, out && in);
	for (i = 0; i < ARRAY_SIZE(cuts); i++) {
		const ULONG offset = cuts[i].offset;
		const SIZE_T length = cuts[i].length > 0 ? cuts[i].length :
				      chain_length() - offset + cuts[i].length;
		UCHAR seed = (UCHAR)(how * 16 + i);

		chain_make(test, out, from, how);
		chain_make(test, in, to, (how + i) % DESCRIPTIONS);
		chain_fill(out, seed);
		/* Waiting when the bytes come, or called for when they are there. */
		if (i % 2)
			start(test, receiving, pair->server, FALSE, in, offset, length);
		start(test, sending, pair->client, TRUE, out, offset, length);
		if (!(i % 2))
			start(test, receiving, pair->server, FALSE, in, offset, length);
		WT_EXPECT_STATUS(test, wt_io_end(sending), STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, wt_io_end(receiving), STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, (u64)sending->information, (u64)length);
		KUNIT_EXPECT_EQ(test, (u64)receiving->information, (u64)length);
		KUNIT_EXPECT_EQ(test, (u64)chain_errors(in, offset, offset + length, seed), 0ULL);
		KUNIT_EXPECT_EQ(test, (u64)chain_errors(out, 0, chain_length(), seed), 0ULL);
		KUNIT_EXPECT_EQ(test, chain_changes(in), 0);
		KUNIT_EXPECT_EQ(test, chain_changes(out), 0);
		chain_free(out);
		chain_free(in);
	}
	kfree(out);
	kfree(in);
	wt_io_put(sending);
	wt_io_put(receiving);
}

/* Data of this module, which is neither heap nor mapped by vmalloc() for us. */
static UCHAR of_the_module[16384];

static void long_chains_of_all_memory_are_moved(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	PUCHAR heap = ExAllocatePoolWithTag(NonPagedPoolNx, chain_span(), TAG);
	PUCHAR mapped = vmalloc(chain_span());
	PUCHAR memory[] = { heap, mapped, of_the_module };
	struct wt_pair pair;
	int i, how;

	KUNIT_ASSERT_TRUE(test, heap && mapped);
	KUNIT_ASSERT_LE(test, (u64)chain_span(), (u64)sizeof(of_the_module));
	wt_pair(env, AF_INET, &pair);
	for (i = 0; i < 3; i++)
		for (how = 0; how < DESCRIPTIONS; how++)
			move(test, &pair, memory[i], memory[(i + 1) % 3], how);
	ExFreePool(heap);
	vfree(mapped);
	WSK_RULES(test, "BUF-1 BUF-5 BUF-6 BUF-7 BUF-8 BUF-9 BUF-13");
}

#define SLOT	6	/* a byte between, and a piece */

static SIZE_T slot_length(int i, int empty)
{
	return i % empty == empty - 1 ? 0 : SLOT - 1;
}

/* @memory in @pieces, of which each @empty-th has no byte. */
static PMDL describe(struct kunit *test, PUCHAR memory, int pieces, int empty, BOOLEAN locks)
{
	PMDL first = NULL, *link = &first;
	int i;

	for (i = 0; i < pieces; i++) {
		PMDL mdl = IoAllocateMdl(memory + i * SLOT + 1, (ULONG)slot_length(i, empty),
					 FALSE, FALSE, NULL);

		KUNIT_ASSERT_NOT_NULL(test, mdl);
		if (locks)
			MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
		else
			MmBuildMdlForNonPagedPool(mdl);
		*link = mdl;
		link = &mdl->Next;
	}
	return first;
}

static void forget(PMDL mdl)
{
	while (mdl) {
		PMDL next = mdl->Next;

		if (mdl->MdlFlags & MDL_PAGES_LOCKED)
			MmUnlockPages(mdl);
		IoFreeMdl(mdl);
		mdl = next;
	}
}

/* The bytes that there are. */
static SIZE_T fill_slots(PUCHAR memory, int pieces, int empty)
{
	SIZE_T position = 0;
	int i;

	memset(memory, 0xa5, pieces * SLOT);
	for (i = 0; i < pieces; i++) {
		wt_fill(memory + i * SLOT + 1, slot_length(i, empty), position, 3);
		position += slot_length(i, empty);
	}
	return position;
}

static int slot_errors(const UCHAR *memory, int pieces, int empty)
{
	SIZE_T position = 0, j;
	int i, wrong = 0;

	for (i = 0; i < pieces; i++, memory += SLOT) {
		wrong += memory[0] != 0xa5;
		for (j = 0; j < SLOT - 1; j++)
			wrong += memory[1 + j] != (j < slot_length(i, empty) ?
						   wt_pattern(position + j, 3) : 0xa5);
		position += slot_length(i, empty);
	}
	return wrong;
}

/* Not in the frame of the memory: what KUnit has on the stack for each look would be there too. */
static noinline void move_slots(struct kunit *test, struct wt_pair *pair, PUCHAR out, PUCHAR in,
				int pieces, int empty)
{
	struct wt_io *sending = wt_io_new(wt_env(test)), *receiving = wt_io_new(wt_env(test));
	const SIZE_T length = fill_slots(out, pieces, empty);
	PMDL from = describe(test, out, pieces, empty, TRUE);
	PMDL to = describe(test, in, pieces, empty, FALSE);
	WSK_BUF buf = { to, 0, length };

	memset(in, 0xa5, pieces * SLOT);
	WT_CALL(receiving, WT_CONNECTION(pair->server)->WskReceive(pair->server, &buf,
								   WSK_FLAG_WAITALL,
								   wt_irp(receiving)));
	buf.Mdl = from;
	WT_CALL(sending, WT_CONNECTION(pair->client)->WskSend(pair->client, &buf, 0,
							      wt_irp(sending)));
	memset(&buf, 0x5a, sizeof(buf));
	/* The stack may not go before the IRPs did. */
	WT_ASSERT_STATUS(test, wt_io_end(sending), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, wt_io_end(receiving), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, slot_errors(in, pieces, empty), 0);
	KUNIT_EXPECT_EQ(test, slot_errors(out, pieces, empty), 0);
	forget(from);
	forget(to);
	wt_io_put(sending);
	wt_io_put(receiving);
}

/* Memory of this very function, which stays until both IRPs are back. */
static void chain_on_the_stack_is_moved(struct kunit *test)
{
	struct wt_pair *pair = kunit_kzalloc(test, sizeof(*pair), GFP_KERNEL);
	UCHAR out[PIECES * SLOT], in[PIECES * SLOT];

	KUNIT_ASSERT_NOT_NULL(test, pair);
	wt_pair(wt_env(test), AF_INET, pair);
	move_slots(test, pair, out, in, 8, PIECES);
	move_slots(test, pair, out, in, PIECES, 4);
	move_slots(test, pair, out, in, PIECES, 2);
	WSK_RULES(test, "BUF-5 BUF-8 BUF-13");
}

static void offset_beyond_the_first_mdl_counts_on(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_data *out = wt_data_chain(env, 1000, 100, 0);
	struct wt_data *in = wt_data_chain(env, 1000, 100, 0);
	struct wt_io *sending = wt_io_new(env), *receiving = wt_io_new(env);
	struct wt_pair pair;

	wt_pair(env, AF_INET, &pair);
	wt_data_fill(out, 0, 4);
	wt_receive_start(receiving, pair.server, in, 350, 300, WSK_FLAG_WAITALL);
	wt_send_start(sending, pair.client, out, 350, 300, 0);
	WT_EXPECT_STATUS(test, wt_io_end(sending), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(receiving), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)wt_match(in->base + 350, 300, 350, 4), 300ULL);
	KUNIT_EXPECT_EQ(test, in->base[349], 0xa5);
	KUNIT_EXPECT_EQ(test, in->base[650], 0xa5);
	WSK_RULES(test, "BUF-14");
}

static struct kunit_case chain_cases[] = {
	KUNIT_CASE(long_chains_of_all_memory_are_moved),
	KUNIT_CASE(chain_on_the_stack_is_moved),
	KUNIT_CASE(offset_beyond_the_first_mdl_counts_on),
	{}
};

static struct kunit_suite chain_suite = {
	.name = "wsk_chain",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = chain_cases,
};
kunit_test_suite(chain_suite);
