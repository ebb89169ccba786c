// SPDX-License-Identifier: GPL-2.0 OR MIT
// Makes the mistakes that can be told from good use, one after another: each is answered and reported,
// and afterwards everything works, on any kernel.
#include "misuse.h"
#include <netioddk.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD MisuseUnload;

// So large that it has pages of its own: freed, they are unmapped.
#define LARGE (16 << 20)

static const WSK_CLIENT_DISPATCH Dispatch = { MAKE_WSK_VERSION(1, 0), 0, NULL };
WSK_REGISTRATION Registration;

static LONG Committed;
static PCSTR Wrong;	// the first that was not answered as it should be

VOID Must(PCSTR What, BOOLEAN Good)
{
	if (!Good && Wrong == NULL)
		Wrong = What;
}

VOID Count(PCSTR What, BOOLEAN Good)
{
	Committed++;
	Must(What, Good);
}

static VOID MisuseMemory(VOID)
{
	PVOID Memory = ExAllocatePoolWithTag(NonPagedPoolNx, LARGE, 'esiM');

	COMMIT(ExFreePool(NULL));
	Must("the memory", Memory != NULL);
	if (Memory == NULL)
		return;
	ExFreePool(Memory);
	COMMIT(ExFreePool(Memory));
}

static VOID MisuseWait(VOID)
{
	LARGE_INTEGER Timeout;
	KEVENT Never;
	KIRQL Irql;

	KeInitializeEvent(&Never, NotificationEvent, FALSE);
	Timeout.QuadPart = -10000;
	KeRaiseIrql(DISPATCH_LEVEL, &Irql);
	ANSWERS(STATUS_INVALID_PARAMETER,
		KeWaitForSingleObject(&Never, Executive, KernelMode, FALSE, &Timeout));
	KeLowerIrql(Irql);
}

static NTSTATUS MisuseAttach(HANDLE Handle, PVOID Context, PNPI_REGISTRATION_INSTANCE Provider)
{
	UNREFERENCED_PARAMETER(Handle);
	UNREFERENCED_PARAMETER(Context);
	UNREFERENCED_PARAMETER(Provider);
	return STATUS_NOINTERFACE;
}

static NTSTATUS MisuseDetach(PVOID Context)
{
	UNREFERENCED_PARAMETER(Context);
	return STATUS_SUCCESS;
}

// Nobody provides it.
static const NPIID Npi = { 0x6d697375, 0x7365, 0x4e50, { 0x49, 0, 0, 0, 0, 0, 0, 1 } };
static const NPI_MODULEID ModuleId = {
	sizeof(ModuleId), MIT_GUID, { { 0x6d697375, 0x7365, 0x4d4f, { 0x44, 0, 0, 0, 0, 0, 0, 1 } } }
};
static const NPI_CLIENT_CHARACTERISTICS Characteristics = {
	0, sizeof(Characteristics), MisuseAttach, MisuseDetach, NULL,
	{ 0, sizeof(NPI_REGISTRATION_INSTANCE), &Npi, &ModuleId, 0, NULL },
};

static VOID MisuseNmr(VOID)
{
	NPI_CLIENT_CHARACTERISTICS Newer = Characteristics;
	CONST VOID *Theirs = NULL;
	PVOID Context = NULL;
	HANDLE Handle = NULL;

	Newer.Version = 1;
	ANSWERS(STATUS_INVALID_PARAMETER, NmrRegisterClient(&Newer, NULL, &Handle));
	Must("NmrRegisterClient",
	     NmrRegisterClient(&Characteristics, NULL, &Handle) == STATUS_SUCCESS);
	Must("NmrDeregisterClient", NmrDeregisterClient(Handle) == STATUS_PENDING);
	ANSWERS(STATUS_INVALID_PARAMETER, NmrDeregisterClient(Handle));
	Must("NmrWaitForClientDeregisterComplete",
	     NmrWaitForClientDeregisterComplete(Handle) == STATUS_SUCCESS);
	COMMIT(NmrClientDetachProviderComplete(Handle));
	ANSWERS(STATUS_INVALID_PARAMETER,
		NmrClientAttachProvider(Handle, NULL, NULL, &Context, &Theirs));
}

static VOID MisuseBlocks(VOID)
{
	WSK_REGISTRATION Never = { 0 };

	COMMIT(WskDeregister(&Never));
	COMMIT(WskReleaseProviderNPI(&Never));
	COMMIT(WskReleaseProviderNPI(&Registration));
	COMMIT(IoFreeIrp(NULL));
}

// Of a provider that was released: reported, and answered as ever.
static VOID MisuseReleased(PWSK_PROVIDER_NPI Provider)
{
	SIZE_T Bytes = 0;

	ANSWERS(STATUS_BUFFER_OVERFLOW,
		Provider->Dispatch->WskControlClient(Provider->Client, WSK_TRANSPORT_LIST_QUERY, 0,
						     NULL, 0, NULL, &Bytes, NULL));
}

// All from the beginning, with a registration that nothing was done to.
static BOOLEAN WorksAfterwards(PWSK_CLIENT_NPI Client)
{
	WSK_REGISTRATION Fresh;
	WSK_PROVIDER_NPI Provider;
	BOOLEAN Works = FALSE;

	if (WskRegister(Client, &Fresh) != STATUS_SUCCESS)
		return FALSE;
	if (WskCaptureProviderNPI(&Fresh, WSK_NO_WAIT, &Provider) == STATUS_SUCCESS) {
		Works = Exchange(&Provider);
		WskReleaseProviderNPI(&Fresh);
	}
	WskDeregister(&Fresh);
	return Works;
}

static VOID MisuseUnload(_In_ PDRIVER_OBJECT DriverObject)
{
	UNREFERENCED_PARAMETER(DriverObject);
	WskDeregister(&Registration);
	WskDeregister(&Registration);
	WskReleaseProviderNPI(&Registration);
	DbgPrint("misuse: DriverUnload\n");
}

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	WSK_CLIENT_NPI Client = { NULL, &Dispatch };
	WSK_PROVIDER_NPI Provider;
	NTSTATUS Status = WskRegister(&Client, &Registration);

	UNREFERENCED_PARAMETER(RegistryPath);
	if (!NT_SUCCESS(Status))
		return Status;
	MisuseMemory();
	MisuseWait();
	MisuseNmr();
	MisuseBlocks();
	Status = WskCaptureProviderNPI(&Registration, WSK_NO_WAIT, &Provider);
	Must("WskCaptureProviderNPI", NT_SUCCESS(Status));
	if (NT_SUCCESS(Status)) {
		MisuseSockets(&Provider);
		WskReleaseProviderNPI(&Registration);
		MisuseReleased(&Provider);
	}
	Must("all from the beginning", WorksAfterwards(&Client));
	if (Wrong)
		DbgPrint("misuse: not survived: %s\n", Wrong);
	else
		DbgPrint("misuse: survived %d\n", Committed);
	DriverObject->DriverUnload = MisuseUnload;
	return STATUS_SUCCESS;
}
