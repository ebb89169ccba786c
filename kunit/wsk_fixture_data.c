// SPDX-License-Identifier: GPL-2.0
/* Buffers, MDL chains and patterned data of the WSK suites. */
#include "wsk_fixture.h"

#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "plain_net.h"

static void wt_data_add(struct wt_env *env, struct wt_data *data)
{
	KIRQL irql;

	KeAcquireSpinLock(&env->lock, &irql);
	InsertTailList(&env->buffers, &data->link);
	KeReleaseSpinLock(&env->lock, irql);
}

static PMDL wt_mdl(struct kunit *test, PVOID base, SIZE_T size)
{
	PMDL mdl = IoAllocateMdl(base, (ULONG)size, FALSE, FALSE, NULL);

	KUNIT_ASSERT_NOT_NULL(test, mdl);
	MmBuildMdlForNonPagedPool(mdl);
	return mdl;
}

static struct wt_data *wt_data_alloc(struct wt_env *env, SIZE_T size, BOOLEAN vmalloced)
{
	struct wt_data *data = kzalloc(sizeof(*data), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(env->test, data);
	data->size = size;
	data->vmalloc = vmalloced;
	data->base = vmalloced ? vmalloc(size)
			       : ExAllocatePoolWithTag(NonPagedPoolNx, size, WT_TAG);
	KUNIT_ASSERT_NOT_NULL(env->test, data->base);
	memset(data->base, 0xa5, size);
	wt_data_add(env, data);
	return data;
}

struct wt_data *wt_data_new(struct wt_env *env, SIZE_T size)
{
	struct wt_data *data = wt_data_alloc(env, size, FALSE);

	data->mdl = wt_mdl(env->test, data->base, size);
	data->buf = wt_slice(data, 0, size);
	return data;
}

struct wt_data *wt_data_vmalloc(struct wt_env *env, SIZE_T size)
{
	struct wt_data *data = wt_data_alloc(env, size, TRUE);

	data->mdl = wt_mdl(env->test, data->base, size);
	data->buf = wt_slice(data, 0, size);
	return data;
}

struct wt_data *wt_data_chain(struct wt_env *env, SIZE_T size, SIZE_T piece, SIZE_T gap)
{
	SIZE_T pieces = (size + piece - 1) / piece, done = 0, i;
	struct wt_data *data = wt_data_alloc(env, size + pieces * gap, FALSE);
	PMDL *link = &data->mdl;

	for (i = 0; i < pieces; i++) {
		SIZE_T length = min(piece, size - done);

		*link = wt_mdl(env->test, data->base + i * (piece + gap), length);
		link = &(*link)->Next;
		done += length;
	}
	data->buf = wt_slice(data, 0, size);
	return data;
}

WSK_BUF wt_slice(struct wt_data *data, ULONG offset, SIZE_T length)
{
	WSK_BUF buf;

	buf.Mdl = data->mdl;
	buf.Offset = offset;
	buf.Length = length;
	return buf;
}

/* No two neighbours are equal, and no page looks like the page before. */
UCHAR wt_pattern(SIZE_T position, UCHAR seed)
{
	return (UCHAR)(position * 31 + (position >> 8) * 7 + (position >> 16) * 3 + seed);
}

void wt_fill(PUCHAR memory, SIZE_T length, SIZE_T position, UCHAR seed)
{
	SIZE_T i;

	for (i = 0; i < length; i++)
		memory[i] = wt_pattern(position + i, seed);
}

SIZE_T wt_match(const UCHAR *memory, SIZE_T length, SIZE_T position, UCHAR seed)
{
	SIZE_T i;

	for (i = 0; i < length; i++)
		if (memory[i] != wt_pattern(position + i, seed))
			break;
	return i;
}

void wt_data_fill(struct wt_data *data, SIZE_T position, UCHAR seed)
{
	PMDL mdl;

	for (mdl = data->mdl; mdl; mdl = mdl->Next) {
		wt_fill(MmGetMdlVirtualAddress(mdl), MmGetMdlByteCount(mdl), position, seed);
		position += MmGetMdlByteCount(mdl);
	}
}

SIZE_T wt_data_match(struct wt_data *data, SIZE_T length, SIZE_T position, UCHAR seed)
{
	SIZE_T done = 0;
	PMDL mdl;

	for (mdl = data->mdl; mdl && done < length; mdl = mdl->Next) {
		SIZE_T here = min_t(SIZE_T, MmGetMdlByteCount(mdl), length - done);
		SIZE_T good = wt_match(MmGetMdlVirtualAddress(mdl), here, position + done, seed);

		done += good;
		if (good < here)
			break;
	}
	return done;
}

/* The WSK_BUF is on this stack and gone when the call returned (BUF-13). */
void wt_send_start(struct wt_io *io, PWSK_SOCKET socket, struct wt_data *data, ULONG offset,
		   SIZE_T length, ULONG flags)
{
	WSK_BUF buf = wt_slice(data, offset, length);

	WT_CALL(io, WT_CONNECTION(socket)->WskSend(socket, &buf, flags, wt_irp(io)));
	memset(&buf, 0xa5, sizeof(buf));
}

void wt_receive_start(struct wt_io *io, PWSK_SOCKET socket, struct wt_data *data, ULONG offset,
		      SIZE_T length, ULONG flags)
{
	WSK_BUF buf = wt_slice(data, offset, length);

	WT_CALL(io, WT_CONNECTION(socket)->WskReceive(socket, &buf, flags, wt_irp(io)));
	memset(&buf, 0xa5, sizeof(buf));
}

NTSTATUS wt_send(struct wt_env *env, PWSK_SOCKET socket, struct wt_data *data, SIZE_T length)
{
	struct wt_io *io = wt_io_new(env);
	NTSTATUS status;

	wt_send_start(io, socket, data, 0, length, 0);
	status = wt_io_end(io);
	KUNIT_EXPECT_EQ(env->test, (u64)io->information, NT_SUCCESS(status) ? (u64)length : 0);
	wt_io_put(io);
	return status;
}

NTSTATUS wt_receive(struct wt_env *env, PWSK_SOCKET socket, struct wt_data *data,
		    SIZE_T length, ULONG flags, SIZE_T *received)
{
	struct wt_io *io = wt_io_new(env);
	NTSTATUS status;

	wt_receive_start(io, socket, data, 0, length, flags);
	status = wt_io_end(io);
	*received = io->information;
	KUNIT_EXPECT_LE(env->test, (u64)io->information, (u64)length);
	wt_io_put(io);
	return status;
}

/* They are looked at while they come, on purpose. */
BOOLEAN wt_await_bytes(struct wt_data *data, SIZE_T length, SIZE_T position, UCHAR seed)
{
	return WT_AWAIT(data_race(wt_data_match(data, length, position, seed)) == length);
}

static BOOLEAN wt_await_none(struct wt_env *env, PWSK_SOCKET from, PWSK_SOCKET to,
			     long (*left)(unsigned short from, unsigned short to))
{
	SOCKADDR_STORAGE sender, receiver;

	WT_ASSERT_STATUS(env->test, wt_local_address(env, from, &sender), STATUS_SUCCESS);
	WT_ASSERT_STATUS(env->test, wt_local_address(env, to, &receiver), STATUS_SUCCESS);
	return WT_AWAIT(!left(wt_port(&sender), wt_port(&receiver)));
}

BOOLEAN wt_await_arrived(struct wt_env *env, PWSK_SOCKET from, PWSK_SOCKET to)
{
	return wt_await_none(env, from, to, plain_net_on_its_way);
}

BOOLEAN wt_await_consumed(struct wt_env *env, PWSK_SOCKET from, PWSK_SOCKET to)
{
	return wt_await_none(env, from, to, plain_net_not_taken);
}

/*
 * By receives of nothing, which leave the stream alone and succeed whatever TCP knows (RCV-20):
 * they find no break that the provider has not noticed by itself.
 */
BOOLEAN wt_await_reset(struct wt_env *env, PWSK_SOCKET socket)
{
	struct wt_data *data = wt_data_new(env, 1);
	NTSTATUS status;
	SIZE_T received;

	if (!WT_AWAIT((status = wt_receive(env, socket, data, 0, 0, &received)) != STATUS_SUCCESS))
		return FALSE;
	return status == STATUS_FILE_FORCED_CLOSED || status == STATUS_CONNECTION_RESET;
}

void wt_exchange(struct wt_env *env, PWSK_SOCKET from, PWSK_SOCKET to, SIZE_T length,
		 UCHAR seed)
{
	struct wt_data *out = wt_data_new(env, max_t(SIZE_T, length, 1));
	struct wt_data *in = wt_data_new(env, max_t(SIZE_T, length, 1));
	struct wt_io *sending = wt_io_new(env), *receiving = wt_io_new(env);
	struct kunit *test = env->test;

	wt_data_fill(out, 0, seed);
	wt_receive_start(receiving, to, in, 0, length, WSK_FLAG_WAITALL);
	wt_send_start(sending, from, out, 0, length, 0);
	WT_EXPECT_STATUS(test, wt_io_end(sending), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)sending->information, (u64)length);
	WT_EXPECT_STATUS(test, wt_io_end(receiving), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)receiving->information, (u64)length);
	KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, length, 0, seed), (u64)length);
	wt_io_put(sending);
	wt_io_put(receiving);
}
