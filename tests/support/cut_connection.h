#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>

#include <QTemporaryDir>

namespace support {

/// Stands between one client and a PostgreSQL server on a unix socket and ends the connection at a chosen round trip,
/// as the death of the client or of the line between does. From then on nobody gets through until allow().
class CutConnection final
{
public:
    enum class Moment {
        BeforeRequest, ///< the server never sees it
        AfterAnswer,   ///< the server has carried it out, the client never hears of it
    };

    /// @param serverUrl  as PostgresServer::url() gives it
    explicit CutConnection(const std::string& serverUrl);
    ~CutConnection();
    CutConnection(const CutConnection&) = delete;
    CutConnection& operator=(const CutConnection&) = delete;

    /// The server's URL with this one in between.
    [[nodiscard]] const std::string& url() const { return m_url; }
    /// Cuts at the round trip of that number from now on, 0 being the next.
    void cutAt(int roundTrip, Moment moment);
    /// Lets clients connect, without a cut.
    void allow();
    [[nodiscard]] bool hasCut() const { return m_isCut; }

private:
    void run();
    void serve(int client);
    [[nodiscard]] bool relay(int server, std::string& pending, bool& isStarted);

    QTemporaryDir m_folder;
    std::filesystem::path m_server;
    std::string m_url;
    int m_listener = -1;
    int m_wakeUp = -1;
    std::atomic<int> m_left{-1}; ///< round trips before the cut; negative: none is asked for
    std::atomic<Moment> m_moment{Moment::BeforeRequest};
    std::atomic<bool> m_isCut{false};
    std::thread m_thread;
};

} // namespace support
