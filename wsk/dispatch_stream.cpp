// SPDX-License-Identifier: GPL-2.0
/* What listening and connection sockets have beyond the common functions, and their tables. */
#include <ntstatus.h>

#include "address.hpp"
#include "deferred.hpp"
#include "dispatch.hpp"
#include "lx/log.h"
#include "mdl.hpp"
#include "provider.hpp"

namespace wsk {
namespace {

/**
 * WskAccept() - wait for the next connection.
 * @ListenSocket: bound.
 * @Flags: 0.
 * @AcceptSocketContext: of the accepted socket; may be NULL.
 * @AcceptSocketDispatch: callbacks of the accepted socket, or NULL.
 * @LocalAddress: receives the address the connection arrived at, or NULL.
 * @RemoteAddress: receives the peer's, or NULL. Both 16 or 28 bytes, by family.
 * @Irp: completed with the PWSK_SOCKET in Information; several are served in order.
 *
 * Context: IRQL <= DISPATCH_LEVEL; any context up to softirq.
 * Return: STATUS_PENDING, and in the IRP: STATUS_SUCCESS; STATUS_CANCELLED;
 *	STATUS_INVALID_PARAMETER for flags; STATUS_INVALID_DEVICE_STATE if not bound.
 * Rules: ACC-1 to ACC-24, CAN-3.
 */
NTSTATUS wsk_accept(PWSK_SOCKET ListenSocket, ULONG Flags, PVOID AcceptSocketContext,
		    CONST WSK_CLIENT_CONNECTION_DISPATCH *AcceptSocketDispatch,
		    PSOCKADDR LocalAddress, PSOCKADDR RemoteAddress, PIRP Irp)
{
	const SocketCall socket(Role::Listen, ListenSocket, Irp, __builtin_return_address(0));

	if (!socket)
		return socket.answer();
	NTSTATUS status = Flags ? STATUS_INVALID_PARAMETER : socket->check_bound();

	if (status)
		return socket->refuse(Irp, status);
	socket->begin(Irp, Op::Accept).args<AcceptArgs>() = {
		AcceptSocketContext, AcceptSocketDispatch, LocalAddress, RemoteAddress
	};
	return socket->submit_accept(Irp);
}

/* WskInspectComplete(): answers STATUS_NOT_IMPLEMENTED through the IRP. */
NTSTATUS wsk_inspect_complete(PWSK_SOCKET ListenSocket, PWSK_INSPECT_ID, WSK_INSPECT_ACTION,
			      PIRP Irp)
{
	const SocketCall socket(Role::Listen, ListenSocket, Irp, __builtin_return_address(0));

	return socket ? socket->refuse(Irp, STATUS_NOT_IMPLEMENTED) : socket.answer();
}

/**
 * WskConnect() - connect a bound connection socket.
 * @Socket: bound, not connected.
 * @RemoteAddress: a SOCKADDR of the socket's family; copied.
 * @Flags: 0.
 * @Irp: completed when the connection is established or the attempt has failed.
 *
 * Context: IRQL <= DISPATCH_LEVEL; any context up to softirq.
 * Return: STATUS_INVALID_DEVICE_STATE, also in the IRP, if @Socket is not bound
 *	(CON-2). Else STATUS_PENDING, and in the IRP: STATUS_SUCCESS;
 *	STATUS_INVALID_PARAMETER for another family or flags;
 *	STATUS_CONNECTION_REFUSED; STATUS_NETWORK_UNREACHABLE;
 *	STATUS_HOST_UNREACHABLE; STATUS_IO_TIMEOUT; STATUS_ACCESS_DENIED;
 *	STATUS_CANCELLED; STATUS_INVALID_DEVICE_STATE after another attempt.
 * Rules: CON-1 to CON-18, CAN-4.
 */
NTSTATUS wsk_connect(PWSK_SOCKET Socket, PSOCKADDR RemoteAddress, ULONG Flags, PIRP Irp)
{
	const SocketCall socket(Role::Connection, Socket, Irp, __builtin_return_address(0));
	lx_addr addr;

	if (!socket)
		return socket.answer();
	if (Flags || !address_from_windows(RemoteAddress, socket->family(), &addr))
		return socket->refuse(Irp, STATUS_INVALID_PARAMETER);
	if (!socket->was_bound())
		return socket->answer(Irp, STATUS_INVALID_DEVICE_STATE);
	socket->begin(Irp, Op::Connect).args<AddressArgs>().addr = addr;
	return socket->submit_control(Irp);
}

/* BUF-16: nothing but MDL headers is touched before the chain is known to reach. */
NTSTATUS check_buffer(const WSK_BUF *buffer)
{
	if (!buffer)
		return STATUS_INVALID_PARAMETER;
	if (!buffer->Length)
		return STATUS_SUCCESS;
	return buffer->Mdl && nt::mdl_chain_covers(buffer->Mdl, buffer->Offset, buffer->Length) ?
		       STATUS_SUCCESS :
		       STATUS_INVALID_PARAMETER;
}

void set_data(Request request, const WSK_BUF *buffer, ULONG flags)
{
	request.args<DataArgs>() = { buffer ? buffer->Mdl : nullptr, buffer ? buffer->Offset : 0,
				     flags, buffer ? buffer->Length : 0 };
}

/**
 * WskSend() - send bytes on a connection.
 * @Socket: connected.
 * @Buffer: @Buffer->Length bytes, @Buffer->Offset into the MDL chain; the structure is
 *	copied, MDLs and pages stay until the IRP completes.
 * @Flags: 0 or WSK_FLAG_NODELAY.
 * @Irp: completed in call order, when TCP has taken every byte; Information is Length.
 *
 * Context: IRQL <= DISPATCH_LEVEL; any context up to softirq; never waits.
 * Return: STATUS_PENDING, and in the IRP: STATUS_SUCCESS; STATUS_INVALID_PARAMETER for
 *	a chain shorter than Offset + Length; STATUS_NOT_SUPPORTED for other flags;
 *	STATUS_INVALID_DEVICE_STATE if never connected or after WskDisconnect();
 *	STATUS_CONNECTION_RESET, STATUS_CONNECTION_ABORTED or STATUS_IO_TIMEOUT when the
 *	connection breaks; STATUS_FILE_FORCED_CLOSED if it was broken;
 *	STATUS_CANCELLED, with the bytes TCP had taken in Information.
 * Rules: SND-1 to SND-24, BUF-1 to BUF-18, CAN-5, CAN-6. Linux: a send completes when
 *	the bytes are in TCP's send buffer, which is bounded (SND-4).
 */
NTSTATUS wsk_send(PWSK_SOCKET Socket, PWSK_BUF Buffer, ULONG Flags, PIRP Irp)
{
	const SocketCall socket(Role::Connection, Socket, Irp, __builtin_return_address(0));

	if (!socket)
		return socket.answer();
	NTSTATUS status = Flags & ~WSK_FLAG_NODELAY ? STATUS_NOT_SUPPORTED : check_buffer(Buffer);

	if (!status)
		status = socket->check_can_send();
	if (status)
		return socket->refuse_data(socket->out, Irp, status);
	set_data(socket->begin(Irp, Op::Send), Buffer, Flags);
	return socket->submit_data(socket->out, Irp);
}

NTSTATUS check_receive(const WSK_BUF *buffer, ULONG flags)
{
	constexpr ULONG kBoth = WSK_FLAG_WAITALL | WSK_FLAG_DRAIN;

	if (flags & ~kBoth)
		return STATUS_NOT_SUPPORTED;
	if ((flags & kBoth) == kBoth)
		return STATUS_INVALID_PARAMETER;	/* RCV-17 */
	if (flags & WSK_FLAG_DRAIN && buffer && buffer->Length)
		return STATUS_INVALID_PARAMETER;	/* RCV-15 */
	return check_buffer(buffer);
}

/**
 * WskReceive() - receive bytes from a connection.
 * @Socket: connected.
 * @Buffer: room for @Buffer->Length bytes, @Buffer->Offset into the MDL chain; the
 *	structure is copied, MDLs and pages stay until the IRP completes.
 * @Flags: 0, WSK_FLAG_WAITALL to wait until the room is full, or WSK_FLAG_DRAIN with
 *	Length 0 to throw away what comes.
 * @Irp: completed in call order; Information is the number of bytes, 0 at the end of
 *	the stream.
 *
 * Context: IRQL <= DISPATCH_LEVEL; any context up to softirq; never waits.
 * Return: STATUS_PENDING, and in the IRP: STATUS_SUCCESS; STATUS_INVALID_PARAMETER for
 *	a chain shorter than Offset + Length or flags that exclude each other;
 *	STATUS_NOT_SUPPORTED for other flags; STATUS_INVALID_DEVICE_STATE if never
 *	connected; STATUS_CONNECTION_RESET, STATUS_CONNECTION_ABORTED or
 *	STATUS_IO_TIMEOUT when the connection breaks; STATUS_FILE_FORCED_CLOSED if it
 *	was broken; STATUS_CANCELLED. A failed WAITALL says in Information how many
 *	bytes it has.
 * Rules: RCV-1 to RCV-34, BUF-1 to BUF-18, CAN-1, CAN-11, CAN-17 to CAN-19.
 */
NTSTATUS wsk_receive(PWSK_SOCKET Socket, PWSK_BUF Buffer, ULONG Flags, PIRP Irp)
{
	const SocketCall socket(Role::Connection, Socket, Irp, __builtin_return_address(0));

	if (!socket)
		return socket.answer();
	NTSTATUS status = check_receive(Buffer, Flags);

	if (!status)
		status = socket->check_can_receive();
	if (status)
		return socket->refuse_data(socket->in, Irp, status);
	set_data(socket->begin(Irp, Op::Receive), Buffer, Flags);
	return socket->submit_data(socket->in, Irp);
}

/**
 * WskDisconnect() - end a connection, in order or at once.
 * @Socket: connected.
 * @Buffer: last bytes to send before the FIN, or NULL; NULL with WSK_FLAG_ABORTIVE.
 * @Flags: 0: behind all sends, and receiving goes on; WSK_FLAG_ABORTIVE: a reset now,
 *	which ends every pending request with STATUS_CONNECTION_ABORTED.
 * @Irp: graceful: completed when the peer has acknowledged the FIN. Information is 0.
 *
 * Context: IRQL <= DISPATCH_LEVEL; any context up to softirq; never waits.
 * Return: STATUS_PENDING, and in the IRP: STATUS_SUCCESS; STATUS_INVALID_PARAMETER for
 *	other flags or a bad @Buffer; STATUS_INVALID_DEVICE_STATE if never connected or
 *	for a second graceful disconnect; STATUS_FILE_FORCED_CLOSED if it was broken;
 *	STATUS_CONNECTION_RESET and its kin when it breaks; STATUS_CANCELLED.
 * Rules: DIS-1 to DIS-22, CAN-7.
 */
NTSTATUS wsk_disconnect(PWSK_SOCKET Socket, PWSK_BUF Buffer, ULONG Flags, PIRP Irp)
{
	const SocketCall socket(Role::Connection, Socket, Irp, __builtin_return_address(0));
	const bool abortive = Flags & WSK_FLAG_ABORTIVE;
	NTSTATUS status;

	if (!socket)
		return socket.answer();
	if (Flags & ~WSK_FLAG_ABORTIVE || (abortive && Buffer))
		status = STATUS_INVALID_PARAMETER;
	else if (Buffer)
		status = check_buffer(Buffer);
	if (!status)
		status = abortive ? socket->check_can_receive() : socket->begin_disconnect();
	if (status)
		return socket->refuse_data(socket->out, Irp, status);
	if (abortive)
		return socket->submit_abort(Irp);
	set_data(socket->begin(Irp, Op::Disconnect), Buffer, 0);
	return socket->submit_data(socket->out, Irp);
}

/* WskRelease(): nothing was ever indicated, so nothing can be retained. */
NTSTATUS wsk_release(PWSK_SOCKET, PWSK_DATA_INDICATION)
{
	return STATUS_NOT_IMPLEMENTED;
}

NTSTATUS refuse_call(PWSK_SOCKET handle, PIRP irp, const void *site)
{
	const SocketCall socket(Role::Connection, handle, irp, site);

	return socket ? socket->refuse(irp, STATUS_NOT_IMPLEMENTED) : socket.answer();
}

/* WskConnectEx(), WskSendEx(), WskReceiveEx(): STATUS_NOT_IMPLEMENTED through the IRP. */
NTSTATUS wsk_connect_ex(PWSK_SOCKET Socket, PSOCKADDR, PWSK_BUF, ULONG, PIRP Irp)
{
	return refuse_call(Socket, Irp, __builtin_return_address(0));
}

NTSTATUS wsk_send_ex(PWSK_SOCKET Socket, PWSK_BUF, ULONG, ULONG, PCMSGHDR, PIRP Irp)
{
	return refuse_call(Socket, Irp, __builtin_return_address(0));
}

NTSTATUS wsk_receive_ex(PWSK_SOCKET Socket, PWSK_BUF, ULONG, PULONG, PCMSGHDR, PULONG, PIRP Irp)
{
	return refuse_call(Socket, Irp, __builtin_return_address(0));
}

} /* namespace */

constinit const WSK_PROVIDER_LISTEN_DISPATCH kListenDispatch = {
	.Basic = { .WskControlSocket = wsk_control_socket, .WskCloseSocket = wsk_close_socket },
	.WskBind = wsk_bind,
	.WskAccept = wsk_accept,
	.WskInspectComplete = wsk_inspect_complete,
	.WskGetLocalAddress = wsk_get_local_address,
};

constinit const WSK_PROVIDER_CONNECTION_DISPATCH kConnectionDispatch = {
	.Basic = { .WskControlSocket = wsk_control_socket, .WskCloseSocket = wsk_close_socket },
	.WskBind = wsk_bind,
	.WskConnect = wsk_connect,
	.WskGetLocalAddress = wsk_get_local_address,
	.WskGetRemoteAddress = wsk_get_remote_address,
	.WskSend = wsk_send,
	.WskReceive = wsk_receive,
	.WskDisconnect = wsk_disconnect,
	.WskRelease = wsk_release,
	.WskConnectEx = wsk_connect_ex,
	.WskSendEx = wsk_send_ex,
	.WskReceiveEx = wsk_receive_ex,
};

} /* namespace wsk */
