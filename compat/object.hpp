/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Objects of NT's object manager, as far as drivers meet them: counted, typed,
 * known by pointers to their bodies. The header lies in front of the body; its
 * canary depends on its address, so that a pointer to anything else is answered
 * and not followed.
 *
 * A reference keeps the body's memory. Handles (handle.hpp) own one each.
 */
#pragma once

#include "cxx/types.hpp"
#include "lx/ref.h"
#include <wdm.h>

struct _OBJECT_TYPE {
	const char *name;
	void (*destroy)(void *body);	/* at the last reference, IRQL <= DISPATCH_LEVEL */
};

namespace nt {

using ObjectType = ::_OBJECT_TYPE;

class alignas(16) ObjectHeader : NonMovable {
public:
	explicit ObjectHeader(ObjectType &type);
	~ObjectHeader();

	static ObjectHeader *from_body(const void *body, const char *call);	/* NULL: reported */
	static ObjectHeader &of(void *body) { return static_cast<ObjectHeader *>(body)[-1]; }

	void *body() { return this + 1; }
	ObjectType &type() const { return *type_; }
	void ref() { lx_ref_get(&refs_); }
	[[nodiscard]] bool try_ref() { return lx_ref_try_get(&refs_); }
	void unref();

private:
	uptr canary_;
	ObjectType *type_;
	u32 refs_;
};

extern ObjectType thread_type;
extern ObjectType process_type;

void object_start();
void object_stop();	/* closes what handles are left, and says so */

} /* namespace nt */
