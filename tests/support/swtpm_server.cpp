#include "support/swtpm_server.h"

#include <csignal>

#include <QElapsedTimer>
#include <QFile>
#include <QTcpServer>
#include <QTcpSocket>

#include <sys/prctl.h>
#include <unistd.h>

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

bool SwtpmServer::manufacture(const QString& caFolder)
{
    const auto write = [&](const QString& name, const QString& text) {
        QFile file(caFolder + u'/' + name);
        return file.open(QIODevice::WriteOnly) && file.write(text.toUtf8()) >= 0;
    };
    const bool written =
        write(QStringLiteral("localca.conf"),
              QStringLiteral("statedir = %1\nsigningkey = %1/signkey.pem\nissuercert = %1/issuercert.pem\n"
                             "certserial = %1/certserial\n")
                  .arg(caFolder)) &&
        write(QStringLiteral("localca.options"),
              QStringLiteral("--platform-manufacturer V2C\n--platform-version 1.0\n--platform-model TCU\n")) &&
        write(QStringLiteral("setup.conf"),
              QStringLiteral("create_certs_tool = /usr/bin/swtpm_localca\n"
                             "create_certs_tool_config = %1/localca.conf\ncreate_certs_tool_options = "
                             "%1/localca.options\nactive_pcr_banks = sha256\n")
                  .arg(caFolder));
    if (!written) {
        m_error = "cannot write to " + caFolder.toStdString();
        return false;
    }
    QProcess setup;
    setup.setProcessChannelMode(QProcess::MergedChannels);
    QStringList arguments{QStringLiteral("--tpm2"),
                          QStringLiteral("--tpmstate"),
                          m_state.path(),
                          QStringLiteral("--create-ek-cert"),
                          QStringLiteral("--lock-nvram"),
                          QStringLiteral("--ecc"),
                          QStringLiteral("--config"),
                          caFolder + QStringLiteral("/setup.conf")};
    // As root it would work as user tss, who may not enter a folder of the test.
    if (::geteuid() == 0) arguments << QStringLiteral("--runas") << QStringLiteral("root");
    setup.start(QStringLiteral("swtpm_setup"), arguments);
    if (setup.waitForFinished(30000) && setup.exitStatus() == QProcess::NormalExit && setup.exitCode() == 0)
        return true;
    m_error = "swtpm_setup: " + setup.readAll().toStdString() + setup.errorString().toStdString();
    return false;
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
