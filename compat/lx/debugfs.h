/* SPDX-License-Identifier: GPL-2.0 */
/* Read-only text files under /sys/kernel/debug/wsk; root only, no stable format. */
#ifndef LX_DEBUGFS_H
#define LX_DEBUGFS_H

#ifdef __cplusplus
extern "C" {
#endif

struct lx_text;

void lx_debugfs_start(void);
void lx_debugfs_stop(void);
/* @show runs in process context at each read; @name and @show live as long as the module. */
void lx_debugfs_add(const char *name, void (*show)(struct lx_text *out));
void lx_text_printf(struct lx_text *out, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#ifdef __cplusplus
}
#endif
#endif
