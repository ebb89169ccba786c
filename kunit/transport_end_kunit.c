// SPDX-License-Identifier: GPL-2.0
/*
 * WSK_TRANSPORT_LIST_CHANGE and the end of its registration: the one kind of
 * request that WskDeregister cancels. And all that can end one, at once.
 */
#include "race.h"

#include <linux/slab.h>
#include <wsk_testing.h>

static void end_exit(struct kunit *test)
{
	wsk_testing_transport_show(AF_INET6);
	wt_env_exit(test);
}

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

static struct wt_env *new_env(struct kunit *test)
{
	struct wt_env *env = wt_env_new(test, MAKE_WSK_VERSION(1, 0));

	KUNIT_ASSERT_NOT_NULL(test, env);
	KUNIT_ASSERT_TRUE(test, env->captured);
	return env;
}

static void release(struct wt_env *env)
{
	WskReleaseProviderNPI(&env->registration);
	env->captured = FALSE;
}

/* FALSE if it did not return. */
static BOOLEAN deregister(struct wt_env *env)
{
	if (!wt_deregister(env->test, &env->registration))
		return FALSE;
	env->registered = FALSE;
	return TRUE;
}

struct end {
	struct wt_env *env;
	struct wt_thread thread;
	LONG stamp;	/* of WskDeregister's return; 0 before */
};

static void end_run(void *context)
{
	struct end *end = context;

	WskDeregister(&end->env->registration);
	end->stamp = wt_stamp();
}

/* A deregistration that has begun and is held up by something of @env. */
static struct end *end_begin(struct wt_env *env)
{
	struct end *end = kunit_kzalloc(env->test, sizeof(*end), GFP_KERNEL);
	WSK_PROVIDER_NPI npi;
	int patience;

	KUNIT_ASSERT_NOT_NULL(env->test, end);
	end->env = env;
	wt_thread_start(env->test, &end->thread, end_run, end);
	env->registered = FALSE;
	for (patience = 1000; patience > 0; patience--) {
		if (WskCaptureProviderNPI(&env->registration, WSK_NO_WAIT, &npi) != STATUS_SUCCESS)
			return end;
		WskReleaseProviderNPI(&env->registration);
		wt_sleep(10);
	}
	KUNIT_ASSERT_TRUE_MSG(env->test, false, "WskDeregister never began");
	return end;
}

static void deregister_cancels_what_is_pending(struct kunit *test)
{
	struct wt_env *env = new_env(test);
	struct wt_io *ios[3];
	LONG stamp;
	int i;

	for (i = 0; i < ARRAY_SIZE(ios); i++)
		ios[i] = pending_change(env);
	release(env);
	KUNIT_ASSERT_TRUE(test, deregister(env));
	stamp = wt_stamp();
	for (i = 0; i < ARRAY_SIZE(ios); i++) {
		/* Without a wait: their routines had returned before it did. */
		KUNIT_EXPECT_EQ(test, ios[i]->completions, 1);
		KUNIT_EXPECT_LT(test, ios[i]->stamp, stamp);
		WT_EXPECT_STATUS(test, wt_io_end(ios[i]), STATUS_CANCELLED);
		KUNIT_EXPECT_EQ(test, (u64)ios[i]->information, 0ULL);
	}
	wt_env_free(env);
	WSK_RULES(test, "REG-18 TRL-13 REG-26");
}

static void requests_of_another_registration_stay(struct kunit *test)
{
	struct wt_env *env = new_env(test), *other = wt_env(test);
	struct wt_io *mine = pending_change(env), *theirs = pending_change(other);

	release(env);
	KUNIT_ASSERT_TRUE(test, deregister(env));
	WT_EXPECT_STATUS(test, wt_io_end(mine), STATUS_CANCELLED);
	KUNIT_EXPECT_FALSE(test, wt_io_wait(theirs, 50));
	wsk_testing_transport_hide(AF_INET6);
	WT_EXPECT_STATUS(test, wt_io_end(theirs), STATUS_SUCCESS);
	wt_env_free(env);
	WSK_RULES(test, "REG-18 REG-20 CLI-9");
}

/* A waiting accept is left alone: only its socket's close ends it. */
static void deregister_cancels_nothing_else(struct kunit *test)
{
	struct wt_env *env = new_env(test);
	struct wt_io *accepting = wt_io_new(env), *change;
	SOCKADDR_STORAGE addr;
	PWSK_SOCKET listener;
	struct end *end;
	LONG stamp;

	listener = wt_listener(env, AF_INET, &addr);
	WT_CALL(accepting, WT_LISTEN(listener)->WskAccept(listener, 0, NULL, NULL, NULL, NULL,
							  wt_irp(accepting)));
	change = pending_change(env);
	release(env);
	end = end_begin(env);
	WT_EXPECT_STATUS(test, wt_io_end(change), STATUS_CANCELLED);
	KUNIT_EXPECT_FALSE(test, wt_io_wait(accepting, 50));
	KUNIT_EXPECT_EQ(test, end->stamp, 0);
	stamp = wt_stamp();
	WT_EXPECT_STATUS(test, wt_close(env, listener), STATUS_SUCCESS);
	WT_EXPECT_STATUS(test, wt_io_end(accepting), STATUS_CANCELLED);
	KUNIT_ASSERT_TRUE(test, wt_thread_join(&end->thread));
	KUNIT_EXPECT_GT(test, end->stamp, stamp);
	wt_env_free(env);
	WSK_RULES(test, "REG-16 REG-18 REG-19");
}

/* One that came later would be waited for and never end. */
static void a_request_that_comes_after_the_end_began_is_cancelled(struct kunit *test)
{
	struct wt_env *env = new_env(test);
	struct wt_io *early = pending_change(env), *late = wt_io_new(env), *high = wt_io_new(env);
	struct end *end = end_begin(env);
	KIRQL old;

	WT_EXPECT_STATUS(test, wt_io_end(early), STATUS_CANCELLED);
	change_start(late);
	WT_EXPECT_STATUS(test, wt_io_end(late), STATUS_CANCELLED);
	KeRaiseIrql(DISPATCH_LEVEL, &old);
	change_start(high);
	KeLowerIrql(old);
	WT_EXPECT_STATUS(test, wt_io_end(high), STATUS_CANCELLED);
	KUNIT_EXPECT_EQ(test, end->stamp, 0);
	release(env);
	KUNIT_ASSERT_TRUE(test, wt_thread_join(&end->thread));
	wt_env_free(env);
	WSK_RULES(test, "REG-14 REG-18 TRL-13");
}

#define ROUNDS 2000

static void ask_again(struct wt_io *io)
{
	LONG *left = io->hook_context;

	if (*left > 0) {
		--*left;
		change_start(io);
	}
}

/* A careless routine that asks again whatever it is told keeps nobody from running. */
static void a_routine_that_asks_again_when_cancelled_is_answered_again(struct kunit *test)
{
	LONG *left = kunit_kzalloc(test, sizeof(*left), GFP_KERNEL);
	struct wt_env *env = new_env(test);
	struct wt_io *io = wt_io_new(env);
	struct end *end;

	KUNIT_ASSERT_NOT_NULL(test, left);
	*left = ROUNDS;
	io->hook = ask_again;
	io->hook_context = left;
	change_start(io);
	end = end_begin(env);
	KUNIT_EXPECT_TRUE(test, WT_AWAIT(READ_ONCE(io->completions) > ROUNDS));
	KUNIT_EXPECT_EQ(test, io->completions, ROUNDS + 1);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_CANCELLED);
	release(env);
	KUNIT_ASSERT_TRUE(test, wt_thread_join(&end->thread));
	wt_env_free(env);
	WSK_RULES(test, "REG-18 IRP-4");
}

static void release_in_routine(struct wt_io *io)
{
	WskReleaseProviderNPI(&io->env->registration);
}

/* The capture can be given back where the end of the request is told. */
static void a_routine_may_release_the_last_capture(struct kunit *test)
{
	struct wt_env *env = new_env(test);
	struct wt_io *io = wt_io_new(env);

	io->hook = release_in_routine;
	change_start(io);
	env->captured = FALSE;
	KUNIT_ASSERT_TRUE(test, deregister(env));
	KUNIT_EXPECT_EQ(test, io->completions, 1);
	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_CANCELLED);
	wt_env_free(env);
	WSK_RULES(test, "REG-18 REG-26 CAP-16");
}

/* One request of one registration in each round, and all that can end it at once. */
struct ends {
	WSK_CLIENT_DISPATCH dispatch;
	WSK_REGISTRATION block;
	WSK_PROVIDER_NPI npi;
	PIRP irp;
	LONG completions;	/* of this round */
	NTSTATUS status;
	LONG changed, cancelled;	/* of all rounds */
};

static NTSTATUS ends_complete(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct ends *ends = context;

	wt_note_place_here();
	ends->status = irp->IoStatus.Status;
	InterlockedIncrement(&ends->completions);
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static void ends_prepare(struct race *race, struct ends *ends)
{
	WSK_CLIENT_NPI npi = { NULL, &ends->dispatch };

	race_expect_zero(race, WskRegister(&npi, &ends->block));
	race_expect_zero(race, WskCaptureProviderNPI(&ends->block, WSK_NO_WAIT, &ends->npi));
	ends->completions = 0;
	IoReuseIrp(ends->irp, WT_POISON);
	IoSetCompletionRoutine(ends->irp, ends_complete, ends, TRUE, TRUE, TRUE);
}

static void ends_ask(struct race *race, struct ends *ends)
{
	NTSTATUS status = ends->npi.Dispatch->WskControlClient(ends->npi.Client,
							       WSK_TRANSPORT_LIST_CHANGE, 0, NULL,
							       0, NULL, NULL, ends->irp);

	race_expect(race, status == STATUS_PENDING);
}

/* What WskDeregister has left: nothing runs and nothing will. */
static void ends_look(struct race *race, struct ends *ends)
{
	race_expect(race, ends->completions == 1);
	if (ends->status == STATUS_SUCCESS)
		ends->changed++;
	else if (ends->status == STATUS_CANCELLED)
		ends->cancelled++;
	else
		race_wrong(race, "status", ends->status);
}

static void ends_round(struct race_thread *self, LONG round)
{
	struct race *race = self->race;
	struct ends *ends = race->context;
	BOOLEAN early = round % 4 != 0;

	if (self->index == 0) {
		ends_prepare(race, ends);
		if (early)
			ends_ask(race, ends);
	}
	race_meet(race);
	race_pause(self);
	switch (self->index) {
	case 0:
		if (!early)
			ends_ask(race, ends);
		WskReleaseProviderNPI(&ends->block);
		break;
	case 1:
		if (race_random(self, 4))
			IoCancelIrp(ends->irp);
		break;
	case 2:
		if (round % 2)
			wsk_testing_transport_show(AF_INET6);
		else
			wsk_testing_transport_hide(AF_INET6);
		break;
	default:
		WskDeregister(&ends->block);
		ends_look(race, ends);
	}
}

static void ends_report(struct kunit *test, void *context)
{
	struct ends *ends = context;

	kunit_info(test, "%d ended by a change, %d cancelled", ends->changed, ends->cancelled);
	IoFreeIrp(ends->irp);
}

static void changes_cancellations_and_the_end_race(struct kunit *test)
{
	struct ends *ends = kzalloc(sizeof(*ends), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ends);
	ends->dispatch.Version = MAKE_WSK_VERSION(1, 0);
	ends->irp = IoAllocateIrp(1, FALSE);
	KUNIT_ASSERT_NOT_NULL(test, ends->irp);
	KUNIT_ASSERT_TRUE(test, race_run(test, ends, race_rounds(1), ends_round, ends_report));
	WSK_RULES(test, "TRL-11 CAN-15 REG-18 REG-26 IRP-4");
}

static struct kunit_case end_cases[] = {
	KUNIT_CASE(deregister_cancels_what_is_pending),
	KUNIT_CASE(requests_of_another_registration_stay),
	KUNIT_CASE(deregister_cancels_nothing_else),
	KUNIT_CASE(a_request_that_comes_after_the_end_began_is_cancelled),
	KUNIT_CASE(a_routine_that_asks_again_when_cancelled_is_answered_again),
	KUNIT_CASE(a_routine_may_release_the_last_capture),
	KUNIT_CASE(changes_cancellations_and_the_end_race),
	{}
};

static struct kunit_suite end_suite = {
	.name = "wsk_transport_end",
	.init = wt_env_init,
	.exit = end_exit,
	.test_cases = end_cases,
};
kunit_test_suite(end_suite);
