/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One binding of the Network Module Registrar: a client and a provider of one NPI,
 * from the moment both are registered until the cleanup callbacks have returned.
 * Here is its state machine and nothing else: no list, no lock, no callback.
 *
 *	Offered -> Attaching -> Attached -> Detaching -> Cleaning -> removed
 *	   |           |                                    ^
 *	   |           +--- refused: nothing is owed -------+
 *	   +--- one side deregistered before its turn ------+
 *
 * Events come from both modules at once, and callbacks are made without a lock. So
 * one thread at a time is the binding's runner: it asks next() for a step, does
 * it, reports the outcome, and asks again until there is nothing to do. Any other
 * thread only notes its event; whoever notes one while nobody runs becomes the
 * runner. Each callback is a step that next() gives out once, hence at most once.
 *
 * All functions: the registrar's lock is held, except where the runner reads what
 * only it writes.
 */
#pragma once

#include "cxx/list.hpp"
#include "nmr_handle.hpp"

struct lx_task;

namespace nt {

class NmrModule;

enum class NmrRole : u8 { Client, Provider };

/* In the order in which they are told to detach and to clean up. */
constexpr NmrRole kNmrRoles[] = { NmrRole::Client, NmrRole::Provider };

constexpr NmrRole other(NmrRole role)
{
	return role == NmrRole::Client ? NmrRole::Provider : NmrRole::Client;
}

class NmrBinding : public NmrNamed {
public:
	/* One of the two modules, as far as it is concerned by this binding. */
	struct Side {
		enum class Detach : u8 { NotCalled, Running, Pending, Complete };

		LIST_ENTRY link;	/* in the module's list of sides */
		NmrBinding *binding;
		NmrModule *module;
		PVOID context;		/* the module's binding context, once it has joined */
		Detach detach;
		bool joined;		/* its detach and cleanup callbacks are owed */
		bool completed_early;	/* NmrXxxDetachComplete came while the callback ran */
		bool abandoned;		/* its driver is leaving: none of its callbacks is made */
		bool cleaned;
	};

	/* What the runner is to do, without the lock. */
	struct Step {
		enum Kind : u8 { Rest, Attach, Detach, Cleanup, Remove } kind;
		NmrRole role;		/* whose callback: Detach, Cleanup */
	};

	NmrBinding();
	void join(NmrModule &client, NmrModule &provider);

	/* False: somebody else runs it, and will find what was noted. */
	bool try_run(lx_task *self);
	/* After Rest or Remove the caller is the runner no more. */
	Step next();

	/* Attach. The outcome of begin_provider(), and of the client's callback. */
	enum class Begin : u8 { Go, NotInside, Twice, Ending };
	enum class Attached : u8 { AsTold, ToldWrongly, Dropped, OtherStatus };
	Begin begin_provider(const lx_task *self);
	void end_provider(NTSTATUS status, PVOID client_context, PVOID provider_context);
	Attached attach_returned(NTSTATUS status);
	/* Of the last try; STATUS_SUCCESS as well if there was none. The runner's. */
	NTSTATUS refusal() const { return refusal_; }

	/* Detach. False: the module broke NMR-18, which changes nothing. */
	void end() { ending_ = true; }
	void abandon(NmrRole role);
	bool detach_returned(NmrRole role, bool pending);
	bool detach_complete(NmrRole role);

	Side &side(NmrRole role) { return sides_[static_cast<unsigned>(role)]; }
	bool is_run_by(const lx_task *task) const { return running_ && task_ == task; }
	const char *state_name() const;
	const char *detach_name(NmrRole role) const;

	LIST_ENTRY offer_link;		/* until its attach begins: in the registering thread's list */

private:
	enum class Phase : u8 { Offered, Attaching, Attached, Detaching, Cleaning };

	Step rest();
	bool owes_detach(const Side &side) const;
	bool is_through(const Side &side) const;

	Side sides_[2];
	Phase phase_ = Phase::Offered;
	bool ending_ = false;		/* one of the modules deregisters */
	bool running_ = false;
	bool provider_called_ = false;	/* ProviderAttachClient runs */
	NTSTATUS refusal_ = 0;
	lx_task *task_ = nullptr;	/* the runner */
};

} /* namespace nt */
