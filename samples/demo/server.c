// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What the fetch sample talks to: answers any GET with the same stream of bytes, without headers,
 * and ends after a number of connections. With --echo it sends back what it gets, one process a
 * connection, to try the client without a driver.
 */
#include "demo.h"

enum { CHUNK = 65536 };

struct options {
	unsigned int port;
	uint64_t bytes;
	unsigned int connections;
	bool echo;
};

static unsigned int deadline = 60;	/* seconds in which nothing moves, or 0 */

static const char usage[] =
	"usage: server [--port N] [--bytes SIZE] [--quick] [--connections N]\n"
	"              [--deadline SECONDS] [--echo]\n";

/* Ends a server that has hung, and not one that is slow. */
static void moved(void)
{
	alarm(deadline);
}

static int listen_on(unsigned int port)
{
	struct sockaddr_in6 any6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in any4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	bool v6 = fd >= 0;
	int on = 1, off = 0;

	if (!v6)
		fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0)
		die("no socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (v6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, v6 ? (void *)&any6 : (void *)&any4, v6 ? sizeof(any6) : sizeof(any4)) ||
	    listen(fd, 128))
		die("cannot listen on port %u: %s", port, strerror(errno));
	return fd;
}

static bool send_all(int fd, const char *data, size_t length)
{
	while (length) {
		ssize_t sent = send(fd, data, length < CHUNK ? length : CHUNK, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		moved();
		data += sent;
		length -= sent;
	}
	return true;
}

/* The whole request is read: a close with unread data would reset the connection. */
static bool read_request(int fd)
{
	char request[4096];
	size_t have = 0;

	while (have < sizeof(request) - 1) {
		ssize_t got = recv(fd, request + have, sizeof(request) - 1 - have, 0);

		if (got <= 0)
			return false;
		moved();
		have += got;
		request[have] = 0;
		if (strstr(request, "\r\n\r\n"))
			return !strncmp(request, "GET ", 4);
	}
	return false;
}

static void wait_for_end(int fd)
{
	char rest[4096];

	shutdown(fd, SHUT_WR);
	while (recv(fd, rest, sizeof(rest), 0) > 0)
		;
}

static void serve(int listener, const struct options *options)
{
	char *blob = malloc(options->bytes + 1);
	uint64_t seed = 40008;
	unsigned int served;

	if (!blob)
		die("no memory for %llu bytes", (unsigned long long)options->bytes);
	fill_random(&seed, blob, options->bytes);
	say("%llu bytes fnv1a=%016llx", (unsigned long long)options->bytes,
	    (unsigned long long)fnv1a(FNV_START, blob, options->bytes));

	for (served = 0; served < options->connections; ) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			die("accept: %s", strerror(errno));
		moved();
		if (!read_request(fd)) {
			say("a connection without a GET");
		} else if (!send_all(fd, blob, options->bytes)) {
			say("a connection broke: %s", strerror(errno));
		} else {
			wait_for_end(fd);
			served++;
			say("served %u of %u", served, options->connections);
		}
		close(fd);
	}
	free(blob);
}

static void echo(int listener)
{
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		char data[CHUNK];
		ssize_t got;
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			continue;
		moved();
		if (fork()) {
			close(fd);
			continue;
		}
		/* A client may be silent for as long as it likes. */
		deadline = 0;
		while ((got = recv(fd, data, sizeof(data), 0)) > 0)
			if (!send_all(fd, data, got))
				_exit(1);
		_exit(0);
	}
}

static void too_late(int number)
{
	static const char text[] = "server: nothing moved until the deadline\n";

	(void)number;
	if (write(STDOUT_FILENO, text, sizeof(text) - 1) < 0)
		_exit(2);
	_exit(1);
}

static unsigned int number(const char *text)
{
	return (unsigned int)parse_size(text);
}

int main(int argc, char **argv)
{
	struct options options = {
		.port = 40008, .bytes = (1 << 20) + 17, .connections = 2,
	};
	int i, listener;

	program = "server";
	for (i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (!strcmp(argv[i], "--echo")) {
			options.echo = true;
			continue;
		}
		if (!strcmp(argv[i], "--quick")) {
			options.bytes = (64 << 10) + 17;
			continue;
		}
		if (!value) {
			fputs(usage, stderr);
			return 2;
		}
		if (!strcmp(argv[i], "--port"))
			options.port = number(value);
		else if (!strcmp(argv[i], "--bytes"))
			options.bytes = parse_size(value);
		else if (!strcmp(argv[i], "--connections"))
			options.connections = number(value);
		else if (!strcmp(argv[i], "--deadline"))
			deadline = number(value);
		else {
			fputs(usage, stderr);
			return 2;
		}
		i++;
	}

	listener = listen_on(options.port);
	say("listening on port %u", options.port);
	signal(SIGALRM, too_late);
	moved();
	if (options.echo)
		echo(listener);
	else
		serve(listener, &options);
	return 0;
}
