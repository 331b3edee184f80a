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

    /// Before the first start: what a manufacturer does. EKs in the TPM (RSA-2048 and P-384) and certificates for them
    /// in its NV, by swtpm_setup with a CA of its own (the "local CA") in the folder, made there when it has none.
    [[nodiscard]] bool manufacture(const QString& caFolder);

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
