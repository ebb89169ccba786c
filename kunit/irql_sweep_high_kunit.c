// SPDX-License-Identifier: GPL-2.0
/*
 * Every function of the NT API that may be called at any IRQL, called in each context that is
 * DISPATCH_LEVEL and with interrupts off, which is what is above it on Linux.
 */
#define DBG 1	/* assertions and KdPrint() are there */

#include <linux/string.h>

#include "irql_levels.h"
#include "nt_worker.h"
#include <wsk.h>

static int assertions(void *context)
{
	int evaluated = 1;

	ASSERT(evaluated == 1);
	NT_ASSERT(evaluated == 1);
	LEVEL_MUST(NT_VERIFY(evaluated == 1));
	UNREFERENCED_PARAMETER(context);
	return 0;
}

static int paged_code(void *context)
{
	PAGED_CODE();
	return 0;
}

struct holder {
	ULONG first;
	ULONG second;
};

static int definitions(void *context)
{
	static const UNICODE_STRING constant = RTL_CONSTANT_STRING(L"abc");
	OBJECT_ATTRIBUTES attributes;
	struct holder holder;

	LEVEL_MUST(CONTAINING_RECORD(&holder.second, struct holder, second) == &holder);
	LEVEL_MUST(FIELD_OFFSET(struct holder, second) == 4);
	LEVEL_MUST(NT_SUCCESS(STATUS_PENDING) && !NT_SUCCESS(STATUS_BUFFER_OVERFLOW));
	LEVEL_MUST(constant.Length == 6 && constant.MaximumLength == 8);
	InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
	LEVEL_MUST(attributes.Length == sizeof(attributes));
	LEVEL_MUST(attributes.Attributes == OBJ_KERNEL_HANDLE);
	return 0;
}

static ULONG print_list(PCSTR format, ...)
{
	va_list args;
	ULONG status;

	va_start(args, format);
	status = vDbgPrintEx(DPFLTR_DEFAULT_ID, DPFLTR_INFO_LEVEL, format, args);
	va_end(args);
	return status;
}

static int debug_text(void *context)
{
	LEVEL_MUST(DbgPrint("irql sweep %d\n", 1) == STATUS_SUCCESS);
	LEVEL_MUST(DbgPrintEx(DPFLTR_DEFAULT_ID, DPFLTR_INFO_LEVEL, "irql sweep %ws\n", L"2") ==
		   STATUS_SUCCESS);
	LEVEL_MUST(print_list("irql sweep %d\n", 3) == STATUS_SUCCESS);
	KdPrint(("irql sweep %d\n", 4));
	return 0;
}

static int failed_assertions(void *context)
{
	DbgRaiseAssertionFailure();
	RtlAssert((PVOID)"irql sweep", (PVOID)__FILE__, __LINE__, NULL);
	return 0;
}

static int exceptions(void *context)
{
	NTSTATUS seen = STATUS_SUCCESS;

	__try {
		ExRaiseStatus(STATUS_ACCESS_VIOLATION);
	} __except (EXCEPTION_EXECUTE_HANDLER) {
		seen = GetExceptionCode();
	}
	LEVEL_MUST(seen == STATUS_ACCESS_VIOLATION);
	return 0;
}

static int lists(void *context)
{
	LIST_ENTRY head, a, b, c;

	InitializeListHead(&head);
	LEVEL_MUST(IsListEmpty(&head));
	InsertHeadList(&head, &b);
	InsertHeadList(&head, &a);
	InsertTailList(&head, &c);
	LEVEL_MUST(!RemoveEntryList(&b));
	LEVEL_MUST(RemoveHeadList(&head) == &a);
	LEVEL_MUST(RemoveTailList(&head) == &c);
	LEVEL_MUST(IsListEmpty(&head));
	return 0;
}

static int slists(void *context)
{
	SLIST_ENTRY a, b;
	SLIST_HEADER head;

	InitializeSListHead(&head);
	LEVEL_MUST(!InterlockedPushEntrySList(&head, &a));
	LEVEL_MUST(InterlockedPushEntrySList(&head, &b) == &a);
	LEVEL_MUST(QueryDepthSList(&head) == 2);
	LEVEL_MUST(InterlockedPopEntrySList(&head) == &b);
	LEVEL_MUST(InterlockedFlushSList(&head) == &a);
	LEVEL_MUST(!InterlockedPopEntrySList(&head));
	return 0;
}

static int interlocked(void *context)
{
	LONG volatile value = 5;
	CHAR volatile byte = 1;
	SHORT volatile word = 1;
	PVOID volatile pointer = NULL;

	LEVEL_MUST(InterlockedIncrement(&value) == 6);
	LEVEL_MUST(InterlockedDecrement(&value) == 5);
	LEVEL_MUST(InterlockedAdd(&value, 3) == 8);
	LEVEL_MUST(InterlockedExchangeAdd(&value, 2) == 8);
	LEVEL_MUST(InterlockedExchange(&value, 12) == 10);
	LEVEL_MUST(InterlockedCompareExchange(&value, 7, 12) == 12);
	LEVEL_MUST(InterlockedOr(&value, 8) == 7);
	LEVEL_MUST(InterlockedAnd(&value, 12) == 15);
	LEVEL_MUST(InterlockedXor(&value, 4) == 12);
	LEVEL_MUST(!InterlockedBitTestAndSet(&value, 0));
	LEVEL_MUST(InterlockedBitTestAndReset(&value, 0));
	LEVEL_MUST(InterlockedIncrementNoFence(&value) == 9);
	LEVEL_MUST(ReadNoFence(&value) == 9);
	WriteNoFence(&value, 1);
	LEVEL_MUST(value == 1);
	LEVEL_MUST(InterlockedOr8(&byte, 2) == 1);
	LEVEL_MUST(InterlockedAnd8(&byte, 2) == 3);
	LEVEL_MUST(InterlockedCompareExchange16(&word, 2, 1) == 1);
	LEVEL_MUST(!InterlockedExchangePointer(&pointer, (PVOID)&value));
	LEVEL_MUST(InterlockedCompareExchangePointer(&pointer, NULL, (PVOID)&value) ==
		   (PVOID)&value);
	return 0;
}

static int interlocked_64(void *context)
{
	LONG64 volatile value = 5;

	LEVEL_MUST(InterlockedIncrement64(&value) == 6);
	LEVEL_MUST(InterlockedDecrement64(&value) == 5);
	LEVEL_MUST(InterlockedAdd64(&value, 3) == 8);
	LEVEL_MUST(InterlockedExchangeAddNoFence64(&value, 2) == 8);
	LEVEL_MUST(InterlockedExchange64(&value, 12) == 10);
	LEVEL_MUST(InterlockedCompareExchange64(&value, 7, 12) == 12);
	LEVEL_MUST(InterlockedOr64(&value, 8) == 7);
	LEVEL_MUST(InterlockedAnd64(&value, 12) == 15);
	LEVEL_MUST(!InterlockedBitTestAndSet64(&value, 40));
	LEVEL_MUST(value == (1LL << 40) + 12);
	return 0;
}

/* On an IRP with two locations, as two drivers would have it. */
static int irp_locations(void *context)
{
	static UCHAR memory[512] __aligned(16);
	PIRP irp = (PIRP)memory;
	PIO_STACK_LOCATION first, second;

	LEVEL_MUST(IoSizeOfIrp(2) <= sizeof(memory));
	memset(memory, 0, sizeof(memory));
	irp->CurrentLocation = 3;
	irp->Tail.Overlay.CurrentStackLocation = (PIO_STACK_LOCATION)(irp + 1) + 2;
	first = IoGetNextIrpStackLocation(irp);
	first->MinorFunction = 7;
	IoSetNextIrpStackLocation(irp);
	LEVEL_MUST(IoGetCurrentIrpStackLocation(irp) == first);
	IoMarkIrpPending(irp);
	LEVEL_MUST(first->Control & SL_PENDING_RETURNED);
	IoCopyCurrentIrpStackLocationToNext(irp);
	second = IoGetNextIrpStackLocation(irp);
	LEVEL_MUST(second->MinorFunction == 7 && !second->Control);
	IoSkipCurrentIrpStackLocation(irp);
	LEVEL_MUST(IoGetNextIrpStackLocation(irp) == first);
	return 0;
}

static int mdl_fields(void *context)
{
	static UCHAR memory[64];
	MDL mdl[2];

	MmInitializeMdl(mdl, memory, sizeof(memory));
	LEVEL_MUST(MmGetMdlByteCount(mdl) == sizeof(memory));
	LEVEL_MUST(MmGetMdlByteOffset(mdl) == (ULONG_PTR)memory % PAGE_SIZE);
	LEVEL_MUST(MmGetMdlVirtualAddress(mdl) == (PVOID)memory);
	return 0;
}

static int levels(void *context)
{
	KIRQL irql;

	LEVEL_MUST(KeGetCurrentIrql() == DISPATCH_LEVEL);
	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	LEVEL_MUST(irql == DISPATCH_LEVEL);
	KeLowerIrql(irql);
	LEVEL_MUST(KeGetCurrentIrql() == DISPATCH_LEVEL);
	return 0;
}

static int clocks(void *context)
{
	LARGE_INTEGER system, precise, frequency;

	KeQuerySystemTime(&system);
	KeQuerySystemTimePrecise(&precise);
	LEVEL_MUST(system.QuadPart > 116444736000000000LL);
	LEVEL_MUST(precise.QuadPart >= system.QuadPart);
	LEVEL_MUST(KeQueryInterruptTime() > 0);
	LEVEL_MUST(KeQueryPerformanceCounter(&frequency).QuadPart > 0);
	LEVEL_MUST(frequency.QuadPart == 10000000);
	return 0;
}

static int new_event(void *context)
{
	KEVENT event;

	KeInitializeEvent(&event, NotificationEvent, TRUE);
	LEVEL_MUST(event.Header.SignalState == 1);
	return 0;
}

static int memory(void *context)
{
	UCHAR from[16], to[16];

	RtlFillMemory(from, sizeof(from), 0xa5);
	RtlCopyMemory(to, from, sizeof(to));
	LEVEL_MUST(RtlEqualMemory(from, to, sizeof(to)));
	to[9] = 0;
	LEVEL_MUST(RtlCompareMemory(from, to, sizeof(to)) == 9);
	RtlMoveMemory(to + 1, to, 9);
	LEVEL_MUST(to[9] == 0xa5);
	RtlZeroMemory(to, sizeof(to));
	LEVEL_MUST(!to[0] && !to[15]);
	RtlSecureZeroMemory(from, sizeof(from));
	LEVEL_MUST(RtlEqualMemory(from, to, sizeof(to)));
	LEVEL_MUST(RtlUshortByteSwap(0x0102) == 0x0201);
	LEVEL_MUST(RtlUlongByteSwap(0x01020304) == 0x04030201);
	LEVEL_MUST(RtlUlonglongByteSwap(0x0102030405060708ULL) == 0x0807060504030201ULL);
	return 0;
}

static int strings(void *context)
{
	WCHAR wide[8];
	CHAR narrow[8];
	UNICODE_STRING u;
	ANSI_STRING a;
	STRING s;

	RtlInitUnicodeString(&u, L"abc");
	LEVEL_MUST(u.Length == 6);
	LEVEL_MUST(RtlInitUnicodeStringEx(&u, L"ab") == STATUS_SUCCESS && u.Length == 4);
	RtlInitAnsiString(&a, "abc");
	LEVEL_MUST(a.Length == 3);
	LEVEL_MUST(RtlInitAnsiStringEx(&a, "ab") == STATUS_SUCCESS && a.Length == 2);
	RtlInitString(&s, "abcd");
	LEVEL_MUST(s.Length == 4);
	RtlInitEmptyUnicodeString(&u, wide, sizeof(wide));
	LEVEL_MUST(!u.Length && u.MaximumLength == 16);
	RtlInitEmptyAnsiString(&a, narrow, sizeof(narrow));
	LEVEL_MUST(!a.Length && a.MaximumLength == 8);
	RtlCopyString(&a, &s);
	LEVEL_MUST(a.Length == 4 && !memcmp(narrow, "abcd", 4));
	return 0;
}

static int control_data(void *context)
{
	static UCHAR room[WSA_CMSG_SPACE(4) + WSA_CMSG_SPACE(8)] __aligned(8);
	WSAMSG message = { .Control = { .len = sizeof(room), .buf = (CHAR *)room } };
	PCMSGHDR header = WSA_CMSG_FIRSTHDR(&message);

	LEVEL_MUST(header == (PCMSGHDR)room);
	header->cmsg_len = WSA_CMSG_LEN(4);
	LEVEL_MUST(WSA_CMSG_DATA(header) == room + sizeof(*header));
	LEVEL_MUST(WSA_CMSG_NXTHDR(&message, header) == (PCMSGHDR)(room + WSA_CMSG_SPACE(4)));
	LEVEL_MUST(WSA_CMSGHDR_ALIGN(1) == 8 && WSA_CMSGDATA_ALIGN(9) == 16);
	return 0;
}

static const struct level_row rows[] = {
	LEVEL(ASSERT, HIGH_LEVEL, assertions),
	LEVEL(CONTAINING_RECORD, HIGH_LEVEL, definitions),
	LEVEL(DbgPrint, HIGH_LEVEL, debug_text),
	LEVEL(DbgPrintEx, HIGH_LEVEL, debug_text),
	LEVEL(ExRaiseStatus, HIGH_LEVEL, exceptions),
	LEVEL(FIELD_OFFSET, HIGH_LEVEL, definitions),
	LEVEL(GetExceptionCode, HIGH_LEVEL, exceptions),
	LEVEL(InitializeListHead, HIGH_LEVEL, lists),
	LEVEL(InitializeObjectAttributes, HIGH_LEVEL, definitions),
	LEVEL(InitializeSListHead, HIGH_LEVEL, slists),
	LEVEL(InsertHeadList, HIGH_LEVEL, lists),
	LEVEL(InsertTailList, HIGH_LEVEL, lists),
	LEVEL(InterlockedAdd, HIGH_LEVEL, interlocked),
	LEVEL(InterlockedAdd64, HIGH_LEVEL, interlocked_64),
	LEVEL(InterlockedAnd, HIGH_LEVEL, interlocked),
	LEVEL(InterlockedAnd64, HIGH_LEVEL, interlocked_64),
	LEVEL(InterlockedAnd8, HIGH_LEVEL, interlocked),
	LEVEL(InterlockedBitTestAndReset, HIGH_LEVEL, interlocked),
	LEVEL(InterlockedBitTestAndSet, HIGH_LEVEL, interlocked),
	LEVEL(InterlockedBitTestAndSet64, HIGH_LEVEL, interlocked_64),
	LEVEL(InterlockedCompareExchange, HIGH_LEVEL, interlocked),
	LEVEL(InterlockedCompareExchange16, HIGH_LEVEL, interlocked),
	LEVEL(InterlockedCompareExchange64, HIGH_LEVEL, interlocked_64),
	LEVEL(InterlockedCompareExchangePointer, HIGH_LEVEL, interlocked),
	LEVEL(InterlockedDecrement, HIGH_LEVEL, interlocked),
	LEVEL(InterlockedDecrement64, HIGH_LEVEL, interlocked_64),
	LEVEL(InterlockedExchange, HIGH_LEVEL, interlocked),
	LEVEL(InterlockedExchange64, HIGH_LEVEL, interlocked_64),
	LEVEL(InterlockedExchangeAdd, HIGH_LEVEL, interlocked),
	LEVEL(InterlockedExchangeAddNoFence64, HIGH_LEVEL, interlocked_64),
	LEVEL(InterlockedExchangePointer, HIGH_LEVEL, interlocked),
	LEVEL(InterlockedFlushSList, HIGH_LEVEL, slists),
	LEVEL(InterlockedIncrement, HIGH_LEVEL, interlocked),
	LEVEL(InterlockedIncrement64, HIGH_LEVEL, interlocked_64),
	LEVEL(InterlockedIncrementNoFence, HIGH_LEVEL, interlocked),
	LEVEL(InterlockedOr, HIGH_LEVEL, interlocked),
	LEVEL(InterlockedOr64, HIGH_LEVEL, interlocked_64),
	LEVEL(InterlockedOr8, HIGH_LEVEL, interlocked),
	LEVEL(InterlockedPopEntrySList, HIGH_LEVEL, slists),
	LEVEL(InterlockedPushEntrySList, HIGH_LEVEL, slists),
	LEVEL(InterlockedXor, HIGH_LEVEL, interlocked),
	LEVEL(IoCopyCurrentIrpStackLocationToNext, HIGH_LEVEL, irp_locations),
	LEVEL(IoGetCurrentIrpStackLocation, HIGH_LEVEL, irp_locations),
	LEVEL(IoGetNextIrpStackLocation, HIGH_LEVEL, irp_locations),
	LEVEL(IoMarkIrpPending, HIGH_LEVEL, irp_locations),
	LEVEL(IoSetNextIrpStackLocation, HIGH_LEVEL, irp_locations),
	LEVEL(IoSizeOfIrp, HIGH_LEVEL, irp_locations),
	LEVEL(IoSkipCurrentIrpStackLocation, HIGH_LEVEL, irp_locations),
	LEVEL(IsListEmpty, HIGH_LEVEL, lists),
	LEVEL(KdPrint, HIGH_LEVEL, debug_text),
	LEVEL(KeGetCurrentIrql, HIGH_LEVEL, levels),
	LEVEL(KeInitializeEvent, HIGH_LEVEL, new_event),
	LEVEL(KeLowerIrql, HIGH_LEVEL, levels),
	LEVEL(KeQueryInterruptTime, HIGH_LEVEL, clocks),
	LEVEL(KeQueryPerformanceCounter, HIGH_LEVEL, clocks),
	LEVEL(KeQuerySystemTime, HIGH_LEVEL, clocks),
	LEVEL(KeQuerySystemTimePrecise, HIGH_LEVEL, clocks),
	LEVEL(KeRaiseIrql, HIGH_LEVEL, levels),
	LEVEL(MmGetMdlByteCount, HIGH_LEVEL, mdl_fields),
	LEVEL(MmGetMdlByteOffset, HIGH_LEVEL, mdl_fields),
	LEVEL(MmGetMdlVirtualAddress, HIGH_LEVEL, mdl_fields),
	LEVEL(MmInitializeMdl, HIGH_LEVEL, mdl_fields),
	LEVEL(NT_ASSERT, HIGH_LEVEL, assertions),
	LEVEL(NT_SUCCESS, HIGH_LEVEL, definitions),
	LEVEL(NT_VERIFY, HIGH_LEVEL, assertions),
	LEVEL(QueryDepthSList, HIGH_LEVEL, slists),
	LEVEL(RTL_CONSTANT_STRING, HIGH_LEVEL, definitions),
	LEVEL(ReadNoFence, HIGH_LEVEL, interlocked),
	LEVEL(RemoveEntryList, HIGH_LEVEL, lists),
	LEVEL(RemoveHeadList, HIGH_LEVEL, lists),
	LEVEL(RemoveTailList, HIGH_LEVEL, lists),
	LEVEL(RtlCompareMemory, HIGH_LEVEL, memory),
	LEVEL(RtlCopyMemory, HIGH_LEVEL, memory),
	LEVEL(RtlCopyString, HIGH_LEVEL, strings),
	LEVEL(RtlEqualMemory, HIGH_LEVEL, memory),
	LEVEL(RtlFillMemory, HIGH_LEVEL, memory),
	LEVEL(RtlInitAnsiString, HIGH_LEVEL, strings),
	LEVEL(RtlInitAnsiStringEx, HIGH_LEVEL, strings),
	LEVEL(RtlInitEmptyAnsiString, HIGH_LEVEL, strings),
	LEVEL(RtlInitEmptyUnicodeString, HIGH_LEVEL, strings),
	LEVEL(RtlInitString, HIGH_LEVEL, strings),
	LEVEL(RtlInitUnicodeString, HIGH_LEVEL, strings),
	LEVEL(RtlInitUnicodeStringEx, HIGH_LEVEL, strings),
	LEVEL(RtlMoveMemory, HIGH_LEVEL, memory),
	LEVEL(RtlSecureZeroMemory, HIGH_LEVEL, memory),
	LEVEL(RtlUlongByteSwap, HIGH_LEVEL, memory),
	LEVEL(RtlUlonglongByteSwap, HIGH_LEVEL, memory),
	LEVEL(RtlUshortByteSwap, HIGH_LEVEL, memory),
	LEVEL(RtlZeroMemory, HIGH_LEVEL, memory),
	LEVEL(UNREFERENCED_PARAMETER, HIGH_LEVEL, assertions),
	LEVEL(WSA_CMSGDATA_ALIGN, HIGH_LEVEL, control_data),
	LEVEL(WSA_CMSGHDR_ALIGN, HIGH_LEVEL, control_data),
	LEVEL(WSA_CMSG_DATA, HIGH_LEVEL, control_data),
	LEVEL(WSA_CMSG_FIRSTHDR, HIGH_LEVEL, control_data),
	LEVEL(WSA_CMSG_LEN, HIGH_LEVEL, control_data),
	LEVEL(WSA_CMSG_NXTHDR, HIGH_LEVEL, control_data),
	LEVEL(WSA_CMSG_SPACE, HIGH_LEVEL, control_data),
	LEVEL(WriteNoFence, HIGH_LEVEL, interlocked),
	LEVEL(vDbgPrintEx, HIGH_LEVEL, debug_text),
};

static const struct level_row reporting_rows[] = {
	LEVEL(DbgRaiseAssertionFailure, HIGH_LEVEL, failed_assertions),
	LEVEL(PAGED_CODE, HIGH_LEVEL, paged_code),
	LEVEL(RtlAssert, HIGH_LEVEL, failed_assertions),
};

static void every_function_works_at_any_level(struct kunit *test)
{
	level_sweep(test, rows, ARRAY_SIZE(rows), NULL, AT_DISPATCH_FIRST, INTERRUPTS_OFF);
	WSK_RULES(test, "NT-IRQL-HIGH");
}

static void assertions_are_reported_at_any_level(struct kunit *test)
{
	WSK_EXPECT_REPORT(test, "wsk: assertion failed: DbgRaiseAssertionFailure\\(\\), ");
	WSK_EXPECT_REPORT(test, "wsk: assertion failed: KeGetCurrentIrql\\(\\) <= APC_LEVEL, ");
	WSK_EXPECT_REPORT(test, "wsk: assertion failed: irql sweep, ");
	level_sweep(test, reporting_rows, ARRAY_SIZE(reporting_rows), NULL, AT_DISPATCH_FIRST,
		    INTERRUPTS_OFF);
	WSK_RULES(test, "NT-IRQL-HIGH");
}

static struct kunit_case high_cases[] = {
	KUNIT_CASE(every_function_works_at_any_level),
	KUNIT_CASE(assertions_are_reported_at_any_level),
	{}
};

static struct kunit_suite high_suite = {
	.name = "nt_irql_sweep_high",
	.test_cases = high_cases,
};

kunit_test_suite(high_suite);
