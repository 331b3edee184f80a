#include <string_view>

#include "api/certificate_search.h"
#include "api/codecs.h"
#include "api/problem.h"
#include "fuzz/expect.h"

using namespace gateway;

namespace {

TransactionId transaction()
{
    return *TransactionId::parse("000102030405060708090a0b0c0d0e0f");
}

/// What could be read can be written, and reads the same then.
template <typename Parse>
void check(std::string_view text, Parse&& parse)
{
    const auto value = parse(text);
    if (!value) {
        V2C_EXPECT(value.error().code == ErrorCode::InvalidRequest);
        V2C_EXPECT(!value.error().type.empty() && !value.error().detail.empty());
        return;
    }
    const auto written = api::toJson(*value);
    const auto again = parse(std::string_view(written));
    V2C_EXPECT(again.has_value());
    V2C_EXPECT(api::toJson(*again) == written);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check(text, [](std::string_view json) { return api::parseIssueRequest(json, transaction()); });
    check(text, [](std::string_view json) { return api::parseRenewRequest(json, transaction()); });
    check(text, [](std::string_view json) { return api::parseRenewFailureReport(json); });
    check(text, [](std::string_view json) { return api::parseRevokeRequest(json); });
    check(text,
          [](std::string_view json) { return api::parseProvisionedReport(json, *CertificateSerial::parse("01")); });
    check(text, [](std::string_view json) { return api::parseRejectedReport(json, *CertificateSerial::parse("01")); });
    check(text, [](std::string_view json) { return api::parseIssuedCertificate(json); });
    check(text, [](std::string_view json) { return api::parseRequestStatus(json); });
    check(text, [](std::string_view json) { return api::parseRevocation(json); });
    (void)api::parseProblem(text, 503);

    const auto query = api::parseCertificateQuery(text);
    if (query) {
        V2C_EXPECT(query->limit >= 1 && query->limit <= CertificateQuery::kMaxLimit);
        if (query->after) V2C_EXPECT(!api::toCursor(*query->after, *query).empty());
    } else {
        V2C_EXPECT(query.error().code == ErrorCode::InvalidRequest);
    }
    return 0;
}
