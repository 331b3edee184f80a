#pragma once

#include <chrono>
#include <filesystem>
#include <utility>

#include "signer/protocol.h"

namespace gateway::signer {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Owns a file descriptor.
class FileDescriptor final
{
public:
    FileDescriptor() = default;
    explicit FileDescriptor(int descriptor) : m_descriptor(descriptor) {}
    FileDescriptor(FileDescriptor&& other) noexcept : m_descriptor(std::exchange(other.m_descriptor, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept;
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    ~FileDescriptor() { reset(); }

    [[nodiscard]] int get() const { return m_descriptor; }
    [[nodiscard]] bool isOpen() const { return m_descriptor >= 0; }
    void reset();
    /// To be closed by the caller from now on.
    [[nodiscard]] int release() { return std::exchange(m_descriptor, -1); }

private:
    int m_descriptor = -1;
};

/// The asking end of a connection to a signer: one request at a time, each with a deadline. Not thread-safe.
/// Errors: HsmUnavailable "signer-unreachable" (nobody listens), "signer-closed" (went away meanwhile: in doubt),
/// "signer-timeout" (no answer by the deadline: in doubt), "signer-protocol" (an answer that makes no sense).
class Connection final
{
public:
    /// Connects to a unix socket; does not wait.
    [[nodiscard]] static Result<Connection> open(const std::filesystem::path& socket);
    /// Takes over a connected stream socket.
    [[nodiscard]] static Connection adopt(FileDescriptor socket) { return Connection(std::move(socket)); }

    [[nodiscard]] Result<Response> ask(Request request, SteadyTime deadline);
    /// The peer has closed, or sent something nobody asked for: of no use any more.
    [[nodiscard]] bool isStale() const;

private:
    explicit Connection(FileDescriptor socket) : m_socket(std::move(socket)) {}
    /// @param descriptor  goes with the first byte; -1: none
    [[nodiscard]] Result<void> send(ByteView bytes, int descriptor, SteadyTime deadline) const;
    [[nodiscard]] Result<Bytes> receive(SteadyTime deadline);

    FileDescriptor m_socket;
    FrameReader m_reader;
    std::uint64_t m_lastId = 0;
};

} // namespace gateway::signer
