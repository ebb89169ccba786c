/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Intrusive reference counts. RefCounted<T> starts at one, which adopt() takes
 * over; Ref<T> is the only owner, a raw pointer or reference is borrowed. The
 * count is the kernel's saturating refcount_t. At zero T::last_put() runs, at
 * whatever IRQL the last owner was: what may sleep belongs on a work item.
 *
 * Whoever hands an object to C (a work item, sk_user_data, an IRP) hands over
 * a reference by name, into_raw(), and the callback takes it back, from_raw().
 */
#pragma once

#include "types.hpp"
#include "lx/ref.h"

namespace nt {

template <class T> class RefCounted : NonMovable {
public:
	void ref() { lx_ref_get(&count_); }
	[[nodiscard]] bool try_ref() { return lx_ref_try_get(&count_); }
	void unref()
	{
		if (lx_ref_put(&count_))
			static_cast<T *>(this)->last_put();
	}

protected:
	RefCounted() { lx_ref_set(&count_, 1); }
	~RefCounted() = default;

private:
	unsigned int count_;
};

template <class T> class Ref {
public:
	constexpr Ref() = default;
	constexpr Ref(decltype(nullptr)) {}
	explicit Ref(T &borrowed) : object_(&borrowed) { object_->ref(); }
	Ref(const Ref &other) : object_(other.object_)
	{
		if (object_)
			object_->ref();
	}
	Ref(Ref &&other) noexcept : object_(other.into_raw()) {}
	~Ref() { reset(); }

	Ref &operator=(Ref other) noexcept
	{
		T *mine = object_;

		object_ = other.object_;
		other.object_ = mine;
		return *this;
	}

	static Ref adopt(T *owned) { return Ref(owned, Adopt{}); }
	static Ref from_raw(void *raw) { return Ref(static_cast<T *>(raw), Adopt{}); }
	[[nodiscard]] T *into_raw() noexcept
	{
		T *raw = object_;

		object_ = nullptr;
		return raw;
	}

	void reset()
	{
		if (T *object = into_raw())
			object->unref();
	}

	T *get() const { return object_; }
	T *operator->() const { return object_; }
	T &operator*() const { return *object_; }
	explicit operator bool() const { return object_ != nullptr; }

private:
	struct Adopt {};
	Ref(T *owned, Adopt) : object_(owned) {}

	T *object_ = nullptr;
};

} /* namespace nt */
