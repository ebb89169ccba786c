// SPDX-License-Identifier: GPL-2.0
/*
 * Two clients and two providers of one NPI, each in a thread of its own, that come
 * and go. What each pair is told is followed on both sides: attached at most once,
 * then detached once, then cleaned up once when both sides are detached, and all
 * of it before the wait of either returns. Detaches succeed, complete in the
 * callback, or pend until a work item completes them.
 */
#include "race.h"

#include <linux/slab.h>
#include <netioddk.h>

enum pair_state { FREE, ATTACHING, ATTACHED, DETACHING, DETACHED };

struct pair_side {
	struct nmr_race *n;
	struct pair *pair;
	BOOLEAN is_client;
	HANDLE handle;
	LONG state;
	PIO_WORKITEM item;
};

struct pair {
	struct pair_side client, provider;
};

struct racer {
	struct nmr_race *n;
	int index;			/* of the thread: 0 and 1 are clients */
	NPI_CLIENT_CHARACTERISTICS client;
	NPI_PROVIDER_CHARACTERISTICS provider;
	HANDLE handle;
};

struct nmr_race {
	struct race *race;
	struct racer racers[RACE_THREADS];
	struct pair pairs[2][2];	/* client, provider */
	BOOLEAN must_attach;		/* no refusals */
	atomic_t seed;
	atomic_t attached;		/* in all rounds, as the two below */
	atomic_t cleaned;
	atomic_t pended;
};

static const NPIID race_npi = { 0x6e6d7272, 0x6163, 0x65, { 1, 2, 3, 4, 5, 6, 7, 8 } };
static const NPI_MODULEID race_module = { sizeof(race_module), MIT_GUID, { { 1 } } };

/* In callbacks, which have no generator of their own. Less than @n. */
static u32 pick(struct nmr_race *n, u32 of)
{
	return ((u32)atomic_inc_return(&n->seed) * 2654435761u >> 16) % of;
}

/* From one state to the next, or something happened twice or too early. */
static void step(struct pair_side *side, LONG from, LONG to, const char *wrong)
{
	LONG seen = InterlockedCompareExchange(&side->state, to, from);

	if (seen != from)
		race_wrong(side->n->race, wrong, seen);
}

static NTSTATUS client_attach(HANDLE handle, PVOID context, PNPI_REGISTRATION_INSTANCE provider)
{
	struct racer *self = context;
	struct nmr_race *n = self->n;
	struct pair *pair = &n->pairs[self->index][provider->Number - 2];
	const VOID *dispatch = NULL;
	PVOID peer = NULL;
	NTSTATUS status;

	step(&pair->client, FREE, ATTACHING, "a client is offered a provider twice");
	pair->client.handle = handle;
	if (!n->must_attach && !pick(n, 8)) {
		step(&pair->client, ATTACHING, FREE, "a client that declined is attached");
		return STATUS_NOINTERFACE;
	}
	/* Not this dispatch. */
	if (!pick(n, 4) && NT_SUCCESS(NmrClientAttachProvider(handle, &pair->client, NULL, &peer,
							      &dispatch)))
		race_wrong(n->race, "attached without a dispatch", 0);
	if (!pick(n, 4))
		wt_sleep(1);
	status = NmrClientAttachProvider(handle, &pair->client, n, &peer, &dispatch);
	if (!NT_SUCCESS(status)) {
		step(&pair->client, ATTACHING, FREE, "a client that was refused is attached");
		return status;
	}
	race_expect(n->race, peer == &pair->provider && dispatch == n);
	if (!pick(n, 4))
		wt_sleep(1);
	atomic_inc(&n->attached);
	step(&pair->client, ATTACHING, ATTACHED, "a client is detached before it was attached");
	return status;
}

static NTSTATUS provider_attach(HANDLE handle, PVOID context, PNPI_REGISTRATION_INSTANCE client,
				PVOID client_context, CONST VOID *client_dispatch, PVOID *peer,
				CONST VOID **dispatch)
{
	struct racer *self = context;
	struct nmr_race *n = self->n;
	struct pair *pair = &n->pairs[client->Number][self->index - 2];

	race_expect(n->race, client_context == &pair->client);
	race_expect_zero(n->race, KeGetCurrentIrql());
	if (!client_dispatch || (!n->must_attach && !pick(n, 8)))
		return STATUS_NOINTERFACE;
	step(&pair->provider, FREE, ATTACHED, "a provider is attached twice");
	pair->provider.handle = handle;
	*peer = &pair->provider;
	*dispatch = n;
	return STATUS_SUCCESS;
}

static void complete_side(struct pair_side *side)
{
	step(side, DETACHING, DETACHED, "a detach is completed twice");
	if (side->is_client)
		NmrClientDetachProviderComplete(side->handle);
	else
		NmrProviderDetachClientComplete(side->handle);
}

static VOID complete_later(PDEVICE_OBJECT device, PVOID context)
{
	complete_side(context);
}

static NTSTATUS detach(PVOID context)
{
	struct pair_side *side = context;

	step(side, ATTACHED, DETACHING, "detached twice, or before the attach ended");
	switch (pick(side->n, 3)) {
	case 0:
		step(side, DETACHING, DETACHED, "completed by nobody");
		return STATUS_SUCCESS;
	case 1:
		complete_side(side);
		return STATUS_PENDING;
	default:
		atomic_inc(&side->n->pended);
		IoQueueWorkItem(side->item, complete_later, DelayedWorkQueue, side);
		return STATUS_PENDING;
	}
}

static VOID cleanup(PVOID context)
{
	struct pair_side *side = context;
	struct pair_side *peer = side->is_client ? &side->pair->provider : &side->pair->client;
	LONG other = READ_ONCE(peer->state);

	/* The client's comes first. */
	if (other != (side->is_client ? DETACHED : FREE))
		race_wrong(side->n->race, "cleaned up before both are detached", other);
	if (!side->is_client)
		atomic_inc(&side->n->cleaned);
	step(side, DETACHED, FREE, "cleaned up twice, or before the detach");
}

static void join_race(struct race *race, struct racer *self)
{
	NTSTATUS status = self->index < 2
		? NmrRegisterClient(&self->client, self, &self->handle)
		: NmrRegisterProvider(&self->provider, self, &self->handle);

	race_expect_zero(race, status);
}

static void begin_to_leave(struct race_thread *thread, struct racer *self)
{
	BOOLEAN raised = !race_random(thread, 4);
	NTSTATUS status;
	KIRQL irql;

	if (raised)
		KeRaiseIrql(DISPATCH_LEVEL, &irql);
	status = self->index < 2 ? NmrDeregisterClient(self->handle)
				 : NmrDeregisterProvider(self->handle);
	if (raised)
		KeLowerIrql(irql);
	if (status != STATUS_PENDING)
		race_wrong(thread->race, "the status of a deregistration", status);
}

/* After which nothing is known to this module any more. */
static void wait_to_leave(struct race_thread *thread, struct racer *self)
{
	struct nmr_race *n = self->n;
	int i;

	race_expect_zero(thread->race, self->index < 2
			 ? NmrWaitForClientDeregisterComplete(self->handle)
			 : NmrWaitForProviderDeregisterComplete(self->handle));
	for (i = 0; i < 2; i++) {
		struct pair_side *side = self->index < 2 ? &n->pairs[self->index][i].client
							 : &n->pairs[i][self->index - 2].provider;

		race_expect_zero(thread->race, READ_ONCE(side->state));
	}
}

/* All come at once, and all leave at once. */
static void together_round(struct race_thread *thread, LONG round)
{
	struct nmr_race *n = thread->race->context;
	struct racer *self = &n->racers[thread->index];
	int i;

	WRITE_ONCE(n->race, thread->race);
	race_meet(thread->race);
	race_pause(thread);
	join_race(thread->race, self);
	race_meet(thread->race);
	for (i = 0; i < 4; i++) {
		struct pair *pair = &n->pairs[i & 1][i >> 1];

		race_expect(thread->race, pair->client.state == ATTACHED &&
			    pair->provider.state == ATTACHED);
	}
	race_meet(thread->race);
	race_pause(thread);
	begin_to_leave(thread, self);
	race_pause(thread);
	wait_to_leave(thread, self);
}

/* Each comes and goes as it likes. */
static void apart_round(struct race_thread *thread, LONG round)
{
	struct nmr_race *n = thread->race->context;
	struct racer *self = &n->racers[thread->index];
	u32 times = 1 + race_random(thread, 3);

	WRITE_ONCE(n->race, thread->race);
	while (times--) {
		race_pause(thread);
		join_race(thread->race, self);
		if (!race_random(thread, 2))
			wt_sleep(race_random(thread, 3));
		begin_to_leave(thread, self);
		race_pause(thread);
		wait_to_leave(thread, self);
	}
}

static void fill_racer(struct nmr_race *n, int index)
{
	struct racer *self = &n->racers[index];
	NPI_REGISTRATION_INSTANCE *c = &self->client.ClientRegistrationInstance;
	NPI_REGISTRATION_INSTANCE *p = &self->provider.ProviderRegistrationInstance;

	self->n = n;
	self->index = index;
	self->client.Length = sizeof(self->client);
	self->client.ClientAttachProvider = client_attach;
	self->client.ClientDetachProvider = detach;
	self->client.ClientCleanupBindingContext = cleanup;
	self->provider.Length = sizeof(self->provider);
	self->provider.ProviderAttachClient = provider_attach;
	self->provider.ProviderDetachClient = detach;
	self->provider.ProviderCleanupBindingContext = cleanup;
	c->Size = p->Size = sizeof(*c);
	c->NpiId = p->NpiId = &race_npi;
	c->ModuleId = p->ModuleId = &race_module;
	c->Number = p->Number = index;
}

static void fill_side(struct kunit *test, struct pair_side *side, struct nmr_race *n,
		      struct pair *pair, BOOLEAN is_client)
{
	side->n = n;
	side->pair = pair;
	side->is_client = is_client;
	side->item = IoAllocateWorkItem((PDEVICE_OBJECT)n);
	KUNIT_ASSERT_NOT_NULL(test, side->item);
}

static struct nmr_race *new_race(struct kunit *test, BOOLEAN must_attach)
{
	struct nmr_race *n = kzalloc(sizeof(*n), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, n);
	n->must_attach = must_attach;
	for (i = 0; i < RACE_THREADS; i++) {
		struct pair *pair = &n->pairs[i & 1][i >> 1];

		fill_racer(n, i);
		fill_side(test, &pair->client, n, pair, TRUE);
		fill_side(test, &pair->provider, n, pair, FALSE);
	}
	return n;
}

static void look(struct kunit *test, void *context)
{
	struct nmr_race *n = context;
	int i;

	kunit_info(test, "%d bindings, %d detaches that pended", atomic_read(&n->attached),
		   atomic_read(&n->pended));
	KUNIT_EXPECT_GT(test, atomic_read(&n->attached), 0);
	KUNIT_EXPECT_GT(test, atomic_read(&n->pended), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&n->attached), atomic_read(&n->cleaned));
	for (i = 0; i < RACE_THREADS; i++) {
		IoFreeWorkItem(n->pairs[i & 1][i >> 1].client.item);
		IoFreeWorkItem(n->pairs[i & 1][i >> 1].provider.item);
	}
}

static void modules_that_register_at_once_are_attached_once(struct kunit *test)
{
	race_run(test, new_race(test, TRUE), race_rounds(10), together_round, look);
	WSK_RULES(test, "NMR-3 NMR-4 NMR-5 NMR-16 NMR-20 NMR-24");
}

static void modules_come_and_go_as_they_like(struct kunit *test)
{
	race_run(test, new_race(test, FALSE), race_rounds(10), apart_round, look);
	WSK_RULES(test, "NMR-11 NMR-16 NMR-17 NMR-20 NMR-24");
}

static struct kunit_case nmr_race_cases[] = {
	KUNIT_CASE(modules_that_register_at_once_are_attached_once),
	KUNIT_CASE(modules_come_and_go_as_they_like),
	{}
};

static struct kunit_suite nmr_race_suite = {
	.name = "nmr_race",
	.test_cases = nmr_race_cases,
};
kunit_test_suite(nmr_race_suite);
