// SPDX-License-Identifier: GPL-2.0
/*
 * Every function of the NT API that PASSIVE_LEVEL or APC_LEVEL, which reads as PASSIVE_LEVEL, is
 * the highest for. Their answers are the other suites' to look at; here it is that each leaves
 * the level as it was.
 */
#include <linux/string.h>

#include "irql_levels.h"
#include "nt_worker.h"
#include <ip2string.h>
#include <ntstrsafe.h>
#include <wpp.h>
#include <wsk.h>

static const UNICODE_STRING abc = RTL_CONSTANT_STRING(L"abc");

static int unicode_strings(void *context)
{
	WCHAR room[16];
	UNICODE_STRING to;
	ULONG value = 0;

	RtlInitEmptyUnicodeString(&to, room, sizeof(room));
	RtlCopyUnicodeString(&to, &abc);
	LEVEL_MUST(RtlEqualUnicodeString(&to, &abc, FALSE));
	LEVEL_MUST(RtlAppendUnicodeToString(&to, L"D") == STATUS_SUCCESS);
	LEVEL_MUST(RtlAppendUnicodeStringToString(&to, &abc) == STATUS_SUCCESS);
	LEVEL_MUST(RtlPrefixUnicodeString(&abc, &to, TRUE));
	LEVEL_MUST(RtlCompareUnicodeString(&to, &abc, FALSE) > 0);
	LEVEL_MUST(RtlUpcaseUnicodeChar(L'x') == L'X');
	LEVEL_MUST(RtlIntegerToUnicodeString(1234, 10, &to) == STATUS_SUCCESS);
	LEVEL_MUST(RtlUnicodeStringToInteger(&to, 10, &value) == STATUS_SUCCESS && value == 1234);
	return 0;
}

static int converted_strings(void *context)
{
	UNICODE_STRING wide;
	ANSI_STRING narrow;
	WCHAR units[4];
	CHAR bytes[4];
	ULONG length;

	LEVEL_MUST(RtlxUnicodeStringToAnsiSize(&abc) == 4);
	LEVEL_MUST(RtlUnicodeStringToAnsiString(&narrow, &abc, TRUE) == STATUS_SUCCESS);
	LEVEL_MUST(RtlxAnsiStringToUnicodeSize(&narrow) == 8);
	LEVEL_MUST(RtlAnsiStringToUnicodeString(&wide, &narrow, TRUE) == STATUS_SUCCESS);
	LEVEL_MUST(RtlEqualString(&narrow, &narrow, FALSE));
	LEVEL_MUST(!RtlCompareString(&narrow, &narrow, TRUE));
	RtlFreeAnsiString(&narrow);
	RtlFreeUnicodeString(&wide);
	LEVEL_MUST(RtlUnicodeToUTF8N(bytes, sizeof(bytes), &length, L"ab", 4) == STATUS_SUCCESS);
	LEVEL_MUST(length == 2 && bytes[1] == 'b');
	LEVEL_MUST(RtlUTF8ToUnicodeN(units, sizeof(units), &length, "ab", 2) == STATUS_SUCCESS);
	LEVEL_MUST(length == 4 && units[1] == L'b');
	return 0;
}

static int safe_strings(void *context)
{
	SIZE_T length = 0;
	UNICODE_STRING u;
	WCHAR wide[16];
	CHAR text[16];

	LEVEL_MUST(RtlStringCbPrintfA(text, sizeof(text), "%d", 17) == STATUS_SUCCESS);
	LEVEL_MUST(RtlStringCchPrintfA(text, ARRAY_SIZE(text), "%d", 17) == STATUS_SUCCESS);
	LEVEL_MUST(RtlStringCbPrintfW(wide, sizeof(wide), L"%d", 17) == STATUS_SUCCESS);
	LEVEL_MUST(RtlStringCchPrintfW(wide, ARRAY_SIZE(wide), L"%d", 17) == STATUS_SUCCESS);
	LEVEL_MUST(RtlStringCbLengthA(text, sizeof(text), &length) == STATUS_SUCCESS);
	LEVEL_MUST(length == 2 && wide[1] == L'7');
	RtlInitEmptyUnicodeString(&u, wide, sizeof(wide));
	LEVEL_MUST(RtlUnicodeStringPrintf(&u, L"%d", 123) == STATUS_SUCCESS && u.Length == 6);
	return 0;
}

static int ipv4_strings(void *context)
{
	IN_ADDR addr = { .S_un.S_addr = htonl(0x7f000001) };
	WCHAR wide[32];
	CHAR text[32];
	LPCWSTR wide_end;
	ULONG length = 32;
	USHORT port;
	PCSTR end;

	LEVEL_MUST(RtlIpv4AddressToStringA(&addr, text) == text + 9);
	LEVEL_MUST(RtlIpv4AddressToStringW(&addr, wide) == wide + 9);
	LEVEL_MUST(RtlIpv4StringToAddressA(text, TRUE, &end, &addr) == STATUS_SUCCESS);
	LEVEL_MUST(RtlIpv4StringToAddressW(wide, TRUE, &wide_end, &addr) == STATUS_SUCCESS);
	LEVEL_MUST(RtlIpv4AddressToStringExA(&addr, htons(5), text, &length) == STATUS_SUCCESS);
	length = 32;
	LEVEL_MUST(RtlIpv4AddressToStringExW(&addr, htons(5), wide, &length) == STATUS_SUCCESS);
	LEVEL_MUST(RtlIpv4StringToAddressExA(text, TRUE, &addr, &port) == STATUS_SUCCESS);
	LEVEL_MUST(RtlIpv4StringToAddressExW(wide, TRUE, &addr, &port) == STATUS_SUCCESS);
	LEVEL_MUST(port == htons(5) && addr.S_un.S_addr == htonl(0x7f000001));
	return 0;
}

static int ipv6_strings(void *context)
{
	IN6_ADDR addr = { .u.Byte = { [15] = 1 } };
	ULONG length = 64, scope;
	WCHAR wide[64];
	CHAR text[64];
	LPCWSTR wide_end;
	USHORT port;
	PCSTR end;

	LEVEL_MUST(RtlIpv6AddressToStringA(&addr, text) == text + 3);
	LEVEL_MUST(RtlIpv6AddressToStringW(&addr, wide) == wide + 3);
	LEVEL_MUST(RtlIpv6StringToAddressA(text, &end, &addr) == STATUS_SUCCESS);
	LEVEL_MUST(RtlIpv6StringToAddressW(wide, &wide_end, &addr) == STATUS_SUCCESS);
	LEVEL_MUST(RtlIpv6AddressToStringExA(&addr, 0, htons(5), text, &length) == STATUS_SUCCESS);
	length = 64;
	LEVEL_MUST(RtlIpv6AddressToStringExW(&addr, 0, htons(5), wide, &length) == STATUS_SUCCESS);
	LEVEL_MUST(RtlIpv6StringToAddressExA(text, &addr, &scope, &port) == STATUS_SUCCESS);
	LEVEL_MUST(RtlIpv6StringToAddressExW(wide, &addr, &scope, &port) == STATUS_SUCCESS);
	LEVEL_MUST(port == htons(5) && addr.u.Byte[15] == 1);
	return 0;
}

/* The names without A and W: this file is compiled without UNICODE. */
static int ip_strings_by_macro(void *context)
{
	IN_ADDR four = { .S_un.S_addr = htonl(0x7f000001) };
	IN6_ADDR six = { .u.Byte = { [15] = 1 } };
	ULONG length = 64, scope;
	CHAR text[64], *made;
	USHORT port;
	PCSTR end;

	made = RtlIpv4AddressToString(&four, text);
	LEVEL_MUST(made == text + 9);
	LEVEL_MUST(RtlIpv4StringToAddress(text, TRUE, &end, &four) == STATUS_SUCCESS);
	LEVEL_MUST(RtlIpv4AddressToStringEx(&four, 0, text, &length) == STATUS_SUCCESS);
	LEVEL_MUST(RtlIpv4StringToAddressEx(text, TRUE, &four, &port) == STATUS_SUCCESS);
	made = RtlIpv6AddressToString(&six, text);
	LEVEL_MUST(made == text + 3);
	LEVEL_MUST(RtlIpv6StringToAddress(text, &end, &six) == STATUS_SUCCESS);
	length = 64;
	LEVEL_MUST(RtlIpv6AddressToStringEx(&six, 0, 0, text, &length) == STATUS_SUCCESS);
	LEVEL_MUST(RtlIpv6StringToAddressEx(text, &six, &scope, &port) == STATUS_SUCCESS);
	return 0;
}

static int driver_runtime(void *context)
{
	RTL_OSVERSIONINFOW version = { .dwOSVersionInfoSize = sizeof(version) };

	ExInitializeDriverRuntime(DrvRtPoolNxOptIn);
	LEVEL_MUST(RtlGetVersion(&version) == STATUS_SUCCESS && version.dwMajorVersion);
	WPP_INIT_TRACING(NULL, NULL);
	WPP_CLEANUP(NULL);
	return 0;
}

static int devices(void *context)
{
	static DRIVER_OBJECT driver = { .Type = IO_TYPE_DRIVER, .Size = sizeof(driver) };
	UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\IrqlSweep");
	UNICODE_STRING link = RTL_CONSTANT_STRING(L"\\DosDevices\\IrqlSweep");
	PDEVICE_OBJECT device;

	LEVEL_MUST(IoCreateDevice(&driver, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &device) ==
		   STATUS_SUCCESS);
	LEVEL_MUST(IoCreateSymbolicLink(&link, &name) == STATUS_SUCCESS);
	LEVEL_MUST(IoDeleteSymbolicLink(&link) == STATUS_SUCCESS);
	IoDeleteDevice(device);
	return 0;
}

static VOID thread_main(PVOID context)
{
	*(KIRQL *)context = KeGetCurrentIrql();
	PsTerminateSystemThread(STATUS_SUCCESS);
}

static int threads(void *context)
{
	KIRQL inside = HIGH_LEVEL;
	HANDLE handle;
	PVOID thread;

	LEVEL_MUST(PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, thread_main,
					&inside) == STATUS_SUCCESS);
	LEVEL_MUST(ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode,
					     &thread, NULL) == STATUS_SUCCESS);
	LEVEL_MUST(ZwClose(handle) == STATUS_SUCCESS);
	LEVEL_MUST(nt_wait_forever(thread) == STATUS_SUCCESS);
	ObDereferenceObject(thread);
	LEVEL_MUST(inside == PASSIVE_LEVEL);
	return 0;
}

static int delay(void *context)
{
	LARGE_INTEGER interval = { .QuadPart = NT_MS(1) };

	LEVEL_MUST(KeDelayExecutionThread(KernelMode, FALSE, &interval) == STATUS_SUCCESS);
	return 0;
}

static int registration(void *context)
{
	static const WSK_CLIENT_DISPATCH dispatch = { MAKE_WSK_VERSION(1, 0), 0, NULL };
	WSK_CLIENT_NPI npi = { NULL, &dispatch };
	WSK_REGISTRATION block;

	LEVEL_MUST(WskRegister(&npi, &block) == STATUS_SUCCESS);
	WskDeregister(&block);
	return 0;
}

static const struct level_row rows[] = {
	LEVEL(ExInitializeDriverRuntime, PASSIVE_LEVEL, driver_runtime),
	LEVEL(IoCreateDevice, APC_LEVEL, devices),
	LEVEL(IoCreateSymbolicLink, PASSIVE_LEVEL, devices),
	LEVEL(IoDeleteDevice, APC_LEVEL, devices),
	LEVEL(IoDeleteSymbolicLink, PASSIVE_LEVEL, devices),
	LEVEL(KeDelayExecutionThread, APC_LEVEL, delay),
	LEVEL(ObReferenceObjectByHandle, PASSIVE_LEVEL, threads),
	LEVEL(PsCreateSystemThread, PASSIVE_LEVEL, threads),
	LEVEL(PsTerminateSystemThread, PASSIVE_LEVEL, threads),
	LEVEL(RtlAnsiStringToUnicodeString, PASSIVE_LEVEL, converted_strings),
	LEVEL(RtlAppendUnicodeStringToString, PASSIVE_LEVEL, unicode_strings),
	LEVEL(RtlAppendUnicodeToString, PASSIVE_LEVEL, unicode_strings),
	LEVEL(RtlCompareString, PASSIVE_LEVEL, converted_strings),
	LEVEL(RtlCompareUnicodeString, PASSIVE_LEVEL, unicode_strings),
	LEVEL(RtlCopyUnicodeString, PASSIVE_LEVEL, unicode_strings),
	LEVEL(RtlEqualString, PASSIVE_LEVEL, converted_strings),
	LEVEL(RtlEqualUnicodeString, PASSIVE_LEVEL, unicode_strings),
	LEVEL(RtlFreeAnsiString, PASSIVE_LEVEL, converted_strings),
	LEVEL(RtlFreeUnicodeString, PASSIVE_LEVEL, converted_strings),
	LEVEL(RtlGetVersion, PASSIVE_LEVEL, driver_runtime),
	LEVEL(RtlIntegerToUnicodeString, PASSIVE_LEVEL, unicode_strings),
	LEVEL(RtlIpv4AddressToString, PASSIVE_LEVEL, ip_strings_by_macro),
	LEVEL(RtlIpv4AddressToStringA, PASSIVE_LEVEL, ipv4_strings),
	LEVEL(RtlIpv4AddressToStringEx, PASSIVE_LEVEL, ip_strings_by_macro),
	LEVEL(RtlIpv4AddressToStringExA, PASSIVE_LEVEL, ipv4_strings),
	LEVEL(RtlIpv4AddressToStringExW, PASSIVE_LEVEL, ipv4_strings),
	LEVEL(RtlIpv4AddressToStringW, PASSIVE_LEVEL, ipv4_strings),
	LEVEL(RtlIpv4StringToAddress, PASSIVE_LEVEL, ip_strings_by_macro),
	LEVEL(RtlIpv4StringToAddressA, PASSIVE_LEVEL, ipv4_strings),
	LEVEL(RtlIpv4StringToAddressEx, PASSIVE_LEVEL, ip_strings_by_macro),
	LEVEL(RtlIpv4StringToAddressExA, PASSIVE_LEVEL, ipv4_strings),
	LEVEL(RtlIpv4StringToAddressExW, PASSIVE_LEVEL, ipv4_strings),
	LEVEL(RtlIpv4StringToAddressW, PASSIVE_LEVEL, ipv4_strings),
	LEVEL(RtlIpv6AddressToString, PASSIVE_LEVEL, ip_strings_by_macro),
	LEVEL(RtlIpv6AddressToStringA, PASSIVE_LEVEL, ipv6_strings),
	LEVEL(RtlIpv6AddressToStringEx, PASSIVE_LEVEL, ip_strings_by_macro),
	LEVEL(RtlIpv6AddressToStringExA, PASSIVE_LEVEL, ipv6_strings),
	LEVEL(RtlIpv6AddressToStringExW, PASSIVE_LEVEL, ipv6_strings),
	LEVEL(RtlIpv6AddressToStringW, PASSIVE_LEVEL, ipv6_strings),
	LEVEL(RtlIpv6StringToAddress, PASSIVE_LEVEL, ip_strings_by_macro),
	LEVEL(RtlIpv6StringToAddressA, PASSIVE_LEVEL, ipv6_strings),
	LEVEL(RtlIpv6StringToAddressEx, PASSIVE_LEVEL, ip_strings_by_macro),
	LEVEL(RtlIpv6StringToAddressExA, PASSIVE_LEVEL, ipv6_strings),
	LEVEL(RtlIpv6StringToAddressExW, PASSIVE_LEVEL, ipv6_strings),
	LEVEL(RtlIpv6StringToAddressW, PASSIVE_LEVEL, ipv6_strings),
	LEVEL(RtlPrefixUnicodeString, PASSIVE_LEVEL, unicode_strings),
	LEVEL(RtlStringCbLengthA, PASSIVE_LEVEL, safe_strings),
	LEVEL(RtlStringCbPrintfA, PASSIVE_LEVEL, safe_strings),
	LEVEL(RtlStringCbPrintfW, PASSIVE_LEVEL, safe_strings),
	LEVEL(RtlStringCchPrintfA, PASSIVE_LEVEL, safe_strings),
	LEVEL(RtlStringCchPrintfW, PASSIVE_LEVEL, safe_strings),
	LEVEL(RtlUTF8ToUnicodeN, PASSIVE_LEVEL, converted_strings),
	LEVEL(RtlUnicodeStringPrintf, PASSIVE_LEVEL, safe_strings),
	LEVEL(RtlUnicodeStringToAnsiString, PASSIVE_LEVEL, converted_strings),
	LEVEL(RtlUnicodeStringToInteger, PASSIVE_LEVEL, unicode_strings),
	LEVEL(RtlUnicodeToUTF8N, PASSIVE_LEVEL, converted_strings),
	LEVEL(RtlUpcaseUnicodeChar, PASSIVE_LEVEL, unicode_strings),
	LEVEL(RtlxAnsiStringToUnicodeSize, PASSIVE_LEVEL, converted_strings),
	LEVEL(RtlxUnicodeStringToAnsiSize, PASSIVE_LEVEL, converted_strings),
	LEVEL(WPP_CLEANUP, PASSIVE_LEVEL, driver_runtime),
	LEVEL(WPP_INIT_TRACING, PASSIVE_LEVEL, driver_runtime),
	LEVEL(WskDeregister, PASSIVE_LEVEL, registration),
	LEVEL(WskRegister, PASSIVE_LEVEL, registration),
	LEVEL(ZwClose, PASSIVE_LEVEL, threads),
};

static void every_function_leaves_passive_level(struct kunit *test)
{
	level_sweep(test, rows, ARRAY_SIZE(rows), NULL, AT_PASSIVE, AT_PASSIVE);
	WSK_RULES(test, "IRQ-1 NT-IRQL-PASSIVE");
}

static struct kunit_case passive_cases[] = {
	KUNIT_CASE(every_function_leaves_passive_level),
	{}
};

static struct kunit_suite passive_suite = {
	.name = "nt_irql_sweep_passive",
	.test_cases = passive_cases,
};

kunit_test_suite(passive_suite);
