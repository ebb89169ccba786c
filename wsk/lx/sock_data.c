// SPDX-License-Identifier: GPL-2.0
/*
 * Moving bytes. Both directions work under the socket spin lock with bottom
 * halves off, which is legal at every IRQL up to DISPATCH_LEVEL, as long as no
 * process owns the socket; a context switch to a thread that may own it costs
 * more than the rest of the way together. At most a budget's worth of bytes moves
 * under one hold of the lock, so that the receive path of TCP gets its turn.
 */
#include <linux/errno.h>
#include <linux/skbuff.h>
#include <linux/uio.h>
#include <net/tcp.h>

#include "sock_private.h"

static int lock(struct sock *sk, enum lx_lock_mode mode)
{
	if (mode == LX_LOCK_SLEEP) {
		lock_sock(sk);
		return 0;
	}
	local_bh_disable();
	bh_lock_sock(sk);
	if (!sock_owned_by_user(sk))
		return 0;
	bh_unlock_sock(sk);
	local_bh_enable();
	return -EBUSY;
}

static void unlock(struct sock *sk, enum lx_lock_mode mode)
{
	if (mode == LX_LOCK_SLEEP) {
		release_sock(sk);
		return;
	}
	bh_unlock_sock(sk);
	local_bh_enable();
}

static void check_layout(void)
{
	BUILD_BUG_ON(sizeof(struct lx_segment) != sizeof(struct kvec));
	BUILD_BUG_ON(offsetof(struct lx_segment, base) != offsetof(struct kvec, iov_base));
	BUILD_BUG_ON(offsetof(struct lx_segment, length) != offsetof(struct kvec, iov_len));
}

static size_t total(const struct lx_segment *segments, unsigned int n)
{
	size_t bytes = 0;

	while (n--)
		bytes += segments++->length;
	return bytes;
}

long lx_sock_send(struct lx_sock *s, struct lx_segment *segments, unsigned int n,
		  int nodelay, enum lx_lock_mode mode)
{
	size_t bytes = min_t(size_t, total(segments, n), LX_SOCK_BUDGET);
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	struct sock *sk = s->sock->sk;
	u8 nonagle;
	long done;

	check_layout();
	iov_iter_kvec(&msg.msg_iter, ITER_SOURCE, (struct kvec *)segments, n, bytes);
	if (lock(sk, mode))
		return -EBUSY;
	nonagle = tcp_sk(sk)->nonagle;
	if (nodelay)
		tcp_sk(sk)->nonagle |= TCP_NAGLE_OFF;
	s->sending = true;
	done = tcp_sendmsg_locked(sk, &msg, bytes);
	s->sending = false;
	tcp_sk(sk)->nonagle = (tcp_sk(sk)->nonagle & ~TCP_NAGLE_OFF) | (nonagle & TCP_NAGLE_OFF);
	/*
	 * EAGAIN with room in the buffer means that an atomic allocation failed: an
	 * acknowledgement that frees some may never come. TCP calls write_space for it,
	 * here and now, which would let the pump try again without end; so a write edge
	 * of our own call is dropped, and one that matters finds the buffer full after it.
	 */
	if (done == -EAGAIN && sk_stream_memory_free(sk) && sk->sk_state != TCP_SYN_SENT)
		done = -ENOBUFS;
	unlock(sk, mode);
	return done;
}

static int copy_skb(read_descriptor_t *desc, struct sk_buff *skb, unsigned int offset, size_t len)
{
	struct iov_iter *to = desc->arg.data;
	size_t part = min_t(size_t, len, desc->count);

	if (!part || (to && skb_copy_datagram_iter(skb, offset, to, part)))
		return 0;
	desc->count -= part;
	return part;
}

/* Why there was nothing to copy. Only a FIN sets SOCK_DONE; a reset does not. */
static long why_empty(struct lx_sock *s, struct sock *sk)
{
	int err = lx_sock_error(s);

	if (err)
		return err;
	if (sock_flag(sk, SOCK_DONE))
		return 0;
	if (sk->sk_shutdown & RCV_SHUTDOWN || sk->sk_state == TCP_CLOSE)
		return -ECONNRESET;
	return -EAGAIN;
}

long lx_sock_recv(struct lx_sock *s, const struct lx_segment *segments, unsigned int n,
		  enum lx_lock_mode mode)
{
	size_t bytes = n ? min_t(size_t, total(segments, n), LX_SOCK_BUDGET) : LX_SOCK_BUDGET;
	struct sock *sk = s->sock->sk;
	struct iov_iter to;
	read_descriptor_t desc = { .count = bytes, .arg.data = n ? &to : NULL };
	long done;

	iov_iter_kvec(&to, ITER_DEST, (const struct kvec *)segments, n, bytes);
	if (lock(sk, mode))
		return -EBUSY;
	/* tcp_read_sock() stops at an urgent byte for ever; WSK takes it as one of the stream. */
	if (unlikely(tcp_sk(sk)->urg_data))
		WRITE_ONCE(tcp_sk(sk)->urg_data, 0);
	done = tcp_read_sock(sk, &desc, copy_skb);
	if (done <= 0)
		done = why_empty(s, sk);
	unlock(sk, mode);
	return done;
}
