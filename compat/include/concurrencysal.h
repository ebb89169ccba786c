/* SPDX-License-Identifier: GPL-2.0 */
/* The lock annotations; they are with the others. */
#include "sal.h"
