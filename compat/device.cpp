// SPDX-License-Identifier: GPL-2.0
/*
 * Device objects and symbolic links.
 *
 * There is no user side: a device is memory for its driver's extension, a place
 * on DriverObject->DeviceObject and a target for IoCallDriver(); a symbolic link
 * is its name, kept so that collisions and deletions answer as on Windows. No
 * file appears in /dev for either.
 *
 * All names are in one list, all devices in another; the lock over both also
 * covers the drivers' own lists of devices. All are short and change when drivers
 * load and unload. A device that is deleted is in no list any more, but its memory
 * stays for whoever has referenced it, such as a queued work item.
 */
#include "device.hpp"

#include <ntstatus.h>

#include "cxx/list.hpp"
#include "cxx/lock.hpp"
#include "cxx/new.hpp"
#include "lx/log.h"
#include "lx/mem.h"
#include "object.hpp"
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

void device_destroy(void *object);

constinit ObjectType device_type = { "device", device_destroy };

struct Device {
	Holding holding;
	LIST_ENTRY link;
	Name *name;
	ObjectHeader header{device_type};
	alignas(16) DEVICE_OBJECT object;
};

static_assert(__builtin_offsetof(Device, object) ==
	      __builtin_offsetof(Device, header) + sizeof(ObjectHeader));

struct Names {
	SpinLock lock{LX_RANK_NAMES};	/* protects: both, and every driver's list of devices */
	List<Name, Member<Name, &Name::link>> list;
	List<Device, Member<Device, &Device::link>> devices;
};

alignas(Names) u8 storage[sizeof(Names)];

Names &names()
{
	return *reinterpret_cast<Names *>(storage);
}

/* Whatever @object is: only those in the list are looked at. */
Device *find_device_locked(const void *object)
{
	for (Device *d = names().devices.first(); d; d = names().devices.next(*d))
		if (&d->object == object)
			return d;
	return nullptr;
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

/* Return: the name, now in the list and, if it is a link, held; NULL with @status set. */
Name *register_name(const UNICODE_STRING *text, bool is_link, const void *site, NTSTATUS &status)
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
			if (is_link)
				owner_hold(name->holding, Held::Link, site);
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

void insert(Device &device)
{
	DEVICE_OBJECT &object = device.object;
	auto guard = names().lock.acquire();

	names().devices.push_back(device);
	object.NextDevice = object.DriverObject->DeviceObject;
	object.DriverObject->DeviceObject = &object;
}

void remove_locked(Device &device)
{
	PDEVICE_OBJECT *at = &device.object.DriverObject->DeviceObject;

	names().devices.remove(device);
	while (*at && *at != &device.object)
		at = &(*at)->NextDevice;
	if (*at)
		*at = device.object.NextDevice;
}

/* Takes a device that is still held out of the lists; NULL if @object is none. */
Device *take_device(const void *object)
{
	auto guard = names().lock.acquire();
	Device *device = find_device_locked(object);

	if (!device || !owner_drop(device->holding))
		return nullptr;
	remove_locked(*device);
	return device;
}

/* It is in no list any more. */
void end_device(Device &device)
{
	forget_name(device.name);
	device.object.Type = 0;
	device.header.unref();
}

void device_destroy(void *object)
{
	Device *device = CONTAINING_RECORD(object, Device, object);

	device->~Device();
	lx_mem_free(device);
}

void reclaim_device(Holding &holding)
{
	auto &device = reinterpret_cast<Device &>(holding);
	{
		auto guard = names().lock.acquire();

		remove_locked(device);
	}
	end_device(device);
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

ObjectHeader *device_ref(const void *object)
{
	auto guard = names().lock.acquire();
	Device *device = find_device_locked(object);

	if (!device)
		return nullptr;
	device->header.ref();
	return &device->header;
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

	void *memory = lx_mem_alloc(sizeof(Device) + DeviceExtensionSize,
				    LX_MEM_SLEEP | LX_MEM_ZERO);

	if (!memory)
		return STATUS_INSUFFICIENT_RESOURCES;

	auto *device = new (memory) Device{};

	if (DeviceName)
		device->name = register_name(DeviceName, false, nullptr, status);
	if (!NT_SUCCESS(status)) {
		device->header.unref();
		return status;
	}
	fill(*device, DriverObject, DeviceExtensionSize);
	device->object.DeviceType = DeviceType;
	device->object.Characteristics = DeviceCharacteristics;
	device->object.Flags |= Exclusive ? DO_EXCLUSIVE : 0;
	owner_hold(device->holding, Held::Device, __builtin_return_address(0));
	insert(*device);
	*DeviceObject = &device->object;
	return STATUS_SUCCESS;
}

/**
 * IoDeleteDevice() - delete a device object, its extension and its name.
 * @DeviceObject: from IoCreateDevice(); another is reported as misuse.
 *
 * The name is free at once; the memory goes with the last reference, that of a
 * queued work item or of ObReferenceObject().
 *
 * Context: IRQL == PASSIVE_LEVEL.
 */
VOID IoDeleteDevice(PDEVICE_OBJECT DeviceObject)
{
	Device *device = take_device(DeviceObject);

	if (device)
		end_device(*device);
	else
		lx_log_misuse("IoDeleteDevice of what IoCreateDevice did not return");
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

	register_name(SymbolicLinkName, true, __builtin_return_address(0), status);
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
		/* The unload of its driver has it and is about to remove it. */
		if (!owner_drop(name->holding))
			return STATUS_OBJECT_NAME_NOT_FOUND;
		names().list.remove(*name);
	}
	lx_mem_free(name);
	return STATUS_SUCCESS;
}

} /* extern "C" */
