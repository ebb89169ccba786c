// SPDX-License-Identifier: GPL-2.0
/*
 * Where a raised status lands: the innermost __try of whoever runs.
 *
 * Frames live on the stacks of drivers, so nothing is allocated and nothing is
 * left over: the compiler's cleanup unlinks a frame on every way out of its
 * scope, and seh_forget_task() those of a thread that never returns. A bucket
 * keeps the frames of all its tasks in one list, newest first; a task's
 * innermost frame is the first one with its key, the next with that key is the
 * one around it. A softirq has a key of its own, for it runs on the back of a
 * task whose __try it knows nothing of.
 *
 * The owner of a frame is the only one that touches code, pending and step;
 * the lock protects the links.
 */
#include <excpt.h>
#include <ntstatus.h>
#include "seh.hpp"
#include "cxx/lock.hpp"
#include "lx/irql.h"
#include "lx/log.h"
#include "lx/wait.h"

namespace nt {
namespace {

using Frame = wsk_seh_frame;

struct Bucket : NonMovable {
	SpinLock lock{LX_RANK_SEH};	/* protects: the links of the frames */
	Frame *newest = nullptr;
};

constexpr usize kBuckets = 32;

alignas(Bucket) u8 storage[kBuckets * sizeof(Bucket)];

Bucket *buckets()
{
	return reinterpret_cast<Bucket *>(storage);
}

uptr key_now()
{
	const uptr task = reinterpret_cast<uptr>(lx_task_self());

	return lx_context_is_task() ? task : task | 1;
}

/* Tasks are at least 64 bytes apart, and far more in fact. */
Bucket &bucket_of(uptr key)
{
	return buckets()[(key >> 6 ^ key >> 13) % kBuckets];
}

bool is_of(const Frame &frame, uptr key)
{
	return reinterpret_cast<uptr>(frame.task) == key;
}

/* The innermost frame of @key, or the innermost whose guarded block still runs. */
Frame *innermost(Bucket &bucket, uptr key, bool guarding)
{
	auto guard = bucket.lock.acquire_irqsave();
	Frame *frame = bucket.newest;

	while (frame && !(is_of(*frame, key) && (!guarding || frame->step == WSK_SEH_ENTERED)))
		frame = frame->outer;
	return frame;
}

void raise(uptr key, NTSTATUS status, const void *site)
{
	Frame *frame = innermost(bucket_of(key), key, true);

	if (!frame) {
		lx_log_misuse("status 0x%08x raised outside of any __try, at %pS; nothing is unwound",
			      static_cast<unsigned>(status), site);
		return;
	}
	if (frame->pending)
		return;
	frame->code = status;
	frame->pending = 1;
}

void unlink(Bucket &bucket, const Frame *frame)
{
	auto guard = bucket.lock.acquire_irqsave();

	for (Frame **at = &bucket.newest; *at; at = &(*at)->outer) {
		if (*at == frame) {
			*at = frame->outer;
			return;
		}
	}
}

} /* namespace */

void seh_start()
{
	for (usize i = 0; i < kBuckets; i++)
		new (buckets() + i) Bucket;
}

void seh_stop()
{
	for (usize i = 0; i < kBuckets; i++)
		buckets()[i].~Bucket();
}

void seh_forget_task()
{
	const uptr key = key_now();
	Bucket &bucket = bucket_of(key);
	auto guard = bucket.lock.acquire_irqsave();

	for (Frame **at = &bucket.newest; *at;) {
		if (is_of(**at, key))
			*at = (*at)->outer;
		else
			at = &(*at)->outer;
	}
}

} /* namespace nt */

extern "C" void wsk_seh_enter(struct wsk_seh_frame *frame)
{
	const uptr key = nt::key_now();
	nt::Bucket &bucket = nt::bucket_of(key);

	frame->task = reinterpret_cast<void *>(key);
	auto guard = bucket.lock.acquire_irqsave();
	frame->outer = bucket.newest;
	bucket.newest = frame;
}

extern "C" void wsk_seh_exit(struct wsk_seh_frame *frame)
{
	const uptr key = reinterpret_cast<uptr>(frame->task);

	nt::unlink(nt::bucket_of(key), frame);
	if (frame->pending)
		nt::raise(key, frame->code, __builtin_return_address(0));
}

extern "C" NTSTATUS wsk_seh_code(void)
{
	const uptr key = nt::key_now();
	const nt::Frame *frame = nt::innermost(nt::bucket_of(key), key, false);

	return frame ? frame->code : STATUS_SUCCESS;
}

extern "C" int wsk_seh_test(void)
{
	const uptr key = nt::key_now();
	const nt::Frame *frame = nt::innermost(nt::bucket_of(key), key, false);

	return frame && frame->pending;
}

extern "C" void wsk_seh_raise(NTSTATUS status)
{
	nt::raise(nt::key_now(), status, __builtin_return_address(0));
}

/**
 * ExRaiseStatus() - note an exception in the innermost __try.
 * @Status: what GetExceptionCode() will say
 *
 * Differs from Windows: nothing is unwound. The call returns, the rest of the
 * __try block runs, then its filter and handler do; the first exception of a
 * block is the one they see. Without a __try around it, it is reported as
 * misuse and forgotten, where Windows stops the machine.
 *
 * Context: IRQL <= DISPATCH_LEVEL; process or softirq.
 * Source: "ExRaiseStatus" (wdm.h).
 */
extern "C" VOID NTAPI ExRaiseStatus(NTSTATUS Status)
{
	nt::raise(nt::key_now(), Status, __builtin_return_address(0));
}
