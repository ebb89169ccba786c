// SPDX-License-Identifier: GPL-2.0
#include "object.hpp"
#include "handle.hpp"
#include "lx/irql.h"
#include "lx/log.h"
#include "thread.hpp"
#include <ntstatus.h>

namespace nt {

namespace {

constexpr uptr kCanary = 0x4f424a4354570ULL;	/* mixed with the header's own address */

/* NtCurrentProcess() and NtCurrentThread() */
constexpr uptr kCurrentProcess = ~0UL;
constexpr uptr kCurrentThread = ~0UL - 1;

ObjectHeader *resolve(HANDLE handle)
{
	void *body;

	switch (reinterpret_cast<uptr>(handle)) {
	case kCurrentProcess:
		body = &system_process();
		break;
	case kCurrentThread:
		body = &thread_current();
		break;
	default:
		return handle_ref(handle);
	}
	ObjectHeader::of(body).ref();
	return &ObjectHeader::of(body);
}

} /* namespace */

ObjectHeader::ObjectHeader(ObjectType &type)
	: canary_(kCanary ^ reinterpret_cast<uptr>(this)), type_(&type)
{
	lx_ref_set(&refs_, 1);
}

ObjectHeader::~ObjectHeader()
{
	canary_ = 0;
}

ObjectHeader *ObjectHeader::from_body(const void *body, const char *call)
{
	ObjectHeader *header = &of(const_cast<void *>(body));

	if (body && !(reinterpret_cast<uptr>(body) % alignof(ObjectHeader)) &&
	    header->canary_ == (kCanary ^ reinterpret_cast<uptr>(header)))
		return header;
	lx_log_misuse("OB-OBJECT: %s on %p, which is no object", call, body);
	return nullptr;
}

void ObjectHeader::unref()
{
	if (lx_ref_put(&refs_))
		type_->destroy(body());
}

void object_start()
{
	handle_start();
}

void object_stop()
{
	unsigned int left = handle_stop();

	if (left)
		lx_log_err("leak: %u handles were never closed", left);
}

} /* namespace nt */

using namespace nt;

/**
 * ObReferenceObjectByHandle() - the object behind a handle, referenced.
 * @Handle: a handle, NtCurrentThread() or NtCurrentProcess().
 * @DesiredAccess: ignored; every handle grants all access.
 * @ObjectType: *PsThreadType, or NULL for any.
 * @AccessMode: ignored; all handles are kernel handles and open to all of the kernel.
 * @Object: receives the object; NULL on failure. Give it back with ObDereferenceObject().
 * @HandleInformation: NULL, or receives what is known: no attributes, all access.
 *
 * Context: PASSIVE_LEVEL, process context.
 * Return: STATUS_SUCCESS; STATUS_INVALID_HANDLE; STATUS_OBJECT_TYPE_MISMATCH;
 * STATUS_INVALID_PARAMETER for a NULL @Object.
 */
extern "C" NTSTATUS ObReferenceObjectByHandle(HANDLE Handle, ACCESS_MASK DesiredAccess,
					      POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode,
					      PVOID *Object,
					      POBJECT_HANDLE_INFORMATION HandleInformation)
{
	(void)DesiredAccess;
	(void)AccessMode;
	if (!Object)
		return STATUS_INVALID_PARAMETER;
	*Object = nullptr;

	ObjectHeader *object = resolve(Handle);

	if (!object)
		return STATUS_INVALID_HANDLE;
	if (ObjectType && ObjectType != &object->type()) {
		object->unref();
		return STATUS_OBJECT_TYPE_MISMATCH;
	}
	if (HandleInformation) {
		HandleInformation->HandleAttributes = 0;
		HandleInformation->GrantedAccess = THREAD_ALL_ACCESS;
	}
	*Object = object->body();
	return STATUS_SUCCESS;
}

/**
 * ObReferenceObject() - one reference more.
 * Context: IRQL <= DISPATCH_LEVEL.
 * Return: on Windows the count, for debugging; here 1, or 0 for a pointer that is no
 * object, which is reported.
 */
extern "C" LONG_PTR ObReferenceObject(PVOID Object)
{
	ObjectHeader *object = ObjectHeader::from_body(Object, "ObReferenceObject");

	if (!object)
		return 0;
	object->ref();
	return 1;
}

/**
 * ObDereferenceObject() - one reference less.
 * Context: IRQL <= DISPATCH_LEVEL.
 * Return: as ObReferenceObject(); the object may be gone.
 */
extern "C" LONG_PTR ObDereferenceObject(PVOID Object)
{
	ObjectHeader *object = ObjectHeader::from_body(Object, "ObDereferenceObject");

	if (!object)
		return 0;
	object->unref();
	return 1;
}

/**
 * ZwClose() - close a handle.
 * Context: PASSIVE_LEVEL, process context.
 * Return: STATUS_SUCCESS; STATUS_INVALID_HANDLE, also for the second close of one.
 */
extern "C" NTSTATUS ZwClose(HANDLE Handle)
{
	ObjectHeader *object = handle_close(Handle);

	if (!object)
		return STATUS_INVALID_HANDLE;
	object->unref();
	return STATUS_SUCCESS;
}
