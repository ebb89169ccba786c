// SPDX-License-Identifier: GPL-2.0
/*
 * WSK_PROVIDER_DISPATCH: what a client reaches through a captured NPI. Each call
 * counts in its registration while it runs, and so does what it leaves pending.
 */
#include <ntstatus.h>
#include <wsk.h>

#include "address.hpp"
#include "deferred.hpp"
#include "lx/log.h"
#include "provider.hpp"
#include "registration.hpp"
#include "socket.hpp"
#include "transports.hpp"

namespace wsk {
namespace {

/*
 * After the last release and before WskDeregister has returned, or after the client's part
 * of a detach: reported and served, as what it needs is there.
 */
void report_late(Registration &registration, const void *site)
{
	if (!registration.is_captured())
		lx_log_misuse("CAP-17: a call through the provider's dispatch after the last WskReleaseProviderNPI, from %pS",
			      site);
	else if (registration.client_has_detached())
		lx_log_misuse("NMR-19: a call through the provider's dispatch after ClientDetachProvider, from %pS",
			      site);
}

/* A call in progress on a registration. */
class Call : nt::NonMovable {
public:
	Call(PWSK_CLIENT client, const void *site) : registration_(Registration::from_client(client))
	{
		if (registration_ && !registration_->enter())
			registration_ = nullptr;
		if (registration_)
			report_late(*registration_, site);
	}
	~Call()
	{
		if (registration_)
			registration_->leave();
	}
	explicit operator bool() const { return registration_; }
	Registration &operator*() const { return *registration_; }

private:
	Registration *registration_;
};

/* CAT-5 to CAT-12: STATUS_SUCCESS, or why there is no such socket. */
NTSTATUS check_kind(ADDRESS_FAMILY family, USHORT type, ULONG protocol, ULONG flags)
{
	constexpr ULONG kAll = WSK_FLAG_LISTEN_SOCKET | WSK_FLAG_CONNECTION_SOCKET |
			       WSK_FLAG_DATAGRAM_SOCKET | WSK_FLAG_STREAM_SOCKET;
	const bool is_tcp = type == SOCK_STREAM && (!protocol || protocol == IPPROTO_TCP);
	const bool is_udp = type == SOCK_DGRAM && (!protocol || protocol == IPPROTO_UDP);

	if (flags & ~kAll || flags & (flags - 1))
		return STATUS_INVALID_PARAMETER;
	if (family != AF_INET && family != AF_INET6)
		return STATUS_NOT_SUPPORTED;
	switch (flags) {
	case WSK_FLAG_LISTEN_SOCKET:
		return is_tcp || is_udp ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
	case WSK_FLAG_CONNECTION_SOCKET:
		return is_tcp ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
	default:
		return STATUS_NOT_IMPLEMENTED;
	}
}

/**
 * WskSocket() - create a socket.
 * @Client: of a captured NPI.
 * @AddressFamily: AF_INET or AF_INET6.
 * @SocketType: SOCK_STREAM.
 * @Protocol: IPPROTO_TCP, or 0.
 * @Flags: WSK_FLAG_LISTEN_SOCKET or WSK_FLAG_CONNECTION_SOCKET.
 * @SocketContext: the first argument of the socket's callbacks; may be NULL.
 * @Dispatch: the client's callbacks for this category, or NULL.
 * @OwningProcess: ignored: sockets have the kernel's credentials on Linux.
 * @OwningThread: ignored likewise.
 * @SecurityDescriptor: ignored: ports are not shared by descriptor.
 * @Irp: completed with the PWSK_SOCKET in Information.
 *
 * Context: IRQL <= DISPATCH_LEVEL; any context up to softirq.
 * Return: STATUS_PENDING, and in the IRP: STATUS_SUCCESS;
 *	STATUS_INVALID_PARAMETER for unknown or several category flags;
 *	STATUS_NOT_SUPPORTED for a family, type or protocol that is not served;
 *	STATUS_NOT_IMPLEMENTED for basic, datagram and stream sockets;
 *	STATUS_INSUFFICIENT_RESOURCES. Without IRP: STATUS_INVALID_PARAMETER. With a
 *	NULL @Client: STATUS_INVALID_HANDLE, also in the IRP.
 * Rules: SOC-1 to SOC-20, CAT-5 to CAT-12, IRP-28 to IRP-31.
 */
NTSTATUS wsk_socket(PWSK_CLIENT Client, ADDRESS_FAMILY AddressFamily, USHORT SocketType,
		    ULONG Protocol, ULONG Flags, PVOID SocketContext, CONST VOID *Dispatch,
		    PEPROCESS OwningProcess, PETHREAD OwningThread,
		    PSECURITY_DESCRIPTOR SecurityDescriptor, PIRP Irp)
{
	const Call call(Client, __builtin_return_address(0));
	NTSTATUS status;

	(void)OwningProcess;
	(void)OwningThread;
	(void)SecurityDescriptor;
	status = check_irp(Irp, __builtin_return_address(0));
	if (status)
		return status;
	if (!call)
		return refuse_stray(Irp, STATUS_INVALID_HANDLE);
	status = check_kind(AddressFamily, SocketType, Protocol, Flags);
	if (status)
		return refuse(Irp, status, *call);
	Socket *socket = Socket::make(*call,
				      { Flags == WSK_FLAG_LISTEN_SOCKET ? Role::Listen :
									  Role::Connection,
					AddressFamily, SocketType == SOCK_DGRAM, SocketContext,
					Dispatch },
				      __builtin_return_address(0));
	if (!socket)
		return refuse(Irp, STATUS_INSUFFICIENT_RESOURCES, *call);
	socket->begin(Irp, Op::Create);
	socket->submit_control(Irp);
	socket->drop();
	return STATUS_PENDING;
}

/**
 * WskSocketConnect() - create, bind and connect a connection socket.
 * @Client: of a captured NPI.
 * @SocketType: SOCK_STREAM.
 * @Protocol: IPPROTO_TCP, or 0.
 * @LocalAddress: 16 or 28 bytes by its family, which is the socket's; copied.
 * @RemoteAddress: of the same family; copied.
 * @Flags: reserved; ignored (SCN-8).
 * @SocketContext: the first argument of the socket's callbacks; may be NULL.
 * @Dispatch: the client's callbacks, or NULL.
 * @OwningProcess: ignored, as for WskSocket().
 * @OwningThread: ignored likewise.
 * @SecurityDescriptor: ignored likewise.
 * @Irp: completed with the connected PWSK_SOCKET in Information.
 *
 * Context: IRQL <= DISPATCH_LEVEL; any context up to softirq.
 * Return: STATUS_PENDING, and in the IRP: STATUS_SUCCESS, or the status of the
 *	step that failed as WskSocket(), WskBind() and WskConnect() have it;
 *	STATUS_INVALID_PARAMETER for missing addresses or two families;
 *	STATUS_CANCELLED after IoCancelIrp(). NULL IRP and client as WskSocket().
 * Rules: SCN-1 to SCN-13, CAN-8, MEM-1.
 */
NTSTATUS wsk_socket_connect(PWSK_CLIENT Client, USHORT SocketType, ULONG Protocol,
			    PSOCKADDR LocalAddress, PSOCKADDR RemoteAddress, ULONG Flags,
			    PVOID SocketContext, CONST WSK_CLIENT_CONNECTION_DISPATCH *Dispatch,
			    PEPROCESS OwningProcess, PETHREAD OwningThread,
			    PSECURITY_DESCRIPTOR SecurityDescriptor, PIRP Irp)
{
	const Call call(Client, __builtin_return_address(0));
	lx_addr local, remote;
	NTSTATUS status;

	(void)Flags;
	(void)OwningProcess;
	(void)OwningThread;
	(void)SecurityDescriptor;
	status = check_irp(Irp, __builtin_return_address(0));
	if (status)
		return status;
	if (!call)
		return refuse_stray(Irp, STATUS_INVALID_HANDLE);
	if (!LocalAddress || !RemoteAddress)
		return refuse(Irp, STATUS_INVALID_PARAMETER, *call);
	const ADDRESS_FAMILY family = LocalAddress->sa_family;

	status = check_kind(family, SocketType, Protocol, WSK_FLAG_CONNECTION_SOCKET);
	if (status)
		return refuse(Irp, status, *call);
	if (!address_from_windows(LocalAddress, family, &local) ||
	    !address_from_windows(RemoteAddress, family, &remote))
		return refuse(Irp, STATUS_INVALID_PARAMETER, *call);
	Socket *socket = Socket::make(
		*call, { Role::Connection, family, false, SocketContext, Dispatch },
		__builtin_return_address(0));
	if (!socket)
		return refuse(Irp, STATUS_INSUFFICIENT_RESOURCES, *call);
	socket->set_endpoints(local, remote);
	socket->begin(Irp, Op::CreateConnect);
	socket->submit_control(Irp);
	socket->drop();
	return STATUS_PENDING;
}

NTSTATUS set_static_events(Registration &registration, SIZE_T size, const void *input)
{
	/* SEV-3. Datagram sockets cannot be made yet, so theirs is accepted for nobody. */
	constexpr ULONG kServed = WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE_FROM;
	constexpr ULONG kLater = WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT |
				 WSK_EVENT_SEND_BACKLOG;
	const auto *control = static_cast<const WSK_EVENT_CALLBACK_CONTROL *>(input);

	if (!control || size < sizeof(*control))
		return STATUS_INVALID_PARAMETER;
	if (!is_wsk_npi(control->NpiId))
		return STATUS_NOT_SUPPORTED;
	if (control->EventMask & ~(kServed | kLater))
		return STATUS_INVALID_PARAMETER;
	if (control->EventMask & kLater)
		return STATUS_NOT_IMPLEMENTED;
	return registration.set_static_events(control->EventMask) ? STATUS_SUCCESS :
								    STATUS_INVALID_DEVICE_STATE;
}

NTSTATUS control_inline(Registration &registration, ULONG code, SIZE_T input_size,
			const void *input, SIZE_T output_size, void *output, SIZE_T *returned)
{
	switch (code) {
	case WSK_SET_STATIC_EVENT_CALLBACKS:
		return set_static_events(registration, input_size, input);
	case WSK_TRANSPORT_LIST_QUERY:
		return transports_query(output_size, output, returned);
	default:
		return code > WSK_TRANSPORT_LIST_CHANGE && code <= WSK_TDI_BEHAVIOR ?
			       STATUS_NOT_IMPLEMENTED :
			       STATUS_NOT_SUPPORTED;
	}
}

/* CLI-6: of the codes of today only WSK_TRANSPORT_LIST_CHANGE takes an IRP. */
bool takes_no_irp(ULONG code)
{
	return code == WSK_SET_STATIC_EVENT_CALLBACKS || code == WSK_TRANSPORT_LIST_QUERY;
}

/**
 * WskControlClient() - settings of one registration, and what it can make sockets of.
 * @Client: of a captured NPI.
 * @ControlCode: WSK_SET_STATIC_EVENT_CALLBACKS, WSK_TRANSPORT_LIST_QUERY or
 *	WSK_TRANSPORT_LIST_CHANGE.
 * @InputSize: bytes at @InputBuffer.
 * @InputBuffer: static events: a WSK_EVENT_CALLBACK_CONTROL, in which
 *	WSK_EVENT_ACCEPT can be static. Else ignored.
 * @OutputSize: bytes at @OutputBuffer.
 * @OutputBuffer: the query: receives an array of WSK_TRANSPORT. Else ignored.
 * @OutputSizeReturned: the query: receives the bytes of the whole list, also if they do
 *	not fit. Else ignored.
 * @Irp: WSK_TRANSPORT_LIST_CHANGE: completed when a transport has come or gone,
 *	with nothing but that news; once, so ask again first and query then. It stays
 *	pending while nothing changes, until IoCancelIrp() or WskDeregister(). Else NULL.
 *
 * The list names TCP and UDP over the address families that this kernel has. On
 * Linux a family comes with a kernel module, if at all: IPv6 can be left out or
 * turned off.
 *
 * Context: IRQL <= DISPATCH_LEVEL; any context up to softirq.
 * Return: STATUS_SUCCESS; STATUS_PENDING for WSK_TRANSPORT_LIST_CHANGE, and in its
 *	IRP STATUS_SUCCESS or STATUS_CANCELLED; STATUS_BUFFER_OVERFLOW if the list
 *	does not fit, nothing written then; STATUS_INVALID_HANDLE for a NULL @Client;
 *	STATUS_INVALID_PARAMETER for a short input, an unknown event, a missing
 *	@OutputSizeReturned or IRP, or an IRP where none belongs, which is completed
 *	with it; STATUS_INVALID_DEVICE_STATE for static events once the registration
 *	has had a socket; STATUS_NOT_IMPLEMENTED for events and codes not served yet;
 *	STATUS_NOT_SUPPORTED for unknown codes and another NPI.
 * Rules: CLI-1 to CLI-9, SEV-1 to SEV-17, TRL-1 to TRL-14, CAN-10, REG-18, MEM-8.
 */
NTSTATUS wsk_control_client(PWSK_CLIENT Client, ULONG ControlCode, SIZE_T InputSize,
			    PVOID InputBuffer, SIZE_T OutputSize, PVOID OutputBuffer,
			    SIZE_T *OutputSizeReturned, PIRP Irp)
{
	const bool is_change = ControlCode == WSK_TRANSPORT_LIST_CHANGE;
	const Call call(Client, __builtin_return_address(0));
	NTSTATUS status;

	if (Irp || is_change) {
		status = check_irp(Irp, __builtin_return_address(0));
		if (status)
			return status;
	}
	if (!call)
		status = STATUS_INVALID_HANDLE;
	else if (is_change)
		return transports_wait(*call, Irp);
	else if (Irp && takes_no_irp(ControlCode))
		status = STATUS_INVALID_PARAMETER;
	else
		status = control_inline(*call, ControlCode, InputSize, InputBuffer, OutputSize,
					OutputBuffer, OutputSizeReturned);
	if (!Irp)
		return status;
	if (!call)
		return refuse_stray(Irp, status);
	return complete_inline(Irp, status, *call) ? status : refuse(Irp, status, *call);
}

NTSTATUS refuse_client_call(PWSK_CLIENT client, PIRP irp, const void *site)
{
	const Call call(client, site);
	const NTSTATUS status = check_irp(irp, site);

	if (status)
		return status;
	if (!call)
		return refuse_stray(irp, STATUS_INVALID_HANDLE);
	return refuse(irp, STATUS_NOT_IMPLEMENTED, *call);
}

/* WskGetAddressInfo(): answers STATUS_NOT_IMPLEMENTED through the IRP. */
NTSTATUS wsk_get_address_info(PWSK_CLIENT Client, PUNICODE_STRING, PUNICODE_STRING, ULONG, GUID *,
			      PADDRINFOEXW, PADDRINFOEXW *, PEPROCESS, PETHREAD, PIRP Irp)
{
	return refuse_client_call(Client, Irp, __builtin_return_address(0));
}

/* WskFreeAddressInfo(): no list was ever given out, so none can be freed. */
VOID wsk_free_address_info(PWSK_CLIENT Client, PADDRINFOEXW AddrInfo)
{
	const Call call(Client, __builtin_return_address(0));

	if (AddrInfo)
		lx_log_misuse("GAI-1: WskFreeAddressInfo of a list that is not ours, called from %pS",
			      __builtin_return_address(0));
}

/* WskGetNameInfo(): answers STATUS_NOT_IMPLEMENTED through the IRP. */
NTSTATUS wsk_get_name_info(PWSK_CLIENT Client, PSOCKADDR, ULONG, PUNICODE_STRING, PUNICODE_STRING,
			   ULONG, PEPROCESS, PETHREAD, PIRP Irp)
{
	return refuse_client_call(Client, Irp, __builtin_return_address(0));
}

} /* namespace */

constinit const WSK_PROVIDER_DISPATCH kProviderDispatch = {
	.Version = kVersion,
	.Reserved = 0,
	.WskSocket = wsk_socket,
	.WskSocketConnect = wsk_socket_connect,
	.WskControlClient = wsk_control_client,
	.WskGetAddressInfo = wsk_get_address_info,
	.WskFreeAddressInfo = wsk_free_address_info,
	.WskGetNameInfo = wsk_get_name_info,
};

} /* namespace wsk */
