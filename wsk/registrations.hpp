/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All that is registered, from both sides: the clients of WskRegister, and the
 * registrations of whoever is attached. For debugfs, and for drivers that leave
 * without a word.
 */
#pragma once

#include "client.hpp"
#include "registration.hpp"

namespace wsk {

void registrations_start();
void registrations_stop();

void registrations_add(Registration &registration);
/*
 * The binding is gone, and with it the provider's reference. @is_abandoned: its driver
 * is being unloaded, and a late call of it may come. Context: IRQL <= DISPATCH_LEVEL.
 */
void registrations_retire(Registration &registration, bool is_abandoned);

void clients_add(Client &client);
void clients_retire(Client &client, bool is_abandoned);
/* Whether @client, which is compared and not followed, is a client, and @block its block. */
enum class Match : u8 {
	None,		/* neither is anybody's */
	Same,
	Written,	/* @block is another client's: its driver wrote to it */
	Copied,		/* @client has another block: this is a copy of it */
};
Match clients_match(const void *client, PWSK_REGISTRATION block);

} /* namespace wsk */
