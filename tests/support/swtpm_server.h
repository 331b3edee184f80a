#pragma once

#include <cstdint>
#include <string>

#include <QProcess>
#include <QTemporaryDir>

namespace test {

/// A software TPM 2.0 with a state folder of its own on two free loopback ports. It keeps port and state over stop()
/// and start(), as a TPM keeps its keys over a power cut, and ends with the test.
class SwtpmServer final
{
public:
    SwtpmServer() = default;
    ~SwtpmServer();
    SwtpmServer(const SwtpmServer&) = delete;
    SwtpmServer& operator=(const SwtpmServer&) = delete;

    /// @return false when it could not be started; error() says why
    [[nodiscard]] bool start();
    /// Kills it: a power cut without TPM2_Shutdown.
    void stop();

    /// "swtpm:host=127.0.0.1,port=P"
    [[nodiscard]] std::string tcti() const;
    [[nodiscard]] const std::string& error() const { return m_error; }

private:
    [[nodiscard]] bool startOn(std::uint16_t port);

    QTemporaryDir m_state;
    QProcess m_process;
    std::uint16_t m_port = 0; ///< commands; the control channel is the next one
    std::string m_error;
};

} // namespace test
