// SPDX-License-Identifier: GPL-2.0
/*
 * Device objects and symbolic links.
 *
 * There is no user side: a device is memory for its driver's extension, a place
 * on DriverObject->DeviceObject and a target for IoCallDriver(); a symbolic link
 * is its name, kept so that collisions and deletions answer as on Windows. No
 * file appears in /dev for either.
 *
 * All names are in one list; the lock over it also covers the drivers' lists of
 * devices. Both are short and change when drivers load and unload.
 */
#include "device.hpp"

#include <ntstatus.h>

#include "cxx/list.hpp"
#include "cxx/lock.hpp"
#include "cxx/new.hpp"
#include "lx/log.h"
#include "lx/mem.h"
#include "owner.hpp"

namespace nt {
namespace {

constexpr ULONG kHasName = 0x40;	/* DO_DEVICE_HAS_NAME */
/* Size is 16 bits wide and counts the extension. */
constexpr ULONG kMaxExtension = 0xffff - sizeof(DEVICE_OBJECT);

struct Name {
	Holding holding;	/* of a symbolic link; a device's name goes with its device */
	LIST_ENTRY link;
	bool is_link;
	UNICODE_STRING text;
	WCHAR buffer[];
};

struct Device {
	Holding holding;
	Name *name;
	alignas(16) DEVICE_OBJECT object;
};

struct Names {
	SpinLock lock{LX_RANK_NAMES};	/* protects: list, and every driver's list of devices */
	List<Name, Member<Name, &Name::link>> list;
};

alignas(Names) u8 storage[sizeof(Names)];

Names &names()
{
	return *reinterpret_cast<Names *>(storage);
}

Device *device_of(PDEVICE_OBJECT object)
{
	return CONTAINING_RECORD(object, Device, object);
}

NTSTATUS check(const UNICODE_STRING *name)
{
	if (!name || !name->Buffer || name->Length < sizeof(WCHAR) ||
	    name->Length % sizeof(WCHAR))
		return STATUS_OBJECT_NAME_INVALID;
	return name->Buffer[0] == '\\' ? STATUS_SUCCESS : STATUS_OBJECT_PATH_SYNTAX_BAD;
}

UNICODE_STRING behind(const UNICODE_STRING &name, USHORT bytes)
{
	return { static_cast<USHORT>(name.Length - bytes),
		 static_cast<USHORT>(name.Length - bytes), name.Buffer + bytes / sizeof(WCHAR) };
}

/* \DosDevices\X and \??\X are one name: what follows the prefix, or all of another name. */
UNICODE_STRING dos_name(const UNICODE_STRING &name, bool &is_dos)
{
	const UNICODE_STRING prefixes[] = {
		RTL_CONSTANT_STRING(L"\\DosDevices\\"),
		RTL_CONSTANT_STRING(L"\\??\\"),
	};

	is_dos = true;
	for (const UNICODE_STRING &prefix : prefixes)
		if (RtlPrefixUnicodeString(&prefix, &name, TRUE))
			return behind(name, prefix.Length);
	is_dos = false;
	return name;
}

bool is_same(const UNICODE_STRING &a, const UNICODE_STRING &b)
{
	bool a_is_dos, b_is_dos;
	const UNICODE_STRING a_rest = dos_name(a, a_is_dos);
	const UNICODE_STRING b_rest = dos_name(b, b_is_dos);

	return a_is_dos == b_is_dos && RtlEqualUnicodeString(&a_rest, &b_rest, TRUE);
}

Name *find_locked(const UNICODE_STRING &text)
{
	for (Name *name = names().list.first(); name; name = names().list.next(*name))
		if (is_same(name->text, text))
			return name;
	return nullptr;
}

Name *make_name(const UNICODE_STRING &text, bool is_link)
{
	auto *name = static_cast<Name *>(
		lx_mem_alloc(sizeof(Name) + text.Length, LX_MEM_SLEEP | LX_MEM_ZERO));

	if (!name)
		return nullptr;
	link_init(name->link);
	name->is_link = is_link;
	name->text = { text.Length, text.Length, name->buffer };
	__builtin_memcpy(name->buffer, text.Buffer, text.Length);
	return name;
}

/* Return: the name, now in the list; NULL with @status set. */
Name *register_name(const UNICODE_STRING *text, bool is_link, NTSTATUS &status)
{
	status = check(text);
	if (!NT_SUCCESS(status))
		return nullptr;

	Name *name = make_name(*text, is_link);

	if (!name) {
		status = STATUS_INSUFFICIENT_RESOURCES;
		return nullptr;
	}
	{
		auto guard = names().lock.acquire();

		if (!find_locked(*text)) {
			names().list.push_back(*name);
			return name;
		}
	}
	lx_mem_free(name);
	status = STATUS_OBJECT_NAME_COLLISION;
	return nullptr;
}

void forget_name(Name *name)
{
	if (!name)
		return;
	{
		auto guard = names().lock.acquire();

		names().list.remove(*name);
	}
	lx_mem_free(name);
}

void fill(Device &device, PDRIVER_OBJECT driver, ULONG extension_bytes)
{
	DEVICE_OBJECT &object = device.object;

	object.Type = IO_TYPE_DEVICE;
	object.Size = static_cast<USHORT>(sizeof(object) + extension_bytes);
	object.DriverObject = driver;
	object.DeviceExtension = extension_bytes ? &device + 1 : nullptr;
	object.StackSize = 1;
	object.Flags = DO_DEVICE_INITIALIZING | (device.name ? kHasName : 0);
}

void insert(DEVICE_OBJECT &object)
{
	auto guard = names().lock.acquire();

	object.NextDevice = object.DriverObject->DeviceObject;
	object.DriverObject->DeviceObject = &object;
}

void remove(DEVICE_OBJECT &object)
{
	auto guard = names().lock.acquire();
	PDEVICE_OBJECT *at = &object.DriverObject->DeviceObject;

	while (*at && *at != &object)
		at = &(*at)->NextDevice;
	if (*at)
		*at = object.NextDevice;
}

void end_device(Device *device)
{
	remove(device->object);
	forget_name(device->name);
	lx_mem_free(device);
}

void reclaim_device(Holding &holding)
{
	end_device(reinterpret_cast<Device *>(&holding));
}

void reclaim_link(Holding &holding)
{
	forget_name(reinterpret_cast<Name *>(&holding));
}

} /* namespace */

void device_start()
{
	new (storage) Names;
	owner_set_reclaim(Held::Device, reclaim_device);
	owner_set_reclaim(Held::Link, reclaim_link);
}

void device_initialized(PDRIVER_OBJECT driver)
{
	auto guard = names().lock.acquire();

	for (PDEVICE_OBJECT device = driver->DeviceObject; device; device = device->NextDevice)
		device->Flags &= ~DO_DEVICE_INITIALIZING;
}

} /* namespace nt */

using namespace nt;

extern "C" {

/**
 * IoCreateDevice() - create a device object.
 * @DriverObject: the driver; its MajorFunction table serves IoCallDriver().
 * @DeviceExtensionSize: bytes of zeroed memory at DeviceObject->DeviceExtension.
 * @DeviceName: NULL, or a name that begins with a backslash; compared without
 *	regard to case.
 * @DeviceType: stored.
 * @DeviceCharacteristics: stored.
 * @Exclusive: stored as DO_EXCLUSIVE; nobody opens devices here.
 * @DeviceObject: receives the device, also first on DriverObject->DeviceObject.
 *
 * The device has no user side: nothing appears in /dev. DO_DEVICE_INITIALIZING
 * is cleared for the driver in DriverEntry, by the driver elsewhere.
 *
 * Context: IRQL == PASSIVE_LEVEL; may sleep.
 * Return: STATUS_SUCCESS; STATUS_INVALID_PARAMETER for a NULL pointer or an
 *	extension that Size cannot hold; STATUS_OBJECT_NAME_COLLISION if a device or a
 *	link has the name; STATUS_OBJECT_NAME_INVALID, STATUS_OBJECT_PATH_SYNTAX_BAD;
 *	STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS IoCreateDevice(PDRIVER_OBJECT DriverObject, ULONG DeviceExtensionSize,
			PUNICODE_STRING DeviceName, DEVICE_TYPE DeviceType,
			ULONG DeviceCharacteristics, BOOLEAN Exclusive,
			PDEVICE_OBJECT *DeviceObject)
{
	NTSTATUS status = STATUS_SUCCESS;

	if (!DriverObject || !DeviceObject || DeviceExtensionSize > kMaxExtension)
		return STATUS_INVALID_PARAMETER;

	auto *device = static_cast<Device *>(lx_mem_alloc(sizeof(Device) + DeviceExtensionSize,
							  LX_MEM_SLEEP | LX_MEM_ZERO));

	if (!device)
		return STATUS_INSUFFICIENT_RESOURCES;
	if (DeviceName)
		device->name = register_name(DeviceName, false, status);
	if (!NT_SUCCESS(status)) {
		lx_mem_free(device);
		return status;
	}
	fill(*device, DriverObject, DeviceExtensionSize);
	device->object.DeviceType = DeviceType;
	device->object.Characteristics = DeviceCharacteristics;
	device->object.Flags |= Exclusive ? DO_EXCLUSIVE : 0;
	owner_hold(device->holding, Held::Device, __builtin_return_address(0));
	insert(device->object);
	*DeviceObject = &device->object;
	return STATUS_SUCCESS;
}

/**
 * IoDeleteDevice() - delete a device object, its extension and its name.
 * @DeviceObject: from IoCreateDevice(); another is reported as misuse.
 *
 * Context: IRQL == PASSIVE_LEVEL.
 */
VOID IoDeleteDevice(PDEVICE_OBJECT DeviceObject)
{
	if (!DeviceObject || DeviceObject->Type != IO_TYPE_DEVICE ||
	    !owner_holds(device_of(DeviceObject)->holding, Held::Device)) {
		lx_log_misuse("IoDeleteDevice of what IoCreateDevice did not return");
		return;
	}
	owner_drop(device_of(DeviceObject)->holding);
	DeviceObject->Type = 0;
	end_device(device_of(DeviceObject));
}

/**
 * IoCreateSymbolicLink() - register a name for a device.
 * @SymbolicLinkName: the link; \DosDevices\ and \??\ are the same folder.
 * @DeviceName: the target; as on Windows it need not exist.
 *
 * Kept as a name only: there is no user side that could open it.
 *
 * Context: IRQL == PASSIVE_LEVEL; may sleep.
 * Return: STATUS_SUCCESS; STATUS_OBJECT_NAME_COLLISION if a device or a link has
 *	the name; STATUS_OBJECT_NAME_INVALID, STATUS_OBJECT_PATH_SYNTAX_BAD;
 *	STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS IoCreateSymbolicLink(PUNICODE_STRING SymbolicLinkName, PUNICODE_STRING DeviceName)
{
	NTSTATUS status = check(DeviceName);

	if (!NT_SUCCESS(status))
		return status;

	Name *name = register_name(SymbolicLinkName, true, status);

	if (name)
		owner_hold(name->holding, Held::Link, __builtin_return_address(0));
	return status;
}

/**
 * IoDeleteSymbolicLink() - remove a name that IoCreateSymbolicLink() registered.
 * @SymbolicLinkName: the link.
 *
 * Context: IRQL == PASSIVE_LEVEL.
 * Return: STATUS_SUCCESS; STATUS_OBJECT_NAME_NOT_FOUND if there is none of that
 *	name; STATUS_OBJECT_TYPE_MISMATCH if it is a device's;
 *	STATUS_OBJECT_NAME_INVALID, STATUS_OBJECT_PATH_SYNTAX_BAD.
 */
NTSTATUS IoDeleteSymbolicLink(PUNICODE_STRING SymbolicLinkName)
{
	const NTSTATUS status = check(SymbolicLinkName);
	Name *name;

	if (!NT_SUCCESS(status))
		return status;
	{
		auto guard = names().lock.acquire();

		name = find_locked(*SymbolicLinkName);
		if (!name)
			return STATUS_OBJECT_NAME_NOT_FOUND;
		if (!name->is_link)
			return STATUS_OBJECT_TYPE_MISMATCH;
		names().list.remove(*name);
	}
	owner_drop(name->holding);
	lx_mem_free(name);
	return STATUS_SUCCESS;
}

} /* extern "C" */
