/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The handle table: one for all, as every handle a driver sees is a kernel
 * handle. A handle is a multiple of four, never NULL, and a closed one is not
 * handed out again before the table has gone round, so that a stale one is
 * mostly found out.
 */
#pragma once

#include "object.hpp"

namespace nt {

/* Takes over one reference. Context: PASSIVE_LEVEL. Return: NULL if memory is short. */
HANDLE handle_open(ObjectHeader &object);
/* Return: the object with a reference for the caller, or NULL. */
ObjectHeader *handle_ref(HANDLE handle);
/* Return: the object with the handle's reference, now the caller's, or NULL. */
ObjectHeader *handle_close(HANDLE handle);
/* Closes every handle to @object, with which a driver that is gone left it. */
void handle_close_all(ObjectHeader &object);

void handle_start();
unsigned int handle_stop();	/* Return: how many were left */

} /* namespace nt */
