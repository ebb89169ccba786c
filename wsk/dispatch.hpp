/* SPDX-License-Identifier: GPL-2.0 */
/* Functions of the socket dispatch tables, and how each finds its socket. */
#pragma once

#include <wsk.h>

#include "socket.hpp"

namespace wsk {

/*
 * A call on the socket behind a client's pointer, which it holds for its length. If
 * there is none, answer() is what the call returns, and its IRP, if it has one, has been
 * completed with it. @site is the caller.
 */
class SocketCall : nt::NonMovable {
public:
	/* Of a function that goes without an IRP. */
	SocketCall(PWSK_SOCKET handle, const void *site);
	SocketCall(PWSK_SOCKET handle, PIRP irp, const void *site);
	/* Of a function that only sockets of @role have. */
	SocketCall(Role role, PWSK_SOCKET handle, PIRP irp, const void *site);
	~SocketCall();

	explicit operator bool() const { return socket_; }
	NTSTATUS answer() const { return answer_; }
	Socket *operator->() const { return socket_; }
	Socket &operator*() const { return *socket_; }

private:
	bool find(PWSK_SOCKET handle, const void *site);

	Socket *socket_ = nullptr;
	NTSTATUS answer_;
};

NTSTATUS wsk_control_socket(PWSK_SOCKET Socket, WSK_CONTROL_SOCKET_TYPE RequestType,
			    ULONG ControlCode, ULONG Level, SIZE_T InputSize, PVOID InputBuffer,
			    SIZE_T OutputSize, PVOID OutputBuffer, SIZE_T *OutputSizeReturned,
			    PIRP Irp);
NTSTATUS wsk_close_socket(PWSK_SOCKET Socket, PIRP Irp);
NTSTATUS wsk_bind(PWSK_SOCKET Socket, PSOCKADDR LocalAddress, ULONG Flags, PIRP Irp);
NTSTATUS wsk_get_local_address(PWSK_SOCKET Socket, PSOCKADDR LocalAddress, PIRP Irp);
NTSTATUS wsk_get_remote_address(PWSK_SOCKET Socket, PSOCKADDR RemoteAddress, PIRP Irp);

} /* namespace wsk */
