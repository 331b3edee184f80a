#pragma once

#include <QFile>
#include <QProcess>
#include <QTemporaryDir>

#include "contract/bytes.h"

/// The openssl command as an independent peer, with files in a folder of its own.
namespace gateway::pki::test {

class OpensslTool final
{
public:
    [[nodiscard]] QString path(const char* name) const { return m_folder.filePath(QString::fromUtf8(name)); }

    void write(const char* name, ByteView content) const
    {
        QFile file(path(name));
        if (!file.open(QIODevice::WriteOnly)) qFatal("cannot write a file");
        file.write(reinterpret_cast<const char*>(content.data()), static_cast<qint64>(content.size()));
    }

    [[nodiscard]] Bytes read(const char* name) const
    {
        QFile file(path(name));
        if (!file.open(QIODevice::ReadOnly)) qFatal("cannot read a file");
        const QByteArray content = file.readAll();
        return {content.begin(), content.end()};
    }

    /// @return the exit code, a space, and what was printed
    [[nodiscard]] QString run(const QStringList& arguments) const
    {
        QProcess process;
        process.setWorkingDirectory(m_folder.path());
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(QStringLiteral("openssl"), arguments);
        if (!process.waitForFinished()) return QStringLiteral("openssl did not end");
        return QString::number(process.exitCode()) + QLatin1Char(' ') + QString::fromUtf8(process.readAll());
    }

    /// As above, from one line without quotes.
    [[nodiscard]] QString run(const char* line) const { return run(QString::fromUtf8(line).split(QLatin1Char(' '))); }

private:
    QTemporaryDir m_folder;
};

} // namespace gateway::pki::test
