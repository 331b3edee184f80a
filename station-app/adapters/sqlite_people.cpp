#include "adapters/sqlite_people.h"

#include <algorithm>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "adapters/journal_database.h"

namespace station {
namespace {

using gateway::ErrorCode;
using gateway::Result;

constexpr qsizetype kSaltOctets = 16;
constexpr std::size_t kHashOctets = 32;
constexpr std::size_t kLongestName = 64;
// RFC 7914: 32 MB and about 50 ms a try.
constexpr std::uint64_t kScryptN = 1U << 15;
constexpr std::uint64_t kScryptR = 8;
constexpr std::uint64_t kScryptP = 1;
constexpr std::uint64_t kScryptMemory = 64U * 1024 * 1024;

Result<QByteArray> makeSalt()
{
    QByteArray salt(kSaltOctets, Qt::Uninitialized);
    if (RAND_bytes(reinterpret_cast<unsigned char*>(salt.data()), static_cast<int>(salt.size())) != 1)
        return gateway::fail(ErrorCode::Internal, "random-unavailable", "no random numbers for a salt");
    return salt;
}

Result<QByteArray> hashed(std::string_view secret, const QByteArray& salt)
{
    QByteArray hash(static_cast<qsizetype>(kHashOctets), Qt::Uninitialized);
    const int done = EVP_PBE_scrypt(secret.data(), secret.size(), reinterpret_cast<const unsigned char*>(salt.data()),
                                    static_cast<std::size_t>(salt.size()), kScryptN, kScryptR, kScryptP, kScryptMemory,
                                    reinterpret_cast<unsigned char*>(hash.data()), kHashOctets);
    if (done != 1) return gateway::fail(ErrorCode::Internal, "scrypt", "scrypt could not be computed");
    return hash;
}

bool isEqual(const QByteArray& one, const QByteArray& other)
{
    return one.size() == other.size() &&
           CRYPTO_memcmp(one.constData(), other.constData(), static_cast<std::size_t>(one.size())) == 0;
}

bool isPrintable(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

bool isSuitablePin(std::string_view pin)
{
    const bool isDigits = std::ranges::all_of(pin, [](char c) { return c >= '0' && c <= '9'; });
    const bool isVaried = std::ranges::any_of(pin, [&](char c) { return c != pin.front(); });
    return pin.size() >= People::kShortestPin && pin.size() <= People::kLongestSecret && isDigits && isVaried;
}

bool isSuitableBadge(std::string_view badge)
{
    return badge.size() >= People::kShortestBadge && badge.size() <= People::kLongestSecret && isPrintable(badge);
}

tl::unexpected<gateway::Error> wrongPin()
{
    return gateway::fail(ErrorCode::Unauthorized, "pin-wrong", "name and PIN do not belong together");
}

class SqlitePeople final : public People
{
public:
    SqlitePeople(const JournalSettings& settings, std::function<gateway::Time()> wallTime)
        : m_database(settings, std::move(wallTime))
    {
    }

    Result<void> open() { return m_database.open(); }

    Result<Person> add(const std::string& name, Role role, std::string_view badge, std::string_view pin) override
    {
        // The name is shown and stored as it is: bytes below 0x20 would break a list, all others are UTF-8 letters.
        const bool isName = !name.empty() && name.size() <= kLongestName &&
                            std::ranges::none_of(name, [](char c) { return c >= 0 && c < 0x20; });
        if (!isName) return gateway::fail(ErrorCode::InvalidRequest, "person-name", "expected a name of 1 to 64 bytes");
        if (badge.empty() && pin.empty())
            return gateway::fail(ErrorCode::InvalidRequest, "badge-unsuitable", "expected a badge, a PIN or both");
        if (!badge.empty() && !isSuitableBadge(badge))
            return gateway::fail(ErrorCode::InvalidRequest, "badge-unsuitable",
                                 "expected 6 to 64 printable characters of a badge, got " +
                                     std::to_string(badge.size()));
        if (!pin.empty() && !isSuitablePin(pin))
            return gateway::fail(ErrorCode::InvalidRequest, "pin-unsuitable",
                                 "expected a PIN of 6 to 64 digits that are not all the same");

        QVariant badgeHash, pinSalt, pinHash;
        if (!badge.empty()) {
            const auto salt = badgeSalt();
            if (!salt) return tl::unexpected(salt.error());
            const auto hash = hashed(badge, *salt);
            if (!hash) return tl::unexpected(hash.error());
            badgeHash = *hash;
        }
        if (!pin.empty()) {
            const auto salt = makeSalt();
            if (!salt) return tl::unexpected(salt.error());
            const auto hash = hashed(pin, *salt);
            if (!hash) return tl::unexpected(hash.error());
            pinSalt = *salt;
            pinHash = *hash;
        }
        const auto taken = rows("SELECT 1 FROM people WHERE name = ?", {sqlText(name)});
        if (!taken) return tl::unexpected(taken.error());
        if (*taken > 0) return gateway::fail(ErrorCode::Conflict, "person-exists", name + " is known already");
        const auto added = m_database.change(
            "adding a person",
            "INSERT INTO people (name, role, badge_hash, pin_salt, pin_hash, added_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            {sqlText(name), sqlText(station::name(role)), badgeHash, pinSalt, pinHash, sqlSeconds(m_database.now())});
        if (!added && added.error().code == ErrorCode::Conflict)
            return gateway::fail(ErrorCode::Conflict, "badge-taken", "this badge belongs to somebody else");
        if (!added) return tl::unexpected(added.error());
        return Person{m_database.lastInsertId(), name, role, !badge.empty(), !pin.empty()};
    }

    Result<void> remove(const std::string& name) override
    {
        const auto known = rows("SELECT 1 FROM people WHERE name = ?", {sqlText(name)});
        if (!known) return tl::unexpected(known.error());
        if (*known == 0) return gateway::fail(ErrorCode::NotFound, "person-unknown", name + " is not known");
        return m_database.change("removing a person", "DELETE FROM people WHERE name = ?", {sqlText(name)});
    }

    Result<std::vector<Person>> list() override
    {
        auto found = m_database.ask("reading people", selected(QStringLiteral("1 = 1 ORDER BY name")));
        if (!found) return tl::unexpected(found.error());
        std::vector<Person> people;
        while (found->next())
            people.push_back(personOf(*found));
        return people;
    }

    Result<Person> findByBadge(std::string_view badge) override
    {
        const auto unknown = [] {
            return gateway::fail(ErrorCode::Unauthorized, "badge-unknown", "this badge is not known");
        };
        if (!isSuitableBadge(badge)) return unknown();
        const auto salt = badgeSalt();
        if (!salt) return tl::unexpected(salt.error());
        const auto hash = hashed(badge, *salt);
        if (!hash) return tl::unexpected(hash.error());
        auto found = m_database.ask("looking a badge up", selected(QStringLiteral("badge_hash = ?")), {*hash});
        if (!found) return tl::unexpected(found.error());
        if (!found->next()) return unknown();
        return personOf(*found);
    }

    Result<Person> findByPin(const std::string& name, std::string_view pin) override
    {
        auto found = m_database.ask("looking a PIN up", selected(QStringLiteral("name = ? AND pin_hash IS NOT NULL")),
                                    {sqlText(name)});
        if (!found) return tl::unexpected(found.error());
        if (!found->next()) return wrongPin();
        const Person person = personOf(*found);
        const auto salt = found->value(5).toByteArray();
        const auto expected = found->value(6).toByteArray();
        const int wrong = found->value(7).toInt();
        const auto blockedUntil = sqlTime(found->value(8));
        found->finish();
        const auto now = m_database.now();
        if (blockedUntil > now)
            return gateway::fail(ErrorCode::RateLimited, "pin-blocked", "too many wrong PINs", blockedUntil - now);

        const int tried = wrong + 1;
        const auto wait = tried < kWrongPinsAllowed
                              ? std::chrono::seconds(0)
                              : std::chrono::seconds(60) * (1 << std::min(tried - kWrongPinsAllowed, 6));
        const auto counted =
            m_database.change("counting a PIN", "UPDATE people SET wrong_pins = ?, blocked_until = ? WHERE id = ?",
                              {tried, sqlSeconds(wait.count() == 0 ? gateway::Time{} : now + wait), qint64(person.id)});
        if (!counted) return tl::unexpected(counted.error());
        const auto hash = hashed(pin, salt);
        if (!hash) return tl::unexpected(hash.error());
        if (!isEqual(*hash, expected)) return wrongPin();
        const auto cleared =
            m_database.change("clearing wrong PINs", "UPDATE people SET wrong_pins = 0, blocked_until = 0 WHERE id = ?",
                              {qint64(person.id)});
        if (!cleared) return tl::unexpected(cleared.error());
        return person;
    }

    Result<void> record(const Person& person, std::string_view what) override
    {
        return m_database.change(
            "recording a session", "INSERT INTO sessions (person, role, what, at) VALUES (?, ?, ?, ?)",
            {sqlText(person.name), sqlText(station::name(person.role)), sqlText(what), sqlSeconds(m_database.now())});
    }

private:
    static QString selected(const QString& condition)
    {
        return QStringLiteral("SELECT id, name, role, badge_hash IS NOT NULL, pin_hash IS NOT NULL, pin_salt, pin_hash,"
                              " wrong_pins, blocked_until FROM people WHERE ") +
               condition;
    }

    static Person personOf(const QSqlQuery& row)
    {
        return {row.value(0).toLongLong(), row.value(1).toString().toStdString(),
                roleOf(row.value(2).toString().toStdString()).value_or(Role::Operator), row.value(3).toBool(),
                row.value(4).toBool()};
    }

    Result<int> rows(const char* sql, const QVariantList& values)
    {
        auto found = m_database.ask("reading people", QString::fromLatin1(sql), values);
        if (!found) return tl::unexpected(found.error());
        int count = 0;
        while (found->next())
            ++count;
        return count;
    }

    /// Made with the first use and the same for all badges, so that a badge can be found by its hash.
    Result<QByteArray> badgeSalt()
    {
        const auto fresh = makeSalt();
        if (!fresh) return fresh;
        const auto kept = m_database.change("making the salt of the badges",
                                            "INSERT OR IGNORE INTO badge_salt (one, salt) VALUES (1, ?)", {*fresh});
        if (!kept) return tl::unexpected(kept.error());
        auto found = m_database.ask("reading the salt of the badges", QStringLiteral("SELECT salt FROM badge_salt"));
        if (!found) return tl::unexpected(found.error());
        if (!found->next()) return journalUnusable("journal-corrupt", "the salt of the badges is missing");
        return found->value(0).toByteArray();
    }

    JournalDatabase m_database;
};

} // namespace

Result<std::unique_ptr<People>> openSqlitePeople(const JournalSettings& settings,
                                                 std::function<gateway::Time()> wallTime)
{
    auto people = std::make_unique<SqlitePeople>(settings, std::move(wallTime));
    if (const auto opened = people->open(); !opened) return tl::unexpected(opened.error());
    return people;
}

} // namespace station
