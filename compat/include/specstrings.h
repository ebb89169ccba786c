/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SPECSTRINGS_H
#define _SPECSTRINGS_H

#include "sal.h"
#include "driverspecs.h"

#endif
