/* SPDX-License-Identifier: GPL-2.0 */
/* Functions of the socket dispatch tables, and how each finds its socket. */
#pragma once

#include <wsk.h>

#include "socket.hpp"

namespace wsk {

/*
 * The socket of a call that needs an IRP. NULL: *@answer is what the call returns,
 * and @irp, if there is one, has been completed with it. @site is the caller.
 */
Socket *dispatch_socket(PWSK_SOCKET handle, PIRP irp, const void *site, NTSTATUS *answer);
/* Likewise, for a function that only sockets of @role have. */
Socket *dispatch_socket_of(Role role, PWSK_SOCKET handle, PIRP irp, const void *site,
			   NTSTATUS *answer);

NTSTATUS wsk_control_socket(PWSK_SOCKET Socket, WSK_CONTROL_SOCKET_TYPE RequestType,
			    ULONG ControlCode, ULONG Level, SIZE_T InputSize, PVOID InputBuffer,
			    SIZE_T OutputSize, PVOID OutputBuffer, SIZE_T *OutputSizeReturned,
			    PIRP Irp);
NTSTATUS wsk_close_socket(PWSK_SOCKET Socket, PIRP Irp);
NTSTATUS wsk_bind(PWSK_SOCKET Socket, PSOCKADDR LocalAddress, ULONG Flags, PIRP Irp);
NTSTATUS wsk_get_local_address(PWSK_SOCKET Socket, PSOCKADDR LocalAddress, PIRP Irp);
NTSTATUS wsk_get_remote_address(PWSK_SOCKET Socket, PSOCKADDR RemoteAddress, PIRP Irp);

} /* namespace wsk */
