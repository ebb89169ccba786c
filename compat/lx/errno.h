/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Linux's error numbers for code that may not see its headers. errno.c checks
 * each against <linux/errno.h> when the module is built.
 */
#ifndef LX_ERRNO_H
#define LX_ERRNO_H

#define LX_ERRNO_LIST(X)						\
	X(EPERM, 1)		X(ENOENT, 2)		X(EINTR, 4)	\
	X(EIO, 5)		X(E2BIG, 7)		X(EAGAIN, 11)	\
	X(ENOMEM, 12)		X(EACCES, 13)		X(EFAULT, 14)	\
	X(EBUSY, 16)		X(EEXIST, 17)		X(ENODEV, 19)	\
	X(EINVAL, 22)		X(ENFILE, 23)		X(ENOSPC, 28)	\
	X(EPIPE, 32)		X(ERANGE, 34)		X(EDEADLK, 35)	\
	X(ENOSYS, 38)		X(ENODATA, 61)		X(ETIME, 62)	\
	X(EPROTO, 71)		X(EOVERFLOW, 75)	X(EMSGSIZE, 90)	\
	X(ENOPROTOOPT, 92)	X(EPROTONOSUPPORT, 93)			\
	X(ESOCKTNOSUPPORT, 94)	X(EOPNOTSUPP, 95)			\
	X(EAFNOSUPPORT, 97)	X(EADDRINUSE, 98)			\
	X(EADDRNOTAVAIL, 99)	X(ENETDOWN, 100)			\
	X(ENETUNREACH, 101)	X(ECONNABORTED, 103)			\
	X(ECONNRESET, 104)	X(ENOBUFS, 105)		X(EISCONN, 106)	\
	X(ENOTCONN, 107)	X(ETIMEDOUT, 110)			\
	X(ECONNREFUSED, 111)	X(EHOSTDOWN, 112)			\
	X(EHOSTUNREACH, 113)	X(EALREADY, 114)			\
	X(EINPROGRESS, 115)	X(ECANCELED, 125)

#define LX_ERRNO_ENUM(name, value) LX_##name = value,
enum lx_errno { LX_ERRNO_LIST(LX_ERRNO_ENUM) };
#undef LX_ERRNO_ENUM

#endif
