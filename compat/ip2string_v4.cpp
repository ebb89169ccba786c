// SPDX-License-Identifier: GPL-2.0
/*
 * IPv4 addresses and text: ip2string.h.
 *
 * What Microsoft's pages leave open is decided so: after a failure the
 * terminator points to where reading stopped and the address is untouched; an
 * address directly followed by a dot is none; a strict part has no leading
 * zero (it could be meant octal); a port is written in C's notation, and an
 * explicit port 0 is accepted.
 */
#include <ip2string.h>
#include <ntstatus.h>
#include "ip2string.hpp"

namespace nt::ip {
namespace {

/* One to four parts; the last takes all bytes that are left. */
template <class Char> bool loose_v4(const Char *&at, u8 address[4])
{
	u32 result = 0;

	for (u32 i = 0; i < 4; i++) {
		const Char *start = at;
		u64 value;

		if (!c_number(at, 0xffffffff, value))
			return false;
		if (*at == '.' && i < 3) {
			if (value > 255)
				return at = start, false;
			result |= static_cast<u32>(value) << (24 - 8 * i);
			at++;
			continue;
		}
		if (*at == '.' || value > 0xffffffffU >> (8 * i))
			return at = start, false;
		result |= static_cast<u32>(value);
		break;
	}
	for (u32 i = 0; i < 4; i++)
		address[i] = static_cast<u8>(result >> (24 - 8 * i));
	return true;
}

template <class Char> bool parse(const Char *&at, bool strict, void *address)
{
	u8 bytes[4];

	if (!(strict ? strict_v4(at, bytes) : loose_v4(at, bytes)))
		return false;
	__builtin_memcpy(address, bytes, sizeof(bytes));
	return true;
}

template <class Char>
NTSTATUS from_text(const Char *text, bool strict, const Char **terminator, void *address)
{
	const Char *at = text;

	if (!text || !terminator || !address)
		return STATUS_INVALID_PARAMETER;
	const bool ok = parse(at, strict, address);

	*terminator = at;
	return ok ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

template <class Char>
NTSTATUS from_text_ex(const Char *text, bool strict, void *address, PUSHORT port)
{
	const Char *at = text;
	u8 bytes[4];
	u16 found;

	if (!text || !address || !port)
		return STATUS_INVALID_PARAMETER;
	if (!parse(at, strict, bytes) || !port_and_end(at, found))
		return STATUS_INVALID_PARAMETER;
	__builtin_memcpy(address, bytes, sizeof(bytes));
	*port = found;
	return STATUS_SUCCESS;
}

template <class Char> Char *to_text(const void *address, Char *out)
{
	Text text;

	text.put_v4(static_cast<const u8 *>(address));
	return text.copy_to(out);
}

template <class Char>
NTSTATUS to_text_ex(const void *address, USHORT port, Char *out, PULONG length)
{
	Text text;

	if (!address || !out || !length)
		return STATUS_INVALID_PARAMETER;
	text.put_v4(static_cast<const u8 *>(address));
	if (port) {
		text.put(':');
		text.put_number(__builtin_bswap16(port), 10);
	}
	return text.copy_within(out, *length) ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

} /* namespace */
} /* namespace nt::ip */

/**
 * RtlIpv4AddressToStringA() - dotted decimal text of an IPv4 address.
 * @Addr: the address, in network order
 * @S: at least 16 characters
 *
 * The same as RtlIpv4AddressToStringW() for wide text.
 *
 * Context: any IRQL; any Linux context.
 * Return: the NUL that ends the text.
 * Source: "RtlIpv4AddressToString" (ip2string.h).
 */
extern "C" PSTR NTAPI RtlIpv4AddressToStringA(const IN_ADDR *Addr, PSTR S)
{
	return nt::ip::to_text(Addr, S);
}

/** RtlIpv4AddressToStringW() - RtlIpv4AddressToStringA() for wide text. */
extern "C" PWSTR NTAPI RtlIpv4AddressToStringW(const IN_ADDR *Addr, PWSTR S)
{
	return nt::ip::to_text(Addr, S);
}

/**
 * RtlIpv4AddressToStringExA() - text of an IPv4 address and port.
 * @Address: the address, in network order
 * @Port: the port, in network order; 0 leaves it out of the text
 * @AddressString: where the text goes
 * @AddressStringLength: characters there, with the NUL; on return those of the
 *	text with the NUL, also when it did not fit
 *
 * The same as RtlIpv4AddressToStringExW() for wide text.
 *
 * Context: any IRQL; any Linux context.
 * Return: STATUS_SUCCESS; STATUS_INVALID_PARAMETER when a pointer is NULL or the
 * text does not fit, and then nothing of it is stored.
 * Source: "RtlIpv4AddressToStringEx" (ip2string.h).
 */
extern "C" NTSTATUS NTAPI RtlIpv4AddressToStringExA(const IN_ADDR *Address, USHORT Port,
						    PSTR AddressString,
						    PULONG AddressStringLength)
{
	return nt::ip::to_text_ex(Address, Port, AddressString, AddressStringLength);
}

/** RtlIpv4AddressToStringExW() - RtlIpv4AddressToStringExA() for wide text. */
extern "C" NTSTATUS NTAPI RtlIpv4AddressToStringExW(const IN_ADDR *Address, USHORT Port,
						    PWSTR AddressString,
						    PULONG AddressStringLength)
{
	return nt::ip::to_text_ex(Address, Port, AddressString, AddressStringLength);
}

/**
 * RtlIpv4StringToAddressA() - an IPv4 address from text.
 * @S: the text
 * @Strict: TRUE demands four decimal parts; FALSE takes one to four, each
 *	decimal, octal (0) or hexadecimal (0x), the last for all bytes left
 * @Terminator: the character behind the address
 * @Addr: the address, in network order
 *
 * The same as RtlIpv4StringToAddressW() for wide text.
 *
 * Context: any IRQL; any Linux context.
 * Return: STATUS_SUCCESS; STATUS_INVALID_PARAMETER when the text does not begin
 * with an address, or a pointer is NULL.
 * Source: "RtlIpv4StringToAddress" (ip2string.h).
 */
extern "C" NTSTATUS NTAPI RtlIpv4StringToAddressA(PCSTR S, BOOLEAN Strict, PCSTR *Terminator,
						  IN_ADDR *Addr)
{
	return nt::ip::from_text(S, Strict, Terminator, Addr);
}

/** RtlIpv4StringToAddressW() - RtlIpv4StringToAddressA() for wide text. */
extern "C" NTSTATUS NTAPI RtlIpv4StringToAddressW(PCWSTR S, BOOLEAN Strict, LPCWSTR *Terminator,
						  IN_ADDR *Addr)
{
	return nt::ip::from_text(S, Strict, Terminator, Addr);
}

/**
 * RtlIpv4StringToAddressExA() - an IPv4 address and port from text.
 * @AddressString: the address, and if wanted a colon and the port
 * @Strict: as for RtlIpv4StringToAddressA()
 * @Address: the address, in network order
 * @Port: the port, in network order; 0 if there is none
 *
 * The whole text must belong to it. After a failure the two are untouched.
 *
 * Context: any IRQL; any Linux context.
 * Return: STATUS_SUCCESS; STATUS_INVALID_PARAMETER.
 * Source: "RtlIpv4StringToAddressEx" (ip2string.h).
 */
extern "C" NTSTATUS NTAPI RtlIpv4StringToAddressExA(PCSTR AddressString, BOOLEAN Strict,
						    IN_ADDR *Address, PUSHORT Port)
{
	return nt::ip::from_text_ex(AddressString, Strict, Address, Port);
}

/** RtlIpv4StringToAddressExW() - RtlIpv4StringToAddressExA() for wide text. */
extern "C" NTSTATUS NTAPI RtlIpv4StringToAddressExW(PCWSTR AddressString, BOOLEAN Strict,
						    IN_ADDR *Address, PUSHORT Port)
{
	return nt::ip::from_text_ex(AddressString, Strict, Address, Port);
}
