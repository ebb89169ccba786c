/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The few words every C++ file needs: fixed-width integers, move, and the
 * "this object cannot change its address" base. There is no std here; what is
 * missing is added here once, not in the file that misses it.
 */
#pragma once

using u8 = unsigned char;
using u16 = unsigned short;
using u32 = unsigned int;
using u64 = unsigned long long;
using i32 = int;
using i64 = long long;
using usize = unsigned long;
using uptr = unsigned long;

namespace nt {

template <class T> struct RemoveReference { using Type = T; };
template <class T> struct RemoveReference<T &> { using Type = T; };
template <class T> struct RemoveReference<T &&> { using Type = T; };

template <class T>
constexpr typename RemoveReference<T>::Type &&move(T &&value) noexcept
{
	return static_cast<typename RemoveReference<T>::Type &&>(value);
}

template <class T>
constexpr const T &min(const T &a, const T &b)
{
	return b < a ? b : a;
}

template <class T>
constexpr const T &max(const T &a, const T &b)
{
	return a < b ? b : a;
}

/* Locks, list nodes and whatever the kernel holds a pointer to stay where they are. */
class NonMovable {
public:
	NonMovable(const NonMovable &) = delete;
	NonMovable &operator=(const NonMovable &) = delete;

protected:
	constexpr NonMovable() = default;
	~NonMovable() = default;
};

} /* namespace nt */

inline void *operator new(usize, void *at) noexcept { return at; }
inline void operator delete(void *, void *) noexcept {}
