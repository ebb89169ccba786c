/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One WSK socket. Its first word is the dispatch table of its category, so a
 * PWSK_SOCKET is a pointer to this object.
 *
 * Lifetime. holds_ counts what must end before the socket is released: one from
 * creation until WskCloseSocket (or until creation failed), one for each call in
 * progress, each pending IRP until its completion routine has returned, each
 * callback, each work item. At zero a work item gives the Linux socket back,
 * completes the close IRP, leaves the registration and frees the object: so the
 * close IRP is the last (CLO-3, CLO-4), whoever drops the last hold, at any IRQL.
 *
 * Contexts. Calls enter at IRQL <= DISPATCH_LEVEL. Whatever sleeps is a control
 * operation and runs, one after the other, in this socket's control work item.
 * Data moves wherever somebody is: see Lane.
 */
#pragma once

#include <ws2def.h>
#include <wsk.h>

#include "cxx/lock.hpp"
#include "cxx/ref.hpp"
#include "lane.hpp"
#include "lx/ref.h"
#include "lx/sizes.h"
#include "lx/sock.h"
#include "registration.hpp"
#include "request.hpp"

struct lx_text;

namespace wsk {

enum class Role : u8 { Listen, Connection };

class Socket : public WSK_SOCKET, public nt::RefCounted<Socket> {
public:
	struct Config {
		Role role;
		ADDRESS_FAMILY family;
		bool is_datagram;	/* CAT-11: made, but never bound */
		void *context;
		const void *dispatch;	/* the client's, or NULL */
	};

	/*
	 * Counts in @registration at once, and can be closed by force at once: so it
	 * comes with a hold that the caller drops. NULL: no memory. Context: IRQL <=
	 * DISPATCH_LEVEL.
	 */
	static Socket *make(Registration &registration, const Config &config, const void *site);

	/* The socket behind a client's pointer, with a hold; NULL: not a socket, or closed already. */
	static Socket *hold_handle(PWSK_SOCKET handle);
	PWSK_SOCKET handle() { return this; }

	Role role() const { return role_; }
	Registration &registration() const { return *registration_; }
	ADDRESS_FAMILY family() const { return family_; }
	const void *site() const { return site_; }
	const char *kind_name() const;
	bool is_closing();
	/* IRPs whose routine has not returned, the close IRP included. */
	unsigned int pending() const { return __atomic_load_n(&pending_, __ATOMIC_RELAXED); }
	/* show.cpp: for debugfs and the log. The registration's lock is held. */
	void show(lx_text *text);
	void tell(const char *what);

	void hold() { lx_ref_get(&holds_); }
	[[nodiscard]] bool try_hold() { return lx_ref_try_get(&holds_); }
	void drop();

	/* Keeps the socket for the length of a block. */
	class Hold : nt::NonMovable {
	public:
		explicit Hold(Socket &socket) : socket_(socket) { socket_.hold(); }
		~Hold() { socket_.drop(); }

	private:
		Socket &socket_;
	};

	/*
	 * What a call became; each takes over @irp and returns STATUS_PENDING. The caller holds
	 * the socket: a worker may complete @irp, and its routine close, at once.
	 */
	NTSTATUS submit_control(PIRP irp);
	NTSTATUS submit_data(Lane &lane, PIRP irp);
	NTSTATUS submit_accept(PIRP irp);
	NTSTATUS submit_abort(PIRP irp);
	/* Begins a request on this socket, with the hold that complete_request() drops by end(). */
	Request begin(PIRP irp, Op op);
	void end();
	/* The request ends with @status: from the worker, or in its turn on its lane. */
	NTSTATUS refuse(PIRP irp, NTSTATUS status);
	NTSTATUS refuse_data(Lane &lane, PIRP irp, NTSTATUS status);
	/* The call is answered in the call itself, unless a routine of such a call made it. */
	NTSTATUS answer(PIRP irp, NTSTATUS status);

	NTSTATUS close(PIRP irp);
	/* The driver is being unloaded and left this socket behind. */
	void close_by_force();

	bool was_bound();
	/* STATUS_SUCCESS, or why a call of this kind is refused now. */
	NTSTATUS check_bound();
	NTSTATUS check_can_send();
	NTSTATUS check_can_receive();
	/* Reserves the one graceful disconnect (DIS-16). */
	NTSTATUS begin_disconnect();

	/* events.cpp */
	NTSTATUS control_events(ULONG mask, PIRP irp);

	/* data.cpp: for the lane, when a request of @op ends after @done bytes. */
	bool tears_stream(Op op, u64 done);

	/* What WskSocketConnect hands over to its worker. */
	void set_endpoints(const lx_addr &local, const lx_addr &remote);

	void last_put();

	Lane in{on_cancel};	/* receives, or accepts of a listener */
	Lane out{on_cancel};	/* sends, and the graceful disconnect behind them */

	LIST_ENTRY registration_link;	/* Registration's, under its lock */
	LIST_ENTRY forced_link;		/* registrations.cpp's, once closed by force */

private:
	enum class State : u8 {
		New,		/* no Linux socket yet */
		Unbound,
		Bound,		/* a listener listens */
		Connecting,
		Connected,
		Failed,		/* a connection attempt failed: only close is left */
	};

	/* A work item and whose it is; queued with a hold that its function drops. */
	struct Work {
		alignas(8) u8 item[LX_SIZEOF_WORK];
		Socket *socket;
	};

	Socket(Registration &registration, const Config &config, const void *site);

	template <class Tell> void each_request(Tell tell);

	/* control.cpp: each runs in the control work item, PASSIVE_LEVEL. */
	static void control_work(void *work);
	void run_control(PIRP irp);
	void create(PIRP irp);
	void bind(PIRP irp);
	void start_connect(PIRP irp, lx_addr to);
	void names(PIRP irp);
	void options(PIRP irp);
	int make_linux_socket();
	int bind_linux_socket(const lx_addr &addr);
	int listen_linux_socket();
	bool is_unbound();
	void adopt_linux_socket(lx_sock *sock);
	void apply_options();
	void finish_control(PIRP irp, NTSTATUS status, ULONG_PTR information = 0);

	/* connect.cpp */
	void poll_connect();
	void finish_connect(PIRP irp, NTSTATUS status);
	PIRP take_connect();
	PIRP take_connect_locked();

	/* data.cpp */
	void pump(Lane &lane, lx_lock_mode mode);
	enum class Step : u8 { Next, Wait, Retry, Worker, Later };
	Step receive_step(PIRP irp, lx_lock_mode mode, unsigned int &rounds);
	Step send_step(PIRP irp, lx_lock_mode mode, unsigned int &rounds);
	Step shutdown_step(PIRP irp, lx_lock_mode mode);
	Step failed_step(Lane &lane, PIRP irp, long error);
	Step taken_back(Lane &lane, PIRP irp);
	void notice_break();
	void break_connection(NTSTATUS pending_status);
	void tear_stream();
	void half_done(Op op, u64 done);
	NTSTATUS deliver_after_call(Lane &lane, PIRP irp);
	void run_lane(Lane &lane);
	static void in_tasklet(void *socket);
	static void out_tasklet(void *socket);
	static void in_work(void *work);
	static void out_work(void *work);
	static void retry_timer(void *socket);
	void work_lane(Lane &lane);
	void raise(Lane &lane);
	void queue_work(Work &work);

	/* listen.cpp */
	void accept_all();
	Socket *next_child();
	bool complete_accept(PIRP irp);
	bool indicate_accept();
	void indicate_death();

	/* events.cpp */
	bool wants_callback(ULONG event);
	bool wants_callback_locked(ULONG event);
	bool begin_callback(ULONG event);
	void end_callback();
	NTSTATUS enable_events(ULONG events);
	NTSTATUS disable_event(ULONG event, PIRP irp);
	void set_client(void *context, const void *dispatch);

	static void on_edge(void *socket, unsigned int edges);
	static void on_cancel(PDEVICE_OBJECT device, PIRP irp);
	void cancelled(PIRP irp);
	void complete_here_or_later(Lane &lane, PIRP irp, NTSTATUS status, ULONG_PTR information);
	bool begin_close(PIRP irp);
	static void release_work(void *work);
	void release();

	static const lx_sock_ops kOps;
	static constexpr u32 kLive = 0x534b4357;	/* "WCKS" */
	static constexpr u32 kClosing = 0x434b4357;

	u32 canary_ = kLive;
	unsigned int holds_;
	unsigned int pending_ = 0;	/* atomic; for those who read the log or debugfs */
	const Role role_;
	const bool is_datagram_;
	const ADDRESS_FAMILY family_;
	const void *const site_;
	nt::Ref<Registration> registration_;
	lx_sock *sock_ = nullptr;	/* the worker's to set; others use it from Bound on only */

	nt::SpinLock lock_{LX_RANK_SOCKET};	/* protects what follows */
	State state_ = State::New;
	bool closing_ = false;
	bool broken_ = false;		/* the connection is gone; lanes are shut */
	bool disconnecting_ = false;	/* a graceful disconnect was issued */
	bool fin_sent_ = false;		/* the pump's */
	bool syn_sent_ = false;
	bool abort_wanted_ = false;
	IrpList control_;
	PIRP connect_irp_ = nullptr;	/* parked while the handshake runs */
	PIRP close_irp_ = nullptr;
	void *context_;
	const void *dispatch_;
	ULONG events_ = 0;		/* enabled, static ones included */
	ULONG static_events_ = 0;
	unsigned int callbacks_ = 0;	/* accept callbacks in progress */
	bool told_dead_ = false;	/* ACE-13 */
	Socket *spare_ = nullptr;	/* accept_all's, with a hold: accepted, and then nobody wanted it */
	IrpList disables_;		/* EventDisable IRPs that wait for callbacks_ == 0 */
	lx_addr endpoints_[2];		/* WskSocketConnect's local and remote address */
	int options_[4] = { 0, 0, 1, 0 };	/* by lx_option; V6ONLY begins as 1 */

	Work control_work_;
	Work in_work_;
	Work out_work_;
	Work release_work_;
	alignas(8) u8 in_tasklet_[LX_SIZEOF_TASKLET];
	alignas(8) u8 out_tasklet_[LX_SIZEOF_TASKLET];
	alignas(8) u8 retry_timer_[LX_SIZEOF_TIMER];
};

} /* namespace wsk */
