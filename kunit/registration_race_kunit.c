// SPDX-License-Identifier: GPL-2.0
/*
 * Captures, releases and deregistration of one block from four threads at once.
 * A capture is counted after it succeeded and before it is released, so while
 * the count is not 0 WskDeregister must not have returned; and whoever saw a
 * refusal, or the return, before it called must be refused as well.
 */
#include "race.h"

#include <linux/slab.h>

static const WSK_CLIENT_DISPATCH version_1_0 = { MAKE_WSK_VERSION(1, 0), 0, NULL };
static WSK_CLIENT_NPI client = { NULL, &version_1_0 };

struct block_race {
	WSK_REGISTRATION block;
	WSK_PROVIDER_NPI npi;	/* of this round's registration */
	LONG refused;		/* somebody was */
	LONG returned;		/* WskDeregister did */
	atomic_t holding;	/* captures that succeeded and are not being released */
	atomic_t given;		/* those of them that are for any thread to release */
	atomic_t captured;	/* in all rounds, as the two below */
	atomic_t released;
	atomic_t waited;	/* rounds in which WskDeregister had to wait */
};

static void release(struct block_race *b)
{
	atomic_dec(&b->holding);
	atomic_inc(&b->released);
	WskReleaseProviderNPI(&b->block);
}

static void release_given(struct block_race *b)
{
	while (atomic_dec_if_positive(&b->given) >= 0)
		release(b);
}

/* With each time-out, and at DISPATCH_LEVEL. */
static NTSTATUS try_capture(struct race_thread *self, struct block_race *b, PWSK_PROVIDER_NPI npi)
{
	static const ULONG timeouts[] = { WSK_NO_WAIT, 2, WSK_INFINITE_WAIT };
	NTSTATUS status;
	KIRQL irql;

	if (race_random(self, 4))
		return WskCaptureProviderNPI(&b->block, timeouts[race_random(self, 3)], npi);
	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	status = WskCaptureProviderNPI(&b->block, WSK_NO_WAIT, npi);
	KeLowerIrql(irql);
	return status;
}

/* FALSE: refused. */
static BOOLEAN capture_once(struct race_thread *self, struct block_race *b)
{
	BOOLEAN returned = READ_ONCE(b->returned), refused = READ_ONCE(b->refused);
	WSK_PROVIDER_NPI npi = {};
	NTSTATUS status = try_capture(self, b, &npi);

	if (status == STATUS_DEVICE_NOT_READY) {
		WRITE_ONCE(b->refused, 1);
		return FALSE;
	}
	if (status != STATUS_SUCCESS) {
		race_wrong(self->race, "the status of a capture", status);
		return FALSE;
	}
	atomic_inc(&b->holding);
	atomic_inc(&b->captured);
	if (refused || returned)
		race_wrong(self->race, "captured after a refusal or a return", returned);
	race_expect(self->race, npi.Client == b->npi.Client && npi.Dispatch == b->npi.Dispatch);
	race_pause(self);
	if (race_random(self, 4))
		release(b);
	else
		atomic_inc(&b->given);
	if (!race_random(self, 8))
		release_given(b);
	return TRUE;
}

static void begin_round(struct race *race, struct block_race *b)
{
	race_expect_zero(race, atomic_read(&b->holding));
	race_expect_zero(race, atomic_read(&b->captured) - atomic_read(&b->released));
	b->refused = b->returned = 0;
	race_expect_zero(race, WskRegister(&client, &b->block));
	race_expect_zero(race, WskCaptureProviderNPI(&b->block, WSK_NO_WAIT, &b->npi));
	WskReleaseProviderNPI(&b->block);
}

static void end_round(struct race *race, struct block_race *b)
{
	if (atomic_read(&b->holding))
		atomic_inc(&b->waited);
	WskDeregister(&b->block);
	race_expect_zero(race, atomic_read(&b->holding));
	WRITE_ONCE(b->returned, 1);
}

/* The threads take turns in registering the block and in ending it. */
static void capture_round(struct race_thread *self, LONG round)
{
	struct block_race *b = self->race->context;
	const BOOLEAN ends = round % RACE_THREADS == self->index;
	u32 left = race_random(self, ends ? 6 : 16);

	if ((round + 1) % RACE_THREADS == self->index)
		begin_round(self->race, b);
	race_meet(self->race);
	while (left-- && capture_once(self, b))
		race_pause(self);
	/* Who gave one comes here behind that, so none is left over. */
	release_given(b);
	if (!ends)
		return;
	end_round(self->race, b);
	race_expect(self->race, !capture_once(self, b));
}

static void look_at_captures(struct kunit *test, void *context)
{
	struct block_race *b = context;

	kunit_info(test, "%d captures, WskDeregister waited in %d rounds",
		   atomic_read(&b->captured), atomic_read(&b->waited));
	KUNIT_EXPECT_EQ(test, atomic_read(&b->captured), atomic_read(&b->released));
	KUNIT_EXPECT_GT(test, atomic_read(&b->captured), 0);
	KUNIT_EXPECT_GT(test, atomic_read(&b->waited), 0);
}

static void captures_that_succeed_are_waited_for(struct kunit *test)
{
	struct block_race *b = kzalloc(sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	race_run(test, b, race_rounds(1), capture_round, look_at_captures);
	WSK_RULES(test, "REG-14 REG-22 REG-23 REG-27 CAP-8 CAP-9 CAP-11 CAP-16");
}

/*
 * One thread ends the block, another registers it again at once, and two capture
 * all the time. The phase goes up, down, registering, up ...; what is seen
 * with the same phase before and after was in that phase.
 */
enum { UP, DOWN, REGISTERING, PHASES };

struct again_race {
	WSK_REGISTRATION block;
	LONG phase;
	LONG ending;		/* WskDeregister may have begun */
	KEVENT down;
	atomic_t holding;
	atomic_t captured;
	atomic_t refused;
};

static void end_it(struct race_thread *self, struct again_race *a, LONG round)
{
	int pauses = race_random(self, 8);

	while (pauses--)
		race_pause(self);
	WRITE_ONCE(a->ending, 1);
	WskDeregister(&a->block);
	race_expect_zero(self->race, atomic_read(&a->holding));
	smp_store_release(&a->phase, round * PHASES + DOWN);
	KeSetEvent(&a->down, IO_NO_INCREMENT, FALSE);
}

static void register_it_again(struct race_thread *self, struct again_race *a, LONG round)
{
	int pauses;

	KeWaitForSingleObject(&a->down, Executive, KernelMode, FALSE, NULL);
	for (pauses = race_random(self, 4); pauses; pauses--)
		race_pause(self);
	WRITE_ONCE(a->ending, 0);
	smp_store_release(&a->phase, round * PHASES + REGISTERING);
	race_expect_zero(self->race, WskRegister(&client, &a->block));
	smp_store_release(&a->phase, (round + 1) * PHASES + UP);
}

static void capture_across(struct race_thread *self, struct again_race *a, LONG phase)
{
	WSK_PROVIDER_NPI npi;
	NTSTATUS status = WskCaptureProviderNPI(&a->block, WSK_NO_WAIT, &npi);

	if (status == STATUS_SUCCESS) {
		atomic_inc(&a->holding);
		atomic_inc(&a->captured);
		if (phase % PHASES == DOWN && smp_load_acquire(&a->phase) == phase)
			race_wrong(self->race, "captured while nothing is registered", phase);
		race_pause(self);
		atomic_dec(&a->holding);
		WskReleaseProviderNPI(&a->block);
	} else if (status == STATUS_DEVICE_NOT_READY) {
		atomic_inc(&a->refused);
		if (phase % PHASES == UP && !READ_ONCE(a->ending) &&
		    smp_load_acquire(&a->phase) == phase)
			race_wrong(self->race, "refused while it is registered", phase);
	} else {
		race_wrong(self->race, "the status of a capture", status);
	}
}

static void again_round(struct race_thread *self, LONG round)
{
	struct again_race *a = self->race->context;
	LONG phase;

	if (self->index == round % RACE_THREADS) {
		end_it(self, a, round);
	} else if (self->index == (round + 1) % RACE_THREADS) {
		register_it_again(self, a, round);
	} else {
		while ((phase = smp_load_acquire(&a->phase)) < (round + 1) * PHASES) {
			capture_across(self, a, phase);
			race_pause(self);
		}
		/* Once more in the new registration, beside its end in the next round. */
		capture_across(self, a, phase);
	}
}

static void look_at_again(struct kunit *test, void *context)
{
	struct again_race *a = context;
	WSK_PROVIDER_NPI npi;

	kunit_info(test, "%d captures, %d refusals", atomic_read(&a->captured),
		   atomic_read(&a->refused));
	KUNIT_EXPECT_GT(test, atomic_read(&a->captured), 0);
	KUNIT_EXPECT_GT(test, atomic_read(&a->refused), 0);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, &a->block));
	WT_EXPECT_STATUS(test, WskCaptureProviderNPI(&a->block, WSK_NO_WAIT, &npi),
			 STATUS_DEVICE_NOT_READY);
}

static void block_is_registered_again_under_captures(struct kunit *test)
{
	struct again_race *a = kzalloc(sizeof(*a), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, a);
	KeInitializeEvent(&a->down, SynchronizationEvent, FALSE);
	WT_ASSERT_STATUS(test, WskRegister(&client, &a->block), STATUS_SUCCESS);
	race_run(test, a, race_rounds(1), again_round, look_at_again);
	WSK_RULES(test, "REG-14 REG-23 REG-27 CAP-20");
}

/* Each thread has a block of its own, beside one that is captured all the time. */
struct own_race {
	WSK_REGISTRATION own[RACE_THREADS];
	WSK_PROVIDER_NPI npis[RACE_THREADS + 1];
};

static void own_round(struct race_thread *self, LONG round)
{
	struct own_race *o = self->race->context;
	PWSK_REGISTRATION block = &o->own[self->index];
	PWSK_PROVIDER_NPI npi = &o->npis[self->index];
	u32 captures = 1 + race_random(self, 3), left;
	WSK_PROVIDER_NPI again;
	int i;

	race_expect_zero(self->race, WskRegister(&client, block));
	race_expect_zero(self->race, WskCaptureProviderNPI(block, WSK_NO_WAIT, npi));
	for (left = captures; left > 1; left--)
		race_expect_zero(self->race, WskCaptureProviderNPI(block, WSK_NO_WAIT, &again));
	race_meet(self->race);
	for (i = 0; i <= RACE_THREADS; i++)
		race_expect(self->race, i == self->index || o->npis[i].Client != npi->Client);
	race_meet(self->race);
	/* The even ones end while the others are still captured. */
	if (self->index % 2)
		race_meet(self->race);
	for (left = captures; left; left--)
		WskReleaseProviderNPI(block);
	WskDeregister(block);
	if (self->index % 2 == 0)
		race_meet(self->race);
}

static void registrations_end_beside_captured_ones(struct kunit *test)
{
	struct own_race *o = kzalloc(sizeof(*o), GFP_KERNEL);
	WSK_REGISTRATION *held = kzalloc(sizeof(*held), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, o);
	KUNIT_ASSERT_NOT_NULL(test, held);
	WT_ASSERT_STATUS(test, WskRegister(&client, held), STATUS_SUCCESS);
	WT_ASSERT_STATUS(test, WskCaptureProviderNPI(held, WSK_NO_WAIT, &o->npis[RACE_THREADS]),
			 STATUS_SUCCESS);
	race_run(test, o, race_rounds(1), own_round, NULL);
	WskReleaseProviderNPI(held);
	if (wt_deregister(test, held))
		kfree(held);
	else
		KUNIT_FAIL(test, "WskDeregister did not return");
	WSK_RULES(test, "REG-2 REG-20 CAP-10");
}

static struct kunit_case race_cases[] = {
	KUNIT_CASE(captures_that_succeed_are_waited_for),
	KUNIT_CASE(block_is_registered_again_under_captures),
	KUNIT_CASE(registrations_end_beside_captured_ones),
	{}
};

static struct kunit_suite race_suite = {
	.name = "wsk_registration_race",
	.test_cases = race_cases,
};
kunit_test_suite(race_suite);
