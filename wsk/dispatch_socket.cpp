// SPDX-License-Identifier: GPL-2.0
/*
 * What every category of socket has: control, close, bind and addresses. Calls
 * check and copy their arguments, so that nothing of the caller's stack is needed
 * after they return (MEM-1), and hand the IRP to the socket.
 */
#include "dispatch.hpp"

#include <ntstatus.h>

#include "address.hpp"
#include "deferred.hpp"
#include "lx/log.h"
#include "options.hpp"
#include "provider.hpp"

namespace wsk {

bool SocketCall::find(PWSK_SOCKET handle, const void *site)
{
	socket_ = Socket::hold_handle(handle);
	if (!socket_)
		lx_log_misuse("CLO-14: a call on something that is not an open socket, from %pS",
			      site);
	return socket_;
}

SocketCall::SocketCall(PWSK_SOCKET handle, const void *site)
	: answer_(STATUS_INVALID_HANDLE)
{
	find(handle, site);
}

SocketCall::SocketCall(PWSK_SOCKET handle, PIRP irp, const void *site)
	: answer_(check_irp(irp, site))
{
	if (!answer_ && !find(handle, site))
		answer_ = refuse_stray(irp, STATUS_INVALID_HANDLE);
}

SocketCall::SocketCall(Role role, PWSK_SOCKET handle, PIRP irp, const void *site)
	: SocketCall(handle, irp, site)
{
	if (!socket_ || socket_->role() == role)
		return;
	lx_log_misuse("CAT-13: a %s socket has no such function, called from %pS",
		      socket_->kind_name(), site);
	answer_ = socket_->refuse(irp, STATUS_INVALID_DEVICE_REQUEST);
	socket_->drop();
	socket_ = nullptr;
}

SocketCall::~SocketCall()
{
	if (socket_)
		socket_->drop();
}

namespace {

/* Inline and with or without an IRP: the one control request of that kind here. */
NTSTATUS set_event_callback(Socket &socket, SIZE_T size, const void *input, PIRP irp)
{
	const auto *control = static_cast<const WSK_EVENT_CALLBACK_CONTROL *>(input);
	NTSTATUS status = STATUS_SUCCESS;

	if (!control || size < sizeof(*control))
		status = STATUS_INVALID_PARAMETER;
	else if (!is_wsk_npi(control->NpiId))
		status = STATUS_NOT_SUPPORTED;
	if (!status)
		return socket.control_events(control->EventMask, irp);
	return irp ? socket.answer(irp, status) : status;
}

} /* namespace */

/**
 * WskControlSocket() - socket options and events.
 * @Socket: of any category.
 * @RequestType: WskSetOption or WskGetOption.
 * @ControlCode: SO_WSK_EVENT_CALLBACK, SO_REUSEADDR, SO_KEEPALIVE, IPV6_V6ONLY,
 *	TCP_NODELAY.
 * @Level: SOL_SOCKET, IPPROTO_IPV6 or IPPROTO_TCP.
 * @InputSize: bytes at @InputBuffer: a ULONG 0 or 1 (SO_KEEPALIVE: also one byte), or
 *	a WSK_EVENT_CALLBACK_CONTROL.
 * @InputBuffer: copied before the call returns.
 * @OutputSize: bytes at @OutputBuffer.
 * @OutputBuffer: written before the IRP completes.
 * @OutputSizeReturned: not written: every get needs an IRP, and says it in Information.
 * @Irp: NULL or not for SO_WSK_EVENT_CALLBACK, required for the others.
 *
 * Context: IRQL <= DISPATCH_LEVEL; any context up to softirq.
 * Return: SO_WSK_EVENT_CALLBACK: STATUS_SUCCESS, also in the IRP;
 *	STATUS_EVENT_PENDING or, with an IRP, STATUS_PENDING while a callback to be
 *	disabled runs; STATUS_INVALID_PARAMETER, STATUS_INVALID_DEVICE_STATE,
 *	STATUS_INVALID_DEVICE_REQUEST, STATUS_NOT_SUPPORTED for another NPI,
 *	STATUS_NOT_IMPLEMENTED for the connection events. STATUS_INVALID_HANDLE if
 *	@Socket is not open. Others: STATUS_PENDING, and in the IRP STATUS_SUCCESS,
 *	STATUS_NOT_SUPPORTED, STATUS_INVALID_PARAMETER, STATUS_BUFFER_TOO_SMALL, or
 *	STATUS_INVALID_DEVICE_STATE for an option that comes after bind.
 * Rules: CTL-1 to CTL-19, EVT-1 to EVT-42, OPT-2 to OPT-4, OPT-8, OPT-14.
 */
NTSTATUS wsk_control_socket(PWSK_SOCKET Socket, WSK_CONTROL_SOCKET_TYPE RequestType,
			    ULONG ControlCode, ULONG Level, SIZE_T InputSize, PVOID InputBuffer,
			    SIZE_T OutputSize, PVOID OutputBuffer, SIZE_T *OutputSizeReturned,
			    PIRP Irp)
{
	const bool is_events = RequestType == WskSetOption && Level == SOL_SOCKET &&
			       ControlCode == SO_WSK_EVENT_CALLBACK;
	OptionArgs args = {};
	NTSTATUS status;

	(void)OutputSizeReturned;
	if (is_events && !Irp) {
		const SocketCall quiet(Socket, __builtin_return_address(0));

		return quiet ? set_event_callback(*quiet, InputSize, InputBuffer, nullptr) :
			       quiet.answer();
	}
	const SocketCall socket(Socket, Irp, __builtin_return_address(0));

	if (!socket)
		return socket.answer();
	if (is_events)
		return set_event_callback(*socket, InputSize, InputBuffer, Irp);
	switch (RequestType) {
	case WskSetOption:
		status = option_parse_set(Level, ControlCode, InputBuffer, InputSize, &args);
		break;
	case WskGetOption:
		status = option_parse_get(Level, ControlCode, OutputBuffer, OutputSize, &args);
		break;
	case WskIoctl:
		status = STATUS_NOT_SUPPORTED;
		break;
	default:
		status = STATUS_INVALID_PARAMETER;	/* CTL-1 */
	}
	if (status)
		return socket->refuse(Irp, status);
	socket->begin(Irp, RequestType == WskSetOption ? Op::SetOption : Op::GetOption)
		.args<OptionArgs>() = args;
	return socket->submit_control(Irp);
}

/**
 * WskCloseSocket() - close a socket of any category, in any state.
 * @Socket: not used again by anybody from the call on.
 * @Irp: completed last, after every other IRP and callback of the socket.
 *
 * Pending requests end with STATUS_CANCELLED. A connection that was not disconnected
 * gracefully by both sides is reset.
 *
 * Context: IRQL <= DISPATCH_LEVEL; any context up to softirq; never waits.
 * Return: STATUS_PENDING, and in the IRP STATUS_SUCCESS; STATUS_INVALID_PARAMETER
 *	without IRP; STATUS_INVALID_HANDLE, also in the IRP, if @Socket is not open;
 *	STATUS_FILE_FORCED_CLOSED in the IRP if another thread closes it just now.
 * Rules: CLO-1 to CLO-33.
 */
NTSTATUS wsk_close_socket(PWSK_SOCKET Socket, PIRP Irp)
{
	const SocketCall socket(Socket, Irp, __builtin_return_address(0));

	return socket ? socket->close(Irp) : socket.answer();
}

/**
 * WskBind() - give a socket its local address; a listener begins to listen.
 * @Socket: a listening or connection socket.
 * @LocalAddress: a SOCKADDR of the socket's family; copied. Port 0 chooses one.
 * @Flags: 0.
 * @Irp: completed when the socket is bound.
 *
 * Context: IRQL <= DISPATCH_LEVEL; any context up to softirq.
 * Return: STATUS_PENDING, and in the IRP: STATUS_SUCCESS; STATUS_INVALID_PARAMETER
 *	for another family or flags; STATUS_INVALID_DEVICE_STATE if it is bound;
 *	STATUS_ADDRESS_ALREADY_EXISTS; STATUS_INVALID_ADDRESS_COMPONENT for an
 *	address that is not local; STATUS_ACCESS_DENIED; STATUS_NOT_IMPLEMENTED for a
 *	listening socket of datagrams (CAT-11).
 * Rules: BND-1 to BND-24.
 */
NTSTATUS wsk_bind(PWSK_SOCKET Socket, PSOCKADDR LocalAddress, ULONG Flags, PIRP Irp)
{
	const SocketCall socket(Socket, Irp, __builtin_return_address(0));
	lx_addr addr;

	if (!socket)
		return socket.answer();
	if (Flags || !address_from_windows(LocalAddress, socket->family(), &addr))
		return socket->refuse(Irp, STATUS_INVALID_PARAMETER);
	socket->begin(Irp, Op::Bind).args<AddressArgs>().addr = addr;
	return socket->submit_control(Irp);
}

static NTSTATUS get_address(const SocketCall &socket, PSOCKADDR address, PIRP irp, Op op)
{
	if (!socket)
		return socket.answer();
	if (!address)
		return socket->refuse(irp, STATUS_INVALID_PARAMETER);
	socket->begin(irp, op).args<OutputArgs>().out = address;
	return socket->submit_control(irp);
}

/**
 * WskGetLocalAddress() - the address a socket is bound to.
 * @Socket: bound.
 * @LocalAddress: receives 16 or 28 bytes, by the socket's family, before the IRP completes.
 * @Irp: completed when it is written.
 *
 * Context: IRQL <= DISPATCH_LEVEL; any context up to softirq.
 * Return: STATUS_PENDING, and in the IRP: STATUS_SUCCESS; STATUS_INVALID_DEVICE_STATE
 *	if it is not bound; STATUS_INVALID_PARAMETER for a NULL buffer.
 * Rules: ADR-1, ADR-2, ADR-5 to ADR-9.
 */
NTSTATUS wsk_get_local_address(PWSK_SOCKET Socket, PSOCKADDR LocalAddress, PIRP Irp)
{
	const SocketCall socket(Socket, Irp, __builtin_return_address(0));

	return get_address(socket, LocalAddress, Irp, Op::LocalAddress);
}

/**
 * WskGetRemoteAddress() - the peer of a connection, also after it has ended.
 * @Socket: a connection socket that was connected or accepted.
 * @RemoteAddress: receives 16 or 28 bytes, by the socket's family, before the IRP completes.
 * @Irp: completed when it is written.
 *
 * Context: IRQL <= DISPATCH_LEVEL; any context up to softirq.
 * Return: STATUS_PENDING, and in the IRP: STATUS_SUCCESS; STATUS_INVALID_DEVICE_STATE
 *	if it was never connected; STATUS_INVALID_PARAMETER for a NULL buffer.
 * Rules: ADR-3, ADR-4, ADR-7, ADR-9, ADR-10, ADR-12.
 */
NTSTATUS wsk_get_remote_address(PWSK_SOCKET Socket, PSOCKADDR RemoteAddress, PIRP Irp)
{
	const SocketCall socket(Role::Connection, Socket, Irp, __builtin_return_address(0));

	return get_address(socket, RemoteAddress, Irp, Op::RemoteAddress);
}

} /* namespace wsk */
