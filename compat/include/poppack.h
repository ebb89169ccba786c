/* SPDX-License-Identifier: GPL-2.0 */
/* Ends what the last <pshpackN.h> began. */
#pragma pack(pop)
