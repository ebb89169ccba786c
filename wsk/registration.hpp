/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One registration of a WSK client: what WskRegister makes, what PWSK_CLIENT
 * points to, and what WskDeregister waits for.
 *
 * The driver's WSK_REGISTRATION block holds a state word and a pointer to this
 * object, both under a lock that is ours and not in the block. The block keeps
 * "ended" after WskDeregister, so a late capture finds out without touching
 * what was freed (REG-23). Several registrations share nothing (REG-20).
 */
#pragma once

#include <wsk.h>

#include "cxx/list.hpp"
#include "cxx/lock.hpp"
#include "cxx/ref.hpp"
#include "cxx/waitqueue.hpp"
#include "owner.hpp"
#include "transports.hpp"

struct lx_text;

namespace wsk {

class Socket;

class Registration : public nt::RefCounted<Registration> {
public:
	/* @site is in the driver that registers. Made by WskRegister, at PASSIVE_LEVEL. */
	Registration(const WSK_CLIENT_NPI &npi, const void *site);

	/* The object behind a PWSK_CLIENT, or NULL if @client is not one. */
	static Registration *from_client(PWSK_CLIENT client);
	PWSK_CLIENT as_client() { return this; }

	USHORT version() const { return dispatch_->Version; }
	nt::Owner &owner() const { return owner_; }
	const void *site() const { return site_; }

	/* False once WskDeregister has begun (REG-22). */
	bool capture();
	/* False if nothing is captured. */
	bool release_capture();

	/*
	 * Something that WskDeregister waits for: a call in progress, a client-level
	 * IRP, a socket until its close IRP's completion routine has returned. False
	 * if the registration was ended by force: its driver is being unloaded.
	 */
	bool enter();
	void leave();

	/*
	 * While the client's code runs because of this registration: WskDeregister
	 * there would wait for itself (REG-28). Softirq is known without.
	 */
	class Inside : nt::NonMovable {
	public:
		explicit Inside(Registration &registration);
		~Inside();

	private:
		friend class Registration;

		Registration *registration_;
		lx_task *task_;
		LIST_ENTRY link_;
	};

	/* Is the caller inside such code? */
	bool is_inside();

	/*
	 * Begins the end: no capture succeeds any more, and the one kind of request that
	 * is cancelled for the client ends (REG-18). False if it had begun.
	 */
	bool end();
	/* Sleeps until nothing is left. Context: PASSIVE_LEVEL. */
	void wait_drained();
	/* Unload: the captures a driver forgot do not count any more. Returns how many. */
	unsigned int forget_captures();
	/*
	 * Unload: waits a moment. True: nothing is left, and nothing can be entered any
	 * more, so no late call of the driver makes a socket that nobody would close.
	 */
	bool try_bury();

	/* SEV-9, SEV-10: the mask is set before the first socket, or not at all. */
	bool set_static_events(ULONG mask);
	ULONG static_events();

	/* The socket counts from here on until remove_socket(). */
	void add_socket(Socket &socket);
	void remove_socket(Socket &socket);
	/* A socket to close by force, with a reference, or NULL. */
	nt::Ref<Socket> any_socket();

	/* One line a registration, socket, and pending IRP count: debugfs. */
	void show(lx_text *out);

	void last_put();

	LIST_ENTRY link;	/* registrations.cpp's: the list of all, or of the buried */
	TransportWaiters transport_waiters;	/* transports.cpp's */

private:
	bool drained_locked() const { return !captures_ && !busy_; }
	void wake_if_drained_locked();

	static constexpr u32 kMagic = 0x4b535752;	/* "RWSK" */

	u32 magic_ = kMagic;
	nt::SpinLock lock_{LX_RANK_REGISTRATION};	/* protects what follows */
	bool ending_ = false;
	bool buried_ = false;
	bool has_had_sockets_ = false;
	u32 captures_ = 0;
	u32 busy_ = 0;
	ULONG static_events_ = 0;
	LIST_ENTRY sockets_;
	nt::WaitQueue drained_;
	LIST_ENTRY insides_;	/* of Inside::link_ */

	/* Constant. The NPI is copied, the dispatch it names is not (REG-4, REG-5). */
	const WSK_CLIENT_DISPATCH *dispatch_;
	void *context_;
	nt::Owner &owner_;
	const void *site_;
};

} /* namespace wsk */
