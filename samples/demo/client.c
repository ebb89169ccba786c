// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What the echo sample is driven with: many connections at once over both families, random data of
 * random sizes, and a checksum of each direction. Any difference, and any connection that does not
 * come to its end, makes it fail with a sentence.
 */
#include "demo.h"

enum { CHUNK = 65536, LARGE = 4 << 20, LARGE_ONES = 4 };

struct options {
	const char *host4;
	const char *host6;
	unsigned int port;
	unsigned int connections;
	unsigned int rounds;
	unsigned int deadline;		/* seconds in which nothing moves */
	uint64_t seed;
	uint64_t reset_during;
	bool half_close;
	bool until_reset;
};

static struct options options = {
	.host4 = "127.0.0.1", .host6 = "::1", .port = 40007,
	.connections = 64, .rounds = 8, .deadline = 60,
};

static const char usage[] =
	"usage: client [--quick] [--host4 ADDRESS] [--host6 ADDRESS] [--port N] [--connections N]\n"
	"              [--rounds N] [--deadline SECONDS] [--seed N]\n"
	"       client --half-close              shut down the sending side first, then read the rest\n"
	"       client --until-reset             exchange data until the server resets the connections\n"
	"       client --reset-during SIZE       reset the connection in the middle of SIZE bytes\n";

enum state { CONNECTING, WAITING, EXCHANGING, ENDING, FINISHED };

struct connection {
	int fd;
	unsigned int index;
	bool v6;
	enum state state;
	unsigned int rounds;
	uint64_t size;			/* of this round */
	uint64_t sent, received;
	uint64_t sum_sent, sum_received;
	uint64_t random;
	size_t chunk_at, chunk_end;
	unsigned char chunk[CHUNK];
};

static uint64_t deadline;
static uint64_t total;

/* A machine that is busy takes its time; what has hung moves nothing any more. */
static void moved(void)
{
	deadline = now_ms() + options.deadline * 1000ULL;
}

static const char *family(const struct connection *c)
{
	return c->v6 ? "IPv6" : "IPv4";
}

static void address_of(bool v6, struct sockaddr_storage *address, socklen_t *length)
{
	struct sockaddr_in6 *in6 = (void *)address;
	struct sockaddr_in *in4 = (void *)address;
	const char *host = v6 ? options.host6 : options.host4;

	memset(address, 0, sizeof(*address));
	if (v6) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(options.port);
		*length = sizeof(*in6);
	} else {
		in4->sin_family = AF_INET;
		in4->sin_port = htons(options.port);
		*length = sizeof(*in4);
	}
	if (inet_pton(v6 ? AF_INET6 : AF_INET, host,
		      v6 ? (void *)&in6->sin6_addr : (void *)&in4->sin_addr) != 1)
		die("\"%s\" is not an %s address", host, v6 ? "IPv6" : "IPv4");
}

static void open_connection(struct connection *c, unsigned int index)
{
	struct sockaddr_storage address;
	socklen_t length;

	c->index = index;
	c->v6 = index & 1;
	c->random = options.seed * 0x9e3779b97f4a7c15ULL + index + 1;
	c->rounds = options.rounds;
	address_of(c->v6, &address, &length);
	c->fd = socket(c->v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		die("no %s socket: %s", family(c), strerror(errno));
	if (connect(c->fd, (void *)&address, length) && errno != EINPROGRESS)
		die("connection %u (%s): %s", index, family(c), strerror(errno));
	c->state = CONNECTING;
}

static void connected(struct connection *c)
{
	int error = 0;
	socklen_t length = sizeof(error);

	getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length);
	if (error)
		die("connection %u (%s) to port %u failed: %s", c->index, family(c), options.port,
		    strerror(error));
	c->state = WAITING;
	moved();
}

/* Small sizes are as likely as large ones; the first connections of each family send 4 MiB once. */
static void start_round(struct connection *c)
{
	if (c->index < LARGE_ONES && c->rounds == options.rounds)
		c->size = LARGE;
	else
		c->size = 1 + next_random(&c->random) % (1ULL << (next_random(&c->random) % 17));
	c->sent = c->received = 0;
	c->sum_sent = c->sum_received = FNV_START;
	c->state = EXCHANGING;
}

/* The end that --until-reset waits for; its status is 0. */
static void end_if_reset(void)
{
	if (!options.until_reset || (errno != ECONNRESET && errno != EPIPE))
		return;
	say("reset by the server after %llu bytes ok", (unsigned long long)total);
	exit(0);
}

static void send_some(struct connection *c)
{
	ssize_t sent;

	if (c->chunk_at == c->chunk_end) {
		uint64_t left = c->size - c->sent;

		c->chunk_at = 0;
		c->chunk_end = left < CHUNK ? left : CHUNK;
		fill_random(&c->random, c->chunk, c->chunk_end);
	}
	sent = send(c->fd, c->chunk + c->chunk_at, c->chunk_end - c->chunk_at, MSG_NOSIGNAL);
	if (sent < 0 && errno == EAGAIN)
		return;
	if (sent < 0)
		end_if_reset();
	if (sent < 0)
		die("connection %u (%s): send failed after %llu of %llu bytes: %s", c->index,
		    family(c), (unsigned long long)c->sent, (unsigned long long)c->size,
		    strerror(errno));
	moved();
	c->sum_sent = fnv1a(c->sum_sent, c->chunk + c->chunk_at, sent);
	c->chunk_at += sent;
	c->sent += sent;
	if (c->sent == c->size && options.half_close)
		shutdown(c->fd, SHUT_WR);
}

static void end_round(struct connection *c)
{
	if (c->sum_sent != c->sum_received)
		die("connection %u (%s): checksums of %llu bytes differ, sent %016llx, got %016llx",
		    c->index, family(c), (unsigned long long)c->size,
		    (unsigned long long)c->sum_sent, (unsigned long long)c->sum_received);
	total += c->size;
	if (--c->rounds) {
		start_round(c);
		return;
	}
	if (!options.half_close)
		shutdown(c->fd, SHUT_WR);
	c->state = ENDING;
}

/* True: there may be more. */
static bool receive_some(struct connection *c)
{
	static unsigned char data[CHUNK];
	ssize_t got = recv(c->fd, data, sizeof(data), 0);

	if (got < 0 && errno == EAGAIN)
		return false;
	if (got < 0)
		end_if_reset();
	if (got < 0)
		die("connection %u (%s): receive failed after %llu of %llu bytes: %s", c->index,
		    family(c), (unsigned long long)c->received, (unsigned long long)c->size,
		    strerror(errno));
	moved();
	if (c->state == ENDING) {
		if (got)
			die("connection %u (%s): %zd bytes more than were sent", c->index, family(c),
			    got);
		close(c->fd);
		c->fd = -1;
		c->state = FINISHED;
		return false;
	}
	if (!got)
		die("connection %u (%s): ended after %llu of %llu bytes", c->index, family(c),
		    (unsigned long long)c->received, (unsigned long long)c->size);
	c->sum_received = fnv1a(c->sum_received, data, got);
	c->received += got;
	if (c->received > c->sent)
		die("connection %u (%s): %llu bytes came back, %llu were sent", c->index, family(c),
		    (unsigned long long)c->received, (unsigned long long)c->sent);
	if (c->received == c->size)
		end_round(c);
	return true;
}

static short wanted(const struct connection *c)
{
	switch (c->state) {
	case CONNECTING:
		return POLLOUT;
	case EXCHANGING:
		return POLLIN | (c->sent < c->size ? POLLOUT : 0);
	case ENDING:
		return POLLIN;
	default:
		return 0;
	}
}

static void serve_events(struct connection *c, short events)
{
	if (c->state == CONNECTING) {
		connected(c);
		return;
	}
	if (events & (POLLIN | POLLHUP | POLLERR))
		while (c->state != FINISHED && receive_some(c))
			;
	if ((events & POLLOUT) && c->state == EXCHANGING && c->sent < c->size)
		send_some(c);
}

static unsigned int count(const struct connection *all, enum state state)
{
	unsigned int i, n = 0;

	for (i = 0; i < options.connections; i++)
		n += all[i].state == state;
	return n;
}

static void check_deadline(const struct connection *all)
{
	unsigned int i;

	if (now_ms() < deadline)
		return;
	for (i = 0; i < options.connections; i++)
		if (all[i].state != FINISHED)
			break;
	die("nothing moved for %u s: %u of %u connections finished; connection %u (%s) has sent %llu "
	    "and got %llu of %llu bytes", options.deadline, count(all, FINISHED), options.connections, i,
	    family(&all[i]), (unsigned long long)all[i].sent, (unsigned long long)all[i].received,
	    (unsigned long long)all[i].size);
}

/* One pass over the connections that have something to do. */
static void step(struct connection *all, struct pollfd *polled)
{
	unsigned int i;

	/* Leaves time to who is to reset it, also where only sleeping takes time. */
	if (options.until_reset)
		usleep(1000);
	for (i = 0; i < options.connections; i++) {
		short events = wanted(&all[i]);

		polled[i].fd = events ? all[i].fd : -1;
		polled[i].events = events;
		polled[i].revents = 0;
	}
	if (poll(polled, options.connections, 500) < 0)
		die("poll: %s", strerror(errno));
	for (i = 0; i < options.connections; i++)
		if (polled[i].revents)
			serve_events(&all[i], polled[i].revents);
	check_deadline(all);
}

static void run(void)
{
	struct connection *all = calloc(options.connections, sizeof(*all));
	struct pollfd *polled = calloc(options.connections, sizeof(*polled));
	uint64_t next_report = now_ms() + 1000;
	unsigned int i;

	if (!all || !polled)
		die("no memory for %u connections", options.connections);
	for (i = 0; i < options.connections; i++)
		open_connection(&all[i], i);
	while (count(all, WAITING) < options.connections)
		step(all, polled);
	say("%u connections open (%u IPv4, %u IPv6), seed %llu", options.connections,
	    options.connections - options.connections / 2, options.connections / 2,
	    (unsigned long long)options.seed);

	for (i = 0; i < options.connections; i++)
		start_round(&all[i]);
	while (count(all, FINISHED) < options.connections) {
		step(all, polled);
		if (now_ms() >= next_report) {
			say("%u of %u connections finished, %llu bytes echoed", count(all, FINISHED),
			    options.connections, (unsigned long long)total);
			next_report = now_ms() + 1000;
		}
	}
	say("%u connections %llu bytes ok", options.connections, (unsigned long long)total);
	free(all);
	free(polled);
}

/*
 * A peer that does not read, with a small window, leaves the server with sends that cannot go on;
 * one that has read all of its echo, with receives that wait for more. Then each is reset.
 */
static int open_for_reset(bool v6, bool reading)
{
	struct sockaddr_storage address;
	socklen_t length;
	int small = 4096;
	int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);

	address_of(v6, &address, &length);
	if (fd >= 0 && !reading)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	if (fd < 0 || connect(fd, (void *)&address, length))
		die("%s connection to port %u failed: %s", v6 ? "IPv6" : "IPv4", options.port,
		    strerror(errno));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void reset_one(bool v6, bool reading)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };
	static unsigned char data[CHUNK];
	uint64_t sent = 0, received = 0, random = options.seed + 1;
	uint64_t limit = options.reset_during / 2;
	int fd = open_for_reset(v6, reading);

	while (sent < limit || (reading && received < sent)) {
		struct pollfd polled = { .fd = fd, .events = reading ? POLLIN : 0 };
		ssize_t got;

		if (sent < limit)
			polled.events |= POLLOUT;
		if (now_ms() >= deadline)
			die("nothing moved for %u s, %llu bytes sent", options.deadline,
			    (unsigned long long)sent);
		/* Nothing moves: the server's buffers and both windows are full. */
		if (poll(&polled, 1, 300) == 0 && !reading)
			break;
		if (polled.revents & (POLLERR | POLLHUP))
			die("the connection broke before its reset");
		if (polled.revents & POLLIN) {
			got = recv(fd, data, sizeof(data), 0);
			if (got == 0)
				die("the server ended the connection before its reset");
			received += got > 0 ? got : 0;
			if (got > 0)
				moved();
		}
		if (polled.revents & POLLOUT) {
			fill_random(&random, data, sizeof(data));
			got = send(fd, data, sizeof(data), MSG_NOSIGNAL);
			sent += got > 0 ? got : 0;
			if (got > 0)
				moved();
		}
	}
	/* Time for the server to come to a stand in its sends. */
	if (!reading)
		usleep(300000);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(fd);
	say("%s connection reset, %llu bytes sent, %llu received", v6 ? "IPv6" : "IPv4",
	    (unsigned long long)sent, (unsigned long long)received);
}

/* The server must have survived it: a plain exchange follows. */
static void run_reset(void)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		reset_one(i & 1, i & 2);
	options.connections = 2;
	options.rounds = 2;
	run();
}

static unsigned int number(const char *text)
{
	return (unsigned int)parse_size(text);
}

static int bad_usage(void)
{
	fputs(usage, stderr);
	return 2;
}

int main(int argc, char **argv)
{
	int i;

	program = "client";
	options.seed = (uint64_t)time(NULL);
	for (i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (!strcmp(argv[i], "--quick")) {
			options.rounds = 2;
			continue;
		}
		if (!strcmp(argv[i], "--until-reset")) {
			options.until_reset = true;
			options.rounds = UINT32_MAX;
			continue;
		}
		if (!strcmp(argv[i], "--half-close")) {
			options.half_close = true;
			options.connections = LARGE_ONES;
			options.rounds = 1;
			continue;
		}
		if (!value)
			return bad_usage();
		if (!strcmp(argv[i], "--host4"))
			options.host4 = value;
		else if (!strcmp(argv[i], "--host6"))
			options.host6 = value;
		else if (!strcmp(argv[i], "--port"))
			options.port = number(value);
		else if (!strcmp(argv[i], "--connections"))
			options.connections = number(value);
		else if (!strcmp(argv[i], "--rounds"))
			options.rounds = number(value);
		else if (!strcmp(argv[i], "--deadline"))
			options.deadline = number(value);
		else if (!strcmp(argv[i], "--seed"))
			options.seed = strtoull(value, NULL, 10);
		else if (!strcmp(argv[i], "--reset-during"))
			options.reset_during = parse_size(value);
		else
			return bad_usage();
		i++;
	}
	if (!options.connections || !options.rounds)
		return bad_usage();

	moved();
	if (options.reset_during)
		run_reset();
	else
		run();
	return 0;
}
