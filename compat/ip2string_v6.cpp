// SPDX-License-Identifier: GPL-2.0
/*
 * IPv6 addresses and text: ip2string.h.
 *
 * Written is the form of RFC 5952: lower case, no leading zeros, the first of
 * the longest runs of two or more zero groups as "::". The last 32 bits are
 * dotted decimal in IPv4-compatible, IPv4-mapped, IPv4-translated and ISATAP
 * addresses. Read is every form of RFC 4291; "::" stands for at least one group.
 *
 * What Microsoft's pages leave open is decided as in ip2string_v4.cpp. They
 * call the scope ID "in network order"; drivers pass sin6_scope_id itself,
 * which is an ordinary number, and so it is taken here.
 */
#include <ip2string.h>
#include <ntstatus.h>
#include "ip2string.hpp"

namespace nt::ip {
namespace {

constexpr u32 kGroups = 8;

struct Groups {
	u16 at[kGroups];

	static Groups of(const void *address)
	{
		const u8 *bytes = static_cast<const u8 *>(address);
		Groups groups;

		for (u32 i = 0; i < kGroups; i++)
			groups.at[i] = static_cast<u16>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
		return groups;
	}
	void store(void *address) const
	{
		u8 *bytes = static_cast<u8 *>(address);

		for (u32 i = 0; i < kGroups; i++) {
			bytes[2 * i] = static_cast<u8>(at[i] >> 8);
			bytes[2 * i + 1] = static_cast<u8>(at[i]);
		}
	}
	bool zero(u32 from, u32 to) const
	{
		for (; from < to; from++)
			if (at[from])
				return false;
		return true;
	}
	/* ::1 and its neighbours are no IPv4-compatible addresses: 0.0/16 has no hosts. */
	bool ends_in_v4() const
	{
		if ((at[4] & ~0x0200) == 0 && at[5] == 0x5efe)
			return true;
		if (zero(0, 4) && at[4] == 0xffff && at[5] == 0)
			return true;
		if (zero(0, 5) && at[5] == 0xffff)
			return true;
		return zero(0, 6) && at[6];
	}
};

void put_v6(Text &text, const void *address)
{
	const Groups groups = Groups::of(address);
	const bool dotted = groups.ends_in_v4();
	const u32 count = dotted ? 6 : kGroups;
	u32 best = count, length = 1;

	for (u32 i = 0; i < count; i++) {
		u32 end = i;

		while (end < count && !groups.at[end])
			end++;
		if (end - i > length) {
			best = i;
			length = end - i;
		}
	}
	for (u32 i = 0; i < count; i++) {
		if (i == best) {
			text.put(':');
			text.put(':');
			i += length - 1;
			continue;
		}
		if (i && i != best + length)
			text.put(':');
		text.put_number(groups.at[i], 16);
	}
	if (dotted) {
		if (best + length != count)
			text.put(':');
		text.put_v4(static_cast<const u8 *>(address) + 12);
	}
}

/* Moves what was read behind "::", at @gap, to the end. */
bool close_gap(Groups &groups, u32 count, int gap)
{
	if (gap < 0)
		return count == kGroups;
	if (count == kGroups)
		return false;
	const u32 start = static_cast<u32>(gap), shift = kGroups - count;

	for (u32 i = count; i > start; i--)
		groups.at[i - 1 + shift] = groups.at[i - 1];
	for (u32 i = start; i < start + shift; i++)
		groups.at[i] = 0;
	return true;
}

/* Is the group at @at followed by a dot, the first part of an IPv4 address? */
template <class Char> bool dot_follows(const Char *at)
{
	while (digit(unit(*at), 10) >= 0)
		at++;
	return *at == '.';
}

template <class Char> bool parse_v6(const Char *&at, Groups &groups)
{
	u32 count = 0;
	int gap = -1;

	if (at[0] == ':') {
		if (at[1] != ':')
			return false;
		at += 2;
		gap = 0;
	}
	while (digit(unit(*at), 16) >= 0) {
		const Char *start = at;
		u64 value;

		if (count == kGroups)
			return false;
		if (dot_follows(at)) {
			u8 v4[4];

			if (count > kGroups - 2 || !strict_v4(at, v4))
				return false;
			groups.at[count++] = static_cast<u16>(v4[0] << 8 | v4[1]);
			groups.at[count++] = static_cast<u16>(v4[2] << 8 | v4[3]);
			break;
		}
		if (!number(at, 16, 0xffff, value) || at - start > 4)
			return false;
		groups.at[count++] = static_cast<u16>(value);
		if (*at != ':')
			break;
		at++;
		if (*at == ':') {
			if (gap >= 0)
				return false;
			gap = static_cast<int>(count);
			at++;
		} else if (digit(unit(*at), 16) < 0) {
			return false;
		}
	}
	return *at != ':' && close_gap(groups, count, gap);
}

template <class Char> NTSTATUS from_text(const Char *text, const Char **terminator, void *address)
{
	const Char *at = text;
	Groups groups;

	if (!text || !terminator || !address)
		return STATUS_INVALID_PARAMETER;
	const bool ok = parse_v6(at, groups);

	*terminator = at;
	if (!ok)
		return STATUS_INVALID_PARAMETER;
	groups.store(address);
	return STATUS_SUCCESS;
}

template <class Char>
NTSTATUS from_text_ex(const Char *text, void *address, PULONG scope, PUSHORT port)
{
	if (!text || !address || !scope || !port)
		return STATUS_INVALID_PARAMETER;

	const bool bracket = *text == '[';
	const Char *at = bracket ? text + 1 : text;
	u64 zone = 0;
	u16 found = 0;
	Groups groups;

	if (!parse_v6(at, groups))
		return STATUS_INVALID_PARAMETER;
	if (*at == '%') {
		at++;
		if (!number(at, 10, 0xffffffff, zone))
			return STATUS_INVALID_PARAMETER;
	}
	if (bracket) {
		if (*at != ']' || !port_and_end(at + 1, found))
			return STATUS_INVALID_PARAMETER;
	} else if (*at) {
		return STATUS_INVALID_PARAMETER;
	}
	groups.store(address);
	*scope = static_cast<ULONG>(zone);
	*port = found;
	return STATUS_SUCCESS;
}

template <class Char> Char *to_text(const void *address, Char *out)
{
	Text text;

	put_v6(text, address);
	return text.copy_to(out);
}

template <class Char>
NTSTATUS to_text_ex(const void *address, ULONG scope, USHORT port, Char *out, PULONG length)
{
	Text text;

	if (!address || !out || !length)
		return STATUS_INVALID_PARAMETER;
	if (port)
		text.put('[');
	put_v6(text, address);
	if (scope) {
		text.put('%');
		text.put_number(scope, 10);
	}
	if (port) {
		text.put(']');
		text.put(':');
		text.put_number(__builtin_bswap16(port), 10);
	}
	return text.copy_within(out, *length) ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

} /* namespace */
} /* namespace nt::ip */

/**
 * RtlIpv6AddressToStringA() - text of an IPv6 address.
 * @Addr: the address
 * @S: at least 46 characters
 *
 * The same as RtlIpv6AddressToStringW() for wide text.
 *
 * Context: any IRQL; any Linux context.
 * Return: the NUL that ends the text.
 * Source: "RtlIpv6AddressToString" (ip2string.h).
 */
extern "C" PSTR NTAPI RtlIpv6AddressToStringA(const IN6_ADDR *Addr, PSTR S)
{
	return nt::ip::to_text(Addr, S);
}

/** RtlIpv6AddressToStringW() - RtlIpv6AddressToStringA() for wide text. */
extern "C" PWSTR NTAPI RtlIpv6AddressToStringW(const IN6_ADDR *Addr, PWSTR S)
{
	return nt::ip::to_text(Addr, S);
}

/**
 * RtlIpv6AddressToStringExA() - text of an IPv6 address, scope and port.
 * @Address: the address
 * @ScopeId: sin6_scope_id; 0 leaves it out of the text
 * @Port: the port, in network order; 0 leaves it and the brackets out
 * @AddressString: where the text goes
 * @AddressStringLength: characters there, with the NUL; on return those of the
 *	text with the NUL, also when it did not fit
 *
 * The same as RtlIpv6AddressToStringExW() for wide text.
 *
 * Context: any IRQL; any Linux context.
 * Return: STATUS_SUCCESS; STATUS_INVALID_PARAMETER when a pointer is NULL or the
 * text does not fit, and then nothing of it is stored.
 * Source: "RtlIpv6AddressToStringEx" (ip2string.h).
 */
extern "C" NTSTATUS NTAPI RtlIpv6AddressToStringExA(const IN6_ADDR *Address, ULONG ScopeId,
						    USHORT Port, PSTR AddressString,
						    PULONG AddressStringLength)
{
	return nt::ip::to_text_ex(Address, ScopeId, Port, AddressString, AddressStringLength);
}

/** RtlIpv6AddressToStringExW() - RtlIpv6AddressToStringExA() for wide text. */
extern "C" NTSTATUS NTAPI RtlIpv6AddressToStringExW(const IN6_ADDR *Address, ULONG ScopeId,
						    USHORT Port, PWSTR AddressString,
						    PULONG AddressStringLength)
{
	return nt::ip::to_text_ex(Address, ScopeId, Port, AddressString, AddressStringLength);
}

/**
 * RtlIpv6StringToAddressA() - an IPv6 address from text.
 * @S: the text
 * @Terminator: the character behind the address
 * @Addr: the address
 *
 * The same as RtlIpv6StringToAddressW() for wide text.
 *
 * Context: any IRQL; any Linux context.
 * Return: STATUS_SUCCESS; STATUS_INVALID_PARAMETER when the text does not begin
 * with an address, or a pointer is NULL.
 * Source: "RtlIpv6StringToAddress" (ip2string.h).
 */
extern "C" NTSTATUS NTAPI RtlIpv6StringToAddressA(PCSTR S, PCSTR *Terminator,
						  IN6_ADDR *Addr)
{
	return nt::ip::from_text(S, Terminator, Addr);
}

/** RtlIpv6StringToAddressW() - RtlIpv6StringToAddressA() for wide text. */
extern "C" NTSTATUS NTAPI RtlIpv6StringToAddressW(PCWSTR S, PCWSTR *Terminator,
						  IN6_ADDR *Addr)
{
	return nt::ip::from_text(S, Terminator, Addr);
}

/**
 * RtlIpv6StringToAddressExA() - an IPv6 address, scope and port from text.
 * @AddressString: address, address%scope, [address%scope] or
 *	[address%scope]:port; the scope is a decimal number
 * @Address: the address
 * @ScopeId: for sin6_scope_id; 0 if there is none
 * @Port: the port, in network order; 0 if there is none
 *
 * The whole text must belong to it. After a failure the three are untouched.
 *
 * Context: any IRQL; any Linux context.
 * Return: STATUS_SUCCESS; STATUS_INVALID_PARAMETER.
 * Source: "RtlIpv6StringToAddressEx" (ip2string.h).
 */
extern "C" NTSTATUS NTAPI RtlIpv6StringToAddressExA(PCSTR AddressString, IN6_ADDR *Address,
						    PULONG ScopeId, PUSHORT Port)
{
	return nt::ip::from_text_ex(AddressString, Address, ScopeId, Port);
}

/** RtlIpv6StringToAddressExW() - RtlIpv6StringToAddressExA() for wide text. */
extern "C" NTSTATUS NTAPI RtlIpv6StringToAddressExW(PCWSTR AddressString, IN6_ADDR *Address,
						    PULONG ScopeId, PUSHORT Port)
{
	return nt::ip::from_text_ex(AddressString, Address, ScopeId, Port);
}
