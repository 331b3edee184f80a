#include "events/revocation_reader.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include <libpq-fe.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace gateway {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::seconds kConnectDeadline{5};
constexpr std::chrono::seconds kStatementDeadline{60};

struct FinishConnection
{
    void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct ClearResult
{
    void operator()(PGresult* result) const { PQclear(result); }
};
using Rows = std::unique_ptr<PGresult, ClearResult>;

tl::unexpected<Error> unavailable(const char* what)
{
    // libpq's own text may repeat the URL with its password.
    return fail(ErrorCode::StoreUnavailable, "feed-unavailable",
                std::string("the revocation feed's database: ") + what);
}

std::string_view text(const PGresult* rows, int row, int column)
{
    return {PQgetvalue(rows, row, column), static_cast<std::size_t>(PQgetlength(rows, row, column))};
}

template <typename Number>
std::optional<Number> number(std::string_view text)
{
    Number value{};
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<Time> timeOf(std::string_view seconds)
{
    const auto value = number<std::int64_t>(seconds);
    if (!value) return std::nullopt;
    return Time(std::chrono::seconds(*value));
}

tl::unexpected<Error> badRow()
{
    return fail(ErrorCode::Internal, "feed-row",
                "a row of the revocation feed has an unreadable serial, reason or time");
}

/// Payload as store::insertEvent() writes it. @return what is wrong with it
tl::expected<RevocationEvent, std::string> parseEvent(std::int64_t id, std::string_view type, std::string_view payload,
                                                      std::string_view recordedMs)
{
    const auto json = nlohmann::json::parse(payload, nullptr, false);
    const auto string = [&](const char* field) -> std::optional<std::string> {
        if (!json.is_object() || !json.contains(field) || !json[field].is_string()) return std::nullopt;
        return json[field].get<std::string>();
    };
    const auto seconds = [&](const char* field) -> std::optional<Time> {
        if (!json.is_object() || !json.contains(field) || !json[field].is_number_integer()) return std::nullopt;
        return Time(std::chrono::seconds(json[field].get<std::int64_t>()));
    };
    const auto issuer = string("issuer");
    const auto serialText = string("serial");
    if (!issuer || !serialText) return tl::unexpected<std::string>("expected issuer and serial as text");
    auto serial = CertificateSerial::parse(*serialText);
    if (!serial) return tl::unexpected<std::string>("unreadable serial");
    const auto milliseconds = number<std::int64_t>(recordedMs);
    if (!milliseconds) return tl::unexpected<std::string>("unreadable time");
    RevocationEvent event{
        .id = id,
        .kind = RevocationEvent::Kind::Released,
        .record = {.issuer = *issuer, .serial = std::move(*serial)},
        .recordedAt = std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(*milliseconds))};
    if (type == "certificate_released") return event;
    const auto since = seconds("revoked_at");
    const auto expiresAt = seconds("expires_at");
    const auto reason = parseRevocationReason(string("reason").value_or(""));
    if (!since || !expiresAt || !reason)
        return tl::unexpected<std::string>("expected revoked_at, expires_at and a reason");
    event.kind = RevocationEvent::Kind::Revoked;
    event.record.since = *since;
    event.record.expiresAt = *expiresAt;
    event.record.reason = *reason;
    return event;
}

} // namespace

struct RevocationReader::Impl
{
    std::unique_ptr<PGconn, FinishConnection> connection;
    int interruption = -1;

    Impl() : interruption(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
    ~Impl()
    {
        if (interruption >= 0) close(interruption);
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    /// @return whether the socket became ready before the deadline
    [[nodiscard]] bool waitForSocket(short events, Steady::time_point deadline) const
    {
        pollfd socket{.fd = PQsocket(connection.get()), .events = events, .revents = 0};
        for (;;) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Steady::now());
            if (left.count() <= 0 || socket.fd < 0) return false;
            const int ready = poll(&socket, 1, static_cast<int>(left.count()));
            if (ready > 0) return true;
            if (ready == 0 || errno != EINTR) return false;
        }
    }

    /// One statement, with a deadline on every wait: libpq's blocking calls have none.
    [[nodiscard]] Result<Rows> run(const char* sql, const std::vector<std::string>& parameters = {}) const
    {
        std::vector<const char*> values;
        for (const auto& parameter : parameters)
            values.push_back(parameter.c_str());
        if (PQsendQueryParams(connection.get(), sql, static_cast<int>(values.size()), nullptr, values.data(), nullptr,
                              nullptr, 0) != 1)
            return unavailable("the connection is lost");
        const auto deadline = Steady::now() + kStatementDeadline;
        while (PQflush(connection.get()) == 1)
            if (!waitForSocket(POLLIN | POLLOUT, deadline) || PQconsumeInput(connection.get()) != 1)
                return unavailable("the connection is lost");
        Rows last;
        for (;;) {
            while (PQisBusy(connection.get()) == 1)
                if (!waitForSocket(POLLIN, deadline) || PQconsumeInput(connection.get()) != 1)
                    return unavailable("no answer");
            Rows next(PQgetResult(connection.get()));
            if (!next) break;
            last = std::move(next);
        }
        const auto status = PQresultStatus(last.get());
        if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return last;
        const char* state = last ? PQresultErrorField(last.get(), PG_DIAG_SQLSTATE) : nullptr;
        if (state != nullptr && std::strncmp(state, "42", 2) == 0)
            return fail(ErrorCode::Internal, "feed-schema",
                        std::string("the database does not have the feed, or its role no right to it (SQLSTATE ") +
                            state + ")");
        return unavailable("the statement failed");
    }

    [[nodiscard]] Result<void> execute(const char* sql, const std::vector<std::string>& parameters = {}) const
    {
        const auto rows = run(sql, parameters);
        if (!rows) return tl::unexpected(rows.error());
        return {};
    }
};

RevocationReader::RevocationReader(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
RevocationReader::RevocationReader(RevocationReader&&) noexcept = default;
RevocationReader& RevocationReader::operator=(RevocationReader&&) noexcept = default;
RevocationReader::~RevocationReader() = default;

Result<RevocationReader> RevocationReader::connect(const std::string& url)
{
    auto impl = std::make_unique<Impl>();
    if (impl->interruption < 0) return fail(ErrorCode::Internal, "feed", "no event descriptor");
    const std::array<const char*, 6> keys{"dbname",          "application_name", "tcp_user_timeout",
                                          "keepalives_idle", "client_encoding",  nullptr};
    const std::array<const char*, 6> values{url.c_str(), "v2c-feed", "10000", "10", "UTF8", nullptr};
    impl->connection.reset(PQconnectStartParams(keys.data(), values.data(), 1));
    auto* connection = impl->connection.get();
    if (connection == nullptr || PQstatus(connection) == CONNECTION_BAD) return unavailable("cannot connect");
    const auto deadline = Steady::now() + kConnectDeadline;
    for (auto next = PGRES_POLLING_WRITING; next != PGRES_POLLING_OK; next = PQconnectPoll(connection)) {
        if (next == PGRES_POLLING_FAILED) return unavailable("cannot connect");
        if (!impl->waitForSocket(next == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline))
            return unavailable("no answer to the connection");
    }
    if (PQsetnonblocking(connection, 1) != 0) return unavailable("cannot connect");
    // Before the snapshot: what is committed after it then wakes us up.
    if (auto listening = impl->execute("LISTEN v2c_revocation"); !listening) return tl::unexpected(listening.error());
    return RevocationReader(std::move(impl));
}

Result<RevocationReader::Snapshot> RevocationReader::snapshot(Time expiresAfter)
{
    // One statement sees one state: the rows and the watermark belong together.
    const auto rows = m_impl->run("SELECT pg_snapshot_xmin(pg_current_snapshot())::text, r.issuer, r.serial, r.reason, "
                                  "r.since, r.expires_at FROM (SELECT 1) one LEFT JOIN revocations r ON "
                                  "r.expires_at > $1::bigint",
                                  {std::to_string(expiresAfter.time_since_epoch().count())});
    if (!rows) return tl::unexpected(rows.error());
    Snapshot snapshot;
    const auto watermark = number<Watermark>(text(rows->get(), 0, 0));
    if (!watermark) return badRow();
    snapshot.watermark = *watermark;
    const int count = PQntuples(rows->get());
    if (PQgetisnull(rows->get(), 0, 1) == 1) return snapshot;
    snapshot.records.reserve(static_cast<std::size_t>(count));
    for (int row = 0; row < count; ++row) {
        auto serial = CertificateSerial::parse(text(rows->get(), row, 2));
        const auto reason = parseRevocationReason(text(rows->get(), row, 3));
        const auto since = timeOf(text(rows->get(), row, 4));
        const auto expiresAt = timeOf(text(rows->get(), row, 5));
        if (!serial || !reason || !since || !expiresAt) return badRow();
        snapshot.records.push_back({.issuer = std::string(text(rows->get(), row, 1)),
                                    .serial = std::move(*serial),
                                    .reason = *reason,
                                    .since = *since,
                                    .expiresAt = *expiresAt});
    }
    return snapshot;
}

Result<RevocationReader::Batch> RevocationReader::read(Watermark since)
{
    const auto rows =
        m_impl->run("SELECT pg_snapshot_xmin(pg_current_snapshot())::text, e.id, e.event_type, e.payload, "
                    "e.recorded_ms FROM (SELECT 1) one LEFT JOIN revocation_events e ON "
                    "e.transaction >= $1::xid8 ORDER BY e.id",
                    {std::to_string(since)});
    if (!rows) return tl::unexpected(rows.error());
    Batch batch;
    const auto watermark = number<Watermark>(text(rows->get(), 0, 0));
    if (!watermark) return badRow();
    batch.watermark = *watermark;
    if (PQgetisnull(rows->get(), 0, 1) == 1) return batch;
    for (int row = 0; row < PQntuples(rows->get()); ++row) {
        const auto id = number<std::int64_t>(text(rows->get(), row, 1));
        if (!id) return badRow();
        auto event = parseEvent(*id, text(rows->get(), row, 2), text(rows->get(), row, 3), text(rows->get(), row, 4));
        if (event)
            batch.events.push_back(std::move(*event));
        else
            batch.unreadable.push_back({.id = *id, .why = std::move(event.error())});
    }
    return batch;
}

Result<RevocationDigest> RevocationReader::digest(Time expiresAfter)
{
    const auto rows =
        m_impl->run("SELECT count(*), coalesce(bit_xor(('x' || encode(substring(sha256(convert_to(issuer || E'\\n' || "
                    "serial || E'\\n' || reason || E'\\n' || since, 'UTF8')) FROM 1 FOR 8), 'hex'))::bit(64)::bigint), "
                    "0) FROM revocations WHERE expires_at > $1::bigint",
                    {std::to_string(expiresAfter.time_since_epoch().count())});
    if (!rows) return tl::unexpected(rows.error());
    const auto count = number<std::int64_t>(text(rows->get(), 0, 0));
    const auto hash = number<std::int64_t>(text(rows->get(), 0, 1));
    if (!count || !hash) return badRow();
    return RevocationDigest{.count = *count, .hash = *hash};
}

Result<void> RevocationReader::acknowledge(const std::string& consumer, Watermark watermark)
{
    return m_impl->execute("INSERT INTO feed_positions (consumer, watermark) VALUES ($1, $2::xid8) ON CONFLICT "
                           "(consumer) DO UPDATE SET watermark = excluded.watermark, acknowledged_at = "
                           "clock_timestamp()",
                           {consumer, std::to_string(watermark)});
}

Result<void> RevocationReader::recordDeadLetter(const std::string& consumer, std::int64_t event,
                                                const std::string& error)
{
    return m_impl->execute("INSERT INTO feed_dead_letters (consumer, event_id, error) VALUES ($1, $2::bigint, $3) ON "
                           "CONFLICT DO NOTHING",
                           {consumer, std::to_string(event), error});
}

Result<void> RevocationReader::wait(std::chrono::milliseconds timeout)
{
    std::array<pollfd, 2> descriptors{{{.fd = PQsocket(m_impl->connection.get()), .events = POLLIN, .revents = 0},
                                       {.fd = m_impl->interruption, .events = POLLIN, .revents = 0}}};
    if (descriptors[0].fd < 0) return unavailable("the connection is lost");
    const int ready = poll(descriptors.data(), descriptors.size(), static_cast<int>(timeout.count()));
    if (ready < 0 && errno != EINTR) return unavailable("the connection is lost");
    std::uint64_t count = 0;
    if (descriptors[1].revents != 0 && ::read(m_impl->interruption, &count, sizeof count) < 0) return {};
    if (descriptors[0].revents == 0) return {};
    if (PQconsumeInput(m_impl->connection.get()) != 1) return unavailable("the connection is lost");
    while (PGnotify* notify = PQnotifies(m_impl->connection.get()))
        PQfreemem(notify);
    return {};
}

void RevocationReader::interrupt()
{
    const std::uint64_t one = 1;
    // A full counter means that an interruption is waiting already.
    [[maybe_unused]] const auto written = write(m_impl->interruption, &one, sizeof one);
}

} // namespace gateway
