/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What the demo's client and server share: data that can be made again, and its checksum. */
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FNV_START 0xcbf29ce484222325ULL

static inline uint64_t fnv1a(uint64_t sum, const void *data, size_t length)
{
	const unsigned char *bytes = data;

	while (length--)
		sum = (sum ^ *bytes++) * 0x100000001b3ULL;
	return sum;
}

/* xorshift64*: the state must not be 0. */
static inline uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

static inline void fill_random(uint64_t *state, void *data, size_t length)
{
	unsigned char *bytes = data;

	while (length) {
		uint64_t word = next_random(state);
		size_t part = length < sizeof(word) ? length : sizeof(word);

		memcpy(bytes, &word, part);
		bytes += part;
		length -= part;
	}
}

static inline uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const char *program;

static inline void say(const char *format, ...)
{
	va_list args;

	printf("%s: ", program);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
}

#define die(...) do { say(__VA_ARGS__); exit(1); } while (0)

/* 4MiB, 64KiB, 17 */
static inline uint64_t parse_size(const char *text)
{
	char *end;
	uint64_t size = strtoull(text, &end, 10);

	if (!strcmp(end, "MiB"))
		return size << 20;
	if (!strcmp(end, "KiB"))
		return size << 10;
	if (*end || end == text)
		die("\"%s\" is not a size: write 17, 64KiB or 4MiB", text);
	return size;
}
