/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What Microsoft's compiler understands and gcc and clang on Linux do not:
 * __declspec, calling conventions, __int64, __pragma, forced inlining.
 *
 * A file may have included Linux headers first (a KUnit suite does). Then
 * NT_WITH_LINUX is defined, Linux's spelling of what both define stays, and
 * only names that Linux does not use are added.
 */
#ifndef _WDM_COMPILER_H
#define _WDM_COMPILER_H

#ifdef _LINUX_TYPES_H
#define NT_WITH_LINUX 1
#endif

/* <pshpack1.h> is made to change the packing of the file that includes it. */
#if defined(__clang__) && !defined(NT_WITH_LINUX)
#pragma clang diagnostic ignored "-Wpragma-pack"
#endif

#ifdef __cplusplus
#define NT_EXTERN_C_BEGIN extern "C" {
#define NT_EXTERN_C_END }
#define EXTERN_C extern "C"
#define C_ASSERT(e) static_assert(e, #e)
#else
#define NT_EXTERN_C_BEGIN
#define NT_EXTERN_C_END
#define EXTERN_C extern
#define C_ASSERT(e) _Static_assert(e, #e)
#endif

#define EXTERN_C_START NT_EXTERN_C_BEGIN
#define EXTERN_C_END NT_EXTERN_C_END

#define NT_ASSERT_SIZE(type, size) C_ASSERT(sizeof(type) == (size))
#define NT_ASSERT_OFFSET(type, member, offset) \
	C_ASSERT(__builtin_offsetof(type, member) == (offset))

/*
 * Linux's build force-includes a header that gives "inline" other linkage than C
 * has. A driver's source means plain C.
 */
#ifndef NT_WITH_LINUX
#undef inline
#undef __inline
#undef __inline__
#ifndef __cplusplus
#undef auto
#endif
#endif

/* Inline functions of these headers: the return address stays the driver's. */
#define NT_INLINE static __inline__ __attribute__((__always_inline__, __unused__))

#undef __forceinline
#define __forceinline __inline__ __attribute__((__always_inline__))
#define FORCEINLINE __forceinline
#define CFORCEINLINE __forceinline
#ifndef NT_WITH_LINUX
#ifndef _inline
#define _inline __inline__
#endif
#endif

#undef __cdecl
#undef __stdcall
#undef __fastcall
#undef __vectorcall
#undef __thiscall
#define __cdecl
#define __stdcall
#define __fastcall
#define __vectorcall
#define __thiscall
#ifndef NT_WITH_LINUX
#define _cdecl
#define _stdcall
#define _fastcall
#endif
#define NTAPI
#define FASTCALL
#define NTKERNELAPI
#define NTSYSAPI
#define NTSYSCALLAPI
#define NTHALAPI
#define NTNETIOAPI
#define WINAPI
#define CALLBACK
#define APIENTRY
#define DDKAPI
#define __RPC_FAR
#define UNALIGNED
#ifndef __unaligned
#define __unaligned
#endif
#define RESTRICTED_POINTER
#ifndef __ptr64
#define __ptr64
#define __ptr32
#endif
#ifndef __w64
#define __w64
#endif

/* The argument of ## is not expanded, so a macro named "noinline" does no harm. */
#undef __declspec
#define __declspec(x) NT_DECLSPEC_##x
#define NT_DECLSPEC_align(n) __attribute__((__aligned__(n)))
#define NT_DECLSPEC_noreturn __attribute__((__noreturn__))
#define NT_DECLSPEC_noinline __attribute__((__noinline__))
#define NT_DECLSPEC_deprecated
#define NT_DECLSPEC_dllimport
#define NT_DECLSPEC_dllexport
#define NT_DECLSPEC_selectany __attribute__((__weak__))
#define NT_DECLSPEC_code_seg(name)
#define NT_DECLSPEC_allocate(name)
#define NT_DECLSPEC_nothrow __attribute__((__nothrow__))
#define NT_DECLSPEC_novtable
#define NT_DECLSPEC_noalias
#define NT_DECLSPEC_restrict
#define NT_DECLSPEC_allocator
#define NT_DECLSPEC_safebuffers
#define NT_DECLSPEC_guard(x)
#define NT_DECLSPEC_uuid(x)
#define NT_DECLSPEC_property(x)
#define NT_DECLSPEC_empty_bases

#define DECLSPEC_ALIGN(n) __attribute__((__aligned__(n)))
#define DECLSPEC_CACHEALIGN DECLSPEC_ALIGN(64)
#define DECLSPEC_NORETURN __attribute__((__noreturn__))
#define DECLSPEC_NOINLINE __attribute__((__noinline__))
#define DECLSPEC_IMPORT
#define DECLSPEC_EXPORT
#define DECLSPEC_SELECTANY __attribute__((__weak__))
#define DECLSPEC_DEPRECATED
#define DECLSPEC_DEPRECATED_DDK
#define DECLSPEC_UUID(x)
#define DECLSPEC_NOVTABLE
#define DECLSPEC_RESTRICT
#define POINTER_ALIGNMENT DECLSPEC_ALIGN(8)

#ifndef __int64
#define __int8 char
#define __int16 short
#define __int32 int
#define __int64 long long
#endif

#ifndef __pragma
#define __pragma(x) _Pragma(#x)
#endif

#ifndef __assume
#define __assume(e) do { if (!(e)) __builtin_unreachable(); } while (0)
#endif
#ifndef __noop
#define __noop(...) ((void)0)
#endif

/*
 * These make a section or a check on Windows and nothing here. ALLOC_PRAGMA
 * stays undefined, so that #ifdef ALLOC_PRAGMA blocks vanish.
 */
#define PAGED
#define INITCODE
#define NONPAGED

#endif
