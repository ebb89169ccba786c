/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef MISUSE_H
#define MISUSE_H

#include <ntddk.h>
#include <wsk.h>

extern WSK_REGISTRATION Registration;

// What is no misuse, and has to work.
VOID Must(PCSTR What, BOOLEAN Good);
// A misuse was committed, and answered as it should be or not.
VOID Count(PCSTR What, BOOLEAN Good);
#define ANSWERS(Wanted, Call) Count(#Call, (Call) == (Wanted))
// It answers nothing; that the driver goes on is all there is to see.
#define COMMIT(Call) do { Call; Count(#Call, TRUE); } while (0)

// The sockets' part, through a provider that Registration has captured.
VOID MisuseSockets(PWSK_PROVIDER_NPI Provider);
// Whether a connection over the loopback device carries bytes as if nothing had been.
BOOLEAN Exchange(PWSK_PROVIDER_NPI Provider);

#endif
