#pragma once

#include <array>
#include <cstdio>

#include <sys/wait.h>

#include <QFile>
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

    /// @param arguments  without spaces or characters of the shell in them
    /// @return the exit code, a space, and what was printed
    [[nodiscard]] QString run(const QStringList& arguments) const
    {
        // Not a QProcess: after its kind of fork the thread sanitizer lets no test start a thread any more.
        const QString line = QStringLiteral("cd %1 && openssl %2 2>&1 </dev/null")
                                 .arg(m_folder.path(), arguments.join(QLatin1Char(' ')));
        auto* pipe = ::popen(qPrintable(line), "r");
        if (pipe == nullptr) qFatal("cannot start openssl");
        QByteArray printed;
        std::array<char, 4096> block{};
        for (std::size_t count = 0; (count = std::fread(block.data(), 1, block.size(), pipe)) != 0;)
            printed.append(block.data(), static_cast<qsizetype>(count));
        const int status = ::pclose(pipe);
        return QString::number(WIFEXITED(status) ? WEXITSTATUS(status) : -1) + QLatin1Char(' ') +
               QString::fromUtf8(printed);
    }

    /// As above, from one line without quotes.
    [[nodiscard]] QString run(const char* line) const { return run(QString::fromUtf8(line).split(QLatin1Char(' '))); }

private:
    QTemporaryDir m_folder;
};

} // namespace gateway::pki::test
