// SPDX-License-Identifier: GPL-2.0
/*
 * NT's printf formats, for DbgPrint and ntstrsafe.h.
 *
 *	%[flags][width][.precision][size]type
 *
 *	flags	- + 0 # and space; width and precision also *
 *	size	hh h l ll w I I32 I64 j z t. A long is 32 bits: %ld, %lu and %lx
 *		take a LONG; I, j, z and t take 64 bits
 *	d i u o x X	integers
 *	p	16 upper-case hexadecimal digits, as on 64-bit Windows. The value is
 *		not hashed as Linux's %p: ported code expects to find it again
 *	c s	a character or string of the function's own width
 *	C S	of the other width; h (narrow), l and w (wide) say which in all four
 *	Z	PANSI_STRING, with w or l PUNICODE_STRING: Length bytes, no NUL needed
 *
 * Wide text becomes UTF-8 in narrow output, narrow text is read as UTF-8 in
 * wide output. The precision of a string counts units of its source, which is
 * what bounds the reading of a buffer without a NUL; where Windows converts to
 * a single-byte code page the two are the same number. A NULL string, and a
 * counted string without buffer, prints as "(null)".
 *
 * What has no meaning is copied as it stands and takes no argument, except %n,
 * which skips its pointer and never stores. That goes for %e, %f, %g and %a
 * too: there is no floating point in the kernel.
 *
 * Sources: "Format specification syntax: printf and wprintf functions"
 * (Microsoft C runtime), DbgPrint.
 */
#include "format.hpp"
#include "utf.hpp"

namespace nt {
namespace {

constexpr int kIntMax = 0x7fffffff;
constexpr usize kUnlimited = ~0UL;

/* A va_list is an array type on x86-64; inside a struct it can be handed on by reference. */
struct Args : NonMovable {
	explicit Args(__builtin_va_list args) { __builtin_va_copy(list, args); }
	~Args() { __builtin_va_end(list); }
	__builtin_va_list list;
};

/* Counts everything, stores what fits. */
template <class Out> class Sink : NonMovable {
public:
	Sink(Out *out, usize size) : out_(out), room_(size ? size - 1 : 0), size_(size) {}

	void put(Out unit)
	{
		if (count_ < room_)
			out_[count_] = unit;
		count_++;
	}
	void repeat(Out unit, u64 times)
	{
		for (u64 i = count_; i < room_ && i - count_ < times; i++)
			out_[i] = unit;
		count_ += times;
	}
	int finish()
	{
		if (size_)
			out_[min(count_, room_)] = 0;
		return count_ > kIntMax ? kIntMax : static_cast<int>(count_);
	}

private:
	Out *out_;
	u64 room_;
	u64 size_;
	u64 count_ = 0;
};

enum class Size : u8 { None, Char, Short, Long, Wide, Quad };

struct Spec {
	bool left = false, plus = false, space = false, zero = false, alternate = false;
	int width = 0;
	int precision = -1;
	Size size = Size::None;
};

template <class Char> class Parser : NonMovable {
public:
	Parser(const Char *at, Args &args) : at_(at), args_(args) {}

	/* Reads up to the type, which at() then points to. */
	Spec spec()
	{
		Spec spec;

		while (flag(spec))
			at_++;
		spec.width = number();
		if (spec.width < 0) {
			spec.left = true;
			spec.width = spec.width == -kIntMax - 1 ? kIntMax : -spec.width;
		}
		if (*at_ == '.') {
			at_++;
			spec.precision = max(number(), -1);
		}
		spec.size = size();
		return spec;
	}
	const Char *at() const { return at_; }

private:
	bool flag(Spec &spec) const
	{
		switch (*at_) {
		case '-': return spec.left = true;
		case '+': return spec.plus = true;
		case ' ': return spec.space = true;
		case '0': return spec.zero = true;
		case '#': return spec.alternate = true;
		}
		return false;
	}
	int number()
	{
		int n = 0;

		if (*at_ == '*') {
			at_++;
			return __builtin_va_arg(args_.list, int);
		}
		for (; *at_ >= '0' && *at_ <= '9'; at_++)
			n = n > kIntMax / 10 - 1 ? kIntMax / 10 : n * 10 + (*at_ - '0');
		return n;
	}
	bool next(char wanted)
	{
		if (*at_ != static_cast<Char>(wanted))
			return false;
		at_++;
		return true;
	}
	Size size()
	{
		if (next('h'))
			return next('h') ? Size::Char : Size::Short;
		if (next('l'))
			return next('l') ? Size::Quad : Size::Long;
		if (next('w'))
			return Size::Wide;
		if (next('j') || next('z') || next('t'))
			return Size::Quad;
		if (!next('I'))
			return Size::None;
		if (at_[0] == '3' && at_[1] == '2') {
			at_ += 2;
			return Size::Long;
		}
		if (at_[0] == '6' && at_[1] == '4')
			at_ += 2;
		return Size::Quad;
	}

	const Char *at_;
	Args &args_;
};

template <class Out> void pad(Sink<Out> &sink, const Spec &spec, usize length, bool left)
{
	if (spec.left == left && static_cast<usize>(spec.width) > length)
		sink.repeat(' ', static_cast<usize>(spec.width) - length);
}

/* @prefix: sign or base, in front of zeros. */
template <class Out>
void put_digits(Sink<Out> &sink, const Spec &spec, u64 value, u32 base, bool upper,
		const char *prefix)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char text[24];		/* 64 bits in octal are 22 digits */
	usize count = 0, zeros = 0, before = 0;

	for (; value; value /= base)
		text[count++] = digits[value % base];
	while (prefix[before])
		before++;
	const usize wanted = spec.precision < 0 ? 1 : static_cast<usize>(spec.precision);
	if (wanted > count)
		zeros = wanted - count;
	if (base == 8 && spec.alternate && !zeros)
		zeros = 1;
	if (spec.zero && !spec.left && spec.precision < 0 &&
	    static_cast<usize>(spec.width) > before + zeros + count)
		zeros = static_cast<usize>(spec.width) - before - count;

	const usize length = before + zeros + count;

	pad(sink, spec, length, false);
	for (usize i = 0; i < before; i++)
		sink.put(prefix[i]);
	sink.repeat('0', zeros);
	while (count)
		sink.put(text[--count]);
	pad(sink, spec, length, true);
}

template <class Out> void put_signed(Sink<Out> &sink, const Spec &spec, Args &args)
{
	i64 value;

	if (spec.size == Size::Quad)
		value = __builtin_va_arg(args.list, i64);
	else
		value = __builtin_va_arg(args.list, int);
	if (spec.size == Size::Short)
		value = static_cast<short>(value);
	else if (spec.size == Size::Char)
		value = static_cast<signed char>(value);
	const u64 magnitude = value < 0 ? 0 - static_cast<u64>(value) : static_cast<u64>(value);

	put_digits(sink, spec, magnitude, 10, false,
		   value < 0 ? "-" : spec.plus ? "+" : spec.space ? " " : "");
}

template <class Out>
void put_unsigned(Sink<Out> &sink, const Spec &spec, Args &args, u32 base, bool upper)
{
	u64 value;

	if (spec.size == Size::Quad)
		value = __builtin_va_arg(args.list, u64);
	else
		value = __builtin_va_arg(args.list, u32);
	if (spec.size == Size::Short)
		value = static_cast<u16>(value);
	else if (spec.size == Size::Char)
		value = static_cast<u8>(value);
	const bool prefixed = base == 16 && spec.alternate && value;

	put_digits(sink, spec, value, base, upper, prefixed ? (upper ? "0X" : "0x") : "");
}

template <class Out> void put_pointer(Sink<Out> &sink, Spec spec, Args &args)
{
	const uptr value = reinterpret_cast<uptr>(__builtin_va_arg(args.list, void *));

	spec.precision = 16;
	put_digits(sink, spec, value, 16, true, spec.alternate ? "0X" : "");
}

/*
 * A walk over at most @limit units of @text, up to a NUL if @counted is false.
 * Narrow text in narrow output, and wide in wide, goes through unit by unit,
 * also where it is not well formed: converting is not the formatter's task there.
 */
template <class Out, class In, class Each>
void each_unit(const In *text, usize limit, bool counted, Each each)
{
	for (usize i = 0; i < limit && (counted || text[i]);) {
		if constexpr (sizeof(In) == sizeof(Out)) {
			each(static_cast<Out>(text[i++]));
		} else {
			const Decoded c = decode(text + i, limit - i);
			Out units[4];
			const u32 n = encode(c.code, units);

			for (u32 k = 0; k < n; k++)
				each(units[k]);
			i += c.used;
		}
	}
}

template <class Out, class In>
void put_text(Sink<Out> &sink, const Spec &spec, const In *text, usize limit, bool counted)
{
	usize length = 0;

	if (spec.precision >= 0)
		limit = min(limit, static_cast<usize>(spec.precision));
	each_unit<Out>(text, limit, counted, [&](Out) { length++; });
	pad(sink, spec, length, false);
	each_unit<Out>(text, limit, counted, [&](Out unit) { sink.put(unit); });
	pad(sink, spec, length, true);
}

template <class Out> void put_null(Sink<Out> &sink, const Spec &spec)
{
	put_text(sink, spec, "(null)", kUnlimited, false);
}

/* Is the argument of %c, %s (@other false), %C or %S (@other true) wide? */
template <class Out> bool is_wide(const Spec &spec, bool other)
{
	if (spec.size == Size::Short || spec.size == Size::Char)
		return false;
	if (spec.size == Size::Long || spec.size == Size::Wide)
		return true;
	return (sizeof(Out) == sizeof(WCHAR)) != other;
}

template <class Out> void put_char(Sink<Out> &sink, Spec spec, Args &args, bool wide)
{
	const int value = __builtin_va_arg(args.list, int);

	spec.precision = -1;
	if (wide) {
		const WCHAR c = static_cast<WCHAR>(value);

		put_text(sink, spec, &c, 1, true);
	} else {
		const char c = static_cast<char>(value);

		put_text(sink, spec, &c, 1, true);
	}
}

template <class Out> void put_string(Sink<Out> &sink, const Spec &spec, Args &args, bool wide)
{
	const void *text = __builtin_va_arg(args.list, const void *);

	if (!text)
		put_null(sink, spec);
	else if (wide)
		put_text(sink, spec, static_cast<const WCHAR *>(text), kUnlimited, false);
	else
		put_text(sink, spec, static_cast<const char *>(text), kUnlimited, false);
}

template <class Out> void put_counted(Sink<Out> &sink, const Spec &spec, Args &args)
{
	const void *string = __builtin_va_arg(args.list, const void *);

	if (!string) {
		put_null(sink, spec);
	} else if (spec.size == Size::Wide || spec.size == Size::Long) {
		const UNICODE_STRING &wide = *static_cast<const UNICODE_STRING *>(string);

		if (wide.Buffer)
			put_text(sink, spec, wide.Buffer, wide.Length / sizeof(WCHAR), true);
		else
			put_null(sink, spec);
	} else {
		const ANSI_STRING &narrow = *static_cast<const ANSI_STRING *>(string);

		if (narrow.Buffer)
			put_text(sink, spec, narrow.Buffer, narrow.Length, true);
		else
			put_null(sink, spec);
	}
}

/* Return: false if @type has no meaning. */
template <class Out> bool convert(Sink<Out> &sink, const Spec &spec, Args &args, u32 type)
{
	switch (type) {
	case 'd':
	case 'i':
		put_signed(sink, spec, args);
		return true;
	case 'u':
		put_unsigned(sink, spec, args, 10, false);
		return true;
	case 'o':
		put_unsigned(sink, spec, args, 8, false);
		return true;
	case 'x':
	case 'X':
		put_unsigned(sink, spec, args, 16, type == 'X');
		return true;
	case 'p':
		put_pointer(sink, spec, args);
		return true;
	case 'c':
	case 'C':
		put_char(sink, spec, args, is_wide<Out>(spec, type == 'C'));
		return true;
	case 's':
	case 'S':
		put_string(sink, spec, args, is_wide<Out>(spec, type == 'S'));
		return true;
	case 'Z':
		put_counted(sink, spec, args);
		return true;
	case 'n':
		(void)__builtin_va_arg(args.list, void *);
		return false;
	}
	return false;
}

template <class Char>
int format(Char *out, usize size, const Char *format, __builtin_va_list list)
{
	Sink<Char> sink(out, size);
	Args args(list);

	while (*format) {
		if (*format != '%') {
			sink.put(*format++);
			continue;
		}
		if (format[1] == '%') {
			sink.put('%');
			format += 2;
			continue;
		}
		Parser<Char> parser(format + 1, args);
		const Spec spec = parser.spec();
		const Char *end = parser.at() + (*parser.at() ? 1 : 0);

		if (!convert(sink, spec, args, static_cast<u32>(*parser.at())))
			for (const Char *c = format; c < end; c++)
				sink.put(*c);
		format = end;
	}
	return sink.finish();
}

} /* namespace */

int format_a(char *out, usize size, const char *text, __builtin_va_list args)
{
	return format(out, size, text, args);
}

int format_w(WCHAR *out, usize size, const WCHAR *text, __builtin_va_list args)
{
	return format(out, size, text, args);
}

} /* namespace nt */

/**
 * wsk_nt_vsnprintf_a() - what RtlStringCbPrintfA and its kin are made of.
 * @out: buffer for the text; may be NULL if @size is 0
 * @size: characters @out holds, with the NUL
 * @format: format.cpp's head has the conversions
 * @args: the arguments
 *
 * Always ends the text with a NUL. Not an NT name: ntstrsafe.h's inline
 * functions call it and turn the length into a status.
 *
 * Context: any IRQL; any Linux context.
 * Return: characters the whole text has, without the NUL; never negative.
 */
extern "C" int wsk_nt_vsnprintf_a(char *out, SIZE_T size, const char *format,
				  __builtin_va_list args)
{
	return nt::format_a(out, size, format, args);
}

/**
 * wsk_nt_vsnprintf_w() - the same for wide text.
 * @out: buffer for the text; may be NULL if @size is 0
 * @size: WCHARs @out holds, with the NUL
 * @format: the wide format, in which %s is wide and %S narrow
 * @args: the arguments
 *
 * Context: any IRQL; any Linux context.
 * Return: WCHARs the whole text has, without the NUL; never negative.
 */
extern "C" int wsk_nt_vsnprintf_w(WCHAR *out, SIZE_T size, const WCHAR *format,
				  __builtin_va_list args)
{
	return nt::format_w(out, size, format, args);
}
