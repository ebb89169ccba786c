// SPDX-License-Identifier: GPL-2.0
/*
 * Socket options: Windows' levels and numbers to the shim's, in one table. All
 * are ULONG 0 or 1; the value was copied at the call (CTL-19) and the rest runs in
 * the control work item.
 */
#include "options.hpp"

#include <mstcpip.h>
#include <ntstatus.h>
#include <ws2ipdef.h>

#include "socket.hpp"
#include "status.hpp"

namespace wsk {
namespace {

struct Option {
	u32 level;
	u32 name;
	lx_option option;
	bool may_be_byte;	/* OPT-3 */
};

constexpr Option kOptions[] = {
	{ SOL_SOCKET, SO_REUSEADDR, LX_OPT_REUSEADDR, false },
	{ SOL_SOCKET, SO_KEEPALIVE, LX_OPT_KEEPALIVE, true },
	{ IPPROTO_IPV6, IPV6_V6ONLY, LX_OPT_V6ONLY, false },
	{ IPPROTO_TCP, TCP_NODELAY, LX_OPT_NODELAY, false },
};

const Option *find(u32 level, u32 name)
{
	for (const Option &option : kOptions)
		if (option.level == level && option.name == name)
			return &option;
	return nullptr;
}

u64 size_of(const Option &option, u64 size)
{
	return size >= sizeof(ULONG) ? sizeof(ULONG) : option.may_be_byte ? nt::min(size, u64(1)) : 0;
}

} /* namespace */

NTSTATUS option_parse_set(u32 level, u32 name, const void *input, u64 size, OptionArgs *args)
{
	const Option *option = find(level, name);
	ULONG value = 0;

	if (!option)
		return STATUS_NOT_SUPPORTED;
	size = size_of(*option, size);
	if (!input || !size)
		return STATUS_INVALID_PARAMETER;
	__builtin_memcpy(&value, input, size);
	*args = { u32(option->option), value != 0, nullptr, 0 };
	return STATUS_SUCCESS;
}

NTSTATUS option_parse_get(u32 level, u32 name, void *output, u64 size, OptionArgs *args)
{
	const Option *option = find(level, name);

	if (!option)
		return STATUS_NOT_SUPPORTED;
	size = size_of(*option, size);
	if (!output || !size)
		return STATUS_BUFFER_TOO_SMALL;
	*args = { u32(option->option), 0, output, size };
	return STATUS_SUCCESS;
}

void Socket::options(PIRP irp)
{
	const Request request(irp);
	const OptionArgs args = request.args<OptionArgs>();
	const auto option = static_cast<lx_option>(args.option);
	const bool is_before_bind = option == LX_OPT_REUSEADDR || option == LX_OPT_V6ONLY;
	int value = args.value;
	int err = 0;

	if (!sock_) {
		finish_control(irp, STATUS_NOT_SUPPORTED);
		return;
	}
	if (request.op() == Op::GetOption) {
		/* SHR-16: a listener's is always set below, and its children's. The client reads its own. */
		if (option == LX_OPT_REUSEADDR)
			value = options_[option];
		else
			err = lx_sock_get_option(sock_, option, &value);
		if (!err)
			__builtin_memcpy(args.out, &value, args.out_size);
		finish_control(irp, general_status(err), err ? 0 : args.out_size);
		return;
	}
	if (is_before_bind && !is_unbound()) {
		finish_control(irp, STATUS_INVALID_DEVICE_STATE);	/* BND-23 */
		return;
	}
	if (option != LX_OPT_REUSEADDR || role_ != Role::Listen)
		err = lx_sock_set_option(sock_, option, value);
	if (!err)
		options_[option] = value;
	finish_control(irp, general_status(err));
}

bool Socket::is_unbound()
{
	auto guard = lock_.acquire();

	return state_ == State::Unbound;
}

} /* namespace wsk */
