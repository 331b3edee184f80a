#include "api/audit_export.h"

#include <charconv>

#include "api/query_string.h"
#include "api/rfc3339.h"

namespace gateway::api {
namespace {

constexpr std::uint64_t kMaxSize = std::uint64_t(1) << 60U;

tl::unexpected<Error> badValue(const std::string& name, const std::string& text)
{
    return fail(ErrorCode::InvalidRequest, "parameter-value", "parameter " + name + ": " + text);
}

} // namespace

Result<AuditExportQuery> parseAuditExportQuery(std::string_view queryString)
{
    const auto parameters = parseQueryString(queryString);
    if (!parameters) return tl::unexpected(parameters.error());
    AuditExportQuery query;
    for (const auto& [name, value] : *parameters) {
        if (name == "from" || name == "to") {
            const auto time = parseTimeOrDate(value);
            if (!time) return badValue(name, time.error().detail);
            (name == "from" ? query.from : query.to) = *time;
        } else if (name == "previous") {
            std::uint64_t size = 0;
            const auto* end = value.data() + value.size();
            const auto [rest, error] = std::from_chars(value.data(), end, size);
            if (error != std::errc() || rest != end || size == 0 || size > kMaxSize)
                return badValue(name, "expected the size of an earlier export's head, got another text");
            query.previous = size;
        } else {
            return fail(ErrorCode::InvalidRequest, "parameter-unknown",
                        "expected from, to or previous, got parameter " + name.substr(0, 40));
        }
    }
    if (query.from && query.to && *query.from >= *query.to)
        return badValue("to", "expected a time after from, got an earlier one");
    return query;
}

} // namespace gateway::api
