/* SPDX-License-Identifier: GPL-2.0 */
/* Names of status values, for lines in the log. */
#pragma once

#include <ntdef.h>

namespace nt {

/* "STATUS_TIMEOUT"; for a value that <ntstatus.h> does not name, "unnamed status". */
const char *status_name(NTSTATUS status);

} /* namespace nt */
