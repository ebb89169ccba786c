/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IN_ADDR. The tag is private, for Linux' tag in_addr is another type; the name
 * in_addr is an alias where no Linux header was included.
 */
#ifndef _INADDR_H
#define _INADDR_H

#include "ntdef.h"

typedef struct nt_in_addr {
	union {
		struct {
			UCHAR s_b1, s_b2, s_b3, s_b4;
		} S_un_b;
		struct {
			USHORT s_w1, s_w2;
		} S_un_w;
		ULONG S_addr;
	} S_un;
} IN_ADDR, *PIN_ADDR, *LPIN_ADDR;

#ifndef NT_WITH_LINUX
#define in_addr nt_in_addr
#define s_addr S_un.S_addr
#define s_host S_un.S_un_b.s_b2
#define s_net S_un.S_un_b.s_b1
#define s_imp S_un.S_un_w.s_w2
#define s_impno S_un.S_un_b.s_b4
#define s_lh S_un.S_un_b.s_b3
#endif

NT_ASSERT_SIZE(IN_ADDR, 4);

#endif
