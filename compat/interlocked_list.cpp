// SPDX-License-Identifier: GPL-2.0
/*
 * List operations under a KSPIN_LOCK of the driver's. As on Windows they run with
 * interrupts off, so they are good at any IRQL, and a lock that is given to them
 * is held by nobody who calls one of them.
 */
#include "cxx/types.hpp"
#include "lx/word_lock.h"
#include <wdm.h>

namespace {

class Guard : nt::NonMovable {
public:
	explicit Guard(PKSPIN_LOCK lock)
		: word_(reinterpret_cast<unsigned int *>(lock)), flags_(lx_word_lock_irqsave(word_))
	{
	}
	~Guard() { lx_word_unlock_irqrestore(word_, flags_); }

private:
	unsigned int *word_;
	unsigned long flags_;
};

/* NULL for the head itself: the list is empty there. */
PLIST_ENTRY entry_or_null(PLIST_ENTRY head, PLIST_ENTRY entry)
{
	return entry == head ? nullptr : entry;
}

} /* namespace */

/**
 * ExInterlockedInsertHeadList() - put an entry first.
 * @ListHead: made by InitializeListHead().
 * @ListEntry: not on a list.
 * @Lock: protects the list; the caller does not hold it.
 * Context: any IRQL; any Linux context but NMI.
 * Return: the entry that was first before; NULL if the list was empty.
 */
extern "C" PLIST_ENTRY ExInterlockedInsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
						   PKSPIN_LOCK Lock)
{
	const Guard guard(Lock);
	const PLIST_ENTRY before = entry_or_null(ListHead, ListHead->Flink);

	InsertHeadList(ListHead, ListEntry);
	return before;
}

/**
 * ExInterlockedInsertTailList() - put an entry last.
 * @ListHead: made by InitializeListHead().
 * @ListEntry: not on a list.
 * @Lock: protects the list; the caller does not hold it.
 * Context: any IRQL; any Linux context but NMI.
 * Return: the entry that was last before; NULL if the list was empty.
 */
extern "C" PLIST_ENTRY ExInterlockedInsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
						   PKSPIN_LOCK Lock)
{
	const Guard guard(Lock);
	const PLIST_ENTRY before = entry_or_null(ListHead, ListHead->Blink);

	InsertTailList(ListHead, ListEntry);
	return before;
}

/**
 * ExInterlockedRemoveHeadList() - take the first entry.
 * @ListHead: made by InitializeListHead().
 * @Lock: protects the list; the caller does not hold it.
 * Context: any IRQL; any Linux context but NMI.
 * Return: the entry; NULL if the list was empty.
 */
extern "C" PLIST_ENTRY ExInterlockedRemoveHeadList(PLIST_ENTRY ListHead, PKSPIN_LOCK Lock)
{
	const Guard guard(Lock);

	return IsListEmpty(ListHead) ? nullptr : RemoveHeadList(ListHead);
}

/**
 * ExInterlockedPushEntryList() - put an entry on top of a singly linked list.
 * @ListHead: its Next is NULL while the list is empty.
 * @ListEntry: not on a list.
 * @Lock: protects the list; the caller does not hold it.
 * Context: any IRQL; any Linux context but NMI.
 * Return: the entry that was on top before; NULL if the list was empty.
 */
extern "C" PSINGLE_LIST_ENTRY ExInterlockedPushEntryList(PSINGLE_LIST_ENTRY ListHead,
							 PSINGLE_LIST_ENTRY ListEntry,
							 PKSPIN_LOCK Lock)
{
	const Guard guard(Lock);
	const PSINGLE_LIST_ENTRY before = ListHead->Next;

	PushEntryList(ListHead, ListEntry);
	return before;
}

/**
 * ExInterlockedPopEntryList() - take the entry on top of a singly linked list.
 * @ListHead: its Next is NULL while the list is empty.
 * @Lock: protects the list; the caller does not hold it.
 * Context: any IRQL; any Linux context but NMI.
 * Return: the entry; NULL if the list was empty.
 */
extern "C" PSINGLE_LIST_ENTRY ExInterlockedPopEntryList(PSINGLE_LIST_ENTRY ListHead,
							PKSPIN_LOCK Lock)
{
	const Guard guard(Lock);

	return PopEntryList(ListHead);
}
