/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IP addresses to text and back. The A and W forms return where the text ends;
 * the Ex forms add port (network order) and scope, and count characters with the
 * terminating zero.
 */
#ifndef _IP2STRING_H
#define _IP2STRING_H

#include "in6addr.h"
#include "inaddr.h"
#include "ntdef.h"

NT_EXTERN_C_BEGIN

NTSYSAPI PSTR RtlIpv4AddressToStringA(const IN_ADDR *Addr, PSTR S);
NTSYSAPI PWSTR RtlIpv4AddressToStringW(const IN_ADDR *Addr, PWSTR S);
NTSYSAPI NTSTATUS RtlIpv4AddressToStringExA(const IN_ADDR *Address, USHORT Port,
					    PSTR AddressString, PULONG AddressStringLength);
NTSYSAPI NTSTATUS RtlIpv4AddressToStringExW(const IN_ADDR *Address, USHORT Port,
					    PWSTR AddressString, PULONG AddressStringLength);
NTSYSAPI NTSTATUS RtlIpv4StringToAddressA(PCSTR S, BOOLEAN Strict, PCSTR *Terminator,
					  IN_ADDR *Addr);
NTSYSAPI NTSTATUS RtlIpv4StringToAddressW(PCWSTR S, BOOLEAN Strict, LPCWSTR *Terminator,
					  IN_ADDR *Addr);
NTSYSAPI NTSTATUS RtlIpv4StringToAddressExA(PCSTR AddressString, BOOLEAN Strict,
					    IN_ADDR *Address, PUSHORT Port);
NTSYSAPI NTSTATUS RtlIpv4StringToAddressExW(PCWSTR AddressString, BOOLEAN Strict,
					    IN_ADDR *Address, PUSHORT Port);

NTSYSAPI PSTR RtlIpv6AddressToStringA(const IN6_ADDR *Addr, PSTR S);
NTSYSAPI PWSTR RtlIpv6AddressToStringW(const IN6_ADDR *Addr, PWSTR S);
NTSYSAPI NTSTATUS RtlIpv6AddressToStringExA(const IN6_ADDR *Address, ULONG ScopeId, USHORT Port,
					    PSTR AddressString, PULONG AddressStringLength);
NTSYSAPI NTSTATUS RtlIpv6AddressToStringExW(const IN6_ADDR *Address, ULONG ScopeId, USHORT Port,
					    PWSTR AddressString, PULONG AddressStringLength);
NTSYSAPI NTSTATUS RtlIpv6StringToAddressA(PCSTR S, PCSTR *Terminator, IN6_ADDR *Addr);
NTSYSAPI NTSTATUS RtlIpv6StringToAddressW(PCWSTR S, PCWSTR *Terminator, IN6_ADDR *Addr);
NTSYSAPI NTSTATUS RtlIpv6StringToAddressExA(PCSTR AddressString, IN6_ADDR *Address,
					    PULONG ScopeId, PUSHORT Port);
NTSYSAPI NTSTATUS RtlIpv6StringToAddressExW(PCWSTR AddressString, IN6_ADDR *Address,
					    PULONG ScopeId, PUSHORT Port);

#ifdef UNICODE
#define RtlIpv4AddressToString RtlIpv4AddressToStringW
#define RtlIpv4AddressToStringEx RtlIpv4AddressToStringExW
#define RtlIpv4StringToAddress RtlIpv4StringToAddressW
#define RtlIpv4StringToAddressEx RtlIpv4StringToAddressExW
#define RtlIpv6AddressToString RtlIpv6AddressToStringW
#define RtlIpv6AddressToStringEx RtlIpv6AddressToStringExW
#define RtlIpv6StringToAddress RtlIpv6StringToAddressW
#define RtlIpv6StringToAddressEx RtlIpv6StringToAddressExW
#else
#define RtlIpv4AddressToString RtlIpv4AddressToStringA
#define RtlIpv4AddressToStringEx RtlIpv4AddressToStringExA
#define RtlIpv4StringToAddress RtlIpv4StringToAddressA
#define RtlIpv4StringToAddressEx RtlIpv4StringToAddressExA
#define RtlIpv6AddressToString RtlIpv6AddressToStringA
#define RtlIpv6AddressToStringEx RtlIpv6AddressToStringExA
#define RtlIpv6StringToAddress RtlIpv6StringToAddressA
#define RtlIpv6StringToAddressEx RtlIpv6StringToAddressExA
#endif

NT_EXTERN_C_END

#endif
