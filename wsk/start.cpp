// SPDX-License-Identifier: GPL-2.0
/* What comes up when wsk.ko is loaded, and goes down in the reverse order. */
#include "start.h"

#include "block.hpp"
#include "deferred.hpp"
#include "lx/errno.h"
#include "nt_start.hpp"
#include "provider.hpp"
#include "registrations.hpp"
#include "transports.hpp"

extern "C" {

int wsk_start(void)
{
	const int err = nt::start();

	if (err)
		return err;
	wsk::registrations_start();
	wsk::Block::start();
	wsk::deferred_start();
	wsk::transports_start();
	if (NT_SUCCESS(wsk::provider_start()))
		return 0;
	wsk::transports_stop();
	wsk::deferred_stop();
	wsk::registrations_stop();
	nt::stop();
	return -LX_ENOMEM;
}

/* No driver is left, so no registration and no IRP of one is either. */
void wsk_stop(void)
{
	wsk::provider_stop();
	wsk::transports_stop();
	wsk::deferred_stop();
	wsk::registrations_stop();
	nt::stop();
}

} /* extern "C" */
