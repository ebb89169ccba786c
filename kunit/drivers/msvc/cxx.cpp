// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The C++ half: literals, Basic, overloads, declarations that C++ takes more seriously. */
#include "msvc.h"
#include <Ip2string.h>
#include <Mstcpip.h>
#include "cxx.tmh"

EXTERN_C DRIVER_DISPATCH MsvcDispatch;

namespace {

constexpr ULONG kTag = 'cvsM';

class Allocation {
public:
	explicit Allocation(SIZE_T bytes)
		: data_(ExAllocatePool2(POOL_FLAG_NON_PAGED, bytes, kTag))
	{
	}
	~Allocation()
	{
		if (data_)
			ExFreePoolWithTag(data_, kTag);
	}
	Allocation(const Allocation &) = delete;
	PVOID get() const { return data_; }

private:
	PVOID data_;
};

NTSTATUS strings()
{
	WCHAR wide[32];
	CHAR narrow[8];
	UNICODE_STRING text, printed;
	const UNICODE_STRING constant = RTL_CONSTANT_STRING(L"abc");
	DECLARE_CONST_UNICODE_STRING(declared, L"abc");

	RtlInitUnicodeString(&text, L"abc");
	RtlInitEmptyUnicodeString(&printed, wide, sizeof(wide));
	if (constant.Length != 6 || declared.MaximumLength != 8 ||
	    !RtlEqualUnicodeString(&text, &constant, FALSE))
		return STATUS_UNSUCCESSFUL;
	NTSTATUS status = RtlUnicodeStringPrintf(&printed, L"%wZ-%u", &text, 7);

	if (!NT_SUCCESS(status) || printed.Length != 10)
		return STATUS_UNSUCCESSFUL;
	if (RtlStringCbPrintfA(narrow, sizeof(narrow), "%s", "too long for it") !=
	    STATUS_BUFFER_OVERFLOW)
		return STATUS_UNSUCCESSFUL;
	return RtlStringCchCopyW(wide, ARRAYSIZE(wide), L"copy");
}

NTSTATUS addresses()
{
	struct sockaddr_in6 any = {};
	SOCKADDR_INET either;
	PCSTR end;

	any.sin6_family = AF_INET6;
	any.sin6_addr = in6addr_any;
	INETADDR_SETLOOPBACK((PSOCKADDR)&any);
	either.si_family = AF_INET;
	NTSTATUS status = RtlIpv4StringToAddressA("10.0.0.1", TRUE, &end, &either.Ipv4.sin_addr);

	if (!NT_SUCCESS(status))
		return status;
	return IN6_IS_ADDR_LOOPBACK(&any.sin6_addr) && either.Ipv4.sin_addr.s_addr == 0x0100000a ?
		       STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

NTSTATUS raised()
{
	NTSTATUS status = STATUS_UNSUCCESSFUL;
	LONG runs = min(3, 4);

	for (LONG i = 0; i < runs; i++) {
		__try {
			Allocation memory(16);

			if (!memory.get())
				__leave;
			ExRaiseStatus(STATUS_DATA_ERROR);
		} __except (EXCEPTION_EXECUTE_HANDLER) {
			status = GetExceptionCode();
		}
	}
	return status == STATUS_DATA_ERROR ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

[[maybe_unused]] NTSTATUS close(PWSK_SOCKET socket, PIRP irp)
{
	const auto *dispatch = static_cast<const WSK_PROVIDER_CONNECTION_DISPATCH *>(socket->Dispatch);

	return dispatch->Basic.WskCloseSocket(socket, irp);
}

} // namespace

_Use_decl_annotations_
NTSTATUS CxxTest(PUNICODE_STRING Name, PVOID Buffer, ULONG Length)
{
	volatile LONG count = 0;
	PVOID pointer = Buffer;

	UNREFERENCED_PARAMETER(Name);
	RtlZeroMemory(Buffer, Length);
	if (InterlockedIncrement(&count) != 1 ||
	    InterlockedExchangePointer(&pointer, nullptr) != Buffer)
		return STATUS_UNSUCCESSFUL;
	NTSTATUS status = strings();

	if (NT_SUCCESS(status))
		status = addresses();
	return NT_SUCCESS(status) ? raised() : status;
}
