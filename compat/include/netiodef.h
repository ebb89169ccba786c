/* SPDX-License-Identifier: GPL-2.0 */
/* What identifies a network programming interface (NPI) and a module that has one. */
#ifndef _NETIODEF_H
#define _NETIODEF_H

#include "guiddef.h"
#include "ntdef.h"

typedef GUID NPIID;
typedef CONST NPIID *PNPIID;

typedef enum _NPI_MODULEID_TYPE {
	MIT_GUID = 1,
	MIT_IF_LUID = 2,
} NPI_MODULEID_TYPE;

typedef struct _NPI_MODULEID {
	USHORT Length;
	NPI_MODULEID_TYPE Type;
	union {
		GUID Guid;
		LUID IfLuid;
	};
} NPI_MODULEID;
typedef CONST NPI_MODULEID *PNPI_MODULEID;

NT_ASSERT_SIZE(NPI_MODULEID, 24);
NT_ASSERT_OFFSET(NPI_MODULEID, Type, 4);

#endif
