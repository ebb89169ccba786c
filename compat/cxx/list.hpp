/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Intrusive doubly linked list over NT's LIST_ENTRY, so that the same link
 * serves our objects and an IRP's Tail.Overlay.ListEntry. A link that is on no
 * list points to itself; remove() leaves it so, which makes a second remove()
 * harmless and in_list() truthful. The list owns nothing.
 */
#pragma once

#include "types.hpp"
#include <ntdef.h>

namespace nt {

inline void link_init(LIST_ENTRY &link)
{
	link.Flink = link.Blink = &link;
}

inline bool link_in_list(const LIST_ENTRY &link)
{
	return link.Flink != &link;
}

inline void link_remove(LIST_ENTRY &link)
{
	link.Blink->Flink = link.Flink;
	link.Flink->Blink = link.Blink;
	link_init(link);
}

inline void link_insert_after(LIST_ENTRY &at, LIST_ENTRY &link)
{
	link.Flink = at.Flink;
	link.Blink = &at;
	at.Flink->Blink = &link;
	at.Flink = &link;
}

/*
 * Traits: struct { static LIST_ENTRY &link(T &); static T &object(LIST_ENTRY &); }
 */
template <class T, class Traits> class List : NonMovable {
public:
	List() { link_init(head_); }

	bool empty() const { return head_.Flink == &head_; }
	T *first() { return empty() ? nullptr : &Traits::object(*head_.Flink); }
	T *next(T &object)
	{
		LIST_ENTRY *link = Traits::link(object).Flink;

		return link == &head_ ? nullptr : &Traits::object(*link);
	}

	template <class Do> void each(Do act)
	{
		for (T *object = first(); object; object = next(*object))
			act(*object);
	}

	void push_back(T &object) { link_insert_after(*head_.Blink, Traits::link(object)); }
	void push_front(T &object) { link_insert_after(head_, Traits::link(object)); }
	T *pop_front()
	{
		T *object = first();

		if (object)
			link_remove(Traits::link(*object));
		return object;
	}
	static void remove(T &object) { link_remove(Traits::link(object)); }

	/* All of @other, in order, behind what is here. */
	void splice_back(List &other)
	{
		if (other.empty())
			return;
		other.head_.Flink->Blink = head_.Blink;
		head_.Blink->Flink = other.head_.Flink;
		other.head_.Blink->Flink = &head_;
		head_.Blink = other.head_.Blink;
		link_init(other.head_);
	}

private:
	LIST_ENTRY head_;
};

/* For objects with a LIST_ENTRY member: List<Foo, Member<Foo, &Foo::link>>. */
template <class T, LIST_ENTRY T::*kLink> struct Member {
	static LIST_ENTRY &link(T &object) { return object.*kLink; }
	static T &object(LIST_ENTRY &link)
	{
		const uptr offset = reinterpret_cast<uptr>(&(static_cast<T *>(nullptr)->*kLink));

		return *reinterpret_cast<T *>(reinterpret_cast<u8 *>(&link) - offset);
	}
};

} /* namespace nt */
