#include "store/database_url.h"

#include <QUrl>
#include <QUrlQuery>

namespace gateway::store {

Result<DatabaseUrl> parseDatabaseUrl(const std::string& text)
{
    const auto refuse = [](const char* what) {
        return fail(ErrorCode::InvalidRequest, "database-url",
                    std::string("expected postgresql://user:password@host:port/database?host=/socket/folder: ") + what);
    };
    const QUrl url(QString::fromStdString(text), QUrl::StrictMode);
    if (!url.isValid()) return refuse("not a URL");
    if (url.scheme() != QStringLiteral("postgresql") && url.scheme() != QStringLiteral("postgres"))
        return refuse("another scheme");
    if (url.hasFragment()) return refuse("a fragment");
    DatabaseUrl parts{.user = url.userName(QUrl::FullyDecoded).toStdString(),
                      .password = url.password(QUrl::FullyDecoded).toStdString(),
                      .host = url.host(QUrl::FullyDecoded).toStdString(),
                      .port = url.port(5432),
                      .database = url.path(QUrl::FullyDecoded).mid(1).toStdString()};
    for (const auto& [key, value] : QUrlQuery(url).queryItems(QUrl::FullyDecoded)) {
        if (key == QStringLiteral("host")) {
            parts.host = value.toStdString();
        } else if (key == QStringLiteral("port")) {
            parts.port = value.toInt();
        } else {
            return refuse("an unknown parameter");
        }
    }
    if (parts.user.empty()) return refuse("no user");
    if (parts.host.empty()) return refuse("no host");
    if (parts.port < 1 || parts.port > 65535) return refuse("no such port");
    if (parts.database.empty() || parts.database.find('/') != std::string::npos) return refuse("no database");
    return parts;
}

} // namespace gateway::store
