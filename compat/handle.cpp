// SPDX-License-Identifier: GPL-2.0
#include "handle.hpp"
#include "cxx/lock.hpp"
#include "cxx/new.hpp"

namespace nt {

namespace {

constexpr u32 kFirstSize = 64;
constexpr u32 kMaxSize = 1U << 20;
constexpr uptr kStep = 4;

class Table : NonMovable {
public:
	bool insert(ObjectHeader &object, u32 &index);
	ObjectHeader *at(u32 index) { return index < size_ ? slots_[index] : nullptr; }
	ObjectHeader *remove(u32 index);
	ObjectHeader *remove_any(ObjectHeader *of);	/* NULL: of any object */
	bool full() const { return used_ == size_; }
	u32 next_size() const { return size_ ? size_ * 2 : kFirstSize; }
	ObjectHeader **adopt(ObjectHeader **slots, u32 size);
	ObjectHeader **slots() const { return slots_; }

	SpinLock lock{LX_RANK_OBJECT};	/* protects all below */

private:
	ObjectHeader **slots_ = nullptr;
	u32 size_ = 0;
	u32 used_ = 0;
	u32 next_ = 0;
};

bool Table::insert(ObjectHeader &object, u32 &index)
{
	if (full())
		return false;
	while (slots_[next_ % size_])
		next_++;
	index = next_++ % size_;
	slots_[index] = &object;
	used_++;
	return true;
}

ObjectHeader *Table::remove(u32 index)
{
	ObjectHeader *object = at(index);

	if (object) {
		slots_[index] = nullptr;
		used_--;
	}
	return object;
}

ObjectHeader *Table::remove_any(ObjectHeader *of)
{
	for (u32 i = 0; i < size_; i++) {
		if (slots_[i] && (!of || slots_[i] == of))
			return remove(i);
	}
	return nullptr;
}

/* Moves into @slots unless somebody else made room. Return: the array to be freed. */
ObjectHeader **Table::adopt(ObjectHeader **slots, u32 size)
{
	ObjectHeader **old = slots_;

	if (size <= size_)
		return slots;
	for (u32 i = 0; i < size_; i++)
		slots[i] = old[i];
	next_ = size_;
	slots_ = slots;
	size_ = size;
	return old;
}

alignas(Table) constinit u8 storage[sizeof(Table)] = {};

Table &table()
{
	return *reinterpret_cast<Table *>(storage);
}

bool grow()
{
	u32 size;
	{
		auto guard = table().lock.acquire();

		size = table().next_size();
	}
	if (size > kMaxSize)
		return false;

	void *slots = lx_mem_alloc(size * sizeof(ObjectHeader *), LX_MEM_SLEEP | LX_MEM_ZERO);

	if (!slots)
		return false;
	{
		auto guard = table().lock.acquire();

		slots = table().adopt(static_cast<ObjectHeader **>(slots), size);
	}
	lx_mem_free(slots);
	return true;
}

HANDLE to_handle(u32 index)
{
	return reinterpret_cast<HANDLE>((uptr{index} + 1) * kStep);
}

/* A handle with one of its two lower bits set is the same handle, as on Windows. */
bool to_index(HANDLE handle, u32 &index)
{
	uptr value = reinterpret_cast<uptr>(handle) / kStep;

	if (!value || value > kMaxSize)
		return false;
	index = static_cast<u32>(value - 1);
	return true;
}

} /* namespace */

HANDLE handle_open(ObjectHeader &object)
{
	u32 index;

	do {
		auto guard = table().lock.acquire();

		if (table().insert(object, index))
			return to_handle(index);
	} while (grow());
	return nullptr;
}

ObjectHeader *handle_ref(HANDLE handle)
{
	u32 index;

	if (!to_index(handle, index))
		return nullptr;
	auto guard = table().lock.acquire();
	ObjectHeader *object = table().at(index);

	if (object)
		object->ref();
	return object;
}

ObjectHeader *handle_close(HANDLE handle)
{
	u32 index;

	if (!to_index(handle, index))
		return nullptr;
	auto guard = table().lock.acquire();

	return table().remove(index);
}

void handle_close_all(ObjectHeader &object)
{
	for (;;) {
		ObjectHeader *closed;
		{
			auto guard = table().lock.acquire();

			closed = table().remove_any(&object);
		}
		if (!closed)
			break;
		closed->unref();
	}
}

void handle_start()
{
	new (storage) Table;
}

unsigned int handle_stop()
{
	unsigned int left = 0;

	while (ObjectHeader *object = table().remove_any(nullptr)) {
		object->unref();
		left++;
	}
	lx_mem_free(table().slots());
	table().~Table();
	return left;
}

} /* namespace nt */
