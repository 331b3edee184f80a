#include "support/swtpm_server.h"

#include <csignal>

#include <QElapsedTimer>
#include <QTcpServer>
#include <QTcpSocket>

#include <sys/prctl.h>

namespace test {

namespace {

constexpr int kStartMilliseconds = 10000;

/// tpm2-tss takes the control channel to be the port after the command channel's.
std::uint16_t findTwoFreePorts()
{
    for (int attempt = 0; attempt < 50; ++attempt) {
        QTcpServer command;
        QTcpServer control;
        if (!command.listen(QHostAddress::LocalHost) || command.serverPort() == UINT16_MAX) continue;
        if (control.listen(QHostAddress::LocalHost, static_cast<quint16>(command.serverPort() + 1)))
            return command.serverPort();
    }
    return 0;
}

} // namespace

SwtpmServer::~SwtpmServer()
{
    stop();
}

bool SwtpmServer::start()
{
    if (m_port != 0) return startOn(m_port);
    // Another test may take the ports between finding and using them.
    for (int attempt = 0; attempt < 5; ++attempt) {
        const auto port = findTwoFreePorts();
        if (port != 0 && startOn(port)) {
            m_port = port;
            return true;
        }
    }
    return false;
}

bool SwtpmServer::startOn(std::uint16_t port)
{
    m_process.setProcessChannelMode(QProcess::MergedChannels);
    m_process.setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGKILL); });
    m_process.start(QStringLiteral("swtpm"),
                    {QStringLiteral("socket"), QStringLiteral("--tpm2"), QStringLiteral("--tpmstate"),
                     QStringLiteral("dir=%1").arg(m_state.path()), QStringLiteral("--server"),
                     QStringLiteral("type=tcp,port=%1,bindaddr=127.0.0.1").arg(port), QStringLiteral("--ctrl"),
                     QStringLiteral("type=tcp,port=%1,bindaddr=127.0.0.1").arg(port + 1), QStringLiteral("--flags"),
                     QStringLiteral("not-need-init,startup-clear")});
    QElapsedTimer elapsed;
    elapsed.start();
    while (m_process.state() != QProcess::NotRunning && elapsed.elapsed() < kStartMilliseconds) {
        QTcpSocket control;
        control.connectToHost(QHostAddress(QHostAddress::LocalHost), static_cast<quint16>(port + 1));
        if (control.waitForConnected(200)) return true;
        m_process.waitForFinished(10); // the pause between two attempts, cut short when it gives up
    }
    m_error = "swtpm did not start: " + m_process.readAll().toStdString() + m_process.errorString().toStdString();
    stop();
    return false;
}

void SwtpmServer::stop()
{
    if (m_process.state() == QProcess::NotRunning) return;
    m_process.kill();
    m_process.waitForFinished(5000);
}

std::string SwtpmServer::tcti() const
{
    return "swtpm:host=127.0.0.1,port=" + std::to_string(m_port);
}

} // namespace test
