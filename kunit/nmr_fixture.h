/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Clients and providers of NPIs of our own, which note each callback. The
 * modules of a case are deregistered at its end, what they left pending completed;
 * waits are bounded, and what a wait did not return for stays in memory.
 */
#ifndef WSK_KUNIT_NMR_FIXTURE_H
#define WSK_KUNIT_NMR_FIXTURE_H

#include "wsk_fixture.h"

#include <netioddk.h>

enum nf_call { NF_ATTACH, NF_DETACH, NF_CLEANUP, NF_CALLS };

struct nf_module;

/* A binding as one of its modules sees it; also that module's binding context. */
struct nf_binding {
	struct nf_module *module;
	HANDLE handle;
	PVOID context_seen;			/* attach: the registration's context */
	PNPI_REGISTRATION_INSTANCE instance;	/* attach: the other module's */
	PVOID peer_context;
	const VOID *peer_dispatch;
	NTSTATUS status;			/* of NmrClientAttachProvider, or of the provider's answer */
	LONG calls[NF_CALLS];
	LONG stamps[NF_CALLS];			/* wt_stamp() when the call was about to return */
	KIRQL irql[NF_CALLS];
	PVOID thread[NF_CALLS];
};

#define NF_BINDINGS 12

struct nf_module {
	LIST_ENTRY link;
	struct kunit *test;
	NPI_CLIENT_CHARACTERISTICS client;	/* one of the two, see is_client */
	NPI_PROVIDER_CHARACTERISTICS provider;
	NPIID npi;
	NPI_MODULEID id;
	BOOLEAN is_client;
	BOOLEAN registered;
	BOOLEAN deregistered;			/* and not yet waited for */
	HANDLE handle;
	const VOID *dispatch;
	/* What it does. The hook runs last in each callback. */
	NTSTATUS (*attach)(struct nf_binding *binding);	/* instead of nf_attach(), or of accepting */
	NTSTATUS detach_status;
	void (*hook)(struct nf_binding *binding, enum nf_call call);
	void *hook_context;

	LONG used;
	struct nf_binding bindings[NF_BINDINGS];
};

int nf_init(struct kunit *test);
void nf_exit(struct kunit *test);

/* Not registered yet. @npi is a small number; equal ones are equal ids in memory of their own. */
struct nf_module *nf_client(struct kunit *test, UCHAR npi);
struct nf_module *nf_provider(struct kunit *test, UCHAR npi);
NTSTATUS nf_try_register(struct nf_module *module);
void nf_register(struct nf_module *module);	/* asserted */
struct nf_module *nf_registered_client(struct kunit *test, UCHAR npi);
struct nf_module *nf_registered_provider(struct kunit *test, UCHAR npi);

NTSTATUS nf_deregister(struct nf_module *module);
/* In a thread of its own; STATUS_TIMEOUT if it does not return. */
NTSTATUS nf_wait(struct nf_module *module);
/* In this thread, which does not sleep in it: there is nothing to wait for. */
NTSTATUS nf_wait_at_once(struct nf_module *module);
/* Both, expected to be PENDING and SUCCESS. */
void nf_end(struct nf_module *module);
void nf_complete(struct nf_binding *binding);

/* NmrClientAttachProvider with the module's dispatch. */
NTSTATUS nf_attach(struct nf_binding *binding);
LONG nf_count(struct nf_module *module, enum nf_call call);
/* While it has no binding: the calls so far. */
void nf_forget(struct nf_module *module);
void nf_expect_calls(struct nf_module *module, LONG attach, LONG detach, LONG cleanup);
/* All is well with the two, whatever was done to them, and with a new binding of theirs. */
void nf_expect_sane(struct nf_module *client, struct nf_module *provider);

/* A wait in the background. */
struct nf_waiting {
	struct nf_module *module;
	struct wt_thread thread;
	KEVENT returned;
	NTSTATUS status;
	LONG stamp;
};
struct nf_waiting *nf_wait_begin(struct nf_module *module);
/* It has not returned, although it had time to. */
void nf_expect_waiting(struct nf_waiting *waiting);
NTSTATUS nf_wait_end(struct nf_waiting *waiting);

#endif
