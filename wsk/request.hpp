/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A request lives in its IRP: which socket and operation it is and how far it
 * has come in Tail.Overlay.DriverContext, its arguments in the Parameters of the
 * stack location that the driver left to us, its place in a queue in
 * Tail.Overlay.ListEntry. Nothing is allocated, so nothing can fail here, and
 * nothing of a request outlives its IRP.
 */
#pragma once

#include <wdm.h>
#include <ws2def.h>
#include <wsk.h>

#include "cxx/list.hpp"
#include "cxx/types.hpp"
#include "irp.hpp"
#include "lx/sock.h"

namespace wsk {

class Socket;

enum class Op : u8 {
	Create,
	CreateConnect,	/* WskSocketConnect */
	Bind,
	Connect,
	Accept,
	Send,
	Receive,
	Disconnect,	/* graceful: behind the sends */
	Abort,		/* abortive: at once */
	Close,
	LocalAddress,
	RemoteAddress,
	SetOption,
	GetOption,
	EventDisable,	/* waits for callbacks in progress */
	Refuse,		/* found wanting at the call; the status is in the IRP */
	Client,		/* of a call on a registration, with no socket: deferred.hpp */
};

/* Each fits the 32 bytes of IO_STACK_LOCATION.Parameters. */
struct DataArgs {
	PMDL mdl;
	u32 offset;
	u32 flags;
	u64 length;
};

struct AcceptArgs {
	void *context;
	const WSK_CLIENT_CONNECTION_DISPATCH *dispatch;
	SOCKADDR *local;
	SOCKADDR *remote;
};

struct AddressArgs {
	lx_addr addr;
};

struct OutputArgs {
	SOCKADDR *out;
};

struct OptionArgs {
	u32 option;
	u32 value;
	void *out;
	u64 out_size;
};

class Request {
public:
	explicit Request(PIRP irp) : irp_(irp) {}

	/*
	 * Takes the driver's next stack location, as a call down to a lower driver
	 * would, and marks it pending: from here on every outcome goes through
	 * the IRP and the call returns STATUS_PENDING (IRP-2, IRP-6, IRP-34).
	 * The driver's completion routine sits in that same location (IRP-14).
	 */
	static Request begin(PIRP irp, Socket *socket, Op op)
	{
		Request request(irp);

		nt::irp_take(irp);
		IoSetNextIrpStackLocation(irp);
		IoMarkIrpPending(irp);
		irp->IoStatus.Status = STATUS_PENDING;
		irp->IoStatus.Information = 0;
		irp->Tail.Overlay.DriverContext[kSocket] = socket;
		irp->Tail.Overlay.DriverContext[kOp] = reinterpret_cast<void *>(uptr(op));
		request.set_done(0);
		nt::link_init(irp->Tail.Overlay.ListEntry);
		return request;
	}

	Socket *socket() const { return static_cast<Socket *>(context(kSocket)); }
	Op op() const { return static_cast<Op>(reinterpret_cast<uptr>(context(kOp))); }

	/* Bytes moved so far. */
	u64 done() const { return reinterpret_cast<uptr>(context(kDone)); }
	void set_done(u64 bytes)
	{
		irp_->Tail.Overlay.DriverContext[kDone] = reinterpret_cast<void *>(uptr(bytes));
	}

	template <class Args> Args &args() const
	{
		PIO_STACK_LOCATION location = IoGetCurrentIrpStackLocation(irp_);

		static_assert(sizeof(Args) <= sizeof(location->Parameters.Others));
		return reinterpret_cast<Args &>(location->Parameters.Others);
	}

private:
	enum { kSocket, kOp, kDone };

	void *context(int slot) const { return irp_->Tail.Overlay.DriverContext[slot]; }

	PIRP irp_;
};

struct IrpLink {
	static LIST_ENTRY &link(IRP &irp) { return irp.Tail.Overlay.ListEntry; }
	static IRP &object(LIST_ENTRY &link)
	{
		return *CONTAINING_RECORD(&link, IRP, Tail.Overlay.ListEntry);
	}
};

using IrpList = nt::List<IRP, IrpLink>;

} /* namespace wsk */
