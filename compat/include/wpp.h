/* SPDX-License-Identifier: GPL-2.0 */
/*
 * WPP software tracing, absent. The preprocessor that writes *.tmh on Windows does
 * not run here, so its macros are empty and its files are; WPP_CONTROL_GUIDS, which
 * a driver defines, is never expanded. Trace functions that a driver names itself,
 * in comments only that preprocessor reads, are the driver's to define.
 */
#ifndef _WPP_H
#define _WPP_H

#define WPP_INIT_TRACING(...) ((void)0)
#define WPP_CLEANUP(...) ((void)0)
#define WPP_SYSTEMCONTROL(...) ((void)0)
#define WPP_TRACE_CONTROL(...) ((void)0)
#define WPP_RECORDER_INITIALIZE(...) ((void)0)
#define DoTraceMessage(...) ((void)0)
#define DoTraceLevelMessage(...) ((void)0)
#ifndef TraceEvents
#define TraceEvents(...) ((void)0)
#endif
#ifndef TraceMessage
#define TraceMessage(...) ((void)0)
#endif

#define TRACE_LEVEL_NONE 0
#define TRACE_LEVEL_CRITICAL 1
#define TRACE_LEVEL_FATAL 1
#define TRACE_LEVEL_ERROR 2
#define TRACE_LEVEL_WARNING 3
#define TRACE_LEVEL_INFORMATION 4
#define TRACE_LEVEL_VERBOSE 5

#endif
