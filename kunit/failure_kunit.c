// SPDX-License-Identifier: GPL-2.0
/*
 * One allocation failing, each in turn: of the thread that calls, and of the
 * workers that the provider makes its sockets with. A request ends with
 * STATUS_INSUFFICIENT_RESOURCES or as if nothing had been; that nothing is left
 * behind shows in the deregistration at the end of each case, and to kmemleak.
 */
#include "fault.h"
#include "wsk_fixture.h"

/* A sweep ends when this many in a row met no failure: N is past the last allocation. */
#define ENOUGH	12
#define LIMIT	400

static void need_faults(struct kunit *test)
{
	if (!fault_works())
		kunit_skip(test, "failslab leaves sleeping allocations alone here");
}

struct sweep {
	int n;
	int failed;
	int good;	/* in a row */
};

/* TRUE as long as another round is to come. */
static BOOLEAN sweep_next(struct sweep *sweep, NTSTATUS last)
{
	if (sweep->n) {
		if (NT_SUCCESS(last)) {
			sweep->good++;
		} else {
			sweep->failed++;
			sweep->good = 0;
		}
	}
	sweep->n++;
	return sweep->good < ENOUGH && sweep->n < LIMIT;
}

static void expect_memory_or_success(struct kunit *test, struct wt_io *io, int n)
{
	KUNIT_EXPECT_TRUE_MSG(test, io->status == STATUS_SUCCESS ||
			      io->status == STATUS_INSUFFICIENT_RESOURCES,
			      "allocation %d failing: %#x", n, io->status);
	if (!NT_SUCCESS(io->status))
		KUNIT_EXPECT_EQ(test, (u64)io->information, 0ULL);
}

/* A socket, or with an address to go @to, a connection. */
struct creation {
	ADDRESS_FAMILY family;
	ULONG flags;
	SOCKADDR_STORAGE *to;
};

static NTSTATUS create(struct wt_env *env, const struct creation *what, PIRP irp)
{
	const WSK_PROVIDER_DISPATCH *d = env->npi.Dispatch;
	SOCKADDR_STORAGE any;

	if (!what->to)
		return d->WskSocket(env->npi.Client, what->family, SOCK_STREAM, IPPROTO_TCP,
				    what->flags, NULL, NULL, NULL, NULL, NULL, irp);
	wt_wildcard(&any, what->family, 0);
	return d->WskSocketConnect(env->npi.Client, SOCK_STREAM, IPPROTO_TCP, (PSOCKADDR)&any,
				   (PSOCKADDR)what->to, 0, NULL, NULL, NULL, NULL, NULL, irp);
}

/* To TCP no memory for the record of a port is "in use", to IPv6 none for a route "unreachable". */
static BOOLEAN is_memory_by_another_name(const struct creation *what, NTSTATUS status)
{
	if (!what->to)
		return FALSE;
	return status == STATUS_ADDRESS_ALREADY_EXISTS ||
	       (what->family == AF_INET6 && status == STATUS_NETWORK_UNREACHABLE);
}

static NTSTATUS create_with_fault(struct kunit *test, int n, void (*arm)(int nth),
				  const struct creation *what)
{
	struct wt_env *env = wt_env(test);
	struct wt_io *io = wt_io_new(env);
	PIRP irp = wt_irp(io);
	NTSTATUS status;

	arm(n);
	WT_CALL(io, create(env, what, irp));
	status = wt_io_end(io);
	arm(0);
	if (!is_memory_by_another_name(what, status))
		expect_memory_or_success(test, io, n);
	else
		KUNIT_EXPECT_EQ(test, (u64)io->information, 0ULL);
	if (NT_SUCCESS(status)) {
		PWSK_SOCKET socket = (PWSK_SOCKET)io->information;

		wt_track(env, socket, what->flags == WSK_FLAG_LISTEN_SOCKET);
		WT_EXPECT_STATUS(test, wt_close(env, socket), STATUS_SUCCESS);
	}
	wt_io_put(io);
	return status;
}

static void sweep_creation(struct kunit *test, const struct creation *what)
{
	struct sweep workers = {}, self = {};
	NTSTATUS status = STATUS_SUCCESS;

	while (sweep_next(&workers, status))
		status = create_with_fault(test, workers.n, fault_arm_workers, what);
	while (sweep_next(&self, status))
		status = create_with_fault(test, self.n, fault_arm_self, what);
	kunit_info(test, "%d creations failed in the worker, %d in the caller",
		   workers.failed, self.failed);
	/* The worker's are Linux', and how many is its affair; the caller makes one. */
	KUNIT_EXPECT_GT(test, workers.failed, 0);
	KUNIT_EXPECT_EQ(test, self.failed, 1);
	KUNIT_EXPECT_LT(test, workers.n, LIMIT);
	KUNIT_EXPECT_LT(test, self.n, LIMIT);
}

static void sweep_sockets(struct kunit *test, ULONG flags)
{
	const struct creation v4 = { AF_INET, flags }, v6 = { AF_INET6, flags };

	need_faults(test);
	sweep_creation(test, &v4);
	sweep_creation(test, &v6);
}

static void creating_a_connection_socket_survives_each_failure(struct kunit *test)
{
	sweep_sockets(test, WSK_FLAG_CONNECTION_SOCKET);
	WSK_RULES(test, "SOC-15 IRP-4 IRP-32");
}

static void creating_a_listening_socket_survives_each_failure(struct kunit *test)
{
	sweep_sockets(test, WSK_FLAG_LISTEN_SOCKET);
	WSK_RULES(test, "SOC-15 IRP-4 IRP-32");
}

static void creating_a_connection_survives_each_failure(struct kunit *test)
{
	static const ADDRESS_FAMILY families[] = { AF_INET, AF_INET6 };
	int i;

	need_faults(test);
	for (i = 0; i < ARRAY_SIZE(families); i++) {
		SOCKADDR_STORAGE addr;
		const struct creation connection = { families[i], WSK_FLAG_CONNECTION_SOCKET,
						     &addr };

		wt_listener(wt_env(test), families[i], &addr);
		sweep_creation(test, &connection);
	}
	WSK_RULES(test, "SCN-5 IRP-4 IRP-32");
}

static void binding_survives_each_failure(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	NTSTATUS status = STATUS_SUCCESS;
	struct sweep sweep = {};
	SOCKADDR_STORAGE addr;

	need_faults(test);
	while (sweep_next(&sweep, status)) {
		PWSK_SOCKET socket = wt_listen_socket(env, AF_INET, NULL, NULL);
		struct wt_io *io = wt_io_new(env);
		PIRP irp = wt_irp(io);

		wt_loopback(&addr, AF_INET, 0);
		fault_arm_workers(sweep.n);
		WT_CALL(io, WT_LISTEN(socket)->WskBind(socket, (PSOCKADDR)&addr, 0, irp));
		status = wt_io_end(io);
		fault_arm_workers(0);
		/* TCP says "in use" when it has no memory for the record of a port. */
		if (status != STATUS_ADDRESS_ALREADY_EXISTS)
			expect_memory_or_success(test, io, sweep.n);
		/* Unbound as before, so a second attempt may succeed. */
		if (!NT_SUCCESS(status))
			WT_EXPECT_STATUS(test, wt_bind(env, socket, &addr), STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, wt_close(env, socket), STATUS_SUCCESS);
		wt_io_put(io);
	}
	KUNIT_EXPECT_LT(test, sweep.n, LIMIT);
	WSK_RULES(test, "BND-15 IRP-4 IRP-32");
}

/* One connection and one accept; TRUE if the connection got through although N failed. */
static BOOLEAN accept_with_fault(struct kunit *test, int n)
{
	SOCKADDR_STORAGE *remote = kunit_kzalloc(test, sizeof(*remote), GFP_KERNEL);
	struct wt_env *env = wt_env(test);
	struct wt_io *io = wt_io_new(env);
	PIRP irp = wt_irp(io);
	PWSK_SOCKET listener, client, second = NULL, accepted;
	SOCKADDR_STORAGE addr, mine, other;

	KUNIT_ASSERT_NOT_NULL(test, remote);
	listener = wt_listener(env, AF_INET, &addr);
	client = wt_connected(env, &addr);
	WT_EXPECT_STATUS(test, wt_local_address(env, client, &mine), STATUS_SUCCESS);
	fault_arm_workers(n);
	WT_CALL(io, WT_LISTEN(listener)->WskAccept(listener, 0, NULL, NULL, NULL,
						   (PSOCKADDR)remote, irp));
	wt_io_wait(io, 100);
	fault_arm_workers(0);
	/* The connection may be lost, or late; not the accept and not the listener. */
	if (!wt_io_completed(io)) {
		second = wt_connected(env, &addr);
		WT_EXPECT_STATUS(test, wt_local_address(env, second, &other), STATUS_SUCCESS);
	}
	WT_ASSERT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
	accepted = (PWSK_SOCKET)io->information;
	wt_track(env, accepted, FALSE);
	/* In this order: the second may have got the port of one that is lost. */
	if (second && wt_addr_equal(&other, remote))
		client = second;
	else
		KUNIT_EXPECT_TRUE(test, wt_addr_equal(&mine, remote));
	wt_exchange(env, client, accepted, 10, 1);
	wt_close_all(env);
	wt_io_put(io);
	return client != second;
}

static void accepting_survives_each_failure(struct kunit *test)
{
	NTSTATUS status = STATUS_SUCCESS;
	struct sweep sweep = {};

	need_faults(test);
	while (sweep_next(&sweep, status))
		status = accept_with_fault(test, sweep.n) ? STATUS_SUCCESS
							  : STATUS_INSUFFICIENT_RESOURCES;
	kunit_info(test, "%d connections were lost", sweep.failed);
	KUNIT_EXPECT_LT(test, sweep.n, LIMIT);
	WSK_RULES(test, "ACE-18 ACC-13");
}

static void connecting_survives_each_failure(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	NTSTATUS status = STATUS_SUCCESS;
	struct sweep sweep = {};
	SOCKADDR_STORAGE addr;

	need_faults(test);
	wt_listener(env, AF_INET, &addr);
	while (sweep_next(&sweep, status)) {
		PWSK_SOCKET socket = wt_bound(env, AF_INET);
		struct wt_io *io = wt_io_new(env);
		PIRP irp = wt_irp(io);

		fault_arm_workers(sweep.n);
		WT_CALL(io, WT_CONNECTION(socket)->WskConnect(socket, (PSOCKADDR)&addr, 0, irp));
		status = wt_io_end(io);
		fault_arm_workers(0);
		expect_memory_or_success(test, io, sweep.n);
		WT_EXPECT_STATUS(test, wt_close(env, socket), STATUS_SUCCESS);
		wt_io_put(io);
	}
	KUNIT_EXPECT_LT(test, sweep.n, LIMIT);
	WSK_RULES(test, "CON-3 CON-8 IRP-4 IRP-32");
}

/* A stream request allocates nothing of its own; what TCP cannot have now, it gets later. */
static void data_moves_although_allocations_fail(struct kunit *test)
{
	const SIZE_T length = 100000;
	struct wt_env *env = wt_env(test);
	struct wt_data *out, *in;
	struct wt_pair pair;
	int n;

	need_faults(test);
	out = wt_data_new(env, length);
	in = wt_data_new(env, length);
	wt_pair(env, AF_INET, &pair);
	for (n = 1; n <= 60; n++) {
		struct wt_io *sending = wt_io_new(env), *receiving = wt_io_new(env);

		wt_data_fill(out, 0, (UCHAR)n);
		fault_arm_workers(n);
		fault_arm_self(n);
		wt_send_start(sending, pair.client, out, 0, length, 0);
		wt_receive_start(receiving, pair.server, in, 0, length, WSK_FLAG_WAITALL);
		fault_arm_self(0);
		WT_EXPECT_STATUS(test, wt_io_end(sending), STATUS_SUCCESS);
		WT_EXPECT_STATUS(test, wt_io_end(receiving), STATUS_SUCCESS);
		fault_arm_workers(0);
		KUNIT_EXPECT_EQ(test, (u64)wt_data_match(in, length, 0, (UCHAR)n), (u64)length);
		wt_io_put(sending);
		wt_io_put(receiving);
	}
	WSK_RULES(test, "SND-2 RCV-9 IRP-4");
}

static void closing_needs_no_memory(struct kunit *test)
{
	struct wt_env *env = wt_env(test);
	int n;

	need_faults(test);
	for (n = 1; n <= 24; n++) {
		PWSK_SOCKET sockets[3];
		struct wt_pair pair;
		int i;

		wt_pair(env, AF_INET, &pair);
		sockets[0] = pair.client;
		sockets[1] = pair.server;
		sockets[2] = pair.listener;
		for (i = 0; i < 3; i++) {
			struct wt_io *io = wt_io_new(env);
			PIRP irp = wt_irp(io);

			wt_untrack(env, sockets[i]);
			fault_arm_workers(n);
			fault_arm_self(n);
			WT_CALL(io, WT_BASIC(sockets[i])->WskCloseSocket(sockets[i], irp));
			fault_arm_self(0);
			WT_EXPECT_STATUS(test, wt_io_end(io), STATUS_SUCCESS);
			fault_arm_workers(0);
			wt_io_put(io);
		}
	}
	WSK_RULES(test, "CLO-8 CLO-9");
}

static void registering_survives_each_failure(struct kunit *test)
{
	static const WSK_CLIENT_DISPATCH dispatch = { MAKE_WSK_VERSION(1, 0), 0, NULL };
	WSK_CLIENT_NPI npi = { NULL, &dispatch };
	NTSTATUS status = STATUS_SUCCESS;
	struct sweep sweep = {};

	need_faults(test);
	while (sweep_next(&sweep, status)) {
		WSK_PROVIDER_NPI provider;
		WSK_REGISTRATION block;
		NTSTATUS captured;

		memset(&block, 0xa5, sizeof(block));
		fault_arm_self(sweep.n);
		status = WskRegister(&npi, &block);
		fault_arm_self(0);
		KUNIT_EXPECT_TRUE_MSG(test, status == STATUS_SUCCESS ||
				      status == STATUS_INSUFFICIENT_RESOURCES, "%#x", status);
		captured = WskCaptureProviderNPI(&block, WSK_NO_WAIT, &provider);
		WT_EXPECT_STATUS(test, captured, NT_SUCCESS(status) ? STATUS_SUCCESS :
								      STATUS_DEVICE_NOT_READY);
		if (NT_SUCCESS(captured))
			WskReleaseProviderNPI(&block);
		if (NT_SUCCESS(status))
			KUNIT_EXPECT_TRUE(test, wt_deregister(test, &block));
	}
	KUNIT_EXPECT_GT(test, sweep.failed, 0);
	KUNIT_EXPECT_EQ(test, sweep.good, ENOUGH);
	WSK_RULES(test, "REG-1");
}

static struct kunit_case failure_cases[] = {
	KUNIT_CASE(registering_survives_each_failure),
	KUNIT_CASE(creating_a_connection_socket_survives_each_failure),
	KUNIT_CASE(creating_a_listening_socket_survives_each_failure),
	KUNIT_CASE(creating_a_connection_survives_each_failure),
	KUNIT_CASE(binding_survives_each_failure),
	KUNIT_CASE(accepting_survives_each_failure),
	KUNIT_CASE(connecting_survives_each_failure),
	KUNIT_CASE(data_moves_although_allocations_fail),
	KUNIT_CASE(closing_needs_no_memory),
	{}
};

static struct kunit_suite failure_suite = {
	.name = "wsk_failure",
	.init = wt_env_init,
	.exit = wt_env_exit,
	.test_cases = failure_cases,
};
kunit_test_suite(failure_suite);
