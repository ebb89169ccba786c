/* SPDX-License-Identifier: GPL-2.0 */
/* Windows looks names up without regard to case. */
#include "ntdef.h"
