// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Winsock Kernel in C++, without exceptions: what is acquired is given back by a destructor, and
 * what can fail is asked for its Status() before it is used. All of it at PASSIVE_LEVEL.
 */
#pragma once

extern "C" {
#include <ntddk.h>
#include <wsk.h>
}

namespace wskpp {

constexpr ULONG Tag = 'hctF';

/* One IRP and the wait for it, used for one call after another. */
class Call {
public:
	Call() : m_Irp(IoAllocateIrp(1, FALSE))
	{
		KeInitializeEvent(&m_Done, SynchronizationEvent, FALSE);
	}
	~Call()
	{
		if (m_Irp != nullptr)
			IoFreeIrp(m_Irp);
	}
	Call(const Call &) = delete;
	Call &operator=(const Call &) = delete;

	NTSTATUS Status() const
	{
		return m_Irp != nullptr ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
	}

	PIRP Prepare()
	{
		IoReuseIrp(m_Irp, STATUS_UNSUCCESSFUL);
		IoSetCompletionRoutine(m_Irp, Completed, &m_Done, TRUE, TRUE, TRUE);
		return m_Irp;
	}

	NTSTATUS Wait()
	{
		KeWaitForSingleObject(&m_Done, Executive, KernelMode, FALSE, nullptr);
		return m_Irp->IoStatus.Status;
	}

	/*
	 * A request that takes too long is cancelled, and then it is waited for: until its IRP has
	 * come back, the buffers belong to the provider. The call may still have succeeded by then.
	 */
	NTSTATUS Wait(ULONG Milliseconds)
	{
		LARGE_INTEGER Timeout;

		Timeout.QuadPart = -10000LL * Milliseconds;
		if (KeWaitForSingleObject(&m_Done, Executive, KernelMode, FALSE, &Timeout) ==
		    STATUS_TIMEOUT) {
			IoCancelIrp(m_Irp);
			return Wait();
		}
		return m_Irp->IoStatus.Status;
	}

	ULONG_PTR Information() const
	{
		return m_Irp->IoStatus.Information;
	}

private:
	static NTSTATUS Completed(PDEVICE_OBJECT, PIRP, PVOID Done)
	{
		KeSetEvent(static_cast<PKEVENT>(Done), IO_NO_INCREMENT, FALSE);
		return STATUS_MORE_PROCESSING_REQUIRED;
	}

	PIRP m_Irp;
	KEVENT m_Done;
};

/* Non-paged memory and the MDL that describes it. */
class Buffer {
public:
	explicit Buffer(ULONG Size)
		: m_Size(Size),
		  m_Bytes(static_cast<PUCHAR>(ExAllocatePool2(POOL_FLAG_NON_PAGED, Size, Tag))),
		  m_Mdl(nullptr)
	{
		if (m_Bytes != nullptr)
			m_Mdl = IoAllocateMdl(m_Bytes, Size, FALSE, FALSE, nullptr);
		if (m_Mdl != nullptr)
			MmBuildMdlForNonPagedPool(m_Mdl);
	}
	~Buffer()
	{
		if (m_Mdl != nullptr)
			IoFreeMdl(m_Mdl);
		if (m_Bytes != nullptr)
			ExFreePoolWithTag(m_Bytes, Tag);
	}
	Buffer(const Buffer &) = delete;
	Buffer &operator=(const Buffer &) = delete;

	NTSTATUS Status() const
	{
		return m_Mdl != nullptr ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
	}
	PUCHAR Bytes() const { return m_Bytes; }
	ULONG Size() const { return m_Size; }
	WSK_BUF First(SIZE_T Length) const { return { m_Mdl, 0, Length }; }

private:
	ULONG m_Size;
	PUCHAR m_Bytes;
	PMDL m_Mdl;
};

/*
 * A registration and the capture of its provider. The object must not move while it is registered,
 * and it ends last: WskDeregister waits for every socket made through it.
 */
class Provider {
public:
	Provider(const WSK_CLIENT_DISPATCH *Dispatch, ULONG WaitMilliseconds)
	{
		WSK_CLIENT_NPI ClientNpi = { nullptr, Dispatch };

		m_Status = WskRegister(&ClientNpi, &m_Registration);
		m_Registered = NT_SUCCESS(m_Status);
		if (m_Registered)
			m_Status = WskCaptureProviderNPI(&m_Registration, WaitMilliseconds, &m_Npi);
	}
	~Provider()
	{
		if (NT_SUCCESS(m_Status))
			WskReleaseProviderNPI(&m_Registration);
		if (m_Registered)
			WskDeregister(&m_Registration);
	}
	Provider(const Provider &) = delete;
	Provider &operator=(const Provider &) = delete;

	NTSTATUS Status() const { return m_Status; }
	const WSK_PROVIDER_NPI &Npi() const { return m_Npi; }

private:
	WSK_REGISTRATION m_Registration;
	WSK_PROVIDER_NPI m_Npi;
	NTSTATUS m_Status;
	bool m_Registered;
};

/* A connected TCP socket. Every call waits; a call without an answer ends after CallTimeout. */
class Connection {
public:
	static constexpr ULONG CallTimeout = 10000;

	Connection() : m_Socket(nullptr), m_Dispatch(nullptr) {}
	~Connection()
	{
		/* Never fails, and frees nothing before the provider has let go of all of it. */
		if (m_Socket != nullptr) {
			m_Dispatch->Basic.WskCloseSocket(m_Socket, m_Call.Prepare());
			m_Call.Wait();
		}
	}
	Connection(const Connection &) = delete;
	Connection &operator=(const Connection &) = delete;

	NTSTATUS Connect(const Provider &Provider, PSOCKADDR Local, PSOCKADDR Remote)
	{
		const WSK_PROVIDER_NPI &Npi = Provider.Npi();
		NTSTATUS Status = m_Call.Status();

		if (!NT_SUCCESS(Status))
			return Status;
		Npi.Dispatch->WskSocketConnect(Npi.Client, SOCK_STREAM, IPPROTO_TCP, Local, Remote, 0,
					       nullptr, nullptr, nullptr, nullptr, nullptr,
					       m_Call.Prepare());
		Status = m_Call.Wait(CallTimeout);
		if (NT_SUCCESS(Status)) {
			m_Socket = reinterpret_cast<PWSK_SOCKET>(m_Call.Information());
			m_Dispatch = static_cast<const WSK_PROVIDER_CONNECTION_DISPATCH *>(
				m_Socket->Dispatch);
		}
		return Status;
	}

	/* All of it: partial success does not exist. */
	NTSTATUS Send(const Buffer &Source, SIZE_T Length)
	{
		WSK_BUF Wsk = Source.First(Length);

		m_Dispatch->WskSend(m_Socket, &Wsk, 0, m_Call.Prepare());
		return m_Call.Wait(CallTimeout);
	}

	/* 0 bytes: the peer has ended the stream. */
	NTSTATUS Receive(const Buffer &Target, ULONG Flags, SIZE_T &Received)
	{
		WSK_BUF Wsk = Target.First(Target.Size());
		NTSTATUS Status;

		m_Dispatch->WskReceive(m_Socket, &Wsk, Flags, m_Call.Prepare());
		Status = m_Call.Wait(CallTimeout);
		Received = m_Call.Information();
		return Status;
	}

	NTSTATUS Disconnect()
	{
		m_Dispatch->WskDisconnect(m_Socket, nullptr, 0, m_Call.Prepare());
		return m_Call.Wait(CallTimeout);
	}

private:
	Call m_Call;
	PWSK_SOCKET m_Socket;
	const WSK_PROVIDER_CONNECTION_DISPATCH *m_Dispatch;
};

} // namespace wskpp
