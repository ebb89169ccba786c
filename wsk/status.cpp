// SPDX-License-Identifier: GPL-2.0
/*
 * The translation of errno into the statuses that the contract names. Only
 * this file knows both sets of numbers; a value it does not know becomes
 * STATUS_UNSUCCESSFUL and is named in the log once, so that the table grows.
 */
#include "status.hpp"

#include <ntstatus.h>

#include "cxx/types.hpp"
#include "lx/errno.h"
#include "lx/log.h"

namespace wsk {
namespace {

struct Entry {
	int error;
	NTSTATUS status;
};

constexpr Entry kGeneral[] = {
	{ 0, STATUS_SUCCESS },
	{ LX_EACCES, STATUS_ACCESS_DENIED },
	{ LX_EPERM, STATUS_ACCESS_DENIED },
	{ LX_ENOMEM, STATUS_INSUFFICIENT_RESOURCES },
	{ LX_ENOBUFS, STATUS_INSUFFICIENT_RESOURCES },
	{ LX_ENFILE, STATUS_INSUFFICIENT_RESOURCES },
	{ LX_EINVAL, STATUS_INVALID_PARAMETER },
	{ LX_EAFNOSUPPORT, STATUS_NOT_SUPPORTED },
	{ LX_EPROTONOSUPPORT, STATUS_NOT_SUPPORTED },
	{ LX_ESOCKTNOSUPPORT, STATUS_NOT_SUPPORTED },
	{ LX_EOPNOTSUPP, STATUS_NOT_SUPPORTED },
	{ LX_ENOPROTOOPT, STATUS_NOT_SUPPORTED },
	{ LX_EADDRINUSE, STATUS_ADDRESS_ALREADY_EXISTS },
	{ LX_EADDRNOTAVAIL, STATUS_INVALID_ADDRESS_COMPONENT },
	{ LX_ENODEV, STATUS_INVALID_ADDRESS_COMPONENT },
	{ LX_EISCONN, STATUS_INVALID_DEVICE_STATE },
	{ LX_ENOTCONN, STATUS_INVALID_DEVICE_STATE },
	{ LX_EALREADY, STATUS_INVALID_DEVICE_STATE },
	{ LX_ECONNREFUSED, STATUS_CONNECTION_REFUSED },
	{ LX_ECONNRESET, STATUS_CONNECTION_RESET },
	{ LX_EPIPE, STATUS_CONNECTION_RESET },
	{ LX_ECONNABORTED, STATUS_CONNECTION_ABORTED },
	{ LX_ETIMEDOUT, STATUS_IO_TIMEOUT },
	{ LX_ENETUNREACH, STATUS_NETWORK_UNREACHABLE },
	{ LX_ENETDOWN, STATUS_NETWORK_UNREACHABLE },
	{ LX_EHOSTUNREACH, STATUS_HOST_UNREACHABLE },
	{ LX_EHOSTDOWN, STATUS_HOST_UNREACHABLE },
};

bool said;

NTSTATUS lookup(int error)
{
	for (const Entry &entry : kGeneral)
		if (entry.error == -error)
			return entry.status;
	if (!__atomic_exchange_n(&said, true, __ATOMIC_RELAXED))
		lx_log_warn("errno %d has no NTSTATUS in wsk/status.cpp", -error);
	return STATUS_UNSUCCESSFUL;
}

} /* namespace */

NTSTATUS general_status(int error)
{
	return lookup(error);
}

NTSTATUS connection_status(int error)
{
	/* Port or address already used for the same peer: no local name is left. */
	return -error == LX_EADDRNOTAVAIL ? STATUS_ADDRESS_ALREADY_EXISTS : lookup(error);
}

/*
 * Reset and abort have names of their own. Anything else that ends a connection is
 * TCP giving up: a time-out, for which Linux may report the last ICMP error instead.
 */
NTSTATUS broken_status(int error)
{
	switch (-error) {
	case LX_ECONNRESET:
	case LX_EPIPE:
	case LX_ECONNREFUSED:
		return STATUS_CONNECTION_RESET;
	case LX_ECONNABORTED:
		return STATUS_CONNECTION_ABORTED;
	default:
		return STATUS_IO_TIMEOUT;
	}
}

} /* namespace wsk */
