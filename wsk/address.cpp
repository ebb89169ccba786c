// SPDX-License-Identifier: GPL-2.0
/*
 * The one place where socket addresses cross the border. The layouts of both
 * systems agree, the family numbers do not (AF_INET6 is 23 here, 10 there).
 */
#include "address.hpp"

namespace wsk {

int address_shim_family(ADDRESS_FAMILY family)
{
	return family == AF_INET6 ? LX_INET6 : LX_INET;
}

bool address_from_windows(const SOCKADDR *from, ADDRESS_FAMILY family, lx_addr *to)
{
	if (!from || from->sa_family != family)
		return false;
	*to = {};
	if (family == AF_INET) {
		const auto *in = reinterpret_cast<const SOCKADDR_IN *>(from);

		to->family = LX_INET;
		to->port = in->sin_port;
		__builtin_memcpy(to->ip, &in->sin_addr, 4);
		return true;
	}
	const auto *in6 = reinterpret_cast<const SOCKADDR_IN6 *>(from);

	to->family = LX_INET6;
	to->port = in6->sin6_port;
	__builtin_memcpy(to->ip, &in6->sin6_addr, 16);
	to->flowinfo = in6->sin6_flowinfo;
	to->scope_id = in6->sin6_scope_id;
	return true;
}

void address_to_windows(const lx_addr &from, SOCKADDR *to)
{
	if (from.family == LX_INET) {
		auto *in = reinterpret_cast<SOCKADDR_IN *>(to);

		__builtin_memset(in, 0, sizeof(*in));
		in->sin_family = AF_INET;
		in->sin_port = from.port;
		__builtin_memcpy(&in->sin_addr, from.ip, 4);
		return;
	}
	auto *in6 = reinterpret_cast<SOCKADDR_IN6 *>(to);

	__builtin_memset(in6, 0, sizeof(*in6));
	in6->sin6_family = AF_INET6;
	in6->sin6_port = from.port;
	__builtin_memcpy(&in6->sin6_addr, from.ip, 16);
	in6->sin6_flowinfo = from.flowinfo;
	in6->sin6_scope_id = from.scope_id;
}

} /* namespace wsk */
