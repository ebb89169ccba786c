// SPDX-License-Identifier: GPL-2.0
/* Device objects, symbolic links, and IRPs sent to a device. */
#include "nt_worker.h"

static DRIVER_OBJECT *driver_of(struct kunit *test)
{
	DRIVER_OBJECT *driver = kunit_kzalloc(test, sizeof(*driver), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, driver);
	driver->Type = IO_TYPE_DRIVER;
	driver->Size = sizeof(*driver);
	return driver;
}

static NTSTATUS create(DRIVER_OBJECT *driver, PCWSTR name, PDEVICE_OBJECT *device)
{
	UNICODE_STRING string;

	RtlInitUnicodeString(&string, name);
	return IoCreateDevice(driver, 32, &string, FILE_DEVICE_NETWORK, FILE_DEVICE_SECURE_OPEN,
			      FALSE, device);
}

static NTSTATUS link_name(PCWSTR link, PCWSTR device)
{
	UNICODE_STRING from, to;

	RtlInitUnicodeString(&from, link);
	RtlInitUnicodeString(&to, device);
	return IoCreateSymbolicLink(&from, &to);
}

static NTSTATUS unlink_name(PCWSTR link)
{
	UNICODE_STRING from;

	RtlInitUnicodeString(&from, link);
	return IoDeleteSymbolicLink(&from);
}

static void device_has_a_zeroed_extension_and_its_driver(struct kunit *test)
{
	DRIVER_OBJECT *driver = driver_of(test);
	PDEVICE_OBJECT device = NULL;
	UCHAR zeroes[100] = {};

	NT_EXPECT_STATUS(test, IoCreateDevice(driver, sizeof(zeroes), NULL, FILE_DEVICE_UNKNOWN, 0,
					      TRUE, &device), STATUS_SUCCESS);
	KUNIT_ASSERT_NOT_NULL(test, device);
	KUNIT_EXPECT_EQ(test, device->Type, IO_TYPE_DEVICE);
	KUNIT_EXPECT_EQ(test, device->Size, sizeof(*device) + sizeof(zeroes));
	KUNIT_EXPECT_PTR_EQ(test, device->DriverObject, driver);
	KUNIT_EXPECT_PTR_EQ(test, driver->DeviceObject, device);
	KUNIT_EXPECT_EQ(test, device->StackSize, 1);
	KUNIT_EXPECT_EQ(test, device->DeviceType, FILE_DEVICE_UNKNOWN);
	KUNIT_EXPECT_TRUE(test, device->Flags & DO_DEVICE_INITIALIZING);
	KUNIT_EXPECT_TRUE(test, device->Flags & DO_EXCLUSIVE);
	KUNIT_EXPECT_EQ(test, (ULONG_PTR)device->DeviceExtension % 16, 0);
	KUNIT_EXPECT_EQ(test, memcmp(device->DeviceExtension, zeroes, sizeof(zeroes)), 0);
	memset(device->DeviceExtension, 0xa5, sizeof(zeroes));
	IoDeleteDevice(device);
	KUNIT_EXPECT_NULL(test, driver->DeviceObject);
	WSK_RULES(test, "NT-IoCreateDevice NT-IoDeleteDevice");
}

static void devices_are_on_their_drivers_list(struct kunit *test)
{
	DRIVER_OBJECT *driver = driver_of(test);
	PDEVICE_OBJECT a = NULL, b = NULL, c = NULL;

	NT_EXPECT_STATUS(test, create(driver, L"\\Device\\KunitA", &a), STATUS_SUCCESS);
	NT_EXPECT_STATUS(test, create(driver, L"\\Device\\KunitB", &b), STATUS_SUCCESS);
	NT_EXPECT_STATUS(test, create(driver, L"\\Device\\KunitC", &c), STATUS_SUCCESS);
	KUNIT_ASSERT_TRUE(test, a && b && c);
	KUNIT_EXPECT_PTR_EQ(test, driver->DeviceObject, c);
	KUNIT_EXPECT_PTR_EQ(test, c->NextDevice, b);
	KUNIT_EXPECT_PTR_EQ(test, b->NextDevice, a);
	IoDeleteDevice(b);
	KUNIT_EXPECT_PTR_EQ(test, c->NextDevice, a);
	IoDeleteDevice(c);
	IoDeleteDevice(a);
	KUNIT_EXPECT_NULL(test, driver->DeviceObject);
	WSK_RULES(test, "NT-IoCreateDevice NT-IoDeleteDevice");
}

static void names_collide_without_regard_to_case(struct kunit *test)
{
	DRIVER_OBJECT *driver = driver_of(test);
	PDEVICE_OBJECT device = NULL, other = NULL;

	NT_EXPECT_STATUS(test, create(driver, L"\\Device\\Kunit", &device), STATUS_SUCCESS);
	NT_EXPECT_STATUS(test, create(driver, L"\\DEVICE\\kUNIT", &other),
			 STATUS_OBJECT_NAME_COLLISION);
	NT_EXPECT_STATUS(test, link_name(L"\\Device\\Kunit", L"\\Device\\Other"),
			 STATUS_OBJECT_NAME_COLLISION);
	KUNIT_EXPECT_NULL(test, other);
	KUNIT_ASSERT_NOT_NULL(test, device);
	IoDeleteDevice(device);

	/* The name went with the device. */
	NT_EXPECT_STATUS(test, create(driver, L"\\Device\\Kunit", &device), STATUS_SUCCESS);
	IoDeleteDevice(device);
	WSK_RULES(test, "NT-IoCreateDevice NT-IoCreateSymbolicLink");
}

static void bad_names_and_sizes_are_answered(struct kunit *test)
{
	DRIVER_OBJECT *driver = driver_of(test);
	UNICODE_STRING odd = { 3, 4, (PWCH)L"\\a" }, none = { 0, 0, NULL };
	PDEVICE_OBJECT device = NULL;

	NT_EXPECT_STATUS(test, create(driver, L"Device", &device), STATUS_OBJECT_PATH_SYNTAX_BAD);
	NT_EXPECT_STATUS(test, create(driver, L"", &device), STATUS_OBJECT_NAME_INVALID);
	NT_EXPECT_STATUS(test, IoDeleteSymbolicLink(&odd), STATUS_OBJECT_NAME_INVALID);
	NT_EXPECT_STATUS(test, IoDeleteSymbolicLink(&none), STATUS_OBJECT_NAME_INVALID);
	NT_EXPECT_STATUS(test, IoDeleteSymbolicLink(NULL), STATUS_OBJECT_NAME_INVALID);
	NT_EXPECT_STATUS(test, IoCreateDevice(driver, 0x10000, NULL, 0, 0, FALSE, &device),
			 STATUS_INVALID_PARAMETER);
	NT_EXPECT_STATUS(test, IoCreateDevice(NULL, 0, NULL, 0, 0, FALSE, &device),
			 STATUS_INVALID_PARAMETER);
	NT_EXPECT_STATUS(test, IoCreateDevice(driver, 0, NULL, 0, 0, FALSE, NULL),
			 STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_NULL(test, device);
	KUNIT_EXPECT_NULL(test, driver->DeviceObject);
	WSK_RULES(test, "NT-IoCreateDevice NT-IoDeleteSymbolicLink");
}

static void a_referenced_device_outlives_its_deletion(struct kunit *test)
{
	DRIVER_OBJECT *driver = driver_of(test);
	PDEVICE_OBJECT device = NULL, other = NULL;

	NT_EXPECT_STATUS(test, create(driver, L"\\Device\\Kunit", &device), STATUS_SUCCESS);
	KUNIT_ASSERT_NOT_NULL(test, device);
	KUNIT_EXPECT_NE(test, ObReferenceObject(device), 0);
	IoDeleteDevice(device);
	KUNIT_EXPECT_NULL(test, driver->DeviceObject);
	memset(device->DeviceExtension, 0x5a, 32);
	NT_EXPECT_STATUS(test, create(driver, L"\\Device\\Kunit", &other), STATUS_SUCCESS);
	ObDereferenceObject(device);
	KUNIT_ASSERT_NOT_NULL(test, other);
	IoDeleteDevice(other);
	WSK_RULES(test, "NT-IoDeleteDevice NT-ObReferenceObject NT-ObDereferenceObject");
}

static void device_is_not_deleted_twice(struct kunit *test)
{
	DRIVER_OBJECT *driver = driver_of(test);
	PDEVICE_OBJECT device = NULL;

	WSK_EXPECT_REPORT(test, "misuse: IoDeleteDevice of what IoCreateDevice did not return");
	NT_EXPECT_STATUS(test, create(driver, L"\\Device\\Kunit", &device), STATUS_SUCCESS);
	IoDeleteDevice(device);
	IoDeleteDevice(device);
	IoDeleteDevice(NULL);
	WSK_RULES(test, "NT-IoDeleteDevice");
}

static void symbolic_link_is_found_under_both_folders(struct kunit *test)
{
	NT_EXPECT_STATUS(test, link_name(L"\\DosDevices\\Kunit", L"\\Device\\Kunit"), STATUS_SUCCESS);
	NT_EXPECT_STATUS(test, link_name(L"\\??\\KUNIT", L"\\Device\\Kunit"),
			 STATUS_OBJECT_NAME_COLLISION);
	NT_EXPECT_STATUS(test, unlink_name(L"\\??\\Kuni"), STATUS_OBJECT_NAME_NOT_FOUND);
	NT_EXPECT_STATUS(test, unlink_name(L"\\??\\Kunit"), STATUS_SUCCESS);
	NT_EXPECT_STATUS(test, unlink_name(L"\\DosDevices\\Kunit"), STATUS_OBJECT_NAME_NOT_FOUND);
	WSK_RULES(test, "NT-IoCreateSymbolicLink NT-IoDeleteSymbolicLink");
}

static void device_name_is_no_link(struct kunit *test)
{
	DRIVER_OBJECT *driver = driver_of(test);
	PDEVICE_OBJECT device = NULL;

	NT_EXPECT_STATUS(test, create(driver, L"\\Device\\Kunit", &device), STATUS_SUCCESS);
	KUNIT_ASSERT_NOT_NULL(test, device);
	NT_EXPECT_STATUS(test, unlink_name(L"\\Device\\Kunit"), STATUS_OBJECT_TYPE_MISMATCH);
	IoDeleteDevice(device);
	WSK_RULES(test, "NT-IoDeleteSymbolicLink");
}

struct call {
	LONG dispatched;
	LONG completed;
	PDEVICE_OBJECT dispatch_device;
	PDEVICE_OBJECT completion_device;
	UCHAR major;
};

static NTSTATUS dispatch(PDEVICE_OBJECT device, PIRP irp)
{
	struct call *call = *(struct call **)device->DeviceExtension;
	PIO_STACK_LOCATION location = IoGetCurrentIrpStackLocation(irp);

	call->dispatched++;
	call->dispatch_device = location->DeviceObject;
	call->major = location->MajorFunction;
	irp->IoStatus.Status = STATUS_ALERTED;
	irp->IoStatus.Information = location->Parameters.DeviceIoControl.IoControlCode;
	IoCompleteRequest(irp, IO_NO_INCREMENT);
	return STATUS_ALERTED;
}

static NTSTATUS completed(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
	struct call *call = context;

	call->completed++;
	call->completion_device = device;
	return STATUS_MORE_PROCESSING_REQUIRED;
}

static void irp_reaches_the_dispatch_routine_of_its_device(struct kunit *test)
{
	DRIVER_OBJECT *driver = driver_of(test);
	PIRP irp = IoAllocateIrp(1, FALSE);
	PDEVICE_OBJECT device = NULL;
	struct call call = {};

	KUNIT_ASSERT_NOT_NULL(test, irp);
	driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = dispatch;
	NT_EXPECT_STATUS(test, create(driver, L"\\Device\\Kunit", &device), STATUS_SUCCESS);
	KUNIT_ASSERT_NOT_NULL(test, device);
	*(struct call **)device->DeviceExtension = &call;

	IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_DEVICE_CONTROL;
	IoGetNextIrpStackLocation(irp)->Parameters.DeviceIoControl.IoControlCode = 0x1234;
	IoSetCompletionRoutine(irp, completed, &call, TRUE, TRUE, TRUE);
	NT_EXPECT_STATUS(test, IoCallDriver(device, irp), STATUS_ALERTED);
	KUNIT_EXPECT_EQ(test, call.dispatched, 1);
	KUNIT_EXPECT_EQ(test, call.completed, 1);
	KUNIT_EXPECT_EQ(test, call.major, IRP_MJ_DEVICE_CONTROL);
	KUNIT_EXPECT_PTR_EQ(test, call.dispatch_device, device);
	KUNIT_EXPECT_NULL(test, call.completion_device);
	KUNIT_EXPECT_EQ(test, irp->IoStatus.Information, 0x1234);
	IoDeleteDevice(device);
	IoFreeIrp(irp);
	WSK_RULES(test, "NT-IoCallDriver");
}

static void irp_without_location_left_is_not_sent(struct kunit *test)
{
	DRIVER_OBJECT *driver = driver_of(test);
	PIRP irp = IoAllocateIrp(1, FALSE);
	PDEVICE_OBJECT device = NULL;
	struct call call = {};

	KUNIT_ASSERT_NOT_NULL(test, irp);
	NT_EXPECT_STATUS(test, create(driver, L"\\Device\\Kunit", &device), STATUS_SUCCESS);
	KUNIT_ASSERT_NOT_NULL(test, device);
	*(struct call **)device->DeviceExtension = &call;
	IoSetNextIrpStackLocation(irp);
	WSK_EXPECT_REPORT(test, "misuse: IRP-27: IoCallDriver with no stack location left");
	NT_EXPECT_STATUS(test, IoCallDriver(device, irp), STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, call.dispatched, 0);
	KUNIT_EXPECT_EQ(test, irp->CurrentLocation, 1);
	IoDeleteDevice(device);
	IoFreeIrp(irp);
	WSK_RULES(test, "IRP-27 NT-IoCallDriver");
}

static struct kunit_case device_cases[] = {
	KUNIT_CASE(device_has_a_zeroed_extension_and_its_driver),
	KUNIT_CASE(devices_are_on_their_drivers_list),
	KUNIT_CASE(names_collide_without_regard_to_case),
	KUNIT_CASE(bad_names_and_sizes_are_answered),
	KUNIT_CASE(a_referenced_device_outlives_its_deletion),
	KUNIT_CASE(device_is_not_deleted_twice),
	KUNIT_CASE(symbolic_link_is_found_under_both_folders),
	KUNIT_CASE(device_name_is_no_link),
	KUNIT_CASE(irp_reaches_the_dispatch_routine_of_its_device),
	KUNIT_CASE(irp_without_location_left_is_not_sent),
	{}
};

static struct kunit_suite device_suite = {
	.name = "nt_device",
	.test_cases = device_cases,
};

kunit_test_suite(device_suite);
