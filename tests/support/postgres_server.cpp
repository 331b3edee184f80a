#include "support/postgres_server.h"

#include <csignal>
#include <tuple>

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QThread>
#include <unistd.h>

namespace support {
namespace {

constexpr int kStartMilliseconds = 30000;

const QString kPrograms = QStringLiteral("/usr/lib/postgresql/15/bin/");

QStringList asServerUser(const QString& program, const QStringList& arguments)
{
    // Ends with the test program, even when that is killed.
    QStringList command{QStringLiteral("--pdeathsig"), QStringLiteral("INT")};
    if (::geteuid() == 0)
        command << QStringLiteral("--reuid=postgres") << QStringLiteral("--regid=postgres")
                << QStringLiteral("--init-groups") << QStringLiteral("--reset-env");
    return command << program << arguments;
}

} // namespace

PostgresServer::PostgresServer(Durability durability)
    : m_durability(durability), m_folder(QDir::tempPath() + QStringLiteral("/v2c-pg-XXXXXX"))
{
}

PostgresServer::~PostgresServer()
{
    stop();
    // The data belongs to another user, and the folder would otherwise stay.
    QDir(m_folder.path()).removeRecursively();
}

QByteArray PostgresServer::run(const QString& program, const QStringList& arguments, bool asServer,
                               bool* succeeded) const
{
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.setWorkingDirectory(m_folder.path());
    if (asServer) {
        process.start(QStringLiteral("setpriv"), asServerUser(program, arguments));
    } else {
        process.start(program, arguments);
    }
    const bool finished = process.waitForFinished(kStartMilliseconds);
    if (succeeded != nullptr) *succeeded = finished && process.exitCode() == 0;
    return process.readAll();
}

QString PostgresServer::start()
{
    const auto data = m_folder.filePath(QStringLiteral("pg"));
    if (!m_initialised) {
        if (!m_folder.isValid()) return m_folder.errorString();
        // The server's user must be able to pass through; what is inside is closed to others by its own mode.
        QFile::setPermissions(m_folder.path(),
                              QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner | QFile::ExeOther);
        QDir(m_folder.path()).mkdir(QStringLiteral("pg"));
        bool succeeded = true;
        if (::geteuid() == 0)
            std::ignore = run(QStringLiteral("chown"), {QStringLiteral("postgres:postgres"), data}, false, &succeeded);
        if (!succeeded) return QStringLiteral("there is no user postgres");
        QFile::setPermissions(data, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        const auto output = run(kPrograms + QStringLiteral("initdb"),
                                {QStringLiteral("-D"), data, QStringLiteral("-U"), QStringLiteral("postgres"),
                                 QStringLiteral("--auth=trust"), QStringLiteral("--encoding=UTF8"),
                                 QStringLiteral("--locale=C.UTF-8"), QStringLiteral("--no-sync")},
                                true, &succeeded);
        if (!succeeded) return QString::fromLocal8Bit(output);
        m_initialised = true;
    }
    const auto durable = m_durability == Durability::On ? QStringLiteral("on") : QStringLiteral("off");
    m_server.setStandardErrorFile(m_folder.filePath(QStringLiteral("server.log")), QIODevice::Append);
    m_server.start(
        QStringLiteral("setpriv"),
        asServerUser(kPrograms + QStringLiteral("postgres"),
                     {QStringLiteral("-D"), data, QStringLiteral("-c"), QStringLiteral("listen_addresses="),
                      QStringLiteral("-c"), QStringLiteral("unix_socket_directories=") + data, QStringLiteral("-c"),
                      QStringLiteral("fsync=") + durable, QStringLiteral("-c"), QStringLiteral("max_connections=60"),
                      QStringLiteral("-c"), QStringLiteral("shared_buffers=16MB")}));
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < kStartMilliseconds) {
        if (m_server.waitForFinished(20)) break;
        if (sql("postgres", "SELECT 1") == "1") return {};
    }
    QFile log(m_folder.filePath(QStringLiteral("server.log")));
    return log.open(QIODevice::ReadOnly) ? QString::fromLocal8Bit(log.readAll()) : QStringLiteral("no log");
}

void PostgresServer::stop()
{
    if (m_server.state() == QProcess::NotRunning) return;
    // SIGINT: fast shutdown. setpriv has become the server, so the process id is its own.
    ::kill(static_cast<pid_t>(m_server.processId()), SIGINT);
    if (!m_server.waitForFinished(kStartMilliseconds)) kill();
}

void PostgresServer::kill()
{
    if (m_server.state() == QProcess::NotRunning) return;
    // SIGQUIT would still tell the sessions; a killed postmaster's children notice at their next step.
    m_server.kill();
    m_server.waitForFinished(kStartMilliseconds);
}

std::string PostgresServer::createDatabase(const std::string& copyOf)
{
    const auto name = "test" + std::to_string(++m_databases);
    const auto roles = sql("postgres", "DO $$ DECLARE r text; BEGIN "
                                       "FOREACH r IN ARRAY ARRAY['v2c_owner', 'v2c_gateway', 'v2c_readonly', 'v2c_feed'] LOOP "
                                       "IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN "
                                       "EXECUTE format('CREATE ROLE %I LOGIN', r); END IF; END LOOP; END $$");
    const auto created = sql("postgres", "CREATE DATABASE " + name + " OWNER v2c_owner" +
                                             (copyOf.empty() ? std::string() : " TEMPLATE " + copyOf));
    return roles == "DO" && created == "CREATE DATABASE" ? name : std::string();
}

std::string PostgresServer::url(const std::string& user, const std::string& database) const
{
    return "postgresql://" + user + "@/" + database + "?host=" + m_folder.filePath(QStringLiteral("pg")).toStdString();
}

std::string PostgresServer::sql(const std::string& database, const std::string& statement) const
{
    const auto output = run(QStringLiteral("psql"),
                            {QStringLiteral("-XAt"), QStringLiteral("-v"), QStringLiteral("ON_ERROR_STOP=1"),
                             QStringLiteral("-d"), QString::fromStdString(url("postgres", database)),
                             QStringLiteral("-c"), QString::fromStdString(statement)},
                            false, nullptr);
    return QString::fromUtf8(output).trimmed().toStdString();
}

QByteArray PostgresServer::dump(const std::string& database) const
{
    auto lines = run(QStringLiteral("pg_dump"),
                     {QStringLiteral("-d"), QString::fromStdString(url("postgres", database))}, false, nullptr)
                     .split('\n');
    lines.removeIf(
        [](const QByteArray& line) { return line.startsWith("\\restrict ") || line.startsWith("\\unrestrict "); });
    return lines.join('\n');
}

int PostgresServer::terminateConnections(const std::string& database) const
{
    return std::stoi(sql("postgres", "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '" +
                                         database + "' AND usename = 'v2c_gateway'"));
}

} // namespace support
