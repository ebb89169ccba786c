/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Structured exception handling for drivers whose source has it.
 *
 *	__try { MmProbeAndLockPages(mdl, KernelMode, IoReadAccess); }
 *	__except (EXCEPTION_EXECUTE_HANDLER) { status = GetExceptionCode(); goto Error; }
 *
 * Nothing is unwound here. Each __try keeps a frame on the driver's stack; a
 * call that raises (MmProbeAndLockPages, ExRaiseStatus) notes the code in the
 * caller's innermost frame and returns, the rest of the block still runs, and
 * then the handler does. goto and return may leave any of the blocks.
 *
 * Differences from Windows a driver's author must know:
 *  - only our calls raise: a wild pointer is an oops, in a __try as elsewhere;
 *  - statements behind the raising call, in the same block, are executed;
 *  - break and continue inside a block end that block (as __leave does), not a
 *    loop around it;
 *  - __finally runs when its block ends or __leave is used, not on goto or return;
 *  - a raise outside of any __try is reported as misuse and forgotten.
 */
#ifndef _EXCPT_H
#define _EXCPT_H

#include "ntdef.h"

NT_EXTERN_C_BEGIN

#define EXCEPTION_EXECUTE_HANDLER 1
#define EXCEPTION_CONTINUE_SEARCH 0
#define EXCEPTION_CONTINUE_EXECUTION (-1)

enum wsk_seh_step {
	WSK_SEH_ENTERED = 1,	/* the guarded block runs; only now does a raise land here */
	WSK_SEH_HANDLER = 2,	/* filter, handler or termination handler */
};

/*
 * One __try on the stack. wsk.ko links it by @outer into what is known of @task
 * and writes @code and @pending; interrupts nest properly, for a routine that
 * runs in softirq on top of the task is gone before the task goes on.
 */
struct wsk_seh_frame {
	struct wsk_seh_frame *outer;
	void *task;
	NTSTATUS code;		/* of the last exception that landed here */
	unsigned char pending;	/* raised, and no filter has taken it yet */
	unsigned char step;	/* enum wsk_seh_step; 0: not linked */
};

/* Makes @frame the innermost of the current task. Any IRQL <= DISPATCH_LEVEL. */
void wsk_seh_enter(struct wsk_seh_frame *frame);
/* Unlinks it; what is still pending moves out to the next frame, or is reported. */
void wsk_seh_exit(struct wsk_seh_frame *frame);
/* The code in the innermost frame of the current task; STATUS_SUCCESS without one. */
NTSTATUS wsk_seh_code(void);
/* Whether an exception is pending in the innermost frame of the current task. */
int wsk_seh_test(void);
/*
 * Notes @status as pending in the innermost frame of the current task that is in
 * WSK_SEH_ENTERED (a handler's own exception belongs to the block around it). The
 * first exception of a block stays. Without such a frame: misuse, reported.
 */
void wsk_seh_raise(NTSTATUS status);

/* Like wsk_seh_raise(), and unlike Windows' function it returns. */
NTKERNELAPI VOID ExRaiseStatus(NTSTATUS Status);

NT_INLINE int wsk_seh_next(struct wsk_seh_frame *frame)
{
	if (frame->step == 0) {
		frame->step = WSK_SEH_ENTERED;
		wsk_seh_enter(frame);
		return 1;
	}
	if (frame->step == WSK_SEH_ENTERED) {
		frame->step = WSK_SEH_HANDLER;
		return 1;
	}
	return 0;
}

NT_INLINE int wsk_seh_take(struct wsk_seh_frame *frame, int disposition)
{
	if (disposition != EXCEPTION_CONTINUE_SEARCH)
		frame->pending = 0;
	return disposition > 0;
}

NT_INLINE void wsk_seh_leave(struct wsk_seh_frame *frame)
{
	if (frame->step)
		wsk_seh_exit(frame);
}

/* A second turn of the loop is the handler's; a third does not come. */
#undef __try
#undef __except
#undef __finally
#undef __leave
#define __try									\
	for (struct wsk_seh_frame wsk_seh					\
	     __attribute__((__cleanup__(wsk_seh_leave), __unused__)) =		\
		     { NULL, NULL, 0, 0, 0 };					\
	     wsk_seh_next(&wsk_seh); )						\
		if (wsk_seh.step == WSK_SEH_ENTERED)
#define __except(...)		/* the filter may be a comma expression */	\
		else if (!(wsk_seh.pending && wsk_seh_take(&wsk_seh, (__VA_ARGS__))))	\
			break;							\
		else
#define __finally								\
		else
/* A loop inside the block takes it for its own: leave that loop first. */
#define __leave continue

#define GetExceptionCode() wsk_seh_code()
#define exception_code() wsk_seh_code()
#define _exception_code() wsk_seh_code()
#define AbnormalTermination() wsk_seh_test()

#if !defined(__cplusplus) && !defined(NT_WITH_LINUX)
#define try __try
#define except __except
#define finally __finally
#define leave __leave
#endif

NT_ASSERT_SIZE(struct wsk_seh_frame, 24);

NT_EXTERN_C_END

#endif
