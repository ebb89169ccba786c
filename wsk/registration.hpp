/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One client of Winsock Kernel as the provider sees it: what PWSK_CLIENT points
 * to, made when the NMR attaches the client and gone when both sides have
 * detached. It counts what the detach waits for: calls in progress, sockets,
 * IRPs. Several registrations share nothing (REG-20).
 */
#pragma once

#include <wsk.h>

#include "cxx/list.hpp"
#include "cxx/lock.hpp"
#include "cxx/ref.hpp"
#include "lx/wait.h"
#include "owner.hpp"
#include "transports.hpp"

struct lx_text;

namespace wsk {

class Client;
class Socket;

class Registration : public nt::RefCounted<Registration> {
public:
	/*
	 * @client is WskRegister's, which outlives the binding, or NULL for a driver
	 * that is attached through the NMR; @site is in the driver in both cases.
	 */
	Registration(HANDLE binding, USHORT version, const Client *client, const void *site);

	/* The object behind a PWSK_CLIENT, or NULL if @client is not one. */
	static Registration *from_client(PWSK_CLIENT client);
	PWSK_CLIENT as_client() { return this; }

	const Client *client() const { return client_; }
	HANDLE binding() const { return binding_; }
	/* A client over the NMR has the provider for as long as it is attached. */
	bool is_captured() const;
	/* Such a client has said that it is through with the provider. */
	bool client_has_detached();
	nt::Owner &owner() const { return owner_; }
	const void *site() const { return site_; }

	/*
	 * Something that WskDeregister waits for: a call in progress, a client-level
	 * IRP, a socket until its close IRP's completion routine has returned. False
	 * once the client is detached, so that nothing can come back (NMR-19), and if
	 * its driver is being unloaded.
	 */
	bool enter();
	/* Within what has entered: so it cannot fail. */
	void enter_again();
	void leave();

	/*
	 * The provider goes while the NPI is captured: until the last release calls may come,
	 * also when none is in progress. hold() comes before detach(), once.
	 */
	void hold();
	void drop_hold();

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
	 * WskDeregister has begun, or the detach: the one kind of request that is cancelled
	 * for the client ends (REG-18).
	 */
	void end();
	/* The NMR detaches the client: true if nothing is left, else the last leave() says so. */
	bool detach();
	/*
	 * Its driver is unloaded without a word: nothing can be entered any more, so that
	 * no late call makes a socket that nobody would close, and it stays in memory
	 * for those calls.
	 */
	void set_forced();
	bool is_forced() const { return __atomic_load_n(&forced_, __ATOMIC_RELAXED); }

	/* SEV-9, SEV-10: the mask is set before the first socket, or not at all. */
	bool set_static_events(ULONG mask);
	ULONG static_events();

	/* The socket counts from here on until remove_socket(). */
	void add_socket(Socket &socket);
	void remove_socket(Socket &socket);
	/* A socket to close by force, with a reference, or NULL. */
	nt::Ref<Socket> any_socket();

	/* show.cpp: a line for itself and for each socket and pending IRP, for debugfs. */
	void show(lx_text *text);
	/* What it waits for, in the kernel log; @what waits, for @captures among others. */
	void tell(const char *what, unsigned int captures, const void *captured_at = nullptr);

	void last_put();

	LIST_ENTRY link;	/* registrations.cpp's: the list of all, or of the buried */
	LIST_ENTRY detached_link;	/* deferred.cpp's, between the last leave() and the NMR */
	TransportWaiters transport_waiters;	/* transports.cpp's */

private:
	/* With the lock, which it leaves. */
	void leave_locked(nt::SpinLock::Guard &guard);

	static constexpr u32 kMagic = 0x4b535752;	/* "RWSK" */

	u32 magic_ = kMagic;
	nt::SpinLock lock_{LX_RANK_REGISTRATION};	/* protects what follows */
	bool ending_ = false;
	bool detaching_ = false;
	bool detached_ = false;
	bool forced_ = false;
	bool held_ = false;		/* see hold(): counted in busy_ */
	bool has_had_sockets_ = false;
	u32 sockets_count_ = 0;
	u32 busy_ = 0;			/* the sockets included */
	ULONG static_events_ = 0;
	LIST_ENTRY sockets_;
	LIST_ENTRY insides_;	/* of Inside::link_ */

	const HANDLE binding_;
	const USHORT version_;
	const Client *const client_;
	nt::Owner &owner_;
	const void *const site_;
};

} /* namespace wsk */
