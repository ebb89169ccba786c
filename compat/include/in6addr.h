/* SPDX-License-Identifier: GPL-2.0 */
/* IN6_ADDR; about its tag see <inaddr.h>. */
#ifndef _IN6ADDR_H
#define _IN6ADDR_H

#include "ntdef.h"

typedef struct nt_in6_addr {
	union {
		UCHAR Byte[16];
		USHORT Word[8];
	} u;
} IN6_ADDR, *PIN6_ADDR, *LPIN6_ADDR;

#ifndef NT_WITH_LINUX
#define in6_addr nt_in6_addr
#define in_addr6 nt_in6_addr
#define _S6_un u
#define _S6_u8 Byte
#define s6_addr u.Byte
#define s6_bytes u.Byte
#define s6_words u.Word
#endif

NT_ASSERT_SIZE(IN6_ADDR, 16);

#endif
