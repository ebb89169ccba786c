// SPDX-License-Identifier: GPL-2.0
/*
 * Completion routines that issue the next request of their kind, thousands deep. How
 * far the stack grows is read off the address of a local of the routine, against that
 * of the outermost routine which is still active on the same stack.
 */
#include "wsk_ops.h"

#define DEEP	10000
#define WAITING	300	/* connections, which cost more than other requests do */
#define STACKS	8

/* Kernels with KASAN spend several times the stack that others do. */
#ifdef CONFIG_KASAN
#define GROWTH_LIMIT	6144
#else
#define GROWTH_LIMIT	3072
#endif

/* Routines active on one stack: of a thread, a worker, or softirqs on a CPU. */
struct stack {
	ULONG_PTR id;
	ULONG_PTR outermost;
	ULONG nested;
};

struct chain {
	struct wt_op_run *run;
	NTSTATUS final;
	ULONG deep;
	ULONG rounds;
	ULONG wrong;
	KSPIN_LOCK lock;	/* protects what follows */
	struct stack stacks[STACKS];
	ULONG active;
	ULONG most_nested;
	ULONG_PTR growth_of_second;
	ULONG_PTR growth;
	BOOLEAN ended;
	KEVENT finished;
};

static struct stack *stack_of(struct chain *chain, ULONG_PTR address)
{
	ULONG_PTR id = address & ~(ULONG_PTR)(THREAD_SIZE - 1);
	struct stack *unused = NULL;
	int i;

	for (i = 0; i < STACKS; i++) {
		if (chain->stacks[i].nested && chain->stacks[i].id == id)
			return &chain->stacks[i];
		if (!chain->stacks[i].nested)
			unused = &chain->stacks[i];
	}
	if (unused) {
		unused->id = id;
		unused->outermost = address;
	}
	return unused;
}

static struct stack *chain_enter(struct chain *chain, ULONG_PTR address)
{
	struct stack *stack;
	ULONG_PTR growth;
	KIRQL old;

	KeAcquireSpinLock(&chain->lock, &old);
	chain->active++;
	stack = stack_of(chain, address);
	if (!stack) {
		chain->wrong++;
	} else {
		growth = stack->outermost - address;
		stack->nested++;
		chain->most_nested = max(chain->most_nested, stack->nested);
		if (stack->nested == 2)
			chain->growth_of_second = max(chain->growth_of_second, growth);
		chain->growth = max(chain->growth, growth);
	}
	KeReleaseSpinLock(&chain->lock, old);
	return stack;
}

static void chain_leave(struct chain *chain, struct stack *stack)
{
	BOOLEAN last;
	KIRQL old;

	KeAcquireSpinLock(&chain->lock, &old);
	if (stack)
		stack->nested--;
	last = !--chain->active && chain->ended;
	KeReleaseSpinLock(&chain->lock, old);
	if (last)
		KeSetEvent(&chain->finished, IO_NO_INCREMENT, FALSE);
}

static NTSTATUS chain_completed(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct chain *chain = context;
	ULONG_PTR here = (ULONG_PTR)&here;
	struct stack *stack = chain_enter(chain, here);

	wt_note_place_here();
	if (irp->IoStatus.Status != chain->final)
		chain->wrong++;
	else if (chain->run->op->makes_socket)
		wt_track(chain->run->env, (PWSK_SOCKET)irp->IoStatus.Information, FALSE);
	if (++chain->rounds < chain->deep && !chain->wrong) {
		IoReuseIrp(irp, WT_POISON);
		IoSetCompletionRoutine(irp, chain_completed, chain, TRUE, TRUE, TRUE);
		wt_op_call(chain->run, irp);
	} else {
		chain->ended = TRUE;
	}
	chain_leave(chain, stack);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static void run_chain(struct kunit *test, struct wt_op_run *run, BOOLEAN at_dispatch, ULONG deep)
{
	struct chain *chain = kunit_kzalloc(test, sizeof(*chain), GFP_KERNEL);
	PIRP irp = IoAllocateIrp(1, FALSE);
	KIRQL before = 0;

	KUNIT_ASSERT_TRUE(test, chain && irp);
	chain->run = run;
	chain->final = run->op->final;
	chain->deep = deep;
	KeInitializeEvent(&chain->finished, NotificationEvent, FALSE);
	IoSetCompletionRoutine(irp, chain_completed, chain, TRUE, TRUE, TRUE);
	if (at_dispatch)
		KeRaiseIrql(DISPATCH_LEVEL, &before);
	wt_op_call(run, irp);
	if (at_dispatch)
		KeLowerIrql(before);
	KUNIT_ASSERT_TRUE_MSG(test, wt_wait(&chain->finished, WT_PATIENCE_MS), "%s: round %u",
			      run->op->name, chain->rounds);
	KUNIT_EXPECT_EQ_MSG(test, chain->wrong, 0U, "%s", run->op->name);
	KUNIT_EXPECT_EQ_MSG(test, chain->rounds, chain->deep, "%s", run->op->name);
	KUNIT_EXPECT_LE_MSG(test, chain->most_nested, 3U, "%s", run->op->name);
	KUNIT_EXPECT_LE_MSG(test, (u64)chain->growth, (u64)GROWTH_LIMIT, "%s", run->op->name);
	/* Behind the second level nearly nothing is added, however deep the chain. */
	KUNIT_EXPECT_LT_MSG(test, (u64)(chain->growth - chain->growth_of_second), 2048ULL, "%s",
			    run->op->name);
	kunit_info(test, "%s%s: %u nested at most, %lu bytes deep\n", run->op->name,
		   at_dispatch ? " at DISPATCH_LEVEL" : "", chain->most_nested,
		   (unsigned long)chain->growth);
	IoFreeIrp(irp);
}

/* Rows that need no other side, whether they end in the call, in a tasklet or in a worker. */
static void run_chains(struct kunit *test, BOOLEAN at_dispatch)
{
	static const char *const names[] = {
		"WskGetLocalAddress", "WskControlSocket, get", "WskSocket, unknown family",
		"WskSocket, no client", "WskControlClient, unknown code", "WskConnect, unbound",
		"WskControlSocket, event", "WskSend, unconnected", "WskReceive, unconnected",
		"WskDisconnect, unconnected", "WskConnectEx", "WskGetAddressInfo",
		"WskControlClient, list query",
	};
	struct wt_op_run *run = wt_op_run(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		wt_op_prepare(run, wt_op_named(names[i]));
		run_chain(test, run, at_dispatch, DEEP);
		wt_op_clean(run, STATUS_UNSUCCESSFUL, 0);
	}
}

/* Two cases, as one would take KUnit's time of a case on an emulated debug kernel. */
static void chains_of_requests_do_not_grow_the_stack(struct kunit *test)
{
	run_chains(test, FALSE);
	WSK_RULES(test, "IRP-39 IRP-4 IRP-11 IRP-17");
}

static void chains_at_dispatch_level_do_not_grow_the_stack(struct kunit *test)
{
	run_chains(test, TRUE);
	WSK_RULES(test, "IRP-39 IRP-4 IRP-11 IRP-17");
}

/* A byte for each receive is there before the first of them. */
static void chain_of_receives_does_not_grow_the_stack(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_op_run *run = wt_op_run(test);
	struct wt_data *out = wt_data_new(env, DEEP);
	int dispatch;

	for (dispatch = 0; dispatch < 2; dispatch++) {
		wt_op_prepare(run, wt_op_named("WskReceive"));
		run->data->buf.Length = 1;
		WT_EXPECT_STATUS(test, wt_send(env, run->peer, out, DEEP), STATUS_SUCCESS);
		wt_sleep(5);
		run_chain(test, run, dispatch, DEEP);
		wt_op_clean(run, STATUS_UNSUCCESSFUL, 0);
	}
	WSK_RULES(test, "IRP-39 IRP-4 IRP-11 IRP-17");
}

static void chain_of_sends_does_not_grow_the_stack(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_op_run *run = wt_op_run(test);
	struct wt_data *in = wt_data_new(env, DEEP);
	int dispatch;

	for (dispatch = 0; dispatch < 2; dispatch++) {
		struct wt_io *receiving = wt_io_new(env);

		wt_op_prepare(run, wt_op_named("WskSend"));
		run->data->buf.Length = 1;
		wt_receive_start(receiving, run->peer, in, 0, DEEP, WSK_FLAG_WAITALL);
		run_chain(test, run, dispatch, DEEP);
		WT_EXPECT_STATUS(test, wt_io_end(receiving), STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, (u64)receiving->information, (u64)DEEP);
		wt_op_clean(run, STATUS_UNSUCCESSFUL, 0);
	}
	WSK_RULES(test, "IRP-39 IRP-4 IRP-11 IRP-17");
}

/* All connections wait before the first of them: each routine hands its socket on and accepts. */
static void chain_of_accepts_does_not_grow_the_stack(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_op_run *run = wt_op_run(test);
	int dispatch, i;

	for (dispatch = 0; dispatch < 2; dispatch++) {
		wt_op_prepare(run, wt_op_named("WskAccept"));
		for (i = 0; i < WAITING; i++)
			wt_connected(env, &run->addr);
		run_chain(test, run, dispatch, WAITING);
		wt_op_clean(run, STATUS_UNSUCCESSFUL, 0);
		wt_close_all(env);
	}
	WSK_RULES(test, "IRP-39 IRP-4 IRP-11 IRP-17");
}

static struct kunit_case irp_depth_cases[] = {
	KUNIT_CASE(chains_of_requests_do_not_grow_the_stack),
	KUNIT_CASE(chains_at_dispatch_level_do_not_grow_the_stack),
	KUNIT_CASE(chain_of_receives_does_not_grow_the_stack),
	KUNIT_CASE(chain_of_sends_does_not_grow_the_stack),
	KUNIT_CASE(chain_of_accepts_does_not_grow_the_stack),
	{}
};

static struct kunit_suite irp_depth_suite = {
	.name = "wsk_irp_depth",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = irp_depth_cases,
};
kunit_test_suite(irp_depth_suite);
