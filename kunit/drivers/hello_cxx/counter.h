// SPDX-License-Identifier: GPL-2.0 OR MIT
#pragma once

// Counts the messages of a driver; one instance, placed by the linker.
class Counter {
public:
	LONG Next() { return InterlockedIncrement(&Count_); }

	template <class Tag> static Counter &Instance()
	{
		static Counter Only;
		return Only;
	}

private:
	volatile LONG Count_ = 0;
};

struct HelloTag;

VOID HelloSay(_In_ PCSTR What);
