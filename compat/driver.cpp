// SPDX-License-Identifier: GPL-2.0
/*
 * The driver host: a driver object for each driver, DriverEntry and DriverUnload.
 *
 * A driver goes the same way out whether it was unloaded or its DriverEntry
 * failed: its code is waited for, what it leaked is named and ended, then its
 * driver object goes. Windows does not do that for a failed DriverEntry; there
 * the leak stays, here the text of a completion routine would not.
 */
#include "driver.hpp"

#include <ntddk.h>
#include <ntstatus.h>

#include "cxx/list.hpp"
#include "cxx/lock.hpp"
#include "cxx/new.hpp"
#include "device.hpp"
#include "lx/errno.h"
#include "lx/host.h"
#include "lx/log.h"
#include "lx/module.h"
#include "owner.hpp"
#include "status_name.hpp"

namespace nt {
namespace {

constexpr usize kMaxPath = 160;	/* the longest prefix below and a module's name */

struct Path {
	UNICODE_STRING string;
	WCHAR buffer[kMaxPath];
};

struct Driver {
	LIST_ENTRY link;
	module *linux_module;
	Owner *owner;
	DRIVER_OBJECT object;
	DRIVER_EXTENSION extension;
	Path name, service, registry;
};

struct Drivers {
	SpinLock lock{LX_RANK_OWNERS};	/* protects: list */
	List<Driver, Member<Driver, &Driver::link>> list;
};

alignas(Drivers) u8 storage[sizeof(Drivers)];

Drivers &drivers()
{
	return *reinterpret_cast<Drivers *>(storage);
}

/* Module names are ASCII. */
void append(Path &path, const char *text)
{
	USHORT &length = path.string.Length;

	while (*text && length < path.string.MaximumLength) {
		path.buffer[length / sizeof(WCHAR)] = static_cast<u8>(*text++);
		length = static_cast<USHORT>(length + sizeof(WCHAR));
	}
}

/* One character stays for the NUL that careless drivers count on. */
void set(Path &path, const char *prefix, const char *name)
{
	path.string = { 0, sizeof(path.buffer) - sizeof(WCHAR), path.buffer };
	append(path, prefix);
	append(path, name);
}

/* What the documentation promises of every entry that a driver leaves alone. */
NTSTATUS refuse(PDEVICE_OBJECT, PIRP irp)
{
	irp->IoStatus.Status = STATUS_INVALID_DEVICE_REQUEST;
	irp->IoStatus.Information = 0;
	IoCompleteRequest(irp, IO_NO_INCREMENT);
	return STATUS_INVALID_DEVICE_REQUEST;
}

void fill(Driver &driver, const char *name, void *driver_entry)
{
	DRIVER_OBJECT &object = driver.object;
	usize bytes;

	set(driver.name, "\\Driver\\", name);
	set(driver.service, "", name);
	set(driver.registry, "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\",
	    name);
	driver.extension.DriverObject = &object;
	driver.extension.ServiceKeyName = driver.service.string;
	object.Type = IO_TYPE_DRIVER;
	object.Size = sizeof(object);
	object.DriverStart = owner_base(*driver.owner, bytes);
	object.DriverSize = static_cast<ULONG>(bytes);
	object.DriverExtension = &driver.extension;
	object.DriverName = driver.name.string;
	object.DriverInit = reinterpret_cast<PDRIVER_INITIALIZE>(driver_entry);
	for (PDRIVER_DISPATCH &entry : object.MajorFunction)
		entry = refuse;
}

Driver *make_driver(module *linux_module, const char *name, void *driver_entry)
{
	Driver *driver = make<Driver>(Mem::Sleep);

	if (!driver)
		return nullptr;
	driver->linux_module = linux_module;
	driver->owner = &owner_of(driver_entry);
	fill(*driver, name, driver_entry);

	auto guard = drivers().lock.acquire();

	drivers().list.push_back(*driver);
	return driver;
}

Driver *take_driver(module *linux_module)
{
	auto guard = drivers().lock.acquire();

	for (Driver *driver = drivers().list.first(); driver;
	     driver = drivers().list.next(*driver)) {
		if (driver->linux_module == linux_module) {
			drivers().list.remove(*driver);
			return driver;
		}
	}
	return nullptr;
}

NTSTATUS call_entry(Driver &driver)
{
	const PDRIVER_INITIALIZE entry = driver.object.DriverInit;
	DriverCall call(reinterpret_cast<const void *>(entry));

	return entry(&driver.object, &driver.registry.string);
}

void call_unload(Driver &driver)
{
	const PDRIVER_UNLOAD unload = driver.object.DriverUnload;

	if (!unload)
		return;
	driver.object.Flags |= DRVO_UNLOAD_INVOKED;
	DriverCall call(reinterpret_cast<const void *>(unload));

	unload(&driver.object);
}

void end_driver(Driver *driver)
{
	const unsigned int leaks = owner_quiesce(*driver->owner);

	if (leaks)
		lx_log_err("unload: %s: leaks named above and ended: %u",
			   owner_name(*driver->owner), leaks);
	destroy(driver);
}

/* For insmod's message; what has no better word is an I/O error. */
int to_errno(NTSTATUS status)
{
	switch (status) {
	case STATUS_NO_MEMORY:
	case STATUS_INSUFFICIENT_RESOURCES:
		return LX_ENOMEM;
	case STATUS_NOT_SUPPORTED:
	case STATUS_NOT_IMPLEMENTED:
	case STATUS_NOINTERFACE:
	case STATUS_REVISION_MISMATCH:
		return LX_EOPNOTSUPP;
	case STATUS_ACCESS_DENIED:
	case STATUS_PRIVILEGE_NOT_HELD:
		return LX_EACCES;
	case STATUS_INVALID_PARAMETER:
		return LX_EINVAL;
	case STATUS_NOT_FOUND:
	case STATUS_OBJECT_NAME_NOT_FOUND:
		return LX_ENOENT;
	case STATUS_NO_SUCH_DEVICE:
	case STATUS_DEVICE_NOT_READY:
		return LX_ENODEV;
	case STATUS_OBJECT_NAME_COLLISION:
		return LX_EEXIST;
	case STATUS_DEVICE_BUSY:
		return LX_EBUSY;
	case STATUS_ADDRESS_ALREADY_EXISTS:
	case STATUS_ADDRESS_ALREADY_ASSOCIATED:
	case STATUS_SHARING_VIOLATION:
		return LX_EADDRINUSE;
	case STATUS_IO_TIMEOUT:
		return LX_ETIMEDOUT;
	case STATUS_CONNECTION_REFUSED:
		return LX_ECONNREFUSED;
	case STATUS_CANCELLED:
		return LX_ECANCELED;
	default:
		return LX_EIO;
	}
}

} /* namespace */

void driver_start()
{
	new (storage) Drivers;
}

} /* namespace nt */

using namespace nt;

extern "C" {

/**
 * wsk_driver_load() - start a driver.
 * @module: the driver's module, in its init function.
 * @name: its name, in DriverName and RegistryPath.
 * @driver_entry: its DriverEntry.
 *
 * DriverEntry gets a driver object that lives until wsk_driver_unload() and, as
 * RegistryPath, the key that a service of that name would have; there is no
 * registry. Without a DriverUnload the driver stays loaded, as on Windows: its
 * module keeps a reference that is never dropped.
 *
 * Context: process context, may sleep.
 * Return: 0; -ENOMEM; or, for a DriverEntry that failed, the negative errno its
 *	status stands for (-EIO for most), after everything it began was ended.
 */
int wsk_driver_load(struct module *module, const char *name, void *driver_entry)
{
	Driver *driver = make_driver(module, name, driver_entry);

	if (!driver)
		return -LX_ENOMEM;

	const NTSTATUS status = call_entry(*driver);

	if (!NT_SUCCESS(status)) {
		lx_log_err("%s: DriverEntry failed: %s (0x%08x)", name, status_name(status),
			   static_cast<unsigned int>(status));
		end_driver(take_driver(module));
		return -to_errno(status);
	}
	device_initialized(&driver->object);
	if (!driver->object.DriverUnload) {
		lx_module_pin(module);
		lx_log_info("%s: no DriverUnload: the driver stays loaded", name);
	}
	return 0;
}

/**
 * wsk_driver_unload() - stop a driver.
 * @module: the driver's module, in its exit function.
 *
 * Calls DriverUnload, waits until no code of the driver runs (a line in the log
 * every ten seconds says for what), names what it leaked, and ends that.
 *
 * Context: process context; may wait for ever, on a thread that does not end.
 */
void wsk_driver_unload(struct module *module)
{
	Driver *driver = take_driver(module);

	if (!driver)
		return;
	call_unload(*driver);
	end_driver(driver);
}

} /* extern "C" */
