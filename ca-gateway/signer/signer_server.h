#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "signer/connection.h"
#include "signer/request_handler.h"
#include "signer/signer_config.h"

namespace gateway::signer {

/// Serves a handler on a unix socket: one thread takes requests in, the signing threads answer. A connection has one
/// request in work at a time; what does not follow the protocol is refused and the connection closed.
class SignerServer final
{
public:
    struct Options
    {
        std::filesystem::path socket;
        mode_t socketMode = 0600;
        std::vector<uid_t> allowedUids;
        unsigned threads = 2;
        std::chrono::milliseconds hsmTimeout{10'000};
    };

    /// @param onFailure  ends the process; called from any thread
    SignerServer(Options options, RequestHandler& handler, std::function<void(const HsmFailure&)> onFailure);
    ~SignerServer();
    SignerServer(const SignerServer&) = delete;
    SignerServer& operator=(const SignerServer&) = delete;

    /// @return HsmUnavailable "socket-in-use" or "socket-failure"
    [[nodiscard]] Result<void> listen();
    /// Serves until the descriptor becomes readable.
    void run(int stopDescriptor);

private:
    struct Peer
    {
        FileDescriptor socket;
        FrameReader reader;
        bool busy = false;
        SteadyTime frameDeadline = SteadyTime::max(); ///< for the rest of a frame that has begun
        FileDescriptor passed = {};                   ///< came with the frame that is being read
    };
    struct Job
    {
        std::uint64_t peer;
        int socket; ///< open as long as the peer is busy
        Numbered<Request> request;
    };
    struct Worker
    {
        std::thread thread;
        std::atomic<std::int64_t> busySince{0}; ///< steady milliseconds; 0: idle
    };

    void acceptPeers();
    /// @return false when the connection is to be closed
    [[nodiscard]] bool readFrom(std::uint64_t id, Peer& peer);
    [[nodiscard]] bool startNext(std::uint64_t id, Peer& peer);
    void finishJobs();
    void closeLatePeers();
    void checkWorkers();
    void work(Worker& worker);
    void stopWorkers();

    Options m_options;
    RequestHandler& m_handler;
    std::function<void(const HsmFailure&)> m_onFailure;
    FileDescriptor m_listener;
    FileDescriptor m_wakeUp;
    std::map<std::uint64_t, Peer> m_peers;
    std::uint64_t m_lastPeer = 0;
    std::deque<Worker> m_workers;

    std::mutex m_mutex;
    std::condition_variable m_jobAdded;
    std::deque<Job> m_jobs;                                 ///< guarded by m_mutex
    std::vector<std::pair<std::uint64_t, bool>> m_finished; ///< guarded by m_mutex: peer, still usable
    bool m_stopping = false;                                ///< guarded by m_mutex
};

} // namespace gateway::signer
