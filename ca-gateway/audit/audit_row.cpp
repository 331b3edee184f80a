#include "audit/audit_row.h"

#include <array>

#include <nlohmann/json.hpp>

namespace gateway::audit {
namespace {

using nlohmann::json; // objects keep their keys sorted

constexpr std::string_view kExpiredBegin = R"({"expired":")";
constexpr std::string_view kExpiredEnd = R"("})";

std::string dump(const json& value)
{
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// RFC 4180, always quoted. A field that a spreadsheet would take for a formula gets an apostrophe in front.
std::string csvField(const std::string& text)
{
    std::string field = "\"";
    if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos) field += '\'';
    for (const char character : text) {
        if (character == '"') field += '"';
        field += character;
    }
    return field + '"';
}

} // namespace

Result<std::string> canonicalLine(const AuditRow& row)
{
    auto subject = json::parse(row.subjectJson, nullptr, false);
    auto metadata = json::parse(row.metadataJson, nullptr, false);
    if (!subject.is_object() || !metadata.is_object())
        return fail(ErrorCode::Internal, "audit-row",
                    "audit row " + std::to_string(row.id) + ": expected objects as subject and metadata");
    return dump({{"id", row.id},
                 {"timestamp", row.timestamp},
                 {"event_type", row.eventType},
                 {"actor", row.actor},
                 {"subject", std::move(subject)},
                 {"result", row.result},
                 {"metadata", std::move(metadata)},
                 {"trace_id", row.traceId}});
}

std::string expiredLine(const TreeHash& leaf)
{
    return std::string(kExpiredBegin) + toLowerHex(leaf) + std::string(kExpiredEnd);
}

std::optional<TreeHash> parseExpiredLine(std::string_view line)
{
    if (!line.starts_with(kExpiredBegin) || !line.ends_with(kExpiredEnd)) return std::nullopt;
    line.remove_prefix(kExpiredBegin.size());
    line.remove_suffix(kExpiredEnd.size());
    return parseTreeHash(line);
}

std::string csvHeader()
{
    return "index,id,timestamp,event_type,actor,device_id,vin_hash,serial,result,metadata,trace_id\r\n";
}

Result<std::string> csvLine(std::uint64_t index, const std::string& line)
{
    if (parseExpiredLine(line))
        return csvField(std::to_string(index)) + R"(,"","","expired","","","","","","","")"
                                                 "\r\n";
    const auto row = json::parse(line, nullptr, false);
    const auto refuse = [](const std::string& detail) {
        return fail(ErrorCode::InvalidRequest, "audit-line", "expected " + detail);
    };
    if (!row.is_object() || row.size() != 8) return refuse("a JSON object with the eight fields of an audit row");
    if (!row.contains("id") || !row["id"].is_number_integer()) return refuse("a number as id");
    for (const auto* field : {"timestamp", "event_type", "actor", "result", "trace_id"})
        if (!row.contains(field) || !row[field].is_string()) return refuse(std::string("a text as ") + field);
    for (const auto* field : {"subject", "metadata"})
        if (!row.contains(field) || !row[field].is_object()) return refuse(std::string("an object as ") + field);
    const auto subject = [&](const char* field) -> std::string {
        const auto found = row["subject"].find(field);
        return found != row["subject"].end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    const std::array<std::string, 11> fields{std::to_string(index),
                                             std::to_string(row["id"].get<std::int64_t>()),
                                             row["timestamp"].get<std::string>(),
                                             row["event_type"].get<std::string>(),
                                             row["actor"].get<std::string>(),
                                             subject("device_id"),
                                             subject("vin_hash"),
                                             subject("serial"),
                                             row["result"].get<std::string>(),
                                             dump(row["metadata"]),
                                             row["trace_id"].get<std::string>()};
    std::string csv;
    for (const auto& field : fields)
        csv += (csv.empty() ? "" : ",") + csvField(field);
    return csv + "\r\n";
}

} // namespace gateway::audit
