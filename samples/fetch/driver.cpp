// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Fetches a stream from 127.0.0.1:40008 twice, once with WSK_FLAG_WAITALL and once without, and
 * prints the length and the checksum of what came: the two ways to receive must agree.
 *
 * A thread does it, so that DriverEntry does not wait for the network; DriverUnload waits for it.
 */
#include "wskpp.hpp"

using namespace wskpp;

extern "C" DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD FetchUnload;
static KSTART_ROUTINE FetchThread;

static constexpr USHORT Port = 40008;
static constexpr ULONG BufferSize = 64 * 1024;
static constexpr ULONG ProviderWait = 5000;

static const WSK_CLIENT_DISPATCH ClientDispatch = { MAKE_WSK_VERSION(1, 0), 0, nullptr };

static PVOID Thread;

/* FNV-1a with 64 bits. */
class Checksum {
public:
	void Add(const UCHAR *Bytes, SIZE_T Length)
	{
		for (SIZE_T i = 0; i < Length; i++)
			m_Value = (m_Value ^ Bytes[i]) * 0x100000001b3ULL;
		m_Length += Length;
	}
	ULONG64 Value() const { return m_Value; }
	ULONG64 Length() const { return m_Length; }

private:
	ULONG64 m_Value = 0xcbf29ce484222325ULL;
	ULONG64 m_Length = 0;
};

static bool Failed(const char *What, NTSTATUS Status)
{
	if (NT_SUCCESS(Status))
		return false;
	DbgPrint("fetch: failed %s 0x%08x\n", What, Status);
	return true;
}

static SOCKADDR_IN Ipv4(ULONG Address, USHORT PortNumber)
{
	SOCKADDR_IN Result = {};

	Result.sin_family = AF_INET;
	Result.sin_port = RtlUshortByteSwap(PortNumber);
	Result.sin_addr.S_un.S_addr = RtlUlongByteSwap(Address);
	return Result;
}

static bool SendRequest(Connection &Peer, const Buffer &Buffer)
{
	static const char Request[] = "GET /blob HTTP/1.0\r\n\r\n";

	RtlCopyMemory(Buffer.Bytes(), Request, sizeof(Request) - 1);
	return !Failed("send", Peer.Send(Buffer, sizeof(Request) - 1));
}

/*
 * The loop is the same for both: with WSK_FLAG_WAITALL each receive but the last fills the buffer,
 * without it each brings what has arrived. At the end of the stream a receive succeeds with 0 bytes.
 */
static bool ReceiveAll(Connection &Peer, const Buffer &Buffer, ULONG Flags, Checksum &Sum)
{
	for (;;) {
		SIZE_T Received;

		if (Failed("receive", Peer.Receive(Buffer, Flags, Received)))
			return false;
		if (Received == 0)
			return true;
		Sum.Add(Buffer.Bytes(), Received);
	}
}

/* Destroyed in reverse order: the socket is closed before the buffer that it used is freed. */
static bool FetchOnce(const Provider &Provider, const char *Name, ULONG Flags)
{
	SOCKADDR_IN Local = Ipv4(INADDR_ANY, 0);
	SOCKADDR_IN Remote = Ipv4(INADDR_LOOPBACK, Port);
	Checksum Sum;
	Buffer Buffer(BufferSize);
	Connection Peer;

	if (Failed("buffer", Buffer.Status()))
		return false;
	if (Failed("connect", Peer.Connect(Provider, reinterpret_cast<PSOCKADDR>(&Local),
					   reinterpret_cast<PSOCKADDR>(&Remote))))
		return false;
	if (!SendRequest(Peer, Buffer) || !ReceiveAll(Peer, Buffer, Flags, Sum))
		return false;
	/* Both directions have ended after this, and the close does not reset the connection. */
	if (Failed("disconnect", Peer.Disconnect()))
		return false;

	DbgPrint("fetch: %s %I64u bytes fnv1a=%016I64x\n", Name, Sum.Length(), Sum.Value());
	return true;
}

static void FetchBoth()
{
	Provider Provider(&ClientDispatch, ProviderWait);

	if (Failed("capture", Provider.Status()))
		return;
	if (!FetchOnce(Provider, "waitall", WSK_FLAG_WAITALL))
		return;
	if (!FetchOnce(Provider, "partial", 0))
		return;
	DbgPrint("fetch: done\n");
}

/* No object lives in this frame: PsTerminateSystemThread does not return, and runs no destructor. */
static VOID FetchThread(PVOID)
{
	FetchBoth();
	PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID FetchUnload(PDRIVER_OBJECT)
{
	KeWaitForSingleObject(Thread, Executive, KernelMode, FALSE, nullptr);
	ObDereferenceObject(Thread);
}

extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING)
{
	HANDLE Handle;
	NTSTATUS Status;

	DriverObject->DriverUnload = FetchUnload;
	Status = PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, nullptr, nullptr, nullptr,
				      FetchThread, nullptr);
	if (!NT_SUCCESS(Status))
		return Status;
	Status = ObReferenceObjectByHandle(Handle, SYNCHRONIZE, nullptr, KernelMode, &Thread, nullptr);
	ZwClose(Handle);
	return Status;
}
