/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a driver that uses Winsock Kernel would have as helpers: one
 * registration a case, IRPs with an event, sockets that are closed at the end.
 * Every wait is bounded, so an IRP that never completes fails its case
 * instead of hanging the run; such an IRP and the environment around it are
 * leaked on purpose, as the provider may still complete it.
 */
#ifndef WSK_KUNIT_FIXTURE_H
#define WSK_KUNIT_FIXTURE_H

#include <kunit/test.h>

#include <ntddk.h>
#include <wsk.h>

#include "rules.h"

#define WT_PATIENCE_MS	30000
#define WT_TAG		0x74736574	/* "test" */
#define WT_POISON	((NTSTATUS)0xdeadbeef)

struct wt_env;

/* One IRP of the driver's own. Its completion routine records and returns MORE_PROCESSING. */
struct wt_io {
	LIST_ENTRY link;
	struct wt_env *env;
	PIRP irp;
	KEVENT done;
	BOOLEAN busy;		/* handed out by wt_io_new(), not given back */
	LONG submissions;
	LONG completions;
	NTSTATUS returned;	/* by the function that got the IRP */
	NTSTATUS status;	/* the rest is what the completion routine saw */
	ULONG_PTR information;
	BOOLEAN pending_returned;
	KIRQL irql;
	HANDLE thread;	/* its id */
	LONG stamp;		/* wt_stamp() at completion: later is greater */
	void (*hook)(struct wt_io *io);	/* runs inside the completion routine, last */
	void *hook_context;
};

struct wt_env {
	struct kunit *test;
	WSK_CLIENT_DISPATCH dispatch;
	WSK_REGISTRATION registration;
	WSK_PROVIDER_NPI npi;
	BOOLEAN registered;
	BOOLEAN captured;
	LONG client_events;		/* calls of WskClientEvent: none is ever right (CEV-1) */
	const char *wrong_place;	/* where the provider called us and must not have */
	LONG places[2];			/* calls of ours at PASSIVE_LEVEL and at DISPATCH_LEVEL */
	KSPIN_LOCK lock;	/* protects the three below */
	LIST_ENTRY ios;
	LIST_ENTRY sockets;
	LIST_ENTRY buffers;
};

/* Memory with a WSK_BUF over it. Stream positions give the pattern its value. */
struct wt_data {
	LIST_ENTRY link;
	PUCHAR base;
	SIZE_T size;
	BOOLEAN vmalloc;
	PMDL mdl;		/* a chain is freed as a chain */
	WSK_BUF buf;		/* the whole of it */
};

struct wt_pair {
	PWSK_SOCKET listener;
	PWSK_SOCKET client;
	PWSK_SOCKET server;
	SOCKADDR_STORAGE addr;	/* the listener's */
};

struct wt_thread {
	PETHREAD object;
	void (*run)(void *context);
	void *context;
};

/* .init and .exit of a suite whose cases want a captured registration. */
int wt_env_init(struct kunit *test);
void wt_env_exit(struct kunit *test);
/* A second registration within a case. */
struct wt_env *wt_env_new(struct kunit *test, USHORT version);
/* Over an NPI that the case got by itself, and gives back itself. */
struct wt_env *wt_env_over(struct kunit *test, const WSK_PROVIDER_NPI *npi);
void wt_env_free(struct wt_env *env);
static inline struct wt_env *wt_env(struct kunit *test) { return test->priv; }

/*
 * For each routine and callback that the provider calls, as its first statement: it notes what no
 * driver may meet there, which fails the case at its end: a lock of the provider held, interrupts
 * off, a level above DISPATCH_LEVEL, a flag that claims another (CBK-1, CBK-2, CBK-4, IRP-21, IRP-24).
 */
void wt_note_place(struct wt_env *env);
void wt_note_event(struct wt_env *env, ULONG flags);
/* Where the context leads to no environment: wt_expect_places() fails the case. */
void wt_note_place_here(void);
void wt_note_event_here(ULONG flags);
/* At the end of every case with an environment, and of every race. */
void wt_expect_places(struct kunit *test);

/* A number greater than every one before, for orders between threads. */
LONG wt_stamp(void);
/* FALSE if @object (event, thread) was not signalled within @ms. */
BOOLEAN wt_wait(PVOID object, ULONG ms);
BOOLEAN wt_is_set(PKEVENT event);
void wt_sleep(ULONG ms);
/*
 * What was raised on any processor has run: no tasklet of a socket stands in its lanes, and a call
 * that can end at once does so itself. A new pair has settled.
 */
void wt_settle(void);
/*
 * For what no event tells: whether @condition holds, asked again until it does or
 * WT_PATIENCE_MS have passed. A sleep is no such wait, as a processor, a softirq or a worker
 * may stand still for longer.
 */
#define WT_AWAIT(condition)						\
({									\
	const ULONGLONG __begin = KeQueryInterruptTime();		\
	BOOLEAN __met;							\
									\
	while (!(__met = (condition) ? TRUE : FALSE) &&			\
	       KeQueryInterruptTime() - __begin < WT_PATIENCE_MS * 10000ULL) \
		wt_sleep(1);						\
	__met;								\
})
/* Bounded WskDeregister, from a thread of its own. FALSE: it did not return. */
BOOLEAN wt_deregister(struct kunit *test, PWSK_REGISTRATION registration);

void wt_thread_start(struct kunit *test, struct wt_thread *thread,
		     void (*run)(void *context), void *context);
/* FALSE if it did not end in time. */
BOOLEAN wt_thread_join(struct wt_thread *thread);

/*
 * IRPs. The pattern of a call:
 *	io = wt_io_new(env);
 *	WT_CALL(io, WT_CONNECTION(socket)->WskReceive(socket, &buf, 0, wt_irp(io)));
 *	WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
 * wt_io_end() also checks what holds for each and every IRP (IRP-4 to IRP-7, IRP-24).
 */
struct wt_io *wt_io_new(struct wt_env *env);
PIRP wt_irp(struct wt_io *io);
BOOLEAN wt_io_completed(struct wt_io *io);
BOOLEAN wt_io_wait(struct wt_io *io, ULONG ms);
NTSTATUS wt_io_end(struct wt_io *io);
/*
 * Cancels what is pending. What IoCancelIrp returns is of no use to a driver: false also
 * while another processor looks whether the request can go on, and then ends it.
 */
static inline void wt_cancel(struct wt_io *io) { IoCancelIrp(io->irp); }
/* May be handed out again. A case need not, the end of the case frees all of them. */
void wt_io_put(struct wt_io *io);

#define WT_CALL(io, call)					\
	do {							\
		(io)->submissions++;				\
		(io)->returned = (call);			\
	} while (0)

#define WT_BASIC(s)	 ((const WSK_PROVIDER_BASIC_DISPATCH *)(s)->Dispatch)
#define WT_LISTEN(s)	 ((const WSK_PROVIDER_LISTEN_DISPATCH *)(s)->Dispatch)
#define WT_CONNECTION(s) ((const WSK_PROVIDER_CONNECTION_DISPATCH *)(s)->Dispatch)

#define WT_EXPECT_STATUS(test, actual, expected)				\
	do {									\
		NTSTATUS __actual = (actual), __expected = (expected);		\
										\
		KUNIT_EXPECT_EQ_MSG(test, __actual, __expected, "%#x, not %#x (%s)",	\
				    __actual, __expected, #expected);		\
	} while (0)

#define WT_ASSERT_STATUS(test, actual, expected)				\
	do {									\
		NTSTATUS __actual = (actual), __expected = (expected);		\
										\
		KUNIT_ASSERT_EQ_MSG(test, __actual, __expected, "%#x, not %#x (%s)",	\
				    __actual, __expected, #expected);		\
	} while (0)

/* Addresses; ports in host order. */
void wt_loopback(SOCKADDR_STORAGE *addr, ADDRESS_FAMILY family, USHORT port);
void wt_wildcard(SOCKADDR_STORAGE *addr, ADDRESS_FAMILY family, USHORT port);
void wt_ipv4(SOCKADDR_STORAGE *addr, ULONG host_order, USHORT port);
void wt_mapped(SOCKADDR_STORAGE *addr, ULONG host_order, USHORT port);
USHORT wt_port(const SOCKADDR_STORAGE *addr);
SIZE_T wt_addr_size(ADDRESS_FAMILY family);
BOOLEAN wt_addr_equal(const SOCKADDR_STORAGE *a, const SOCKADDR_STORAGE *b);
BOOLEAN wt_addr_is_wildcard(const SOCKADDR_STORAGE *addr);
/* Checks that only the family's size was written into memory poisoned with 0xa5. */
void wt_addr_poison(SOCKADDR_STORAGE *addr);
BOOLEAN wt_addr_only_size_written(const SOCKADDR_STORAGE *addr);

/* Synchronous calls: the IRP's status. Sockets are closed at the end of the case. */
NTSTATUS wt_try_socket(struct wt_env *env, ADDRESS_FAMILY family, USHORT type, ULONG protocol,
		       ULONG flags, PVOID context, const VOID *dispatch, PWSK_SOCKET *socket);
PWSK_SOCKET wt_listen_socket(struct wt_env *env, ADDRESS_FAMILY family, PVOID context,
			     const WSK_CLIENT_LISTEN_DISPATCH *dispatch);
PWSK_SOCKET wt_connection_socket(struct wt_env *env, ADDRESS_FAMILY family);
NTSTATUS wt_bind(struct wt_env *env, PWSK_SOCKET socket, const SOCKADDR_STORAGE *addr);
NTSTATUS wt_connect(struct wt_env *env, PWSK_SOCKET socket, const SOCKADDR_STORAGE *addr);
NTSTATUS wt_accept(struct wt_env *env, PWSK_SOCKET listener, PWSK_SOCKET *accepted);
NTSTATUS wt_disconnect(struct wt_env *env, PWSK_SOCKET socket, ULONG flags);
NTSTATUS wt_close(struct wt_env *env, PWSK_SOCKET socket);
NTSTATUS wt_local_address(struct wt_env *env, PWSK_SOCKET socket, SOCKADDR_STORAGE *addr);
NTSTATUS wt_remote_address(struct wt_env *env, PWSK_SOCKET socket, SOCKADDR_STORAGE *addr);
NTSTATUS wt_set_option(struct wt_env *env, PWSK_SOCKET socket, ULONG level, ULONG option,
		       PVOID value, SIZE_T size);
NTSTATUS wt_get_option(struct wt_env *env, PWSK_SOCKET socket, ULONG level, ULONG option,
		       PVOID value, SIZE_T size, SIZE_T *returned);
/* SO_WSK_EVENT_CALLBACK without an IRP; WSK_SET_STATIC_EVENT_CALLBACKS. */
NTSTATUS wt_set_events(PWSK_SOCKET socket, ULONG mask);
/* Again while a callback that the case has heard of has not returned: STATUS_EVENT_PENDING. */
NTSTATUS wt_disable_accept(PWSK_SOCKET listener);
NTSTATUS wt_set_static_events(struct wt_env *env, ULONG mask);

/* The socket is the case's from here on: closed at its end, or by wt_close(). */
void wt_track(struct wt_env *env, PWSK_SOCKET socket, BOOLEAN listen);
/* Closes what the case left open. */
void wt_close_all(struct wt_env *env);
/* Closed by other means. */
void wt_untrack(struct wt_env *env, PWSK_SOCKET socket);

/* A listener bound to a port of the provider's choice, its address in @addr. */
PWSK_SOCKET wt_listener(struct wt_env *env, ADDRESS_FAMILY family, SOCKADDR_STORAGE *addr);
/* A connection socket bound to the wildcard. */
PWSK_SOCKET wt_bound(struct wt_env *env, ADDRESS_FAMILY family);
/* A connection to @addr, asserted. */
PWSK_SOCKET wt_connected(struct wt_env *env, const SOCKADDR_STORAGE *addr);
/* One that the listener's client turns away, which may be before the connect is complete. */
void wt_knock(struct wt_env *env, const SOCKADDR_STORAGE *addr);
/* Exactly @connections wait at the listener on the loopback address @addr; FALSE: not in time. */
BOOLEAN wt_await_waiting(const SOCKADDR_STORAGE *addr, int connections);
/* A connection that waits there, as the @place-th; the next one is behind it. Asserted. */
PWSK_SOCKET wt_waiting(struct wt_env *env, const SOCKADDR_STORAGE *addr, int place);
void wt_pair(struct wt_env *env, ADDRESS_FAMILY family, struct wt_pair *pair);

/* Data. */
struct wt_data *wt_data_new(struct wt_env *env, SIZE_T size);
struct wt_data *wt_data_vmalloc(struct wt_env *env, SIZE_T size);
/* One buffer described by MDLs of @piece bytes each, with gaps of 0xa5 between them. */
struct wt_data *wt_data_chain(struct wt_env *env, SIZE_T size, SIZE_T piece, SIZE_T gap);
UCHAR wt_pattern(SIZE_T position, UCHAR seed);
void wt_fill(PUCHAR memory, SIZE_T length, SIZE_T position, UCHAR seed);
/* The first offset that does not match, or @length. */
SIZE_T wt_match(const UCHAR *memory, SIZE_T length, SIZE_T position, UCHAR seed);
/* Over the bytes that the chain of @data describes. */
void wt_data_fill(struct wt_data *data, SIZE_T position, UCHAR seed);
SIZE_T wt_data_match(struct wt_data *data, SIZE_T length, SIZE_T position, UCHAR seed);
WSK_BUF wt_slice(struct wt_data *data, ULONG offset, SIZE_T length);

void wt_send_start(struct wt_io *io, PWSK_SOCKET socket, struct wt_data *data, ULONG offset,
		   SIZE_T length, ULONG flags);
void wt_receive_start(struct wt_io *io, PWSK_SOCKET socket, struct wt_data *data, ULONG offset,
		      SIZE_T length, ULONG flags);
NTSTATUS wt_send(struct wt_env *env, PWSK_SOCKET socket, struct wt_data *data, SIZE_T length);
/* Receives with @flags; the bytes in @received. */
NTSTATUS wt_receive(struct wt_env *env, PWSK_SOCKET socket, struct wt_data *data,
		    SIZE_T length, ULONG flags, SIZE_T *received);
/*
 * The first @length bytes of @data, which held others, were received; FALSE: not in time. What
 * ends the receive then finds them counted: until they are, nobody else gets at the request.
 */
BOOLEAN wt_await_bytes(struct wt_data *data, SIZE_T length, SIZE_T position, UCHAR seed);
/*
 * All that @from has sent over IPv4 lies at @to, and in the second case was taken from there;
 * FALSE: not in time. No send of @from may be pending.
 */
BOOLEAN wt_await_arrived(struct wt_env *env, PWSK_SOCKET from, PWSK_SOCKET to);
BOOLEAN wt_await_consumed(struct wt_env *env, PWSK_SOCKET from, PWSK_SOCKET to);
/* The provider has noticed that the peer of @socket reset the connection; FALSE: not in time. */
BOOLEAN wt_await_reset(struct wt_env *env, PWSK_SOCKET socket);
/* Both ends move @length patterned bytes from one to the other and compare. */
void wt_exchange(struct wt_env *env, PWSK_SOCKET from, PWSK_SOCKET to, SIZE_T length,
		 UCHAR seed);

#endif
