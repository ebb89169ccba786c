// SPDX-License-Identifier: GPL-2.0
/* What comes up when wsk.ko is loaded, and goes down in the reverse order. */
#include "start.h"

#include "deferred.hpp"
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
	wsk::npi_start();
	wsk::deferred_start();
	wsk::transports_start();
	return 0;
}

/* No driver is left, so no registration and no IRP of one is either. */
void wsk_stop(void)
{
	wsk::transports_stop();
	wsk::deferred_stop();
	wsk::registrations_stop();
	nt::stop();
}

} /* extern "C" */
