// SPDX-License-Identifier: GPL-2.0
/*
 * WSK_TRANSPORT_LIST_CHANGE. A change is made by hiding a family or showing it
 * again; its completions come from a tasklet, so they may be a moment late.
 */
#include "fault.h"
#include "wsk_fixture.h"

#include <linux/slab.h>
#include <wsk_testing.h>

static void change_exit(struct kunit *test)
{
	wsk_testing_transport_show(AF_INET);
	wsk_testing_transport_show(AF_INET6);
	wt_env_exit(test);
}

/* @io is pending afterwards, in a registration that stays. */
static void change_start(struct wt_io *io)
{
	struct wt_env *env = io->env;

	WT_CALL(io, env->npi.Dispatch->WskControlClient(env->npi.Client,
							WSK_TRANSPORT_LIST_CHANGE, 0, NULL, 0,
							NULL, NULL, wt_irp(io)));
}

static struct wt_io *pending_change(struct wt_env *env)
{
	struct wt_io *io = wt_io_new(env);

	change_start(io);
	WT_EXPECT_STATUS(env->test, io->returned, STATUS_PENDING);
	return io;
}

/* Time enough for a completion that should not come. */
static void expect_pending(struct wt_io *io)
{
	KUNIT_EXPECT_FALSE(io->env->test, wt_io_wait(io, 50));
}

static void expect_cancelled(struct wt_io *io)
{
	KUNIT_EXPECT_TRUE(io->env->test, IoCancelIrp(io->irp));
	WT_EXPECT_STATUS(io->env->test, wt_io_end(io), STATUS_CANCELLED);
	KUNIT_EXPECT_EQ(io->env->test, (u64)io->information, 0ULL);
}

static struct wt_env *second_env(struct kunit *test)
{
	struct wt_env *env = wt_env_new(test, MAKE_WSK_VERSION(1, 0));

	KUNIT_ASSERT_NOT_NULL(test, env);
	KUNIT_ASSERT_TRUE(test, env->captured);
	return env;
}

static void one_change_completes_a_request_once(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *io = pending_change(env);

	expect_pending(io);
	wsk_testing_transport_hide(AF_INET6);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)io->information, 0ULL);
	wsk_testing_transport_show(AF_INET6);
	wt_sleep(20);
	KUNIT_EXPECT_EQ(test, io->completions, 1);
	/* A new request does not hear of what was before it. */
	change_start(io);
	expect_pending(io);
	wsk_testing_transport_hide(AF_INET);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	change_start(io);
	wsk_testing_transport_show(AF_INET);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, io->completions, 3);
	WSK_RULES(test, "TRL-9 TRL-11 IRP-2 IRP-4");
}

#define MANY 200

static void one_change_completes_all_requests_of_all_registrations(struct kunit *test)
{
	struct wt_env *env = wt_env(test), *other = second_env(test);
	struct wt_io **ios = kunit_kcalloc(test, MANY, sizeof(*ios), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, ios);
	for (i = 0; i < MANY; i++)
		ios[i] = pending_change(i % 3 ? env : other);
	expect_pending(ios[0]);
	wsk_testing_transport_hide(AF_INET6);
	for (i = 0; i < MANY; i++)
		WT_EXPECT_STATUS(test, wt_io_end(ios[i]), STATUS_SUCCESS);
	wt_env_free(other);
	WSK_RULES(test, "TRL-9 TRL-12");
}

static void without_a_change_a_request_stays_pending(struct kunit *test)
{
	struct wt_io *io;

	wsk_testing_transport_hide(AF_INET6);
	io = pending_change(wt_env(test));
	/* It is gone already, it has never been hidden, and there is none of this kind. */
	wsk_testing_transport_hide(AF_INET6);
	wsk_testing_transport_show(AF_INET);
	wsk_testing_transport_hide(AF_HYPERV);
	KUNIT_EXPECT_FALSE(test, wt_io_wait(io, 1000));
	expect_cancelled(io);
	WSK_RULES(test, "TRL-14");
}

static void buffers_are_ignored(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *io = wt_io_new(env), *wild = wt_io_new(env);
	SIZE_T untouched = 42;
	UCHAR memory[8];

	memset(memory, 0xa5, sizeof(memory));
	WT_CALL(io, env->npi.Dispatch->WskControlClient(env->npi.Client,
							WSK_TRANSPORT_LIST_CHANGE,
							sizeof(memory), memory, sizeof(memory),
							memory, &untouched, wt_irp(io)));
	/* Addresses that must not be looked at. */
	WT_CALL(wild, env->npi.Dispatch->WskControlClient(env->npi.Client,
							  WSK_TRANSPORT_LIST_CHANGE, 100,
							  (PVOID)8, 100, (PVOID)16,
							  (SIZE_T *)24, wt_irp(wild)));
	wsk_testing_transport_hide(AF_INET6);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(wild), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u64)io->information, 0ULL);
	KUNIT_EXPECT_EQ(test, untouched, 42);
	KUNIT_EXPECT_TRUE(test, !memchr_inv(memory, 0xa5, sizeof(memory)));
	WSK_RULES(test, "TRL-10 CLI-2");
}

static void a_missing_irp_or_client_is_refused(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	const WSK_PROVIDER_DISPATCH *d = env->npi.Dispatch;
	struct wt_io *io = wt_io_new(env);

	WT_EXPECT_STATUS(test, d->WskControlClient(env->npi.Client, WSK_TRANSPORT_LIST_CHANGE, 0,
						   NULL, 0, NULL, NULL, NULL),
			 STATUS_INVALID_PARAMETER);
	WT_EXPECT_STATUS(test, d->WskControlClient(NULL, WSK_TRANSPORT_LIST_CHANGE, 0, NULL, 0,
						   NULL, NULL, NULL), STATUS_INVALID_PARAMETER);
	WT_CALL(io, d->WskControlClient(NULL, WSK_TRANSPORT_LIST_CHANGE, 0, NULL, 0, NULL, NULL,
					wt_irp(io)));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_INVALID_HANDLE);
	WSK_RULES(test, "CLI-7 IRP-28");
}

static void cancelling_one_leaves_the_others(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *ios[4];
	int i;

	for (i = 0; i < ARRAY_SIZE(ios); i++)
		ios[i] = pending_change(env);
	expect_cancelled(ios[1]);
	expect_cancelled(ios[0]);
	KUNIT_EXPECT_FALSE(test, IoCancelIrp(ios[0]->irp));
	expect_pending(ios[2]);
	wsk_testing_transport_hide(AF_INET);
	WT_EXPECT_STATUS(test, wt_io_end(ios[2]), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(ios[3]), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, ios[0]->completions, 1);
	KUNIT_EXPECT_EQ(test, ios[1]->completions, 1);
	WSK_RULES(test, "TRL-12");
}

static void a_request_cancelled_before_it_came_is_not_queued(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *io = wt_io_new(env), *late = wt_io_new(env);
	KIRQL old;
	PIRP irp;

	irp = wt_irp(io);
	KUNIT_EXPECT_FALSE(test, IoCancelIrp(irp));
	WT_CALL(io, env->npi.Dispatch->WskControlClient(env->npi.Client,
							WSK_TRANSPORT_LIST_CHANGE, 0, NULL, 0,
							NULL, NULL, irp));
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_CANCELLED);
	irp = wt_irp(late);
	IoCancelIrp(irp);
	KeRaiseIrql(DISPATCH_LEVEL, &old);
	WT_CALL(late, env->npi.Dispatch->WskControlClient(env->npi.Client,
							  WSK_TRANSPORT_LIST_CHANGE, 0, NULL, 0,
							  NULL, NULL, irp));
	KeLowerIrql(old);
	WT_EXPECT_STATUS(test, wt_io_end(late), STATUS_CANCELLED);
	WSK_RULES(test, "CAN-14");
}

static void asking_changing_and_cancelling_work_at_dispatch_level(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *changed = wt_io_new(env), *cancelled = wt_io_new(env);
	BOOLEAN armed;
	KIRQL old;

	KeRaiseIrql(DISPATCH_LEVEL, &old);
	change_start(changed);
	change_start(cancelled);
	armed = IoCancelIrp(cancelled->irp);
	wsk_testing_transport_hide(AF_INET6);
	KeLowerIrql(old);
	KUNIT_EXPECT_TRUE(test, armed);
	WT_EXPECT_STATUS(test, changed->returned, STATUS_PENDING);
	WT_EXPECT_STATUS(test, wt_io_end(changed), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(cancelled), STATUS_CANCELLED);
	WSK_RULES(test, "TRL-9");
}

static void ask_again(struct wt_io *io)
{
	struct wt_io *next = io->hook_context;

	if (next)
		change_start(next);
}

/* It waits for the next change, not for the one that is being told. */
static void a_routine_may_ask_again(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *first = wt_io_new(env), *next = wt_io_new(env);

	first->hook = ask_again;
	first->hook_context = next;
	change_start(first);
	wsk_testing_transport_hide(AF_INET6);
	WT_EXPECT_STATUS(test, wt_io_end(first), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, next->returned, STATUS_PENDING);
	expect_pending(next);
	wsk_testing_transport_show(AF_INET6);
	WT_EXPECT_STATUS(test, wt_io_end(next), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, first->completions, 1);
	WSK_RULES(test, "TRL-9 TRL-11");
}

/* Nobody has the provider any more when the news comes, and then when it does not. */
static void a_request_outlives_the_capture(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *told = pending_change(env), *cancelled;

	WskReleaseProviderNPI(&env->registration);
	expect_pending(told);
	wsk_testing_transport_hide(AF_INET6);
	WT_EXPECT_STATUS(test, wt_io_end(told), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, WskCaptureProviderNPI(&env->registration, WSK_NO_WAIT, &env->npi),
			 STATUS_SUCCESS);
	cancelled = pending_change(env);
	WskReleaseProviderNPI(&env->registration);
	env->captured = FALSE;
	expect_cancelled(cancelled);
	WSK_RULES(test, "CAP-19 CAP-20");
}

/* The next allocation fails; that it is the one here says that nobody made another. */
static BOOLEAN fault_is_unused(void)
{
	void *memory = kmalloc(16, GFP_KERNEL | __GFP_NOWARN);

	fault_arm_self(0);
	kfree(memory);
	return !memory;
}

struct lean_end {
	struct wt_env *env;
	struct wt_thread thread;
	BOOLEAN unused;
};

static void lean_end_run(void *context)
{
	struct lean_end *end = context;

	fault_arm_self(1);
	WskDeregister(&end->env->registration);
	end->unused = fault_is_unused();
}

static void asking_and_ending_need_no_memory(struct kunit *test)
{
	struct lean_end *end = kunit_kzalloc(test, sizeof(*end), GFP_KERNEL);
	struct wt_io *cancelled, *changed, *ended;
	struct wt_env *env = wt_env(test), *other;
	BOOLEAN unused;

	KUNIT_ASSERT_NOT_NULL(test, end);
	if (!fault_works())
		kunit_skip(test, "failslab leaves sleeping allocations alone here");
	other = second_env(test);
	cancelled = wt_io_new(env);
	changed = wt_io_new(env);
	ended = wt_io_new(other);
	fault_arm_self(1);
	change_start(cancelled);
	change_start(changed);
	IoCancelIrp(cancelled->irp);
	wsk_testing_transport_hide(AF_INET6);
	unused = fault_is_unused();
	WT_EXPECT_STATUS(test, wt_io_end(cancelled), STATUS_CANCELLED);
	WT_EXPECT_STATUS(test, wt_io_end(changed), STATUS_SUCCESS);
	change_start(ended);
	WskReleaseProviderNPI(&other->registration);
	end->env = other;
	wt_thread_start(test, &end->thread, lean_end_run, end);
	KUNIT_ASSERT_TRUE(test, wt_thread_join(&end->thread));
	other->captured = FALSE;
	other->registered = FALSE;
	WT_EXPECT_STATUS(test, wt_io_end(ended), STATUS_CANCELLED);
	wt_env_free(other);
	KUNIT_EXPECT_TRUE(test, unused);
	KUNIT_EXPECT_TRUE(test, end->unused);
	WSK_RULES(test, "TRL-9 REG-18");
}

static struct kunit_case change_cases[] = {
	KUNIT_CASE(one_change_completes_a_request_once),
	KUNIT_CASE(one_change_completes_all_requests_of_all_registrations),
	KUNIT_CASE(without_a_change_a_request_stays_pending),
	KUNIT_CASE(buffers_are_ignored),
	KUNIT_CASE(a_missing_irp_or_client_is_refused),
	KUNIT_CASE(cancelling_one_leaves_the_others),
	KUNIT_CASE(a_request_cancelled_before_it_came_is_not_queued),
	KUNIT_CASE(asking_changing_and_cancelling_work_at_dispatch_level),
	KUNIT_CASE(a_routine_may_ask_again),
	KUNIT_CASE(a_request_outlives_the_capture),
	KUNIT_CASE(asking_and_ending_need_no_memory),
	{}
};

static struct kunit_suite change_suite = {
	.name = "wsk_transport_change",
	.init = wt_env_init,
	.exit = change_exit,
	.test_cases = change_cases,
};
kunit_test_suite(change_suite);
