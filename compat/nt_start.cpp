// SPDX-License-Identifier: GPL-2.0
/*
 * The order in which the NT runtime comes up: owner records first, since all else
 * is held by one. No driver can be loaded before this has returned, and none is
 * left when it goes: each needs symbols of wsk.ko.
 */
#include "nt_start.hpp"

#include "device.hpp"
#include "dispatcher.hpp"
#include "driver.hpp"
#include "irp.hpp"
#include "lx/debugfs.h"
#include "lx/work.h"
#include "mdl.hpp"
#include "nmr.hpp"
#include "object.hpp"
#include "owner.hpp"
#include "pool.hpp"
#include "seh.hpp"
#include "thread.hpp"
#include "workitem.hpp"

namespace nt {
namespace {

void stop_all_but_threads()
{
	nmr_stop();
	seh_stop();
	object_stop();
	owner_stop();
	lx_debugfs_stop();
	lx_work_stop();
}

} /* namespace */

int start()
{
	int err = lx_work_start();

	if (err)
		return err;
	err = owner_start();
	if (err) {
		lx_work_stop();
		return err;
	}
	lx_debugfs_start();
	pool_start();
	irp_start();
	mdl_start();
	workitem_start();
	device_start();
	driver_start();
	dispatcher_start();
	object_start();
	seh_start();
	nmr_start();
	err = thread_start();
	if (err)
		stop_all_but_threads();
	return err;
}

void stop()
{
	owner_end_kernel();
	thread_stop();
	stop_all_but_threads();
}

} /* namespace nt */
