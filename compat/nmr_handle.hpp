/* SPDX-License-Identifier: GPL-2.0 */
/*
 * NMR handles: numbers that count up and are never used twice, so that a stale one
 * is told for certain. They look like no address, and like no other handle.
 */
#pragma once

#include <ntdef.h>

#include "cxx/list.hpp"

namespace nt {

/* What a handle names. */
class NmrNamed : NonMovable {
public:
	enum class Kind : u8 { Client, Provider, Binding };

	explicit NmrNamed(Kind of) : kind(of) { link_init(name_link); }

	HANDLE handle() const { return reinterpret_cast<HANDLE>(name); }

	LIST_ENTRY name_link;
	uptr name = 0;
	const Kind kind;
};

/* Under the registrar's lock. */
class NmrNames : NonMovable {
public:
	void add(NmrNamed &named);
	static void remove(NmrNamed &named) { link_remove(named.name_link); }
	/* Return: NULL if there is none of that kind. */
	NmrNamed *find(HANDLE handle, NmrNamed::Kind kind);

private:
	using Bucket = List<NmrNamed, Member<NmrNamed, &NmrNamed::name_link>>;

	static constexpr unsigned kBuckets = 128;
	static constexpr uptr kFirst = 0x4e4d520000000004UL;	/* "NMR" */
	static constexpr uptr kStep = 4;

	Bucket &bucket(uptr name) { return buckets_[name / kStep % kBuckets]; }

	uptr next_ = kFirst;
	Bucket buckets_[kBuckets];
};

} /* namespace nt */
