/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One kernel TCP socket with our callbacks in it. Functions that create, name,
 * connect, accept or release sleep and belong to a worker; lx_sock_send() and
 * lx_sock_recv() move data from any context up to softirq and never wait.
 *
 * The only upcall is ->edge(): something changed. It comes with the socket lock
 * held, in softirq or in a process that releases the lock, so it may set bits and
 * raise a tasklet and nothing more.
 */
#ifndef LX_SOCK_H
#define LX_SOCK_H

#ifdef __cplusplus
extern "C" {
#endif

struct lx_sock;

enum lx_edge {
	LX_EDGE_READ	= 1,	/* data, end of stream, or a connection to accept */
	LX_EDGE_WRITE	= 2,	/* room in the send buffer */
	/* Both: connected, closed, reset, or an error. */
};

struct lx_sock_ops {
	void (*edge)(void *owner, unsigned int edges);
};

enum lx_family { LX_INET = 4, LX_INET6 = 6 };

/* An address in neither system's numbers; port in network order. */
struct lx_addr {
	unsigned short family;
	unsigned short port;
	unsigned char ip[16];		/* IPv4: the first four bytes */
	unsigned int flowinfo;		/* network order */
	unsigned int scope_id;
};

struct lx_segment {
	void *base;
	unsigned long length;
};

/* How lx_sock_send() and lx_sock_recv() get the socket lock. */
enum lx_lock_mode {
	LX_LOCK_TRY,	/* any context: -EBUSY if somebody owns the socket */
	LX_LOCK_SLEEP,	/* process context: waits for the owner */
};

/**
 * lx_sock_create() - make a TCP socket in the initial network namespace.
 * @out: the socket; @family: enum lx_family; IPv6 sockets begin as v6-only.
 * Context: process. The credentials and the memory account are the caller's
 *	task's: call it from a worker.
 * Return: 0 or -errno.
 */
int lx_sock_create(struct lx_sock **out, int family);

/**
 * lx_sock_attach() - from now on edges go to @ops->edge(@owner).
 * Edges from before are lost: look at the socket once after this.
 */
void lx_sock_attach(struct lx_sock *s, const struct lx_sock_ops *ops, void *owner);

/**
 * lx_sock_detach() - no edge is running or will come when this returns.
 * The callbacks and sk_user_data are Linux's own again. Context: process.
 */
void lx_sock_detach(struct lx_sock *s);

/**
 * lx_sock_release() - detach, close, and free @s.
 * @abort: non-zero sends RST to a connected peer; zero lets TCP finish the
 *	shutdown that was already sent and received. A listener's connections
 *	that nobody accepted are reset.
 */
void lx_sock_release(struct lx_sock *s, int abort);

int lx_sock_bind(struct lx_sock *s, const struct lx_addr *addr);
/* Begins to listen; the backlog is the namespace's somaxconn. */
int lx_sock_listen(struct lx_sock *s);
/* Return: a connection without owner, or -EAGAIN when there is none. */
int lx_sock_accept(struct lx_sock *listener, struct lx_sock **out);
/* Sends the SYN and returns: -EINPROGRESS; the outcome is lx_sock_connect_result(). */
int lx_sock_connect(struct lx_sock *s, const struct lx_addr *addr);
/* Return: 0 connected, -EINPROGRESS still trying, else why not. Any context. */
int lx_sock_connect_result(struct lx_sock *s);
/* What the socket is bound and connected to, also after the connection ended. Any context. */
void lx_sock_local(struct lx_sock *s, struct lx_addr *addr);
void lx_sock_peer(struct lx_sock *s, struct lx_addr *addr);

/* Bytes that one call moves at most: it is one hold of the socket's lock. */
#define LX_SOCK_BUDGET (64 * 1024)

/**
 * lx_sock_send() - hand bytes to TCP.
 * @nodelay: non-zero: neither these bytes nor those before them wait for an
 *	acknowledgement (Nagle), whatever the socket's own setting.
 * Return: bytes taken (> 0); -EAGAIN: no room, an LX_EDGE_WRITE will come;
 *	-ENOBUFS: no memory, nothing will come, try again later; -EBUSY: see
 *	enum lx_lock_mode; other -errno: the connection is broken.
 */
long lx_sock_send(struct lx_sock *s, struct lx_segment *segments, unsigned int n,
		  int nodelay, enum lx_lock_mode mode);

/**
 * lx_sock_recv() - copy received bytes out; with @n 0, throw some away.
 * Return: bytes copied (> 0); 0: the peer has sent its last byte; -EAGAIN:
 *	nothing there, an LX_EDGE_READ will come; -EBUSY; other -errno: broken.
 */
long lx_sock_recv(struct lx_sock *s, const struct lx_segment *segments, unsigned int n,
		  enum lx_lock_mode mode);

/*
 * Sends FIN behind what was sent. Return: 0, or -ENOBUFS: no memory for it, nothing has
 * happened. Context: process.
 */
int lx_sock_shutdown_send(struct lx_sock *s);
/* Return: non-zero once the peer has acknowledged our FIN, or the connection is gone. */
int lx_sock_fin_acked(struct lx_sock *s);
/* Return: non-zero once the peer's FIN has arrived. */
int lx_sock_peer_finished(struct lx_sock *s);
/* Return: the -errno that broke the connection, or 0. Does not clear it. */
int lx_sock_error(struct lx_sock *s);
/* Resets the connection now; later operations fail. Context: process. */
void lx_sock_abort(struct lx_sock *s);

enum lx_option {
	LX_OPT_REUSEADDR,
	LX_OPT_KEEPALIVE,
	LX_OPT_V6ONLY,
	LX_OPT_NODELAY,
};

/* Context: process. Return: 0 or -errno; values are 0 or 1. */
int lx_sock_set_option(struct lx_sock *s, enum lx_option option, int value);
int lx_sock_get_option(struct lx_sock *s, enum lx_option option, int *value);

#ifdef __cplusplus
}
#endif
#endif
