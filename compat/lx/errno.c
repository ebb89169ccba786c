// SPDX-License-Identifier: GPL-2.0
#include <linux/build_bug.h>
#include <linux/errno.h>

#include "errno.h"

#define LX_ERRNO_CHECK(name, value) static_assert(name == LX_##name);
LX_ERRNO_LIST(LX_ERRNO_CHECK)
