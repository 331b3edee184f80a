#pragma once

#include <memory>
#include <string>

#include <QByteArray>
#include <QProcess>
#include <QTemporaryDir>

namespace support {

/// A private PostgreSQL cluster in a folder of its own, reached over a unix socket only; runs as user postgres when the
/// tests run as root. Made once per test program, gone with it. Trust authentication, inside a folder with mode 0700.
class PostgresServer final
{
public:
    enum class Durability { Off, On }; ///< Off: without fsync

    explicit PostgresServer(Durability durability = Durability::Off);
    ~PostgresServer();
    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;

    /// Also after stop() or kill(). Empty when it is up, else why not.
    [[nodiscard]] QString start();
    void stop();
    void kill(); ///< SIGKILL to all of its processes, as a power cut

    /// Makes an empty database that v2c_owner owns, with the login roles v2c_owner, v2c_gateway, v2c_readonly and v2c_feed.
    /// @param copyOf  a database that nobody is connected to; empty for an empty one
    /// @return its name; empty on failure
    [[nodiscard]] std::string createDatabase(const std::string& copyOf = {});

    [[nodiscard]] std::string url(const std::string& user, const std::string& database) const;

    /// Runs SQL as the superuser through psql. @return rows, columns separated by |; what psql says on an error
    [[nodiscard]] std::string sql(const std::string& database, const std::string& statement) const;
    /// What pg_dump writes, without its random \\restrict keys, so that two dumps can be compared.
    [[nodiscard]] QByteArray dump(const std::string& database) const;

    /// Ends the server's processes of the gateway's role in that database. @return how many
    int terminateConnections(const std::string& database) const;

private:
    [[nodiscard]] QByteArray run(const QString& program, const QStringList& arguments, bool asServerUser,
                                 bool* succeeded) const;

    Durability m_durability;
    QTemporaryDir m_folder;
    QProcess m_server;
    bool m_initialised = false;
    int m_databases = 0;
};

} // namespace support
