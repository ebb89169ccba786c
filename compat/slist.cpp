// SPDX-License-Identifier: GPL-2.0
/*
 * SLIST: a stack that any IRQL may push to. Windows exchanges its 16 bytes at
 * once; here they hold a lock of 32 bits instead, taken with interrupts off for
 * a few instructions: as good at any IRQL, and a pop never reads an entry
 * that somebody else has freed meanwhile. Depth is where Windows has it.
 *
 *	Alignment: depth (16 bits), 0 (16), lock (32)	Region: first entry
 *
 * Whoever takes an entry off may free the header with it: the releasing store of
 * the lock is the last touch of everybody who came before.
 */
#include "cxx/types.hpp"
#include "lx/log.h"
#include "lx/word_lock.h"
#include <wdm.h>

using namespace nt;

namespace {

struct Head {
	u16 depth;
	u16 reserved;
	unsigned int lock;
	SLIST_ENTRY *first;
};

static_assert(sizeof(Head) == sizeof(SLIST_HEADER));

class Guard : NonMovable {
public:
	explicit Guard(Head &head) : head_(head), flags_(lx_word_lock_irqsave(&head.lock)) {}
	~Guard() { lx_word_unlock_irqrestore(&head_.lock, flags_); }

private:
	Head &head_;
	unsigned long flags_;
};

Head &head_of(PSLIST_HEADER header)
{
	return *reinterpret_cast<Head *>(header);
}

} /* namespace */

/**
 * InterlockedPushEntrySList() - put an entry on top.
 * @SListHead: made by InitializeSListHead(), or zeroed memory; 16-byte aligned.
 * @SListEntry: not on a list; 16-byte aligned. A crooked one is reported and pushed.
 * Context: any IRQL; any Linux context but NMI.
 * Return: the entry that was on top before; NULL if the list was empty.
 */
extern "C" PSLIST_ENTRY InterlockedPushEntrySList(PSLIST_HEADER SListHead, PSLIST_ENTRY SListEntry)
{
	Head &head = head_of(SListHead);

	if (reinterpret_cast<uptr>(SListEntry) % alignof(SLIST_ENTRY))
		lx_log_misuse("EX-SLIST: entry %p is not aligned to 16 bytes", SListEntry);

	Guard guard(head);
	SLIST_ENTRY *before = head.first;

	SListEntry->Next = before;
	head.first = SListEntry;
	head.depth++;
	return before;
}

/**
 * InterlockedPopEntrySList() - take the entry on top.
 * Context: any IRQL; any Linux context but NMI.
 * Return: the entry; NULL if the list is empty.
 */
extern "C" PSLIST_ENTRY InterlockedPopEntrySList(PSLIST_HEADER SListHead)
{
	Head &head = head_of(SListHead);
	Guard guard(head);
	SLIST_ENTRY *entry = head.first;

	if (entry) {
		head.first = entry->Next;
		head.depth--;
	}
	return entry;
}

/**
 * InterlockedFlushSList() - take all entries.
 * Context: any IRQL; any Linux context but NMI.
 * Return: the entry that was on top, linked to those below; NULL if the list was empty.
 */
extern "C" PSLIST_ENTRY InterlockedFlushSList(PSLIST_HEADER SListHead)
{
	Head &head = head_of(SListHead);
	Guard guard(head);
	SLIST_ENTRY *entry = head.first;

	head.first = nullptr;
	head.depth = 0;
	return entry;
}

/**
 * QueryDepthSList() - how many entries there are, modulo 65536.
 * Context: any.
 */
extern "C" USHORT QueryDepthSList(PSLIST_HEADER SListHead)
{
	return __atomic_load_n(&head_of(SListHead).depth, __ATOMIC_RELAXED);
}
