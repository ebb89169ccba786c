/* SPDX-License-Identifier: GPL-2.0 */
/* Which families of sockets this kernel makes. */
#ifndef LX_TRANSPORT_H
#define LX_TRANSPORT_H

#ifdef __cplusplus
extern "C" {
#endif

/**
 * lx_transport_try() - make a socket of one kind and release it.
 * @family: enum lx_family; @datagram: non-zero for UDP, 0 for TCP.
 *
 * A family whose module is not loaded is asked for, as by any socket call.
 *
 * Context: process, may sleep and may load a module; never from a module's notification.
 * Return: 0 if there is such a transport; -EAFNOSUPPORT, -EPROTONOSUPPORT or
 *	-ESOCKTNOSUPPORT if there is none; another -errno if it cannot be told now.
 */
int lx_transport_try(int family, int datagram);

#ifdef __cplusplus
}
#endif
#endif
