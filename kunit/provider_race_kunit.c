// SPDX-License-Identifier: GPL-2.0
/*
 * The provider goes and comes in one thread, while others register, capture and
 * deregister: two through WskRegister, each with a block of its own and with one
 * that both capture, and one through the NMR. A capture is counted after it
 * succeeded and before it is released, so while the provider is gone the count is 0.
 */
#include "race.h"

#include <linux/slab.h>
#include <netioddk.h>
#include <wsk_testing.h>

static const WSK_CLIENT_DISPATCH version_1_0 = { MAKE_WSK_VERSION(1, 0), 0, NULL };
static const WSK_CLIENT_DISPATCH version_2_0 = { MAKE_WSK_VERSION(2, 0), 0, NULL };
static WSK_CLIENT_NPI client = { NULL, &version_1_0 };
static WSK_CLIENT_NPI refused_client = { NULL, &version_2_0 };

struct provider_race {
	struct race *race;
	WSK_REGISTRATION common;		/* from the beginning until the end */
	WSK_REGISTRATION own[RACE_THREADS];
	LONG absences;				/* odd: the provider is gone */
	atomic_t holding;			/* captures that succeeded and are not being released */
	atomic_t captured;			/* in all rounds, as the two below */
	atomic_t refused;
	atomic_t attached;
	/* The client over the NMR. */
	NPI_CLIENT_CHARACTERISTICS characteristics;
	LONG attaches, detaches, cleanups;	/* of its registration */
};

static void go_and_come(struct race_thread *self, struct provider_race *p)
{
	WSK_PROVIDER_NPI npi;

	race_pause(self);
	wsk_testing_provider_stop();
	race_expect_zero(self->race, atomic_read(&p->holding));
	smp_store_release(&p->absences, p->absences + 1);
	if (WskCaptureProviderNPI(&p->common, race_random(self, 2), &npi) !=
	    STATUS_DEVICE_NOT_READY)
		race_wrong(self->race, "captured from a provider that is gone", 0);
	race_pause(self);
	smp_store_release(&p->absences, p->absences + 1);
	race_expect_zero(self->race, wsk_testing_provider_start());
	/* Who is registered is attached anew, before it returns. */
	race_expect_zero(self->race, WskCaptureProviderNPI(&p->common, WSK_NO_WAIT, &npi));
	WskReleaseProviderNPI(&p->common);
}

static void use_and_release(struct race_thread *self, struct provider_race *p,
			    PWSK_REGISTRATION block, const WSK_PROVIDER_NPI *npi)
{
	WSK_PROVIDER_CHARACTERISTICS range;
	SIZE_T size = 0;
	NTSTATUS status;

	status = WskQueryProviderCharacteristics(block, &range);
	if (status != STATUS_SUCCESS && status != STATUS_DEVICE_NOT_READY)
		race_wrong(self->race, "the status of a query", status);
	/* The provider is there for who has captured it, also if it goes. */
	status = npi->Dispatch->WskControlClient(npi->Client, WSK_TRANSPORT_LIST_QUERY, 0, NULL,
						 0, NULL, &size, NULL);
	if (status != STATUS_BUFFER_OVERFLOW || !size)
		race_wrong(self->race, "the status of a call with a capture", status);
	race_pause(self);
	atomic_dec(&p->holding);
	WskReleaseProviderNPI(block);
}

static void capture_once(struct race_thread *self, struct provider_race *p,
			 PWSK_REGISTRATION block)
{
	static const ULONG timeouts[] = { WSK_NO_WAIT, 2, WSK_INFINITE_WAIT };
	ULONG timeout = timeouts[race_random(self, ARRAY_SIZE(timeouts))];
	LONG absences = smp_load_acquire(&p->absences);
	WSK_PROVIDER_NPI npi = {};
	NTSTATUS status = WskCaptureProviderNPI(block, timeout, &npi);

	if (status == STATUS_DEVICE_NOT_READY && timeout != WSK_INFINITE_WAIT) {
		atomic_inc(&p->refused);
		return;
	}
	if (status != STATUS_SUCCESS) {
		race_wrong(self->race, "the status of a capture", status);
		return;
	}
	atomic_inc(&p->holding);
	atomic_inc(&p->captured);
	if (absences % 2 && smp_load_acquire(&p->absences) == absences)
		race_wrong(self->race, "captured while the provider is gone", absences);
	use_and_release(self, p, block, &npi);
}

static void expect_refused(struct race_thread *self, PWSK_REGISTRATION block)
{
	WSK_PROVIDER_NPI npi;
	NTSTATUS status;

	race_expect_zero(self->race, WskRegister(&refused_client, block));
	status = WskCaptureProviderNPI(block, race_random(self, 2), &npi);
	if (status != STATUS_NOINTERFACE && status != STATUS_DEVICE_NOT_READY)
		race_wrong(self->race, "the status of a refused capture", status);
	if (!race_random(self, 2) &&
	    WskCaptureProviderNPI(block, WSK_INFINITE_WAIT, &npi) != STATUS_NOINTERFACE)
		race_wrong(self->race, "a refused capture that waited", 0);
	WskDeregister(block);
}

static void register_and_capture(struct race_thread *self, struct provider_race *p)
{
	PWSK_REGISTRATION own = &p->own[self->index];
	int times;

	if (!race_random(self, 4))
		expect_refused(self, own);
	race_expect_zero(self->race, WskRegister(&client, own));
	for (times = race_random(self, 6); times; times--)
		capture_once(self, p, race_random(self, 2) ? own : &p->common);
	race_pause(self);
	WskDeregister(own);
}

static NTSTATUS attach(HANDLE binding, PVOID context, PNPI_REGISTRATION_INSTANCE provider)
{
	struct provider_race *p = context;
	const VOID *dispatch = NULL;
	PVOID theirs = NULL;
	NTSTATUS status = NmrClientAttachProvider(binding, p, &version_1_0, &theirs, &dispatch);

	if (status == STATUS_SUCCESS) {
		race_expect(p->race, theirs && dispatch);
		InterlockedIncrement(&p->attaches);
		atomic_inc(&p->attached);
	} else if (status != STATUS_DEVICE_NOT_READY) {
		race_wrong(p->race, "the status of an attach", status);
	}
	return status;
}

static NTSTATUS detach(PVOID context)
{
	struct provider_race *p = context;

	InterlockedIncrement(&p->detaches);
	return STATUS_SUCCESS;
}

static VOID cleanup(PVOID context)
{
	struct provider_race *p = context;

	if (InterlockedIncrement(&p->cleanups) != READ_ONCE(p->detaches))
		race_wrong(p->race, "cleaned up without a detach", p->detaches);
}

static void attach_over_nmr(struct race_thread *self, struct provider_race *p)
{
	BOOLEAN raised = !race_random(self, 4);
	NTSTATUS status;
	HANDLE handle;
	KIRQL irql;

	p->attaches = p->detaches = p->cleanups = 0;
	race_expect_zero(self->race, NmrRegisterClient(&p->characteristics, p, &handle));
	race_pause(self);
	if (raised)
		KeRaiseIrql(DISPATCH_LEVEL, &irql);
	status = NmrDeregisterClient(handle);
	if (raised)
		KeLowerIrql(irql);
	if (status != STATUS_PENDING)
		race_wrong(self->race, "the status of a deregistration", status);
	race_expect_zero(self->race, NmrWaitForClientDeregisterComplete(handle));
	race_expect(self->race, p->attaches == p->detaches && p->attaches == p->cleanups);
}

static void provider_round(struct race_thread *self, LONG round)
{
	struct provider_race *p = self->race->context;

	WRITE_ONCE(p->race, self->race);
	race_meet(self->race);
	switch (self->index) {
	case 0:
		go_and_come(self, p);
		break;
	case 1:
		attach_over_nmr(self, p);
		break;
	default:
		register_and_capture(self, p);
	}
}

static void look(struct kunit *test, void *context)
{
	struct provider_race *p = context;

	kunit_info(test, "%d absences, %d captures, %d refusals, %d attached over NMR",
		   p->absences / 2, atomic_read(&p->captured), atomic_read(&p->refused),
		   atomic_read(&p->attached));
	KUNIT_EXPECT_GT(test, atomic_read(&p->captured), 0);
	KUNIT_EXPECT_GT(test, atomic_read(&p->attached), 0);
	KUNIT_EXPECT_TRUE(test, wt_deregister(test, &p->common));
}

static void provider_goes_and_comes_under_its_clients(struct kunit *test)
{
	struct provider_race *p = kzalloc(sizeof(*p), GFP_KERNEL);
	NPI_REGISTRATION_INSTANCE *instance;
	static const NPI_MODULEID module = { sizeof(module), MIT_GUID, { { 0x70726f76 } } };

	KUNIT_ASSERT_NOT_NULL(test, p);
	p->characteristics.Length = sizeof(p->characteristics);
	p->characteristics.ClientAttachProvider = attach;
	p->characteristics.ClientDetachProvider = detach;
	p->characteristics.ClientCleanupBindingContext = cleanup;
	instance = &p->characteristics.ClientRegistrationInstance;
	instance->Size = sizeof(*instance);
	instance->NpiId = &NPI_WSK_INTERFACE_ID;
	instance->ModuleId = &module;
	WT_ASSERT_STATUS(test, WskRegister(&client, &p->common), STATUS_SUCCESS);
	race_run(test, p, race_rounds(3), provider_round, look);
	WSK_RULES(test, "CAP-1 CAP-11 NMR-16 NMR-27");
}

static struct kunit_case provider_race_cases[] = {
	KUNIT_CASE(provider_goes_and_comes_under_its_clients),
	{}
};

static struct kunit_suite provider_race_suite = {
	.name = "wsk_provider_race",
	.test_cases = provider_race_cases,
};
kunit_test_suite(provider_race_suite);
