// SPDX-License-Identifier: GPL-2.0 OR MIT
#include <ntddk.h>
#include "counter.h"
#include "counter.tmh"

VOID HelloSay(_In_ PCSTR What)
{
	LONG Number = Counter::Instance<HelloTag>().Next();

	DbgPrint("hello_cxx: %s, message %ld\n", What, Number);
}
